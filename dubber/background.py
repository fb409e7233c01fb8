"""A call that goes on while its caller does other things: a film is looked at while its subtitles are read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

__all__ = ["Future", "background", "wait"]

Result = TypeVar("Result")


def background(call: Callable[[], Result], name: str = "dub-background") -> Future[Result]:
    """Begin a call in a thread of its own, which holds up nobody's exit. What it raises, its result() raises.

    name: of the thread, for who looks at a running process. Raises RuntimeError when the system gives no thread.
    """
    future = Future[Result]()
    Thread(target=_fulfil, args=(future, call), name=name, daemon=True).start()
    return future


def _fulfil(future: Future[Result], call: Callable[[], Result]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:
        future.set_exception(error)
        del future  # its error holds this frame: the two would wait for the garbage collector
