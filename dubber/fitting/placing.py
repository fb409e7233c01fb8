"""From the solver's numbers to placements: cuts of inner silences, the grid of samples, concessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from dubber.fitting.active_set import optimum
from dubber.fitting.constraints import SAMPLE, SLACK, Edges, Phrases, following, lengths, pushed
from dubber.fitting.settings import SHORTEST, Fitting
from dubber.model import Concession, Placement, Span, Take, Voice

Floats = NDArray[np.float64]
LEAST = 0.1  # ms beyond what is free before it is called a concession
UNFIT = SLACK + LEAST
GRID = 0.5  # ms: a shortened line's length. What the solver leaves open is far smaller: an edit elsewhere in the film
# moves no line that it does not touch, and the sound that was made of it stays valid
NEAR = 0.001  # ms under a multiple of GRID that still count as it
WHOLE = 0.05  # ms; a line this near to its own length is not stretched
UNUSED = 0.01  # of its place that a line read faster may leave empty: so little is not worth a stretch


def times(rows: Phrases, links: Edges, rules: Fitting, film_end: int | None) -> tuple[Floats, Floats]:
    """Start and played length of each phrase, on the grid of samples; a length that is the take's own stays exact."""
    start, length = optimum(rows, links, rules, film_end)
    length = _rested(rows, links, rules, film_end, start, _on_grid(rows, rules, length))
    whole = (length > rows.length - WHOLE) & (length <= rows.length)
    length = np.where(whole, rows.length, length)
    frames = np.ceil(length / SAMPLE - 1e-6)
    first = np.ceil(start / SAMPLE - 0.25) + 0.0  # with the samples that are added to each gap, none can touch ...
    gap = np.ceil(rules.gap / SAMPLE - 1e-6)
    touching = first[links.first] + frames[links.first] + gap > first[links.second]
    if touching.any() or (first[links.before] > first[links.before + 1]).any():
        first = pushed(first, frames + gap, links)  # ... unless the solver was not as near as it should be
    return first * SAMPLE, np.where(whole, length, frames * SAMPLE)


def _rested(rows: Phrases, links: Edges, rules: Fitting, film_end: int | None, start: Floats, length: Floats) -> Floats:
    """Played as they were spoken: lines in the dead zone of the rate whose neighbours do not need their time.

    What nobody hears is not worth a stretch. It moves no start, goes no further past a cue's end than is free, and
    makes no change of rate to a speaker's neighbouring line larger than that, or than what sounds like a leap.
    """
    asked = (length < rows.length - WHOLE) & (rows.length <= (1 + rules.rate_free) * length)
    if not asked.any():
        return length
    limit = rows.end + rules.overrun_free
    np.minimum.at(limit, links.first, start[links.second] - rules.gap - 4 * SAMPLE)
    if film_end is not None:
        limit = np.minimum(limit, film_end)
    pace, whole = length / rows.natural, rows.length / rows.natural
    other = following(rows)
    mine = np.flatnonzero(other < len(rows))
    after = other[mine]
    leaps = np.zeros(len(rows), dtype=bool)
    for one, neighbour in ((mine, after), (after, mine)):
        change = np.abs(whole[one] - pace[neighbour])
        np.logical_or.at(leaps, one, change > np.maximum(np.abs(pace[one] - pace[neighbour]), rules.leap_from))
    return np.where(asked & ~leaps & (start + rows.length <= limit), rows.length, length)


def _on_grid(rows: Phrases, rules: Fitting, length: Floats) -> Floats:
    """Shortened lengths down to the grid, so that no law is broken; what is not shortened keeps its own."""
    shortest, longest = lengths(rows, rules)
    coarse = np.clip(np.floor((length + NEAR) / GRID) * GRID, shortest, longest)
    return np.where(length > longest - WHOLE, length, coarse)


def cuts(takes: Sequence[Take], rows: Phrases, links: Edges, rules: Fitting, film_end: int | None) -> Floats:
    """How much inner silence (ms at speed 1) to leave out of each phrase: what a plan would that may leave out all it
    can."""
    spare = np.zeros(len(rows))
    paused = np.array([bool(take.pauses) for take in takes], dtype=np.bool_)
    for i in np.flatnonzero(paused[rows.take]).tolist():
        spare[i] = sum(max(0.0, pause.length - rules.pause_kept) for pause in _pauses(takes, rows, i))
    if not spare.any():
        return spare
    spare *= rows.natural / spoken(takes, rows)
    dense = rows.shortened(spare)
    loose = Phrases(rows.take, rows.phrase, rows.speaker, rows.start, rows.end, dense.natural, rows.length)
    _, length = optimum(loose, links, rules, film_end)
    length = _on_grid(loose, rules, length)
    missing = rows.length - length
    return np.where(missing > WHOLE, np.minimum(missing, spare), 0.0)


