"""Films with dialogue for tests of synchronisation: espeak's speech over music and noise, and where each line is said.

Everything is drawn from a seed: the same number, the same film.
"""

from __future__ import annotations

import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dubber.backends.espeak import Espeak
from dubber.model import Line, Phrase, Voice, Window

RATE = 16_000
SPEAKERS = ("m1", "m3", "f1", "f2", "m5")
TEXTS = (
    "Good evening.", "Where have you been?", "I waited at the harbour until the lamp was lit.", "No.", "Come in!",
    "The boat leaves at noon, and nobody will wait for us this time.", "Bring the rope, please.", "What did she say?",
    "She said that the storm would be over before the morning.", "I do not believe it.", "Look at the sky over there.",
    "We have seen worse than this, you and I.", "Give me your hand.", "Then let us go before the others wake up.",
)  # fmt: skip
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Dialogue:
    """A film's sound at RATE, and when each line is said (ms)."""

    samples: Samples
    spoken: tuple[Window, ...]

    @property
    def shown(self) -> tuple[Window, ...]:
        """The windows of good subtitles: they begin with the speech, more or less, and stay until it can be read."""
        dice = np.random.default_rng(len(self.spoken))
        early, late = dice.normal(0, 60, len(self.spoken)), dice.uniform(150, 900, len(self.spoken))
        ends = [window.start for window in self.spoken[1:]] + [1 << 40]
        return tuple(
            Window(max(0, round(one.start + before)), min(round(one.end + after), following))
            for one, before, after, following in zip(self.spoken, early, late, ends, strict=True)
        )


@cache
def _said(text: str, speaker: str) -> Samples:
    voice = Voice("espeak", "test", (("variant", speaker),), "en")
    window = Window(0, 1000)
    audio = Espeak().synthesize(Line(1, "", voice, (Phrase(1, window, text),), "en"))
    at = np.arange(0, len(audio.samples), audio.rate / RATE)
    samples: Samples = np.interp(at, np.arange(len(audio.samples)), audio.samples).astype(np.float32)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1]


def dialogue(seed: int, seconds: int, *, snr: float = 8.0) -> Dialogue:
    """People who talk, with pauses between lines and between scenes, over music and noise that is snr dB softer."""
    dice = np.random.default_rng(seed)
    samples = np.zeros(seconds * RATE, np.float32)
    at, spoken = dice.uniform(1, 8), list[Window]()
    while True:
        line = _said(str(dice.choice(TEXTS)), str(dice.choice(SPEAKERS)))
        start = round(at * RATE)
        if start + len(line) > len(samples) - RATE:
            break
        samples[start : start + len(line)] += line * 0.2 / np.sqrt(np.mean(line**2)) * dice.uniform(0.6, 1.4)
        spoken.append(Window(round(1000 * start / RATE), round(1000 * (start + len(line)) / RATE)))
        pause = dice.uniform(4, 20) if dice.random() < 0.12 else dice.exponential(0.9) + 0.08
        at += len(line) / RATE + pause
    bed = _music(dice, len(samples)) + _noise(dice, len(samples))
    bed *= 0.2 * 10 ** (-snr / 20) / np.sqrt(np.mean(bed**2))
    return Dialogue(np.clip(samples + bed, -1, 1), tuple(spoken))


def _music(dice: np.random.Generator, count: int) -> Samples:
    """Chords that change every half a second or so, struck and dying away, and now and then silent for a while."""
    music, at = np.zeros(count, np.float32), 0
    while at < count:
        length = min(round(dice.choice([0.25, 0.5, 0.5, 1.0]) * RATE), count - at)
        time = np.arange(length) / RATE
        root = 110 * 2 ** (dice.integers(0, 24) / 12)
        chord = sum(np.sin(2 * np.pi * root * step * part * time) / part
                    for step in (1, 1.26, 1.5) for part in (1, 2, 3, 4))  # fmt: skip
        music[at : at + length] = chord * np.exp(-2 * time) * dice.uniform(0.3, 1)
        at += length
        if dice.random() < 0.02:
            at += round(dice.uniform(5, 15) * RATE)
    return music / np.float32(np.sqrt(np.mean(music**2)))


def _noise(dice: np.random.Generator, count: int) -> Samples:
    """Wind and traffic: soft noise that swells over seconds, and knocks and doors in it."""
    white = dice.standard_normal(count).astype(np.float32)
    noise = np.convolve(white, np.ones(12, np.float32) / 12, "same")
    swells = np.arange(0, count + 3 * RATE, 3 * RATE)
    slow = np.interp(np.arange(count), swells, dice.uniform(0.2, 1, len(swells)))
    for knock in dice.integers(0, count - RATE, count // (8 * RATE)):
        noise[knock : knock + RATE // 4] += 0.6 * white[: RATE // 4] * np.exp(-np.arange(RATE // 4) / 600)
    noise *= slow
    return (noise / float(np.sqrt(np.mean(noise**2)))).astype(np.float32)


def write(path: Path, samples: Samples) -> Path:
    """A WAV file of these samples."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32_000).astype("<i2").tobytes())
    return path
