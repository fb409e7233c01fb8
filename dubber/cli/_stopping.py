"""Ctrl-C and SIGTERM. The first one ends what runs, cleanly. A second one ends the process at once, and so do some
seconds in which nothing came of the first: a library may have swallowed it, or hang."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from contextlib import suppress
from time import monotonic
from typing import Any, NoReturn

from dubber.background import background

STATUS = 130
WORDS = "stopped; finished takes are kept: run it again and it goes on from there"
ONE_PRESS = 1.0  # s within which a second signal is the same one: the terminal's, and that of a wrapper such as uv
SOON = 0.05  # s until a stop that was dropped is said again
NUDGE = 10.0  # s after which a stop that nothing came of is said again
PATIENCE = 20.0  # s after which the process ends, whatever it is doing


class Stopped(KeyboardInterrupt):
    """The user has stopped us. A class of its own: a plain KeyboardInterrupt that passes an exec(), as dataclasses have
    one, makes Python kill itself in the end, whatever the status (unhandled_keyboard_interrupt in pythonrun.c)."""


class Stops:
    """Hears the two signals from its making on, until release(); made in the main thread. A Ctrl-C that was ignored
    when we were started (by nohup, in the background of a script) stays so."""

    def __init__(self) -> None:
        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        self._asked: float | None = None
        self._heard = self._over = False
        self._released = threading.Event()
        numbers = (signal.SIGTERM,) if ignored else (signal.SIGTERM, signal.SIGINT)
        self._before = {number: signal.signal(number, self._stop) for number in numbers}
        self._unraisable, sys.unraisablehook = sys.unraisablehook, self._swallowed

    def heard(self) -> None:
        """What was running has ended for it."""
        self._heard = True

    def over(self) -> None:
        """Nothing is left but Python's own end, which a signal may cut short."""
        self._over = True

    def release(self) -> None:
        """The signals do what they did before."""
        self._released.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        sys.unraisablehook = self._unraisable

    def _swallowed(self, what: Any) -> None:
        """Python drops what is raised in a callback (of an import, of what is thrown away): stop once more."""
        if not isinstance(what.exc_value, Stopped):
            self._unraisable(what)
            return
        self._asked = None
        again = threading.Timer(SOON, _tell)
        again.daemon = True
        again.start()

    def _stop(self, *_: object) -> None:
        now = monotonic()
        if self._over or (self._asked is not None and now - self._asked > ONE_PRESS):
            end_at_once(told=self._heard or self._over)
        if self._asked is None:
            self._asked = now
            background(self._insist)
            raise Stopped

    def _insist(self) -> None:
        if self._released.wait(NUDGE):
            return
        if not self._heard:
            self._asked = None
            _tell()
        if not self._released.wait(PATIENCE - NUDGE):
            end_at_once(told=self._heard)


def _tell() -> None:
    """Stop the main thread, also where it sleeps or waits for a byte."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    else:
        _thread.interrupt_main(signal.SIGTERM)


def end_at_once(*, told: bool) -> NoReturn:
    """End, with the programs that we started; worker processes end when they miss us. told: the user knows of it."""
    ffmpeg: Any = sys.modules.get("dubber.media.ffmpeg")
    for process in list(getattr(ffmpeg, "running", ())):
        with suppress(OSError):
            ffmpeg.end(process.child)
    if not told:
        with suppress(OSError):
            os.write(2, f"dub: {WORDS}\n".encode())
    os._exit(STATUS)
