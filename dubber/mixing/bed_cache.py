"""A bed's samples in a file, while a job lasts: a film that was just listened to is not decoded again to be mixed.

They are 16 bits wide there, in steps of 1 / GRID. Who decodes instead, because there is no such file, rounds to the
same steps, so that a film sounds the same either way.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from dubber.files.atomic import make_folder
from dubber.media.wav import Samples

Steps = NDArray[np.int16]

GRID = 2.0**14  # steps to full scale: decoded sound may be louder than that, up to twice
ROOM = 4  # times the file's size that must be free on the disk


def coarse(samples: Samples) -> Steps:
    """To 16 bits."""
    steps = samples * np.float32(GRID)
    return np.clip(np.rint(steps, out=steps), -(2**15), 2**15 - 1, out=steps).astype(np.int16)


def fine(steps: Steps) -> Samples:
    """And back."""
    return np.multiply(steps, np.float32(1 / GRID), dtype=np.float32)


class Writer:
    """Takes a bed's samples in order. A disk without room for them costs nothing but the second decoding.

    Leaving the block with an error leaves no file.
    path: where they are put; None: nowhere. frames, channels: how much is to come, about.
    """

    def __init__(self, path: Path | None, frames: int, channels: int) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        if path and _has_room(path.parent, 2 * frames * channels):
            with suppress(OSError):
                self._file = path.open("xb")

    def add(self, samples: Samples) -> None:
        try:
            if self._file:
                self._file.write(coarse(samples).data)
        except OSError:
            self.drop()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and self._file:
                self._file.close()
                return
        except OSError:
            pass
        self.drop()

    def drop(self) -> None:
        """Leave no file."""
        file, self._file = self._file, None
        if file and self._path:
            _close(file)
            self._path.unlink(missing_ok=True)


def _close(file: BinaryIO) -> None:
    with suppress(OSError):
        file.close()


def _has_room(folder: Path, size: int) -> bool:
    try:
        make_folder(folder)
        return shutil.disk_usage(folder).free > ROOM * size
    except OSError:
        return False


def read(path: Path, start: int, end: int, channels: int) -> Samples | None:
    """Frames [start, end), fewer where the bed has ended; None when the file is gone."""
    try:
        steps = np.fromfile(path, np.int16, max(0, end - start) * channels, offset=2 * start * channels)
    except OSError:
        return None
    return fine(steps.reshape(-1, channels))
