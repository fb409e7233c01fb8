"""Subtitles that are late, early or timed for another frame rate are noticed by the film's own speech."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dubber.files.store import Store
from dubber.job.sync import measure
from dubber.media import ffmpeg, speech_activity
from dubber.media.probe import probe
from dubber.media.speech_activity import Heard
from dubber.model import Window
from dubber.timecode import clock
from tests.dialogue import RATE, Dialogue, dialogue, write
from tests.typed import Dub

SECONDS = 150
NTSC = Fraction(24000, 1001)


@pytest.fixture(scope="module")
def told() -> Dialogue:
    return dialogue(7, SECONDS)


def mistimed(told: Dialogue, factor: Fraction, offset: int) -> list[Window]:
    """Subtitles whose times t are right as factor * t + offset."""
    moved = [Window(round((one.start - offset) / factor), round((one.end - offset) / factor)) for one in told.shown]
    return [window for window in moved if window.start >= 0]


def heard(told: Dialogue) -> list[Heard]:
    """What is heard of its sound, as speech.hear gives it of a film."""
    samples = told.samples[::2] if RATE == 2 * speech_activity.RATE else told.samples
    pieces = []
    for start, seconds in speech_activity.plan(len(samples) / speech_activity.RATE):
        piece = samples[round(start * speech_activity.RATE) : round((start + seconds) * speech_activity.RATE)]
        pieces.append(Heard(round(1000 * start / speech_activity.STEP), *speech_activity.features(piece)))
    return pieces


def subtitles(path: Path, windows: list[Window]) -> Path:
    cues = (f"{n}\n{clock(one.start)} --> {clock(one.end)}\nThis is line {n}.\n" for n, one in enumerate(windows, 1))
    path.write_text("\n".join(cues))
    return path


WRONG = [(Fraction(1), 2300), (Fraction(1), -7150), (Fraction(25) / NTSC, 0), (NTSC / 25, 0), (Fraction(24, 25), 1500)]


@pytest.mark.parametrize(("factor", "offset"), WRONG)
def test_what_is_wrong_with_the_times_is_measured(told: Dialogue, factor: Fraction, offset: int) -> None:
    shift = measure(mistimed(told, factor, offset), heard(told), 1000 * SECONDS)
    assert shift is not None and shift.factor == factor
    assert abs(shift.offset - offset) <= 100


def test_good_times_are_good(told: Dialogue) -> None:
    shift = measure(told.shown, heard(told), 1000 * SECONDS)
    assert shift is None or (shift.factor == 1 and abs(shift.offset) <= 100)


def test_nothing_is_told_of_another_films_subtitles_or_of_silence(told: Dialogue) -> None:
    other = dialogue(8, SECONDS)
    assert measure(other.shown, heard(told), 1000 * SECONDS) is None
    silence = [Heard(0, *speech_activity.features(np.zeros(SECONDS * speech_activity.RATE, np.float32)))]
    assert measure(told.shown, silence, 1000 * SECONDS) is None
    assert measure(told.shown[:5], heard(told), 1000 * SECONDS) is None
    assert measure(told.shown, (), 1000 * SECONDS) is None


def test_of_a_long_film_some_minutes_are_heard_all_over_it() -> None:
    pieces = speech_activity.plan(7200.0)
    assert sum(length for _, length in pieces) <= 600
    assert pieces[0][0] < 400 and pieces[-1][0] > 6700
    assert speech_activity.plan(100.5) == [(0, 60.0), (60, 40.5)]


# --- with a film ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def film(told: Dialogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    path = folder / "film.mkv"
    sound = write(folder / "sound.wav", told.samples)
    picture = [
        "-f",
        "lavfi",
        "-i",
        f"color=s=64x36:r=5:d={SECONDS}",
        "-i",
        str(sound),
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
    ]
    ffmpeg.run(ffmpeg.command("-y", *picture, "-c:a", "flac", "-shortest", str(path)))
    return path


def test_late_subtitles_are_warned_about_with_what_mends_them(
    film: Path, told: Dialogue, tmp_path: Path, dub: Dub
) -> None:
    late = subtitles(tmp_path / "late.srt", mistimed(told, Fraction(1), -2300))
    said = dub("check", film, late, "--sync", "check")
    found = re.search(r"2\.3 s late, by the film's speech: --sync auto or --offset (-2\.\d+) mends it", said.err)
    assert found and abs(float(found[1]) + 2.3) <= 0.1
    mended = dub("check", film, late, "--sync", "check", "--offset", "-2.3")
    assert "late" not in mended.err and "early" not in mended.err


def test_a_frame_rate_is_named_and_auto_applies_it(film: Path, told: Dialogue, tmp_path: Path, dub: Dub) -> None:
    pal = subtitles(tmp_path / "pal.srt", mistimed(told, Fraction(25) / NTSC, 0))
    assert "--fps 25:23.976" in dub("check", film, pal, "--sync", "check").err
    said = dub(film, pal, "--dry-run", "--json", "--sync", "auto")
    version = json.loads(said.out)["versions"][0]
    assert any("moved" in note for note in version["notes"]) and version["warnings"] == []
    starts = [line["window"][0] for line in version["lines"]]
    assert np.abs(np.array(starts) - [window.start for window in told.shown]).max() < 150


def test_a_job_says_it_before_anything_is_spoken(film: Path, told: Dialogue, tmp_path: Path, dub: Dub) -> None:
    late = subtitles(tmp_path / "late.srt", mistimed(told, Fraction(1), -2300))
    said = dub(film, late, "-o", tmp_path / "out.mkv", "--json")
    kinds = [(event["kind"], event.get("stage")) for event in said.events]
    warned = next(at for at, event in enumerate(said.events) if "2.3 s late" in event.get("message", ""))
    assert warned < kinds.index(("stage", "synthesis"))


def test_good_subtitles_are_passed_in_silence_and_off_listens_to_nothing(
    film: Path, told: Dialogue, tmp_path: Path, dub: Dub
) -> None:
    good = subtitles(tmp_path / "good.srt", list(told.shown))
    late = subtitles(tmp_path / "late.srt", mistimed(told, Fraction(1), -2300))
    assert "speech" not in dub("check", film, good, "--sync", "check").err
    assert "speech" not in dub("check", film, good, "--sync", "auto").err
    assert "speech" not in dub("check", film, late, "--sync", "off").err


def test_check_decodes_nothing_unless_it_is_asked_to_or_the_film_was_heard_before(
    film: Path, told: Dialogue, tmp_path: Path, dub: Dub
) -> None:
    late = subtitles(tmp_path / "late.srt", mistimed(told, Fraction(1), -2300))
    store = Store(tmp_path / "store")
    assert "late" not in dub("check", film, late).err.replace("late.srt", "")
    assert speech_activity.recall(probe(film), store) is None
    dub("check", film, late, "--sync", "check")
    assert speech_activity.recall(probe(film), store)
    assert "2.3 s late" in dub("check", film, late).err


# --- the promise ------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_of_twenty_films_nineteen_are_right_within_100_ms_and_the_good_ones_are_left_alone() -> None:
    dice = np.random.default_rng(20)
    factors = [Fraction(1)] * 10 + [
        Fraction(25) / NTSC,
        NTSC / 25,
        Fraction(24, 25),
        Fraction(25, 24),
        Fraction(25) / NTSC,
    ] * 2
    right, spoken_of = 0, 0
    for seed, factor in enumerate(factors):
        told = dialogue(100 + seed, int(dice.integers(240, 480)), snr=float(dice.uniform(0, 12)))
        length = 1000 * len(told.samples) // RATE
        offset = int(dice.integers(-20_000, 20_000))
        shift = measure(mistimed(told, factor, offset), heard(told), length)
        error = float((shift.factor - factor) * length + shift.offset - offset) if shift else 1e9
        right += shift is not None and abs(shift.offset - offset) <= 100 and abs(error) <= 100
        good = measure(told.shown, heard(told), length)
        spoken_of += good is not None and good.moves(length) >= 400
    assert right >= 19 and spoken_of == 0
