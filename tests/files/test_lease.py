"""Whose an output is: a dead owner's at once somebody else's, a silent one's after a while, a living one's never."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dubber.errors import InputError, ToolError
from dubber.files import lease, outputs
from dubber.files.lease import Lease, remove_dead

ROOT = Path(__file__).parents[2]
OWNER = """
import sys, time
from pathlib import Path
from dubber.files import outputs
with outputs.claim(Path(sys.argv[1]), [], False, silence=1.5) as claim:
    claim.part.write_text("mine")
    print("taken", flush=True)
    sys.stdin.readline()
    claim.part.write_text("mine, late")
    claim.publish()
"""


def owner(path: Path) -> subprocess.Popen[str]:
    """Another process that holds an output, and that publishes it when it is told to."""
    words = [sys.executable, "-c", OWNER, str(path)]
    run = subprocess.Popen(words, cwd=ROOT, stdin=-1, stdout=-1, stderr=-1, text=True)
    assert run.stdout and run.stdout.readline() == "taken\n"
    return run


def test_an_owner_that_works_for_long_keeps_what_is_his(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    mine = Lease(path, silence=3)
    os.utime(path, (time.time() - 100,) * 2)
    end = time.monotonic() + 60
    while path.stat().st_mtime < time.time() - 50 and time.monotonic() < end:  # it gives a sign of life by itself
        time.sleep(0.05)
    with pytest.raises(InputError, match="another run"):
        Lease(path, silence=50)
    assert mine.ours
    mine.release()
    Lease(tmp_path / "lock").release()
    assert not list(tmp_path.iterdir())


def test_a_stopped_owner_loses_the_output_and_spoils_nothing_when_it_wakes(tmp_path: Path) -> None:
    out = tmp_path / "film.mp4"
    other = owner(out)
    other.send_signal(signal.SIGSTOP)
    with pytest.raises(InputError, match="another run"), outputs.claim(out, [], False, silence=1.5):
        pass
    with outputs.claim(out, [], False, silence=1.5, patience=10) as claim:
        claim.part.write_text("ours")
        other.send_signal(signal.SIGCONT)
        _, words = other.communicate("go on\n")
        assert "another run took it over" in words and claim.part.read_text() == "ours"
        claim.publish()
    assert out.read_text() == "ours" and list(tmp_path.iterdir()) == [out]


def test_what_a_killed_owner_left_is_taken_at_once(tmp_path: Path) -> None:
    other = owner(tmp_path / "film.mp4")
    other.kill()
    other.communicate()
    with outputs.claim(tmp_path / "film.mp4", [], False):
        pass
    assert not list(tmp_path.iterdir())


def test_what_an_owner_left_that_was_killed_before_it_signed_is_taken_after_a_moment(tmp_path: Path) -> None:
    (tmp_path / "lease").touch()
    assert not remove_dead(tmp_path / "lease")
    taken = Lease(tmp_path / "lease")
    assert taken.ours
    taken.release()


def test_a_free_lock_of_another_machine_is_believed_only_when_it_is_silent(tmp_path: Path) -> None:
    """A disk that is shared without its locks: flock here says nothing about a process there."""
    path = tmp_path / "lock"
    path.write_text("another-machine 4711\n")
    assert not remove_dead(path, silence=30) and path.exists()
    os.utime(path, (time.time() - 31,) * 2)
    assert remove_dead(path, silence=30) and not path.exists()


def test_of_many_who_find_a_silent_owner_one_takes_it(tmp_path: Path) -> None:
    path, start = tmp_path / "lock", threading.Barrier(8)
    for _ in range(15):
        path.write_text("another-machine 4711\n")
        os.utime(path, (time.time() - 100,) * 2)
        with ThreadPoolExecutor(8) as executor:
            found = list(executor.map(lambda _: (start.wait(), take(path))[1], range(8)))
        (mine,) = (one for one in found if one is not None)
        assert mine.ours
        mine.release()
    assert not list(tmp_path.iterdir())


def take(path: Path) -> Lease | None:
    try:
        return Lease(path, silence=30)
    except InputError:
        return None


def test_an_output_that_was_taken_over_is_not_published(tmp_path: Path) -> None:
    with outputs.claim(tmp_path / "film.mp4", [], False) as claim:
        claim.part.write_text("late")
        claim.lease.path.unlink()
        with pytest.raises(ToolError, match="took it over"):
            claim.publish()
    assert not list(tmp_path.iterdir())


def test_ages_are_read_off_the_disk_s_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    path.write_text("another-machine 4711\n")
    monkeypatch.setattr(time, "time", lambda: 9e9)
    assert not remove_dead(path, silence=lease.SILENCE)
    assert [left.name for left in tmp_path.iterdir()] == ["lock"]


SKEWED = """
import os, sys, time
from pathlib import Path
from dubber.files import lease
skew, real, stamp = float(sys.argv[2]), time.time, os.utime
time.time = lambda: real() + skew
def utime(path, times=None, **more):  # a share on which a machine stamps files by its own clock
    stamp(path, times or (time.time(),) * 2, **more)
os.utime = utime
lease._machine = lambda: "another-machine"  # a lock tells nothing from one machine to the other
held = lease.Lease(Path(sys.argv[1]), silence=3.0)
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("skew", [-3600, 3600], ids=["an hour behind", "an hour ahead"])
def test_a_machine_whose_clock_is_wrong_keeps_its_lease_while_it_lives_and_loses_it_when_it_died(
    skew: int, tmp_path: Path
) -> None:
    path = tmp_path / "lock"
    words = [sys.executable, "-c", SKEWED, str(path), str(skew)]
    other = subprocess.Popen(words, cwd=ROOT, stdin=-1, stdout=-1, stderr=-1, text=True)
    assert other.stdout and other.stdout.readline() == "held\n"
    end = time.monotonic() + 2.0
    while time.monotonic() < end:  # it has given signs of life meanwhile
        assert not remove_dead(path, silence=3.0)
        time.sleep(0.1)
    with pytest.raises(InputError, match="another run"):
        Lease(path, silence=3.0)
    other.kill()
    other.communicate()
    Lease(path, silence=3.0, patience=30.0).release()
    assert not list(tmp_path.iterdir())
