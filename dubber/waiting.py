"""Lines that wait for a seat, by voice: those of one voice stay together, those of an earlier film go first."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

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


class Seat(Protocol):
    """As much of a seat as a line's place in the queue depends on."""

    server: Any
    voice: Voice | None
    work: Work | None


class Queue:
    """Lines that wait, by voice."""

    def __init__(self) -> None:
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

    def pick(self, seat: Seat, others: Sequence[Seat], choosy: bool) -> Work | None:
        """Of the first film first; of the seat's own voice, then of its server's other seats', then of the voice with
        most lines for each seat that speaks it. choosy: pass over what this server has failed already."""
        for voice in sorted(self._voices, key=lambda voice: self._rank(voice, seat, others)):
            for work in self._voices[voice]:
                if not (choosy and seat.server.address in work.avoid):
                    self._voices[voice].remove(work)
                    if not self._voices[voice]:
                        del self._voices[voice]
                    return work
        return None

    def _rank(self, voice: Voice, seat: Seat, others: Sequence[Seat]) -> tuple[int, bool, bool, float]:
        near = any(other.server is seat.server and other.work and other.voice == voice for other in others)
        speaking = sum(other.voice == voice and other.work is not None for other in others)
        turn = self._voices[voice][0].turn
        return turn, voice != seat.voice, not near, -len(self._voices[voice]) / (1 + speaking)

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
