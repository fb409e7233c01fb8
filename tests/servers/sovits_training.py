"""The training web UI of GPT-SoVITS: works in --root, with children that make the files that the real ones make.

As the real one it says "finished" whatever a child did, answers a second start with "occupied", and stays occupied
when it fails between a child's end and its own. A file FAULTS in the root breaks steps: "asr crash" (the child dies),
"1abc fail", "1Ba raise", "1Ba exit" (the whole server dies), one a line. DELAY holds the seconds that each step takes.
--flavour new is a newer version: `version` comes first, more versions, more speech recognitions.
"""

from __future__ import annotations

import os
import sys
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from tests.servers.behaviour import options, serve

chosen = options()
root = Path(chosen.root or ".").resolve()
NEW, CHINESE = chosen.flavour == "new", chosen.language == "zh"
SAYS = {
    "running": "运行中", "finished": "已完成", "failed": "失败", "opened": "已开启", "closed": "已关闭",
    "occupied": "占用中,需先终止才能开启下一次任务",
} if CHINESE else {
    "running": " is Running", "finished": " Finished", "failed": " Failed", "opened": " Opened", "closed": " Closed",
    "occupied": " is Occupied, Please Terminate It Before Starting the Next Task",
}  # fmt: skip
NAMES = {
    "slice": "语音切分", "denoise": "语音降噪", "asr": "语音识别", "1a": "文本分词与特征提取",
    "1b": "语音自监督特征提取", "1c": "语义Token提取", "1abc": "训练集格式化一键三连", "1Ba": "SoVITS训练",
    "1Bb": "GPT训练", "label": "打标工具WebUI", "uvr5": "人声分离WebUI", "tts": "TTS推理WebUI",
} if CHINESE else {
    "slice": "Audio Slicing", "denoise": "Denoising", "asr": "ASR", "1a": "Tokenization & BERT", "1b": "SSL Features",
    "1c": "Semantics Tokens", "1abc": "One-Click Formatting", "1Ba": "SoVITS Training", "1Bb": "GPT Training",
    "label": "Labelling WebUI", "uvr5": "UVR5 WebUI", "tts": "TTS Inference WebUI",
}  # fmt: skip
MODELS = "GPT_SoVITS/pretrained_models"
PRETRAINED = {
    "v1": (f"{MODELS}/s2G488k.pth", f"{MODELS}/s2D488k.pth", f"{MODELS}/s1bert25hz-2kh.ckpt"),
    "v2": (f"{MODELS}/gsv-v2final/s2G2333k.pth", f"{MODELS}/gsv-v2final/s2D2333k.pth", f"{MODELS}/s1-5kh.ckpt"),
    "v4": (f"{MODELS}/gsv-v4/s2Gv4.pth", f"{MODELS}/gsv-v4/s2Dv4.pth", f"{MODELS}/s1v3.ckpt"),
    "v2Pro": (f"{MODELS}/v2Pro/s2Gv2Pro.pth", f"{MODELS}/v2Pro/s2Dv2Pro.pth", f"{MODELS}/s1v3.ckpt"),
}  # fmt: skip
VERSIONS = list(PRETRAINED) if NEW else ["v1", "v2", "v4"]
ENGINES = {
    "达摩 ASR (中文)": (["zh", "yue"], ["large"], ["float32"]),
    "Faster Whisper (多语种)": (
        ["auto", "zh", "en", "ja", "ko", "yue"], ["tiny", "small", "medium", "large-v3"], ["float32", "float16", "int8"]
    ),
} | ({"SenseVoice (多语种)": (["auto", "zh", "en"], ["small"], ["float32"])} if NEW else {})  # fmt: skip
current = {"version": "v2"}
running: dict[str, threading.Event] = {}
pages: set[str] = set()


class Crash(Exception):
    """A child process ended badly: its console knows, the page does not."""


def fault(step: str) -> str:
    path = root / "FAULTS"
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.split()[1] for line in lines if line.split()[0] == step), "")


def says(step: str, what: str) -> str:
    return NAMES[step] + SAYS[what]


def wait(kill: threading.Event, share: float = 1.0) -> None:
    slow = root / "DELAY"  # seconds that a step takes
    if kill.wait(share * float(slow.read_text() if slow.exists() else 0)):
        raise Crash


