"""An interior point method for long, narrow problems: exact, deterministic, linear in the length of the film.

    minimise  q·z + ½ z·P z + Σ ½ weight_k excess_k²    subject to  A z ≤ b + excess,  excess ≥ 0

A row with an infinite weight is a law (its excess is 0), the others are wishes. P and A couple only neighbours, so that
each Newton step is one banded Cholesky factorisation. Method: Mehrotra's predictor and corrector (SIAM Journal on
Optimization 2, 1992), the excesses eliminated row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpbtrf, dpbtrs
from scipy.sparse import coo_array, csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST_STEPS = 80
TOLERANCE = 1e-9
BLOCK = 4000
OFF, PRODUCT = 0.3, 30.0  # where to begin: so far inside, with such products of slack and multiplier (by trial)


@dataclass(frozen=True, slots=True)
class Problem:
    """q (n), P and A (sparse; n × n and m × n), b (m), weight (m; inf for laws)."""

    q: Floats
    P: csr_array
    A: csr_array
    b: Floats
    weight: Floats

    def some(self, rows: Any, columns: Any) -> Problem:
        """The part of it that has these rows and these unknowns."""
        whole = isinstance(columns, slice) and columns == slice(None)
        A = self.A[rows] if whole else self.A[rows][:, columns]
        P = self.P if whole else self.P[columns][:, columns]
        return Problem(self.q[columns], P, A, self.b[rows], self.weight[rows])

    def cost(self, z: Floats) -> float:
        """What z costs; laws are not looked at."""
        excess = np.maximum(self.A @ z - self.b, 0.0)
        soft = np.isfinite(self.weight)
        return float(self.q @ z + 0.5 * z @ (self.P @ z) + 0.5 * self.weight[soft] @ excess[soft] ** 2)


def solve(problem: Problem, guess: Floats, known: Floats, changed: Bools) -> Floats:
    """The minimiser, to TOLERANCE in the cost of each row.

    guess: where to begin; it need not obey any law. Parts that touch no other are solved by themselves, a block of
    them at a time; parts without a changed unknown are taken from known.
    """
    problem, part = _sorted_into_parts(problem)
    wanted = np.zeros(part[-1] + 1 if len(part) else 0, dtype=np.bool_)
    wanted[part[changed]] = True
    z = known.copy()
    first = problem.A.indices[problem.A.indptr[:-1]]
    width = _widths(problem, part)
    for kind in np.unique(width[wanted]).tolist():  # a band is as wide as its widest part: alike go with alike
        chosen = wanted & (width == kind)
        columns, rows = np.flatnonzero(chosen[part]), np.flatnonzero(chosen[part[first]])
        _solve_parts(problem.some(rows, columns), guess, z, columns, part[columns])
    return z


def _solve_parts(todo: Problem, guess: Floats, z: Floats, columns: Ints, part: Ints) -> None:
    """Whole parts, a block of them at a time, written to their columns of z."""
    first = todo.A.indices[todo.A.indptr[:-1]]
    for low, high in _blocks(part):
        a, b = np.searchsorted(first, [low, high])
        z[columns[low:high]] = _minimise(todo.some(slice(a, b), slice(low, high)), guess[columns[low:high]])


def _widths(problem: Problem, part: Ints) -> Ints:
    """For each part, between which powers of two the distance lies over which it couples unknowns."""
    widest = np.zeros(part[-1] + 1 if len(part) else 0, dtype=np.int64)
    for matrix in (problem.A, problem.P):
        filled = np.flatnonzero(np.diff(matrix.indptr))
        first, last = matrix.indices[matrix.indptr[filled]], matrix.indices[matrix.indptr[filled + 1] - 1]
        np.maximum.at(widest, part[first], last.astype(np.int64) - first)
    return np.ceil(np.log2(np.maximum(widest, 4))).astype(np.int64)


def _sorted_into_parts(problem: Problem) -> tuple[Problem, Ints]:
    """The problem with its rows in the order of their first unknown, and for each unknown the number of its part."""
    A, P = problem.A, problem.P
    A.sort_indices()
    P.sort_indices()
    n = A.shape[1]
    order = np.argsort(A.indices[A.indptr[:-1]], kind="stable")
    problem = problem.some(order, slice(None))
    bound = np.zeros(n + 1, dtype=np.int64)
    for matrix in (problem.A, P):
        filled = np.flatnonzero(np.diff(matrix.indptr))
        np.add.at(bound, matrix.indices[matrix.indptr[:-1][filled]], 1)
        np.add.at(bound, matrix.indices[matrix.indptr[1:][filled] - 1], -1)
    joined = np.cumsum(bound)[:-1] > 0  # unknown k and k + 1 belong together
    return problem, np.concatenate([[0], np.cumsum(~joined[:-1])]).astype(np.int64)


def _blocks(part: Ints) -> list[tuple[int, int]]:
    """Runs of whole parts with about BLOCK unknowns each: small enough for the processor's cache."""
    ends = np.append(np.flatnonzero(np.diff(part)) + 1, len(part))
    blocks, low = [], 0
    for end in ends.tolist():
        if end - low >= BLOCK or end == len(part):
            blocks.append((low, end))
            low = end
    return blocks


def _minimise(problem: Problem, z: Floats) -> Floats:
    """One block. Wishes come first, so that the first k rows are those that have an excess."""
    soft = np.isfinite(problem.weight)
    order = np.argsort(~soft, kind="stable")
    A, b, k = problem.A[order], problem.b[order], int(np.count_nonzero(soft))
    body = _Body(problem.q, problem.P, A, A.T.tocsr(), b, problem.weight[order][:k], k)
    normal = _Normal(problem.P, A)
    at = _start(body, z)
    for _ in range(MOST_STEPS):
        step = _Step(body, normal, at)
        if step.arrived or not step.factored:
            break
        guess = step.towards(0.0, None)
        length = _longest(at, guess)
        ahead = _gap(_moved(at, guess, length))
        move = step.towards(step.gap * (ahead / step.gap) ** 3, guess)
        at = _moved(at, move, min(1.0, 0.995 * _longest(at, move)))
    return at.z


