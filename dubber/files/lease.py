"""A lock that dies with its process, and that an owner who shows no sign of life loses (Gray and Cheriton, "Leases").

On one machine flock tells at once whether an owner lives. It does not when the owner is stopped, or when its machine
shares the disk and not the locks. So the owner touches its file again and again, and who finds a file that was still
for long enough takes it, locked or not. Ages are read off the file system's own clock: machines' clocks differ.
"""

from __future__ import annotations

import os
import platform
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from secrets import token_hex
from time import monotonic, sleep

from dubber.background import background
from dubber.errors import InputError

try:
    import fcntl
except ImportError:  # Windows has no flock: there the sign of life alone keeps two runs apart
    fcntl = None  # type: ignore[assignment]

SILENCE = 60.0  # s without a sign of life after which an owner is passed over
BEAT = 10.0  # s between two signs of life at most
LOOK = 0.02  # s between two looks at a lease that another holds
NEWBORN = 1.0  # s after which a file that nobody has signed is nobody's: its maker was killed before it could
MOMENT = 1.3  # s that a lease is asked for at the least: another run that only looks holds the lock as well


class Lease:
    """A file that is ours until release(). Its content says whose it is: "MACHINE PROCESS"."""

    def __init__(self, path: Path, silence: float = SILENCE, patience: float = 0.0) -> None:
        """Take it, waiting patience seconds for an owner to end or to fall silent.

        Raises InputError when another holds it, OSError when the folder cannot be written.
        """
        self.path, self._lock, self._ended = path, threading.Lock(), threading.Event()
        self._descriptor = _taken(path, silence, max(patience, MOMENT))
        self._beat = min(BEAT, silence / 6)
        background(self._live, "dub-lease")

    @property
    def ours(self) -> bool:
        """False when we showed no sign of life for so long that another took it."""
        return named(self.path, self._descriptor)

    def release(self) -> None:
        self._ended.set()
        with self._lock:
            if self.ours:
                with suppress(OSError):
                    self.path.unlink()
            os.close(self._descriptor)

    def _live(self) -> None:
        while not self._ended.wait(self._beat):
            with self._lock, suppress(OSError):
                if not self._ended.is_set():
                    self._touch()

    def _touch(self) -> None:
        """Stamp the file by a write. That is done by the clock of the disk, and so is the file that ages are read off;
        utime() would take this machine's clock on SMB (cifs_setattr_nounix sends the client's time)."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.write(self._descriptor, _machine().encode()[:1])
        os.fsync(self._descriptor)


def remove_dead(path: Path, silence: float = SILENCE) -> bool:
    """Remove a lease whose owner is dead or silent; False when the owner lives. Raises OSError for what is no lease: a
    link, a pipe."""
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return True
    try:
        free = _flock(descriptor) and _host(descriptor) == _machine()
        silence = silence if os.fstat(descriptor).st_size else min(silence, NEWBORN)
        if not free and _age(path, descriptor) < silence:
            return False
        return _remove(path, descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path, descriptor: int) -> bool:
    """Remove the file that path named when we looked, and no newer one: of all who want to, the one who makes the
    ticket for it may. A ticket that its maker left behind looks like a lease of nobody, and goes as one."""
    ticket = path.with_name(f"{path.name}-{os.fstat(descriptor).st_ino}")
    try:
        os.close(os.open(ticket, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    try:
        if named(path, descriptor):
            path.unlink()
    finally:
        ticket.unlink(missing_ok=True)
    return True


def busy(where: str = "") -> InputError:
    """The error of whoever finds a file held by another run."""
    return InputError("another run is writing it", where=where, advice="wait for its end", code="busy")


def named(path: Path, descriptor: int) -> bool:
    """Whether path still names this open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _taken(path: Path, silence: float, patience: float) -> int:
    """A new file, locked. A dead owner's is removed, never written into again."""
    end = monotonic() + patience
    while True:
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return _signed(path)
        except FileExistsError:
            if not remove_dead(path, silence):
                if monotonic() >= end:
                    raise busy() from None
                sleep(min(1.0, max(LOOK, patience / 100)))


def _signed(path: Path) -> int:
    """The name is ours and its file nobody's yet: put one there that is locked and signed before anybody can look."""
    unseen = path.with_name(f"{path.name}-{token_hex(8)}") if fcntl else path  # an open file has one name on Windows
    try:
        descriptor = os.open(unseen, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _flock(descriptor)
            os.write(descriptor, f"{_machine()} {os.getpid()}\n".encode())
            if unseen != path:
                unseen.replace(path)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor
    except OSError:
        for left in {unseen, path}:
            with suppress(OSError):
                left.unlink()
        raise


def _flock(descriptor: int) -> bool:
    """Whether the lock is ours now; where there are no locks it never is, and only silence tells of a dead owner."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False  # held by its owner, or a file system without locks
    return True


def _host(descriptor: int) -> str:
    """The machine whose process made it; only there a lock that is free says that its owner is dead."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 300).decode(errors="replace").partition(" ")[0]


@cache
def _machine() -> str:
    """The running kernel: locks hold among its processes, in containers too. Elsewhere the machine's name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return platform.node()


def _age(path: Path, descriptor: int) -> float:
    """Seconds since the last sign of life, by the clock that stamps the files of this folder."""
    clock = path.with_name(f".{token_hex(8)}.dub-clock")
    try:
        now = os.open(clock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            return os.fstat(now).st_mtime - os.fstat(descriptor).st_mtime
        finally:
            os.close(now)
    finally:
        with suppress(OSError):
            clock.unlink()
