"""Sound that says which voice spoke which text, so that a test can ask a finished film.

A code is six digits (three of the voice's name, three of the text) and a check digit. Each digit is one of ten steady
tones, seven tones sound at once. All are multiples of 50 Hz between 300 and 3750 Hz: the sound repeats every 20 ms, so
that cutting and stretching (which keep the pitch) leave it whole, a rate of 8 kHz holds it, and AAC keeps it.

    encode("anna", "Good evening.", 1.2) -> samples at 24 kHz
    decode(samples, rate) -> (voice number, text number), or None where no code is heard
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

RATE = 24_000
DIGITS = 7
LEVEL = 0.1  # root mean square, about -20 dBFS: as loud as speech
_STEP, _LOWEST = 50, 300
_PHASES = (0.0, 0.9, 2.9, 1.7, 4.8, 2.2, 5.9)  # spread so that the peaks of the tones do not meet


def voice_number(voice: str) -> int:
    """What decode gives for this voice: 0 to 999."""
    return crc32(voice.strip().encode()) % 1000


def text_number(text: str) -> int:
    """What decode gives for this text: 0 to 999. Spaces, line breaks and case count for nothing."""
    return crc32("".join(text.split()).casefold().encode()) % 1000


def seconds_of(text: str, speed: float = 1.0) -> float:
    """How long a voice takes for a text: 15 characters a second, never under 0.4 s."""
    return max(0.4, len(text) / 15.0) / speed


def encode(voice: str | int, text: str | int, seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """The sound of a text in a voice. A voice may be a number that was decoded from a reference recording."""
    voice = voice_number(voice) if isinstance(voice, str) else voice
    text = text_number(text) if isinstance(text, str) else text
    times = np.arange(round(seconds * rate)) / rate
    tones = zip(_frequencies(voice, text), _PHASES, strict=True)
    sound: NDArray[np.float64] = np.sum(
        [np.sin(2 * np.pi * frequency * times + phase) for frequency, phase in tones], 0
    )
    edge: NDArray[np.float64] = np.minimum(1.0, np.minimum(times, times[::-1]) / 0.01)
    return (sound * edge * LEVEL * float(np.sqrt(2 / DIGITS))).astype(np.float32)


def decode(samples: NDArray[np.float32], rate: int) -> tuple[int, int] | None:
    """(voice number, text number) of the loudest voice in the sound; None when none is heard clearly.

    Wants at least 100 ms. Several channels are added up.
    """
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    if len(mono) < rate // 10:
        return None
    strengths = _strengths(np.asarray(mono, dtype=np.float64), rate)
    best = strengths.argmax(axis=1)
    ordered = np.sort(strengths, axis=1)
    if ordered[:, -1].min() < 1e-5 or (ordered[:, -1] < 1.5 * ordered[:, -2]).any():
        return None
    voice, text = _number(best[:3]), _number(best[3:6])
    return (voice, text) if best[6] == _check(voice, text) else None


def carries(samples: NDArray[np.float32], rate: int, voice: str, text: str) -> bool:
    """Does the sound say this text in this voice?"""
    return decode(samples, rate) == (voice_number(voice), text_number(text))


def _digits(number: int) -> list[int]:
    return [number // 100, number // 10 % 10, number % 10]


def _number(digits: NDArray[np.intp]) -> int:
    return int(digits @ np.array([100, 10, 1]))


def _check(voice: int, text: int) -> int:
    return sum((place + 1) * digit for place, digit in enumerate(_digits(voice) + _digits(text))) % 10


def _frequencies(voice: int, text: int) -> list[int]:
    digits = [*_digits(voice), *_digits(text), _check(voice, text)]
    return [_LOWEST + _STEP * (10 * place + digit) for place, digit in enumerate(digits)]


def _strengths(mono: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """How strong each of the 7 x 10 tones is (its amplitude), by one windowed spectrum; a stretcher's wavering of a
    tone spreads it over some Hz, so that each tone takes what lies within 12 Hz."""
    window = np.hanning(len(mono))
    padded = max(len(mono), rate // 2)
    power = np.abs(np.fft.rfft(mono * window, padded)) ** 2
    places = np.fft.rfftfreq(padded, 1 / rate)
    found: NDArray[np.float64] = np.zeros((DIGITS, 10))
    for index in range(DIGITS * 10):
        middle = _LOWEST + _STEP * index
        near = slice(*np.searchsorted(places, [middle - 12, middle + 12]))
        found[index // 10, index % 10] = np.sqrt(power[near].sum())
    scale = 2 / float(window.sum()) / float(np.sqrt(1.5 * padded / len(mono)))
    return found * scale
