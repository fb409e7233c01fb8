"""Speaks through an IndexTTS web UI: the bundle with preset voices, and the upstream 1.5, 2 and 2.5.

Which of them a server is, its own list of functions says. The server keeps no current voice: each call carries the
reference recording, a preset's being fetched once. Presets of the upstream page hold settings too; it checks names and
choices against what this session was told (gradio 5), and loading a preset takes the experimental choice away again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any

from dubber.backends._indextts_calls import CALLS
from dubber.backends._webui import FAILED, WebUI, chosen, nearest, safe
from dubber.errors import BackendError, InputError
from dubber.model import Audio, Gender, Line, Voice
from dubber.net.gradio import CallRefused, GradioEndpoint, GradioOutput, Remote, Upload
from dubber.schema import Setting

# gradio 5 checks a choice against what the session was told. Of the documented calls only an upload and a deletion tell
# it, and they change the presets; so a new session never hears of one that came since.
NEWCOMERS = "one added since the server started is known after its restart: until then set reference = its recording"
ADDED = "its web UI takes the name after a restart of the server; until then set reference = the recording"
LONGEST = 15.0  # seconds of a reference that IndexTTS 2 listens to; the rest it drops
MODES = ("one by one", "batch")
EMOTIONS = ("voice", "reference", "vector", "text")
LANGUAGES = ("zh", "en", "ja", "ar", "es")


@dataclass(frozen=True, slots=True)
class IndexTTSVoice:
    """A preset of the server or a recording. What is not set is left to the server, whose versions differ."""

    preset: Annotated[str, Setting("a preset voice of the server, by its name there")] = ""
    reference: Annotated[Path | None, Setting("a recording of the voice, 3 to 15 s, one speaker")] = None
    infer_mode: Annotated[str | None, Setting("long texts one sentence after another or together", choices=MODES)] = (
        None
    )
    max_text_tokens: Annotated[int | None, Setting("where a long text is split", unit="tokens", low=20, high=600)] = (
        None
    )
    bucket_size: Annotated[int | None, Setting("sentences at once, in batch mode", low=1, high=16)] = None
    do_sample: Annotated[bool | None, Setting("draw tokens by chance instead of taking the likeliest")] = None
    top_p: Annotated[float | None, Setting("share of the likeliest tokens to draw from", low=0, high=1)] = None
    top_k: Annotated[int | None, Setting("number of the likeliest tokens to draw from; 0: all", low=0, high=100)] = None
    temperature: Annotated[float | None, Setting("how freely it reads", low=0.1, high=2.0)] = None
    length_penalty: Annotated[float | None, Setting("above 0 favours longer speech", low=-2, high=2)] = None
    num_beams: Annotated[int | None, Setting("readings that are weighed against each other", low=1, high=10)] = None
    repetition_penalty: Annotated[float | None, Setting("against repeated sounds", low=0.1, high=20)] = None
    max_mel_tokens: Annotated[
        int | None, Setting("the sound ends here, even inside a word (600 are 25 s)", low=50, high=1815)
    ] = None
    emotion: Annotated[
        str,
        Setting("version 2: where the feeling comes from; voice: what the preset was saved with, else its recording",
                choices=EMOTIONS),
    ] = "voice"  # fmt: skip
    emotion_reference: Annotated[Path | None, Setting("version 2: a recording with the feeling")] = None
    emotion_weight: Annotated[float | None, Setting("version 2: how strong the feeling is", low=0, high=1)] = None
    emotion_vector: Annotated[
        tuple[float, ...],
        Setting("version 2: happy, angry, sad, afraid, disgusted, melancholic, surprised, calm", low=0, high=1),
    ] = ()
    emotion_text: Annotated[str, Setting("version 2: the feeling in words; empty: from the words spoken")] = ""
    emotion_random: Annotated[bool | None, Setting("version 2: vary the feeling by chance")] = None
    duration_factor: Annotated[
        float | None,
        Setting("version 2.5: how long speech takes; 1 natural, 2 twice as long. Set it to let dub ask for faster "
                "reading where a window is short", low=0.5, high=2.0),
    ] = None  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Preset:
    """A preset of the server: its recording, and what it sets by parameter of the call that speaks. emotion: the place
    of its choice among EMOTIONS."""

    prompt: Upload
    values: Mapping[str, Any] = field(default_factory=dict)
    emotion: int = 0

    @property
    def digest(self) -> str:
        """What it holds, in a few letters: another recording under the same name gives others."""
        held = [(name, _content(value)) for name, value in sorted({**self.values, "": self.prompt}.items())]
        return blake2b(repr((held, self.emotion)).encode(), digest_size=6).hexdigest()


def _content(value: Any) -> Any:
    return value.path.read_bytes() if isinstance(value, Upload) else value


# voice field: names (or labels) of the parameter, in any version
PARAMETERS = {
    "max_text_tokens": ("max_text_tokens_per_sentence", "max_text_tokens_per_segment"),
    "bucket_size": ("sentences_bucket_max_size",),
    "emotion_weight": ("emo_weight",),
    "emotion_random": ("emo_random",),
    **{name: (name,) for name in (
        "do_sample", "top_p", "top_k", "temperature", "length_penalty", "num_beams", "repetition_penalty",
        "max_mel_tokens",
    )},
}  # fmt: skip


class IndexTTS(WebUI):
    """Speaks through an IndexTTS web UI (preset voices, recordings; 1.5, 2 and 2.5)."""

    name = "indextts"
    voice = IndexTTSVoice
    named_by = "preset"
    kind = "an IndexTTS web UI"
    documented = CALLS

    def __init__(
        self,
        *,
        servers: Annotated[tuple[str, ...], Setting("addresses of the web UIs")] = ("http://127.0.0.1:7866",),
        in_flight: Annotated[int, Setting("lines at once on one server", low=1, high=16)] = 2,
        timeout: Annotated[float, Setting("the longest that one line may take", unit="s", low=1, high=86400)] = 600.0,
        connect: Annotated[float, Setting("how long to wait for a connection", unit="s", low=0.1, high=300)] = 10.0,
    ) -> None:
        self._open(servers, timeout, connect)
        self._presets: dict[str, _Preset] = {}
        self._told: tuple[int, tuple[str, ...]] = (0, ())  # the session, the emotions that it may choose now

    @classmethod
    def speeds(cls, voice: Voice) -> tuple[float, float]:
        factor = voice.get("duration_factor")
        return (factor / 2.0, factor / 0.5) if isinstance(factor, float) else (1.0, 1.0)

    @classmethod
    def gender(cls, voice: Voice) -> Gender:
        """Of the bundle's presets, which begin with 女 (woman) or 男 (man)."""
        kinds: dict[str, Gender] = {"女": "female", "男": "male"}
        return kinds.get(str(voice.get("preset", ""))[:1], "")

    def _speaks(self, offered: Mapping[str, GradioEndpoint]) -> bool:
        return self._speaking(offered) is not None

    @staticmethod
    def _speaking(offered: Mapping[str, GradioEndpoint]) -> GradioEndpoint | None:
        endpoint = offered.get("/gen_single_with_status") or offered.get("/gen_single")
        return endpoint if endpoint and endpoint.find("prompt") and endpoint.find("text") else None

    def about(self) -> str:
        speaks = self._speaking(self.offered())
        second = speaks is not None and speaks.find("emo_control_method") is not None
        version = ("2.5" if speaks and speaks.find("lang_choice") else "2") if second else "1.5"
        return f"IndexTTS {version}, {super().about()}"

    def synthesize(self, line: Line) -> Audio:
        try:
            return self._spoken(line)
        except CallRefused:  # the server was started anew behind our back, or changed its presets
            self._forget()
            return self._spoken(line)

    def _spoken(self, line: Line) -> Audio:
        endpoint, values = self._request(line)
        return self.heard(self.ask(endpoint.api_name, values))

    def preflight(self, line: Line) -> None:
        self._request(line)

    def _forget(self) -> None:
        """The next call opens a session of its own and is told everything anew."""
        self._presets.clear()
        self.server.close()

    def identity(self, voice: Voice) -> str:
        """The version, by what its functions take; of a preset what it holds, whoever put it there."""
        settings: IndexTTSVoice = self.settings_of(voice)
        endpoint = self._speaking(self.offered())
        assert endpoint is not None
        newest = "2" if endpoint.find("emo_control_method") else "1.5"
        version = "2.5" if endpoint.find("duration_factor") else newest
        preset = f", preset {self._voiced(settings, endpoint).digest}" if settings.preset else ""
        return f"IndexTTS {version}{preset}"

    def _request(self, line: Line) -> tuple[GradioEndpoint, dict[str, Any]]:
        """The call that speaks a line: names of this server's version, the reference recording fetched or read."""
        voice: IndexTTSVoice = self.settings_of(line.voice)
        endpoint = self._speaking(self.offered())
        assert endpoint is not None
        preset = self._voiced(voice, endpoint)
        values = {**preset.values, "prompt": preset.prompt, "text": line.text}
        for name, names in PARAMETERS.items():
            values |= self._set(endpoint, name, names, getattr(voice, name))
        if voice.infer_mode is not None and (mode := endpoint.find("infer_mode")):
            values[mode.name] = chosen(mode, MODES.index(voice.infer_mode))
        return endpoint, values | self._feeling(endpoint, voice, preset) | self._pace(endpoint, voice, line)

    def _set(self, endpoint: GradioEndpoint, field: str, names: tuple[str, ...], value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        parameter = endpoint.find(*names)
        if parameter is None:
            raise InputError(f"this server's version of IndexTTS has no {field}", where=self.server.url)
        return {parameter.name: value}

    def _pace(self, endpoint: GradioEndpoint, voice: IndexTTSVoice, line: Line) -> dict[str, Any]:
        values = {}
        if voice.duration_factor is not None:
            factor = min(2.0, max(0.5, voice.duration_factor / line.speed))
            values = self._set(endpoint, "duration_factor", ("duration_factor",), round(factor, 3))
        if language := endpoint.find("lang_choice"):
            tag = (line.voice.language or line.language).lower().partition("-")[0]
            if tag not in LANGUAGES:
                raise InputError(f"IndexTTS does not speak {tag or 'an unnamed language'}",
                                 advice="it speaks " + ", ".join(LANGUAGES))  # fmt: skip
            values[language.name] = tag.upper()
        return values

    def _feeling(self, endpoint: GradioEndpoint, voice: IndexTTSVoice, preset: _Preset) -> dict[str, Any]:
        method = endpoint.find("emo_control_method")
        if method is None:
            if voice.emotion != "voice":
                raise InputError("this server's version of IndexTTS knows no emotion", where=self.server.url)
            return {}
        place = EMOTIONS.index(voice.emotion) or preset.emotion
        values: dict[str, Any] = {method.name: self._emotion(endpoint, place)}
        if voice.emotion == "reference":
            if voice.emotion_reference is None:
                raise InputError('emotion = "reference" needs emotion_reference', where=voice.preset)
            values["emo_ref_path"] = self.reference(voice.emotion_reference, longest=LONGEST)
        if voice.emotion == "vector":
            if len(voice.emotion_vector) != 8:
                raise InputError(f"emotion_vector has {len(voice.emotion_vector)} numbers instead of 8")
            values |= {f"vec{place}": value for place, value in enumerate(voice.emotion_vector, 1)}
        if voice.emotion == "text":
            values["emo_text"] = voice.emotion_text
        return values

    def _emotion(self, endpoint: GradioEndpoint, place: int) -> str:
        """The choice at a place of EMOTIONS, in the server's words."""
        method = endpoint.find("emo_control_method")
        assert method is not None
        session, choices = self._told
        if session != self.server.session:
            choices = method.choices
        if place >= len(choices):
            choices = self._experimental() or choices
        self._told = (self.server.session, choices)
        if place >= len(choices):
            raise InputError(f"this server takes no emotion by {EMOTIONS[place]}", where=self.server.url,
                             advice="a newer one does; with little graphics memory it needs --qwen_emo")  # fmt: skip
        return choices[place]

    def _experimental(self) -> tuple[str, ...]:
        """All emotions: the last of them only sessions may choose that have asked for experimental features."""
        if "/on_experimental_change" not in self.offered():
            return ()
        return self.ask("/on_experimental_change", {"is_experimental": True}).outputs[0].choices

    # --- voices -----------------------------------------------------------------------------------------------------

    def _voiced(self, voice: IndexTTSVoice, endpoint: GradioEndpoint) -> _Preset:
        """The recording of a voice; a preset is looked up once for each session."""
        if bool(voice.preset) == (voice.reference is not None):
            raise InputError("a voice of IndexTTS is either a preset or a reference recording",
                             advice='set preset = "NAME" or reference = "FILE"')  # fmt: skip
        if voice.reference is not None:
            second = endpoint.find("emo_control_method") is not None
            return _Preset(self.reference(voice.reference, longest=LONGEST if second else 60.0))
        if voice.preset not in self._presets:
            upstream = "/on_preset_load" in self.offered()
            find = self._loaded if upstream else self._selected
            self._presets[voice.preset] = find(voice.preset, endpoint)
        return self._presets[voice.preset]

    def _selected(self, name: str, endpoint: GradioEndpoint) -> _Preset:
        """A preset of the bundle: a recording."""
        known = list(self.voices())
        try:
            answer = self.ask("/on_preset_select", {"selected_display_name": name}) if known else None
        except (BackendError, InputError):
            if name in known:
                raise
            answer = None
        file = next((value for value in (answer.values if answer else ()) if isinstance(value, Remote)), None)
        if file is None:
            raise self._unknown(name, known, NEWCOMERS if known else "")
        return _Preset(self._upload_of(self.server.fetch(file)))

    def _loaded(self, name: str, endpoint: GradioEndpoint) -> _Preset:
        """A preset of the upstream page: what it gives goes to the parameters with the same labels, since the page has
        one control for both."""
        known = list(self.voices())
        if name not in known:
            raise self._unknown(name, known)
        answer = self.ask("/on_preset_load", {"name": name})
        self._told = (0, ())  # which took the experimental choice from this session, or gave it
        given = dict(zip(self.offered()["/on_preset_load"].gives, answer.outputs, strict=False))
        prompt, method = endpoint.find("prompt"), endpoint.find("emo_control_method")
        assert prompt is not None
        values = {one.name: self._own(given.pop(one.label)) for one in endpoint.parameters if one.label in given}
        emotion = given_place(answer.outputs, values.pop(method.name, None) if method else None)
        recording = values.pop(prompt.name, None)
        if not isinstance(recording, Upload):
            raise InputError(f"the preset {name!r} has no recording", where=self.server.url,
                             advice="save it anew: dub voices add NAME FILE --backend indextts")  # fmt: skip
        return _Preset(recording, values, emotion)

    def _own(self, output: GradioOutput) -> Any:
        """A value that the server gave, as it is sent back; a file of its own is fetched once."""
        return self._upload_of(self.server.fetch(output.value)) if isinstance(output.value, Remote) else output.value

    def _unknown(self, name: str, known: Sequence[str], more: str = "") -> InputError:
        advice = "; ".join(filter(None, (nearest(name, known), more))) if known else "set reference = its recording"
        return InputError(f"the server has no preset {name!r}", where=self.server.url, advice=advice)

    def voices(self) -> Iterable[str]:
        """The presets. Of the bundle on gradio 5 and newer: those that were there when the server started."""
        offered = self.offered()
        if "/refresh_preset_choices" in offered:
            return [name for name in self.ask("/refresh_preset_choices", {}).outputs[0].choices if name]
        endpoint = offered.get("/on_preset_select")
        parameter = endpoint.find("selected_display_name") if endpoint else None
        return [name for name in parameter.choices if name != parameter.default] if parameter else []

    def add_voice(self, name: str, recording: Path) -> str:
        upload = self._upload_of(self.reference(recording, longest=60.0).path.read_bytes(), safe(name))
        if "/on_preset_save" in self.offered():
            return self._saved(name, upload)
        if "/on_upload_audio" not in self.offered():
            raise InputError("this server's version of IndexTTS keeps no presets", where=self.server.url,
                             advice="name the recording in the profile's voice: reference = FILE")  # fmt: skip
        self.ask("/on_upload_audio", {"uploaded_file": upload})
        return "" if self.server.version.startswith("4.") else ADDED

    def _saved(self, name: str, upload: Upload) -> str:
        """Save a preset with the page's own settings, under a name that the page leaves as it is."""
        theirs = re.sub(r"\s+", "_", name.strip()).strip("._")
        if theirs != name:
            raise InputError(f"its page would call the preset {theirs!r}", where=self.server.url,
                             advice="add it by that name")  # fmt: skip
        names = self.ask("/on_preset_save", {"name": name, "prompt_audio": upload}).outputs[0].choices
        if name not in names:
            raise BackendError(f"did not save the preset {name!r}", where=self.server.url)
        return ""

    def remove_voice(self, name: str) -> None:
        upstream = "/on_preset_delete" in self.offered()
        there = not upstream or name in self.voices()
        call, key = ("/on_preset_delete", "name") if upstream else ("/on_confirm_delete", "selected_audio")
        try:
            answer = self.ask(call, {key: name}) if there else None
        except CallRefused:
            answer = None
        if answer is None or any(FAILED.search(value) for value in answer.values if isinstance(value, str)):
            raise InputError(f"the server deletes no preset {name!r}", where=self.server.url,
                             advice=nearest(name, list(self.voices())))  # fmt: skip
        self._presets.pop(name, None)

    def call(self, endpoint: str, values: Mapping[str, Any]) -> Any:
        """As the page does when it is opened: the session is told of every preset and of every emotion first."""
        self.voices()
        self._experimental()
        return super().call(endpoint, values)


def given_place(outputs: Sequence[GradioOutput], choice: Any) -> int:
    """The place of a choice in the list that came with it; 0 when none did."""
    return next((one.choices.index(choice) for one in outputs if choice in one.choices), 0)
