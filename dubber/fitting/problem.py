"""The laws and wishes of a film as a Problem. Unknowns, in seconds: each line's delay, its played length, in turn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from dubber.fitting.phrases import REACH, SAMPLE, Bounds, Edges, Phrases, following
from dubber.fitting.rules import Fitting
from dubber.fitting.solve import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WITHIN = 4.0  # a change of rate inside one sentence is heard as much as so many between sentences


class _Rows:
    """Collects rows of A, b and weight, kind by kind."""

    def __init__(self) -> None:
        self.count = 0
        self.parts: list[tuple[Ints, Ints, Floats]] = []
        self.b: list[Floats] = []
        self.weight: list[Floats] = []

    def add(self, b: Floats, *terms: tuple[Ints, float], weight: Floats | float = np.inf) -> None:
        """Rows  Σ factor · unknown ≤ b  (+ excess, when the weight is finite)."""
        size = len(b)
        rows = np.arange(self.count, self.count + size)
        for unknown, factor in terms:
            self.parts.append((rows, unknown, np.broadcast_to(factor, size)))
        self.b.append(b)
        self.weight.append(np.broadcast_to(weight, size))
        self.count += size

    def matrix(self, unknowns: int) -> csr_array:
        row, column, value = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        return coo_array((value, (row, column)), shape=(self.count, unknowns)).tocsr()


def problem(rows: Phrases, links: Edges, limits: Bounds, rules: Fitting) -> Problem:
    """What rules.py says, for these phrases."""
    n = len(rows)
    delay, length = 2 * np.arange(n), 2 * np.arange(n) + 1
    table = _Rows()
    _add_bounds(table, rows, limits, delay, length)
    _add_precedence(table, rows, links, rules)
    _add_wishes(table, rows, rules, delay, length)
    q = np.zeros(2 * n)
    q[delay], q[length] = rules.stretch / 100, -rules.stretch
    return Problem(
        q, _jumps(rows, rules), table.matrix(2 * n), np.concatenate(table.b) / 1000, np.concatenate(table.weight)
    )


def _add_bounds(table: _Rows, rows: Phrases, limits: Bounds, delay: Ints, length: Ints) -> None:
    table.add(rows.start - limits.start_low, (delay, -1.0))
    table.add(limits.start_high - rows.start, (delay, 1.0))
    table.add(-limits.shortest, (length, -1.0))
    table.add(limits.longest, (length, 1.0))
    last = np.flatnonzero(np.isfinite(limits.end_high))
    table.add((limits.end_high - rows.start)[last], (delay[last], 1.0), (length[last], 1.0))


def _add_precedence(table: _Rows, rows: Phrases, links: Edges, rules: Fitting) -> None:
    near = links.reach <= REACH
    first, second = links.first[near], links.second[near]
    gap = rules.gap + 2 * SAMPLE
    apart = rows.start[second] - rows.start[first] - gap
    table.add(apart, (2 * first, 1.0), (2 * first + 1, 1.0), (2 * second, -1.0))
    before = links.before
    table.add(rows.start[before + 1] - rows.start[before], (2 * before, 1.0), (2 * before + 2, -1.0))


def _add_wishes(table: _Rows, rows: Phrases, rules: Fitting, delay: Ints, length: Ints) -> None:
    window = rows.end - rows.start
    seconds = rows.natural / 1000
    table.add(
        -(1 - rules.rate_free) * rows.natural,
        (length, -1.0),
        weight=2 / (seconds * rules.rate_step**2),
    )
    table.add(np.full(len(rows), rules.late_free), (delay, 1.0), weight=2 * rules.late * (1000 / rules.late_step) ** 2)
    over = 2 * rules.overrun * (1000 / rules.overrun_step) ** 2
    table.add(window + rules.overrun_free, (delay, 1.0), (length, 1.0), weight=over)


def _jumps(rows: Phrases, rules: Fitting) -> csr_array:
    n = len(rows)
    next_one = following(rows)
    first = np.flatnonzero((next_one < n) & (next_one - np.arange(n) <= REACH))
    second = next_one[first]
    weight = 2 * rules.jump / rules.rate_step**2 * np.where(rows.take[first] == rows.take[second], WITHIN, 1.0)
    one, two = 1000 / rows.natural[first], 1000 / rows.natural[second]
    a, b = 2 * first + 1, 2 * second + 1
    row = np.concatenate([a, b, a, b])
    column = np.concatenate([a, b, b, a])
    value = np.concatenate([weight * one**2, weight * two**2, -weight * one * two, -weight * one * two])
    return coo_array((value, (row, column)), shape=(2 * n, 2 * n)).tocsr()
