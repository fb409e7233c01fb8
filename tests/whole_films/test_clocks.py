"""Films whose own clock does not start at zero, or whose header does not say how long they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dubber.config.profile import load
from dubber.errors import InputError
from dubber.job import pipeline
from dubber.job.job import Job
from dubber.media import ffmpeg
from dubber.media.probe import probe
from dubber.workers import executors
from tests.faults.jobs import PROFILE
from tests.films import Sound, film
from tests.studio import Studio, checksums, first_picture, onset

LATE = ("-output_ts_offset", "5")
EARLY = ("-avoid_negative_ts", "disabled")
pytestmark = pytest.mark.usefixtures("any_ffmpeg")
CUE = "1\n00:00:06,000 --> 00:00:07,000\nThe lamp is lit.\n"


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def executor() -> Iterator[executors.Executor]:
    with executors.open_executor("threads", 1) as pool:
        yield pool


@pytest.fixture
def studio(tmp_path: Path, executor: executors.Executor) -> Studio:
    return Studio(tmp_path, executor)


@pytest.mark.parametrize("container", ["mkv", "mp4", "mov", "webm", "ts", "mpg", "avi"])
def test_a_film_whose_clock_starts_at_five_seconds_is_whole(container: str, films: Path, studio: Studio) -> None:
    source = film(films, container, seconds=12, after=LATE)
    before = probe(source)
    if container != "avi":  # it has no clock: its first picture stands for five seconds
        assert before.milliseconds == pytest.approx(12_000, abs=60)
    found, _ = studio.dub(source, f"out.{container}", begin=6.0)
    assert onset(found) - first_picture(found) == pytest.approx(6.0 - first_picture(before), abs=0.002)
    frayed = 0.008 if container == "webm" and ffmpeg.major() < 7 else 0.004  # ffmpeg 5.1 writes Opus 7 ms early
    assert onset(found, 1) - first_picture(found) == pytest.approx(onset(before) - first_picture(before), abs=frayed)
    assert checksums(found.path) == checksums(source)
    assert found.milliseconds == pytest.approx(before.milliseconds, abs=33)


def test_a_clock_that_stands_at_hours_is_no_length(films: Path, studio: Studio) -> None:
    source = film(films, "mkv", seconds=12, after=("-output_ts_offset", "26000"))
    assert probe(source).milliseconds == pytest.approx(12_000, abs=60)
    assert onset(studio.dub(source, "out.mkv", begin=6.0)[0]) == pytest.approx(6.0, abs=0.001)


@pytest.mark.parametrize("container", ["mp4", "mkv", "webm"])
def test_a_film_that_is_cut_off_is_refused_wherever_its_clock_starts(
    container: str, films: Path, tmp_path: Path
) -> None:
    after = (*LATE, "-movflags", "faststart") if container == "mp4" else LATE
    whole = film(films, container, seconds=30, after=after).read_bytes()
    cut = tmp_path / f"cut.{container}"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="is cut off"):
        probe(cut)


@pytest.mark.parametrize("container", ["mkv", "webm"])
@pytest.mark.parametrize("begin", [0.0, -0.5])
def test_a_live_film_whose_sound_begins_before_zero_has_its_real_length(
    begin: float, container: str, films: Path, studio: Studio
) -> None:
    """A codec's priming lies there, or sound that an editor cut so. Nothing tells the length but the last packet."""
    sound = Sound(codec="libopus", begin=begin, seconds=12 - begin)
    source = film(films, container, seconds=12, audios=(sound,), after=EARLY, live=True)
    before = probe(source)
    assert before.milliseconds == pytest.approx(12_000, abs=60)
    found, _ = studio.dub(source, f"out.{container}", begin=6.0)
    shift = first_picture(found) - first_picture(before)
    assert onset(found) - shift == pytest.approx(6.0, abs=0.002)
    assert checksums(found.path) == checksums(source)


def test_the_same_film_with_a_length_in_its_header_is_as_long(films: Path) -> None:
    sound = Sound(begin=-0.5, seconds=12.5)
    source = film(films, "mkv", seconds=12, audios=(sound,), after=EARLY)
    assert probe(source).milliseconds == pytest.approx(12_000, abs=60)


def test_a_picture_without_a_time_of_its_own_counts_for_the_length(films: Path) -> None:
    """H.264 in AVI says when it is decoded, not when it is shown; the sound ends five seconds before."""
    source = film(films, "avi", seconds=12, picture="libx264", audios=(Sound(seconds=7.0),))
    assert probe(source).milliseconds == pytest.approx(12_000, abs=100)


@pytest.mark.parametrize(("container", "live"), [("mkv", False), ("mp4", False), ("ts", False), ("webm", True)])
def test_a_cue_is_spoken_at_its_time_after_the_first_picture(
    container: str, live: bool, films: Path, tmp_path: Path
) -> None:
    source = film(films, container, seconds=12, after=() if live else LATE, live=live)
    (tmp_path / "words.en.srt").write_text(CUE)
    (tmp_path / "tones.toml").write_text(PROFILE)
    profile = load(str(tmp_path / "tones.toml"), overrides={"mixing.bed": "none"}, environ={})
    out = tmp_path / f"out.{container}"
    pipeline.run(Job(source, profile, (tmp_path / "words.en.srt",), output=out, store=tmp_path / "store"))
    assert onset(probe(out)) - first_picture(probe(out)) == pytest.approx(6.0 - first_picture(probe(source)), abs=0.003)
