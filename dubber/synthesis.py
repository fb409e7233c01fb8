"""Lines to takes: from the store first, then from the backends' servers, each kept busy and none trusted.

One thread decides everything here: which line goes to which seat (a server's slot, or a worker process), what a
failure means, who rests. Workers only speak (booth.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from dubber import booth, parallel
from dubber.backends import find
from dubber.errors import InputError
from dubber.model import Event, Line, Span, Take
from dubber.pace import Pace
from dubber.pool import PRELOAD, Pool, Synthesis
from dubber.store import Store
from dubber.waiting import Work

__all__ = ["PRELOAD", "Failure", "Opener", "Pool", "Synthesis", "cue_numbers", "foreseen", "redone", "synthesize"]

AT_ONCE = 50  # stored takes that a thread looks at before it tells


class Speaking(Protocol):
    """Who speaks works: a pool, or a film's share in one. A context manager; leaving it ends what is under way."""

    def speak(self, works: Iterable[Work]) -> Iterator[tuple[Work, Take | str]]: ...
    def __enter__(self) -> Speaking: ...
    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...


Opener = Callable[[Mapping[str, Mapping[str, Any]], Store, Synthesis, Callable[[str], None]], Speaking]


@dataclass(frozen=True, slots=True)
class Failure:
    """A line that nobody could speak, and why, in one sentence."""

    line: Line
    reason: str


@dataclass
class _Progress:
    total: int
    tell: Callable[[Event], None]
    done: int = field(default=0)

    def step(self, line: Line, origin: str) -> None:
        self.done += 1
        self.tell(Event("step", "synthesis", "", self.done, self.total, {"line": line.index, "origin": origin}))

    def warn(self, message: str) -> None:
        self.tell(Event("warning", "synthesis", message, self.done, self.total))


def synthesize(
    lines: Iterable[Line],
    options: Mapping[str, Mapping[str, Any]],
    store: Store,
    settings: Synthesis | None = None,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    pool: Opener = Pool,
) -> Iterator[Take | Failure]:
    """A Take or a Failure for each line, as they come: stored ones first, in order, no backend opened for them.

    options: the backends' constructor keywords by name. pool: opens who speaks the lines; several films can share one.
    Raises ToolError when the store cannot be written,
    BackendUnavailable when every server of a backend says that waiting does not help (a wrong key). Closing the
    iterator ends all work within a second; what is finished is kept.
    """
    settings, every = settings or Synthesis(), tuple(lines)
    progress, waiting = _Progress(len(every), on_event), dict[str, Work]()
    on_event(Event("stage", "synthesis", total=len(every)))
    keys = [store.key(line, find(line.voice.backend)) for line in every]
    known = _known(keys, store)
    for line, key in zip(every, keys, strict=True):
        facts = known.get(key)
        if facts is None:
            waiting.setdefault(key, Work(line, key)).lines.append(line)
            continue
        progress.step(line, "stored")
        yield booth.take(line, key, facts, "stored")
    if waiting:
        yield from _spoken(list(waiting.values()), pool(options, store, settings, progress.warn), progress)


def _known(keys: Sequence[str], store: Store) -> dict[str, dict[str, Any]]:
    """What the store holds of these takes. Reading and checking them is the disk's work and a checksum's: threads."""
    parts = [keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE)]
    found: dict[str, dict[str, Any]] = {}
    with parallel.open_executor("threads", min(2, len(parts))) as executor:
        for _, some in parallel.each(executor, partial(_facts, store), parts, ahead=2):
            if isinstance(some, Exception):
                raise some
            found |= some
    return found


def _facts(store: Store, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {key: facts for key in keys if (facts := store.facts(key))}


def _spoken(works: list[Work], pool: Speaking, progress: _Progress) -> Iterator[Take | Failure]:
    with pool:
        for work, outcome in pool.speak(works):
            for number, line in enumerate(work.lines):
                if isinstance(outcome, Take):
                    origin = "stored" if number else outcome.origin
                    progress.step(line, origin)
                    yield replace(outcome, line=line, origin=origin)
                else:
                    progress.step(line, "failed")
                    progress.warn(f"cue {line.phrases[0].cue}: {_lacking(line)}: {outcome}")
                    yield Failure(line, outcome)


def _lacking(line: Line) -> str:
    """What the film lacks without this line: words, or only a faster reading of words that it has."""
    if line.speed == 1.0:
        return "not spoken"
    return f"not read {line.speed:.2f} times as fast, its usual reading is played faster instead"


def foreseen(lines: Iterable[Line], store: Store) -> Iterator[Take]:
    """What synthesis would give, asking nobody: stored takes as they are, the others estimated (origin "estimated")."""
    pace = Pace(store)
    for line in lines:
        key = store.key(line, find(line.voice.backend))
        facts = store.glance(key)
        yield booth.take(line, key, facts, "stored") if facts else _imagined(line, key, pace)


def _imagined(line: Line, key: str, pace: Pace) -> Take:
    parts = [replace(line, phrases=(phrase,)) for phrase in line.phrases] if len(line.phrases) > 1 else [line]
    lengths = [pace.estimate(part) for part in parts]
    starts = [sum(lengths[:place]) for place in range(len(lengths))]
    spans = tuple(Span(start, start + length) for start, length in zip(starts, lengths, strict=True))
    return Take(line, key, 0, spans, tuple(length * line.speed for length in lengths), origin="estimated")


def redone(lines: Iterable[Line], cues: frozenset[int], store: Store) -> Iterator[Line]:
    """Each line with the number of its newest take; those that speak one of the cues with the next number.

    Raises InputError when a cue is in no line.
    """
    missing, ever = set(cues), store.renewed()
    for line in lines:
        current = store.current(line, find(line.voice.backend)) if ever else 0
        spoken = {phrase.cue for phrase in line.phrases}
        missing -= spoken
        number = current + 1 if spoken & cues else current
        yield line if number == line.redo else replace(line, redo=number)
    if missing:
        raise InputError("no line speaks cue " + ", ".join(map(str, sorted(missing))), where="--redo")


def cue_numbers(text: str) -> frozenset[int]:
    """The cues of "12,40-44". Raises InputError."""
    found: set[int] = set()
    for part in filter(None, text.replace(" ", "").split(",")):
        first, dash, last = part.partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)) or int(last or first) < int(first):
            raise InputError(f"{part!r} is no cue number or range", where="--redo", advice="like 12,40-44")
        if int(last or first) - int(first) > 100_000:
            raise InputError(f"{part!r} is too wide", where="--redo")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
