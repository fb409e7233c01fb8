"""`/v1/audio/speech`, the interface that OpenAI began and many servers speak: one POST, the answer is the audio.

Kokoro-FastAPI http://127.0.0.1:8880/v1 · LocalAI http://127.0.0.1:8080/v1 · vLLM http://127.0.0.1:8000/v1 ·
Boson https://api.boson.ai/v1 · OpenAI https://api.openai.com/v1
Source: https://developers.openai.com/api/reference/resources/audio/subresources/speech/methods/create
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from dubber import addresses
from dubber.backends.base import Backend
from dubber.errors import BackendUnavailable, DubError, InputError
from dubber.model import Audio, Gender, Line, Voice
from dubber.schema import Endpoint, Field, Setting, fields_of

if TYPE_CHECKING:  # httpx and numpy cost 100 ms each to import
    from dubber.net.rest import Body, Door

HOMES = ("api.openai.com",)
LONGEST = 4096  # characters of one request
OPENAI_VOICES = (
    "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip
_FORMATS = ("wav", "flac", "mp3", "opus", "aac", "pcm")


@dataclass(frozen=True)
class OpenAiVoice:
    """One voice of such a server."""

    voice: Annotated[str, Setting("the voice's name, as the server knows it (dub voices openai)")]
    model: Annotated[str, Setting("the model; Kokoro takes tts-1 and kokoro, OpenAI also gpt-4o-mini-tts")] = "tts-1"
    custom: Annotated[bool, Setting("voice is the id of a voice of your own: sent as {id}")] = False
    instructions: Annotated[str, Setting("how to speak, in words; not every model listens")] = ""
    speed: Annotated[float, Setting("how fast it reads", unit="times", low=0.25, high=4.0)] = 1.0
    response_format: Annotated[str, Setting("what is sent; wav and flac lose nothing", choices=_FORMATS)] = "wav"
    pcm_rate: Annotated[int, Setting("the rate of pcm, which does not say it", unit="Hz", low=8000, high=96_000)] = (
        24_000
    )
    extra: Annotated[str, Setting('further fields of this server, as JSON: {"lang_code": "b"}')] = ""


class OpenAi(Backend):
    """Any server with OpenAI's speech interface: Kokoro-FastAPI, LocalAI, vLLM, Boson, OpenAI itself."""

    name = "openai"
    key_name = "openai"
    homes = HOMES
    voice = OpenAiVoice
    named_by = "voice"
    speed_range = (0.25, 4.0)
    hosted = True  # "alloy" is somebody else at each of them

    def __init__(
        self,
        *,
        servers: Annotated[tuple[str, ...], Setting("their addresses, up to /v1")] = ("http://127.0.0.1:8880/v1",),
        in_flight: Annotated[int, Setting("lines that one server gets at a time", low=1, high=64)] = 2,
        connect_timeout: Annotated[float, Setting("to reach the server", unit="s", low=0.1, high=600)] = 10.0,
        read_timeout: Annotated[float, Setting("between two pieces of an answer", unit="s", low=1, high=3600)] = 120.0,
        total_timeout: Annotated[float, Setting("for a whole answer", unit="s", low=1, high=86_400)] = 300.0,
    ) -> None:
        if not servers:
            raise InputError("servers is empty", where="backends.openai.servers")
        self.server = servers[0]
        self._times = (connect_timeout, read_timeout, total_timeout)
        self._door = self._open(*self._times)

    def _open(self, connect: float, read: float, total: float) -> Door:
        from dubber.api_keys import key_advice, key_of
        from dubber.net.rest import Door, Limits

        self._key = key_of(self.key_name, self.server, HOMES)
        advice = key_advice(self.key_name, self.server, HOMES)
        return Door(self.server, key=self._key, limits=Limits(connect, read, total), advice=advice)

    @classmethod
    def speeds(cls, voice: Voice) -> tuple[float, float]:
        """What is left of 0.25 to 4 beside the voice's own speed."""
        own = cls.settings_of(voice).speed
        return max(cls.speed_range[0] / own, 0.25), min(cls.speed_range[1] / own, 4.0)

    def identity(self, voice: Voice) -> str:
        return f"model {self.settings_of(voice).model}"

    @classmethod
    def gender(cls, voice: Voice) -> Gender:
        """Of Kokoro's names: af_heart is a woman of American English, bm_lewis a man of British English."""
        kinds: dict[str, Gender] = {"f": "female", "m": "male"}
        named = re.fullmatch(r"[a-z]([fm])_[a-z0-9_]+", str(voice.get("voice", "")))
        return kinds[named[1]] if named else ""

    def synthesize(self, line: Line) -> Audio:
        """One POST. A line of more than 4096 characters is refused before it is sent."""
        settings: OpenAiVoice = self.settings_of(line.voice)
        return self._speak(settings, line.text, line.speed)

    def _speak(self, voice: OpenAiVoice, text: str, speed: float = 1.0) -> Audio:
        return _decoded(self._door.sound("audio/speech", request(voice, text, speed)), voice, self._door.server)

    def preflight(self, line: Line) -> None:
        """Where the server lists its voices, a name that is not among them is refused; mixtures ("a+b") pass."""
        settings: OpenAiVoice = self.settings_of(line.voice)
        known = tuple(self.voices()) if settings.voice.replace("_", "").replace("-", "").isalnum() else ()
        if known and settings.voice not in known:
            from difflib import get_close_matches

            near = get_close_matches(settings.voice, known, n=3)
            advice = "did you mean " + " or ".join(near) + "?" if near else "`dub voices openai` lists them"
            raise InputError(f"the server has no voice {settings.voice!r}", where=self.server, advice=advice)

    def close(self) -> None:
        self._door.close()

    def stop(self) -> None:
        self._door.stop()

    def check(self) -> str | None:
        """Asks for the list of models, within seconds; a server that has no such list is good too."""
        door = self._open(3.0, 5.0, 8.0)
        try:
            door.get("models")
        except BackendUnavailable as error:
            return self._elsewhere() or (None if "answered 404" in str(error) else str(error))
        except DubError as error:
            return self._elsewhere() or str(error)
        finally:
            door.close()
        return None

    def _elsewhere(self) -> str:
        """That the interface begins at /v1 of this address, where it does; else ""."""
        from dubber.net.rest import Door, Limits

        if self.server.rstrip("/").endswith("/v1"):
            return ""
        right = f"{self.server.rstrip('/')}/v1"
        door = Door(right, key=self._key, limits=Limits(3.0, 5.0, 8.0))
        try:
            door.get("models")
        except DubError:
            return ""
        finally:
            door.close()
        return f'{self.server}: its interface is at {right} (set backends.openai.servers = ["{right}"])'

    def voices(self) -> Iterable[str]:
        """The names that the server lists; OpenAI, which lists none, has those of its document."""
        if addresses.read(self.server).host in HOMES:
            return OPENAI_VOICES
        try:
            return _names(self._door.get("audio/voices"))
        except BackendUnavailable as error:
            if "answered 404" in str(error):
                return ()
            raise

    def endpoints(self) -> Sequence[Endpoint]:
        text = Field(
            "input", str, fields_of(OpenAiVoice)["voice"].default, Setting("the text, at most 4096 characters")
        )
        return (
            Endpoint("speech", "speak a text (POST audio/speech)", {"input": text, **fields_of(OpenAiVoice)}),
            Endpoint("voices", "the voices, where the server lists them (GET audio/voices)", {}),
            Endpoint("models", "the models (GET models)", {}),
        )

    def call(self, endpoint: str, values: Mapping[str, Any]) -> Any:
        match endpoint:
            case "speech":
                settings = {key: value for key, value in values.items() if key != "input"}
                return self._speak(OpenAiVoice(**settings), values["input"])
            case "voices":
                return self._door.get("audio/voices")
            case "models":
                return self._door.get("models")
        return super().call(endpoint, values)


