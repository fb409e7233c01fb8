"""Kokoro-FastAPI's stand-in for the contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.backends.stands import Stand
from tests.servers.openai import OpenAiServer


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    with OpenAiServer() as server:
        yield Stand({"servers": (f"{server.url}/v1",)}, {"voice": "bf_emma"})
