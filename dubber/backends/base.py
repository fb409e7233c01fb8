"""The seam to a voice system: one verb on values, `synthesize(line) -> Audio`.

To add a backend, write one file `dubber/backends/NAME.py` (or a package with the entry point group
`dubber.backends`) with one subclass of Backend:

    @dataclass(frozen=True)
    class HumVoice:                     # the settings of one voice: all that shapes its sound
        pitch: Annotated[float, Setting("tone", unit="Hz", low=50, high=500)] = 120.0

    class Hum(Backend):
        "Hums each line."               # the one-line description that `dub doctor` and `dub profiles new` show
        name = "hum"
        voice = HumVoice
        def __init__(self, *, server: Annotated[str, Setting("its address")] = "http://localhost:1"): ...
        def synthesize(self, line): ...

The constructor's keyword arguments are the profile's [backends.NAME]; they say how to reach the system and never shape
the sound (a stored take stays valid when they change). The voice class is the schema of [voices.X]. Two keywords have a
meaning of their own:

    servers: tuple[str, ...]    where it is spoken: each address gets an instance of its own, told that one address,
                                which rests, comes back and is replaced by the others. Without it: this computer
    in_flight: int              how many lines each of them gets at a time, in as many instances; without it: 1

Foreign exceptions become ours at this door: BackendError (try again), BackendUnavailable (stop asking), InputError.
Every backend passes tests/backends/test_contract.py.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from dubber.errors import InputError
from dubber.model import Audio, Gender, Line, Voice
from dubber.schema import REQUIRED, Endpoint, fields_of


@dataclass(frozen=True)
class NoSettings:
    """A voice that has nothing to set."""


class Backend(ABC):
    """A voice system that can speak a line. Opened by each worker for itself; used by one thread at a time."""

    name: ClassVar[str]
    voice: ClassVar[type] = NoSettings
    named_by: ClassVar[str] = ""  # the voice's setting that holds one of voices()
    version: ClassVar[str] = "1"  # part of each take's key: raise it when the same settings sound different
    speed_range: tuple[float, float] = (1.0, 1.0)  # native reading speeds; (1, 1): none
    key_name: ClassVar[str] = ""  # the service whose key its requests carry ("openai"); each may cost money
    homes: ClassVar[tuple[str, ...]] = ()  # that service's own hosts, which answer nobody without it
    runs: ClassVar[Literal["process", "thread"]] = "thread"  # computes here / waits for a server
    judged: ClassVar[bool] = True  # whether its takes must prove that they say their line; a person's need not
    speech: ClassVar[bool] = True  # what comes back is words: how long it is, and what is heard in it, is judged

    hosted: ClassVar[bool] = False  # its servers do not say what they are: which one spoke is part of a take

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

    def about(self) -> str:
        """What answers there and of which age, once check() has passed: for the report. Empty: it does not say."""
        return ""

    def identity(self, voice: Voice) -> str:
        """What speaks with this voice here: product, version, weights, the content of a preset. All that shapes the
        sound and that no setting says; nothing that changes while the sound does not (not the address, not the version
        of a web page). Noted with each take, which is used while it stays the same. Asked once for each job and server,
        and after each line, when it should cost no call. Raises what preflight raises."""
        return f"{self.name} {self.version}"

    @classmethod
    def keeps(cls, voice: Voice) -> str:
        """The name under which a server keeps this voice where it does not tell its content: what dub uploaded there
        then tells one from another. Empty: none, or identity() says it."""
        return ""

    def content(self, voice: Voice) -> str:
        """What stands for the content behind a voice's names, where it is seen from here and no answer of a server says
        it. A server whose content cannot be seen is taken to have the same."""
        return ""

    def preflight(self, line: Line) -> None:
        """Everything that synthesize would check or fetch for this line's voice, without speaking: names that the
        system lacks, recordings that will not do. Raises what synthesize would raise. Asked once for each voice."""

    def voices(self) -> Iterable[str]:
        """The names that a voice of this system can have."""
        return ()

    def marks(self, line: Line, audio: Audio) -> tuple[float, ...] | None:
        """Where each phrase after the first begins in the audio just made (ms); None when the system does not say."""
        return None

    def endpoints(self) -> Sequence[Endpoint]:
        """Every call that the system's document names, for `dub server NAME`. Asks nothing of the server."""
        return ()

    def discovered(self) -> Sequence[Endpoint]:
        """Calls that this very server has beside those, or otherwise than the document has them. Asks the server;
        empty when it does not answer."""
        return ()

    def call(self, endpoint: str, values: Mapping[str, Any]) -> Any:
        """Make one of those calls. values: checked against the endpoint's fields. Gives Audio, or what JSON can say."""
        raise InputError(f"{self.name} has no call {endpoint!r}")

    def add_voice(self, name: str, recording: Path) -> str:
        """Make a recording a voice of the server, under name. Gives what must be known to use it; "": nothing."""
        raise InputError(f"{self.name} cannot keep voices", advice="name the recording in the profile's voice instead")

    def remove_voice(self, name: str) -> None:
        """Remove a voice from the server, for good."""
        raise InputError(f"{self.name} cannot remove voices")

    @classmethod
    def speeds(cls, voice: Voice) -> tuple[float, float]:
        """The native speeds that this voice can be asked for; speed_range unless its settings narrow it."""
        return cls.speed_range

    @classmethod
    def gender(cls, voice: Voice) -> Gender:
        """The voice's gender where the system's own names tell it; "" where they do not."""
        return ""

    @classmethod
    def loads(cls, voice: Voice) -> tuple[Hashable, ...]:
        """What a server holds once for everybody and must change to speak with this voice, dearest first (weights, then
        a reference); of equal length for all voices. Lines are sorted by it, and all slots of a server change it
        together. Empty: any voice is spoken beside any other."""
        return ()

    @classmethod
    def cost(cls, lines: Sequence[Line]) -> str:
        """What speaking these lines will cost, in a sentence for people; "" where nothing is charged."""
        return ""

    @classmethod
    def cannot_read(cls, line: Line) -> str:
        """What of this line the voice would spell instead of reading it ("Chinese characters"), asked before any is
        spoken, of no server; "" where it reads all, or where that is not known."""
        return ""

    @classmethod
    def settings_of(cls, voice: Voice) -> Any:
        """The voice's settings as an instance of cls.voice."""
        return cls.voice(**dict(voice.settings))


def servers(kind: Callable[..., Any], options: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a system is reached with these options of the profile's: the addresses that its keyword `servers` is given,
    else that keyword's default; () for this computer."""
    return tuple(options.get("servers") or _usual(kind, "servers") or ())


def in_flight(kind: Callable[..., Any], options: Mapping[str, Any]) -> int:
    """How many lines each of its servers gets at a time, by its keyword `in_flight`; at least 1."""
    return int(options.get("in_flight") or _usual(kind, "in_flight") or 1)


def _usual(kind: Callable[..., Any], key: str) -> Any:
    field = fields_of(kind).get(key)
    return None if field is None or field.default is REQUIRED else field.default


def describe(backend: type[Backend]) -> str:
    """The backend's one-line description."""
    return (backend.__doc__ or "").strip().splitlines()[0]
