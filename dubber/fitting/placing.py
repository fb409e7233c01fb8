"""From the solver's numbers to placements: cuts of inner silences, the grid of samples, concessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dubber.fitting.optimum import optimum
from dubber.fitting.phrases import SAMPLE, SLACK, Edges, Phrases, following, lengths, pushed
from dubber.fitting.rules import Fitting
from dubber.model import Concession, Placement, Span, Take, Voice

Floats = NDArray[np.float64]
LEAST = 0.1  # ms beyond what is free before it is called a concession
UNFIT = SLACK + LEAST
GRID = 0.5  # ms: a shortened line's length. What the solver leaves open is far smaller: an edit elsewhere in the film
# moves no line that it does not touch, and the sound that was made of it stays valid
NEAR = 0.001  # ms under a multiple of GRID that still count as it
WHOLE = 0.05  # ms; a line this near to its own length is not stretched


def times(rows: Phrases, links: Edges, rules: Fitting, film_end: int | None) -> tuple[Floats, Floats]:
    """Start and played length of each phrase, on the grid of samples; a length that is the take's own stays exact."""
    start, length = optimum(rows, links, rules, film_end)
    length = _rested(rows, links, rules, film_end, start, _on_grid(rows, rules, length))
    whole = (length > rows.length - WHOLE) & (length <= rows.length)
    length = np.where(whole, rows.length, length)
    frames = np.ceil(length / SAMPLE - 1e-6)
    first = np.ceil(start / SAMPLE - 0.25) + 0.0  # with the samples that are added to each gap, none can touch ...
    gap = np.ceil(rules.gap / SAMPLE - 1e-6)
    if (first[links.first] + frames[links.first] + gap > first[links.second]).any():
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
    """How much inner silence (ms) to leave out of each phrase: what a plan would that may leave out all it can."""
    spare = np.zeros(len(rows))
    for i in [i for i, number in enumerate(rows.take.tolist()) if takes[number].pauses]:
        spare[i] = sum(max(0.0, pause.length - rules.pause_kept) for pause in _pauses(takes, rows, i))
    if not spare.any():
        return spare
    dense = rows.shortened(spare)
    loose = Phrases(rows.take, rows.phrase, rows.speaker, rows.start, rows.end, dense.natural, rows.length)
    _, length = optimum(loose, links, rules, film_end)
    length = _on_grid(loose, rules, length)
    missing = rows.length - length
    return np.where(missing > WHOLE, np.minimum(missing, spare), 0.0)


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
    rules: Fitting,
    speed_ranges: Mapping[Voice, tuple[float, float]],
) -> Iterator[Placement]:
    """The rows as placements in order of start, each with what had to be conceded to it."""
    left = rows.length - cut
    rate = np.where(length == left, 1.0, left / length)
    native = rows.natural / rows.length
    native = np.where(np.abs(native - 1) < 1e-9, 1.0, native)
    late, over = start - rows.start, start + length - rows.end
    quiet = (rate <= 1 + rules.rate_free) & (native <= 1 + rules.rate_free) & (over <= rules.overrun_free + LEAST)
    quiet &= (rate <= rules.native_from) & (late <= rules.late_free + LEAST) & (late >= -LEAST)
    order = np.lexsort((np.arange(len(rows)), start))
    columns = (rows.take, rows.phrase, start, length, rate, native, late, over, quiet, cut > 0, np.arange(len(rows)))
    for number, place, begin, played, speed, own, delay, beyond, easy, some, i in zip(
        *(column[order].tolist() for column in columns), strict=True
    ):
        take = takes[number]
        spans = _cut_spans(_pauses(takes, rows, i), cut[i], rules.pause_kept) if some else ()
        can = speed_ranges.get(take.line.voice, (1.0, 1.0))[1] if speed_ranges else 1.0
        granted = () if easy else _concessions(speed, own, delay, beyond, rules, can)
        yield Placement(take.line.index, place, begin, played, take.spans[place], speed, own, spans, granted)


def _concessions(
    rate: float, native: float, late: float, over: float, rules: Fitting, can: float
) -> tuple[Concession, ...]:
    """In the order of DESIGN: the backend's own faster reading (up to can), the rate, a late start, unfit."""
    found = []
    if native > 1 + rules.rate_free or (can > 1 and rate > rules.native_from):
        found.append(Concession("native", max(native, min(rate * native, can))))
    if rate > 1 + rules.rate_free:
        found.append(Concession("rate", rate))
    if late > rules.late_max + UNFIT:
        found.append(Concession("unfit", late))
    elif late > rules.late_free + LEAST:
        found.append(Concession("late", late))
    elif late < -LEAST:
        found.append(Concession("early", -late))
    if over > rules.overrun_free + LEAST:
        found.append(Concession("overrun", over))
    return tuple(found)