def spoken(takes: Sequence[Take], rows: Phrases) -> Floats:
    """How long each phrase is in its take (ms)."""
    spans = [takes[take].spans[phrase] for take, phrase in zip(rows.take.tolist(), rows.phrase.tolist(), strict=True)]
    return np.maximum([span.length for span in spans], SHORTEST)


def _pauses(takes: Sequence[Take], rows: Phrases, i: int) -> list[Span]:
    take = takes[rows.take[i]]
    span = take.spans[rows.phrase[i]]
    return [pause for pause in take.pauses if span.start < pause.start and pause.end < span.end]


def _cut_spans(pauses: Sequence[Span], amount: float, kept: float) -> tuple[Span, ...]:
    """The middles of the pauses, together so long as amount: the longest pauses are shortened first, to one length."""
    lengths = sorted((pause.length for pause in pauses), reverse=True)
    level = kept
    for count in range(1, len(lengths) + 1):
        level = (sum(lengths[:count]) - amount) / count
        if count == len(lengths) or level >= lengths[count]:
            break
    level = max(level, kept)
    return tuple(
        Span(pause.start + level / 2, pause.end - level / 2) for pause in pauses if pause.length > level + 1e-9
    )


def placements(
    takes: Sequence[Take],
    rows: Phrases,
    cut: Floats,
    start: Floats,
    length: Floats,
    too_long: Floats,
    rules: Fitting,
    speed_ranges: Mapping[Voice, tuple[float, float]],
) -> list[Placement]:
    """The rows as placements in order of start, each with what had to be conceded to it.

    A reading that is a little shorter than its place is played as it is, where that is not too fast.
    """
    native = rows.natural / spoken(takes, rows)
    native = np.where(np.abs(native - 1) < 1e-9, 1.0, native)
    whose, phrase = [takes[number] for number in rows.take.tolist()], rows.phrase.tolist()
    usual = np.array([take.line.usual / take.line.pace for take in whose])  # less than 1: stretching gives the rest
    left = (rows.length - cut) / native
    as_read = (left <= length) & (left > (1 - UNUSED) * length) & (native > usual) & (native <= rules.fastest)
    length = np.where(as_read, left, length)
    rate = np.where(length == left, 1.0, left / length)
    can = np.array([speed_ranges.get(take.line.voice, (1.0, 1.0))[1] / take.line.usual for take in whose])
    silences: list[tuple[Span, ...]] = [()] * len(rows)
    for i in np.flatnonzero(cut > 0).tolist():
        silences[i] = _cut_spans(_pauses(takes, rows, i), cut[i] / native[i], rules.pause_kept)
    placed = map(
        Placement,
        [take.line.index for take in whose],
        phrase,
        start.tolist(),
        length.tolist(),
        [take.spans[place] for take, place in zip(whose, phrase, strict=True)],
        _sharing(rate),
        _sharing(native),
        silences,
        _concessions(rate * usual, native / usual, start - rows.start, start + length - rows.end, too_long, rules, can),
    )
    return sorted(placed, key=attrgetter("start"))


def _sharing(factors: Floats) -> list[float]:
    """As Python's numbers: most are 1, and all of these are one object."""
    return [1.0 if factor == 1.0 else factor for factor in factors.tolist()]


def _concessions(
    rate: Floats, native: Floats, late: Floats, over: Floats, too_long: Floats, rules: Fitting, can: Floats
) -> list[tuple[Concession, ...]]:
    """Of each row, in this order: the backend's own faster reading (up to can), the rate, how much too long it is, a
    late start."""
    heard = 1 + rules.rate_free
    faster = (native > heard) | ((can > 1) & (rate > rules.native_from))
    kinds = (
        ("native", faster, np.maximum(native, np.minimum(rate * native, can))),
        ("rate", rate > heard, rate),
        ("unfit", too_long > 0, too_long),
        ("late", late > min(rules.late_free + LEAST, rules.late_max + UNFIT), late),
        ("early", late < -LEAST, -late),
        ("overrun", over > rules.overrun_free + LEAST, over),
    )
    granted: list[tuple[Concession, ...]] = [()] * len(rate)
    for kind, holds, amount in kinds:
        which = np.flatnonzero(holds)
        for i, much in zip(which.tolist(), amount[which].tolist(), strict=True):
            granted[i] += (Concession(kind, much),)
    return granted
