"""Speaks through the inference web UI of GPT-SoVITS: a pair of weights and a reference recording make a voice.

The pair is loaded for everybody who uses the server, the server does not tell which it is, and a switch is not held up
by what is being spoken. So a voice names its pair, and there is one lock for each server around "load it if need be,
then speak" (backends/_gptsovits_weights.py); lines that come sorted by voice switch least.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from dubber.backends import _gptsovits_api, _gptsovits_webui
from dubber.backends._gptsovits_api import ApiV2, contents
from dubber.backends._gptsovits_webui import FASTEST, SLOWEST
from dubber.backends._gptsovits_weights import (
    Loaded,
    bare,
    check_fit,
    check_named,
    check_transcript,
    held,
    matching,
    without_transcript,
)
from dubber.backends._webui import WebUI, chosen, described
from dubber.errors import BackendError, InputError
from dubber.model import Audio, Line, Voice
from dubber.net.gradio import Answer, CallRefused, GradioEndpoint, Parameter, Remote, TimedOut
from dubber.schema import Endpoint as Offered
from dubber.schema import Setting

SHORTEST, LONGEST = 3.0, 10.0  # seconds of a reference
CUTS = ("none", "four sentences", "50 characters", "chinese stops", "english stops", "punctuation")
# In the order of the server's choices, whatever its language; weights of version 1 know six of them.
LANGUAGES = ("zh", "en", "ja", "yue", "ko", "zh+en", "ja+en", "yue+en", "ko+en", "any", "any+yue")


@dataclass(frozen=True, slots=True)
class GPTSoVITSVoice:
    """A pair of weights, a reference recording with its transcript, and how freely it reads."""

    reference: Annotated[Path | None, Setting("a recording of the voice, 3 to 10 s, one speaker; needed")] = None
    transcript: Annotated[str, Setting("what the recording says; version 3 and 4 need it")] = ""
    reference_language: Annotated[str, Setting("of the recording; empty: the text's", choices=("", *LANGUAGES))] = ""
    text_language: Annotated[
        str, Setting("of the text; empty: the film's. zh+en: Chinese with English words", choices=("", *LANGUAGES))
    ] = ""
    sovits: Annotated[str, Setting("the acoustic weights, by file name (api_v2: path on the server); needed")] = ""
    gpt: Annotated[str, Setting("the text weights, by file name (api_v2: path on the server); needed")] = ""
    server_reference: Annotated[str, Setting("api_v2: the recording's path on the server, which takes no upload")] = ""
    server_auxiliary: Annotated[tuple[str, ...], Setting("api_v2: paths of more recordings on the server")] = ()
    auxiliary: Annotated[tuple[Path, ...], Setting("more recordings whose timbre is blended in (version 1 and 2)")] = ()
    speed: Annotated[float, Setting("how fast it reads, 1 is natural", low=SLOWEST, high=FASTEST)] = 1.0
    top_k: Annotated[int | None, Setting("number of the likeliest tokens to draw from", low=1, high=100)] = None
    top_p: Annotated[float | None, Setting("share of the likeliest tokens to draw from", low=0, high=1)] = None
    temperature: Annotated[float | None, Setting("how freely it reads", low=0, high=1)] = None
    repetition_penalty: Annotated[float | None, Setting("against repeated sounds", low=0, high=2)] = None
    cut: Annotated[str, Setting("where a text is split; a subtitle's line is short", choices=CUTS)] = "none"
    batch_size: Annotated[int | None, Setting("pieces at once", low=1, high=200)] = None
    fragment_interval: Annotated[float | None, Setting("silence after each piece", unit="s", low=0.01, high=1.0)] = None
    without_transcript: Annotated[bool, Setting("ignore the transcript")] = False
    split_bucket: Annotated[bool | None, Setting("sort pieces by length to compute less")] = None
    parallel_infer: Annotated[bool | None, Setting("compute pieces side by side")] = None
    seed: Annotated[int, Setting("the same seed, the same reading; -1: another each time", low=-1, high=2**32 - 1)] = -1
    sample_steps: Annotated[
        int | None, Setting("quality steps of version 3 and 4: 4, 8, 16, 32, 64 or 128", low=4, high=128)
    ] = None
    super_sampling: Annotated[bool | None, Setting("version 3: raise 24 to 48 kHz")] = None


class GPTSoVITS(WebUI):
    """Speaks through GPT-SoVITS (trained or pretrained weights, a reference recording, five languages)."""

    name = "gptsovits"
    voice = GPTSoVITSVoice
    kind = "the inference web UI of GPT-SoVITS"
    speed_range = (SLOWEST, FASTEST)
    documented = _gptsovits_webui.CALLS

    def __init__(
        self,
        *,
        servers: Annotated[tuple[str, ...], Setting("addresses of the web UIs")] = ("http://127.0.0.1:9872",),
        in_flight: Annotated[int, Setting("lines under way to one server; it speaks one at a time", low=1, high=4)] = 2,
        timeout: Annotated[float, Setting("the longest that one line may take", unit="s", low=1, high=86400)] = 600.0,
        connect: Annotated[float, Setting("how long to wait for a connection", unit="s", low=0.1, high=300)] = 10.0,
        api: Annotated[
            str,
            Setting(
                "the web UI, or api_v2.py (REST, port 9880); auto: it is asked", choices=("auto", "webui", "api_v2")
            ),
        ] = "auto",
        shared: Annotated[
            bool, Setting("other programs use the servers meanwhile: the pair is loaded anew before each line")
        ] = False,
    ) -> None:
        self._open(servers, timeout, connect)
        self._api_kind, self._rest = api, ApiV2(servers[0], timeout, connect)
        self._shared, self._began = shared, False
        self._told: tuple[int, dict[str, tuple[str, ...]]] = (0, {})
        self._busy = False

    @classmethod
    def speeds(cls, voice: Voice) -> tuple[float, float]:
        own = voice.get("speed", 1.0)
        assert isinstance(own, float | int)
        return (SLOWEST / own, FASTEST / own)

    @classmethod
    def loads(cls, voice: Voice) -> tuple[Hashable, ...]:
        reference = [voice.get(key) for key in ("reference", "server_reference", "auxiliary", "server_auxiliary")]
        return voice.get("sovits", ""), voice.get("gpt", ""), tuple(reference)

    def _speaks(self, offered: Mapping[str, GradioEndpoint]) -> bool:
        return "/inference" in offered and "/change_sovits_weights" in offered

    def preflight(self, line: Line) -> None:
        """The recording, and that the server has the weights; nothing is switched: others may be using it."""
        voice: GPTSoVITSVoice = self.settings_of(line.voice)
        if self._api is None:
            self._values(self.offered()["/inference"], voice, line)
        else:
            self._api_values(voice, line)
        self._pair(voice, line.voice.name)

    def identity(self, voice: Voice) -> str:
        pair = self._pair(self.settings_of(voice), voice.name)
        return f"GPT-SoVITS, {pair['sovits']} with {pair['gpt']}"

    def content(self, voice: Voice) -> str:
        """Of weights and recordings that an api_v2 on this computer reads."""
        named: GPTSoVITSVoice = self.settings_of(voice)
        paths = [named.sovits, named.gpt, named.server_reference, *named.server_auxiliary]
        return contents(self._api.server, paths) if self._api else ""

    def synthesize(self, line: Line) -> Audio:
        voice: GPTSoVITSVoice = self.settings_of(line.voice)
        if self._api is not None:
            values = self._api_values(voice, line)
            return self._by_api(self._api, self._pair(voice, line.voice.name), values)
        values = self._values(self.offered()["/inference"], voice, line)
        pair = self._pair(voice, line.voice.name)
        with self._alone() as loaded:
            self._load(loaded, pair)
            for key in ("text_lang", "prompt_lang"):
                self._check_language(loaded, values[key])
            answer = self._spoken(values)
            loaded.answered = time.time()
        if bare(values) and not any(isinstance(value, Remote) for value in answer.values):
            raise without_transcript("; ".join(answer.warnings), self.server.url)
        return self.heard(answer)

    def _by_api(self, api: ApiV2, pair: Mapping[str, str], values: Mapping[str, Any]) -> Audio:
        with held(api.server) as loaded:
            self._forget(loaded, loaded.idle())
            api.load(loaded.pair, pair)
            sound = api.speak(values)
            loaded.answered = time.time()
        return sound

    def _api_values(self, voice: GPTSoVITSVoice, line: Line) -> dict[str, Any]:
        if not voice.server_reference:
            raise InputError("api_v2 takes no upload: the voice needs the recording's path on the server",
                             where=f"voices.{line.voice.name}", advice='server_reference = "..."')  # fmt: skip
        text = LANGUAGES.index(voice.text_language or _spoken_language(line))
        reference = LANGUAGES.index(voice.reference_language) if voice.reference_language else text
        values: dict[str, Any] = {
            "text": line.text, "text_lang": _gptsovits_api.CODES[text], "ref_audio_path": voice.server_reference,
            "aux_ref_audio_paths": list(voice.server_auxiliary), "prompt_lang": _gptsovits_api.CODES[reference],
            "prompt_text": "" if voice.without_transcript else voice.transcript, "speed_factor": _speed(voice, line),
            "text_split_method": _gptsovits_api.CUTS[CUTS.index(voice.cut)], "seed": voice.seed,
        }  # fmt: skip
        return values | _given(voice)

    @property
    def _api(self) -> ApiV2 | None:
        """The REST door where the server is one; None: it is the web UI, or nobody answers to say."""
        if self._api_kind == "auto":
            self._api_kind = self._rest.kind()
        return self._rest if self._api_kind == "api_v2" else None

    def check(self) -> str | None:
        return self._api.check() if self._api else super().check()

    def about(self) -> str:
        return "api_v2" if self._api else super().about()

    def close(self) -> None:
        self._rest.close()
        super().close()

    def _spoken(self, values: Mapping[str, Any]) -> Answer:
        self._busy = True
        try:
            return self.ask("/inference", values)
        except TimedOut:
            self.server.fire("/stop")
            raise
        finally:
            self._busy = False

    def stop(self) -> None:
        """Stops the server only while it speaks for us: it stops whatever runs."""
        self._rest.stop()
        if self._busy:
            self.server.fire("/stop")
        super().stop()

    # --- what is asked ----------------------------------------------------------------------------------------------

    def _values(self, endpoint: GradioEndpoint, voice: GPTSoVITSVoice, line: Line) -> dict[str, Any]:
        if voice.reference is None:  # without one the server would take what the last caller left there
            raise InputError("a voice of gptsovits needs a reference recording", where=f"voices.{line.voice.name}",
                             advice='reference = "FILE", 3 to 10 s, beside the profile')  # fmt: skip
        text_language = voice.text_language or _spoken_language(line)
        more = [self.reference(path, longest=60.0) for path in voice.auxiliary]
        values: dict[str, Any] = {
            "text": line.text,
            "text_lang": chosen(_needed(endpoint, "text_lang"), LANGUAGES.index(text_language)),
            "ref_audio_path": self.reference(voice.reference, shortest=SHORTEST, longest=LONGEST),
            "aux_ref_audio_paths": more or None,
            "prompt_text": voice.transcript,
            "prompt_lang": chosen(
                _needed(endpoint, "prompt_lang"), LANGUAGES.index(voice.reference_language or text_language)
            ),
            "text_split_method": chosen(_needed(endpoint, "text_split_method"), CUTS.index(voice.cut)),
            "speed_factor": _speed(voice, line),
            "ref_text_free": voice.without_transcript,
            "seed": voice.seed,
            "keep_random": voice.seed < 0,
        }
        return values | _given(voice)

    def _check_language(self, loaded: Loaded, language: str) -> None:
        if loaded.languages and language not in loaded.languages:
            raise InputError(f"the weights {loaded.pair['sovits']} do not know {language}",
                             where=self.server.url, advice="they know " + ", ".join(loaded.languages))  # fmt: skip

    # --- weights ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[Loaded]:
        """The server for us alone, and what it has loaded: nothing that is known, if it may have been used by others.
        It goes by its process, which is another after a restart, and the same at each of its addresses."""
        while True:
            self.offered()
            with held(self.server.process or self.server.url) as loaded:
                quiet = loaded.idle()
                self._forget(loaded, quiet)
                if not quiet or self.server.same():
                    yield loaded
                    return
            self.server.close()

    def _forget(self, loaded: Loaded, quiet: bool) -> None:
        """Trust nothing that another program may have changed: at the beginning of a job, after a pause."""
        if quiet or self._shared or not self._began:
            loaded.forget()
        self._began = True

    def _load(self, loaded: Loaded, pair: Mapping[str, str]) -> None:
        for kind, endpoint in (("sovits", self.offered()["/change_sovits_weights"]), ("gpt", self._gpt_switch())):
            if loaded.pair.get(kind) == pair[kind]:
                continue
            answer = self._loaded(endpoint, {endpoint.parameters[0].name: pair[kind]})
            loaded.pair[kind] = pair[kind]
            if kind == "sovits" and len(answer):
                loaded.languages = answer.outputs[0].choices

    def _loaded(self, endpoint: GradioEndpoint, path: Mapping[str, str]) -> Answer:
        try:
            return self.ask(endpoint.api_name, path)
        except CallRefused:  # not told to this session, as the server sees it
            self._told = (0, {})
            self._weights()
            return self.ask(endpoint.api_name, path)

    def _gpt_switch(self) -> GradioEndpoint:
        offered = self.offered()
        for name in ("/change_gpt_weights", "/init_t2s_weights"):
            if name in offered:
                return offered[name]
        raise BackendError("cannot switch its GPT weights", where=self.server.url)

    def _pair(self, voice: GPTSoVITSVoice, name: str) -> dict[str, str]:
        """The weights that the voice names, as the server names them. Raises InputError: one is not named or not there,
        or they do not fit; version 3 or 4 has no transcript."""
        pair, where = {"sovits": voice.sovits, "gpt": voice.gpt}, f"voices.{name}"
        if self._api is None:
            self.offered()
            check_named(pair, where, {} if all(pair.values()) else self._weights())
            pair = {kind: self._there(kind, wanted) for kind, wanted in pair.items()}
        check_named(pair, where, {})
        check_fit(pair["sovits"], pair["gpt"], where)
        check_transcript(pair["sovits"], "" if voice.without_transcript else voice.transcript, where)
        return pair

    def _there(self, kind: str, name: str) -> str:
        try:
            return matching(name, self._weights()[kind], self.server.url)
        except InputError:
            self._told = (0, {})  # it may have come since we asked
            return matching(name, self._weights()[kind], self.server.url)

    def _weights(self) -> dict[str, tuple[str, ...]]:
        """What lies in the server's folders; asked once for each session, which takes only names that it was told."""
        session, weights = self._told
        if session != self.server.session:
            answer = self.ask("/change_choices", {})
            weights = {"sovits": answer.outputs[0].choices, "gpt": answer.outputs[1].choices}
            self._told = (self.server.session, weights)
        return weights

    def voices(self) -> Iterable[str]:
        """The weights: SoVITS, then GPT. A voice takes one of each, and a reference recording. api_v2 lists none."""
        if self._api:
            return []
        self.offered()
        return [*self._weights()["sovits"], *self._weights()["gpt"]]

    def endpoints(self) -> Sequence[Offered]:
        return tuple(map(described, _gptsovits_api.CALLS)) if self._api else super().endpoints()

    def call(self, endpoint: str, values: Mapping[str, Any]) -> Any:
        if self._api is None:
            self.offered()
            self._weights()
            if endpoint.lstrip("/") == "stop":
                return super().call(endpoint, values)
        with held(self._api.server if self._api else self.server.process or self.server.url) as loaded:
            loaded.forget()  # weights may change
            if self._api is not None:
                return self._api.call(endpoint.lstrip("/"), values)
            return super().call(endpoint, values)


