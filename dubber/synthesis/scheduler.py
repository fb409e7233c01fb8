"""Lines that wait for a server, by voice: those of one voice stay together, those of an earlier film go first."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Protocol

from dubber.model import Line, Voice


@dataclass(eq=False)
class Work:
    """One take to be made, and the lines that are to have it (the same words, voice and settings)."""

    line: Line
    key: str
    lines: list[Line] = field(default_factory=list)
    tries: int = 0
    crashed: bool = False
    avoid: set[str] = field(default_factory=set)  # servers that failed it
    turn: int = 0  # its film's place among films that share the servers
    speakers: frozenset[str] = frozenset()  # what may speak it (Backend.identity); empty: anything


class Server(Protocol):
    """As much of a server as a line's place in the queue depends on. voice: of the last line that it was given."""

    address: str
    voice: Voice | None

    @property
    def busy(self) -> int: ...


Loads = Callable[[Voice], tuple[Hashable, ...]]
Steps = tuple[Hashable, ...]


class Queue:
    """Lines that wait, by voice. loads: what a server must load before it speaks with a voice (Backend.loads)."""

    def __init__(self, loads: Loads = lambda voice: ()) -> None:
        self._loads, self._steps = cache(loads), cache(self._held)
        self._voices: dict[Voice, deque[Work]] = {}
        self._later: list[tuple[float, int, Work]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._later) + sum(map(len, self._voices.values()))

    def add(self, work: Work, at: float = 0.0) -> None:
        if at:
            heapq.heappush(self._later, (at, next(self._order), work))
        else:
            self._voices.setdefault(work.line.voice, deque()).append(work)

    def wake(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            self.add(heapq.heappop(self._later)[2])

    def next_wake(self) -> float:
        return self._later[0][0] if self._later else float("inf")

    def pick(self, server: Server, servers: Iterable[Server], elsewhere: Set[str] = frozenset()) -> Work | None:
        """The next line for a server: of the first film first; then of the voice for which it loads least; then of
        what most lines wait for, for each server that has it. elsewhere: other servers that could be asked; a line that
        this server has failed already is left to one that has not.

        A server changes what it has loaded for all its slots together: while one of them speaks, there is no line
        that needs something else loaded.
        """
        for voice in self._ranked(server, servers):
            if server.busy and server.voice and self._loads(voice) != self._loads(server.voice):
                continue
            for work in self._voices[voice]:
                if server.address not in work.avoid or elsewhere <= work.avoid:
                    self._take(voice, work)
                    return work
        return None

    def _take(self, voice: Voice, work: Work) -> None:
        self._voices[voice].remove(work)
        if not self._voices[voice]:
            del self._voices[voice]

    def _ranked(self, server: Server, servers: Iterable[Server]) -> Iterator[Voice]:
        own = self._voices.get(server.voice) if server.voice else None
        if server.voice and own and own[0].turn == min(works[0].turn for works in self._voices.values()):
            yield server.voice  # the first in any order, and nearly always the one
        yield from self._ordered(server, servers)

    def _ordered(self, server: Server, servers: Iterable[Server]) -> list[Voice]:
        mine: Steps = self._steps(server.voice)
        waiting = Counter[Hashable]()
        speaking = Counter(step for other in servers if other.busy for step in self._steps(other.voice))
        for voice, works in self._voices.items():
            waiting.update(dict.fromkeys(self._steps(voice), len(works)))

        def rank(voice: Voice) -> tuple[int, list[tuple[bool, float]]]:
            steps = [(step not in mine, -waiting[step] / (1 + speaking[step])) for step in self._steps(voice)]
            return self._voices[voice][0].turn, steps

        return sorted(self._voices, key=rank)

    def _held(self, voice: Voice | None) -> Steps:
        """What a server holds when it speaks with a voice, widest first: weights, a reference with them, it."""
        if voice is None:
            return ()
        loads = self._loads(voice)
        return (*(loads[: place + 1] for place in range(len(loads))), voice)

    def clear(self) -> list[Work]:
        gone = [work for works in self._voices.values() for work in works] + [work for _, _, work in self._later]
        self._voices.clear()
        self._later.clear()
        return gone

    def withdraw(self, unwanted: Callable[[Work], bool]) -> None:
        """Forget lines that nobody waits for any more."""
        for voice, works in list(self._voices.items()):
            self._voices[voice] = deque(work for work in works if not unwanted(work))
            if not self._voices[voice]:
                del self._voices[voice]
        self._later = [entry for entry in self._later if not unwanted(entry[2])]
        heapq.heapify(self._later)
