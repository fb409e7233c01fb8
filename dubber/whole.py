"""Files that are there whole or not at all: written beside their final name, synced, renamed, the folder synced."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO


def write_whole(
    path: Path,
    *parts: bytes | BinaryIO,
    durable: bool = True,
    through: Path | None = None,
    private: bool = True,
    mode: int = 0o666,
) -> None:
    """Write a file so that it is there whole or not at all, even when the power goes (durable).

    through: its name until then, beside it (default: a hidden one, which the store's sweep() knows). private: 0600;
    else mode, as the user's umask has it. A link, a pipe or a device of that name is left alone: FileExistsError.
    """
    _check_plain(path)
    temporary = through or path.with_name(f".{path.name}.{os.getpid()}.{token_hex(4)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                for block in blocks(part):
                    file.write(block)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if not private:
            temporary.chmod(mode & ~umask())
        temporary.replace(path)
    except BaseException:
        remove(temporary)
        raise
    if durable:
        sync_folder(path.parent)


def _check_plain(path: Path) -> None:
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(kind):
        raise FileExistsError(errno.EEXIST, "it is a link, a pipe, a device or a folder", str(path))


@cache
def umask() -> int:
    """The user's umask. Asked once: the only way to read it is to set it, for all threads."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def blocks(part: bytes | BinaryIO) -> Iterator[bytes]:
    """What is to be written or hashed, a megabyte of a file at a time."""
    if isinstance(part, bytes):
        yield part
        return
    while block := part.read(1 << 20):
        yield block


def sync_folder(folder: Path) -> None:
    """What was renamed in a folder stays so when the power goes. Raises OSError: some network disks cannot."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove(path: Path) -> None:
    """When it is there, and can be."""
    with suppress(OSError):
        path.unlink()
