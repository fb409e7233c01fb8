"""The user's files are opened with care."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dubber.errors import InputError
from dubber.files.input_files import check_unchanged, digest, fingerprint, read_bytes


def test_a_pipe_is_refused_at_once_and_never_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.srt"
    os.mkfifo(pipe)
    began = time.monotonic()
    with pytest.raises(InputError, match="not an ordinary file"):
        read_bytes(pipe, 100)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/"])
def test_devices_and_folders_are_refused(path: str) -> None:
    with pytest.raises(InputError):
        read_bytes(Path(path), 100)


def test_a_link_to_a_device_is_refused_but_a_link_to_a_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert read_bytes(tmp_path / "link", 3) == b"abc"
    with pytest.raises(InputError, match="ordinary"):
        read_bytes(tmp_path / "zero", 3)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(10**12)  # sparse: it would never fit in memory
    with pytest.raises(InputError, match="is more than the 1 MB"):
        read_bytes(large, 1_000_000)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.srt: there is no such file"):
        read_bytes(tmp_path / "none.srt", 1)
    with pytest.raises(InputError):
        read_bytes(Path("a\0b"), 1)


def test_the_digest_names_the_content_and_not_the_file(tmp_path: Path) -> None:
    for name, content in (("a", b"x"), ("b", b"x"), ("c", b"y")):
        (tmp_path / name).write_bytes(content)
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


@pytest.mark.parametrize("place", [0, 500_000, 999_999])
def test_a_change_during_the_work_is_noticed(tmp_path: Path, place: int) -> None:
    film = tmp_path / "film"
    film.write_bytes(bytes(1_000_000))
    before = fingerprint(film)
    check_unchanged(film, before)
    with film.open("r+b") as file:
        file.seek(place)
        file.write(b"!")
    with pytest.raises(InputError, match="changed while it was used"):
        check_unchanged(film, before)


def test_a_change_at_an_end_is_noticed_even_when_the_clock_was_turned_back(tmp_path: Path) -> None:
    film = tmp_path / "film"
    film.write_bytes(bytes(1_000_000))
    before, about = fingerprint(film), film.stat()
    with film.open("r+b") as file:
        file.write(b"!")
    os.utime(film, ns=(about.st_atime_ns, about.st_mtime_ns))
    with pytest.raises(InputError):
        check_unchanged(film, before)
