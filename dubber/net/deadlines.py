"""What is overdue is told so. One thread for all: to start one for each request costs a millisecond and more."""

from __future__ import annotations

import threading
from time import monotonic, sleep
from typing import Protocol

from dubber.background import background

STEP = 0.1  # s; how late an alarm may be
IDLE = 50  # steps without any alarm after which the thread ends


class Timed(Protocol):
    """Whatever can be late."""

    def overdue(self) -> None: ...


class Alarms:
    """Each owner has at most one alarm."""

    def __init__(self) -> None:
        self._due: dict[int, tuple[float, Timed]] = {}
        self._lock = threading.Lock()
        self._runs = False

    def set(self, owner: Timed, seconds: float) -> None:
        with self._lock:
            self._due[id(owner)] = monotonic() + seconds, owner
            if not self._runs:
                self._runs = True
                background(self._watch, "dub-alarms")

    def drop(self, owner: Timed) -> None:
        with self._lock:
            self._due.pop(id(owner), None)

    def _watch(self) -> None:
        idle = 0
        while True:
            sleep(STEP)
            with self._lock:
                now = monotonic()
                late = [(key, owner) for key, (due, owner) in self._due.items() if due <= now]
                for key, _ in late:
                    del self._due[key]
                idle = 0 if self._due or late else idle + 1
                if idle > IDLE:
                    self._runs = False
                    return
            for _, owner in late:
                owner.overdue()
