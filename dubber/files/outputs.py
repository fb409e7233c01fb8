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
from dubber.files import input_files, written
from dubber.files.atomic import sync_folder, umask, write_whole
from dubber.files.lease import SILENCE, Lease, busy, remove_dead

MARK = ".dub-part"
REPORT, PICTURE = ".dub.json", ".dub.svg"  # what is laid beside an output
OURS = {REPORT: b'"dub": ', PICTURE: b"<svg"}  # how they begin, also those of before dub recorded what it wrote
REPLACED = "--overwrite replaces it, or overwrite = true under [output] of a profile in your own config folder"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write one output. part: the hidden file, private (0600) and empty at first. overwrite: the user
    allowed to replace a file that is not ours. store: where it is recorded that the output is (None: the user's)."""

    path: Path
    part: Path
    overwrite: bool
    lease: Lease
    store: Path | None = None

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
            written.check(self.path, (), self.overwrite or written.ours(self.path, self.store), advice=REPLACED)
            written.remember(self.path, self.store, made=self.part)
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
        written.remember(path, self.store)


def preflight(path: Path, inputs: Iterable[Path], overwrite: bool, store: Path | None = None) -> None:
    """Raise InputError when path may not or cannot be written: said before the first line is spoken."""
    with claim(path, inputs, overwrite, store=store):
        pass


def beside(output: Path, ending: str) -> Path:
    """Where what belongs to an output lies: Film.mkv.dub.json."""
    return output.with_name(output.name + ending)


@contextmanager
def claim(
    path: Path,
    inputs: Iterable[Path],
    overwrite: bool,
    *,
    silence: float = SILENCE,
    patience: float = 0.0,
    store: Path | None = None,
) -> Iterator[Claim]:
    """Hold an output from before the work until it is published; leaves nothing behind when it is not.

    silence: seconds without a sign of life after which another owner is passed over. patience: seconds to wait for one.
    store: where it stands what is ours, which is replaced unasked. Raises InputError: it is an input (also by link), it
    exists and is not ours, its folder cannot be written, another run is writing it.
    """
    path = Path(path).absolute()
    lock = path.with_name(_hidden(path))
    if lock.is_symlink() or (lock.exists() and not lock.is_file()):
        raise InputError("is in the way: dub keeps its lock under this name", where=str(lock), advice="remove it")
    if not patience and path.exists() and lock.exists() and not remove_dead(lock, silence):
        raise busy(str(path))  # it is published, and its report is still to come
    inputs = tuple(inputs)
    _check(path, inputs, overwrite, store)
    _sweep(path.parent)
    lease = _lease(lock, path, silence, patience)
    part = lock.with_name(f"{_scratches(lock.name)}{token_hex(4)}{path.suffix}")
    try:
        _check(path, inputs, overwrite, store)  # another run may have ended while we looked
        yield Claim(path, _empty(part), overwrite, lease, store)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        lease.release()


def _check(path: Path, inputs: tuple[Path, ...], overwrite: bool, store: Path | None) -> None:
    replaced = overwrite or written.ours(path, store)
    written.check(path, inputs, replaced, advice=REPLACED)
    for ending, begins in OURS.items():  # what will be laid beside it
        other = beside(path, ending)
        written.check(other, inputs, replaced or written.ours(other, store) or _begins(other, begins))


def _begins(path: Path, mark: bytes) -> bool:
    try:
        with input_files.opened(path) as file:
            return mark in file.read(64)
    except (OSError, InputError):
        return False


def _unwritable(folder: Path, error: OSError) -> ToolError:
    return ToolError(f"cannot be written: {error.strerror}", where=str(folder), advice="finished takes are kept")


def _hidden(path: Path) -> str:
    stem = path.stem
    if len(os.fsencode(path.name)) > 200:  # names end at 255 bytes
        stem = hashlib.blake2b(os.fsencode(path.name), digest_size=16).hexdigest()
    return f".{stem}{MARK}{path.suffix}"


def _scratches(part: str) -> str:
    """How the names of a part's scratch files begin.

    With the part's suffix: Film.mp4 and Film.mkv can be written at the same time:
    `.Film.dub-part.mp4` → `.Film.dub-part-mp4-`.
    """
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
