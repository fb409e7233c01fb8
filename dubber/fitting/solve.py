"""An interior point method for long, narrow problems: exact, deterministic, linear in the length of the film.

    minimise  q·z + ½ z·P z + Σ ½ weight_k excess_k²    subject to  A z ≤ b + excess,  excess ≥ 0

A row with an infinite weight is a law (its excess is 0), the others are wishes. P and A couple only neighbours, so that
each Newton step is one banded Cholesky factorisation. Method: Mehrotra's predictor and corrector (SIAM Journal on
Optimization 2, 1992), the excesses eliminated row by row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_solve_banded, cholesky_banded
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
MOST_STEPS = 80
TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class Problem:
    """q (n), P and A (sparse; n × n and m × n), b (m), weight (m; inf for laws)."""

    q: Floats
    P: csr_array
    A: csr_array
    b: Floats
    weight: Floats

    def cost(self, z: Floats) -> float:
        """What z costs; laws are not looked at."""
        excess = np.maximum(self.A @ z - self.b, 0.0)
        soft = np.isfinite(self.weight)
        return float(self.q @ z + 0.5 * z @ (self.P @ z) + 0.5 * self.weight[soft] @ excess[soft] ** 2)


@dataclass(slots=True)
class _Point:
    """An interior point: slack s with multiplier l for every row, excess t with multiplier m for every wish."""

    z: Floats
    s: Floats
    l: Floats  # noqa: E741 - the multiplier's usual name is lambda
    t: Floats
    m: Floats


def solve(problem: Problem, z: Floats) -> Floats:
    """The minimiser, to TOLERANCE in the cost of each row; z: a start that need not obey any law."""
    normal = _Normal(problem)
    soft = np.isfinite(problem.weight)
    weight = np.where(soft, problem.weight, 0.0)
    at = _start(problem, z, soft, weight)
    for _ in range(MOST_STEPS):
        primal = np.where(soft, at.t, 0.0) + problem.b - problem.A @ at.z - at.s
        dual = -(problem.q + problem.P @ at.z + problem.A.T @ at.l)
        gap = _complementarity(at, soft)
        if gap < TOLERANCE and np.abs(primal).max() < 1e-8 and np.abs(dual).max() < 1e-5:
            break
        step = _Step(problem, normal, at, soft, weight, primal, dual)
        if not step.factored:
            break
        guess = step.towards(np.zeros(()), None)
        length = _longest(at, guess, soft)
        ahead = _complementarity(_moved(at, guess, length), soft)
        aim = gap * (ahead / gap) ** 3
        move = step.towards(np.asarray(aim), guess)
        at = _moved(at, move, min(1.0, 0.995 * _longest(at, move, soft)))
    return at.z


def _start(problem: Problem, z: Floats, soft: NDArray[np.bool_], weight: Floats) -> _Point:
    room = problem.b - problem.A @ z
    t = np.where(soft, np.maximum(-room, 0.0) + 0.05, 1.0)
    s = np.where(soft, room + t, np.maximum(room, 0.05))
    m = np.where(soft, 0.5 * weight * t, 1.0)
    l = np.where(soft, weight * t - m, 1.0)  # noqa: E741
    return _Point(z.copy(), s, l, t, m)


def _complementarity(at: _Point, soft: NDArray[np.bool_]) -> float:
    return float((at.s @ at.l + at.t[soft] @ at.m[soft]) / (len(at.s) + np.count_nonzero(soft)))


def _longest(at: _Point, d: _Point, soft: NDArray[np.bool_]) -> float:
    """How far one may go before something that must stay positive becomes zero (at most 1)."""
    worst = 1.0
    for value, change in ((at.s, d.s), (at.l, d.l), (at.t[soft], d.t[soft]), (at.m[soft], d.m[soft])):
        if len(value):
            worst = max(worst, float((-change / value).max()))
    return 1.0 / worst


def _moved(at: _Point, d: _Point, length: float) -> _Point:
    return _Point(
        at.z + length * d.z, at.s + length * d.s, at.l + length * d.l, at.t + length * d.t, at.m + length * d.m
    )


class _Normal:
    """P + AᵀDA as a band, for any diagonal D: its pattern is worked out once."""

    def __init__(self, problem: Problem) -> None:
        A, n = problem.A, problem.A.shape[1]
        counts = np.diff(A.indptr)
        row, left, right = [], [], []
        for width in np.unique(counts):
            rows = np.flatnonzero(counts == width)
            first = A.indptr[rows]
            for a in range(width):
                for b in range(a, width):
                    row.append(rows)
                    left.append(first + a)
                    right.append(first + b)
        rows, one, two = np.concatenate(row), np.concatenate(left), np.concatenate(right)
        i, j = A.indices[one], A.indices[two]
        P = problem.P.tocoo()
        keep = P.row >= P.col
        self.width = int(max(np.abs(i - j).max(), np.abs(P.row - P.col).max(initial=0)))
        low, high = np.minimum(i, j).astype(np.int64), np.maximum(i, j).astype(np.int64)
        size = (self.width + 1) * n
        place = (high - low) * n + low
        shape = (size, A.shape[0])
        self.scatter = csr_array((A.data[one] * A.data[two], (place, rows)), shape=shape)
        self.fixed = np.bincount((P.row - P.col)[keep].astype(np.int64) * n + P.col[keep], P.data[keep], size)
        self.n = n

    def factor(self, D: Floats) -> Floats:
        band = (self.scatter @ D + self.fixed).reshape(self.width + 1, self.n)
        band[0] += 1e-10
        return np.asarray(cholesky_banded(band, overwrite_ab=True, lower=True, check_finite=False))


class _Step:
    """Newton's equations at one point, factored once and solved twice."""

    def __init__(
        self,
        problem: Problem,
        normal: _Normal,
        at: _Point,
        soft: NDArray[np.bool_],
        weight: Floats,
        primal: Floats,
        dual: Floats,
    ) -> None:
        self.A, self.at, self.soft, self.primal, self.dual = problem.A, at, soft, primal, dual
        self.give = np.where(soft, 1.0 / (weight + at.m / at.t), 0.0)
        self.wish = np.where(soft, -(weight * at.t - at.l - at.m), 0.0)
        self.D = at.l / (at.s + at.l * self.give)
        self.factored = True
        try:
            self.band = normal.factor(self.D)
        except LinAlgError:
            self.factored = False

    def towards(self, aim: Floats, guess: _Point | None) -> _Point:
        """The step that brings every product s·l and t·m to aim."""
        at, A = self.at, self.A
        rs, rt = aim - at.s * at.l, aim - at.t * at.m
        if guess is not None:
            rs, rt = rs - guess.s * guess.l, rt - guess.t * guess.m
        pull = self.give * (self.wish + rt / at.t)
        const = (rs - at.l * (self.primal + pull)) / (at.s + at.l * self.give)
        z = cho_solve_banded((self.band, True), self.dual - A.T @ const, check_finite=False)
        l = self.D * (A @ z) + const  # noqa: E741
        t = np.where(self.soft, self.give * (l + self.wish + rt / at.t), 0.0)
        s = self.primal - A @ z + t
        m = np.where(self.soft, (rt - at.m * t) / at.t, 0.0)
        return _Point(z, s, l, t, m)
