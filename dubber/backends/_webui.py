"""What the systems with a Gradio web UI have in common: three backends and the trainer are made of it.

A web UI's documented calls stand in the backend's file as plain functions: name, annotated parameters with meaning,
range and default, a docstring. They are what `dub server NAME` shows; what a server really has, it is asked itself.
"""

from __future__ import annotations

import inspect
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

from dubber.backends.base import Backend
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.files import scratch
from dubber.model import Audio
from dubber.net.gradio import Answer, CallRefused, GradioOutput, GradioServer, Parameter, Remote, Upload
from dubber.net.gradio import GradioEndpoint as Offered
from dubber.net.gradio_api import untagged
from dubber.schema import REQUIRED, Endpoint, Field, Setting, fields_of

# What a server is, by a function that only it has; the first that fits.
KINDS = {
    "/gen_single_with_status": "an IndexTTS web UI with preset voices",
    "/gen_single": "an IndexTTS web UI",
    "/open1Ba": "the training web UI of GPT-SoVITS",
    "/get_tts_wav": "the slow inference web UI of GPT-SoVITS (start inference_webui_fast.py)",
    "/init_t2s_weights": "the inference web UI of GPT-SoVITS",
    "/change_gpt_weights": "the inference web UI of GPT-SoVITS",
    "/infer": "a saved-voice web UI",
    "/generate_audio": "a CosyVoice web UI",
    "/basic_tts": "an F5-TTS web UI",
}
FAILED = re.compile(
    r"❌|失败|错误|异常|请先|未找到|不存在|\b(?:error|failed|failure|exception|traceback)\b", re.IGNORECASE
)
_KINDS: Mapping[str, Any] = {"int": int, "float": float, "bool": bool}  # gradio's names of types; the others are text
_FILES: Mapping[str, tuple[Any, Any]] = {"file": (Path | None, None), "files": (tuple[Path, ...], ())}
SAFE_NAME = re.compile(r"[\w][\w .()-]{0,79}")


class Page(ABC):
    """A Gradio web UI whose calls are documented. One instance is one session with one server."""

    name: ClassVar[str]
    documented: ClassVar[tuple[Any, ...]] = ()  # its calls, as functions
    kind: ClassVar[str] = ""  # what a server must be, in words of KINDS

    def _open(self, servers: Sequence[str], timeout: float, connect: float) -> None:
        if not servers:
            raise InputError("no server is named", where=f"backends.{self.name}.servers")
        self.server = GradioServer(servers[0], connect=connect)
        self._timeout = timeout

    # --- the server -------------------------------------------------------------------------------------------------

    @abstractmethod
    def _speaks(self, offered: Mapping[str, Offered]) -> bool:
        """Is this the right kind of server?"""

    def offered(self) -> Mapping[str, Offered]:
        """The server's functions, once it is sure that it is what it should be."""
        found = self.server.endpoints
        if not self._speaks(found):
            others = [kind for name, kind in KINDS.items() if name in found]
            known = others[0] if others else "a Gradio app that offers " + (", ".join(sorted(found)[:8]) or "nothing")
            raise BackendUnavailable(f"is not {self.kind}: it is {known}", where=self.server.url)
        return found

    def check(self) -> str | None:
        try:
            self.offered()
        except (BackendError, InputError) as error:
            return str(error)
        return None

    def about(self) -> str:
        return f"gradio {self.server.version}"

    def stop(self) -> None:
        self.server.stop()

    def close(self) -> None:
        self.server.close()

    def ask(self, api_name: str, values: Mapping[str, Any]) -> Answer:
        """Call a function of the server."""
        return self.server.call(api_name, values, timeout=self._timeout)

    # --- dub server -------------------------------------------------------------------------------------------------

    def endpoints(self) -> Sequence[Endpoint]:
        return tuple(map(described, self.documented))

    def discovered(self) -> Sequence[Endpoint]:
        """The functions of this very server that are not in the document, or not as it has them: as the server itself
        declares them. Empty when it does not answer."""
        try:
            offered = self.offered()
        except (BackendError, InputError):
            return ()
        documented = {call.name: call for call in self.endpoints()}
        return [one for one in map(self._described, offered.values()) if documented.get(one.name) != one]

    def _described(self, offered: Offered) -> Endpoint:
        """A function as the document has it, where the server's takes the same parameters, else as the server says."""
        documented = next((call for call in self.endpoints() if call.name == offered.api_name), None)
        same = documented and set(documented.fields) == {parameter.name for parameter in offered.parameters}
        return documented if documented and same else declared(offered)

    def call(self, endpoint: str, values: Mapping[str, Any]) -> Any:
        """A call of this server. Gives Audio where a sound comes back, else its values as JSON can say them."""
        return self._json_answer(self.called(endpoint, values))

    def called(self, endpoint: str, values: Mapping[str, Any]) -> Answer:
        """The answer of a call. Raises InputError when this server has no such call or a value lacks."""
        name = "/" + endpoint.lstrip("/")
        offered = self.offered()
        if name not in offered:
            there = ", ".join(sorted(offered))
            raise InputError(f"this server has no {name}", where=self.server.url, advice=f"it has {there}")
        fields = self._described(offered[name]).fields
        missing = [key for key, field in fields.items() if field.default is REQUIRED and key not in values]
        if missing:
            raise InputError(f"{name} needs {' and '.join(missing)}", advice=fields[missing[0]].setting.about)
        return self.ask(name, {key: _uploaded(value) for key, value in values.items()})

    def _json_answer(self, answer: Answer) -> Any:
        sounds = [value for value in answer.values if isinstance(value, Remote)]
        if sounds:
            return self._decoded(sounds[0], answer)
        plain = [_as_json(output) for output in answer.outputs]
        if answer.warnings:
            return {"values": plain, "warnings": list(answer.warnings)}
        return plain[0] if len(plain) == 1 else plain

    def _decoded(self, file: Remote, answer: Answer) -> Audio:
        from dubber.media import audio

        try:
            sound = audio.decode(self.server.fetch(file))
        except ValueError as error:
            raise BackendError(f"sent no sound: {error}", where=self.server.url) from None
        if not sound.samples.any():
            said = "; ".join(answer.warnings)
            raise BackendError(f"sent silence{': it says ' + said if said else ''}"[:300], where=self.server.url)
        return sound


