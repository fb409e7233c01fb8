"""2.5, which has a native speed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.backends.stands import Stand
from tests.servers.launch import shared
from tests.servers.recordings import recording


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    server = shared("indextts", "--flavour", "2.5", "--language", "en")
    yield Stand(
        {"servers": (server.url,)}, {"reference": recording(folder / "ref.wav", "anna"), "duration_factor": 1.0}
    )
