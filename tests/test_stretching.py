"""Stretched speech: as long as asked, where it was, with the pitch it had."""

from __future__ import annotations

import numpy as np
import pytest

from dubber.media.audio import level
from dubber.media.ffmpeg import tools
from dubber.media.stretching import ENGINES, stretch
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


@pytest.mark.parametrize("frames", [0, 1, 7, 240])
def test_the_shortest_sounds_are_stretched_too(frames: int) -> None:
    assert len(stretch(np.ones(100, np.float32), RATE, frames)) == frames


def test_what_has_its_length_already_is_left_alone() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 5000).astype(np.float32)
    assert np.array_equal(stretch(sound, RATE, 5000), sound)
    assert len(stretch(np.zeros(0, np.float32), RATE, 100)) == 100
