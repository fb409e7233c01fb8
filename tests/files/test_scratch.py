"""Temporary folders: gone with their run, and when it was killed with the next one; never those of a run that lives."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dubber.errors import ToolError
from dubber.files import scratch

ROOT = Path(__file__).parents[2]
HOLDS = """
import time
from dubber.files import scratch
with scratch.folder() as made:
    print(made, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    scratch.sweep.cache_clear()
    yield tmp_path
    scratch.sweep.cache_clear()


def holder(place: Path) -> tuple[subprocess.Popen[str], Path]:
    """Another run, and the folder that it uses."""
    environ = {**os.environ, "TMPDIR": str(place)}
    run = subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True, env=environ, cwd=ROOT)
    assert run.stdout
    return run, Path(run.stdout.readline().strip())


def test_a_folder_is_private_and_gone_with_its_block(place: Path) -> None:
    with scratch.folder() as made:
        assert made.parent == place and made.stat().st_mode & 0o777 == 0o700
        (made / "sound").write_bytes(b"x")
    assert not list(place.iterdir())


def test_what_a_killed_run_left_goes_with_the_next_one(place: Path) -> None:
    run, made = holder(place)
    run.kill()
    run.communicate()
    assert made.is_dir()
    with scratch.folder():
        assert not made.exists()


def test_a_run_that_lives_keeps_its_folder(place: Path) -> None:
    run, made = holder(place)
    try:
        with scratch.folder():
            assert made.is_dir()
    finally:
        run.kill()
        run.communicate()


def test_folders_that_are_not_ours_are_left_alone(place: Path) -> None:
    (place / "dub-step-samples").mkdir()
    (place / "dub-step-samples" / "kick.wav").write_bytes(b"x")
    (place / "dub-link").symlink_to(place / "dub-step-samples")
    (place / f"dub-mark{scratch.OWNER}").symlink_to(place / "dub-step-samples" / "kick.wav")
    with scratch.folder():
        pass
    assert sorted(path.name for path in place.iterdir()) == ["dub-link", "dub-mark.owner", "dub-step-samples"]


@pytest.mark.parametrize("after", ["mkstemp", "mkdir", "rmtree"])
def test_a_run_that_is_killed_between_two_steps_leaves_nothing_for_ever(after: str, place: Path) -> None:
    """Each moment between the making of the mark and its end: what lies there goes with the next run."""
    dies = f"""
import os, pathlib, shutil, signal, sys, tempfile
from dubber.files import scratch
def dying(work):
    def then(*given, **named):
        found = work(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    return then
tempfile.mkstemp = dying(tempfile.mkstemp) if {after!r} == "mkstemp" else tempfile.mkstemp
pathlib.Path.mkdir = dying(pathlib.Path.mkdir) if {after!r} == "mkdir" else pathlib.Path.mkdir
shutil.rmtree = dying(shutil.rmtree) if {after!r} == "rmtree" else shutil.rmtree
with scratch.folder():
    pass
"""
    run = subprocess.run([sys.executable, "-c", dies], env={**os.environ, "TMPDIR": str(place)}, cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL and list(place.iterdir())
    with scratch.folder():
        pass
    assert not list(place.iterdir())


def test_runs_that_begin_at_once_never_take_each_others_folders(place: Path) -> None:
    """Each sweeps while the others are between the making and the locking of theirs."""
    begins = """
from dubber.files import scratch
for _ in range(300):
    scratch.sweep.cache_clear()
    with scratch.folder() as made:
        (made / "sound").write_bytes(b"x")
        assert (made / "sound").is_file()
"""
    environ = {**os.environ, "TMPDIR": str(place)}
    runs = [subprocess.Popen([sys.executable, "-c", begins], env=environ, cwd=ROOT) for _ in range(4)]
    assert [run.wait() for run in runs] == [0] * 4 and not list(place.iterdir())


def test_a_full_or_missing_temporary_folder_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolError, match="No space left.*TMPDIR"), scratch.folder():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(tempfile, "tempdir", str(place / "gone"))
    with pytest.raises(ToolError, match="no temporary folder can be made"), scratch.folder():
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="no such locks")
def test_a_disk_without_locks_is_named_and_nothing_is_left_there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(ToolError, match="no temporary folder can be made: No locks available"), scratch.folder():
        pass
    assert not list(place.iterdir())


def test_an_error_about_another_file_passes_as_it_is(place: Path) -> None:
    with pytest.raises(FileNotFoundError), scratch.folder():
        (place / "none").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_worker_processes_leave_no_folder_behind_when_the_run_is_killed(place: Path) -> None:
    script = """
import sys, time
from dubber.workers import executors as parallel
if __name__ == "__main__":
    with parallel.open_executor("processes", 1) as executor:
        executor.submit(abs, -1).result()
        print("begun", flush=True)
        time.sleep(60)
"""
    path = place / "run.py"
    path.write_text(script)
    environ = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, env=environ, stderr=subprocess.DEVNULL)
    assert run.stdout and run.stdout.readline() == b"begun\n"
    run.send_signal(signal.SIGKILL)
    run.communicate()
    left = [path for path in place.iterdir() if path.is_dir()]
    assert len(left) == 1
    with scratch.folder():
        assert not left[0].exists()
