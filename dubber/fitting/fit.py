"""Takes → plan, and from the plan the speeds that are worth asking a backend for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dubber.fitting.rules import Fitting
from dubber.garbage import uncollected
from dubber.model import Placement, Plan, Take, Voice

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
    from dubber.fitting import phrases, placing

    if not takes:
        return Plan(())
    with uncollected():
        rows = phrases.phrases(takes)
        links = phrases.edges(rows)
        cut = placing.cuts(takes, rows, links, rules, film_end)
        start, length = placing.times(rows.shortened(cut), links, rules, film_end)
        return Plan(tuple(placing.placements(takes, rows, cut, start, length, rules, speed_ranges)))


def wanted_speeds(
    plan: Plan, takes: Sequence[Take], rules: Fitting, speed_ranges: Mapping[Voice, tuple[float, float]]
) -> dict[int, float]:
    """Line index → native speed to ask for: only of voices that can, only where more than a small stretch is needed.

    A line that was asked to read faster already is asked again only for still more, never for less: no swinging.
    """
    by_line: dict[int, list[Placement]] = {}
    for placement in plan.placements:
        by_line.setdefault(placement.line, []).append(placement)
    wanted = {}
    for take in takes:
        line = take.line
        _, high = speed_ranges.get(line.voice, (1.0, 1.0))
        parts = by_line.get(line.index, [])
        needed = _needed(take, parts)
        if needed < rules.native_from:
            continue
        speed = min(round(round(needed / SPEED_STEP) * SPEED_STEP, 2), high)
        if speed > line.speed + SPEED_STEP / 2:
            wanted[line.index] = speed
    return wanted


def _needed(take: Take, parts: Sequence[Placement]) -> float:
    """The line's total rate over its phrases, silences that the plan cuts aside."""
    played = sum(part.length for part in parts)
    said = sum(part.native * part.rate * part.length for part in parts)
    return said / played if played else 1.0
