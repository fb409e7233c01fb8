"""Speaks through an IndexTTS web UI: the bundle with preset voices, and the upstream 1.5, 2 and 2.5.

Which of them a server is, its own list of functions says. The server keeps no current voice: each call carries the
reference recording, a preset's being fetched once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from dubber.doors.gradio import Endpoint, Refused, Remote, Upload
from dubber.doors.webui import FAILED, WebUI, chosen, nearest, safe
from dubber.errors import BackendError, InputError
from dubber.model import Audio, Line, Voice
from dubber.settings import Setting

NO_PRESET = "请选择预设样音"
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
    emotion: Annotated[str, Setting("version 2: where the feeling comes from", choices=EMOTIONS)] = "voice"
    emotion_reference: Annotated[Path | None, Setting("version 2: a recording with the feeling")] = None
    emotion_weight: Annotated[float | None, Setting("version 2: how strong the feeling is", low=0, high=1)] = None
    emotion_vector: Annotated[
        tuple[float, ...],
        Setting("version 2: happy, angry, sad, afraid, disgusted, melancholic, surprised, calm", low=0, high=1),
    ] = ()
    emotion_text: Annotated[str, Setting("version 2: the feeling in words")] = ""
    emotion_random: Annotated[bool | None, Setting("version 2: vary the feeling by chance")] = None
    duration_factor: Annotated[
        float | None,
        Setting("version 2.5: how long speech takes; 1 natural, 2 twice as long. Set it to let dub ask for faster "
                "reading where a window is short", low=0.5, high=2.0),
    ] = None  # fmt: skip


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


def on_preset_select(selected_display_name: Annotated[str, Setting("the preset's name")] = NO_PRESET) -> None:
    """Load a preset voice: gives its reference recording."""


def on_upload_audio(uploaded_file: Annotated[Path, Setting("a recording; its file name becomes the preset's")]) -> None:
    """Keep a recording on the server as a preset; one of the same name is replaced."""


def on_delete_audio_click(selected_audio: Annotated[str, Setting("the preset's name")] = NO_PRESET) -> None:
    """Ask whether a preset is to be deleted: opens the question in the web UI, deletes nothing."""


def on_confirm_delete(selected_audio: Annotated[str, Setting("the preset's name")] = NO_PRESET) -> None:
    """Delete a preset from the server, for good."""


def on_cancel_delete() -> None:
    """Close the question about deleting."""


def on_upload_subtitle(uploaded_file: Annotated[Path, Setting("a subtitle file")]) -> None:
    """The text of a subtitle file in one piece, without its times."""


def on_generate_subtitle(
    audio_file: Annotated[Path, Setting("the spoken recording")],
    text_content: Annotated[str, Setting("what it says")],
) -> None:
    """Write subtitles for a recording onto the server's disk; only a sentence comes back."""


def on_clear_cache_click() -> None:
    """Ask whether the cache is to be cleared: opens the question in the web UI, clears nothing."""


def on_confirm_clear_cache() -> None:
    """Delete the server's finished recordings, those of other users too."""


def on_cancel_clear_cache() -> None:
    """Close the question about the cache."""


Tokens = Annotated[float, Setting("the longest piece", unit="tokens", low=20, high=402)]


def on_input_text_change(text: Annotated[str, Setting("a text")], max_tokens_per_sentence: Tokens = 120) -> None:
    """How the server would split a text: its pieces and their tokens."""


def on_input_text_change_1(text: Annotated[str, Setting("a text")], max_tokens_per_sentence: Tokens = 120) -> None:
    """The same, as the slider asks it."""


def update_prompt_audio() -> None:
    """Does nothing; shows that the server is alive."""


def gen_single_with_status(  # noqa: PLR0913 - as the document has it
    prompt: Annotated[Path, Setting("the reference recording")],
    text: Annotated[str, Setting("what is to be said")],
    infer_mode: Annotated[str, Setting("普通推理: one sentence after another; 批次推理: together")] = "普通推理",
    max_text_tokens_per_sentence: Tokens = 120,
    sentences_bucket_max_size: Annotated[int, Setting("sentences at once (批次推理)", low=1, high=16)] = 4,
    param_5: Annotated[bool, Setting("do_sample: draw tokens by chance")] = True,
    param_6: Annotated[float, Setting("top_p", low=0, high=1)] = 0.8,
    param_7: Annotated[int, Setting("top_k; 0: all", low=0, high=100)] = 30,
    param_8: Annotated[float, Setting("temperature", low=0.1, high=2.0)] = 1.0,
    param_9: Annotated[float, Setting("length_penalty", low=-2, high=2)] = 0.0,
    param_10: Annotated[int, Setting("num_beams", low=1, high=10)] = 3,
    param_11: Annotated[float, Setting("repetition_penalty", low=0.1, high=20)] = 10.0,
    param_12: Annotated[int, Setting("max_mel_tokens: the sound ends here", low=50, high=605)] = 600,
) -> None:
    """Speak a text in the voice of a recording."""