def child(step: str, work: Callable[[threading.Event], None]) -> Iterator[str]:
    """Start the child of a step and wait for its end; gives the sentences."""
    if step in running:
        yield says(step, "occupied")
        return
    kill = running[step] = threading.Event()
    yield says(step, "running")
    try:
        broken = fault(step)
        if broken == "exit":
            os._exit(9)
        if broken == "raise":
            raise RuntimeError("CUDA out of memory")  # and it stays occupied
        if broken == "fail":
            running.pop(step, None)
            yield says(step, "failed")
            return
        if broken != "crash":
            work(kill)
    except (Crash, TypeError, OSError, wave.Error) as error:
        sys.stderr.write(f"the child of {step} died: {error!r}\n")
    running.pop(step, None)
    yield says(step, "finished")


def closing(step: str) -> Callable[[], str]:
    def close() -> str:
        if step in running:
            running.pop(step).set()
        return says(step, "closed")

    close.__name__ = f"close_{step}" if step in ("slice", "denoise", "asr") else f"close{step}"
    return close


def toggle(step: str) -> str:
    pages.symmetric_difference_update({step})
    return says(step, "opened" if step in pages else "closed")


# --- what the server offers -----------------------------------------------------------------------------------------


def change_lang_choices(key: str) -> Any:
    return gr.update(choices=ENGINES[key][0], value=ENGINES[key][0][0])


def change_size_choices(key: str) -> Any:
    return gr.update(choices=ENGINES[key][1], value=ENGINES[key][1][-1])


def change_precision_choices(key: str) -> Any:
    return gr.update(choices=ENGINES[key][2], value=ENGINES[key][2][0])


def weights() -> tuple[list[str], list[str]]:
    sovits = sorted(str(path.relative_to(root)) for path in root.glob("SoVITS_weights*/*.pth"))
    gpt = sorted(str(path.relative_to(root)) for path in root.glob("GPT_weights*/*.ckpt"))
    return [PRETRAINED["v2"][0], *sovits], [PRETRAINED["v2"][2], *gpt]


def change_choices() -> Any:
    sovits, gpt = weights()
    return gr.update(choices=sovits), gr.update(choices=gpt)


def switch_version(version_: str) -> Any:
    generator, discriminator, text = PRETRAINED[version_]
    current["version"] = version_
    lora = version_ == "v4"
    return (
        gr.update(value=generator), gr.update(value=discriminator), gr.update(value=text), gr.update(value=text),
        gr.update(value=generator), gr.update(value=4, maximum=40), gr.update(value=2 if lora else 8, maximum=25),
        gr.update(value=1 if lora else 4, maximum=25), gr.update(visible=not lora),
        gr.update(value=False, interactive=lora), gr.update(visible=lora), gr.update(visible=lora),
    )  # fmt: skip


def sync(text: str) -> Any:
    return gr.update(value=text)


# --- the recordings -------------------------------------------------------------------------------------------------


def at(path: str) -> Path:
    return root / path


def open_slice(
    inp: str, opt_root: str, threshold: str, min_length: str, min_interval: str, hop_size: str, max_sil_kept: str,
    _max: float, alpha: float, n_parts: int,
) -> Iterator[Any]:  # fmt: skip
    source, target = at(inp), at(opt_root)
    if not inp or not source.exists():
        yield "输入路径不存在" if CHINESE else "Input path does not exist", gr.update(), gr.update(), gr.update()
        return
    files = sorted(source.iterdir()) if source.is_dir() else [source]
    if source.is_dir():
        range(n_parts)  # 4.0: TypeError, AppError
    int(min_length), int(threshold)

    def work(kill: threading.Event) -> None:
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            wait(kill, 1 / len(files))
            cut(file, target, 5.0)

    for sentence in child("slice", work):
        done: dict[str, Any] = {"value": opt_root} if sentence == says("slice", "finished") else {}
        yield sentence, gr.update(**done), gr.update(**done), gr.update(**done)


def cut(file: Path, target: Path, seconds: float) -> None:
    with wave.open(str(file)) as source:
        rate, total = source.getframerate(), source.getnframes()
        for start in range(0, total, int(seconds * rate)):
            end = min(total, start + int(seconds * rate))
            with wave.open(str(target / f"{file.name}_{start:010d}_{end:010d}.wav"), "wb") as out:
                out.setparams((source.getnchannels(), 2, rate, 0, "NONE", ""))
                out.writeframes(source.readframes(end - start))