@dataclass(frozen=True, slots=True)
class _Body:
    q: Floats
    P: csr_array
    A: csr_array
    back: csr_array  # A transposed
    b: Floats
    weight: Floats
    k: int


@dataclass(slots=True)
class _Point:
    """An interior point: slack s with multiplier l for every row, excess t with multiplier m for every wish."""

    z: Floats
    s: Floats
    l: Floats  # noqa: E741 - the multiplier's usual name is lambda
    t: Floats
    m: Floats


def _start(body: _Body, z: Floats) -> _Point:
    room, k = body.b - body.A @ z, body.k
    t = np.maximum(-room[:k], 0.0) + OFF
    room[:k] += t
    s = np.maximum(room, OFF)
    l = PRODUCT / s  # noqa: E741
    l[:k] = np.minimum(l[:k], 0.5 * body.weight * t)
    return _Point(z.copy(), s, l, t, body.weight * t - l[:k])


def _dot(a: Floats, b: Floats) -> float:
    return float(np.einsum("i,i", a, b))  # not BLAS, whose threads cost more than they save here


def _gap(at: _Point) -> float:
    return (_dot(at.s, at.l) + _dot(at.t, at.m)) / (len(at.s) + len(at.t))


def _longest(at: _Point, d: _Point) -> float:
    """How far one may go before something that must stay positive becomes zero (at most 1)."""
    worst = 1.0
    for value, change in ((at.s, d.s), (at.l, d.l), (at.t, d.t), (at.m, d.m)):
        if len(value):
            worst = max(worst, -float((change / value).min()))
    return 1.0 / worst


def _moved(at: _Point, d: _Point, length: float) -> _Point:
    return _Point(
        at.z + length * d.z, at.s + length * d.s, at.l + length * d.l, at.t + length * d.t, at.m + length * d.m
    )


class _Normal:
    """P + AᵀDA as a band, for any diagonal D: its pattern is worked out once."""

    def __init__(self, P: csr_array, A: csr_array) -> None:
        self.n = n = A.shape[1]
        counts = np.diff(A.indptr)
        row, left, right = [], [], []
        for width in range(1, int(counts.max(initial=0)) + 1):
            rows = np.flatnonzero(counts == width)
            first = A.indptr[rows]
            for a in range(width):
                for b in range(a, width):
                    row.append(rows)
                    left.append(first + a)
                    right.append(first + b)
        rows, one, two = np.concatenate(row), np.concatenate(left), np.concatenate(right)
        i, j = A.indices[one].astype(np.int64), A.indices[two].astype(np.int64)
        P = P.tocoo()
        keep = P.row >= P.col
        self.width = int(max(np.abs(i - j).max(initial=0), (P.row - P.col)[keep].max(initial=0)))
        size = (self.width + 1) * n
        place = np.abs(i - j) + np.minimum(i, j) * (self.width + 1)
        self.scatter = coo_array((A.data[one] * A.data[two], (place, rows)), shape=(size, A.shape[0])).tocsr()
        fixed = (P.row - P.col)[keep] + P.col[keep].astype(np.int64) * (self.width + 1)
        self.fixed = np.bincount(fixed, P.data[keep], size).astype(np.float64)  # integers when P is empty
        self.fixed[:: self.width + 1] += 1e-10

    def factor(self, D: Floats) -> tuple[Floats, bool]:
        """The Cholesky factor as LAPACK's lower band, and whether there is one."""
        band = (self.scatter @ D + self.fixed).reshape(self.n, self.width + 1).T
        factor, info = dpbtrf(band, lower=1, overwrite_ab=1)
        return factor, info == 0


class _Step:
    """Newton's equations at one point, factored once and solved twice."""

    def __init__(self, body: _Body, normal: _Normal, at: _Point) -> None:
        k = body.k
        self.body, self.at = body, at
        self.primal = body.b - body.A @ at.z - at.s
        self.primal[:k] += at.t
        self.dual = -(body.q + body.P @ at.z + body.back @ at.l)
        self.gap = _gap(at)
        near = max(-self.primal.min(initial=0.0), self.primal.max(initial=0.0)) < 1e-8
        self.arrived = self.gap < TOLERANCE and near and np.abs(self.dual).max() < 1e-5
        if self.arrived:
            return
        self.give = 1.0 / (body.weight + at.m / at.t)
        self.wish = at.l[:k] + at.m - body.weight * at.t
        self.room = at.s.copy()
        self.room[:k] += at.l[:k] * self.give
        self.D = at.l / self.room
        self.band, self.factored = normal.factor(self.D)

    def towards(self, aim: float, guess: _Point | None) -> _Point:
        """The step that brings every product s·l and t·m to aim."""
        at, body, k = self.at, self.body, self.body.k
        rs, rt = aim - at.s * at.l, aim - at.t * at.m
        if guess is not None:
            rs -= guess.s * guess.l
            rt -= guess.t * guess.m
        rt /= at.t
        rs -= at.l * self.primal
        rs[:k] -= at.l[:k] * self.give * (self.wish + rt)
        rs /= self.room
        z, _ = dpbtrs(self.band, self.dual - body.back @ rs, lower=1)
        slope = body.A @ z
        l = self.D * slope + rs  # noqa: E741
        t = self.give * (l[:k] + self.wish + rt)
        s = self.primal - slope
        s[:k] += t
        return _Point(z, s, l, t, rt - at.m * t / at.t)
