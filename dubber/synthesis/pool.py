"""Where lines are spoken: slots of servers, or worker processes. Which line goes where, who rests, who retries.

Lines of one voice stay together, so that weights and references are switched least (waiting.py). A server that fails
often enough in a row rests and is then tried with one line (Nygard, "Release It!", circuit breaker); the others take
its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from time import monotonic, sleep
from typing import Any

from dubber.backends import find
from dubber.background import background, wait
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.files.store import Store
from dubber.media import ffmpeg
from dubber.model import Event, Take
from dubber.synthesis.duration import Pace
from dubber.synthesis.scheduler import Work
from dubber.synthesis.servers import BackendLane, Server, Slot
from dubber.synthesis.settings import Synthesis
from dubber.synthesis.worker import Task, Worker, perform
from dubber.workers import executors

Outcome = Take | str | BaseException  # spoken, why not, or what ends the whole job

LONGEST_REST = 60.0  # s
LEARN_EVERY = 50  # takes after which what was learned of the pace is kept
PRELOAD = (  # what the workers of all stages need: the first executor decides for all, and a second is saved in each
    "dubber.synthesis.worker", "dubber.backends.espeak", "dubber.backends.tone", "dubber.mixing.mix",
    "dubber.encoding.encoder",
)  # fmt: skip
STOPPING = 2.0  # s that servers are given to hear that the user pressed Ctrl-C; one that answers needs 0.1
SHORT = 0.05  # s; the least that is slept, so that a rest of 0 does not spin


class Pool:
    """Speaks works until each has a take or a reason. A context manager: leaving it ends everything that runs.

    clock: seconds that never go back, by which servers rest and lines are overdue.
    """

    def __init__(
        self,
        options: Mapping[str, Mapping[str, Any]],
        store: Store,
        settings: Synthesis,
        warn: Callable[[str], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._clock = clock
        self._options, self._store, self._settings, self._warn = options, store, settings, warn
        self._pace, self._learned = Pace(store), 0
        self._lanes: dict[str, BackendLane] = {}
        self._running: dict[executors.Future[Take], tuple[BackendLane, Slot]] = {}
        self._executors: dict[str, tuple[executors.Executor, ExitStack]] = {}

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        workers = [slot.worker for lane in self._lanes.values() for slot in lane.slots if slot.worker]
        if self._running:
            _at_once([worker.stop for worker in workers], seconds=STOPPING)
        for executor, stack in self._executors.values():
            if kind is not None:
                self._end(executor)
            stack.close()
        _at_once([worker.close for worker in workers], seconds=0.3 if kind else 5.0)
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
        self._lane(work).queue.add(work)

    @property
    def busy(self) -> bool:
        return bool(self._running) or any(len(lane.queue) for lane in self._lanes.values())

    def turn(self, bell: executors.Future[None] | None = None) -> Iterator[tuple[Work, Outcome]]:
        """Seat who can be seated, wait for something to happen (or for the bell), and give what came of it.

        An exception as the outcome is none of the line's own: the store is full, every server is lost.
        """
        self._seat_all(self._clock())
        for future in self._wait(bell):
            yield from self._came(future)
        yield from self._gave_up(self._clock())

    def withdraw(self, unwanted: Callable[[Work], bool]) -> None:
        """Lines that wait and that nobody wants any more are not spoken."""
        for lane in self._lanes.values():
            lane.queue.withdraw(unwanted)

    def _lane(self, work: Work) -> BackendLane:
        name = work.line.voice.backend
        if name not in self._lanes:
            self._lanes[name] = BackendLane(find(name), self._options.get(name, {}), self._settings)
        return self._lanes[name]

    # who sits where

    def _seat_all(self, now: float) -> None:
        for lane in self._lanes.values():
            lane.queue.wake(now)
            for slot in lane.slots:
                if slot.work is None and slot.server.ready(now):
                    self._slot(lane, slot, now)

    def _slot(self, lane: BackendLane, slot: Slot, now: float) -> None:
        if lane.local and any(other.work and other.work.crashed for other in lane.slots):
            return  # a line that ended its process once is alone when it is tried again
        elsewhere = {server.address for server in lane.servers if server is not slot.server and server.ready(now)}
        work = lane.queue.pick(slot.server, lane.servers, elsewhere)
        if work is None:
            return
        if work.crashed and any(other.work for other in lane.slots):
            lane.queue.add(work)
            return
        expected = self._pace.expected(work.line)
        task = Task(
            work.line, work.key, self._store.root, slot.options, work.tries,
            expected if expected and expected.known else None, frozenset() if lane.local else work.speakers,
            last=work.tries + 1 >= self._settings.tries,
        )  # fmt: skip
        slot.work, slot.began = work, now
        slot.server.busy, slot.server.voice = slot.server.busy + 1, work.line.voice
        self._running[self._submit(slot, task)] = lane, slot

    def _submit(self, slot: Slot, task: Task) -> executors.Future[Take]:
        if slot.worker:
            return self._executor("threads").submit(slot.worker.perform, task)
        kind: executors.Kind = "dask" if self._settings.farm else "processes"
        slot.executor = self._executor(kind)
        try:
            return slot.executor.submit(perform, task)
        except executors.BrokenExecutor:  # a process died since; its lines have not been told yet
            self._discard(slot.executor)
            slot.executor = self._executor(kind)
            return slot.executor.submit(perform, task)

    def _discard(self, broken: executors.Executor | None) -> None:
        """End an executor whose process died, unless that was done already and another took its place."""
        for kind, (executor, stack) in list(self._executors.items()):
            if executor is broken:
                del self._executors[kind]
                self._end(executor)
                stack.close()

    def _end(self, executor: executors.Executor) -> None:
        """With its processes, and with what they leave half-written."""
        under_way = [slot.work.key for _, slot in self._running.values() if slot.work]
        self._store.abandon(under_way, executors.abandon(executor))

    def _executor(self, kind: executors.Kind) -> executors.Executor:
        if kind not in self._executors:
            stack = ExitStack()
            workers = 1_000_000 if kind == "threads" else self._settings.workers
            opened = executors.open_executor(kind, workers, farm=self._terms(), preload=PRELOAD)
            self._executors[kind] = stack.enter_context(opened), stack
        return self._executors[kind][0]

    def _terms(self) -> executors.Terms:
        """Lines on a farm: a worker that says nothing for as long as a line may take is given up."""

        def tell(_: object, event: Event) -> None:
            if event.warns:
                self._warn(event.message)

        return executors.Terms(
            self._settings.farm,
            stuck=self._settings.timeout,
            needs=(self._store.root,),
            tell=tell,
            facts={"ffmpeg": ffmpeg.version},
        )

    # what becomes of it

    def _wait(self, bell: executors.Future[None] | None) -> set[executors.Future[Take]]:
        seconds = max(0.0, self._next_change() - self._clock())
        waited: list[executors.Future[Any]] = [*self._running, *([bell] if bell else [])]
        if waited:
            return executors.first(waited, seconds if seconds < 1e6 else None) - {bell}
        sleep(min(max(seconds, SHORT), 1.0))
        return set()

    def _next_change(self) -> float:
        """When something is due though no line comes back: a wait ends, a server has rested, a line is overdue."""
        times = [slot.began + self._settings.timeout for _, slot in self._running.values() if slot.worker]
        for lane in self._lanes.values():
            if len(lane.queue):
                times += [lane.queue.next_wake(), *(server.until for server in lane.servers if server.rest)]
                times += [lane.down_since + self._settings.patience] if lane.down_since is not None else []
        now = self._clock()
        return min((max(time, now + SHORT) for time in times), default=float("inf"))

    def _came(self, future: executors.Future[Take]) -> Iterator[tuple[Work, Outcome]]:
        lane, slot, work = self._free(future)
        error = future.exception()
        slot.server.proven |= not isinstance(error, BackendUnavailable)
        if error is None:
            slot.server.well()
            yield work, self._learn(future.result())
        elif isinstance(error, executors.BrokenExecutor):
            yield from self._crashed(lane, slot, work)
        elif isinstance(error, BackendUnavailable):
            yield from self._unavailable(lane, slot, work, error)
        elif isinstance(error, BackendError):
            yield from self._failed(lane, slot, work, error)
        elif isinstance(error, InputError):
            yield work, str(error)
        else:
            yield work, error
        lane.note_health(self._clock())

    def _free(self, future: executors.Future[Take]) -> tuple[BackendLane, Slot, Work]:
        lane, slot = self._running.pop(future)
        work, slot.work = slot.work, None
        slot.server.busy -= 1
        assert work is not None
        return lane, slot, work

    def _learn(self, take: Take) -> Take:
        self._pace.learn(take.line, sum(span.length for span in take.spans))
        self._learned += 1
        if self._learned % LEARN_EVERY == 0:
            self._pace.save()
        return take

    def _failed(self, lane: BackendLane, slot: Slot, work: Work, error: BackendError) -> Iterator[tuple[Work, Outcome]]:
        """This line failed here: again after a while, elsewhere if there is an elsewhere."""
        now, server = self._clock(), slot.server
        asked_to_wait = 0.0 if lane.local else error.retry_after or 0.0
        if asked_to_wait > self._settings.patience:  # nothing is wrong with the line
            lane.queue.add(work)
            self._rest(lane, server, error, now)
            return
        work.tries += 1
        server.until = max(server.until, now + asked_to_wait)
        self._blame(lane, server, work, error, now)
        if work.tries >= self._settings.tries:
            yield work, str(error)
        else:
            wait = self._settings.backoff * 2.0 ** (work.tries - 1)
            lane.queue.add(work, now + max(wait, 0.0 if len(lane.servers) > 1 else asked_to_wait))

    def _blame(self, lane: BackendLane, server: Server, work: Work, error: BackendError, now: float) -> None:
        """Where the line is tried next, and whether its server rests."""
        if error.line_only:
            work.avoid |= {other.address for other in lane.servers if other is not server}
            return
        server.failures += 1
        work.avoid.add(server.address)
        if not lane.local and (server.rest or server.failures >= self._settings.failures):
            self._rest(lane, server, error, now)

    def _unavailable(
        self, lane: BackendLane, slot: Slot, work: Work, error: BackendUnavailable
    ) -> Iterator[tuple[Work, Outcome]]:
        """The server cannot be asked: the line has not been tried."""
        lane.complaint = error
        lane.queue.add(work)
        if error.lasting or lane.local:
            slot.server.lost = error
            self._warn(f"{slot.server.address or lane.backend.name} is not asked any more: {error}")
            yield from self._all_lost(lane)
        else:
            self._rest(lane, slot.server, error, self._clock())

    def _all_lost(self, lane: BackendLane) -> Iterator[tuple[Work, Outcome]]:
        """Waiting does not help: none of these lines will ever be spoken."""
        lost = [server.lost for server in lane.servers if server.lost]
        if len(lost) == len(lane.servers):
            yield from ((work, lost[-1]) for work in lane.queue.clear())

    def _rest(self, lane: BackendLane, server: Server, error: BackendError, now: float) -> None:
        if now < server.until and server.rest:
            return  # its other slots said the same
        server.rest = min(LONGEST_REST, 2 * server.rest) if server.rest else self._settings.rest
        server.until = max(server.until, now + max(server.rest, error.retry_after or 0.0))
        lane.complaint = error
        self._warn(f"{server.address or lane.backend.name} rests for {server.until - now:.0f} s: {error}")

    def _crashed(self, lane: BackendLane, slot: Slot, work: Work) -> Iterator[tuple[Work, Outcome]]:
        """A worker process died. Whose line it was is not told, so each of them is tried again, alone."""
        self._discard(slot.executor)
        work.crashed = True
        work.tries += 1
        if work.tries >= self._settings.tries:
            yield work, f"{lane.backend.name} ends the whole process with this line"
        else:
            lane.queue.add(work)

    def _gave_up(self, now: float) -> Iterator[tuple[Work, Outcome]]:
        """Lines that take too long, and lines for whom no server came back in time."""
        for future, (lane, slot) in list(self._running.items()):
            if slot.worker and now >= slot.began + self._settings.timeout:
                _, _, work = self._free(future)
                _at_once([slot.worker.stop], seconds=0.5)
                slot.worker = Worker(lane.backend.name, slot.options)
                yield from self._failed(lane, slot, work, BackendError(f"no answer in {self._settings.timeout:g} s"))
                lane.note_health(now)
        for lane in self._lanes.values():
            yield from self._all_lost(lane)
            if lane.down_since is not None and now >= lane.down_since + self._settings.patience:
                if any(slot.work for slot in lane.slots):
                    continue  # one is being tried right now
                for work in lane.queue.clear():
                    yield work, f"no server came back within {self._settings.patience:g} s: {lane.complaint}"


def _at_once(calls: Iterable[Callable[[], None]], *, seconds: float) -> None:
    """Make all calls side by side and go on after some seconds, whether they are back or not."""
    wait([background(call) for call in calls], seconds)
