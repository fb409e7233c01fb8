"""The seam to a voice system: one verb on values, `synthesize(line) -> Audio`.

To add a backend, write one file `dubber/backends/NAME.py` (or a package with the entry point group
`dubber.backends`) with one subclass of Backend:

    @dataclass(frozen=True)
    class HumVoice:                     # the settings of one voice: all that shapes its sound
        pitch: Annotated[float, Setting("tone", unit="Hz", low=50, high=500)] = 120.0

    class Hum(Backend):
        "Hums each line."               # the one-line description that `dub doctor` and the README show
        name = "hum"
        voice = HumVoice
        def __init__(self, *, server: Annotated[str, Setting("its address")] = "http://localhost:1"): ...
        def synthesize(self, line): ...

The constructor's keyword arguments are the profile's [backends.NAME]; they say how to reach the system and never shape
the sound (a stored take stays valid when they change). The voice class is the schema of [voices.X].
Foreign exceptions become ours at this door: BackendError (try again), BackendUnavailable (stop asking), InputError.
Every backend passes tests/backends/test_contract.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from dubber.model import Audio, Line, Voice


@dataclass(frozen=True)
class NoSettings:
    """A voice that has nothing to set."""


class Backend(ABC):
    """A voice system that can speak a line. Opened by each worker for itself; used by one thread at a time."""

    name: ClassVar[str]
    voice: ClassVar[type] = NoSettings
    version: ClassVar[str] = "1"  # part of each take's key: raise it when the same settings sound different
    speed_range: tuple[float, float] = (1.0, 1.0)  # native reading speeds; (1, 1): none
    runs: ClassVar[Literal["process", "thread"]] = "thread"  # computes here / waits for a server

    @abstractmethod
    def synthesize(self, line: Line) -> Audio:
        """Speak line.text with line.voice at line.speed. Mono, any rate; raises BackendError and its kin."""

    def close(self) -> None:
        """Give back what was opened. Called once; never raises."""

    def stop(self) -> None:
        """Ask the system to drop what it is doing (the user pressed Ctrl-C). Called from another thread."""

    def check(self) -> str | None:
        """Why this backend cannot run here, in one sentence with what to do; None when it can."""
        return None

    def voices(self) -> Iterable[str]:
        """The names that a voice of this system can have."""
        return ()

    def marks(self, line: Line, audio: Audio) -> tuple[float, ...] | None:
        """Where each phrase after the first begins in the audio just made (ms); None when the system does not say."""
        return None

    @classmethod
    def settings_of(cls, voice: Voice) -> Any:
        """The voice's settings as an instance of cls.voice."""
        return cls.voice(**dict(voice.settings))


def describe(backend: type[Backend]) -> str:
    """The backend's one-line description."""
    return (backend.__doc__ or "").strip().splitlines()[0]
