"""What lines are spoken at: a slot of a server, or a worker process; which of them rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dubber.backends.base import Backend, in_flight, servers
from dubber.errors import BackendError
from dubber.model import Voice
from dubber.synthesis.scheduler import Queue, Work
from dubber.synthesis.settings import Synthesis
from dubber.synthesis.worker import Worker
from dubber.workers import executors

FARM_SLOTS = 32  # lines under way on a Dask farm


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
class Slot:
    """Where one line is spoken at a time. worker: its open backend (threads), or None (processes open their own)."""

    server: Server
    options: Mapping[str, Any]
    worker: Worker | None
    work: Work | None = None
    began: float = 0.0
    executor: executors.Executor | None = None  # that runs its line


class BackendLane:
    """A backend with its servers, slots and waiting lines."""

    def __init__(self, backend: type[Backend], options: Mapping[str, Any], settings: Synthesis) -> None:
        self.backend, self.options, self.queue = backend, options, Queue(backend.loads)
        self.local = backend.runs == "process"
        self.down_since: float | None = None
        self.complaint: BackendError | None = None
        self.slots = list(self._locally(settings) if self.local else self._at_servers())
        self.servers = list({id(slot.server): slot.server for slot in self.slots}.values())

    def _locally(self, settings: Synthesis) -> Iterator[Slot]:
        server = Server("")
        slots = FARM_SLOTS if settings.farm else 2 * (settings.workers or executors.cores())  # one speaks, one is ready
        for _ in range(slots):
            yield Slot(server, self.options, None)

    def _at_servers(self) -> Iterator[Slot]:
        for address in servers(self.backend, self.options) or ("",):
            server = Server(str(address), proven=not self.backend.key_name)
            one = {**self.options, "servers": (address,)} if address else self.options
            for _ in range(in_flight(self.backend, self.options)):
                yield Slot(server, one, Worker(self.backend.name, one))

    def note_health(self, now: float) -> None:
        """Since when has every server been resting?"""
        if any(not server.rest and server.lost is None for server in self.servers):
            self.down_since = None
        elif self.down_since is None:
            self.down_since = now
