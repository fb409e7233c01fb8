"""The calls of GPT-SoVITS' inference web UI as its document has them, for `dub server gptsovits`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from dubber.schema import Setting

FASTEST, SLOWEST = 1.65, 0.6

Language = Annotated[str, Setting("a language, as the server's list names it")]
Cut = Annotated[str, Setting("where a text is split, as the server's list names it")]


def change_choices() -> None:
    """The weights that lie in the server's folders: SoVITS, then GPT."""


def inference(  # noqa: PLR0913 - as the document has it
    ref_audio_path: Annotated[Path, Setting("the reference recording, 3 to 10 s")],
    text: Annotated[str, Setting("what is to be said")] = "",
    text_lang: Language = "中文",
    aux_ref_audio_paths: Annotated[tuple[Path, ...], Setting("more recordings of the voice")] = (),
    prompt_text: Annotated[str, Setting("what the reference says")] = "",
    prompt_lang: Language = "中文",
    top_k: Annotated[int, Setting("number of the likeliest tokens", low=1, high=100)] = 5,
    top_p: Annotated[float, Setting("share of the likeliest tokens", low=0, high=1)] = 1.0,
    temperature: Annotated[float, Setting("how freely it reads", low=0, high=1)] = 1.0,
    text_split_method: Cut = "凑四句一切",
    batch_size: Annotated[int, Setting("pieces at once", low=1, high=200)] = 20,
    speed_factor: Annotated[float, Setting("1 is natural", low=SLOWEST, high=FASTEST)] = 1.0,
    ref_text_free: Annotated[bool, Setting("ignore prompt_text")] = False,
    split_bucket: Annotated[bool, Setting("sort pieces by length")] = True,
    fragment_interval: Annotated[float, Setting("silence after each piece", unit="s", low=0.01, high=1)] = 0.3,
    seed: Annotated[int, Setting("-1: by chance; another needs keep_random = false", low=-1, high=2**32 - 1)] = -1,
    keep_random: Annotated[bool, Setting("take a seed by chance, whatever seed says")] = True,
    parallel_infer: Annotated[bool, Setting("compute pieces side by side")] = True,
    repetition_penalty: Annotated[float, Setting("against repeated sounds", low=0, high=2)] = 1.35,
    sample_steps: Annotated[int, Setting("version 3 and 4: 4, 8, 16, 32, 64 or 128", low=4, high=128)] = 32,
    super_sampling: Annotated[bool, Setting("version 3: raise 24 to 48 kHz")] = False,
) -> None:
    """Speak a text with the weights that are loaded."""


def stop() -> None:
    """Stop what the server is speaking, whoever asked for it."""


def change_sovits_weights(
    sovits_path: Annotated[str, Setting("weights, as /change_choices names them")],
    prompt_language: Language = "中文",
    text_language: Language = "中文",
) -> None:
    """Load acoustic weights, for everybody; the server remembers them. Gives the languages that they know."""


def init_t2s_weights(weights_path: Annotated[str, Setting("weights, as /change_choices names them")]) -> None:
    """Load text weights, for everybody (versions up to spring 2025)."""


def change_gpt_weights(gpt_path: Annotated[str, Setting("weights, as /change_choices names them")]) -> None:
    """Load text weights, for everybody (newer versions)."""


def to_cut(text_inp: Annotated[str, Setting("a text")] = "", how_to_cut: Cut = "凑四句一切") -> None:
    """How the server would split a text."""


CALLS = (change_choices, inference, stop, change_sovits_weights, init_t2s_weights, change_gpt_weights, to_cut)
