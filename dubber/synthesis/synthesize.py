"""Lines to takes: from the store first, then from the backends' servers, each kept busy and none trusted.

One thread decides everything here: which line goes to which slot (of a server, or a worker process), what a
failure means, who rests. Workers only speak (worker.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from sys import intern
from typing import Any, Protocol

from dubber.backends import find
from dubber.files.store import Store
from dubber.model import Event, Line, Take
from dubber.synthesis import take_key
from dubber.synthesis.identity import Identities
from dubber.synthesis.pool import PRELOAD, Pool
from dubber.synthesis.scheduler import Work
from dubber.synthesis.settings import Synthesis
from dubber.timecode import cue_at
from dubber.workers import executors

__all__ = ["PRELOAD", "Failure", "Opener", "Pool", "synthesize"]

READERS = 2  # threads that look at stored takes
AT_ONCE = 50  # of them, before a thread tells


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
        self.tell(Event("step", "synthesis", "", self.done, self.total, {**line.place, "origin": origin}))

    def warn(self, message: str) -> None:
        self.tell(Event("warning", "synthesis", message, self.done, self.total))

    def lost(self, line: Line, reason: str) -> None:
        """Nobody could speak a line: words that the film lacks, or only a faster reading of words that it has."""
        place, facts = cue_at(line.place["cue"], line.place["at"]), {**line.place, "text": line.text, "reason": reason}
        if line.speed == line.usual:
            self.tell(Event("failed", "synthesis", f"{place}: not spoken: {reason}", self.done, self.total, facts))
            return
        lacking = f"not read {line.speed / line.usual:.2f} times as fast, its usual reading is played faster instead"
        self.tell(Event("warning", "synthesis", f"{place}: {lacking}: {reason}", self.done, self.total, facts))


def synthesize(
    lines: Iterable[Line],
    options: Mapping[str, Mapping[str, Any]],
    store: Store,
    settings: Synthesis | None = None,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    pool: Opener = Pool,
    identities: Identities | None = None,
) -> Iterator[Take | Failure]:
    """A Take or a Failure for each line, as they come: stored ones first, in order, no backend opened for them.

    options: the backends' constructor keywords by name. pool: opens who speaks the lines; several films can share one.
    identities: what speaks now, which decides which stored takes are good (None: all are).
    Raises ToolError when the store cannot be written, BackendUnavailable when every server of a backend says that
    waiting does not help (a wrong key). Closing the iterator ends all work within a second; what is finished is kept.
    """
    settings, every, identities = settings or Synthesis(), tuple(lines), identities or Identities()
    progress, waiting = _Progress(len(every), on_event), dict[str, Work]()
    on_event(Event("stage", "synthesis", total=len(every)))
    keys = [identities.stored(line, store) for line in every]
    for line, key, facts in zip(every, keys, _known(keys, store), strict=True):
        if key is None or facts is None:
            asked = take_key.asked(line, find(line.voice.backend))
            work = Work(line, asked, speakers=identities.speakers(line.voice))
            waiting.setdefault(asked, work).lines.append(line)
            continue
        progress.step(line, "stored")
        yield Take.known(line, key, facts, "stored")
    if waiting:
        yield from _spoken(list(waiting.values()), pool(options, store, settings, progress.warn), progress)


def _known(keys: Sequence[str | None], store: Store) -> Iterator[dict[str, Any] | None]:
    """What the store holds of each of these takes, in order; never of many at once. Reading and checking them is the
    disk's work and a checksum's: threads."""
    parts = (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE))
    with executors.open_executor("threads", READERS) as executor:
        for some in executors.in_order(executor, partial(_facts, store), parts, ahead=READERS + 1):
            yield from some


def _facts(store: Store, keys: Sequence[str | None]) -> list[dict[str, Any] | None]:
    return [store.facts(key) if key else None for key in keys]


def _spoken(works: list[Work], pool: Speaking, progress: _Progress) -> Iterator[Take | Failure]:
    with pool:
        for work, outcome in pool.speak(works):
            for number, line in enumerate(work.lines):
                if isinstance(outcome, Take):
                    origin = "stored" if number else intern(outcome.origin)
                    progress.step(line, origin)
                    yield replace(outcome, line=line, by=intern(outcome.by), origin=origin)  # ours, not a copy
                else:
                    progress.step(line, "failed")
                    progress.lost(line, outcome)
                    yield Failure(line, outcome)
