"""A fake of Windows: what only POSIX has is taken away from this process, and a film is dubbed all the same.

It is no Windows: paths, open files and programs are still those of this system.
"""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest

from dubber.backends import _receipts
from dubber.errors import InputError
from dubber.files import lease, outputs, scratch
from dubber.media import ffmpeg
from dubber.unattended import stability
from tests.faults.jobs import Place

POSIX = ("killpg", "getpgid", "setsid", "geteuid", "getuid", "getgid", "chown", "mkfifo", "sched_getaffinity",
         "posix_fadvise", "posix_fallocate", "pidfd_open", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY")  # fmt: skip


@pytest.fixture
def fake_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))  # other runs see no lock on what lies there
    for name in POSIX:
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.delattr(signal, "pthread_kill")
    for module in (lease, scratch, _receipts, stability):
        monkeypatch.setattr(module, "fcntl", None)


def test_a_film_is_dubbed_and_leaves_nothing_behind(fake_windows: None, tmp_path: Path) -> None:
    place = Place.made(tmp_path / "job")
    assert place.run().complete
    assert place.out.exists() and place.left() == []


def test_a_program_is_ended_without_groups_of_processes(fake_windows: None) -> None:
    with ffmpeg.Process(["sleep", "60"]) as process:
        process.dismiss()
    assert process.child.poll() not in (None, 0)


def test_two_runs_do_not_write_one_output_where_there_are_no_locks(fake_windows: None, tmp_path: Path) -> None:
    with outputs.claim(tmp_path / "film.mp4", [], False), pytest.raises(InputError, match="another run"):
        outputs.preflight(tmp_path / "film.mp4", [], overwrite=False)
    outputs.preflight(tmp_path / "film.mp4", [], overwrite=False)
