"""A farm as a network of queues, event by event (simpy): films, voice servers, the store, the shared disk, workers.

A worker has one film at a time: it reads it, has its lines spoken, mixes and encodes, writes the film. Each film keeps
in_flight lines at every voice server; a server speaks one line after the other, whoever asks. The disk gives its
bandwidth to one block after the other, so that all get a like share. A store takes so many takes a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import simpy

BLOCK = 64e6  # bytes that the disk moves before it looks at the next who waits
ROUNDS = 4  # parts of a film's lines for each seat, at the least; parts of several lines are fewer events
PARTS = 200  # of a film's lines, at the least
DAY = 86_400.0


@dataclass(frozen=True)
class Film:
    """What one film costs. lines; line: seconds of a server each; save: seconds of the store each; begin: seconds
    before the first line; cpu: seconds of mixing and encoding, of which a worker's cores share; read, written: bytes
    from and to the shared disk."""

    lines: int
    line: float
    save: float = 0.0
    begin: float = 0.0
    cpu: float = 0.0
    read: float = 0.0
    written: float = 0.0


@dataclass(frozen=True)
class Farm:
    """What there is. cores: for each worker. disk: bytes a second. savers: takes that the store writes at once."""

    servers: int
    workers: int
    in_flight: int = 2
    cores: float = 1.0
    disk: float = float("inf")
    savers: int = 1


@dataclass
class Outcome:
    """ended: when each film was done (s), in order. busy: seconds of work done by all servers, by the store, by the
    disk. wait: the longest that a line waited at a server (s)."""

    ended: list[float] = field(default_factory=list)
    spoken: int = 0
    moved: float = 0.0
    speaking: float = 0.0
    saving: float = 0.0
    wait: float = 0.0

    @property
    def seconds(self) -> float:
        return max(self.ended, default=0.0)

    @property
    def per_day(self) -> float:
        """Films a day once it runs, without its beginning and its end: the middle half of the films."""
        first, last = len(self.ended) // 4, 3 * len(self.ended) // 4
        return DAY * (last - first) / (self.ended[last] - self.ended[first])


def bounds(film: Film, farm: Farm) -> dict[str, float]:
    """The most films a day that each part allows, whatever the others do."""
    seats = min(film.lines, farm.servers * farm.in_flight)
    speaking = film.lines * max(film.line / min(film.lines, farm.servers), (film.line + film.save) / seats)
    alone = film.begin + speaking + film.cpu / farm.cores + (film.read + film.written) / farm.disk
    costs = {
        "servers": film.lines * film.line / farm.servers,
        "store": film.lines * film.save / farm.savers,
        "disk": (film.read + film.written) / farm.disk,
        "workers": alone / farm.workers,
    }
    return {name: DAY / cost if cost else float("inf") for name, cost in costs.items()}


def simulate(film: Film, farm: Farm, films: int, sizes: Sequence[float] = (1.0,)) -> Outcome:
    """So many films that all lie there at the beginning. sizes: how large they are, in turn: films of one size go in
    step, all of them speak and then all of them mix."""
    run = _Run([_sized(film, sizes[place % len(sizes)]) for place in range(films)], farm)
    for _ in range(farm.workers):
        run.world.process(run.worker())
    run.world.run()
    return run.outcome


def _sized(film: Film, size: float) -> Film:
    return replace(
        film, lines=round(size * film.lines), cpu=size * film.cpu, read=size * film.read, written=size * film.written
    )


class _Run:
    def __init__(self, films: Sequence[Film], farm: Farm) -> None:
        self.films, self.farm, self.outcome = iter(films), farm, Outcome()
        self.world = simpy.Environment()
        self.servers = [simpy.Resource(self.world) for _ in range(farm.servers)]
        self.store, self.disk = simpy.Resource(self.world, farm.savers), simpy.Resource(self.world)

    def worker(self) -> Iterator[Any]:
        for film in self.films:
            yield self.world.timeout(film.begin)
            yield from self.move(film.read)
            yield self.world.all_of(self.speakers(film))
            yield self.world.timeout(film.cpu / self.farm.cores)
            yield from self.move(film.written)
            self.outcome.ended.append(self.world.now)

    def speakers(self, film: Film) -> list[Any]:
        """The film's seats: in_flight at each server, all of which take from the same lines."""
        seats = [server for server in self.servers for _ in range(self.farm.in_flight)]
        size = max(1, film.lines // max(PARTS, ROUNDS * len(seats)))
        chunks = [min(size, film.lines - at) for at in range(0, film.lines, size)]
        return [self.world.process(self.seat(film, server, chunks)) for server in seats]

    def seat(self, film: Film, server: Any, chunks: list[int]) -> Iterator[Any]:
        while chunks:
            lines = chunks.pop()
            asked = self.world.now
            with server.request() as turn:
                yield turn
                self.outcome.wait = max(self.outcome.wait, self.world.now - asked)
                yield self.world.timeout(lines * film.line)
            with self.store.request() as turn:
                yield turn
                yield self.world.timeout(lines * film.save)
            self.outcome.spoken += lines
            self.outcome.speaking += lines * film.line
            self.outcome.saving += lines * film.save

    def move(self, size: float) -> Iterator[Any]:
        """Bytes from or to the shared disk."""
        left = size
        while left > 0:
            with self.disk.request() as turn:
                yield turn
                yield self.world.timeout(min(left, BLOCK) / self.farm.disk)
            left -= BLOCK
        self.outcome.moved += size
