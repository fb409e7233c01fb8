"""Large files are read through once, and never taken for what they are no more."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dubber.errors import InputError
from dubber.files import input_files
from dubber.files.digests import Contents
from dubber.files.store import Store


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read through."""
    told, read = list[Path](), input_files.digest

    def noted(path: Path) -> str:
        told.append(path)
        return read(path)

    monkeypatch.setattr("dubber.files.input_files.digest", noted)
    return told


def film(folder: Path, middle: bytes = b"m") -> Path:
    path = folder / "film"
    path.write_bytes(b"a" * 100_000 + middle + b"z" * 100_000)
    os.utime(path, (1, 1))
    return path


def test_a_file_is_read_through_once(tmp_path: Path, reads: list[Path]) -> None:
    path, store = film(tmp_path), Store(tmp_path / "store")
    first, again = Contents(store), Contents(store)
    assert first.digest(path) == input_files.digest(path)
    first.prove()
    reads.clear()
    assert again.digest(path) == first.digest(path) and not reads
    again.prove()
    assert reads == [path]


def test_a_change_that_neither_size_nor_times_nor_ends_show_is_found_and_never_believed_again(tmp_path: Path) -> None:
    path, store = film(tmp_path), Store(tmp_path / "store")
    before = Contents(store).digest(path)
    with path.open("r+b") as file:
        file.seek(100_000)
        file.write(b"M")
    os.utime(path, (1, 1))
    contents = Contents(store)
    assert contents.digest(path) == before
    with pytest.raises(InputError, match="film: was changed"):
        contents.prove()
    after = Contents(store)
    assert after.digest(path) != before
    after.prove()


def test_a_file_that_was_touched_is_read_anew(tmp_path: Path, reads: list[Path]) -> None:
    path, store = film(tmp_path), Store(tmp_path / "store")
    before = Contents(store).digest(path)
    reads.clear()
    film(tmp_path, b"M")
    os.utime(path, (2, 2))
    assert Contents(store).digest(path) != before and reads == [path]


def test_a_memory_that_was_damaged_is_none(tmp_path: Path, reads: list[Path]) -> None:
    path, store = film(tmp_path), Store(tmp_path / "store")
    before = Contents(store).digest(path)
    (kept,) = (tmp_path / "store").rglob("*.bin")
    kept.write_bytes(b"0" + kept.read_bytes()[1:])
    reads.clear()
    assert Contents(store).digest(path) == before and reads == [path]
