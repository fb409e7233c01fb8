"""Temporary folders that go with the run that made them; when that was killed, with the next one."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from dubber.errors import ToolError, of_the_machine

try:
    import fcntl
except ImportError:  # Windows: there a file that somebody has open cannot be removed, which tells the same
    fcntl = None  # type: ignore[assignment]

PREFIX = "dub-"
OWNER = ".owner"  # a file in each folder that its run holds locked
NEWBORN = 10.0  # s after which a folder that nobody holds is nobody's


@contextmanager
def folder() -> Iterator[Path]:
    """A private folder that is gone when the block ends. Raises ToolError when there is no room for it."""
    made, owner = _made()
    try:
        yield made
    except OSError as error:
        trouble = of_the_machine(error)
        if trouble is None or not _there(error, made):
            raise
        raise ToolError(trouble.message, where=str(made.parent), advice="make room there, or set TMPDIR") from error
    finally:
        _remove(made, owner)


def lasting(keeper: object) -> Path:
    """A private folder that is gone when keeper is, or when this process ends. Raises ToolError when there is no room
    for it."""
    made, owner = _made()
    weakref.finalize(keeper, _remove, made, owner)
    return made


def _remove(made: Path, owner: int) -> None:
    with suppress(OSError):
        os.close(owner)
    shutil.rmtree(made, ignore_errors=True)


def _there(error: OSError, made: Path) -> bool:
    """Whether an error is about this folder; a full disk does not say where it is."""
    return error.filename is None or made in Path(os.fsdecode(error.filename)).parents


def _made() -> tuple[Path, int]:
    """A new folder, and what holds its mark."""
    try:
        sweep()
        made = Path(tempfile.mkdtemp(prefix=PREFIX))
        owner = os.open(made / OWNER, os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl is not None:
            fcntl.flock(owner, fcntl.LOCK_EX)
    except OSError as error:
        place = os.environ.get("TMPDIR", "")
        what = f"no temporary folder can be made: {error.strerror or error}"
        raise ToolError(what, where=place, advice="make room, or set TMPDIR to another folder") from error
    return made, owner


@cache
def sweep() -> None:
    """Remove what killed runs of this user left, once in a process."""
    place = Path(tempfile.gettempdir())
    with suppress(OSError), os.scandir(place) as entries:
        left = [Path(entry.path) for entry in entries if entry.name.startswith(PREFIX)]
        for made in left:
            with suppress(OSError):
                if _dead(made):
                    shutil.rmtree(made, ignore_errors=True)


def _dead(made: Path) -> bool:
    """Whether a folder is one of ours whose run has ended. Raises OSError when it is not ours at all."""
    if made.is_symlink() or time.time() - (made / OWNER).lstat().st_mtime < NEWBORN:
        return False
    if fcntl is None:
        (made / OWNER).unlink()
        return True
    if made.lstat().st_uid != os.getuid():
        return False
    owner = os.open(made / OWNER, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(owner)
    return True
