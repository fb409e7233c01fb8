"""Speaks through the saved-voice web UI: voices are .pt files of the server, made from a recording once.

A server has one slot for "the voice that was cloned last, by anybody", and saving takes what lies there: cloning and
saving happen under one lock for each server. A new voice is known to a session only after /change_choices.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from dubber.backends._webui import WebUI, nearest, safe
from dubber.errors import BackendError, InputError
from dubber.model import Audio, Line, Voice
from dubber.net.gradio import Answer, CallRefused, GradioEndpoint
from dubber.schema import Setting

FASTEST, SLOWEST = 2.0, 0.5  # the server's own range is not documented; its kin use ffmpeg's atempo
WORDS = "你好。Hello."  # what is said while a voice is made

_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@dataclass(frozen=True, slots=True)
class SavedVoice:
    """A saved voice of the server, or a recording to clone for each line."""

    saved: Annotated[str, Setting("a saved voice of the server (dub voices voicelibrary), with or without .pt")] = ""
    reference: Annotated[Path | None, Setting("a recording of the voice, 3 to 15 s, one speaker")] = None
    speed: Annotated[float, Setting("how fast it reads, 1 is natural", low=SLOWEST, high=FASTEST)] = 1.0


def change_choices() -> None:
    """The saved voices, read anew from the server's folder."""


def update_prompt_audio() -> None:
    """Does nothing; shows that the server is alive."""


def save_audio(name: Annotated[str, Setting("the new voice's name, without .pt")]) -> None:
    """Save the voice that anybody on this server cloned last; one of the same name is replaced."""


def infer(
    voice: Annotated[Path | None, Setting("a reference recording; none with a saved voice")] = None,
    name: Annotated[str, Setting("a saved voice; 使用参考音频: use the recording")] = "使用参考音频",
    text: Annotated[str, Setting("what is to be said")] = "",
    speed: Annotated[float, Setting("1 is natural, 2 twice as fast", low=0.25, high=4.0)] = 1.0,
) -> None:
    """Speak a text with a saved voice or in the voice of a recording."""


class VoiceLibrary(WebUI):
    """Speaks through a web UI with saved voices (.pt), at any speed from half to double."""

    name = "voicelibrary"
    voice = SavedVoice
    named_by = "saved"
    kind = "a saved-voice web UI"
    speed_range = (SLOWEST, FASTEST)
    documented = (change_choices, update_prompt_audio, save_audio, infer)

    def __init__(
        self,
        *,
        servers: Annotated[tuple[str, ...], Setting("addresses of the web UIs")] = ("http://127.0.0.1:7860",),
        in_flight: Annotated[int, Setting("lines at once on one server", low=1, high=16)] = 2,
        timeout: Annotated[float, Setting("the longest that one line may take", unit="s", low=1, high=86400)] = 600.0,
        connect: Annotated[float, Setting("how long to wait for a connection", unit="s", low=0.1, high=300)] = 10.0,
    ) -> None:
        self._open(servers, timeout, connect)
        self._known: tuple[int, tuple[str, ...]] = (0, ())  # the session, the voices that it has been told

    @classmethod
    def speeds(cls, voice: Voice) -> tuple[float, float]:
        own = cls.settings_of(voice).speed
        return (SLOWEST / own, FASTEST / own)

    def _speaks(self, offered: Mapping[str, GradioEndpoint]) -> bool:
        infer = offered.get("/infer")
        return bool(infer and infer.find("name") and infer.find("voice") and "/change_choices" in offered)

    def preflight(self, line: Line) -> None:
        voice = self._chosen(line)
        if voice.reference is None:
            self._saved(voice.saved)
        else:
            self.offered()
            self.reference(voice.reference)

    def identity(self, voice: Voice) -> str:
        self.offered()
        return "the saved-voice web UI"

    @classmethod
    def keeps(cls, voice: Voice) -> str:
        """The server does not give what it saved."""
        return str(voice.get("saved") or "").removesuffix(".pt")

    def _chosen(self, line: Line) -> SavedVoice:
        voice: SavedVoice = self.settings_of(line.voice)
        if bool(voice.saved) == (voice.reference is not None):
            raise InputError("a voice of voicelibrary is either a saved one or a reference recording",
                             advice='set saved = "NAME" or reference = "FILE"')  # fmt: skip
        return voice

    def synthesize(self, line: Line) -> Audio:
        voice = self._chosen(line)
        speed = round(min(FASTEST, max(SLOWEST, voice.speed * line.speed)), 3)
        if voice.reference is None:
            try:
                return self.heard(self._infer(self._saved(voice.saved), None, line.text, speed))
            except CallRefused:  # the server was started anew behind our back
                self._known = (0, ())
                return self.heard(self._infer(self._saved(voice.saved), None, line.text, speed))
        with _locks[self.server.url]:  # a clone fills the one slot that a save takes from
            answer = self._infer(self._placeholder(), voice.reference, line.text, speed)
        return self.heard(answer)

    def _infer(self, name: str, recording: Path | None, text: str, speed: float) -> Answer:
        upload = self.reference(recording) if recording else None
        return self.ask("/infer", {"name": name, "voice": upload, "text": text, "speed": speed})

    # --- voices -----------------------------------------------------------------------------------------------------

    def _refreshed(self) -> tuple[str, ...]:
        """Every choice, the placeholder first; asked once for each session, which takes only names that it was told."""
        self.offered()
        session, choices = self._known
        if session != self.server.session:
            choices = self.ask("/change_choices", {}).outputs[0].choices
            self._known = (self.server.session, choices)
        return choices

    def _placeholder(self) -> str:
        parameter = self.offered()["/infer"].find("name")
        assert parameter is not None
        return str(parameter.default or parameter.choices[0])

    def _saved(self, name: str) -> str:
        for known in (self._known, (0, ())):
            self._known = known
            there = list(self.voices())
            for wanted in (name, f"{name}.pt"):
                if wanted in there:
                    return wanted
        raise InputError(f"the server has no voice {name!r}", where=self.server.url, advice=nearest(name, there))

    def voices(self) -> Iterable[str]:
        return [name for name in self._refreshed() if name != self._placeholder()]

    def add_voice(self, name: str, recording: Path) -> str:
        """Clone the recording with a few words, and save what was cloned."""
        name = safe(name.removesuffix(".pt"))
        self.offered()
        with _locks[self.server.url]:
            self.heard(self._infer(self._placeholder(), recording, WORDS, 1.0))
            self.ask("/save_audio", {"name": name})
        self._known = (0, ())
        if f"{name}.pt" not in self.voices():
            raise BackendError(f"did not save the voice {name!r}", where=self.server.url)
        return ""

    def call(self, endpoint: str, values: Mapping[str, Any]) -> Any:
        self._refreshed()
        return super().call(endpoint, values)
