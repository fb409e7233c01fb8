"""Files of the user's folders that dub writes: one way for all of them, and the record of which are ours.

A file appears whole or not at all. It is never written through a link, into a pipe or a device, onto an input, nor over
a file that dub did not write, unless the user says so. Ours is what the record in the user's own store knows, and that
is still as it was written (its size and both its ends): a report that was copied or forged makes nothing ours.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, BinaryIO

from dubber.documents import About, from_json
from dubber.errors import InputError, ToolError
from dubber.files import input_files
from dubber.files.atomic import make_folder, write_whole
from dubber.files.input_files import ENDS
from dubber.paths import default_root

OVERWRITE = "--overwrite replaces it"


@dataclass(frozen=True, slots=True)
class Mark:
    """By what a whole file is known again."""

    size: Annotated[int, About("bytes")]
    head: Annotated[str, About("the digest of how it begins")]
    tail: Annotated[str, About("the digest of how it ends")]


def write(
    path: Path,
    data: bytes | BinaryIO,
    *,
    inputs: Iterable[Path] = (),
    overwrite: bool = False,
    advice: str = OVERWRITE,
    below: Path | None = None,
    mode: int = 0o666,
    again: bool = True,
) -> None:
    """Write a file of the user's, whole, with the user's umask, and record that it is ours.

    below: a folder from which on no part of the path may be a link; what is missing of it is made. mode: before the
    umask. again: what is ours is replaced unasked. Raises InputError when it may not be written, ToolError when it
    cannot.
    """
    try:
        if below is not None:
            _make(path.parent, below)
        check(path, inputs, overwrite or (again and ours(path)), advice=advice)
        write_whole(path, data, private=False, mode=mode, before=lambda made: remember(path, made=made))
    except OSError as error:
        raise unwritable(path.parent, error) from error


def check(path: Path, inputs: Iterable[Path], allowed: bool, *, advice: str = OVERWRITE) -> None:
    """Raise InputError unless path may be written. allowed: a file that is there already may be replaced."""
    for source in inputs:
        if path.absolute() == source.absolute() or _same(path, source):
            raise InputError("is an input, and inputs are never written", where=str(path), advice="choose another name")
    if path.is_dir():
        raise InputError("is a folder", where=str(path), advice="give a file name")
    if path.is_symlink():
        raise InputError("is a link, and links are not written through", where=str(path), advice="choose another name")
    if path.exists() and not path.is_file():
        raise InputError("is not a regular file", where=str(path), advice="choose another name")
    if path.exists() and not allowed:
        raise InputError("exists already", where=str(path), advice=advice, code="exists")
    if not path.parent.is_dir():
        raise InputError("no such folder", where=str(path.parent), advice="make it first, or choose another")


def unwritable(folder: Path, error: OSError) -> ToolError:
    """The error of a folder in which nothing can be written."""
    return ToolError(f"cannot be written: {error.strerror or error}", where=str(folder))


def _same(path: Path, source: Path) -> bool:
    try:
        return path.samefile(source)
    except OSError:
        return False


def _make(folder: Path, below: Path) -> None:
    """Make the folders from below on. Raises InputError where one of them is a link."""
    place = below
    for part in folder.relative_to(below).parts:
        place = place / part
        if place.is_symlink():
            raise InputError("is a link, and links are not followed here", where=str(place), advice="remove it")
        place.mkdir(exist_ok=True)


# --- what is ours -----------------------------------------------------------------------------------------------


def remember(path: Path, store: Path | None = None, *, made: Path | None = None) -> None:
    """Record that a file is ours as it is now. A record that cannot be kept costs only a question later.

    made: the file that is about to get this name: until then, and when we are killed between, what lies there already
    stays ours, if it was.
    """
    with suppress(OSError, InputError):
        entry, now = _entry(path, store), mark(made or path)
        marks = [*_marks(entry)[-1:], now] if made else [now]
        make_folder(entry.parent)
        write_whole(
            entry, json.dumps({"path": repr(str(path.absolute())), "marks": [asdict(one) for one in marks]}).encode()
        )
        write_whole(_moved(path.name, now, entry.parent), b"")


def ours(path: Path, store: Path | None = None) -> bool:
    """Whether dub wrote this file, and nobody has put anything else there since; what was cut short, or emptied, by a
    full disk or a broken copy is nobody else's."""
    try:
        if not path.is_file() or path.is_symlink():
            return False
        entry, now = _entry(path, store), mark(path)
        marks = _marks(entry)
        cut = any(_cut_short(now, whole) for whole in marks)
        return now in marks or cut or _moved(path.name, now, entry.parent).is_file()
    except (OSError, InputError):
        return False


def _cut_short(now: Mark, whole: Mark) -> bool:
    begins = ENDS <= now.size < whole.size and now.head == whole.head
    return begins or not now.size


def _marks(entry: Path) -> list[Mark]:
    try:
        return [from_json(Mark, one) for one in json.loads(entry.read_bytes())["marks"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def mark(path: Path) -> Mark:
    """By what a whole file is known again: its size, and the digests of both its ends. Raises InputError."""
    with input_files.opened(path) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(ENDS)
        file.seek(max(0, size - ENDS))
        return Mark(size, _digest(head), _digest(file.read(ENDS)))


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _moved(name: str, now: Mark, folder: Path) -> Path:
    """The record of a file's name and content, for one whose folder was moved or copied as a whole."""
    known = blake2b(os.fsencode(name) + json.dumps(asdict(now), sort_keys=True).encode(), digest_size=16)
    return folder / f"{known.hexdigest()}.made"


def _entry(path: Path, store: Path | None) -> Path:
    where = path.parent.resolve() / path.name
    name = blake2b(os.fsencode(where), digest_size=16).hexdigest()
    return (store or default_root()) / "made" / f"{name}.json"
