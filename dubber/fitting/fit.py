"""Takes → plan, and from the plan the speeds that are worth asking a backend for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

from dubber.fitting.settings import SHORTEST, Fitting
from dubber.model import Placement, Plan, Take, Voice
from dubber.workers.gc_pause import gc_paused

SPEED_STEP = 0.05  # native speeds are asked for in these steps, so that a rerun finds its takes in the store


def fit(
    takes: Sequence[Take],
    rules: Fitting,
    *,
    film_end: int | None = None,
    speed_ranges: Mapping[Voice, tuple[float, float]] = {},  # noqa: B006 - never written
) -> Plan:
    """The plan of the whole film; never raises for want of room.

    film_end in ms. speed_ranges: for each voice the native speeds that it can read at; what they can give is reported
    as the concession "native".
    """
    from dubber.fitting import constraints, placing

    if not takes:
        return Plan(())
    with gc_paused():
        rows = constraints.phrases(takes)
        links = constraints.edges(rows)
        cut = placing.cuts(takes, rows, links, rules, film_end)
        dense = rows.shortened(cut)
        start, length = placing.times(dense, links, rules, film_end)
        too_long = constraints.culprits(dense, links, rules)
        return Plan(tuple(placing.placements(takes, rows, cut, start, length, too_long, rules, speed_ranges)))


def nearest(plan: Plan, takes: Sequence[Take], again: Mapping[int, Take]) -> tuple[Take, ...]:
    """For each line the take that is to be stretched least for its place in the plan, be it to a faster or to a slower
    one. again: readings at another speed, by line; the plan is of takes."""
    parts = _by_line(plan)
    found = []
    for take in takes:
        other = again.get(take.line.index)
        places = parts.get(take.line.index, [])
        found.append(other if other and _stretched(other, places) < _stretched(take, places) else take)
    return tuple(found)


def _stretched(take: Take, parts: Sequence[Placement]) -> float:
    """By how much the take would be stretched in these places: the logarithm of the factor, for each ms."""
    total = 0.0
    for part in parts:
        native = take.natural[part.phrase] / max(take.spans[part.phrase].length, SHORTEST)
        total += part.length * abs(log(part.rate * part.native / native))
    return total


def wanted_speeds(
    plan: Plan, takes: Sequence[Take], rules: Fitting, speed_ranges: Mapping[Voice, tuple[float, float]]
) -> dict[int, float]:
    """Line index → native speed to ask for: only of voices that can, only where more than a small stretch is needed.

    A line that was asked to read faster already is asked again only for still more, never for less: no swinging.
    """
    by_line, wanted = _by_line(plan), dict[int, float]()
    for take in takes:
        line = take.line
        _, high = speed_ranges.get(line.voice, (1.0, 1.0))
        parts = by_line.get(line.index, [])
        needed = _needed(take, parts)
        if needed < rules.native_from:
            continue
        needed *= line.pace
        speed = min(round(round(needed / SPEED_STEP) * SPEED_STEP, 2), high)
        if speed > line.speed + SPEED_STEP / 2:
            wanted[line.index] = speed
    return wanted


def _needed(take: Take, parts: Sequence[Placement]) -> float:
    """The line's total rate over its phrases, silences that the plan cuts aside."""
    played = sum(part.length for part in parts)
    said = sum(part.native * part.rate * part.length for part in parts)
    return said / played if played else 1.0


def _by_line(plan: Plan) -> dict[int, list[Placement]]:
    by_line: dict[int, list[Placement]] = {}
    for placement in plan.placements:
        by_line.setdefault(placement.line, []).append(placement)
    return by_line
