"""Pure tones: each line's pitch and length are known before it is spoken, so a finished film can be measured."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from dubber.backends.base import Backend
from dubber.model import Audio, Line
from dubber.schema import Setting

RATE = 24_000
FADE = 2.0  # ms; short enough to measure an onset to the millisecond, long enough not to click
LOWEST, STEP, PITCHES = 300.0, 20.0, 100  # Hz: 300 to 2280, apart enough for an FFT of 100 ms to tell them


@dataclass(frozen=True)
class ToneVoice:
    """How a line's tone is made from its text."""

    pitch: Annotated[float, Setting("the tone; 0: a pitch that follows from the text", unit="Hz", low=0, high=8000)] = (
        0.0
    )
    milliseconds_per_character: Annotated[float, Setting("how slowly it speaks", unit="ms", low=5, high=1000)] = 60.0
    level: Annotated[float, Setting("peak of the tone", unit="dBFS", low=-60, high=0)] = -9.0
    lead: Annotated[float, Setting("silence before the first tone", unit="ms", low=0, high=10_000)] = 0.0
    tail: Annotated[float, Setting("silence after the last tone", unit="ms", low=0, high=10_000)] = 0.0
    gap: Annotated[float, Setting("silence between the phrases of a line", unit="ms", low=0, high=10_000)] = 0.0


class Tone(Backend):
    """Pure tones of known pitch and length: no speech, for tests and for measuring."""

    name = "tone"
    voice = ToneVoice
    speed_range = (0.25, 4.0)
    runs = "process"
    speech = False

    def synthesize(self, line: Line) -> Audio:
        """One tone for each phrase, its length proportional to the phrase's characters."""
        voice: ToneVoice = self.settings_of(line.voice)
        peak = 10.0 ** (voice.level / 20.0)
        pieces = [_silence(voice.lead)]
        for number, length in enumerate(_lengths(line, voice)):
            pieces += [_silence(voice.gap)] if number else []
            pieces.append(peak * _tone(pitch_of(line), length))
        return Audio(np.concatenate([*pieces, _silence(voice.tail)]).astype(np.float32), RATE)

    def marks(self, line: Line, audio: Audio) -> tuple[float, ...]:
        """Exact: where each tone after the first begins."""
        voice: ToneVoice = self.settings_of(line.voice)
        lengths = _lengths(line, voice)
        starts = voice.lead + np.cumsum(lengths[:-1]) + voice.gap * np.arange(1, len(lengths))
        return tuple(map(float, starts))


def pitch_of(line: Line) -> float:
    """The pitch of a line in Hz: the voice's, or one that follows from the text."""
    chosen = line.voice.get("pitch", 0.0)
    if isinstance(chosen, int | float) and chosen:
        return float(chosen)
    mixed = int.from_bytes(blake2b(line.text.encode(), digest_size=4).digest(), "big")
    return LOWEST + STEP * (mixed % PITCHES)


def _lengths(line: Line, voice: ToneVoice) -> list[float]:
    return [max(20.0, len(phrase.text) * voice.milliseconds_per_character) / line.speed for phrase in line.phrases]


def _silence(milliseconds: float) -> NDArray[np.float64]:
    return np.zeros(round(milliseconds * RATE / 1000))


def _tone(pitch: float, milliseconds: float) -> NDArray[np.float64]:
    """Faded at both ends by a raised cosine."""
    count, edge = round(milliseconds * RATE / 1000), round(FADE * RATE / 1000)
    tone: NDArray[np.float64] = np.sin(2 * np.pi * pitch / RATE * np.arange(count))
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(edge) / edge)
    tone[:edge] *= ramp
    tone[count - edge :] *= ramp[::-1]
    return tone
