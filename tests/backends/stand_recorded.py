"""A person's recording for the contract suite: a second and a half of humming."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dubber.media.wav import encode_wav
from tests.backends.stands import Stand
from tests.houses import hum


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    path = folder / "recording.wav"
    path.write_bytes(encode_wav(hum("Good morning, everybody.")))
    yield Stand({}, {"file": path})