class WebUI(Page, Backend):
    """A voice system behind a Gradio web UI."""

    def close(self) -> None:
        super().close()
        if "_folder" in self.__dict__:
            shutil.rmtree(self._folder, ignore_errors=True)

    def heard(self, answer: Answer) -> Audio:
        """The sound of an answer, or BackendError with the reason that the server gave, wherever it gave it."""
        texts = [untagged(value) for value in answer.values if isinstance(value, str)]
        said = "; ".join([*answer.warnings, *filter(None, texts)])
        files = [value for value in answer.values if isinstance(value, Remote)]
        if not files or any(map(FAILED.search, texts)):
            raise BackendError(f"made no sound{': it says ' + said if said else ''}"[:300], where=self.server.url)
        return self._decoded(files[0], answer)

    def reference(self, path: Path, *, shortest: float = 0.5, longest: float = 60.0) -> Upload:
        """A recording of this computer, checked, as a mono WAV to upload under a name that tells nothing.

        shortest, longest: seconds that the system takes. Raises InputError.
        """
        from dubber.backends._recordings import as_wav

        try:
            facts = path.stat()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
        key = (path, facts.st_mtime_ns, facts.st_size)
        if key not in self._references:
            self._references[key] = self._upload_of(as_wav(path, shortest=shortest, longest=longest))
        return self._references[key]

    @cached_property
    def _references(self) -> dict[tuple[Path, int, int], Upload]:
        return {}

    def _upload_of(self, data: bytes, name: str = "") -> Upload:
        name = name or f"reference-{blake2b(data, digest_size=8).hexdigest()}"
        path = self._folder / f"{name}.wav"
        path.write_bytes(data)
        return Upload(path)

    @cached_property
    def _folder(self) -> Path:
        return scratch.lasting(self)


def described(call: Any) -> Endpoint:
    """A documented call, from the function that documents it."""
    return Endpoint(f"/{call.__name__}", (inspect.getdoc(call) or "").partition("\n")[0], fields_of(call))


def declared(offered: Offered) -> Endpoint:
    """A call as the server declares it: labels for meanings. Its choices are told and not enforced: a session may have
    been told of more since."""
    fields = {one.name: _field(one) for one in offered.parameters}
    return Endpoint(offered.api_name, "As this server declares it.", fields)


def _field(parameter: Parameter) -> Field:
    label = parameter.label or parameter.name
    about = f"{label}: {', '.join(map(repr, parameter.choices))}" if parameter.choices else label
    if parameter.kind in _FILES:  # one that is not given is none: the server says if it cannot do without
        return Field(parameter.name, *_FILES[parameter.kind], Setting(about))
    kind = _KINDS.get(parameter.kind, str)
    return Field(parameter.name, kind, REQUIRED if parameter.required else parameter.default, Setting(about))


def chosen(parameter: Parameter, place: int) -> str:
    """The choice at a place: the words are translated, their order is not."""
    if place >= len(parameter.choices):
        raise CallRefused(f"{parameter.label} has no choice number {place + 1}: {', '.join(parameter.choices)}")
    return parameter.choices[place]


def nearest(name: str, names: Sequence[str]) -> str:
    """Advice about a name that is not there."""
    near = get_close_matches(name, names, n=3, cutoff=0.4) or [
        one for one in names if name.casefold() in one.casefold()
    ]
    return f"did you mean {' or '.join(near[:3])}?" if near else "there is " + (", ".join(names[:12]) or "none")


def safe(name: str) -> str:
    """A name that may become a file's name on a server; raises InputError."""
    if not SAFE_NAME.fullmatch(name) or name.endswith("."):
        raise InputError(f"{name!r} cannot be a voice's name", advice="letters, digits, spaces, - _ . ( )")
    return name


def _uploaded(value: Any) -> Any:
    if isinstance(value, Path):
        if not value.is_file():
            raise InputError("there is no such file", where=str(value))
        return Upload(value)
    return [_uploaded(item) for item in value] if isinstance(value, tuple | list) else value


def _as_json(output: GradioOutput) -> Any:
    """An output's value; with the choices of a list that the call changed."""
    if output.choices and output.value:
        return {"value": output.value, "choices": list(output.choices)}
    return list(output.choices) if output.choices else output.value
