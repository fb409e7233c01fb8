"""The sample film's cast on the test server of each voice system: a profile, and what each speaker must sound like.

with ExitStack() as stack:
    cast = CASTS["gptsovits"]
    servers = [cast.start(stack), cast.start(stack, fault="raise")]
    profile = cast.profile(folder, servers)         the path of a profile, its recordings beside it
    cast.heard("MARTA"), cast.said(line.text)       what coding.decode gives where she speaks
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dubber.backends import _higgs
from tests.servers import coding
from tests.servers.higgs302 import HiggsServer
from tests.servers.launch import Running
from tests.servers.openai import OpenAiServer
from tests.servers.recordings import recording
from tests.servers.rest import RestServer

PEOPLE = {"NARRATOR": "nora", "MARTA": "mara", "JONAS": "jon"}  # a speaker, and who speaks in his recording
REST = """
[casting]
narrator = "narrator"
pool = ["narrator"]
[cast]
NARRATOR = "narrator"
MARTA = "marta"
JONAS = "jonas"
[mixing]
bed = "none"
[synthesis]
backoff = 0.1
rest = 0.3
"""


class House(ABC):
    """A server that can drop dead."""

    address: str

    @abstractmethod
    def dies_and_returns(self, lines: int) -> Callable[[], object]:
        """Drop dead while it speaks so many lines, come back; gives what waits until it has."""

    @abstractmethod
    def spoken(self) -> int:
        """Lines that it has been asked for, as far as it tells (0: it does not)."""


class WebHouse(House):
    """A web UI in a process of its own."""

    def __init__(self, running: Running) -> None:
        self.running, self.address = running, running.url

    def dies_and_returns(self, lines: int) -> Callable[[], object]:
        self.running.restart("--die-after", str(lines))
        self.running.ready()

        def revive() -> None:
            self.running.ended()
            self.running.restart("--die-after", "0")

        thread = threading.Thread(target=revive)
        thread.start()
        return thread.join

    def spoken(self) -> int:
        return 0


class RestHouse(House):
    """A REST server in a thread of this process."""

    def __init__(self, server: RestServer, path: str) -> None:
        self.server, self.address = server, server.url + path

    def dies_and_returns(self, lines: int) -> Callable[[], object]:
        self.server.dies_at = lines
        return self.server.returned.wait

    def spoken(self) -> int:
        return len(self.server.syntheses)


@dataclass(frozen=True)
class OnServer:
    """How a cast is written for a voice system. voices: settings for each speaker, REFERENCE for his recording."""

    backend: str
    open: Callable[[ExitStack, str], House]
    voices: Mapping[str, Mapping[str, Any]]
    sounds_like: Mapping[str, str | int]
    options: Mapping[str, Any] = field(default_factory=dict)
    said: Callable[[str], str] = str

    def start(self, stack: ExitStack, fault: str = "") -> House:
        """fault: what each of its lines fails with."""
        return self.open(stack, fault)

    def profile(self, folder: Path, servers: Sequence[House | str], **options: Any) -> Path:
        for speaker, person in PEOPLE.items():
            recording(folder / f"{speaker.lower()}.wav", person)
        addresses = [server if isinstance(server, str) else server.address for server in servers]
        tables = {f"backends.{self.backend}": {"servers": addresses, **self.options, **options}}
        for speaker, settings in self.voices.items():
            own = json.loads(json.dumps(dict(settings)).replace("REFERENCE", f"{speaker.lower()}.wav"))
            tables[f"voices.{speaker.lower()}"] = {"backend": self.backend, **own}
        path = folder / f"{self.backend}.toml"
        path.write_text("".join(map(_table, tables.items())) + REST, encoding="utf-8")
        return path

    def heard(self, speaker: str, text: str) -> tuple[int, int]:
        """What coding.decode must give where a speaker says a text."""
        sound = self.sounds_like[speaker]
        number = coding.voice_number(sound) if isinstance(sound, str) else sound
        return number, coding.text_number(self.said(text))


def _table(named: tuple[str, Mapping[str, Any]]) -> str:
    name, values = named
    rows = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([f"[{name}]", *rows, ""])


def _web(module: str, *options: str) -> Callable[[ExitStack, str], House]:
    def start(stack: ExitStack, fault: str) -> House:
        broken = ("--fault", fault) if fault else ()
        return WebHouse(stack.enter_context(Running(module, *options, *broken)).ready())

    return start


def _rest(kind: type[RestServer], path: str) -> Callable[[ExitStack, str], House]:
    def start(stack: ExitStack, fault: str) -> House:
        return RestHouse(stack.enter_context(kind(fault={"raise": "500"}.get(fault, fault))), path)

    return start


def _weights(sovits: str, gpt: str, person: str) -> str:
    return f"SoVITS_weights_v2/{sovits}.pth+GPT_weights_v2/{gpt}.ckpt+{coding.voice_number(person)}"


_PATHS = {"clone_path": "302/clone", "clone_query_path": "302/clone", "poll": 0.05, "slowest_poll": 0.1}
_CLONE = {"references": ["REFERENCE"], "transcripts": ["a recording"]}
_ANNA = {"reference": "REFERENCE", "transcript": "a recording", "sovits": "anna_e8_s96", "gpt": "anna-e15"}
_BOB = {**_ANNA, "sovits": "bob_e8_s112", "gpt": "bob-e15"}

CASTS = {
    cast.backend: cast
    for cast in (
        OnServer(
            "indextts", _web("indextts"),
            {"NARRATOR": {"preset": "男-子涵-深沉男声"}, "MARTA": {"preset": "女-晓晨-推文配音"},
             "JONAS": {"reference": "REFERENCE", "temperature": 0.8}},
            {"NARRATOR": "男-子涵-深沉男声", "MARTA": "女-晓晨-推文配音", "JONAS": "jon"},
        ),
        OnServer(
            "voicelibrary", _web("voicelibrary"),
            {"NARRATOR": {"saved": "Lei"}, "MARTA": {"saved": "叶奈法.pt"}, "JONAS": {"reference": "REFERENCE"}},
            {"NARRATOR": "Lei.pt", "MARTA": "叶奈法.pt", "JONAS": "jon"},
        ),
        OnServer(
            "gptsovits", _web("gptsovits"),
            {"NARRATOR": _ANNA, "MARTA": {**_ANNA, "seed": 7}, "JONAS": _BOB},
            {"NARRATOR": _weights("anna_e8_s96", "anna-e15", "nora"), "MARTA": _weights("anna_e8_s96", "anna-e15",
             "mara"), "JONAS": _weights("bob_e8_s112", "bob-e15", "jon")},
        ),
        OnServer(
            "higgs302", _rest(HiggsServer, ""), dict.fromkeys(PEOPLE, _CLONE), PEOPLE, _PATHS,
            said=_higgs.normalised,
        ),
        OnServer(
            "openai", _rest(OpenAiServer, "/v1"),
            {"NARRATOR": {"voice": "af_heart"}, "MARTA": {"voice": "bf_emma"}, "JONAS": {"voice": "am_adam"}},
            {"NARRATOR": "af_heart", "MARTA": "bf_emma", "JONAS": "am_adam"},
        ),
    )
}  # fmt: skip
