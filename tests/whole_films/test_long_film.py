"""A film of two hours: no drift, whatever the container and wherever its streams start."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dubber.backends.tone import pitch_of
from dubber.casting.assign import Casting, lines
from dubber.config.profile import load
from dubber.job import pipeline
from dubber.job.job import Job
from dubber.job.subtitle_files import read
from dubber.media.ffmpeg import tools
from dubber.media.probe import probe
from dubber.subtitles import Reading
from tests.hearing import decode, onset

HOURS = 2
WORDS = ["once", "upon", "time", "there", "was", "lamp", "that", "nobody", "lit", "until", "ferry", "came", "home"]


def subtitles(path: Path) -> Path:
    """A cue every two minutes, the first in the first second and the last in the last three."""
    starts = [400, *range(120_000, HOURS * 3_600_000 - 60_000, 120_000), HOURS * 3_600_000 - 2_800]
    blocks = []
    for number, start in enumerate(starts, 1):
        text = (
            f"{WORDS[number % len(WORDS)]} {WORDS[number // len(WORDS) % len(WORDS)]} {'abcdefgh'[number % 8]} {number}"
        )
        blocks.append(f"{number}\n{stamp(start)} --> {stamp(start + 2500)}\n{text}\n")
    path.write_text("\n".join(blocks))
    return path


def stamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},{rest:03}"


def film(path: Path) -> Path:
    """Two hours of hardly anything to look at, with a quiet sound; TS begins at 1.4 s, as recordings do."""
    coder = (
        ["libvpx", "-deadline", "realtime", "-cpu-used", "16"]
        if path.suffix == ".webm"
        else ["libx264", "-preset", "ultrafast"]
    )
    sound = "libopus" if path.suffix == ".webm" else "aac"
    length = str(HOURS * 3600)
    inputs = [
        "-f",
        "lavfi",
        "-i",
        f"color=s=64x36:r=1:d={length}",
        "-f",
        "lavfi",
        "-i",
        f"anoisesrc=a=0.01:r=8000:d={length}",
    ]
    codecs = ["-c:v", *coder, "-c:a", sound, "-b:a", "16k", "-ac", "1"]
    subprocess.run([str(tools().ffmpeg), "-v", "error", *inputs, *codecs, "-y", str(path)], check=True)
    return path


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "suffix", ["mp4", *(pytest.param(other, marks=pytest.mark.long) for other in ("mkv", "ts", "webm"))]
)
def test_the_last_cue_of_two_hours_is_as_exact_as_the_first(tmp_path: Path, suffix: str, long_store: Path) -> None:
    profile = tmp_path / "tones.toml"
    profile.write_text(
        '[voices.tones]\nbackend = "tone"\nmilliseconds_per_character = 60\n[casting]\npool = ["tones"]\n'
        '[mixing]\nbed = "none"\n[output]\noriginal = "replace"\n'
    )
    source, subs = film(tmp_path / f"film.{suffix}"), subtitles(tmp_path / "subs.srt")
    job = Job(source, load(str(profile), environ={}), (subs,), output=tmp_path / f"out.{suffix}", store=long_store)
    outcome = pipeline.run(job)
    assert outcome.output
    spoken = lines(read(subs, Reading()).cues, job.profile.cast, Casting(), language="en")
    for line in (spoken[0], spoken[len(spoken) // 2], spoken[-1]):
        start = line.window.start
        begin = max(0.0, start / 1000 - 5.0)
        heard = 1000 * begin + onset(
            decode(outcome.output, start=begin, seconds=9.0), pitch_of(line), near=start - 1000 * begin
        )
        assert heard == pytest.approx(start, abs=5.0), (suffix, line.index)
    assert probe(outcome.output).milliseconds == pytest.approx(probe(source).milliseconds, abs=30)


@pytest.fixture(scope="module")
def long_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for all containers: what is encoded alike is encoded once."""
    return tmp_path_factory.mktemp("store")
