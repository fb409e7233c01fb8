"""The optimum of a film before any rounding, found on the part of it where there is something to decide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dubber.fitting.constraints import SAMPLE, Bounds, Edges, Phrases, bounds
from dubber.fitting.interior_point import solve
from dubber.fitting.qp import Pairs, Steep, pairs, problem, pull, unknowns
from dubber.fitting.settings import Fitting

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
AROUND = 3  # so many neighbours of a line under pressure are looked at from the start
GAIN = 1.001  # a line outside is taken in when a change gains more than this much of what it costs


def optimum(rows: Phrases, links: Edges, rules: Fitting, film_end: int | None) -> tuple[Floats, Floats]:
    """Start and played length (ms) of each phrase."""
    limits = bounds(rows, links, rules, film_end)
    touching = _touching(links.near(), limits, rules)
    pressed, moving = _under_pressure(rows, touching, limits, rules)
    near = pairs(rows, rules)
    delay, length = (limits.rest - rows.start) / 1000, limits.longest / 1000
    gains = pull(rows, near, rules, length) > GAIN * rules.stretch
    active = _with_neighbours(pressed | gains, near, AROUND)
    steep = Steep.likely(rows, touching, near, rules)
    changed = active | moving
    while changed.any():
        u = unknowns(rows, limits, moving, active)
        task = problem(rows, touching, limits, rules, u, near, steep)
        z = _column(u.delay, delay, u.length, length, u.count)
        guess = _column(u.delay, (limits.earliest - rows.start) / 1000, u.length, limits.shortest / 1000, u.count)
        anew = _column(u.delay, changed, u.length, changed, u.count).astype(np.bool_)
        delay, length = u.values(solve(task, guess, z, anew))
        fresh = ~active & (pull(rows, near, rules, length) > GAIN * rules.stretch)
        fresh = _with_neighbours(fresh, near, AROUND) & ~active if fresh.any() else fresh
        missing = steep.missing(rows, near, rules, active, length)
        active, steep, changed = active | fresh, steep | missing, fresh | missing.touched(near)
    start = np.maximum(rows.start + delay * 1000, limits.low)
    return start, np.clip(length * 1000, limits.shortest, limits.longest)


def _touching(links: Edges, limits: Bounds, rules: Fitting) -> Edges:
    """Those precedences that could be broken at all."""
    reach = limits.latest + limits.longest + rules.gap + 2 * SAMPLE
    keep = reach[links.first] > limits.low[links.second] + 1e-6
    return Edges(links.first[keep], links.second[keep], links.before)


def _under_pressure(rows: Phrases, touching: Edges, limits: Bounds, rules: Fitting) -> tuple[Bools, Bools]:
    """Lines that may have to be shortened, and lines that may have to start elsewhere than at their cue. Nobody starts
    early who has room behind him."""
    end = limits.latest + limits.longest
    pressed: Bools = (end > rows.end + rules.overrun_free) | (end > limits.end_high)
    pressed[touching.first] = True
    moving: Bools = limits.latest > limits.rest
    if rules.early > 0:
        moving |= _early(pressed, touching, limits, rows)
    return pressed, moving


def _early(pressed: Bools, touching: Edges, limits: Bounds, rows: Phrases) -> Bools:
    """Lines that may start before their cues: those under pressure, and those that have to start before one of them."""
    early, first = pressed.copy(), touching.before
    held = rows.start[first] > limits.low[first + 1]
    while (more := held & early[first + 1] & ~early[first]).any():
        early[first[more]] = True
    return early


def _with_neighbours(chosen: Bools, near: Pairs, steps: int) -> Bools:
    grown = chosen.copy()
    for _ in range(steps):
        before = grown.copy()
        grown[near.first[before[near.second]]] = True
        grown[near.second[before[near.first]]] = True
    return grown


def _column(
    one: NDArray[np.int64], a: NDArray[np.generic], two: NDArray[np.int64], b: NDArray[np.generic], n: int
) -> Floats:
    """a and b written to the columns of their unknowns."""
    values = np.zeros(n)
    values[one[one >= 0]] = a[one >= 0]
    values[two[two >= 0]] = b[two >= 0]
    return values
