"""Is this sound the line, spoken? What servers really send: nothing, noise, silence, one second of silence, a minute
for two words, half the words. A complaint is a sentence; the take is then not stored and the line is tried again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dubber.model import Audio, Line
from dubber.pace import Counts, count

QUIET = 10.0 ** (-60.0 / 20.0)  # peak; speech at -60 dBFS is nothing that anybody could have meant
SHORTEST = 12.0  # ms for a letter: faster than espeak-ng at 450 words/minute (17 ms)
LONGEST = 450.0  # ms for a letter, a syllable sign counting as three: slower than any dictation
GRACE = 4000.0  # ms that a take may be longer than its words: breaths, pauses, outer silence
HALF = 0.58  # of the expected length: below it, words are missing
CUT = 0.75  # of the expected length: below it, a sound that stops at full level was cut off
CLEAR = 20  # letters from which the expected length is to be relied on


def complaint(line: Line, audio: Audio, *, expected: float | None = None) -> str | None:
    """What is wrong with a take in one sentence, or None.

    expected: the length in ms that this voice's other takes promise for the line at its speed, if it has any.
    """
    counts = count(line.text)
    if not len(audio.samples):
        return "no sound came back" if counts.spoken else None
    if audio.rate < 4000:
        return f"the sound has an impossible rate of {audio.rate} Hz"
    samples = np.asarray(audio.samples, np.float32)
    samples = samples if samples.ndim == 1 else samples.mean(axis=1)
    if not np.isfinite(samples).all():
        return "the sound holds values that are no numbers"
    if not counts.spoken:
        return None  # "...": nothing to say, so silence is right
    return _unlike_speech(audio, samples) or _length(line, audio, samples, counts, expected)


def _unlike_speech(audio: Audio, samples: NDArray[np.float32]) -> str | None:
    loudest = float(np.abs(samples).max())
    if loudest < QUIET:
        one_second = len(samples) == audio.rate
        return "exactly one second of silence came back" if one_second else "only silence came back"
    if loudest > 100.0:
        return "the sound is far beyond full scale: no audio"
    if float(np.mean(np.abs(samples) >= 0.999 * loudest)) > 0.5:
        return "the sound is clipped from end to end: noise, not speech"
    return None


def _length(
    line: Line, audio: Audio, samples: NDArray[np.float32], counts: Counts, expected: float | None
) -> str | None:
    heard, whole = _heard(audio, samples), audio.milliseconds
    least = SHORTEST * max(0, counts.weight - 2) / line.speed
    most = GRACE + LONGEST * counts.longest / min(1.0, line.speed)
    if whole > most:
        return f"{whole / 1000:.1f} s is too long for {len(line.text)} characters"
    if heard < least:
        return f"{heard / 1000:.2f} s is too short for {len(line.text)} characters"
    if expected is None or counts.weight < CLEAR:
        return None
    if heard < HALF * expected:
        return f"{heard / 1000:.2f} s is too short: this voice needs about {expected / 1000:.2f} s; words are missing"
    if heard < CUT * expected and _stops_at_full_level(audio, samples):
        return f"the sound breaks off after {heard / 1000:.2f} of about {expected / 1000:.2f} s"
    return None


def _heard(audio: Audio, samples: NDArray[np.float32]) -> float:
    """ms from the first to the last sample within 50 dB of the loudest."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10.0 ** (-50.0 / 20.0))
    return 1000.0 * float(loud[-1] - loud[0] + 1) / audio.rate


def _stops_at_full_level(audio: Audio, samples: NDArray[np.float32]) -> bool:
    end = samples[-max(1, audio.rate // 200) :]
    return float(np.sqrt(np.mean(np.square(end)))) > 0.5 * float(np.sqrt(np.mean(np.square(samples))))
