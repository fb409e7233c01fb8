"""Ctrl-C and SIGTERM: the job ends at once, what is finished is kept, nothing half-written is left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.typed import event

ROOT = Path(__file__).parent.parent.parent
FILM = ROOT / "samples" / "harbour.mp4"
CUES = 800  # more than the fastest machine has spoken before the signal comes


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Subtitles that take much longer to speak than anybody waits."""
    cues = [
        f"{number}\n00:00:{number // 1000:02},{number % 1000:03} --> 00:00:29,000\nThis is sentence number {number}.\n"
        for number in range(1, CUES)
    ]
    path = tmp_path / "many.en.srt"
    path.write_text("\n".join(cues))
    return path


def job(folder: Path, subtitles: Path) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "DUB_STORE": str(folder / "store"), "PYTHONPATH": str(ROOT)}
    words = [
        sys.executable,
        "-m",
        "dubber",
        str(FILM),
        str(subtitles),
        "--json",
        "-o",
        str(folder / "out" / "film.mp4"),
    ]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)


def speak(run: subprocess.Popen[bytes], lines: int) -> None:
    """Wait until so many lines are spoken."""
    assert run.stdout is not None
    for text in run.stdout:
        told = event(text)
        if told["kind"] == "step" and told["stage"] == "synthesis" and told["done"] >= lines:
            return
    raise AssertionError(run.stderr.read() if run.stderr else "")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda sent: sent.name)
def test_a_job_that_is_stopped_keeps_its_takes_and_leaves_nothing_else(
    sent: signal.Signals, tmp_path: Path, many: Path
) -> None:
    (tmp_path / "out").mkdir()
    run = job(tmp_path, many)
    speak(run, 20)
    begun = time.monotonic()
    run.send_signal(sent)
    printed, told = run.communicate(timeout=30)
    assert time.monotonic() - begun < 5  # a second on a machine that does nothing else
    assert run.returncode == 130
    assert told.decode().strip() == "dub: stopped; finished takes are kept: run it again and it goes on from there"
    last = event(printed.splitlines()[-1])
    assert (last["kind"], last["detail"]["verdict"], last["detail"]["status"]) == ("result", "stopped", 130)
    assert "finished takes are kept" in last["message"]
    assert not list((tmp_path / "out").iterdir())

    again = job(tmp_path, many)
    assert again.stdout is not None
    origins = []
    for text in again.stdout:
        found = event(text)
        if found["kind"] == "step" and found["stage"] == "synthesis":
            origins.append(found["detail"]["origin"])
        if len(origins) == 20:
            break
    again.terminate()
    again.communicate(timeout=30)
    assert origins == ["stored"] * 20


# --- in the first seconds ---------------------------------------------------------------------------------------


def living(mark: str) -> list[str]:
    """The processes that a run has left, zombies too."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def children(parent: int) -> dict[int, str]:
    """The processes that a process has started, and their command lines."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((place / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found[int(place.name)] = (place / "cmdline").read_text(errors="replace").replace("\0", " ")
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="who is left is read from /proc")
@pytest.mark.parametrize("command", ["film", "batch"])
def test_ctrl_c_at_a_terminal_in_the_first_seconds_is_one_line(command: str, tmp_path: Path, many: Path) -> None:
    """A terminal tells it to the helper processes too, in the middle of their imports."""
    (tmp_path / "temp").mkdir()
    mark = f"DUB_TESTS_RUN={tmp_path}"
    environ = {**os.environ, "DUB_STORE": str(tmp_path / "store"), "PYTHONPATH": str(ROOT)}
    environ |= {"TMPDIR": str(tmp_path / "temp"), "DUB_TESTS_RUN": str(tmp_path)}
    tail = ["-o", str(tmp_path / "film.mp4")] if command == "film" else ["--report", str(tmp_path / "report.json")]
    listed = tmp_path / "films.txt"
    listed.write_text(f"{FILM}\t{many}\n")
    words = [str(FILM), str(many)] if command == "film" else ["batch", str(listed)]
    for moment in range(12):  # before, it is Python's own start that is stopped
        run = subprocess.Popen(
            [sys.executable, "-m", "dubber", *words, *tail],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environ, start_new_session=True,
        )  # fmt: skip
        time.sleep(0.8 + 0.15 * moment)
        os.killpg(run.pid, signal.SIGINT)
        _, told = run.communicate(timeout=60)
        assert run.returncode == 130, told
        assert b"Traceback" not in told and told.decode().splitlines()[-1].startswith("dub: stopped;")
        end = time.monotonic() + 10
        while living(mark) and time.monotonic() < end:
            time.sleep(0.1)
        assert not living(mark)
        assert not list((tmp_path / "temp").iterdir()) and not list(tmp_path.glob("*film.*"))


