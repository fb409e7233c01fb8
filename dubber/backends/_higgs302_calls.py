"""The calls of the document of 302.AI's Higgs Audio V2, as functions: names, meanings, ranges, defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

from dubber.schema import Setting

Temperature = Annotated[float, Setting("how freely it speaks", low=0.0, high=1.5)]
TopK = Annotated[int, Setting("likeliest tokens that are considered; -1: all", low=-1, high=100)]
TopP = Annotated[float, Setting("share of likelihood that is considered", low=0.1, high=1.0)]


def clone(
    *,
    input_text: Annotated[str, Setting("the text; several speakers: one turn a line, [SPEAKER0] first")],
    ref_audio_text: Annotated[tuple[str, ...], Setting("what is said in each recording, in their order")],
    ref_audio_links: Annotated[tuple[str, ...], Setting("links of recordings; the i-th is SPEAKERi's")] = (),
    recordings: Annotated[tuple[Path, ...], Setting("recordings of this computer, uploaded and put after them")] = (),
    temperature: Temperature = 1.0,
    top_k: TopK = 50,
    top_p: TopP = 0.95,
) -> None:
    """make a voice clone task (POST; costs money): gives its task_id"""


def smart(
    *,
    input_text: Annotated[str, Setting("the text; several speakers: one turn a line, [SPEAKER0] first")],
    is_multi_speaker: Annotated[bool, Setting("does the text have several speakers?")] = False,
    system_prompt: Annotated[str, Setting("the whole instruction, instead of scene and speakers")] = "",
    scene: Annotated[str, Setting('where they speak: "Audio is recorded from a quiet room."')] = "",
    speakers: Annotated[tuple[str, ...], Setting('each voice in words: "feminine; british accent"')] = (),
    temperature: Temperature = 1.0,
    top_k: TopK = 50,
    top_p: TopP = 0.95,
) -> None:
    """make a smart voice task (POST; costs money): gives its task_id"""


def clone_task(
    *,
    task_id: Annotated[str, Setting("the id that clone gave")],
    sound: Annotated[bool, Setting("wait until it is done, and give its sound")] = False,
) -> None:
    """look at a voice clone task (GET)"""


def smart_task(
    *,
    task_id: Annotated[str, Setting("the id that smart gave")],
    sound: Annotated[bool, Setting("wait until it is done, and give its sound")] = False,
) -> None:
    """look at a smart voice task (GET)"""


def upload(*, recording: Annotated[Path, Setting("a recording of this computer, 1 to 60 s")]) -> None:
    """upload a recording (POST): gives its link"""


CALLS: Mapping[str, Callable[..., None]] = {
    call.__name__: call for call in (clone, clone_task, smart, smart_task, upload)
}
