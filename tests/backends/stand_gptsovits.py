"""The v4-era web UI."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.backends.stands import Stand
from tests.servers.launch import shared
from tests.servers.recordings import recording


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    server = shared("gptsovits")
    pair = {"sovits": "anna_e8_s96", "gpt": "anna-e15"}
    yield Stand({"servers": (server.url,)}, {"reference": recording(folder / "ref.wav", "anna"), **pair})
