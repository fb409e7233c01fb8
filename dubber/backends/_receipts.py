"""What was paid for: one small file for each paid request, so that neither a crash nor a lost answer pays twice.

A receipt is a journal, one JSON object a line; each step is on the disk before the next is taken. A line that a crash
left half-written counts for nothing. The file is locked while its request is under way, by a lock that dies with its
process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from typing import IO, Any

from dubber.errors import BackendError, ToolError

try:
    import fcntl
except ImportError:  # Windows: no lock there; two runs on one store may pay for one line each
    fcntl = None  # type: ignore[assignment]

KEPT = 30 * 86_400.0  # s


class Receipt:
    """An open, locked receipt. step: the last thing that was noted ("" when nothing was); facts: all that was."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.step, self.at, self.facts = "", 0.0, dict[str, Any]()
        file.seek(0)
        for line in file.read().split(b"\n"):
            with suppress(ValueError, KeyError, TypeError):
                noted = json.loads(line)
                self.step, self.at = str(noted["step"]), float(noted["at"])
                self.facts |= noted

    def note(self, step: str, **facts: Any) -> None:
        """Write a step down, for good."""
        now = time()
        noted = {"step": step, "at": now, **facts}
        try:
            self._file.write(b"\n" + json.dumps(noted).encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise ToolError(f"cannot be written: {error.strerror}", where=str(self._file.name)) from None
        self.step, self.at = step, now
        self.facts |= noted


@contextmanager
def hold(folder: Path, key: str) -> Iterator[Receipt]:
    """The receipt of one request; raises BackendError when another run holds it just now."""
    path = folder / f"{key}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b")
    except OSError as error:
        raise ToolError(f"cannot be written: {error.strerror}", where=str(path)) from None
    with file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BackendError("another run is asking for this very line", retry_after=5.0) from None
            _keep_name(folder)
        yield Receipt(file)


def sweep(folder: Path) -> None:
    """Remove receipts that nobody can use any more."""
    for path in folder.glob("*.json"):
        with suppress(OSError):
            if path.stat().st_mtime < time() - KEPT:
                path.unlink()


def _keep_name(folder: Path) -> None:
    """The file's name must survive a power cut, not only its contents."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