def open_denoise(denoise_inp_dir: str, denoise_opt_dir: str) -> Iterator[Any]:
    def work(kill: threading.Event) -> None:
        at(denoise_opt_dir).mkdir(parents=True, exist_ok=True)
        for file in sorted(at(denoise_inp_dir).iterdir()):
            wait(kill, 0.1)
            at(denoise_opt_dir).joinpath(file.name).write_bytes(file.read_bytes())

    for sentence in child("denoise", work):
        done: dict[str, Any] = {"value": denoise_opt_dir} if sentence == says("denoise", "finished") else {}
        yield sentence, gr.update(**done), gr.update(**done)


def open_asr(
    asr_inp_dir: str, asr_opt_dir: str, asr_model: str, asr_model_size: str, asr_lang: str, asr_precision: str
) -> Iterator[Any]:
    languages, sizes, precisions = ENGINES[asr_model]
    path = f"{asr_opt_dir}/{Path(asr_inp_dir).name}.list"

    def work(kill: threading.Event) -> None:
        if asr_lang not in languages or asr_model_size not in sizes or asr_precision not in precisions:
            raise Crash("argparse: invalid choice")
        at(asr_opt_dir).mkdir(parents=True, exist_ok=True)
        wait(kill)
        files = sorted(at(asr_inp_dir).iterdir())
        speaker = Path(asr_inp_dir).name
        lines = [f"{file}|{speaker}|{asr_lang.upper()}|Sentence number {n}." for n, file in enumerate(files, 1)]
        at(path).write_text("\n".join(lines) + "\n", encoding="utf-8")

    for sentence in child("asr", work):
        if sentence == says("asr", "finished"):
            yield sentence, gr.update(value=path), gr.update(value=path), gr.update(value=asr_inp_dir)
        else:
            yield sentence, gr.update(), gr.update(), gr.update()


def change_label(path_list: str) -> str:
    return toggle("label")


def change_uvr5() -> str:
    return toggle("uvr5")


# --- features -------------------------------------------------------------------------------------------------------


def experiment(name: str) -> Path:
    return root / "logs" / name


def labels(path: str) -> list[tuple[str, str]]:
    """Recording and text of each line; a line with another number of bars breaks the real one too."""
    found = []
    for line in at(path).read_text(encoding="utf-8").splitlines():
        wav, _, language, text = line.split("|")
        if language.upper() in ("ZH", "EN", "JA", "JP", "KO", "YUE"):
            found.append((Path(wav).name, text))
    return found


def texts(inp_text: str, folder: str, name: str) -> None:
    there = [(wav, text) for wav, text in labels(inp_text) if at(folder).joinpath(wav).exists() and text]
    experiment(name).mkdir(parents=True, exist_ok=True)
    (experiment(name) / "2-name2text.txt").write_text("".join(f"{wav}\tph\t[]\t{text}\n" for wav, text in there))


def sounds(inp_text: str, folder: str, name: str) -> None:
    for part in ("4-cnhubert", "5-wav32k"):
        (experiment(name) / part).mkdir(parents=True, exist_ok=True)
        for wav, _ in labels(inp_text):
            (experiment(name) / part / f"{wav}{'.pt' if part[0] == '4' else ''}").write_bytes(b"x")


def tokens(inp_text: str, name: str, generator: str) -> None:
    known(generator, 0)
    there = [wav for wav, _ in labels(inp_text) if (experiment(name) / "4-cnhubert" / f"{wav}.pt").exists()]
    if not there:
        raise Crash("no features of step b")
    (experiment(name) / "6-name2semantic.tsv").write_text("item_name\tsemantic_audio\n" + "\n".join(there))


def known(model: str, place: int) -> None:
    if model != PRETRAINED[current["version"]][place]:
        raise Crash(f"{model} is no weight of {current['version']}")


def stage(step: str, name: str, made: str, work: Callable[[], None]) -> Iterator[str]:
    """One of the three: reads what its child made; when that is missing it raises and stays occupied."""

    def working(kill: threading.Event) -> None:
        wait(kill)
        work()

    for sentence in child(step, working):
        if sentence == says(step, "finished") and not (experiment(name) / made).exists():
            running[step] = threading.Event()
            raise FileNotFoundError(made)
        if sentence == says(step, "finished") and step == "1a" and not (experiment(name) / made).read_text():
            sentence = says(step, "failed")
        yield sentence


