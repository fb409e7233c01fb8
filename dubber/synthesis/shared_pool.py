"""One pool for the lines of several films, so that no server idles while another film is mixed.

Films run in threads of their own; one thread owns the pool. A film posts its lines and gets them back as they come.
The lines of an earlier film go first: films end one after the other, and the next ones speak while one is mixed.
A line that two films share is spoken once.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from dubber.background import background, wait
from dubber.errors import Cancelled
from dubber.files.store import Store
from dubber.model import Take
from dubber.synthesis.pool import Outcome, Pool
from dubber.synthesis.scheduler import Work
from dubber.synthesis.settings import Synthesis
from dubber.workers import executors


class SharedPools:
    """The pools of a batch: one for each way of reaching the voice systems. A context manager."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self._warn, self._lock = warn, threading.Lock()
        self._stages: dict[str, Stage] = {}

    def __enter__(self) -> SharedPools:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for stage in self._stages.values():
            stage.close(at_once=kind is not None)

    def stop(self) -> None:
        """Every film that waits for a line hears that the batch was stopped."""
        for stage in self._stages.values():
            stage.close(at_once=True)

    def opener(self, turn: int) -> Callable[..., FilmClient]:
        """What synthesize() takes as its pool for the film whose turn that is."""

        def opened(
            options: Mapping[str, Mapping[str, Any]], store: Store, settings: Synthesis, warn: Callable[[str], None]
        ) -> FilmClient:
            return FilmClient(self._stage(options, store, settings), turn)

        return opened

    def _stage(self, options: Mapping[str, Mapping[str, Any]], store: Store, settings: Synthesis) -> Stage:
        key = repr((sorted((name, sorted(values.items())) for name, values in options.items()), store.root, settings))
        with self._lock:
            if key not in self._stages or not self._stages[key].open:
                self._stages[key] = Stage(Pool(options, store, settings, self._warn), store)
            return self._stages[key]


class FilmClient:
    """A film's share in a pool."""

    def __init__(self, stage: Stage, turn: int) -> None:
        self._stage, self._turn = stage, turn
        self.answers = queue.SimpleQueue[tuple[Work, Outcome]]()

    def __enter__(self) -> FilmClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stage.leave(self)

    def speak(self, works: Iterable[Work]) -> Iterator[tuple[Work, Take | str]]:
        """(work, its take or why there is none), as they come."""
        waited = 0
        for work in works:
            work.turn = self._turn
            waited += 1
            self._stage.post(work, self)
        for _ in range(waited):
            work, outcome = self.answers.get()
            if isinstance(outcome, BaseException):
                raise outcome
            yield work, outcome


class Stage:
    """A pool and the thread that owns it; everything that touches the pool happens in that thread."""

    def __init__(self, pool: Pool, store: Store) -> None:
        self._pool, self._store = pool, store
        self._inbox = queue.SimpleQueue[Callable[[], None]]()
        self._bell, self._lock = executors.Future[None](), threading.Lock()
        self._askers: dict[str, list[tuple[FilmClient, Work]]] = {}
        self._finished: dict[str, str] = {}  # what was asked for, and the take that came of it
        self._ending: BaseException | None = None
        self._ended = background(self._run, "dub-stage")

    @property
    def open(self) -> bool:
        return self._ending is None

    def close(self, *, at_once: bool) -> None:
        """Nobody asks any more. at_once: what is under way is given up."""
        with suppress(Cancelled):  # it may have ended already
            self._tell(self._stop if at_once else self._end)
        wait([self._ended], 10.0)

    def post(self, work: Work, client: FilmClient) -> None:
        """A line that a film needs; its outcome comes to the client."""
        self._tell(lambda: self._accept(work, client))

    def leave(self, client: FilmClient) -> None:
        """What this film still waits for is not spoken, unless another film waits for it too."""
        self._tell(lambda: self._release(client))

    def _tell(self, message: Callable[[], None]) -> None:
        with self._lock:
            if self.open:
                self._inbox.put(message)
                if not self._bell.done():
                    self._bell.set_result(None)
                return
        message()  # the thread has ended: nothing can be touched but the answers

    def _accept(self, work: Work, client: FilmClient) -> None:
        if self._ending:
            client.answers.put((work, self._ending))
            return
        key = self._finished.get(work.key, "")
        facts = self._store.facts(key) if key else None
        if facts is not None:
            client.answers.put((work, Take.known(work.line, key, facts, "stored")))
        elif work.key in self._askers:
            self._askers[work.key].append((client, work))
        else:
            self._add(work, client)

    def _add(self, work: Work, client: FilmClient) -> None:
        try:
            self._pool.add(work)
        except Exception as error:  # a backend that cannot be opened is this film's trouble
            client.answers.put((work, error))
        else:
            self._askers[work.key] = [(client, work)]

    def _release(self, client: FilmClient) -> None:
        for key, askers in list(self._askers.items()):
            self._askers[key] = [asker for asker in askers if asker[0] is not client]
        unwanted = {key for key, askers in self._askers.items() if not askers}
        if unwanted and not self._ending:
            self._pool.withdraw(lambda work: work.key in unwanted)
            for key in unwanted:
                del self._askers[key]

    def _end(self) -> None:
        self._ending = Cancelled("the batch has ended")

    def _stop(self) -> None:
        raise Cancelled("the batch was stopped")

    def _run(self) -> None:
        ending: BaseException = Cancelled("the batch has ended")
        try:
            with self._pool:
                while not self._ending:
                    self._read()
                    for work, outcome in self._pool.turn(self._bell):
                        self._deliver(work, outcome)
        except BaseException as error:
            ending = error
        with self._lock:
            self._ending = ending
        while not self._inbox.empty():
            self._inbox.get()()
        for askers in self._askers.values():
            for client, work in askers:
                client.answers.put((work, ending))

    def _read(self) -> None:
        with self._lock:
            self._bell = executors.Future()
        while not self._inbox.empty():
            self._inbox.get()()

    def _deliver(self, work: Work, outcome: Outcome) -> None:
        if isinstance(outcome, Take):
            self._finished[work.key] = outcome.key
        for place, (client, own) in enumerate(self._askers.pop(work.key, ())):
            shared = replace(outcome, origin="stored") if place and isinstance(outcome, Take) else outcome
            client.answers.put((own, shared))
