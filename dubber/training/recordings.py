"""The user's recordings, brought to where the server finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from dubber.errors import InputError
from dubber.files import input_files, written
from dubber.files.input_files import digest
from dubber.training.shared_folder import SharedFolder
from dubber.training.state import short

SHARED = 0o644  # whatever the user's umask


def fingerprint(recordings: Sequence[str]) -> list[str]:
    """What stands for the recordings: their contents, or the name of what only the server sees."""
    return [digest(file) for name in recordings for file in _files(name)] + [
        name for name in recordings if not Path(name).exists()
    ]


def placed(recordings: Sequence[str], reach: SharedFolder, folder: Sequence[str]) -> list[str]:
    """The recordings as the server names them: what lies outside the shared folder is copied into folder there.

    Raises InputError for what is not there, or lies where the server cannot reach.
    """
    local = [name for name in recordings if Path(name).exists()]
    remote = [name for name in recordings if not Path(name).exists()]
    shared = [there for name in local if (there := reach.there(Path(name)))]
    if len(shared) == len(local) and len(recordings) == 1:
        return shared or remote
    if local and reach.local is None:
        raise InputError(
            "lies on this computer, where the server does not see it", where=local[0],
            advice="share a folder with it, --server-dir LOCAL=REMOTE, or name the server's own path",
        )  # fmt: skip
    files = [file for name in local for file in _files(name)]
    if local and not files:
        raise InputError("holds no recording", where=local[0])
    copies = [_copy(files, reach, [*folder, f"recordings-{short(fingerprint(local))}"])] if files else []
    return copies + remote


def _copy(files: Sequence[Path], reach: SharedFolder, folder: Sequence[str]) -> str:
    """Copy under names that no shell acts on, and that differ."""
    assert reach.local is not None
    target = reach.local.joinpath(*folder)
    for number, file in enumerate(files, 1):
        stem = re.sub(r"[^\w.-]", "_", file.stem)[:60]
        copy = target / f"{number:03d}-{stem}{file.suffix.lower()}"
        if copy.is_symlink() or not copy.is_file() or copy.stat().st_size != file.stat().st_size:
            with input_files.opened(file) as source:
                share(copy, source, reach.local)
    return reach.join(*folder)


def share(path: Path, data: bytes | BinaryIO, folder: Path) -> None:
    """Write a file into the shared folder, for a server that may run as another user. Through no link."""
    written.write(path, data, below=folder, mode=SHARED)
    path.chmod(SHARED)


def _files(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (file for file in sorted(path.iterdir()) if file.is_file() and not file.name.startswith("."))