@pytest.mark.skipif(sys.platform != "linux", reason="who is left is read from /proc")
@pytest.mark.parametrize("helper", ["a worker", "the process that workers are forked from"])
def test_a_helper_process_that_is_killed_costs_no_film(helper: str, tmp_path: Path, many: Path) -> None:
    few = tmp_path / "few.en.srt"
    few.write_text("\n\n".join(many.read_text().split("\n\n")[:80]))
    (tmp_path / "out").mkdir()
    run = job(tmp_path, few)
    speak(run, 5)
    (forks,) = [pid for pid, words in children(run.pid).items() if "forkserver" in words]
    os.kill(min(children(forks)) if helper == "a worker" else forks, signal.SIGKILL)
    _, told = run.communicate(timeout=250)
    assert run.returncode in (0, 1) and b"Traceback" not in told and b"itself failed" not in told, told
    assert (tmp_path / "out" / "film.mp4").is_file()  # 1: lines start late, in so dense a film
    assert not living(f"DUB_STORE={tmp_path / 'store'}")


SWALLOWS = """
import sys, time
from dubber import cli; from dubber.job import pipeline
from dubber.cli import _stopping
_stopping.NUDGE, _stopping.PATIENCE, swallowed = 1.0, float(sys.argv[1]), int(sys.argv[2])
def prepare(*_, **__):
    print("begun", flush=True)
    for _ in range(swallowed):
        try:
            time.sleep(60)
        except BaseException:
            pass
    raise KeyboardInterrupt
pipeline.prepare = pipeline.run = prepare
sys.argv[1:] = sys.argv[3:]
cli.main()
"""


@pytest.mark.parametrize(
    ("patience", "swallowed", "least", "most"),
    [(30.0, 2, 0.5, 20.0), (3.0, 9, 2.5, 20.0)],
    ids=["said again", "ended at last"],
)
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda sent: sent.name)
def test_a_stop_that_a_library_swallows_ends_us_all_the_same(
    sent: signal.Signals, patience: float, swallowed: int, least: float, most: float, tmp_path: Path, many: Path
) -> None:
    words = [sys.executable, "-c", SWALLOWS, str(patience), str(swallowed), str(FILM), str(many)]
    environ = {**os.environ, "DUB_STORE": str(tmp_path / "store"), "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, cwd=tmp_path)
    assert run.stdout and run.stdout.readline() == b"begun\n"
    time.sleep(0.3)
    begun = time.monotonic()
    run.send_signal(sent)
    _, told = run.communicate(timeout=60)
    assert run.returncode == 130 and told.decode().strip().startswith("dub: stopped;")
    assert len(told.split(b"\n")) <= 3
    assert least <= time.monotonic() - begun <= most


def test_a_second_stop_ends_at_once(tmp_path: Path, many: Path) -> None:
    words = [sys.executable, "-c", SWALLOWS, "60", "9", str(FILM), str(many)]
    environ = {**os.environ, "DUB_STORE": str(tmp_path / "store"), "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, cwd=tmp_path)
    assert run.stdout and run.stdout.readline() == b"begun\n"
    run.send_signal(signal.SIGTERM)
    time.sleep(1.5)
    run.send_signal(signal.SIGTERM)
    _, told = run.communicate(timeout=20)
    assert run.returncode == 130 and told.count(b"dub: stopped;") == 1
