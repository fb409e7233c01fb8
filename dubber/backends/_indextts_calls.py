"""The calls of the IndexTTS bundle's document, as functions: names, meanings, ranges, defaults (_webui.py).

The upstream pages have others, which they declare themselves: `dub server indextts` lists them where one answers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dubber.schema import Setting

NO_PRESET = "请选择预设样音"


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


CALLS = (
    on_preset_select, on_upload_audio, on_delete_audio_click, on_confirm_delete, on_cancel_delete, on_upload_subtitle,
    on_generate_subtitle, on_clear_cache_click, on_confirm_clear_cache, on_cancel_clear_cache, on_input_text_change,
    on_input_text_change_1, update_prompt_audio, gen_single_with_status,
)  # fmt: skip
