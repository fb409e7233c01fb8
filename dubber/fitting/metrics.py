"""What a plan did to each line, in numbers: for the report, the terminal's summary, and the verdict of `dub check`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dubber.errors import InputError
from dubber.fitting.settings import Fitting
from dubber.model import Concession, Placement, Plan, Take, Window

CHECKS = {  # what --fail-on knows: (unit, what it measures)
    "rate": ("", "how fast a line is read, native reading included"),
    "late": ("ms", "how long after its cue a line starts"),
    "early": ("ms", "how long before its cue a line starts"),
    "overrun": ("ms", "how long after its cue a line ends"),
    "jump": ("", "change of rate from the speaker's line before"),
    "unfit": ("", "how many lines are so long that another starts later than late_max"),
}


class Figures(NamedTuple):
    """One phrase of a line, measured. Times in ms; errors are positive when late.

    natural: its length at speed 1. rate: natural length, cut silences aside, by played length; native is the part of it
    that the backend's own reading gives, stretch the part that stretching gives. borrowed: what it uses of the silence
    after its cue. cut: inner silence left out. jump: rate less the rate of the speaker's phrase before (0: the first).
    characters: how many fit into its own room, whatever its neighbours do: its cue, and what is free of the silence
    behind it; said: how many it has.
    """

    line: int
    phrase: int
    cue: int
    speaker: str
    window: Window
    natural: float
    start: float
    length: float
    rate: float
    native: float
    stretch: float
    borrowed: float
    cut: float
    start_error: float
    end_error: float
    jump: float
    said: int
    characters: int
    concessions: tuple[Concession, ...]


def figures(plan: Plan, takes: Sequence[Take], rules: Fitting) -> tuple[Figures, ...]:
    """Each placement's figures, in the plan's order."""
    by_line = {take.line.index: take for take in takes}
    room = _rooms(takes, rules) if takes else {}
    before: dict[str, float] = {}
    measured = []
    for placement in plan.placements:
        take = by_line[placement.line]
        rate = placement.rate * placement.native
        jump = rate - before.get(take.line.speaker, rate)
        before[take.line.speaker] = rate
        measured.append(_measure(placement, take, rate, jump, room[placement.line, placement.phrase], rules))
    return tuple(measured)


def _rooms(takes: Sequence[Take], rules: Fitting) -> dict[tuple[int, int], float]:
    """The room of each phrase (ms), by line and phrase."""
    from dubber.fitting import constraints

    rows = constraints.phrases(takes)
    found = constraints.rooms(rows, constraints.edges(rows), rules).tolist()
    places = zip(rows.take.tolist(), rows.phrase.tolist(), found, strict=True)
    return {(takes[take].line.index, phrase): room for take, phrase, room in places}


def _measure(placement: Placement, take: Take, rate: float, jump: float, room: float, rules: Fitting) -> Figures:
    phrase = take.line.phrases[placement.phrase]
    window = phrase.window
    over = placement.end - window.end
    natural, cut = take.natural[placement.phrase], sum(cut.length for cut in placement.cut)
    needed = natural - cut * placement.native
    return Figures(
        line=placement.line,
        phrase=placement.phrase,
        cue=phrase.cue,
        speaker=take.line.speaker,
        window=window,
        natural=natural,
        start=placement.start,
        length=placement.length,
        rate=rate,
        native=placement.native,
        stretch=placement.rate,
        borrowed=max(0.0, over),
        cut=cut,
        start_error=placement.start - window.start,
        end_error=over,
        jump=jump,
        said=len(phrase.text),
        characters=fitting_characters(phrase.text, needed, room, 1 + rules.rate_free),
        concessions=placement.concessions,
    )


def fitting_characters(text: str, natural: float, room: float, rate: float = 1.0) -> int:
    """How many characters of this text's kind fit into room (ms), read at rate: never more than it has."""
    if natural <= room * rate:
        return len(text)
    return int(len(text) * room * rate / natural)


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many values lie in [low, high)."""

    low: float
    high: float
    count: int


RATES = (0.0, 0.95, 1.0, 1.05, 1.1, 1.2, 1.3, 1.5, 2.0, float("inf"))
LATENESS = (-float("inf"), -1.0, 1.0, 50.0, 100.0, 200.0, 400.0, 1000.0, float("inf"))


def histogram(values: Sequence[float], edges: Sequence[float]) -> tuple[Bucket, ...]:
    """Counts between neighbouring edges; edges ascend; what is below the first is not counted."""
    from bisect import bisect_right

    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    return tuple(Bucket(*ends) for ends in zip(edges, edges[1:], counts[1:], strict=False))


@dataclass(frozen=True, slots=True)
class Limit:
    """The user's word on when a film is not good enough: a line whose figure `what` exceeds `most`."""

    what: str
    most: float

    def __str__(self) -> str:
        return f"{self.what}={self.most:g}{CHECKS[self.what][0]}"


def limits(text: str) -> tuple[Limit, ...]:
    """--fail-on's value, `rate=1.3,late=200ms`; raises InputError, with what would be right."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        what, _, value = (piece.strip() for piece in part.partition("="))
        if what not in CHECKS:
            raise InputError(f"{what!r} is not a figure", where="--fail-on", advice="known: " + ", ".join(CHECKS))
        found.append(Limit(what, _amount(what, value)))
    if not found:
        raise InputError("names no limit", where="--fail-on", advice="for example rate=1.3,late=200ms")
    return tuple(found)


def _amount(what: str, value: str) -> float:
    unit = CHECKS[what][0]
    scale = {"": 1.0, "ms": 1.0, "s": 1000.0} if unit else {"": 1.0}
    number = value.rstrip("ms") if unit else value
    try:
        amount = float(number) * scale[value[len(number) :]]
    except (ValueError, KeyError):
        amount = -1.0
    if not 0 <= amount < float("inf"):
        example = "200ms" if unit else "1.3"
        raise InputError(f"{what}={value!r} is no amount", where="--fail-on", advice=f"for example {what}={example}")
    return amount


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that the film exceeds: by which phrases, the worst first."""

    limit: Limit
    worst: float
    lines: tuple[Figures, ...]


def verdict(measured: Sequence[Figures], wanted: Sequence[Limit]) -> tuple[Exceeded, ...]:
    """The limits that are exceeded; none: the film passes."""
    found = []
    for limit in wanted:
        if limit.what == "unfit":
            unfit = [one for one in measured if any(c.kind == "unfit" for c in one.concessions)]
            if len(unfit) > limit.most:
                found.append(Exceeded(limit, float(len(unfit)), tuple(unfit)))
            continue
        over = [(value, one) for one in measured if (value := _value(one, limit.what)) > limit.most + 1e-9]
        if over:
            over.sort(key=lambda pair: -pair[0])
            found.append(Exceeded(limit, over[0][0], tuple(one for _, one in over)))
    return tuple(found)


def _value(one: Figures, what: str) -> float:
    return {
        "rate": one.rate,
        "late": one.start_error,
        "early": -one.start_error,
        "overrun": one.end_error,
        "jump": abs(one.jump),
    }[what]
