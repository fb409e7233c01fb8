"""The laws and wishes of a film as a Problem. Unknowns, in seconds: lines' delays and played lengths.

Only what a best plan can change becomes an unknown. A line that nothing can push starts at its cue; a line that nothing
presses is played as long as it is. optimum() starts from the lines under pressure and their neighbours, and takes in
more until no line outside would gain by a change, which makes the optimum of the part one of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dubber.fitting.constraints import REACH, SAMPLE, Bounds, Edges, Phrases, following
from dubber.fitting.interior_point import Problem
from dubber.fitting.ldl import Entries
from dubber.fitting.settings import Fitting

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Factor = Floats | float
WITHIN = 4.0  # a change of rate inside one sentence is heard as much as so many between sentences
NEARLY = 0.0005  # pace; so near to where a steeper piece begins, it is put into the problem
LIKELY = 0.8  # of the rate from which a line hurries (by trial)
LAZY = 0.01  # of the cost of stretching: pulls a start to its cue where nothing else does


@dataclass(frozen=True, slots=True)
class Unknowns:
    """Which columns are whose: -1 for what stays at rest (s)."""

    delay: Ints
    length: Ints
    still: Floats
    whole: Floats

    @property
    def count(self) -> int:
        return int(np.count_nonzero(self.delay >= 0) + np.count_nonzero(self.length >= 0))

    def values(self, z: Floats) -> tuple[Floats, Floats]:
        """Delay and length (s) of every line."""
        padded = np.append(z, 0.0)
        delay = np.where(self.delay >= 0, padded[self.delay], self.still)
        return delay, np.where(self.length >= 0, padded[self.length], self.whole)


def unknowns(rows: Phrases, limits: Bounds, moving: Bools, pressed: Bools) -> Unknowns:
    """Columns in the order of the lines, so that all that touch lie side by side."""
    chosen = np.column_stack([moving, pressed]).ravel()
    column = np.where(chosen, np.cumsum(chosen) - 1, -1).reshape(-1, 2)
    still = (limits.rest - rows.start) / 1000
    return Unknowns(column[:, 0], column[:, 1], still, limits.longest / 1000)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Phrases of one speaker that follow each other in time, and what a change of pace between them weighs; steep:
    beyond what sounds like a leap."""

    first: Ints
    second: Ints
    weight: Floats
    steep: Floats

    def change(self, rows: Phrases, length: Floats) -> Floats:
        """By how much the first is read slower than the second; length in s."""
        pace = length * 1000 / rows.natural
        return pace[self.first] - pace[self.second]


@dataclass(frozen=True, slots=True)
class Steep:
    """Which lines and pairs have their second, steeper piece in the problem; one that costs nothing may be missing."""

    lines: Bools
    pairs: Bools

    @classmethod
    def likely(cls, rows: Phrases, links: Edges, near: Pairs, rules: Fitting) -> Steep:
        """Lines that have little room wherever the next one starts, with their neighbours: a guess."""
        lines = np.zeros(len(rows), dtype=np.bool_)
        room = rows.start[links.second] + rules.late_max - rules.gap - rows.start[links.first]
        lines[links.first] = rows.natural[links.first] > LIKELY * rules.hurried * room
        tight = lines[near.first] | lines[near.second]
        lines[near.first[tight]] = True
        lines[near.second[tight]] = True
        return cls(lines & (rules.hurry > 0), tight & (rules.leap > 0))

    def missing(self, rows: Phrases, near: Pairs, rules: Fitting, active: Bools, length: Floats) -> Steep:
        """Those that are about to cost something and are not in it yet."""
        fast = (length * 1000 < rows.natural * (1 / rules.hurried + NEARLY)) & active
        wide = np.abs(near.change(rows, length)) > rules.leap_from - NEARLY
        wide &= active[near.first] | active[near.second]
        return Steep(fast & ~self.lines & (rules.hurry > 0), wide & ~self.pairs & (rules.leap > 0))

    def touched(self, near: Pairs) -> Bools:
        """The lines that it is about."""
        found = self.lines.copy()
        found[near.first[self.pairs]] = True
        found[near.second[self.pairs]] = True
        return found

    def __or__(self, other: Steep) -> Steep:
        return Steep(self.lines | other.lines, self.pairs | other.pairs)