def open1a(inp_text: str, inp_wav_dir: str, exp_name: str, gpu_numbers: str, bert_pretrained_dir: str) -> Iterator[str]:
    yield from stage("1a", exp_name, "2-name2text.txt", lambda: texts(inp_text, inp_wav_dir, exp_name))


def open1b(inp_text: str, inp_wav_dir: str, exp_name: str, gpu_numbers: str, ssl_pretrained_dir: str) -> Iterator[str]:
    yield from stage("1b", exp_name, "4-cnhubert", lambda: sounds(inp_text, inp_wav_dir, exp_name))


def open1c(inp_text: str, exp_name: str, gpu_numbers: str, pretrained_s2G_path: str) -> Iterator[str]:
    yield from stage("1c", exp_name, "6-name2semantic.tsv", lambda: tokens(inp_text, exp_name, pretrained_s2G_path))


def open1abc(
    inp_text: str, inp_wav_dir: str, exp_name: str, gpu_numbers1a: str, gpu_numbers1Ba: str, gpu_numbers1c: str,
    bert_pretrained_dir: str, ssl_pretrained_dir: str, pretrained_s2G_path: str,
) -> Iterator[str]:  # fmt: skip
    if "1abc" in running:
        yield says("1abc", "occupied")
        return
    kill = running["1abc"] = threading.Event()
    head = "进度: " if CHINESE else "Progress: "
    done = ""
    try:
        if fault("1abc"):
            raise Crash
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("1A", lambda: texts(inp_text, inp_wav_dir, exp_name)),
            ("1B", lambda: sounds(inp_text, inp_wav_dir, exp_name)),
            ("1C", lambda: tokens(inp_text, exp_name, pretrained_s2G_path)),
        )
        for word, work in steps:
            yield f"{head}{done}{word}-Doing"
            wait(kill, 1 / 3)
            if word != "1A" or not (experiment(exp_name) / "2-name2text.txt").exists():  # it keeps what it finds
                work()
            assert word != "1A" or (experiment(exp_name) / "2-name2text.txt").read_text()
            done += f"{word}-Done, "
            yield f"{head}{done}".rstrip(", ")
        running.pop("1abc", None)
        yield says("1abc", "finished")
    except Exception as error:
        sys.stderr.write(f"1abc: {error!r}\n")
        running.pop("1abc", None)
        yield says("1abc", "failed")


# --- training -------------------------------------------------------------------------------------------------------


def train(kill: threading.Event, home: Path, total: int, save: int, write: Callable[[int], None]) -> None:
    """Epoch after epoch from the last checkpoint; weights at every save."""
    home.mkdir(parents=True, exist_ok=True)
    checkpoint = home / "checkpoint"
    first = int(checkpoint.read_text()) if checkpoint.exists() else 0
    for epoch in range(first + 1, total + 1):
        wait(kill, 1 / total)
        if epoch % save == 0:
            checkpoint.write_text(str(epoch))
            write(epoch)


def written(folder: str, name: str) -> None:
    path = root / f"{folder}_{current['version']}" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"weights")


def needs(name: str, *made: str) -> None:
    for part in made:
        if not (experiment(name) / part).exists():
            raise Crash(f"no {part}")


def open1Ba(
    batch_size: int, total_epoch: int, exp_name: str, text_low_lr_rate: float, if_save_latest: bool,
    if_save_every_weights: bool, save_every_epoch: int, gpu_numbers1Ba: str, pretrained_s2G: str, pretrained_s2D: str,
    if_grad_ckpt: bool, lora_rank: str,
) -> Iterator[Any]:  # fmt: skip
    lora = f"_l{lora_rank}" if current["version"] == "v4" else ""

    def work(kill: threading.Event) -> None:
        needs(exp_name, "2-name2text.txt", "4-cnhubert", "5-wav32k")
        known(pretrained_s2G, 0)
        known(pretrained_s2D, 1)
        range(batch_size)
        train(kill, experiment(exp_name) / f"logs_s2_{current['version']}", total_epoch, save_every_epoch,
              lambda epoch: written("SoVITS_weights", f"{exp_name}_e{epoch}_s{12 * epoch}{lora}.pth"))  # fmt: skip

    yield from trained("1Ba", work)


