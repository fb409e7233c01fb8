"""The user's files, opened with care: ordinary files only, within limits, unchanged while they are read."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dubber.errors import InputError

CHUNK = 1 << 20
ENDS = 1 << 16  # bytes of both ends that a fingerprint reads


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What shows that a file is still the same, without reading it whole: identity, size, mtime, both ends."""

    device: int
    inode: int
    size: int
    modified: int
    ends: bytes


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """An ordinary file, open for reading. A pipe, a device or a folder is refused at once, never waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise InputError(_why(error), where=str(path)) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InputError("is not an ordinary file", where=str(path))
    with os.fdopen(handle, "rb") as file:
        yield file


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "must not be read"
    return f"cannot be opened: {getattr(error, 'strerror', None) or error}"


def read_bytes(path: Path, limit: int) -> bytes:
    """All of a file of at most limit bytes; raises InputError, also when it changes meanwhile."""
    with opened(path) as file, _readable(path):
        before = os.fstat(file.fileno())
        if before.st_size > limit:
            size = f"{before.st_size / 1e6:.1f} MB is more than the {limit / 1e6:g} MB that are read"
            raise InputError(size, where=str(path))
        data = file.read(limit + 1)
        after = os.fstat(file.fileno())
        if len(data) != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
            raise InputError(
                "changed while it was read", where=str(path), advice="try again when it is complete", code="changed"
            )
        return data


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(_why(error), where=str(path)) from None


def digest(path: Path) -> str:
    """The content's name: BLAKE2b, 32 hexadecimal digits, whatever the file is called."""
    total = hashlib.blake2b(digest_size=16)
    with opened(path) as file, _readable(path):
        while chunk := file.read(CHUNK):
            total.update(chunk)
    return total.hexdigest()


def fingerprint(path: Path) -> Fingerprint:
    """A fingerprint of the file as it is now."""
    with opened(path) as file, _readable(path):
        about = os.fstat(file.fileno())
        ends = hashlib.blake2b(file.read(ENDS), digest_size=16)
        file.seek(max(0, about.st_size - ENDS))
        ends.update(file.read(ENDS))
        return Fingerprint(about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, ends.digest())


def check_unchanged(path: Path, before: Fingerprint) -> None:
    """Raise InputError when the file is not what it was when before was taken."""
    if fingerprint(path) != before:
        raise InputError(
            "changed while it was used", where=str(path), advice="run again when it is complete", code="changed"
        )