def pairs(rows: Phrases, rules: Fitting) -> Pairs:
    """A speaker's neighbours in time: the less silence there is between their cues, the more a change is heard."""
    n = len(rows)
    after = following(rows)
    first = np.flatnonzero((after < n) & (after - np.arange(n) <= REACH))
    heard = 1 - np.maximum(rows.start[after[first]] - rows.end[first], 0.0) / rules.jump_within
    first, heard = first[heard > 0], heard[heard > 0]
    second = after[first]
    inside = np.where(rows.take[first] == rows.take[second], WITHIN, 1.0)
    unit = 2 / rules.rate_step**2 * inside * heard
    return Pairs(first, second, rules.jump * unit, rules.leap * unit)


class _Rows:
    """Collects rows of A, b and weight, kind by kind; rows without any unknown are left out."""

    def __init__(self, u: Unknowns) -> None:
        self.u, self.count = u, 0
        self.parts: list[tuple[Ints, Ints, Floats]] = []
        self.b: list[Floats] = []
        self.weight: list[Floats] = []

    def delay(self, lines: Ints, factor: Factor = 1.0) -> tuple[Ints, Floats, Factor]:
        return self.u.delay[lines], self.u.still[lines], factor

    def length(self, lines: Ints, factor: Factor = 1.0) -> tuple[Ints, Floats, Factor]:
        return self.u.length[lines], self.u.whole[lines], factor

    def add(self, b: Floats, *terms: tuple[Ints, Floats, Factor], weight: Floats | float = np.inf) -> None:
        """Rows  Σ factor · unknown ≤ b (ms)  (+ excess, when the weight is finite)."""
        columns = np.column_stack([column for column, _, _ in terms])
        values = np.column_stack([np.broadcast_to(factor, len(b)) for _, _, factor in terms])
        live = columns.max(axis=1, initial=-1) >= 0
        place = np.cumsum(live) - 1 + self.count
        kept = np.flatnonzero(columns >= 0)  # row by row
        self.parts.append((place[kept // len(terms)], columns.ravel()[kept], values.ravel()[kept]))
        right = b / 1000
        for column, rest, factor in terms:
            right = right - np.where(column < 0, factor * rest, 0.0)
        self.b.append(right[live])
        self.weight.append(np.broadcast_to(weight, len(b))[live])
        self.count += int(np.count_nonzero(live))

    def matrix(self) -> Entries:
        row, column, value = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        return Entries(row, column, value, self.count, self.u.count)


def problem(
    rows: Phrases, links: Edges, limits: Bounds, rules: Fitting, u: Unknowns, near: Pairs, steep: Steep
) -> Problem:
    """What rules.py says, for these phrases and unknowns."""
    table = _Rows(u)
    _add_laws(table, rows, links, limits, rules)
    _add_wishes(table, rows, limits, rules)
    _add_steep(table, rows, rules, near, steep)
    P, q = _jumps(rows, near, u)
    q[u.delay[u.delay >= 0]] += LAZY * rules.stretch
    q[u.length[u.length >= 0]] -= rules.stretch
    return Problem(q, P, table.matrix(), np.concatenate(table.b), np.concatenate(table.weight))


def _add_laws(table: _Rows, rows: Phrases, links: Edges, limits: Bounds, rules: Fitting) -> None:
    moving, pressed = np.flatnonzero(table.u.delay >= 0), np.flatnonzero(table.u.length >= 0)
    table.add((rows.start - limits.low)[moving], table.delay(moving, -1.0))
    pushed = moving[limits.latest[moving] > limits.high[moving]]
    table.add((limits.high - rows.start)[pushed], table.delay(pushed))
    table.add(-limits.shortest[pressed], table.length(pressed, -1.0))
    table.add(limits.longest[pressed], table.length(pressed))
    last = np.flatnonzero(limits.latest + limits.longest > limits.end_high)
    table.add((limits.end_high - rows.start)[last], table.delay(last), table.length(last))
    first, second = links.first, links.second
    apart = rows.start[second] - rows.start[first] - rules.gap - 2 * SAMPLE
    table.add(apart, table.delay(first), table.length(first), table.delay(second, -1.0))
    before = links.before[limits.latest[links.before] > limits.low[links.before + 1]]
    table.add(rows.start[before + 1] - rows.start[before], table.delay(before), table.delay(before + 1, -1.0))


def _add_wishes(table: _Rows, rows: Phrases, limits: Bounds, rules: Fitting) -> None:
    pressed = np.flatnonzero(table.u.length >= 0)
    natural = rows.natural[pressed]
    table.add(
        -(1 - rules.rate_free) * natural,
        table.length(pressed, -1.0),
        weight=2 * 1000 / natural / rules.rate_step**2,
    )
    late = np.flatnonzero((table.u.delay >= 0) & (limits.latest - rows.start > rules.late_free))
    weight = 2 * rules.late * (1000 / rules.late_step) ** 2
    table.add(np.full(len(late), rules.late_free), table.delay(late), weight=weight)
    over = np.flatnonzero(limits.latest + limits.longest - rows.end > rules.overrun_free)
    weight = 2 * rules.overrun * (1000 / rules.overrun_step) ** 2
    free = (rows.end - rows.start + rules.overrun_free)[over]
    table.add(free, table.delay(over), table.length(over), weight=weight)
    if rules.early > 0:
        moving = np.flatnonzero(table.u.delay >= 0)
        weight = 2 * rules.late * (1000 / rules.late_step) ** 2
        table.add(np.zeros(len(moving)), table.delay(moving, -1.0), weight=weight)


def _add_steep(table: _Rows, rows: Phrases, rules: Fitting, near: Pairs, steep: Steep) -> None:
    """What is beyond hurried, and beyond leap_from in either direction."""
    fast = np.flatnonzero(steep.lines & (table.u.length >= 0))
    natural = rows.natural[fast]
    weight = 2 * rules.hurry * 1000 / natural / rules.rate_step**2
    table.add(-natural / rules.hurried, table.length(fast, -1.0), weight=weight)
    one, two = near.first[steep.pairs], near.second[steep.pairs]
    free = np.full(len(one), 1000 * rules.leap_from)
    for sign in (1000.0, -1000.0):
        terms = table.length(one, sign / rows.natural[one]), table.length(two, -sign / rows.natural[two])
        table.add(free, *terms, weight=near.steep[steep.pairs])


def _jumps(rows: Phrases, near: Pairs, u: Unknowns) -> tuple[Entries, Floats]:
    """½ weight (pace - pace)² for each pair, as P and q."""
    one, two = 1000 / rows.natural[near.first], 1000 / rows.natural[near.second]
    a, b, w = u.length[near.first], u.length[near.second], near.weight
    both, left, right = (a >= 0) & (b >= 0), (a >= 0), (b >= 0)
    cross = (-w * one * two)[both]
    row = np.concatenate([a[left], b[right], a[both], b[both]])
    column = np.concatenate([a[left], b[right], b[both], a[both]])
    value = np.concatenate([(w * one**2)[left], (w * two**2)[right], cross, cross])
    order = np.argsort(row, kind="stable")
    q = np.zeros(u.count)
    alone, other = left & ~right, right & ~left
    np.add.at(q, a[alone], (-w * one * two * u.whole[near.second])[alone])
    np.add.at(q, b[other], (-w * one * two * u.whole[near.first])[other])
    return Entries(row[order], column[order], value[order], u.count, u.count), q


def pull(rows: Phrases, near: Pairs, rules: Fitting, length: Floats) -> Floats:
    """By how much the cost would fall for each second by which a line was shortened, for the sake of its neighbours."""
    change = near.change(rows, length)
    force = near.weight * change
    force += near.steep * np.sign(change) * np.maximum(np.abs(change) - rules.leap_from, 0.0)
    total = np.zeros(len(rows))
    np.add.at(total, near.first, force * 1000 / rows.natural[near.first])
    np.add.at(total, near.second, -force * 1000 / rows.natural[near.second])
    return total
