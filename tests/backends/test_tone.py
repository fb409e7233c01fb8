"""Tones: what a test asks for is what it can hear."""

from __future__ import annotations

import numpy as np
import pytest

from dubber.backends.tone import Tone, pitch_of
from dubber.model import Audio, Line, Phrase, Voice, Window


def line(*texts: str, speed: float = 1.0, **settings: float) -> Line:
    voice = Voice("tone", "t", tuple(sorted(settings.items())))
    return Line(1, "A", voice, tuple(Phrase(1, Window(0, 1000), text) for text in texts), "en", speed)


def loudest_pitch(audio: Audio) -> float:
    spectrum = np.abs(np.fft.rfft(audio.samples * np.hanning(len(audio.samples))))
    return float(np.argmax(spectrum)) * audio.rate / len(audio.samples)


def test_the_pitch_is_the_one_foretold() -> None:
    for text in ("Hello.", "Goodbye.", "你好"):
        spoken = line(text, milliseconds_per_character=200)
        assert loudest_pitch(Tone().synthesize(spoken)) == pytest.approx(pitch_of(spoken), abs=3)
    assert loudest_pitch(Tone().synthesize(line("Hello.", pitch=440))) == pytest.approx(440, abs=3)


def test_the_length_is_that_of_the_text() -> None:
    assert Tone().synthesize(line("0123456789")).milliseconds == pytest.approx(600, abs=0.1)
    assert Tone().synthesize(line("0123456789", milliseconds_per_character=100)).milliseconds == pytest.approx(1000)
    assert Tone().synthesize(line("0123456789", speed=2)).milliseconds == pytest.approx(300, abs=0.1)


def test_lead_tail_and_gap_are_digital_silence_around_the_tones() -> None:
    spoken = line("01234", "56789", lead=100, gap=50, tail=200)
    audio = Tone().synthesize(spoken)
    marks = Tone().marks(spoken, audio)
    assert audio.milliseconds == pytest.approx(100 + 300 + 50 + 300 + 200)
    assert marks == pytest.approx((450,))
    for start, end in ((0, 100), (400, 450), (750, 950)):
        assert not audio.samples[audio.rate * start // 1000 : audio.rate * end // 1000].any()


def test_the_onset_is_sharp_and_does_not_click() -> None:
    samples = Tone().synthesize(line("Hello there.", lead=100)).samples
    first = np.flatnonzero(np.abs(samples) > 0.1 * np.abs(samples).max())[0]
    assert 100 <= first / 24 <= 102
    assert np.abs(np.diff(samples[: first + 24])).max() < 0.1


def test_the_level_is_the_one_asked_for() -> None:
    assert np.abs(Tone().synthesize(line("Hello.", level=-20)).samples).max() == pytest.approx(0.1, rel=0.01)
