"""Files that appear whole or not at all: claimed before the work, written under a hidden name, renamed when complete.

The hidden file lies beside the final one (same suffix, so that ffmpeg knows what to write). A lease (lease.py) says
whose it is; each owner writes under a name of its own, so that one who was stuck and wakes spoils nobody's work. The
next run in that folder removes what a dead one left.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from dubber.errors import InputError, ToolError
from dubber.lease import SILENCE, Lease, busy, remove_dead
from dubber.whole import sync_folder, umask, write_whole

MARK = ".dub-part"
REPORT, PICTURE = ".dub.json", ".dub.svg"  # what is laid beside an output


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write one output. part: the hidden file, private (0600) and empty at first."""

    path: Path
    part: Path
    overwrite: bool
    lease: Lease

    def scratch(self, name: str) -> Path:
        """A private (0600), empty file for work beside the output; the caller removes it, or a later run when this one
        dies. name: with its suffix."""
        return _empty(self.part.with_name(f"{self.part.stem}-{name}"))

    def settle(self) -> None:
        """The part, complete, is on the disk. For who has something else to do meanwhile: publishing does it too."""
        try:
            with self.part.open("rb+") as file:
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(self.path.parent, error) from error

    def publish(self) -> None:
        """The part, complete, becomes the output: synced, with the user's umask, renamed."""
        self.settle()
        try:
            self.part.chmod(0o666 & ~umask())
            if not self.lease.ours:
                raise ToolError("another run took it over, since this one was silent for long", where=str(self.path))
            if self.path.exists() and not self.overwrite:
                raise _exists(self.path)
            self.part.replace(self.path)
            with suppress(OSError):  # it is whole and has its name; some network file systems cannot sync a folder
                sync_folder(self.path.parent)
        except OSError as error:
            raise _unwritable(self.path.parent, error) from error

    def lay_beside(self, ending: str, data: bytes) -> None:
        """Write what belongs to the output, once that is published: whole, and as readable as it. Raises OSError."""
        path = beside(self.path, ending)
        write_whole(path, data, through=self.part.with_suffix(path.suffix))
        path.chmod(self.path.stat().st_mode & 0o777)


def beside(output: Path, ending: str) -> Path:
    """Where what belongs to an output lies: Film.mkv.dub.json."""
    return output.with_name(output.name + ending)


def preflight(path: Path, inputs: Iterable[Path], overwrite: bool) -> None:
    """Raise InputError when path may not or cannot be written: said before the first line is spoken."""
    with claim(path, inputs, overwrite):
        pass


@contextmanager
def claim(
    path: Path, inputs: Iterable[Path], overwrite: bool, *, silence: float = SILENCE, patience: float = 0.0
) -> Iterator[Claim]:
    """Hold an output from before the work until it is published; leaves nothing behind when it is not.

    silence: seconds without a sign of life after which another owner is passed over. patience: seconds to wait for one.
    Raises InputError: it is an input (also by link), it exists and may not be overwritten, its folder cannot be
    written, another run is writing it.
    """
    path = Path(path).absolute()
    lock = path.with_name(_hidden(path))
    if not patience and path.exists() and lock.exists() and not remove_dead(lock, silence):
        raise busy(str(path))  # it is published, and its report is still to come
    _check(path, inputs, overwrite)
    _sweep(path.parent)
    lease = _lease(lock, path, silence, patience)
    part = lock.with_name(f"{_scratches(lock.name)}{token_hex(4)}{path.suffix}")
    try:
        _check(path, inputs, overwrite)  # another run may have ended while we looked
        yield Claim(path, _empty(part), overwrite, lease)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        lease.release()


def _check(path: Path, inputs: Iterable[Path], overwrite: bool) -> None:
    for source in inputs:
        if path == Path(source).absolute() or (path.exists() and Path(source).exists() and path.samefile(source)):
            raise InputError("is an input, and inputs are never written", where=str(path), advice="choose another name")
    if path.is_dir():
        raise InputError("is a folder", where=str(path), advice="give a file name")
    if path.exists() and not path.is_file():
        raise InputError("is not a regular file", where=str(path), advice="choose another name")
    if path.exists() and not overwrite:
        raise _exists(path)
    if not path.parent.is_dir():
        raise InputError("no such folder", where=str(path.parent), advice="make it first, or choose another")


def _exists(path: Path) -> InputError:
    advice = "--overwrite, or overwrite = true under [output] of the profile, replaces it"
    return InputError("exists already", where=str(path), advice=advice, code="exists")


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


def _empty(path: Path) -> Path:
    try:
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    return path


def _lease(lock: Path, path: Path, silence: float, patience: float) -> Lease:
    try:
        return Lease(lock, silence, patience)
    except InputError as error:
        raise busy(str(path)) from error
    except OSError as error:
        advice = "choose another folder with --output"
        raise InputError(f"cannot be written: {error.strerror}", where=str(path.parent), advice=advice) from error


def _sweep(folder: Path) -> None:
    """Remove what dead runs left in a folder: their parts, then the scratch files of parts that are gone."""
    with suppress(OSError):
        left = list(folder.glob(f".*{MARK}*"))
        for part in left:
            if f"{MARK}-" not in part.name:
                with suppress(OSError):
                    remove_dead(part)
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
