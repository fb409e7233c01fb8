"""Temporary folders that go with the run that made them; when that was killed, with the next one.

Beside each folder lies a file of its name that the run holds locked. It is there before the folder and goes after it,
so that a run may be killed at any moment and what it left is known to be ours. Only folders with such a file go.
"""

from __future__ import annotations

import os
import shutil
import tempfile
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
OWNER = ".owner"  # the ending of the locked file's name


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
    shutil.rmtree(made, ignore_errors=True)
    _unmark(made, owner)


def _unmark(made: Path, owner: int) -> None:
    """On Windows an open file cannot be removed: there it is closed first."""
    if fcntl is None:
        os.close(owner)
    with suppress(OSError):
        _mark(made).unlink()
    if fcntl is not None:
        os.close(owner)


def _mark(made: Path) -> Path:
    return made.with_name(made.name + OWNER)


def _there(error: OSError, made: Path) -> bool:
    """Whether an error is about this folder; a full disk does not say where it is."""
    return error.filename is None or made in Path(os.fsdecode(error.filename)).parents


def _made() -> tuple[Path, int]:
    """A new folder, and what holds its mark."""
    try:
        sweep()
        owner, made = _marked()
        try:
            made.mkdir(mode=0o700)
        except OSError:
            _unmark(made, owner)
            raise
    except OSError as error:
        place = os.environ.get("TMPDIR", "")
        what = f"no temporary folder can be made: {error.strerror or error}"
        raise ToolError(what, where=place, advice="make room, or set TMPDIR to another folder") from error
    return made, owner


def _marked() -> tuple[int, Path]:
    """A new mark, open and locked, and the folder that it speaks for."""
    while True:
        owner, mark = tempfile.mkstemp(prefix=PREFIX, suffix=OWNER)
        made = Path(mark.removesuffix(OWNER))
        try:
            if _held(owner, mark):
                return owner, made
        except OSError:  # a disk without locks
            _unmark(made, owner)
            raise
        os.close(owner)  # another run took it for a dead one's, between its making and its lock


def _held(owner: int, mark: str) -> bool:
    """Lock a mark, and see that it still is the file of that name. False too when another run has it locked."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(owner), os.lstat(mark))
    except (BlockingIOError, FileNotFoundError):
        return False


@cache
def sweep() -> None:
    """Remove what killed runs of this user left, once in a process."""
    place = Path(tempfile.gettempdir())
    with suppress(OSError), os.scandir(place) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(PREFIX) and entry.name.endswith(OWNER)]
        for name in names:
            with suppress(OSError):
                _bury(place / name)


def _bury(mark: Path) -> None:
    """Remove a dead run's folder and its mark. Raises OSError when it is not ours, FileNotFoundError when it went."""
    made = mark.with_name(mark.name.removesuffix(OWNER))
    if fcntl is None:
        mark.unlink()  # fails while its run has it open
        return shutil.rmtree(made, ignore_errors=True)
    owner = os.open(mark, os.O_RDWR | os.O_NOFOLLOW)
    try:
        if os.fstat(owner).st_uid == os.getuid() and _held(owner, str(mark)):
            shutil.rmtree(made, ignore_errors=True)  # a link is left alone
            mark.unlink()
    finally:
        os.close(owner)
