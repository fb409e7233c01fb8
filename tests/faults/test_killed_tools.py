"""ffmpeg is killed from outside, by the system that runs out of memory or by a person: the film is not to blame."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from dubber.errors import InputError, ToolError
from dubber.media import ffmpeg
from dubber.media.ffmpeg_errors import explain
from dubber.media.probe import probe
from dubber.model import Event
from dubber.unattended import batch
from tests.faults.jobs import Place

BLAMES = "Invalid data found when processing input"  # what a damaged packet of a good film makes ffmpeg say


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.made(tmp_path / "job")


def killing(how: str, folder: Path, *, when: str, times: int) -> Path:
    """An ffmpeg (and an ffprobe) that is killed when its arguments hold a text, as often as said, and else works."""
    for name in ("ffmpeg", "ffprobe"):
        count, real = folder / f"{name}.killed", shutil.which(name)
        script = f"""#!/bin/sh
case "$*" in *"{when}"*)
  if [ "$(cat {count} 2>/dev/null | wc -c)" -lt {times} ]; then
    printf x >> {count}
    echo "{BLAMES}" >&2
    kill -{how} $$
  fi
esac
exec {real} "$@"
"""
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return folder / "ffmpeg"


@pytest.mark.parametrize("when", ["-show_format", "-sseof"])
@pytest.mark.parametrize("how", ["KILL", "TERM"])
def test_a_film_that_is_looked_at_is_not_called_bad(
    how: str, when: str, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUB_FFMPEG", str(killing(how, tmp_path, when=when, times=99)))
    with pytest.raises(ToolError, match=rf"ffmpeg was killed from outside \(SIG{how}\)") as caught:
        probe(place.film)
    assert str(caught.value).startswith(f"{place.film}: ") and "\n" not in str(caught.value)
    assert caught.value.killed and pickle.loads(pickle.dumps(caught.value)).killed


def test_without_ffprobe_a_killed_description_is_none(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = killing("KILL", tmp_path, when="-nostdin -protocol_whitelist", times=99)
    (tmp_path / "ffprobe").unlink()
    monkeypatch.setenv("DUB_FFMPEG", str(program))
    with pytest.raises(ToolError, match="killed from outside"):
        probe(place.film)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_writes_the_film_is_killed_and_the_next_run_goes_on(number: signal.Signals, place: Place) -> None:
    with pytest.raises(ToolError, match="ffmpeg was killed from outside") as caught:
        place.run(_kill_once(number))
    assert caught.value.killed and not place.out.exists() and place.left() == []
    assert place.run().report.versions[0].fresh == 0 and place.out.is_file()


def _kill_once(number: signal.Signals) -> Callable[[Event], None]:
    """Kills every program that runs when the track is encoded, which is when the film is written."""
    left = [number]

    def hear(event: Event) -> None:
        if event.kind == "step" and event.stage == "encode" and left:
            for process in list(ffmpeg.running):
                os.kill(process.child.pid, left[0])
            left.clear()

    return hear


def test_a_batch_tries_a_film_again_whose_ffmpeg_was_killed(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUB_FFMPEG", str(killing("KILL", tmp_path, when="-sseof", times=1)))
    told: list[Event] = []
    result = batch.dub(place.job(), told.append)
    assert result.status == "dubbed" and place.out.is_file()
    assert [event.message for event in told if event.kind == "warning" and "tried once more" in event.message]


def test_a_film_whose_ffmpeg_is_killed_each_time_may_be_tried_again_later(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUB_FFMPEG", str(killing("KILL", tmp_path, when="-sseof", times=99)))
    result = batch.dub(place.job())
    assert result.status == "failed" and result.passing and "killed from outside" in result.reason


def test_ffmpeg_that_ends_politely_when_it_is_asked_to_was_killed_too(tmp_path: Path) -> None:
    """It writes its file to an end, says nothing, and gives status 255."""
    endless = ffmpeg.command("-re", "-f", "lavfi", "-i", "testsrc2=s=64x64", "-y", str(tmp_path / "out.mkv"))
    with ffmpeg.Process(endless, where="film.mkv") as process:
        while not (tmp_path / "out.mkv").exists():
            pass
        process.child.send_signal(signal.SIGTERM)
        with pytest.raises(ToolError, match="film.mkv: ffmpeg was killed from outside"):
            process.finish(30)
        process.dismiss()


@pytest.mark.parametrize("status", [-9, -15, 137, 143, 255])
def test_whatever_it_said_before_it_was_killed_is_not_the_reason(status: int) -> None:
    assert isinstance(explain(BLAMES, status, "film.mkv"), ToolError)


def test_a_failure_of_its_own_is_none_of_a_signal() -> None:
    """From 7.0 on ffmpeg's status is the error's own number: 134 is a quota, 255 a right that is missing."""
    assert "quota" in str(explain("out.mkv: Disk quota exceeded", 134, "/out"))
    assert "killed" not in str(explain("out.mkv: Operation not permitted", 255, "/out"))
    assert isinstance(explain(BLAMES, 183, "film.mkv"), InputError)


def test_a_crash_and_a_limit_are_called_so(tmp_path: Path) -> None:
    assert "crashed (SIGSEGV)" in str(explain("", -signal.SIGSEGV, "film.mkv"))
    limited = ["sh", "-c", "ulimit -f 1; exec head -c 100000 /dev/zero > limited"]
    with pytest.raises(ToolError, match=r"larger than allowed.*ulimit -f"):
        ffmpeg.run(limited, where="/out", folder=tmp_path)
