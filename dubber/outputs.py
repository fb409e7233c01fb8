"""Files that appear whole or not at all: claimed before the work, written under a hidden name, renamed when complete.

The hidden file lies beside the final one (same suffix, so that ffmpeg knows what to write) and is locked while its
owner lives; the lock dies with the process, and the next run in that folder removes what a dead one left.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import sleep

from dubber.errors import InputError, ToolError

try:
    import fcntl
except ImportError:  # Windows has no flock; there two runs on one output are not kept apart
    fcntl = None  # type: ignore[assignment]

MARK = ".dub-part"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write one output. part: the hidden file, private (0600) and empty at first."""

    path: Path
    part: Path
    overwrite: bool

    def scratch(self, name: str) -> Path:
        """A private (0600), empty file for work beside the output; the caller removes it, or a later run when this one
        dies. name: with its suffix."""
        path = self.part.with_name(f"{_scratches(self.part.name)}{name}")
        try:
            path.unlink(missing_ok=True)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise _unwritable(path.parent, error) from error
        return path

    def publish(self) -> None:
        """The part, complete, becomes the output: synced, with the user's umask, renamed."""
        try:
            with self.part.open("rb+") as file:
                os.fsync(file.fileno())
            self.part.chmod(0o666 & ~umask())
            if self.path.exists() and not self.overwrite:
                raise _exists(self.path)
            self.part.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise _unwritable(self.path.parent, error) from error


def preflight(path: Path, inputs: Iterable[Path], overwrite: bool) -> None:
    """Raise InputError when path may not or cannot be written: said before the first line is spoken."""
    with claim(path, inputs, overwrite):
        pass


@contextmanager
def claim(path: Path, inputs: Iterable[Path], overwrite: bool) -> Iterator[Claim]:
    """Hold an output from before the work until it is published; leaves nothing behind when it is not.

    Raises InputError: it is an input (also by link), it exists and may not be overwritten, its folder cannot be
    written, another run is writing it.
    """
    path = Path(path).absolute()
    _check(path, inputs, overwrite)
    _sweep(path.parent)
    part = path.with_name(_hidden(path))
    descriptor = _lock(part, path)
    try:
        _check(path, inputs, overwrite)  # another run may have ended while we looked
        yield Claim(path, part, overwrite)
    finally:
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), part.stat()):
                part.unlink()
        os.close(descriptor)


def _check(path: Path, inputs: Iterable[Path], overwrite: bool) -> None:
    for source in inputs:
        if path == Path(source).absolute() or (path.exists() and Path(source).exists() and path.samefile(source)):
            raise InputError("is an input, and inputs are never written", where=str(path), advice="choose another name")
    if path.is_dir():
        raise InputError("is a folder", where=str(path), advice="give a file name")
    if path.exists() and not path.is_file():
        raise InputError("is not a regular file", where=str(path), advice="choose another name")
    if path.exists() and _held(path):
        raise _busy(path)
    if path.exists() and not overwrite:
        raise _exists(path)
    if not path.parent.is_dir():
        raise InputError("no such folder", where=str(path.parent), advice="make it first, or choose another")


def _exists(path: Path) -> InputError:
    return InputError("exists already", where=str(path), advice="--overwrite replaces it")


def _busy(path: Path) -> InputError:
    return InputError("another run is writing it", where=str(path), advice="wait for its end")


def _held(path: Path) -> bool:
    """Whether the run that published it has not let it go: its report is still to come."""
    if fcntl is None:
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _unwritable(folder: Path, error: OSError) -> ToolError:
    return ToolError(f"cannot be written: {error.strerror}", where=str(folder), advice="finished takes are kept")


def _hidden(path: Path) -> str:
    stem = path.stem
    if len(os.fsencode(path.name)) > 200:  # names end at 255 bytes
        stem = hashlib.blake2b(os.fsencode(path.name), digest_size=16).hexdigest()
    return f".{stem}{MARK}{path.suffix}"


def _scratches(part: str) -> str:
    """How the names of a part's scratch files begin. With the part's suffix: Film.mp4 and Film.mkv can be written at
    the same time. `.Film.dub-part.mp4` → `.Film.dub-part-mp4-`"""
    stem, _, suffix = part.rpartition(MARK)
    return f"{stem}{MARK}-{suffix.removeprefix('.')}-"


def _lock(part: Path, path: Path) -> int:
    """A new hidden file, locked. A living owner keeps it; a dead one's is removed, never written into again (its
    orphaned encoder may still be writing)."""
    try:
        while True:
            try:
                descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                if not _removed(part):
                    raise _busy(path) from None
                continue
            if _flock(descriptor) and _still_named(part, descriptor):
                return descriptor
            os.close(descriptor)
    except OSError as error:
        advice = "choose another folder with --output"
        raise InputError(f"cannot be written: {error.strerror}", where=str(path.parent), advice=advice) from error


def _flock(descriptor: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True


def _still_named(part: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), part.stat())
    except OSError:
        return False


def _removed(part: Path) -> bool:
    """Try for a moment: another run that only looks whether the owner is dead holds the lock as well."""
    for _ in range(10):
        if _remove_dead(part):
            return True
        sleep(0.02)
    return False


def _remove_dead(part: Path) -> bool:
    """Remove a hidden file whose owner is dead; False when the owner lives."""
    try:
        descriptor = os.open(part, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        if not _flock(descriptor):
            return False
        if _still_named(part, descriptor):
            part.unlink()
        return True
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove what dead runs left in a folder: their parts, then the scratch files of parts that are gone."""
    with suppress(OSError):
        left = list(folder.glob(f".*{MARK}*"))
        for part in left:
            if f"{MARK}-" not in part.name:
                with suppress(OSError):
                    _remove_dead(part)
        scratches = [part for part in left if f"{MARK}-" in part.name]
        living = [_scratches(part.name) for part in folder.glob(f".*{MARK}*") if f"{MARK}-" not in part.name]
        for scratch in scratches:
            if not any(scratch.name.startswith(owned) for owned in living):
                with suppress(OSError):
                    scratch.unlink()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C and SIGTERM are heard when the block ends, not in it. Python tells them to the main thread alone; in
    another there is nothing to do."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number in before:
            signal.signal(number, lambda number, _: heard.append(number))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if heard:
            signal.raise_signal(heard[0])


@cache
def umask() -> int:
    """The user's umask. Asked once: the only way to read it is to set it, for all threads."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    with suppress(OSError):  # the file is whole and has its name; some network file systems cannot sync a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