def open1Bb(
    batch_size: int, total_epoch: int, exp_name: str, if_dpo: bool, if_save_latest: bool, if_save_every_weights: bool,
    save_every_epoch: int, gpu_numbers: str, pretrained_s1: str,
) -> Iterator[Any]:  # fmt: skip
    def work(kill: threading.Event) -> None:
        needs(exp_name, "2-name2text.txt", "6-name2semantic.tsv")
        known(pretrained_s1, 2)
        range(batch_size)
        train(kill, experiment(exp_name) / "logs_s1", total_epoch, save_every_epoch,
              lambda epoch: written("GPT_weights", f"{exp_name}-e{epoch}.ckpt"))  # fmt: skip

    yield from trained("1Bb", work)


def trained(step: str, work: Callable[[threading.Event], None]) -> Iterator[Any]:
    for sentence in child(step, work):
        sovits, gpt = weights()
        last = sentence == says(step, "finished")
        yield (
            sentence,
            gr.update(choices=sovits) if last else gr.update(),
            gr.update(choices=gpt) if last else gr.update(),
        )


def change_tts_inference(
    bert_path: str, cnhubert_base_path: str, gpu_number: str, gpt_path: str, sovits_path: str,
    batched_infer_enabled: bool,
) -> str:  # fmt: skip
    return toggle("tts")


# --- the page -------------------------------------------------------------------------------------------------------


def text(label: str, value: str = "") -> Any:
    return gr.Textbox(label=label, value=value)


def button(function: Callable[..., Any], inputs: list[Any], outputs: list[Any], name: str = "") -> None:
    """A button; several runs of one function may go on at once, as with the real one's 511."""
    gr.Button(name or function.__name__).click(function, inputs, outputs, concurrency_limit=None)


