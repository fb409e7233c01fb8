"""Several things at once: threads for what waits, processes for what computes, Dask (farm.py) for many machines.

Everything goes through submit and wait alone, so that the three are one thing. What is submitted are values; tasks
never submit. Workers leave Ctrl-C to the parent and end when it does; nothing here waits for a worker that hangs.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future
from concurrent.futures import wait as _wait
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from dubber.background import background
from dubber.files import scratch
from dubber.workers import malloc, without_main
from dubber.workers.dask import LOCAL, Terms, open_farm

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

Item = TypeVar("Item")
Result = TypeVar("Result")
Kind = Literal["threads", "processes", "dask"]

__all__ = [
    "BrokenExecutor", "Executor", "Future", "Terms", "abandon", "cores", "each", "first", "in_order", "open_executor",
    "slots",
]  # fmt: skip

BACKGROUND_NICENESS = (
    10  # the niceness of who gives way: a tenth of what another gets, so that it is never waited for in vain
)
SOCKET = 104  # bytes of a socket's path with its end, on macOS; Linux has four more
SILENT = "dubber.workers.silent_start"
GROWTH = 5.0  # s after which a farm is asked again how large it is


def cores() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def each(
    executor: Executor,
    call: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    ahead: int | Callable[[], int],
) -> Iterator[tuple[Item, Result | Exception]]:
    """(item, what call gave or raised) for each item, as they complete; never more than ahead are under way.

    The first ones are under way at once, before a result is asked for. Memory is flat however many items there are,
    because the next one is taken only when one is done. ahead may be asked again and again, as a farm grows.
    """
    source, running = iter(items), dict[Future[Result], Item]()

    def fill() -> None:
        while len(running) < max(1, ahead() if callable(ahead) else ahead):
            try:
                item = next(source)
            except StopIteration:
                return
            running[executor.submit(call, item)] = item

    def results() -> Iterator[tuple[Item, Result | Exception]]:
        try:
            while running:
                for future in first(running, GROWTH if callable(ahead) else None):
                    yield running.pop(future), _outcome(future)
                fill()
        finally:
            for future in running:
                future.cancel()

    fill()
    return results()


def in_order(
    executor: Executor, call: Callable[[Item], Result], items: Iterable[Item], *, ahead: int
) -> Iterator[Result]:
    """What call gave for each item, in the order of the items, or raises what it raised.

    Never more than ahead are under way, or done and not asked for: memory is flat here too.
    """
    running = deque[Future[Result]]()
    for item in items:
        if len(running) == ahead:
            yield running.popleft().result()
        running.append(executor.submit(call, item))
    for future in running:
        yield future.result()


def slots(executor: Executor) -> int:
    """How many things an executor can do at once just now."""
    asked: Callable[[], int] = getattr(executor, "slots", cores)
    return asked()


def first(futures: Iterable[Future[Result]], seconds: float | None = None) -> set[Future[Result]]:
    """Those that are done, once at least one is or seconds have passed. Ctrl-C is heard at once."""
    return set(_wait(list(futures), timeout=seconds, return_when=FIRST_COMPLETED).done)


def _outcome(future: Future[Any]) -> Any:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, Exception):
        return error
    raise error  # KeyboardInterrupt, SystemExit: not this item's fault


@contextmanager
def open_executor(
    kind: Kind, workers: int = 0, *, farm: Terms | None = None, preload: tuple[str, ...] = (), meek: bool = False
) -> Iterator[Executor]:
    """An executor that is gone, workers included, when the block ends.

    workers: 0 means one for each processor. farm: how Dask is used. preload: modules that every worker process
    needs, imported once for all of them where the system can fork. meek: worker processes give way to all others.
    """
    if kind == "dask":
        with open_farm(farm or Terms(LOCAL), workers or cores()) as opened:
            yield opened
        return
    executor = _Threads(workers or cores()) if kind == "threads" else _processes(workers or cores(), preload, meek)
    try:
        yield executor
    except BaseException:
        abandon(executor)
        raise
    executor.shutdown(wait=kind == "processes", cancel_futures=True)


def abandon(executor: Executor) -> list[int]:
    """End an executor now: nothing waits for what is under way; its processes are ended, and their numbers given."""
    processes = list((getattr(executor, "_processes", None) or {}).values())
    manager: threading.Thread | None = getattr(executor, "_executor_manager_thread", None)
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with suppress(OSError, ValueError, AttributeError):
            process.kill()
    if manager is not None:
        manager.join(1.0)  # closes its pipe as the last thing; Python's exit would write to that pipe meanwhile
    return [process.pid for process in processes if process.pid]


class _Threads(Executor):
    """Daemon threads. concurrent.futures' own are waited for at exit, for as long as a server takes to answer."""

    def __init__(self, workers: int) -> None:
        self._workers, self._threads, self._open = workers, 0, True
        self._idle, self._lock = 0, threading.Lock()
        self._tasks = queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]()

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = Future[Any]()
        with self._lock:
            if not self._open:
                raise RuntimeError("the executor is closed")
            self._tasks.put((future, lambda: call(*args, **kwargs)))
            if self._idle:
                self._idle -= 1  # spoken for, though it has not woken yet
            elif self._threads < self._workers:
                self._threads += 1
                background(self._work, f"dub-{self._threads}")
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._lock:
            self._open = False
            while cancel_futures and not self._tasks.empty():
                with suppress(queue.Empty):
                    task = self._tasks.get_nowait()
                    if task:
                        task[0].cancel()
            for _ in range(self._threads):
                self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            _run(*task)
            with self._lock:
                self._idle += 1


def _run(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)


def _processes(workers: int, preload: tuple[str, ...], meek: bool) -> Executor:
    """A Dask worker is a daemon, and daemons may have no children, lest they outlive it. Ours end with their parent."""
    import multiprocessing  # here and below: who starts no process need not wait for it
    from concurrent.futures import ProcessPoolExecutor

    multiprocessing.current_process()._config.pop("daemon", None)  # type: ignore[attr-defined]
    warm(preload)
    context = without_main.context(_context(preload))
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker, initargs=(meek,))


def warm(preload: tuple[str, ...]) -> None:
    """Begin to start the process that workers are forked from: its imports take half a second, beside our own work."""
    context = _context(preload)
    if context.get_start_method() == "forkserver":
        from multiprocessing import forkserver, resource_tracker

        resource_tracker.ensure_running()  # first: it lets signals through again once it is there
        with _deaf():
            forkserver.ensure_running()


@contextmanager
def _deaf() -> Iterator[None]:
    """A process that is started in the block, and those that it starts, never hear Ctrl-C, which a terminal tells to
    all of us: they end with their parent, and would print half an import."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context(preload: tuple[str, ...]) -> BaseContext:
    """forkserver: workers start in milliseconds from a clean process that holds none of our locks; else spawn."""
    import multiprocessing
    from tempfile import gettempdir

    socket = f"{gettempdir()}/dub-12345678/listener-12345678"  # that server listens there
    if "forkserver" not in multiprocessing.get_all_start_methods() or len(os.fsencode(socket)) >= SOCKET:
        return multiprocessing.get_context("spawn")
    process = multiprocessing.current_process()
    if "tempdir" not in process._config:  # type: ignore[attr-defined]
        process._config["tempdir"] = str(scratch.lasting(process))  # type: ignore[attr-defined]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([SILENT, *preload])
    return context


def _begin_worker(meek: bool) -> None:
    import multiprocessing

    if meek:
        with suppress(AttributeError, OSError):
            os.nice(BACKGROUND_NICENESS)

    malloc.limit_malloc_retention(malloc.MIXING)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        background(partial(_end_with, parent))


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
