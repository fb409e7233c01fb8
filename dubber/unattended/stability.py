"""When a film and its subtitles have settled: nobody writes them, their sizes and times have been still for a while."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

from dubber.unattended.library import FoundFilm

try:
    import fcntl
except ImportError:  # Windows lets nobody read what is being written
    fcntl = None  # type: ignore[assignment]


class Settling:
    """What was seen of films, and since when. settle: seconds that a film and its subtitles must have been still."""

    def __init__(self, settle: float) -> None:
        self.settle = settle
        self._seen: dict[Path, tuple[str, float]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def still(self, film: Path, mark: str, now: float) -> bool:
        """Whether a film, now with this mark, has settled. now: s of a clock that only goes forward."""
        if self._seen.get(film, ("", 0.0))[0] != mark:
            self._seen[film] = mark, now
        return now - self._seen[film][1] >= self.settle

    def forget(self, film: Path) -> None:
        """Look at it as at a new one."""
        self._seen.pop(film, None)


def mark(found: FoundFilm) -> str | None:
    """Sizes and times of a film and its subtitles; None when one has just gone. No inode: on network shares a file
    has another one after a restart."""
    try:
        stats = [(path.name, path.stat()) for path in _files(found)]
    except OSError:
        return None
    return " ".join(f"{name!a}:{stat.st_size}:{stat.st_mtime_ns}" for name, stat in stats)


def being_written(found: FoundFilm) -> bool:
    """Whether somebody on this computer has the film or its subtitles open for writing: half a film that pauses.

    Linux says so (by refusing a read lease, see fcntl(2), F_SETLEASE) for the user's own files on its own disks;
    elsewhere nobody knows, and stillness has to do.
    """
    return any(map(_open_for_writing, _files(found)))


def _files(found: FoundFilm) -> list[Path]:
    return [found.film, *(one.path for one in found.sidecars), *found.edits]


def _open_for_writing(path: Path) -> bool:
    if fcntl is None or not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # who opens it in this moment makes the kernel send us a signal: one that does nothing, instead of SIGIO
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EWOULDBLOCK)
    finally:
        os.close(descriptor)
    return False
