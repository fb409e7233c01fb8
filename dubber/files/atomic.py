"""Files that are there whole or not at all: written beside their final name, synced, renamed, the folder synced."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
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
    before: Callable[[Path], object] = lambda made: None,
) -> None:
    """Write a file so that it is there whole or not at all, even when the power goes (durable).

    through: its name until then, beside it (default: a hidden one, which the store's sweep() knows). private: 0600, in
    a shared folder 0660; else mode, as the user's umask has it. before: is called with the file, complete, before it
    gets its name. A link, a pipe or a device of that name is left alone: FileExistsError.
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
        if private:
            share(temporary)
        else:
            temporary.chmod(mode & ~umask())
        before(temporary)
        temporary.replace(path)
    except BaseException:
        remove(temporary)
        raise
    if durable:
        sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a private folder (0700, in a shared one 2770), and those above it that are missing. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            share(folder)


def share(path: Path) -> None:
    """Let the group use what lies in a shared folder, whatever the umask. That is one whose group may write and is
    passed on to what is made in it (chmod 2770): so several users can have one store."""
    above = path.parent.stat().st_mode
    if os.name == "posix" and above & stat.S_IWGRP and above & stat.S_ISGID:
        with suppress(PermissionError):  # another user made it
            path.chmod(0o2770 if path.is_dir() else 0o660)


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
