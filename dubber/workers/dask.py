"""Dask's workers as an executor: many machines that share folders, and nothing else.

Who reaches a scheduler runs any code on its workers, so a farm is no place for a key: none is sent, a worker that has
one is named, and films that need one are not given to it (batch.py). A local farm is ours alone: its certificate is
made for it and known to nobody else. What is submitted are values; paths are the same on every machine. Signs of life
come back as events of the scheduler. A worker that dies is Dask's to notice; one that is stopped, or whose call says
nothing for long, is restarted by our vigil, and its calls go elsewhere. Takes lie in the shared store, so that whoever
goes on with a film asks only for what is missing.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from secrets import token_hex
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from dubber import __version__, api_keys
from dubber.addresses import is_local
from dubber.background import background, wait
from dubber.errors import BackendError, InputError, ToolError
from dubber.files.lease import SILENCE
from dubber.model import Event
from dubber.workers.dask_worker import Call, Facts, answer, look, restart, silent

LOCAL = "local"  # the address of a farm on this machine, started for the block
STUCK = 1800.0  # s
ANSWER = 5.0  # s that a scheduler may take to answer
ARRIVAL = 60.0  # s that the first worker is waited for
_OPEN = "has {} in its environment, where whoever reaches the scheduler can read it: start it without"
ADVICE = "is `dask scheduler` running there? the address is like tls://HOST:8786"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a farm is used. address: of Dask's scheduler, or "local".

    silence: seconds without a heartbeat after which a worker is given up. stuck: seconds without an event after which
    a call's worker is. needs: folders and files that every worker must see. tell: (item or None, event).
    facts: what a worker tells of itself, to be compared with what this computer does.
    """

    address: str
    silence: float = SILENCE
    stuck: float = STUCK
    needs: tuple[Path, ...] = ()
    tell: Callable[[Any, Event], None] = lambda item, event: None
    facts: Facts = field(default_factory=dict)


@dataclass
class _Asked:
    """A call that is under way. worker: "" until it begins somewhere."""

    item: Any
    outer: Future[Any]
    worker: str = ""
    heard: float = 0.0


@dataclass
class Farm(Executor):
    """submit() and wait() over Dask's client; calls take one argument."""

    client: Any
    terms: Terms
    _topic: str = field(default_factory=lambda: f"dub-{token_hex(8)}")
    _calls: dict[int, _Asked] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._inner = self.client.get_executor(pure=False)  # equal calls are separate calls, old failures are not kept
        self.client.subscribe_topic(self._topic, self._hear)
        background(self._vigil, "dub-vigil")

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        (item,) = args
        number, outer = next(self._numbers), Future[Any]()
        self._calls[number] = _Asked(item, outer)
        with _while_it_lasts(self.terms.address):
            inner = self._inner.submit(answer, Call(self._topic, number, __version__, call, item))
        outer.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        inner.add_done_callback(lambda done: self._came(number, done))
        return outer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing is waited for."""
        self._ended.set()
        for asked in list(self._calls.values()):
            asked.outer.cancel()

    def slots(self) -> int:
        """How many calls can run at once just now."""
        with _while_it_lasts(self.terms.address):
            return sum(self.client.nthreads().values())

    def _came(self, number: int, done: Future[Any]) -> None:
        asked = self._calls.pop(number, None)
        if asked is None or not asked.outer.set_running_or_notify_cancel():
            return
        error = CancelledError() if done.cancelled() else done.exception()
        if error is None:
            asked.outer.set_result(done.result())
        else:
            asked.outer.set_exception(_ours(error, self.terms.address))

    def _hear(self, event: tuple[float, dict[str, Any]]) -> None:
        _, message = event
        asked = self._calls.get(message["call"])
        if asked is not None:
            asked.worker, asked.heard = message["worker"], monotonic()
            if message["event"]:
                self.terms.tell(asked.item, Event(**message["event"]))

    # the vigil

    def _vigil(self) -> None:
        pause = min(self.terms.silence, self.terms.stuck) / 4
        last = monotonic()
        while not self._ended.wait(min(pause, 15.0)):
            try:
                workers = self.client.nthreads()
                gone = {**self._silent(), **self._stuck()}
                if gone:
                    self._restart(gone)
            except Exception as error:  # the scheduler is away: its futures tell
                logging.getLogger(__name__).debug("vigil: %s", error)
                continue
            last = monotonic() if workers or not self._calls else last
            if monotonic() > last + self.terms.stuck:
                self._give_up(f"the farm has had no worker for {self.terms.stuck:g} s")

    def _silent(self) -> dict[str, str]:
        why = f"no sign of life for {self.terms.silence:g} s"
        return dict.fromkeys(self.client.run_on_scheduler(silent, self.terms.silence), why)

    def _stuck(self) -> dict[str, str]:
        late = monotonic() - self.terms.stuck
        why = f"what it does has not gone on for {self.terms.stuck:g} s"
        return {one.worker: why for one in list(self._calls.values()) if one.worker and one.heard < late}

    def _restart(self, gone: dict[str, str]) -> None:
        for address, why in gone.items():
            warning = f"worker {address} is given up, its work goes elsewhere: {why}"
            self.terms.tell(None, Event("warning", "farm", warning))
        for one in list(self._calls.values()):
            if one.worker in gone:
                one.worker = ""
        self.client.run_on_scheduler(restart, list(gone))

    def _give_up(self, why: str) -> None:
        for number in list(self._calls):
            asked = self._calls.pop(number, None)
            if asked and asked.outer.set_running_or_notify_cancel():
                asked.outer.set_exception(ToolError(why, where=self.terms.address, advice="finished takes are kept"))


class SchedulerGone(ToolError):
    """Nothing that was asked of a farm comes back any more."""


def exposed(address: str) -> str:
    """Why strangers may reach a scheduler at this address, in a sentence; "" where it is encrypted, or of this
    computer."""
    try:
        parts = urlsplit(address if "//" in address else f"tcp://{address}")
        open_to_all = parts.scheme == "tcp" and bool(parts.hostname) and not is_local(parts.hostname or "")
    except ValueError:
        return ""  # no address: whoever connects says so
    if address == LOCAL or not open_to_all:
        return ""
    danger = "plain tcp, so whoever reaches this scheduler runs code on its workers and reads what is sent"
    return f"{address}: {danger}; use tls://, or a network that is yours alone (docs/scale.md)"


def _ours(error: BaseException, address: str) -> BaseException:
    """Dask's own errors in our words."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return BackendError(f"{error.allowed_failures + 1} workers died or hung with it, one after the other")
    if isinstance(error, CancelledError):
        return _gone(address)
    return error


