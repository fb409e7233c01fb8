"""How loud the original is under the voices: a curve that is known before a sample is mixed. No I/O.

A side-chain compressor listens and reacts too late. Here the plan says where speech will be: the original is down when
the first syllable starts, and stays down over gaps that are too short to come up in (no pumping). The curve is a
function of time alone, so that any piece of the film can be computed by itself.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Curve:
    """Gain over time: 1.0, except in the valleys, between which it can come up.

    begins, ends: the first and last ms of full depth of each valley. depth: gain in dB at the bottom (negative).
    fall: ms before a valley in which it goes down; rise: ms after it. Both are raised cosines in dB. Valleys are in
    order and more than fall + rise apart.
    """

    begins: array[float]
    ends: array[float]
    depth: float
    fall: float
    rise: float

    def gains(self, start: int, end: int, rate: int) -> NDArray[np.float32] | float:
        """The gain at each frame of [start, end); one number where it does not change."""
        first, last = 1000 * start / rate, 1000 * end / rate
        near = self.within(first, last)
        if not near.begins:
            return 1.0
        if len(near.begins) == 1 and near.begins[0] <= first and last <= near.ends[0]:
            return float(10 ** (self.depth / 20))
        gains = np.ones(end - start, np.float32)
        for begin, over in zip(near.begins, near.ends, strict=True):
            edges = (begin - self.fall, begin, over, over + self.rise)
            one, two, three, four = (min(end, max(start, int(np.ceil(at * rate / 1000)))) for at in edges)
            gains[one - start : two - start] = self._down(one, two, rate, edges[0], self.fall)
            gains[two - start : three - start] = 10 ** (self.depth / 20)
            gains[three - start : four - start] = self._down(three, four, rate, edges[3], -self.rise)
        return gains

    def seen(self, first: float, last: float) -> tuple[object, ...]:
        """All that decides the gains between two times (ms): a valley that reaches beyond counts to there only."""
        near = self.within(first, last)
        valleys = ((max(begin, first), min(over, last)) for begin, over in zip(near.begins, near.ends, strict=True))
        return (self.depth, self.fall, self.rise, *valleys)

    def within(self, first: float, last: float) -> Curve:
        """The same between two times (ms), with the valleys alone that are felt there."""
        low = bisect_left(self.ends, first - self.rise)
        high = bisect_right(self.begins, last + self.fall)
        return replace(self, begins=self.begins[low:high], ends=self.ends[low:high])

    def _down(self, first: int, last: int, rate: int, top: float, length: float) -> NDArray[np.float32]:
        """The way down from the time `top`, `length` ms long; up again when that is negative."""
        share = (np.arange(first, last, dtype=np.float64) * (1000 / rate) - top) / length
        half = np.float32(self.depth * np.log(10) / 40)
        return np.asarray(np.exp(half - half * np.cos((np.pi * share).astype(np.float32))), np.float32)


@dataclass(frozen=True, slots=True)
class Flat:
    """No ducking: the same gain everywhere."""

    def gains(self, start: int, end: int, rate: int) -> float:
        return 1.0

    def seen(self, first: float, last: float) -> tuple[object, ...]:
        return ()

    def within(self, first: float, last: float) -> Flat:
        return self


def curve(
    speech: Iterable[tuple[float, float]], *, depth: float, attack: float, release: float, ahead: float, bridge: float
) -> Curve:
    """The curve for speech at these times (ms). It is all the way down `ahead` ms before each.

    attack and release: ms that going down and coming up take; gaps shorter than bridge stay down.
    """
    fall, rise = max(attack, 1.0), max(release, 1.0)
    apart = max(bridge, fall + rise)
    begins, ends = array("d"), array("d")
    for start, end in sorted((start - ahead, end) for start, end in speech):
        if ends and start - ends[-1] <= apart:
            ends[-1] = max(end, ends[-1])
        else:
            begins.append(start)
            ends.append(end)
    return Curve(begins, ends, -abs(depth), fall, rise)
