"""On a farm's machines: a worker answers calls and gives signs of life; the scheduler knows who is silent."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, time
from typing import Any

from dubber import __version__, api_keys
from dubber.errors import Cancelled, InputError, ToolError, alone
from dubber.model import Event

Facts = Mapping[str, Callable[[], str]]  # by name, each asked on the worker: the version of its ffmpeg
SAY = 0.5  # s between two events of a call that are sent, at the least


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent to a worker."""

    topic: str
    number: int
    version: str
    call: Callable[[Any], Any]
    item: Any


@dataclass
class _Voice:
    """How a call that runs here is heard by whoever asked for it."""

    call: Call
    key: Any
    worker: Any
    said: float = 0.0

    def say(self, event: Event | None) -> None:
        message = {"call": self.call.number, "worker": self.worker.address, "event": event and asdict(event)}
        self.worker.log_event(self.call.topic, message)
        self.said = monotonic()

    def unwanted(self) -> bool:
        """Whoever asked has gone, or has asked somebody else."""
        task = self.worker.state.tasks.get(self.key)
        return task is None or task.state in ("cancelled", "released", "forgotten")


_speaking: ContextVar[_Voice | None] = ContextVar("speaking", default=None)


def answer(call: Call) -> Any:
    """Runs on a worker."""
    from distributed import get_worker

    if call.version != __version__:
        raise InputError(f"this worker has dub {__version__}, asked for {call.version}", where=platform.node())
    worker = get_worker()
    voice = _Voice(call, worker.get_current_task(), worker)
    voice.say(None)
    before = _speaking.set(voice)
    try:
        return call.call(call.item)
    except BaseException as error:
        alone(error)  # Dask sends on what an error came from, too: a request, with its key
        raise
    finally:
        _speaking.reset(before)


def sign(event: Event) -> None:
    """A sign of life of the call that runs here. Raises Cancelled when nobody waits for it any more."""
    voice = _speaking.get()
    if voice is None or (event.kind == "step" and monotonic() < voice.said + SAY):
        return
    if voice.unwanted():
        raise Cancelled("nobody waits for this film any more")
    voice.say(event)


def look(needs: tuple[Path, ...], facts: Facts) -> dict[str, Any]:
    """What a worker is and sees, and which keys lie in its environment, by name. facts: what else it tells."""
    from importlib.metadata import version  # reads mail headers: only here, for every start would pay for it

    told = {"dub": __version__, "python": platform.python_version(), "distributed": version("distributed")}
    try:
        told |= {name: fact() for name, fact in facts.items()}
    except ToolError as error:
        return {"fault": str(error), **told}
    told["keys"] = ", ".join(api_keys.variables())
    missing = next((path for path in needs if not os.access(path, os.R_OK)), None)
    return {"fault": f"{missing} cannot be read there" if missing else "", **told}


# --- on the scheduler -------------------------------------------------------------------------------------------


async def silent(seconds: float, dask_scheduler: Any = None) -> list[str]:
    """The workers whose last heartbeat is so long ago."""
    return [address for address, worker in dask_scheduler.workers.items() if worker.last_seen < time() - seconds]


async def restart(workers: list[str], dask_scheduler: Any = None) -> None:
    """End these workers (their nannies start new ones); what they were doing is given to others."""
    await dask_scheduler.restart_workers(
        workers, wait_for_workers=False, on_error="return", timeout=15, stimulus_id=f"dub-vigil-{time()}"
    )