def request(voice: OpenAiVoice, text: str, speed: float = 1.0) -> dict[str, Any]:
    """The body of the POST. Fields at the interface's own default are left out: not every server knows them all."""
    if len(text) > LONGEST:
        raise InputError(f"{len(text)} characters at once, more than {LONGEST}", advice="cut the cue in two")
    pace = round(voice.speed * speed, 4)
    if not 0.25 <= pace <= 4.0:
        raise InputError(f"speed {pace:g} is outside 0.25 to 4", advice="set the voice's speed nearer to 1")
    body: dict[str, Any] = {"model": voice.model, "input": text, "response_format": voice.response_format}
    body["voice"] = {"id": voice.voice} if voice.custom else voice.voice
    if pace != 1.0:
        body["speed"] = pace
    if voice.instructions:
        body["instructions"] = voice.instructions
    return {**_extra(voice.extra), **body}


def _extra(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text or "{}")
    except ValueError:
        fields = None
    if isinstance(fields, dict):
        return fields
    raise InputError(f"extra is no JSON object: {text[:80]}", where="voices.extra", advice='{"lang_code": "b"}')


def _names(answer: Any) -> tuple[str, ...]:
    """{"voices": ["a", {"id": "b"}, {"name": "c"}]}, {"data": [...]} or a bare list."""
    if isinstance(answer, dict):
        answer = next((answer[key] for key in ("voices", "data") if isinstance(answer.get(key), list)), [])
    found = [each.get("id") or each.get("name") if isinstance(each, dict) else each for each in answer]
    return tuple(name for name in found if isinstance(name, str) and name)


def _decoded(body: Body, voice: OpenAiVoice, server: str) -> Audio:
    from dubber.net.rest import decoded

    if voice.response_format != "pcm" or body.data.startswith(b"RIFF"):
        return decoded(body, server)
    import numpy as np

    whole = np.frombuffer(body.data[: len(body.data) // 2 * 2], "<i2")
    return Audio(whole.astype(np.float32) / np.float32(32768), voice.pcm_rate)
