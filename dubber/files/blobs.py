"""Bytes kept in the store behind their checksum: what comes back is what was kept, or nothing."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Protocol

DIGEST = 16


class Blobs(Protocol):
    """Where they are kept (dubber.store.Store)."""

    def blob(self, key: str) -> Path | None: ...
    def keep(self, key: str, *content: bytes) -> object: ...


def key(decisive: object, kind: str = "") -> str:
    """The name of what is made from these values alone. kind: what it is ("bed"), for who counts what is kept."""
    digest = blake2b(repr(decisive).encode(), digest_size=20).hexdigest()
    return f"{digest}.{kind}" if kind else digest


def save(store: Blobs, key: str, data: bytes) -> None:
    """Keep data under its key, with the sum by which load knows that it is whole."""
    store.keep(key, data, _sum(data))


def load(store: Blobs, key: str) -> bytes | None:
    """What is kept, or None when it is not there whole."""
    path = store.blob(key)
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            data = file.read(max(0, path.stat().st_size - DIGEST))  # a megabyte: not read whole to be cut
            digest = file.read()
    except OSError:
        return None
    return data if data and _sum(data) == digest else None


def _sum(data: bytes) -> bytes:
    return blake2b(data, digest_size=DIGEST).digest()
