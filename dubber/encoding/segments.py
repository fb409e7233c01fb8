"""Where a track is cut to be encoded side by side, and which segments one encoder makes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

SEGMENT = 40.0  # seconds: what an edit encodes again at least
TOGETHER = 10  # stretches that one encoder makes: starting it takes 0.1 s of CPU, each of them is 1 MB
SLACK = 8.0  # seconds by which a cut may move to a place where nobody speaks


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the track in frames: whole packets, from a cut to a cut."""

    index: int
    start: int
    end: int


def segments(frames: int, rate: int, frame: int, busy: Iterable[tuple[int, int]] = ()) -> tuple[Segment, ...]:
    """The whole track cut every 40 s or so, each cut on a packet's beginning and, where there is such a place within
    8 s, where nobody speaks. A cut depends on its own surroundings alone, so that an edit moves at most those near it.
    """
    end = -(-frames // frame) * frame
    step, slack = SEGMENT * rate, SLACK * rate
    count = max(1, round(frames / step))
    silences = _silences(frames, frame, busy)
    cuts = [0, *(_cut(round(place * step), slack, frame, silences) for place in range(1, count)), end]
    pairs = zip(cuts, cuts[1:], strict=False)
    return tuple(Segment(index, start, stop) for index, (start, stop) in enumerate(pairs))


def _silences(frames: int, frame: int, busy: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where nobody speaks, in the order of time; only what is longer than two packets."""
    found, at = [], 0
    for start, end in sorted(busy):
        if start - at > 2 * frame:
            found.append((at, start))
        at = max(at, end)
    if frames - at > 2 * frame:
        found.append((at, frames))
    return found


def _cut(wanted: int, slack: float, frame: int, silences: Sequence[tuple[int, int]]) -> int:
    after = bisect_right(silences, (wanted, wanted))
    places = [min(max(wanted, start + frame), end - frame) for start, end in silences[max(0, after - 1) : after + 1]]
    best = min(places, key=lambda place: abs(place - wanted), default=wanted)
    return round((best if abs(best - wanted) <= slack else wanted) / frame) * frame


Run = tuple[Segment, ...]  # neighbours, encoded by one encoder


def runs(pieces: Sequence[Segment], kept: Collection[int]) -> tuple[Run, ...]:
    """What is not kept, in runs of neighbours: long ones first, short ones at the end, so that all workers end alike.

    Where a run may end depends on the whole film alone: who goes on with a job that was killed encodes the same bytes.
    """
    size = min(TOGETHER, max(1, len(pieces) // 5))
    found: list[Run] = []
    at = 0
    while at < len(pieces):
        step = size if at + 3 * size <= len(pieces) else max(1, size // 4)
        for known, some in groupby(pieces[at : at + step], key=lambda piece: piece.index in kept):
            if not known:
                found.append(tuple(some))
        at += step
    return tuple(found)
