"""Stretched speech: as long as asked, where it was, with the pitch it had."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

from dubber.backends import find
from dubber.media.audio import excerpt, level, resample
from dubber.media.ffmpeg import tools
from dubber.media.speech import speech_span
from dubber.media.time_stretch import DEFAULT, ENGINES, stretch
from dubber.media.wav import Samples
from dubber.mixing.settings import Mixing
from dubber.model import Line, Phrase, Voice, Window
from dubber.schema import fields_of
from tests.servers.coding import carries, encode

RATE = 24_000


def usable(engine: str) -> None:
    if engine == "rubberband" and tools().rubberband is None:
        pytest.skip("the rubberband program is not installed")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rate", [0.8, 1.07, 1.5])
def test_each_engine_keeps_words_pitch_level_and_the_length_to_the_sample(engine: str, rate: float) -> None:
    usable(engine)
    spoken = encode("anna", "Light the lanterns.", 1.3)
    frames = round(len(spoken) / rate) + 1
    heard = stretch(spoken, RATE, frames, engine)
    assert len(heard) == frames
    assert heard.dtype == np.float32
    assert carries(heard, RATE, "anna", "Light the lanterns.")
    assert level(heard) == pytest.approx(level(spoken), abs=0.3)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_syllable_starts_where_it_did(engine: str) -> None:
    usable(engine)
    sound = (0.3 * np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE)).astype(np.float32)
    heard = stretch(sound, RATE, round(RATE / 1.3), engine)
    assert np.array_equal(np.flatnonzero(np.abs(heard) > 0.1)[:20], np.flatnonzero(np.abs(sound) > 0.1)[:20])


def envelope(sound: Samples, window: float = 8.0) -> NDArray[np.float64]:
    """Level in dB over windows of so many ms, one a sample."""
    count = round(window * RATE / 1000)
    sums = np.concatenate([[0.0], np.cumsum(np.square(sound, dtype=np.float64))])
    power: NDArray[np.float64] = (sums[count:] - sums[:-count]) / count
    return 10 * np.log10(power + 1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rate", [0.95, 1.023, 1.5])
@pytest.mark.parametrize("pitch", [220, 1000])
def test_a_tone_has_no_dip_from_its_first_to_its_last_millisecond(engine: str, rate: float, pitch: float) -> None:
    usable(engine)
    tone = (0.3 * np.sin(2 * np.pi * pitch * np.arange(RATE // 2) / RATE)).astype(np.float32)
    heard = stretch(tone, RATE, round(len(tone) / rate), engine)
    level = envelope(heard) - envelope(tone).mean()
    assert level.min() > -1 and level.max() < 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rate", [0.95, 1.023, 1.5])
def test_speech_has_no_dip_where_the_original_and_the_stretched_are_joined(engine: str, rate: float) -> None:
    """Against the weakest that the original is near: up to 12 ms (two shifts), and what stretching moves in 30 ms."""
    usable(engine)
    dips, moved = [], []
    for _ in range(READINGS):
        spoken = said("Anna and I know all of them.")
        heard = stretch(spoken, RATE, round(len(spoken) / rate), engine)
        dips.append([dip(spoken, heard, rate), dip(spoken[::-1], heard[::-1], rate)])
        moved.append(abs(onset(heard) - onset(spoken)))
    assert np.median(dips, axis=0).min() > -WOBBLE.get(engine, 1.0)
    assert np.median(moved) < 1 and max(moved) < 5


READINGS = 15  # espeak says a line a little differently each time, and a dying m may be 3 dB softer far from any join
WOBBLE = {"ffmpeg": 3.0}  # dB: R2 makes a dying m 2 dB softer from beginning to end


def dip(before: Samples, after: Samples, rate: float) -> float:
    """dB that the first 30 ms of the stretched are below the weakest of the original near there; 0 or negative."""
    near, away = round(0.03 * RATE), round((12 + 30 * abs(rate - 1)) * RATE / 1000)
    level = envelope(before, 12)
    weakest = minimum_filter1d(level, 2 * away + 1)[:near]
    judged = weakest > level.max() - 30  # below that the voice is dying away
    return float((envelope(after, 12)[:near] - weakest)[judged].min(initial=0))


def said(text: str) -> Samples:
    """espeak's reading, as mixing cuts it."""
    line = Line(1, "Anna", Voice("espeak", "anna"), (Phrase(1, Window(0, 1000), text),), "en")
    audio = resample(find("espeak")().synthesize(line), RATE)
    span = speech_span(audio)
    assert span
    return excerpt(audio, span)


def onset(sound: Samples) -> float:
    """ms to the first sample of a tenth of what the first 30 ms reach."""
    loud = np.abs(sound[: round(0.03 * RATE)])
    return 1000 * int((loud > 0.1 * loud.max()).argmax()) / RATE


@pytest.mark.parametrize("frames", [0, 1, 7, 240])
def test_the_shortest_sounds_are_stretched_too(frames: int) -> None:
    assert len(stretch(np.ones(100, np.float32), RATE, frames)) == frames


def test_what_has_its_length_already_is_left_alone() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 5000).astype(np.float32)
    assert np.array_equal(stretch(sound, RATE, 5000), sound)
    assert len(stretch(np.zeros(0, np.float32), RATE, 100)) == 100


def test_a_profile_can_choose_each_engine() -> None:
    wish = fields_of(Mixing)["stretcher"]
    assert (wish.default, set(wish.setting.choices)) == (DEFAULT, set(ENGINES))
