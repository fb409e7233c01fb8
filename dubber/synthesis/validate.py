"""Is this sound the line, spoken? What servers really send: nothing, noise, silence, one second of silence, a minute
for two words, half the words. A complaint is a sentence; the take is then not stored and the line is tried again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dubber.model import Audio, Line
from dubber.synthesis.duration import Counts, Expected, count

QUIET = 10.0 ** (-60.0 / 20.0)  # peak; speech at -60 dBFS is nothing that anybody could have meant
SHORTEST = 12.0  # ms for a letter: faster than espeak-ng at 450 words/minute (17 ms)
LONGEST = 450.0  # ms for a letter, a syllable sign counting as three: slower than any dictation
GRACE = 4000.0  # ms that a take may be longer than its words: breaths, pauses, outer silence
WORDS, SIGNS = 5, 8  # words, or signs of a script without spaces, from which a length says something
# How far a length may be from what is expected, once its voice is known and before: docs/verification.md has what they
# catch. No take of four voice systems was outside the first pair; half a line is below it, twice a line above.
KNOWN, UNKNOWN = (0.75, 1.5), (0.63, 1.55)
LOUD_END = 0.6  # level of the last 5 ms against the whole; a sound that is faded out evenly in 5 ms has 0.58
BROKEN = 0.95  # of the expected length: below it, a sound that stops at full level was cut off


def complaint(line: Line, audio: Audio) -> str | None:
    """Why a take cannot be the line, whoever speaks it, in one sentence; or None."""
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
    return _unlike_speech(audio, samples) or _length(line, audio, samples, counts)


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


def doubt(
    line: Line, milliseconds: float, expected: Expected | None, *, cut_off: bool = False, slack: float = 1.0
) -> str | None:
    """Why a take may lack words of the line, or say them twice, in one sentence; or None.

    milliseconds: of speech. expected: from the voice's own takes or its language; None: nothing is known of either.
    cut_off: the sound stops at full level. slack: how many times farther off than usual it may be.
    """
    if expected is None:
        return None
    low, high = KNOWN if expected.known else UNKNOWN
    share = milliseconds / expected.milliseconds
    if cut_off and share < BROKEN:
        return f"the sound breaks off after {milliseconds / 1000:.2f} of about {expected.milliseconds / 1000:.2f} s"
    if low / slack <= share <= high * slack or not judgeable(line.text):
        return None
    who = "this voice needs" if expected.known else "the language needs"
    told = f"{milliseconds / 1000:.2f} s is too {{}}: {who} about {expected.milliseconds / 1000:.2f} s; {{}}"
    if share < 1.0:
        return told.format("short", "words are missing")
    return told.format("long", "words are said twice, or others than the line's")


def judgeable(text: str) -> bool:
    """Whether a take's length says if the words are all there: five words or more."""
    counts = count(text)
    return counts.words >= WORDS or counts.han + counts.kana + counts.hangul >= SIGNS


def _length(line: Line, audio: Audio, samples: NDArray[np.float32], counts: Counts) -> str | None:
    heard, whole = _heard(audio, samples), audio.milliseconds
    least = SHORTEST * max(0, counts.weight - 2) / line.speed
    most = GRACE + LONGEST * counts.longest / min(1.0, line.speed)
    if whole > most:
        return f"{whole / 1000:.1f} s is too long for {len(line.text)} characters"
    if heard < least:
        return f"{heard / 1000:.2f} s is too short for {len(line.text)} characters"
    return None


def _heard(audio: Audio, samples: NDArray[np.float32]) -> float:
    """ms from the first to the last sample within 50 dB of the loudest."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10.0 ** (-50.0 / 20.0))
    return 1000.0 * float(loud[-1] - loud[0] + 1) / audio.rate


def cut_off(audio: Audio) -> bool:
    """Whether the sound stops at full level: in the middle of a word. No voice system was seen to end a line so."""
    samples = np.asarray(audio.samples, np.float32)
    if not len(samples):
        return False
    end = samples[-max(1, audio.rate // 200) :]
    return float(np.sqrt(np.mean(np.square(end)))) > LOUD_END * float(np.sqrt(np.mean(np.square(samples))))