def _gone(address: str) -> SchedulerGone:
    return SchedulerGone("the Dask scheduler has gone", where=address, advice="run again; what is done is kept")


@contextmanager
def _while_it_lasts(address: str) -> Iterator[None]:
    """Whatever Dask raises when it asks a scheduler that is gone (CommClosedError, TimeoutError, RuntimeError: of a
    client that has closed itself)."""
    try:
        yield
    except (OSError, TimeoutError, RuntimeError) as error:
        raise _gone(address) from error


@contextmanager
def open_farm(terms: Terms, workers: int) -> Iterator[Farm]:
    """workers: of a local farm.

    Raises InputError: no scheduler answers, it has no workers, they lack a folder or have another dub."""
    try:
        import distributed
    except ImportError as error:
        raise InputError("Dask is not installed", advice="pip install 'dubber[farm]'") from error
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        where: Any = terms.address
        if terms.address == LOCAL:
            where = stack.enter_context(_cluster(distributed, workers))
        farm = Farm(stack.enter_context(_client(distributed, where, terms.address)), terms)
        stack.callback(farm.shutdown)
        _await_workers(farm)
        _inspect(farm)
        yield farm


def _cluster(distributed: Any, workers: int) -> Any:
    """A farm of this computer, with a certificate of its own: other users here may try its ports."""
    from dask import config

    try:
        with config.set({f"distributed.{who}.http.routes": [] for who in ("scheduler", "worker")}):
            return _tls_cluster(distributed, workers)
    except ImportError as error:  # of the package that makes certificates
        raise InputError(f"Dask lacks a package: {error}", advice="pip install 'dubber[farm]'") from error


def _tls_cluster(distributed: Any, workers: int) -> Any:
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",  # pages have no TLS: they are for this computer alone, and there are none
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.CRITICAL,
        security=True,
        env=dict.fromkeys(api_keys.variables(), ""),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask's log is not for our user; what matters of it is told in our words."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in ("distributed", "tornado")]
    logs = [logging.getLogger(name) for name in {"distributed", "tornado.application", *names}]  # each has a level
    before = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)


@contextmanager
def _client(distributed: Any, where: Any, address: str) -> Iterator[Any]:
    """Made in two steps, so that one which fails half-way is closed by us. Left to the garbage collector it would take
    Dask's lock for that, and wait for ever when a thread that holds this lock collects it."""
    client = distributed.Client.__new__(distributed.Client)
    try:
        _connect(client, where, address)
        yield client
    finally:
        with suppress(Exception):
            client.close(timeout=ANSWER)


def _connect(client: Any, where: Any, address: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions that differ: told in our words
            client.__init__(where, set_as_default=False, timeout=ANSWER)
    except (OSError, TimeoutError, ValueError, TypeError):
        raise InputError("no Dask scheduler answers", where=address, advice=ADVICE) from None


def _await_workers(farm: Farm) -> None:
    end = monotonic() + ARRIVAL
    address = farm.terms.address
    if not farm.slots():
        farm.terms.tell(None, Event("warning", "farm", f"{address} has no workers yet; waiting {ARRIVAL:g} s"))
    while not farm.slots():
        if monotonic() > end:
            raise InputError("the farm has no workers", where=address, advice=f"`dask worker {address}` starts some")
        sleep(0.2)


def _inspect(farm: Farm) -> None:
    """Raises InputError when a worker has another dub or does not see what it needs; other differences are told."""
    mine, faults = look((), farm.terms.facts), []
    mine.pop("keys", None)
    for address, facts in _looked(farm).items():
        if isinstance(facts, BaseException):
            faults.append(f"worker {address} cannot run dub: {facts}")
        elif facts["dub"] != mine["dub"]:
            faults.append(f"worker {address} has dub {facts['dub']}, this is {mine['dub']}")
        elif facts["fault"]:
            faults.append(f"worker {address}: {facts['fault']}")
        else:
            if keys := facts.pop("keys"):
                farm.terms.tell(None, Event("warning", "farm", f"worker {address} {_OPEN.format(keys)}"))
            unlike = [f"{key} {facts[key]} (here {mine[key]})" for key in mine if facts[key] != mine[key]]
            if unlike:
                farm.terms.tell(None, Event("warning", "farm", f"worker {address} has {', '.join(unlike)}"))
    if faults:
        advice = "the same dub and the same shared folders on every machine"
        raise InputError("; ".join(faults[:3]) + (" ..." if faults[3:] else ""), where="--farm", advice=advice)


def _looked(farm: Farm) -> dict[str, Any]:
    """What each worker says of itself; those that do not answer within seconds are the vigil's."""
    found: dict[str, Any] = {}

    def ask() -> None:
        with suppress(Exception):
            found.update(farm.client.run(look, farm.terms.needs, farm.terms.facts, on_error="return"))

    wait([background(ask)], 2 * ANSWER)
    return found
