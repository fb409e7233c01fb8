"""What a process frees goes back to the system, instead of staying with it for the length of a film.

glibc keeps freed memory for later, and the more so the larger the blocks that it has seen: its heap fills with holes.
A worker that stretches and mixes grew from 35 to 75 MB within an hour of film, of which it used half; with limits
(mallopt(3)) it stays at 37. Two seconds of sound are still within them: with new pages for each such block, again and
again, mixing took a third longer.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

LARGE = 512 << 10  # bytes of a block that lives outside the heap, and is gone when it is freed
MIXING = 2 * LARGE  # the same for who works on two seconds of sound at once
HEARING = 32 << 20  # the same for a recogniser (glibc's most): with new pages for its blocks it took a third longer
FOREIGN = LARGE // 2  # the same in a program that we start: ffmpeg's index of an MP4 grows with each packet
KEPT = 8  # times as much stays free at the heap's end
ARENAS = 1  # heaps, whatever the number of threads: they take turns in Python anyway
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h


def limit_malloc_retention(large: int = LARGE) -> None:
    """From now on, in this process. large: bytes of a block that goes back as soon as it is freed.

    Where the C library is not glibc nothing happens.
    """
    for limit, size in ((_MMAP_THRESHOLD, large), (_TRIM_THRESHOLD, KEPT * large), (_ARENA_MAX, ARENAS)):
        _tell("mallopt", limit, size)


def trim() -> None:
    """Give back what lies free between what is in use: after a stage that made much and kept little."""
    _tell("malloc_trim", 0)


def _tell(what: str, *numbers: int) -> None:
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            getattr(ctypes.CDLL(None), what)(*numbers)


def environ() -> dict[str, str]:
    """This process's environment, for a program that is to be frugal."""
    return {"MALLOC_MMAP_THRESHOLD_": str(FOREIGN), **os.environ}
