"""An interior point method for long, narrow problems: exact, deterministic, linear in the length of the film.

    minimise  q·z + ½ z·P z + Σ ½ weight_k excess_k²    subject to  A z ≤ b + excess

A row with an infinite weight is a law (its excess is 0), the others are wishes; an excess is its row's multiplier by
its weight, and so never negative. Method: Mehrotra's predictor and corrector (SIAM Journal on Optimization 2, 1992),
each part of the film with steps of its own, so that no part's numbers depend on what else is in the film; Newton's
equations by elimination.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dubber.fitting.ldl import Elimination, Entries, members

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST_STEPS = 80
GAP, LAW, SLOPE = 1e-9, 1e-8, 1e-5  # arrived: mean product of slack and multiplier, worst law, worst slope of the cost
BLOCK = 16_000
STIFF = 1e-13  # s: what a law gives for a multiplier of 1, so that Newton's equations keep three digits
OFF, PRODUCT = 0.3, 300.0  # where to begin: so far inside, with such products of slack and multiplier (by trial)
CIRCLES = 0.9  # of the least gap so far: one that is larger is no progress
SHORT_OF = 0.995  # of the way to where something that must stay positive becomes zero


@dataclass(frozen=True, slots=True)
class Problem:
    """q (n), P and A (n × n, symmetric, and m × n; every row of A has an entry), b (m), weight (m; inf for laws)."""

    q: Floats
    P: Entries
    A: Entries
    b: Floats
    weight: Floats

    def some(self, rows: Ints, columns: Ints) -> Problem:
        """The part of it that has these rows and these unknowns, in this order."""
        A, P = self.A.some(rows, columns), self.P.some(columns, columns)
        return Problem(self.q[columns], P, A, self.b[rows], self.weight[rows])

    def cut(self, rows: slice, columns: slice) -> Problem:
        """The same of a run of rows and unknowns."""
        A, P = self.A.cut(rows, columns), self.P.cut(columns, columns)
        return Problem(self.q[columns], P, A, self.b[rows], self.weight[rows])


def solve(problem: Problem, guess: Floats, known: Floats, changed: Bools) -> Floats:
    """The minimiser, to GAP in the cost of each row.

    guess: where to begin; it need not obey any law. Parts that touch no other are solved by themselves, a block of
    them at a time; parts without a changed unknown are taken from known.
    """
    part, of_row = _parts(problem)
    size = np.bincount(part)
    wanted = np.bincount(part[changed], minlength=len(size)) > 0
    chosen = np.flatnonzero(wanted)[np.argsort(size[wanted], kind="stable")]  # alike in size: in as many steps
    columns, column = _of(part, len(size), chosen)
    rows, row = _of(of_row, len(size), chosen)
    todo, z = problem.some(rows, columns), known.copy()
    for first, last in _blocks(size[chosen]):
        here, there = (slice(*np.searchsorted(each, [first, last]).tolist()) for each in (row, column))
        block = _Block(todo.cut(here, there), row[here] - first, column[there] - first)
        z[columns[there]] = block.minimised(guess[columns[there]])
    return z


def _of(part: Ints, parts: int, chosen: Ints) -> tuple[Ints, Ints]:
    """What belongs to the chosen parts, one part after the other; and for each of it which of them that is."""
    place, which = members(part, parts, chosen)
    return np.argsort(part, kind="stable")[place], which


def _parts(problem: Problem) -> tuple[Ints, Ints]:
    """The number of the part of each unknown, and of each row: what a row or P ties together is of one part."""
    A, P = problem.A, problem.P
    first = A.column[np.flatnonzero(np.diff(A.row, prepend=-1))]
    one, two = np.concatenate([first[A.row], P.row]), np.concatenate([A.column, P.column])
    tied = one != two
    one, two = one[tied], two[tied]
    least, before = np.arange(A.columns), np.zeros(0, dtype=np.int64)
    while not np.array_equal(least, before):  # the least unknown that each is known to hang together with
        before = least.copy()
        np.minimum.at(least, least[one], before[two])
        np.minimum.at(least, least[two], before[one])
        least = least[least]
    part = (np.cumsum(least == np.arange(A.columns)) - 1)[least]
    return part, part[first]


def _blocks(size: Ints) -> list[tuple[int, int]]:
    """Runs of parts with about BLOCK unknowns together: small enough for the processor's cache."""
    ends = np.flatnonzero(np.diff(np.cumsum(size) // BLOCK, append=-1)) + 1
    return list(zip([0, *ends.tolist()[:-1]], ends.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Point:
    """Or a step from one to another: unknowns z, and for every row a slack s and a multiplier l."""

    z: Floats
    s: Floats
    l: Floats  # noqa: E741 - the multiplier's usual name is lambda


class _Block:
    """Parts that are solved side by side. of_row, of_column: the part of each row and unknown, ascending from 0."""

    def __init__(self, problem: Problem, of_row: Ints, of_column: Ints) -> None:
        self.q, self.P, self.A, self.b = problem.q, problem.P, problem.A, problem.b
        self.give = np.maximum(1.0 / problem.weight, STIFF)
        self.of_row, self.of_column = of_row, of_column
        self.rows = np.bincount(of_row)
        self.first_row = np.cumsum(self.rows) - self.rows
        self.first_column = np.searchsorted(of_column, np.arange(len(self.rows)))
        self.elimination = Elimination(self.P, self.A)

    def minimised(self, z: Floats) -> Floats:
        """From z, which need not obey any law."""
        at, least, short = self._start(z), np.full(len(self.rows), np.inf), np.ones(len(self.rows))
        amiss = self.b + self.give * at.l - self.A @ at.z - at.s
        worst = self._largest(amiss)
        for _ in range(MOST_STEPS):
            fall, gap = -(self.q + self.P @ at.z), self._mean(at.s * at.l)
            going = (gap > GAP) | (short * worst > LAW)
            if not going.all():
                going |= self._steepest(fall - self.A.back(at.l)) > SLOPE
            if not going.any():
                break
            step = self._step(at, short[self.of_row] * amiss, fall, gap, gap > CIRCLES * least)
            least = np.minimum(least, gap)
            length = np.where(going, np.minimum(1.0, SHORT_OF * self._length(at, step)), 0.0)
            rows = length[self.of_row]
            at = _Point(at.z + length[self.of_column] * step.z, at.s + rows * step.s, at.l + rows * step.l)
            short *= 1 - length  # exactly: a step's slacks are what the laws leave of its unknowns
        return at.z

    def _step(self, at: _Point, primal: Floats, fall: Floats, gap: Floats, stalls: Bools) -> _Point:
        """A look ahead, to no gap at all; then the step, as far as that look promises, and with its bend.

        Where that stalls the method may go in circles: there, straight towards a fifth of the gap.
        """
        D = at.l / (at.s + self.give * at.l)
        self.elimination.factor(D)
        none = -at.s - primal
        ahead = self._towards(at, none, primal, fall, D)
        length, bend = self._length(at, ahead), ahead.s * ahead.l
        left = np.maximum((1 - length) * gap + length**2 * self._mean(bend), 0.0)  # as s·dl + l·ds is -s·l
        aim = np.where(stalls, gap / 5, gap * (left / gap) ** 3)[self.of_row]
        if stalls.any():
            bend[stalls[self.of_row]] = 0.0
        return self._towards(at, none + (aim - bend) / at.l, primal, fall, D)

    def _start(self, z: Floats) -> _Point:
        room = self.b - self.A @ z
        s = np.maximum(room, OFF)
        l = PRODUCT / s  # noqa: E741
        wish = self.give > STIFF
        excess = np.maximum(-room[wish], 0.0) + OFF
        l[wish] = np.minimum(l[wish], 0.5 * excess / self.give[wish])
        return _Point(z, s, l)

    def _towards(self, at: _Point, known: Floats, primal: Floats, fall: Floats, D: Floats) -> _Point:
        """The step that obeys each row and changes its product s·l by (known + primal)·l, to the first order.

        fall: how the cost would fall with each unknown, if there were no rows.
        """
        z = self.elimination.solve(fall - self.A.back(at.l + D * known))
        slope = self.A @ z
        l = D * (slope + known)  # noqa: E741
        return _Point(z, primal - slope + self.give * l, l)

    def _length(self, at: _Point, step: _Point) -> Floats:
        """How far each part may go before something that must stay positive becomes zero (at most 1)."""
        worst = np.minimum.reduceat(np.minimum(step.s / at.s, step.l / at.l), self.first_row)
        return 1.0 / np.maximum(1.0, -worst)

    def _mean(self, products: Floats) -> Floats:
        return np.asarray(np.add.reduceat(products, self.first_row) / self.rows)

    def _largest(self, primal: Floats) -> Floats:
        return np.asarray(np.maximum.reduceat(np.abs(primal), self.first_row))

    def _steepest(self, dual: Floats) -> Floats:
        return np.asarray(np.maximum.reduceat(np.abs(dual), self.first_column))
