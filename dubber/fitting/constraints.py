"""The takes of a film as columns of numbers, in the order of their cues; and which of them may not overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dubber.fitting.ldl import ranges
from dubber.fitting.settings import SHORTEST, Fitting
from dubber.model import Take

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
REACH = 12  # lines further apart in the order of the film meet at a fixed time, and hear nothing of each other's rate
SAMPLE = 1 / 48  # ms; every start and end is put on this grid


@dataclass(frozen=True, slots=True)
class Phrases:
    """One row for each phrase of each take. Times in ms; natural: its length at speed 1, of which length may be played.

    What a voice can do by itself is of no account here: the plan is one of rates, whatever then makes them. take and
    phrase say where the row comes from. speaker: a number for each speaker.
    """

    take: Ints
    phrase: Ints
    speaker: Ints
    start: Floats
    end: Floats
    natural: Floats
    length: Floats

    def __len__(self) -> int:
        return len(self.take)

    def shortened(self, cut: Floats) -> Phrases:
        """The same with so much silence (ms at speed 1) left out of each."""
        left = np.maximum(self.length - cut, SHORTEST)
        return replace(self, length=left, natural=self.natural * left / self.length)


def phrases(takes: Sequence[Take]) -> Phrases:
    """The columns, sorted by cue start; phrases of one start keep the order of their lines.

    Raises ValueError when a take has not as many spans as its line has phrases.
    """
    lines, naturals = [take.line for take in takes], [take.natural for take in takes]
    count = [len(line.phrases) for line in lines]
    if not count == [len(take.spans) for take in takes] == list(map(len, naturals)):
        raise ValueError("a take has one span and one natural length for each phrase of its line")
    phrase, take = ranges(np.zeros(len(lines), dtype=np.int64), np.array(count, dtype=np.int64))
    names: dict[str, int] = {}
    speaker = np.array([names.setdefault(line.speaker, len(names)) for line in lines], dtype=np.int64)[take]
    number = np.array([line.index for line in lines], dtype=np.int64)[take]
    windows = [phrase.window for line in lines for phrase in line.phrases]
    start, end = _floats([one.start for one in windows]), _floats([one.end for one in windows])
    natural = np.maximum(_floats([length for lengths in naturals for length in lengths]), SHORTEST)
    order = np.lexsort((phrase, number, start))
    numbers, times = (take[order], phrase[order], speaker[order]), (start, np.maximum(start, end), natural, natural)
    return Phrases(*numbers, *(column[order] for column in times))


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Edges:
    """first[k] has to end, and the gap to pass, before second[k] starts; before[k] only has to start first."""

    first: Ints
    second: Ints
    before: Ints

    @property
    def reach(self) -> Ints:
        return self.second - self.first

    def near(self) -> Edges:
        """Without those that reach over more than REACH lines: bounds() gives these a fixed time to meet at."""
        near = self.reach <= REACH
        return Edges(self.first[near], self.second[near], self.before)


def edges(rows: Phrases) -> Edges:
    """The fewest precedences that keep the order and forbid each overlap that the cues did not have."""
    n = len(rows)
    here = np.arange(n)
    clear = np.maximum(np.searchsorted(rows.start, rows.end, "left"), here + 1)
    own = following(rows)
    second = np.minimum(clear, own)
    pairs = [(here, second), (here[clear > own], clear[clear > own])]
    first, second = (np.concatenate(column) for column in zip(*pairs, strict=True))
    inside = second < n
    before = here[:-1][np.minimum(clear, own)[:-1] != here[:-1] + 1]
    return Edges(first[inside], second[inside], before)


def following(rows: Phrases) -> Ints:
    """For each phrase the next one of its speaker; len(rows) when there is none."""
    n = len(rows)
    order = np.lexsort((np.arange(n), rows.speaker))
    next_one = np.full(n, n, dtype=np.int64)
    same = rows.speaker[order[1:]] == rows.speaker[order[:-1]]
    next_one[order[:-1][same]] = order[1:][same]
    return next_one


@dataclass(frozen=True, slots=True)
class Bounds:
    """What each start and played length must stay within (ms); all of them can be kept at once.

    rest: where a line starts that nothing pushes. latest: where it starts if no line is shortened at all; no best plan
    starts it later, so a law that only a later start could break need not be looked at.
    """

    low: Floats
    high: Floats
    end_high: Floats
    shortest: Floats
    longest: Floats
    rest: Floats
    earliest: Floats
    latest: Floats


SLACK = 1.0  # ms; room that laws which only just can be kept are given, so that the solver has an inside to work in


def bounds(rows: Phrases, links: Edges, rules: Fitting, film_end: int | None) -> Bounds:
    """The laws of the film, each relaxed by the least that makes it possible.

    If every line before it is read at the cap, a line starts at its earliest time. No plan can start any line before
    its own, and one plan starts all lines at theirs: so this one pass gives the least lateness of every line at once.
    """
    shortest, longest = lengths(rows, rules)
    low, rest = np.maximum(rows.start - rules.early, 0.0), rows.start
    gap = rules.gap + 2 * SAMPLE
    earliest = pushed(low, shortest + gap, links)
    high = np.maximum(rows.start + rules.late_max, earliest + SLACK)
    end = np.full(len(rows), np.inf)
    if film_end is not None:
        last = rows.start + rules.late_max + longest > film_end
        end[last] = np.maximum(film_end - 2 * SAMPLE, (earliest + shortest)[last] + SLACK)
    far = links.reach > REACH
    if far.any():
        first, second = links.first[far], links.second[far]
        meet = np.maximum(low[second] - gap, (earliest + shortest)[first] + SLACK / 2)
        np.minimum.at(end, first, meet)
        np.maximum.at(low, second, meet + gap)
        rest = np.maximum(low, rest)
    latest = pushed(rest, longest + gap, links.near())
    return Bounds(low, high, end, shortest, longest, rest, earliest, latest)


def lengths(rows: Phrases, rules: Fitting) -> tuple[Floats, Floats]:
    """The least and the greatest played length of each phrase."""
    shortest = np.minimum(rows.natural / rules.fastest, rows.length * 0.9999)
    if not rules.fill:
        return shortest, rows.length
    return shortest, np.clip(rows.end - rows.start, rows.length, rows.length / rules.slowest)


def pushed(start: Floats, length: Floats, links: Edges) -> Floats:
    """The start of each line when every line takes its length and pushes those behind it."""
    first, second = np.concatenate([links.before, links.first]), np.concatenate([links.before + 1, links.second])
    took = np.concatenate([np.zeros(len(links.before)), length[links.first]])
    order = np.argsort(first, kind="stable")
    at = start.tolist()
    for one, other, time in zip(*(column[order].tolist() for column in (first, second, took)), strict=True):
        end = at[one] + time
        if at[other] < end:
            at[other] = end
    return np.array(at)


def rooms(rows: Phrases, links: Edges, rules: Fitting) -> Floats:
    """How long each phrase may be without pushing another (ms): to the cue that has to wait for it, and into no more of
    the silence behind its own than is free."""
    room = rows.end - rows.start + rules.overrun_free
    np.minimum.at(room, links.first, rows.start[links.second] - rows.start[links.first] - rules.gap)
    return np.maximum(room, 0.0)


def culprits(rows: Phrases, links: Edges, rules: Fitting) -> Floats:
    """By how much each phrase is too long for its room (ms), even at the cap, where that makes a later one start beyond
    late_max in any plan; 0 for all others, also for those that are pushed."""
    shortest, _ = lengths(rows, rules)
    low = np.maximum(rows.start - rules.early, 0.0)
    earliest = pushed(low, shortest + rules.gap + 2 * SAMPLE, links)
    late = earliest > rows.start + rules.late_max + SLACK
    blamed = np.zeros(len(rows), dtype=np.bool_)
    first, second = np.concatenate([links.before, links.first]), np.concatenate([links.before + 1, links.second])
    took = np.concatenate([np.zeros(len(links.before)), (shortest + rules.gap + 2 * SAMPLE)[links.first]])
    pushing = np.flatnonzero((earliest[first] + took >= earliest[second] - SLACK) & (earliest[second] > low[second]))
    for k in pushing[np.argsort(-second[pushing], kind="stable")].tolist():  # from the end: who pushed whom
        blamed[first[k]] |= late[second[k]] | blamed[second[k]]
    over = shortest - rooms(rows, links, replace(rules, overrun_free=np.inf))
    return np.where(blamed & (over > 0), over, 0.0)