def _given(voice: GPTSoVITSVoice) -> dict[str, Any]:
    """What the voice sets of the parameters that are otherwise left to the server."""
    names = ("top_k", "top_p", "temperature", "repetition_penalty", "batch_size", "fragment_interval", "split_bucket",
             "parallel_infer", "sample_steps", "super_sampling")  # fmt: skip
    return {name: getattr(voice, name) for name in names if getattr(voice, name) is not None}


def _speed(voice: GPTSoVITSVoice, line: Line) -> float:
    return round(min(FASTEST, max(SLOWEST, voice.speed * line.speed)), 3)


def _needed(endpoint: GradioEndpoint, name: str) -> Parameter:
    found = endpoint.find(name)
    if found is None:
        raise BackendError(f"{endpoint.api_name} of this server has no {name}", advice="is it a newer version?")
    return found


def _spoken_language(line: Line) -> str:
    tag = (line.voice.language or line.language).lower().replace("_", "-")
    language = "yue" if tag in ("zh-hk", "zh-yue") else tag.partition("-")[0]
    if language not in LANGUAGES:
        raise InputError(f"GPT-SoVITS does not speak {tag or 'an unnamed language'}",
                         advice="it speaks zh, en, ja, yue and ko; or set the voice's text_language")  # fmt: skip
    return language