class IndexTTS(WebUI):
    """Speaks through an IndexTTS web UI (preset voices, recordings; 1.5, 2 and 2.5)."""

    name = "indextts"
    voice = IndexTTSVoice
    kind = "an IndexTTS web UI"
    documented = (
        on_preset_select, on_upload_audio, on_delete_audio_click, on_confirm_delete, on_cancel_delete,
        on_upload_subtitle, on_generate_subtitle, on_clear_cache_click, on_confirm_clear_cache, on_cancel_clear_cache,
        on_input_text_change, on_input_text_change_1, update_prompt_audio, gen_single_with_status,
    )  # fmt: skip

    def __init__(
        self,
        *,
        servers: Annotated[tuple[str, ...], Setting("addresses of the web UIs")] = ("http://127.0.0.1:7866",),
        in_flight: Annotated[int, Setting("lines at once on one server", low=1, high=16)] = 2,
        timeout: Annotated[float, Setting("the longest that one line may take", unit="s", low=1, high=86400)] = 600.0,
        connect: Annotated[float, Setting("how long to wait for a connection", unit="s", low=0.1, high=300)] = 10.0,
    ) -> None:
        self._open(servers, timeout, connect)
        self._presets: dict[str, Upload] = {}

    @classmethod
    def speeds(cls, voice: Voice) -> tuple[float, float]:
        factor = voice.get("duration_factor")
        return (factor / 2.0, factor / 0.5) if isinstance(factor, float) else (1.0, 1.0)

    def _speaks(self, offered: Mapping[str, Endpoint]) -> bool:
        return self._speaking(offered) is not None

    @staticmethod
    def _speaking(offered: Mapping[str, Endpoint]) -> Endpoint | None:
        endpoint = offered.get("/gen_single_with_status") or offered.get("/gen_single")
        return endpoint if endpoint and endpoint.find("prompt") and endpoint.find("text") else None

    def synthesize(self, line: Line) -> Audio:
        endpoint, values = self._request(line)
        return self.heard(self.ask(endpoint.api_name, values))

    def rehearse(self, line: Line) -> None:
        self._request(line)

    def _request(self, line: Line) -> tuple[Endpoint, dict[str, Any]]:
        """The call that speaks a line: names of this server's version, the reference recording fetched or read."""
        voice: IndexTTSVoice = self.settings_of(line.voice)
        endpoint = self._speaking(self.offered())
        assert endpoint is not None
        values = {"prompt": self._prompt(voice, endpoint), "text": line.text}
        for field, names in PARAMETERS.items():
            values |= self._set(endpoint, field, names, getattr(voice, field))
        if voice.infer_mode is not None and (mode := endpoint.find("infer_mode")):
            values[mode.name] = chosen(mode, MODES.index(voice.infer_mode))
        return endpoint, values | self._feeling(endpoint, voice) | self._pace(endpoint, voice, line)

    def _set(self, endpoint: Endpoint, field: str, names: tuple[str, ...], value: Any) -> dict[str, Any]:
        if value is None:
            return {}
        parameter = endpoint.find(*names)
        if parameter is None:
            raise InputError(f"this server's version of IndexTTS has no {field}", where=self.server.url)
        return {parameter.name: value}

    def _pace(self, endpoint: Endpoint, voice: IndexTTSVoice, line: Line) -> dict[str, Any]:
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

    def _feeling(self, endpoint: Endpoint, voice: IndexTTSVoice) -> dict[str, Any]:
        method = endpoint.find("emo_control_method")
        if method is None:
            if voice.emotion != "voice":
                raise InputError("this server's version of IndexTTS knows no emotion", where=self.server.url)
            return {}
        values: dict[str, Any] = {method.name: chosen(method, EMOTIONS.index(voice.emotion))}
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

    # --- voices -----------------------------------------------------------------------------------------------------

    def _prompt(self, voice: IndexTTSVoice, endpoint: Endpoint) -> Upload:
        if bool(voice.preset) == (voice.reference is not None):
            raise InputError("a voice of IndexTTS is either a preset or a reference recording",
                             advice='set preset = "NAME" or reference = "FILE"')  # fmt: skip
        if voice.reference is not None:
            second = endpoint.find("emo_control_method") is not None
            return self.reference(voice.reference, longest=LONGEST if second else 60.0)
        if voice.preset not in self._presets:
            self._presets[voice.preset] = self._preset(voice.preset)
        return self._presets[voice.preset]

    def _preset(self, name: str) -> Upload:
        known = list(self.voices())
        try:
            answer = self.ask("/on_preset_select", {"selected_display_name": name}) if known else None
        except (BackendError, InputError):
            if name in known:
                raise
            answer = None
        file = next((value for value in (answer.values if answer else ()) if isinstance(value, Remote)), None)
        if file is None:
            raise InputError(f"the server has no preset {name!r}", where=self.server.url,
                             advice=f"{nearest(name, known)}; {NEWCOMERS}")  # fmt: skip
        return self._kept(self.server.fetch(file))

    def voices(self) -> Iterable[str]:
        """The presets. On gradio 5 and newer: those that were there when the server started."""
        endpoint = self.offered().get("/on_preset_select")
        parameter = endpoint.find("selected_display_name") if endpoint else None
        return [name for name in parameter.choices if name != parameter.default] if parameter else []

    def add_voice(self, name: str, recording: Path) -> str:
        upload = self.reference(recording)
        self.ask("/on_upload_audio", {"uploaded_file": self._kept(upload.path.read_bytes(), safe(name))})
        return "" if self.server.version.startswith("4.") else ADDED

    def remove_voice(self, name: str) -> None:
        try:
            answer = self.ask("/on_confirm_delete", {"selected_audio": name})
        except Refused:
            answer = None
        if answer is None or any(FAILED.search(value) for value in answer.values if isinstance(value, str)):
            raise InputError(f"the server deletes no preset {name!r}", where=self.server.url,
                             advice=nearest(name, list(self.voices())))  # fmt: skip
        self._presets.pop(name, None)
