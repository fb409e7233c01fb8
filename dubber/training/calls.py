"""The calls of the GPT-SoVITS training web UI as its document has them; what `dub server webui` shows.

A parameter that is not given takes the server's own default, which the version may have changed: the defaults here
are the document's. Every path is one of the server's disk. Each open... call waits until the work has ended; its
close... call, from another terminal, ends it before. Weights, versions and what runs are one for all who use a server.
"""

from __future__ import annotations

from typing import Annotated

from dubber.schema import Setting

Engine = Annotated[str, Setting("a speech recognition, as the server's list names it")]
Labels = Annotated[str, Setting("the .list file: wav|speaker|language|text in each line")]
Wavs = Annotated[str, Setting("folder of the recordings that the list names")]
Name = Annotated[str, Setting("the model's name")]
Cards = Annotated[str, Setting("graphics cards, one process each, as in 0-0")]
Card = Annotated[str, Setting("graphics cards, as in 0")]
Version = Annotated[str, Setting("newer servers only: v1, v2, v4, v2Pro, ...")]
Batch = Annotated[int, Setting("recordings at once on each card", low=1, high=512)]
Bert = Annotated[str, Setting("the pretrained BERT model")]
Ssl = Annotated[str, Setting("the pretrained SSL model")]
S2G = Annotated[str, Setting("the pretrained SoVITS-G weights")]
Rounds = Annotated[int, Setting("rounds through all recordings", low=1, high=1000)]
Latest = Annotated[bool, Setting("keep only the newest checkpoint")]
Every = Annotated[bool, Setting("write weights at every save")]
Between = Annotated[int, Setting("rounds between saves", low=1, high=1000)]

BERT = "GPT_SoVITS/pretrained_models/chinese-roberta-wwm-ext-large"
SSL = "GPT_SoVITS/pretrained_models/chinese-hubert-base"
GENERATOR = "GPT_SoVITS/pretrained_models/gsv-v2final-pretrained/s2G2333k.pth"
DISCRIMINATOR = "GPT_SoVITS/pretrained_models/gsv-v2final-pretrained/s2D2333k.pth"
TEXT = "GPT_SoVITS/pretrained_models/gsv-v2final-pretrained/s1bert25hz-5kh-longer-epoch=12-step=369668.ckpt"
CHINESE = "达摩 ASR (中文)"
LIST = "D:\\RVC1006\\GPT-SoVITS\\raw\\xxx.list"

# what the server offers


def change_lang_choices(key: Engine = CHINESE) -> None:
    """The languages that a speech recognition knows."""


def change_size_choices(key: Engine = CHINESE) -> None:
    """The model sizes that a speech recognition has."""


def change_precision_choices(key: Engine = CHINESE) -> None:
    """The precisions that a speech recognition computes in."""


def change_choices() -> None:
    """The weights that lie in the server's folders: SoVITS, then GPT."""


def switch_version(version_: Annotated[str, Setting("v1, v2, v4; newer servers have more")] = "v2") -> None:
    """Switch the version, for everybody. Gives its pretrained weights, batch size, epochs, ..."""


def sync(text: Annotated[str, Setting("a path")] = GENERATOR) -> None:
    """Copy a text from one field of the page to another."""


# the recordings


def open_slice(  # noqa: PLR0913
    inp: Annotated[str, Setting("a recording, or a folder of recordings")] = "",
    opt_root: Annotated[str, Setting("folder for the slices")] = "output/slicer_opt",
    threshold: Annotated[str, Setting("what is quieter is silence", unit="dB")] = "-34",
    min_length: Annotated[str, Setting("shortest slice", unit="ms")] = "4000",
    min_interval: Annotated[str, Setting("shortest silence to cut in", unit="ms")] = "300",
    hop_size: Annotated[str, Setting("step of the loudness curve", unit="ms")] = "10",
    max_sil_kept: Annotated[str, Setting("longest silence left at a cut", unit="ms")] = "500",
    _max: Annotated[float, Setting("peak after normalisation", low=0, high=1)] = 0.9,
    alpha: Annotated[float, Setting("share of normalised sound mixed in", low=0, high=1)] = 0.25,
    n_parts: Annotated[int, Setting("processes", low=1, high=1024)] = 4,
) -> None:
    """Cut recordings at their silences."""


def close_slice() -> None:
    """Stop the cutting."""


def open_denoise(
    denoise_inp_dir: Annotated[str, Setting("folder of recordings")] = "",
    denoise_opt_dir: Annotated[str, Setting("folder for the result")] = "output/denoise_opt",
) -> None:
    """Take noise out of recordings; may make the voice worse."""


def close_denoise() -> None:
    """Stop the denoising."""


def open_asr(
    asr_inp_dir: Annotated[str, Setting("folder of recordings")],
    asr_opt_dir: Annotated[str, Setting("folder for the .list file")] = "output/asr_opt",
    asr_model: Engine = CHINESE,
    asr_model_size: Annotated[str, Setting("as /change_size_choices names it")] = "large",
    asr_lang: Annotated[str, Setting("as /change_lang_choices names it")] = "zh",
    asr_precision: Annotated[str, Setting("as /change_precision_choices names it")] = "float32",
) -> None:
    """Write down what is said. Says that it finished whether it did or not."""


def close_asr() -> None:
    """Stop the speech recognition."""


