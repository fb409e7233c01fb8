"""Ctrl-C and SIGTERM: the job ends at once, what is finished is kept, nothing half-written is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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
        event = json.loads(text)
        if event["kind"] == "step" and event["done"] >= lines:
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
    _, told = run.communicate(timeout=30)
    assert time.monotonic() - begun < 5  # a second on a machine that does nothing else
    assert run.returncode == 130
    assert told.decode().strip() == "dub: stopped; finished takes are kept: run it again and it goes on from there"
    assert not list((tmp_path / "out").iterdir())

    again = job(tmp_path, many)
    assert again.stdout is not None
    origins = []
    for text in again.stdout:
        event = json.loads(text)
        if event["kind"] == "step":
            origins.append(event["detail"]["origin"])
        if len(origins) == 20:
            break
    again.terminate()
    again.communicate(timeout=30)
    assert origins == ["stored"] * 20
