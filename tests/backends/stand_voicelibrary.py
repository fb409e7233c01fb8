"""The saved-voice web UI."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.backends.stands import Stand
from tests.servers.launch import shared


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    server = shared("voicelibrary")
    yield Stand({"servers": (server.url,)}, {"saved": "Lei"})
