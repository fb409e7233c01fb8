"""What a user may ask of a training: stated once, for the command line and the record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from dubber.errors import InputError
from dubber.schema import Setting

STEPS = ("slice", "denoise", "asr", "label", "features", "sovits", "gpt")
USUAL = tuple(step for step in STEPS if step != "denoise")
LANGUAGES = ("zh", "en", "ja", "yue", "ko")
NAME = re.compile(r"[^\W_][\w-]{0,59}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """A training. Empty texts and nothings are left to the server."""

    language: Annotated[str, Setting("what the recordings speak", choices=LANGUAGES)]
    server: Annotated[str, Setting("address of the training web UI")] = "http://127.0.0.1:9874"
    server_dir: Annotated[
        str, Setting("a folder shared with the server, LOCAL=REMOTE or one name for both; all work is done in it")
    ] = ""
    steps: Annotated[tuple[str, ...], Setting("what is done, in this order", choices=STEPS)] = USUAL
    version: Annotated[str, Setting("model version, as the server offers: v2, v4")] = ""
    threshold: Annotated[float, Setting("slice: what is quieter is silence", unit="dB", low=-100, high=0)] = -34.0
    min_length: Annotated[int, Setting("slice: shortest slice", unit="ms", low=1000, high=10000)] = 4000
    min_interval: Annotated[int, Setting("slice: shortest pause to cut in", unit="ms", low=10, high=5000)] = 300
    processes: Annotated[int, Setting("slice: processes at once", low=1, high=64)] = 4
    asr_model: Annotated[str, Setting("speech recognition, as the server names it; empty: one for the language")] = ""
    asr_size: Annotated[str, Setting("its model's size, as the server offers")] = ""
    asr_precision: Annotated[str, Setting("its precision, as the server offers")] = ""
    features: Annotated[str, Setting("how features are made", choices=("one-click", "one-by-one"))] = "one-click"
    batch_size: Annotated[int | None, Setting("recordings at once on each card", low=1, high=512)] = None
    sovits_epochs: Annotated[int | None, Setting("rounds of the SoVITS training", low=1, high=1000)] = None
    gpt_epochs: Annotated[int | None, Setting("rounds of the GPT training", low=2, high=1000)] = None
    lora_rank: Annotated[str, Setting("version 3 and 4, as the server offers")] = ""
    dpo: Annotated[bool, Setting("GPT training with DPO (experimental)")] = False
    gpu: Annotated[str, Setting("graphics cards by number, as in 0 or 0-1")] = ""
    reference: Annotated[str, Setting("the voice's reference, 3 to 10 s; empty: the best slice")] = ""
    transcript: Annotated[str, Setting("what that reference says")] = ""
    speaker_server: Annotated[str, Setting("where the voice will be spoken; empty: port 9872 of the same computer")] = (
        ""
    )


def good_name(name: str) -> str:
    """A name that may stand in paths and command lines, and be a profile's; raises InputError."""
    if not NAME.fullmatch(name):
        raise InputError(f"{name!r} cannot be a voice's name", advice="letters, digits, - and _, at most 60")
    return name