def change_label(path_list: Labels = LIST) -> None:
    """Start the labelling page (port 9871); stop it when it runs."""


def change_label_1(path_list: Labels = LIST) -> None:
    """The same as /change_label."""


def change_uvr5() -> None:
    """Start the page that separates voices from music (port 9873); stop it when it runs."""


def change_uvr5_1() -> None:
    """The same as /change_uvr5."""


# features


def open1a(
    inp_text: Labels,
    inp_wav_dir: Wavs,
    exp_name: Name,
    gpu_numbers: Cards = "0-0",
    bert_pretrained_dir: Bert = BERT,
) -> None:
    """First features: the phonemes of the texts."""


def close1a() -> None:
    """Stop the first features."""


def open1b(
    inp_text: Labels,
    inp_wav_dir: Wavs,
    exp_name: Name,
    gpu_numbers: Cards = "0-0",
    ssl_pretrained_dir: Ssl = SSL,
    version: Version = "",
) -> None:
    """Second features: what the recordings sound like."""


def close1b() -> None:
    """Stop the second features."""


def open1c(
    inp_text: Labels,
    exp_name: Name,
    gpu_numbers: Cards = "0-0",
    pretrained_s2G_path: S2G = GENERATOR,
    inp_wav_dir: Annotated[str, Setting("newer servers only: folder of the recordings")] = "",
    version: Version = "",
) -> None:
    """Third features: semantic tokens."""


def close1c() -> None:
    """Stop the third features."""


def open1abc(  # noqa: PLR0913 - as the document has it
    inp_text: Labels,
    inp_wav_dir: Wavs,
    exp_name: Name,
    gpu_numbers1a: Cards = "0-0",
    gpu_numbers1Ba: Cards = "0-0",
    gpu_numbers1c: Cards = "0-0",
    bert_pretrained_dir: Bert = BERT,
    ssl_pretrained_dir: Ssl = SSL,
    pretrained_s2G_path: S2G = GENERATOR,
    version: Version = "",
) -> None:
    """All three features in one step. Keeps what an earlier run of the same name has made."""


def close1abc() -> None:
    """Stop the one-step features."""


# training


def open1Ba(  # noqa: PLR0913
    exp_name: Name,
    batch_size: Batch = 2,
    total_epoch: Rounds = 8,
    text_low_lr_rate: Annotated[float, Setting("learning rate of the text part", low=0, high=1)] = 0.4,
    if_save_latest: Latest = True,
    if_save_every_weights: Every = True,
    save_every_epoch: Between = 4,
    gpu_numbers1Ba: Card = "0",
    pretrained_s2G: S2G = GENERATOR,
    pretrained_s2D: Annotated[str, Setting("the pretrained SoVITS-D weights")] = DISCRIMINATOR,
    if_grad_ckpt: Annotated[bool, Setting("version 3 and 4: less memory, slower")] = False,
    lora_rank: Annotated[str, Setting("version 3 and 4", choices=("16", "32", "64", "128"))] = "32",
    version: Version = "",
) -> None:
    """Train the SoVITS weights."""


def close1Ba() -> None:
    """Stop the SoVITS training."""


def open1Bb(  # noqa: PLR0913
    exp_name: Name,
    batch_size: Batch = 2,
    total_epoch: Rounds = 15,
    if_dpo: Annotated[bool, Setting("DPO training (experimental)")] = False,
    if_save_latest: Latest = True,
    if_save_every_weights: Every = True,
    save_every_epoch: Between = 5,
    gpu_numbers: Card = "0",
    pretrained_s1: Annotated[str, Setting("the pretrained GPT weights")] = TEXT,
) -> None:
    """Train the GPT weights."""


def close1Bb() -> None:
    """Stop the GPT training."""


# speaking


def change_tts_inference(
    bert_path: Bert = BERT,
    cnhubert_base_path: Ssl = SSL,
    gpu_number: Annotated[str, Setting("one graphics card")] = "0",
    gpt_path: Annotated[str, Setting("GPT weights, as /change_choices names them")] = "",
    sovits_path: Annotated[str, Setting("SoVITS weights, as /change_choices names them")] = "",
    batched_infer_enabled: Annotated[bool, Setting("true: the page that backend gptsovits speaks through")] = False,
) -> None:
    """Start the inference page (port 9872) with a pair of weights; stop it when it runs."""


def change_tts_inference_1(
    bert_path: Bert = BERT,
    cnhubert_base_path: Ssl = SSL,
    gpu_number: Annotated[str, Setting("one graphics card")] = "0",
    gpt_path: Annotated[str, Setting("GPT weights, as /change_choices names them")] = "",
    sovits_path: Annotated[str, Setting("SoVITS weights, as /change_choices names them")] = "",
    batched_infer_enabled: Annotated[bool, Setting("true: the page that backend gptsovits speaks through")] = False,
) -> None:
    """The same as /change_tts_inference."""


DOCUMENTED = (
    change_lang_choices, change_size_choices, change_precision_choices, open_asr, close_asr, open_slice, close_slice,
    open_denoise, close_denoise, change_label, change_label_1, change_uvr5, change_uvr5_1, open1a, close1a, open1b,
    close1b, open1c, close1c, open1abc, close1abc, open1Ba, close1Ba, open1Bb, close1Bb, change_choices,
    change_tts_inference, change_tts_inference_1, sync, switch_version,
)  # fmt: skip