def versioned(function: Any) -> Any:
    """The function of a newer server: `version` comes first, 1c wants the folder too."""
    if not NEW:
        return function
    newer: Callable[..., Any]
    if function is open1c:

        def newer(version: str, inp_text: str, inp_wav_dir: str, exp_name: str, gpu_numbers: str,
                  pretrained_s2G_path: str) -> Any:  # fmt: skip
            assert version == current["version"] and at(inp_wav_dir).is_dir()
            yield from open1c(inp_text, exp_name, gpu_numbers, pretrained_s2G_path)

    else:
        import inspect

        names = list(inspect.signature(function).parameters)

        def newer(version: str, *values: Any) -> Any:
            assert version == current["version"]
            yield from function(*values)

        first = inspect.Parameter("version", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        rest = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
        newer.__signature__ = inspect.Signature([first, *rest])  # type: ignore[attr-defined]
    newer.__name__ = function.__name__
    return newer


def page() -> gr.Blocks:
    demo: gr.Blocks
    with gr.Blocks(title="GPT-SoVITS WebUI") as demo:
        version = gr.Radio(label="训练模型的版本", choices=VERSIONS, value="v2")
        first = [version] if NEW else []
        name = text("*实验/模型名", "xxx")
        generator, discriminator, gpt1 = map(text, ("SoVITS-G", "SoVITS-D", "GPT"), PRETRAINED["v2"])
        info = {step: text(NAMES[step]) for step in NAMES}
        listed = text(".list标注文件的路径", r"D:\RVC1006\GPT-SoVITS\raw\xxx.list")
        inp_text = text("*文本标注文件", r"D:\RVC1006\GPT-SoVITS\raw\xxx.list")
        inp_wav_dir = gr.Textbox(label="*训练集音频文件目录")
        asr_in, denoise_in = text("输入文件夹路径", r"D:\GPT-SoVITS\raw\xxx"), text("输入文件夹路径")
        sliced, denoised = text("输出根目录", "output/slicer_opt"), text("输出文件夹路径", "output/denoise_opt")
        numbers = [text("threshold", "-34"), text("min_length", "4000"), text("min_interval", "300"),
                   text("hop_size", "10"), text("max_sil_kept", "500")]  # fmt: skip
        sliders = [gr.Slider(0, 1, value=0.9, step=0.05, label="max"), gr.Slider(0, 1, value=0.25, label="a"),
                   gr.Slider(1, 64, value=4, step=1, label="切割使用的进程数")]  # fmt: skip
        button(open_slice, [text("音频自动切分输入路径，可文件可文件夹"), sliced, *numbers, *sliders],
               [info["slice"], asr_in, denoise_in, inp_wav_dir])  # fmt: skip
        button(open_denoise, [denoise_in, denoised], [info["denoise"], asr_in, inp_wav_dir])
        engine = gr.Dropdown(label="ASR 模型", choices=list(ENGINES), value="达摩 ASR (中文)")
        size = gr.Dropdown(label="ASR 模型尺寸", choices=["large"], value="large")
        language = gr.Dropdown(label="ASR 语言设置", choices=["zh", "yue"], value="zh")
        precision = gr.Dropdown(label="数据类型精度", choices=["float32"], value="float32")
        engine.change(change_lang_choices, [engine], [language])
        engine.change(change_size_choices, [engine], [size])
        engine.change(change_precision_choices, [engine], [precision])
        button(open_asr, [asr_in, text("输出文件夹路径", "output/asr_opt"), engine, size, language, precision],
               [info["asr"], listed, inp_text, inp_wav_dir])  # fmt: skip
        for step in ("slice", "denoise", "asr", "1a", "1b", "1c", "1abc", "1Ba", "1Bb"):
            button(closing(step), [], [info[step]])
        for _ in range(2):
            button(change_label, [listed], [info["label"]])
            button(change_uvr5, [], [info["uvr5"]])
        cards = [text("GPU卡号以-分割", "0-0") for _ in range(3)]
        bert, ssl = text("BERT", f"{MODELS}/chinese-roberta"), text("SSL", f"{MODELS}/chinese-hubert-base")
        button(open1a, [inp_text, inp_wav_dir, name, cards[0], bert], [info["1a"]])
        button(versioned(open1b), [*first, inp_text, inp_wav_dir, name, cards[1], ssl], [info["1b"]])
        folder = [inp_wav_dir] if NEW else []
        button(versioned(open1c), [*first, inp_text, *folder, name, cards[2], generator], [info["1c"]])
        button(versioned(open1abc), [*first, inp_text, inp_wav_dir, name, *cards, bert, ssl, generator], [info["1abc"]])
        batch, epochs = gr.Slider(1, 40, value=2, step=1, label="batch"), gr.Slider(1, 25, value=8, step=1, label="e")
        rate, save = gr.Slider(0.2, 0.6, value=0.4, label="r"), gr.Slider(1, 25, value=4, step=1, label="s")
        latest, every, grad = (gr.Checkbox(label=word, value=word != "grad") for word in ("latest", "every", "grad"))
        rank = gr.Radio(label="LoRA秩", value="32", choices=["16", "32", "64", "128"])
        sovits, gpt = (gr.Dropdown(label=word, choices=names, value=names[0], allow_custom_value=True)
                       for word, names in zip(("SoVITS模型列表", "GPT模型列表"), weights(), strict=True))  # fmt: skip
        button(versioned(open1Ba), [*first, batch, epochs, name, rate, latest, every, save, text("GPU", "0"), generator,
               discriminator, grad, rank], [info["1Ba"], sovits, gpt])  # fmt: skip
        button(open1Bb, [gr.Slider(1, 40, value=2, step=1, label="batch"),
                         gr.Slider(2, 50, value=15, step=1, label="epochs"), name, gr.Checkbox(label="dpo"), latest,
                         every, gr.Slider(1, 50, value=5, step=1, label="save"), text("GPU", "0"), gpt1],
               [info["1Bb"], sovits, gpt])  # fmt: skip
        button(change_choices, [], [sovits, gpt])
        for _ in range(2):
            button(change_tts_inference, [bert, ssl, text("GPU", "0"), gpt, sovits, gr.Checkbox(label="batched")],
                   [info["tts"]])  # fmt: skip
        button(sync, [generator], [text("s2G")])
        version.change(
            switch_version, [version],
            [generator, discriminator, gpt1, gpt, sovits, batch, epochs, save, rate, grad, rank, text("hint")],
        )  # fmt: skip
    return demo


if __name__ == "__main__":
    serve(page(), chosen)
