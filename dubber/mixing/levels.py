"""How loud each line, the bed and the whole film are made, from energies alone: nothing is rendered to know it.

Every figure that many lines share (a voice's gain, the film's gain) lies on a coarse grid, so that one edited line
almost never changes how the rest of the film sounds, and what is encoded already stays valid.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dubber.files.store import Store, gone
from dubber.media.loudness import STEP, Energies, integrated, lufs
from dubber.model import Placement, Take

VOICE = -23.0  # LUFS of speech before the film's own gain, where no original says how loud speech is (EBU R 128)
SPREAD = (
    3.0  # dB by which lines of one voice may differ: a whisper stays a whisper, a slip of the voice system does not
)
FURTHEST = 30.0  # dB that a voice is raised or lowered at most
GRID = 0.5  # dB
COARSE = 1.0  # dB: the grid of voices
FINE = 10  # ms
CREST = 12.0  # dB from the level of 100 ms of speech to what the limiter holds its peaks to
MOST = 4.0  # dB that are added for what the limiter takes


@dataclass(frozen=True, slots=True)
class Heard:
    """The K-weighted mean squares of each 100 ms of a film's takes, one after the other: where those of each line (by
    its index) begin, and how many they are."""

    energies: NDArray[np.float32]
    begins: Mapping[int, int]
    counts: Mapping[int, int]

    @classmethod
    def of(cls, takes: Iterable[Take], store: Store) -> Heard:
        """Raises ToolError when a take is gone from the store."""
        energies, begins, counts = array("f"), dict[int, int](), dict[int, int]()
        for take in takes:
            facts = store.glance(take.key)
            if facts is None:
                raise gone(take.line.index)
            begins[take.line.index], counts[take.line.index] = len(energies), len(facts["energies"])
            energies.extend(facts["energies"])
        return cls(np.frombuffer(energies, np.float32), begins, counts)

    def __getitem__(self, line: int) -> NDArray[np.float32]:
        return self.energies[self.begins[line] :][: self.counts[line]]


def speech_level(energies: NDArray[np.float32]) -> float:
    """Loudness of a take's speech in LUFS: the mean of what is within 10 LU of its loudest 100 ms and its mean."""
    power = energies.astype(np.float64)
    if not len(power) or power.max() <= 0:
        return -np.inf
    loud = power[power >= 0.1 * power[power >= 0.01 * power.max()].mean()]
    return lufs(float(loud.mean()))


def take_gains(takes: Sequence[Take], heard: Heard) -> dict[int, float]:
    """dB for each line (by its index) that bring every voice to VOICE, and stray lines within SPREAD of their voice."""
    levels = {take.line.index: speech_level(heard[take.line.index]) for take in takes}
    voices: dict[object, list[int]] = defaultdict(list)
    for take in takes:
        if np.isfinite(levels[take.line.index]):
            voices[take.line.voice].append(take.line.index)
    gains = {take.line.index: 0.0 for take in takes}
    for lines in voices.values():
        usual = on_grid(float(np.median([levels[line] for line in lines])), COARSE)
        for line in lines:
            stray = levels[line] - usual
            kept = float(np.clip(stray, -SPREAD, SPREAD))
            gains[line] = float(np.clip(VOICE - usual + kept - stray, -FURTHEST, FURTHEST))
    return gains


def on_grid(decibels: float, grid: float = GRID) -> float:
    """The multiple of grid (dB) that is nearest: a gain that changes by less is the same, and so are its pieces."""
    return round(decibels / grid) * grid


def add(placement: Placement, energies: NDArray[np.float32], into: Energies, gain: float) -> None:
    """Add a take's energies, where and how it is placed (cut, stretched), to the film's blocks; gain in dB.

    Stretching keeps the power: each 10 ms of the film gets that of the place in the take that is heard then.
    """
    first, last = max(0, int(placement.start // STEP)), min(len(into), int(placement.end // STEP) + 1)
    if last <= first or placement.length <= 0 or not len(energies):
        return
    times = (
        np.arange(first * STEP, last * STEP, FINE, dtype=np.float64) + FINE / 2 - placement.start
    ) / placement.length
    places = np.clip(_places(placement, times) // STEP, 0, len(energies) - 1).astype(int)
    power = np.where((times >= 0) & (times < 1), energies[places], 0.0)
    into[first:last] += 10 ** (gain / 10) * power.reshape(-1, STEP // FINE).mean(axis=1)


def _places(placement: Placement, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places in the take (ms) that are heard at these shares of the clip, which leaves out what is cut."""
    heard, places = [0.0], [placement.source.start]
    for span in sorted(placement.cut, key=lambda span: span.start):
        heard += [heard[-1] + span.start - places[-1]] * 2
        places += [span.start, span.end]
    heard.append(heard[-1] + placement.source.end - places[-1])
    places.append(placement.source.end)
    return np.interp(shares * heard[-1], heard, places)


def gain_for(blocks: Energies, loudest: Energies, target: float, ceiling: float) -> float:
    """dB, on the grid, that bring a film of these energies to target LUFS after the limiter; 0 for silence.

    loudest: the energies of each block's loudest channel, whose peaks the limiter will take down to ceiling. It was
    measured (espeak, -18 to -12 LUFS, error under 0.4 dB) to do what taking a block down by its excess over CREST does.
    """
    plain = integrated(blocks)
    if not np.isfinite(plain):
        return 0.0
    gain = first = on_grid(target - plain)
    while gain < first + MOST and _limited(blocks, loudest, gain, ceiling) < target - GRID / 2 - 0.05:
        gain += GRID
    return gain


def _limited(blocks: Energies, loudest: Energies, gain: float, ceiling: float) -> float:
    peaks = np.sqrt(loudest) * 10 ** ((gain + CREST) / 20)
    share = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    return integrated(blocks * share**2) + gain
