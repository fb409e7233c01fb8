"""The seats at which lines are spoken: a slot of a server, or a worker process. Who sits where, who rests, who retries.

Lines of one voice stay together, so that weights and references are switched least (waiting.py). A server that fails
often enough in a row rests and is then tried with one line (Nygard, "Release It!", circuit breaker); the others take
its lines.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from dubber import parallel
from dubber.backends import find
from dubber.backends.base import Backend
from dubber.booth import Booth, Task, perform
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.model import Event, Take, Voice
from dubber.pace import Pace
from dubber.settings import schema
from dubber.store import Store
from dubber.tables import Synthesis
from dubber.waiting import Queue, Work

Outcome = Take | str | BaseException  # spoken, why not, or what ends the whole job

LONGEST_REST = 60.0  # s
FARM_SEATS = 32  # lines under way on a Dask farm
LEARN_EVERY = 50  # takes after which what was learned of the pace is kept
PRELOAD = (  # what the workers of all stages need: the first executor decides for all, and a second is saved in each
    "dubber.booth", "dubber.backends.espeak", "dubber.backends.tone", "dubber.mixing", "dubber.encoding",
)  # fmt: skip
STOPPING = 2.0  # s that servers are given to hear that the user pressed Ctrl-C; one that answers needs 0.1
SHORT = 0.05  # s; the least that is slept, so that a rest of 0 does not spin


@dataclass(eq=False)
class Server:
    """One address of a backend, or this machine ("")."""

    address: str
    failures: int = 0
    rest: float = 0.0  # s that its last rest took; 0: it is well
    until: float = 0.0  # monotonic time at which it may be asked again
    lost: BackendError | None = None  # waiting does not help
    proven: bool = True  # it has answered a line; until then a wrong key costs one request, not one a slot
    busy: int = 0  # lines under way
    voice: Voice | None = None  # of the last line that it was given

    def ready(self, now: float) -> bool:
        """May it be asked? With one line first, after a rest and where each request may cost money."""
        alone = self.rest or not self.proven
        return self.lost is None and now >= self.until and not (alone and self.busy)

    def well(self) -> None:
        self.failures, self.rest, self.until = 0, 0.0, 0.0


@dataclass(eq=False)
class Seat:
    """Where one line is spoken at a time. booth: its open backend (threads), or None (processes open their own)."""

    server: Server
    options: Mapping[str, Any]
    booth: Booth | None
    work: Work | None = None
    began: float = 0.0
    executor: parallel.Executor | None = None  # that runs its line


class Troupe:
    """A backend with its servers, seats and waiting lines."""

    def __init__(self, backend: type[Backend], options: Mapping[str, Any], settings: Synthesis) -> None:
        self.backend, self.options, self.queue = backend, options, Queue(backend.loads)
        self.local = backend.runs == "process"
        self.down_since: float | None = None
        self.complaint: BackendError | None = None
        self.seats = list(self._locally(settings) if self.local else self._at_servers())
        self.servers = list({id(seat.server): seat.server for seat in self.seats}.values())

    def _locally(self, settings: Synthesis) -> Iterator[Seat]:
        server = Server("")
        seats = FARM_SEATS if settings.farm else 2 * (settings.workers or parallel.cores())  # one speaks, one is ready
        for _ in range(seats):
            yield Seat(server, self.options, None)

    def _at_servers(self) -> Iterator[Seat]:
        fields = schema(self.backend)
        usual = {key: field.default for key, field in fields.items() if key in ("servers", "in_flight")}
        chosen = {**usual, **self.options}
        for address in chosen.get("servers") or ("",):
            server = Server(str(address), proven=not self.backend.key_name)
            one = {**self.options, "servers": (address,)} if address else self.options
            for _ in range(int(chosen.get("in_flight") or 1)):
                yield Seat(server, one, Booth(self.backend.name, one))

    def note_health(self, now: float) -> None:
        """Since when has every server been resting?"""
        if any(not server.rest and server.lost is None for server in self.servers):
            self.down_since = None
        elif self.down_since is None:
            self.down_since = now


class Pool:
    """Speaks works until each has a take or a reason. A context manager: leaving it ends everything that runs."""

    def __init__(
        self, options: Mapping[str, Mapping[str, Any]], store: Store, settings: Synthesis, warn: Callable[[str], None]
    ) -> None:
        self._options, self._store, self._settings, self._warn = options, store, settings, warn
        self._pace, self._learned = Pace(store), 0
        self._troupes: dict[str, Troupe] = {}
        self._running: dict[parallel.Future[Take], tuple[Troupe, Seat]] = {}
        self._executors: dict[str, tuple[parallel.Executor, ExitStack]] = {}

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        booths = [seat.booth for troupe in self._troupes.values() for seat in troupe.seats if seat.booth]
        if self._running:
            _at_once([booth.stop for booth in booths], seconds=STOPPING)
        for executor, stack in self._executors.values():
            if kind is not None:
                self._end(executor)
            stack.close()
        _at_once([booth.close for booth in booths], seconds=0.3 if kind else 5.0)
        if self._learned:
            self._pace.save()

    def speak(self, works: Iterable[Work]) -> Iterator[tuple[Work, Take | str]]:
        """(work, its take or why there is none), as they come."""
        for work in works:
            self.add(work)
        while self.busy:
            for work, outcome in self.turn():
                if isinstance(outcome, BaseException):
                    raise outcome
                yield work, outcome

    def add(self, work: Work) -> None:
        self._troupe(work).queue.add(work)

    @property
    def busy(self) -> bool:
        return bool(self._running) or any(len(troupe.queue) for troupe in self._troupes.values())

    def turn(self, bell: parallel.Future[None] | None = None) -> Iterator[tuple[Work, Outcome]]:
        """Seat who can be seated, wait for something to happen (or for the bell), and give what came of it.

        An exception as the outcome is none of the line's own: the store is full, every server is lost.
        """
        self._seat_all(monotonic())
        for future in self._wait(bell):
            yield from self._came(future)
        yield from self._gave_up(monotonic())

    def withdraw(self, unwanted: Callable[[Work], bool]) -> None:
        """Lines that wait and that nobody wants any more are not spoken."""
        for troupe in self._troupes.values():
            troupe.queue.withdraw(unwanted)

    def _troupe(self, work: Work) -> Troupe:
        name = work.line.voice.backend
        if name not in self._troupes:
            self._troupes[name] = Troupe(find(name), self._options.get(name, {}), self._settings)
        return self._troupes[name]

    # who sits where

    def _seat_all(self, now: float) -> None:
        for troupe in self._troupes.values():
            troupe.queue.wake(now)
            for seat in troupe.seats:
                if seat.work is None and seat.server.ready(now):
                    self._seat(troupe, seat, now)

    def _seat(self, troupe: Troupe, seat: Seat, now: float) -> None:
        if troupe.local and any(other.work and other.work.crashed for other in troupe.seats):
            return  # a line that ended its process once is alone when it is tried again
        elsewhere = {server.address for server in troupe.servers if server is not seat.server and server.ready(now)}
        work = troupe.queue.pick(seat.server, troupe.servers, elsewhere)
        if work is None:
            return
        if work.crashed and any(other.work for other in troupe.seats):
            troupe.queue.add(work)
            return
        expected = self._pace.expected(work.line)
        task = Task(
            work.line, work.key, self._store.root, seat.options, work.tries,
            expected if expected and expected.known else None, frozenset() if troupe.local else work.speakers,
            last=work.tries + 1 >= self._settings.tries,
        )  # fmt: skip
        seat.work, seat.began = work, now
        seat.server.busy, seat.server.voice = seat.server.busy + 1, work.line.voice
        self._running[self._submit(seat, task)] = troupe, seat

    def _submit(self, seat: Seat, task: Task) -> parallel.Future[Take]:
        if seat.booth:
            return self._executor("threads").submit(seat.booth.perform, task)
        kind: parallel.Kind = "dask" if self._settings.farm else "processes"
        seat.executor = self._executor(kind)
        try:
            return seat.executor.submit(perform, task)
        except parallel.BrokenExecutor:  # a process died since; its lines have not been told yet
            self._discard(seat.executor)
            seat.executor = self._executor(kind)
            return seat.executor.submit(perform, task)

    def _discard(self, broken: parallel.Executor | None) -> None:
        """End an executor whose process died, unless that was done already and another took its place."""
        for kind, (executor, stack) in list(self._executors.items()):
            if executor is broken:
                del self._executors[kind]
                self._end(executor)
                stack.close()

    def _end(self, executor: parallel.Executor) -> None:
        """With its processes, and with what they leave half-written."""
        under_way = [seat.work.key for _, seat in self._running.values() if seat.work]
        self._store.abandon(under_way, parallel.abandon(executor))

    def _executor(self, kind: parallel.Kind) -> parallel.Executor:
        if kind not in self._executors:
            stack = ExitStack()
            workers = 1_000_000 if kind == "threads" else self._settings.workers
            opened = parallel.open_executor(kind, workers, farm=self._terms(), preload=PRELOAD)
            self._executors[kind] = stack.enter_context(opened), stack
        return self._executors[kind][0]

    def _terms(self) -> parallel.Terms:
        """Lines on a farm: a worker that says nothing for as long as a line may take is given up."""

        def tell(_: object, event: Event) -> None:
            if event.kind == "warning":
                self._warn(event.message)

        return parallel.Terms(self._settings.farm, stuck=self._settings.timeout, needs=(self._store.root,), tell=tell)

    # what becomes of it

    def _wait(self, bell: parallel.Future[None] | None) -> set[parallel.Future[Take]]:
        seconds = max(0.0, self._next_change() - monotonic())
        waited: list[parallel.Future[Any]] = [*self._running, *([bell] if bell else [])]
        if waited:
            return parallel.first(waited, seconds if seconds < 1e6 else None) - {bell}
        sleep(min(max(seconds, SHORT), 1.0))
        return set()

    def _next_change(self) -> float:
        """When something is due though no line comes back: a wait ends, a server has rested, a line is overdue."""
        times = [seat.began + self._settings.timeout for _, seat in self._running.values() if seat.booth]
        for troupe in self._troupes.values():
            if len(troupe.queue):
                times += [troupe.queue.next_wake(), *(server.until for server in troupe.servers if server.rest)]
                times += [troupe.down_since + self._settings.patience] if troupe.down_since is not None else []
        now = monotonic()
        return min((max(time, now + SHORT) for time in times), default=float("inf"))

    def _came(self, future: parallel.Future[Take]) -> Iterator[tuple[Work, Outcome]]:
        troupe, seat, work = self._free(future)
        error = future.exception()
        seat.server.proven |= not isinstance(error, BackendUnavailable)
        if error is None:
            seat.server.well()
            yield work, self._learn(future.result())
        elif isinstance(error, parallel.BrokenExecutor):
            yield from self._crashed(troupe, seat, work)
        elif isinstance(error, BackendUnavailable):
            yield from self._unavailable(troupe, seat, work, error)
        elif isinstance(error, BackendError):
            yield from self._failed(troupe, seat, work, error)
        elif isinstance(error, InputError):
            yield work, str(error)
        else:
            yield work, error
        troupe.note_health(monotonic())

    def _free(self, future: parallel.Future[Take]) -> tuple[Troupe, Seat, Work]:
        troupe, seat = self._running.pop(future)
        work, seat.work = seat.work, None
        seat.server.busy -= 1
        assert work is not None
        return troupe, seat, work

    def _learn(self, take: Take) -> Take:
        self._pace.learn(take.line, sum(span.length for span in take.spans))
        self._learned += 1
        if self._learned % LEARN_EVERY == 0:
            self._pace.save()
        return take

    def _failed(self, troupe: Troupe, seat: Seat, work: Work, error: BackendError) -> Iterator[tuple[Work, Outcome]]:
        """This line failed here: again after a while, elsewhere if there is an elsewhere."""
        now, server = monotonic(), seat.server
        asked_to_wait = 0.0 if troupe.local else error.retry_after or 0.0
        if asked_to_wait > self._settings.patience:  # nothing is wrong with the line
            troupe.queue.add(work)
            self._rest(troupe, server, error, now)
            return
        work.tries += 1
        server.until = max(server.until, now + asked_to_wait)
        self._blame(troupe, server, work, error, now)
        if work.tries >= self._settings.tries:
            yield work, str(error)
        else:
            wait = self._settings.backoff * 2.0 ** (work.tries - 1)
            troupe.queue.add(work, now + max(wait, 0.0 if len(troupe.servers) > 1 else asked_to_wait))

    def _blame(self, troupe: Troupe, server: Server, work: Work, error: BackendError, now: float) -> None:
        """Where the line is tried next, and whether its server rests."""
        if error.line_only:
            work.avoid |= {other.address for other in troupe.servers if other is not server}
            return
        server.failures += 1
        work.avoid.add(server.address)
        if not troupe.local and (server.rest or server.failures >= self._settings.failures):
            self._rest(troupe, server, error, now)

    def _unavailable(
        self, troupe: Troupe, seat: Seat, work: Work, error: BackendUnavailable
    ) -> Iterator[tuple[Work, Outcome]]:
        """The server cannot be asked: the line has not been tried."""
        troupe.complaint = error
        troupe.queue.add(work)
        if error.lasting or troupe.local:
            seat.server.lost = error
            self._warn(f"{seat.server.address or troupe.backend.name} is not asked any more: {error}")
            yield from self._all_lost(troupe)
        else:
            self._rest(troupe, seat.server, error, monotonic())

    def _all_lost(self, troupe: Troupe) -> Iterator[tuple[Work, Outcome]]:
        """Waiting does not help: none of these lines will ever be spoken."""
        lost = [server.lost for server in troupe.servers if server.lost]
        if len(lost) == len(troupe.servers):
            yield from ((work, lost[-1]) for work in troupe.queue.clear())

    def _rest(self, troupe: Troupe, server: Server, error: BackendError, now: float) -> None:
        if now < server.until and server.rest:
            return  # its other seats said the same
        server.rest = min(LONGEST_REST, 2 * server.rest) if server.rest else self._settings.rest
        server.until = max(server.until, now + max(server.rest, error.retry_after or 0.0))
        troupe.complaint = error
        self._warn(f"{server.address or troupe.backend.name} rests for {server.until - now:.0f} s: {error}")

    def _crashed(self, troupe: Troupe, seat: Seat, work: Work) -> Iterator[tuple[Work, Outcome]]:
        """A worker process died. Whose line it was is not told, so each of them is tried again, alone."""
        self._discard(seat.executor)
        work.crashed = True
        work.tries += 1
        if work.tries >= self._settings.tries:
            yield work, f"{troupe.backend.name} ends the whole process with this line"
        else:
            troupe.queue.add(work)

    def _gave_up(self, now: float) -> Iterator[tuple[Work, Outcome]]:
        """Lines that take too long, and lines for whom no server came back in time."""
        for future, (troupe, seat) in list(self._running.items()):
            if seat.booth and now >= seat.began + self._settings.timeout:
                _, _, work = self._free(future)
                _at_once([seat.booth.stop], seconds=0.5)
                seat.booth = Booth(troupe.backend.name, seat.options)
                yield from self._failed(troupe, seat, work, BackendError(f"no answer in {self._settings.timeout:g} s"))
                troupe.note_health(now)
        for troupe in self._troupes.values():
            yield from self._all_lost(troupe)
            if troupe.down_since is not None and now >= troupe.down_since + self._settings.patience:
                if any(seat.work for seat in troupe.seats):
                    continue  # one is being tried right now
                for work in troupe.queue.clear():
                    yield work, f"no server came back within {self._settings.patience:g} s: {troupe.complaint}"


def _at_once(calls: Iterable[Callable[[], None]], *, seconds: float) -> None:
    """Make all calls side by side and go on after some seconds, whether they are back or not."""
    threads = [threading.Thread(target=call, daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    end = monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - monotonic()))
