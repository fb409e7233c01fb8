"""The inference web UI of GPT-SoVITS: one pair of weights and one reference for everybody.

--flavour "" is the v4-era one (/init_t2s_weights), "new" has /change_gpt_weights. The voice that is heard is made of
the weights and of the reference: "<sovits>+<gpt>+<number of the reference's voice>". As in the real ones, the lists
begin with what stands first in them and not with what is loaded, and no answer says what is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from tests.servers.behaviour import Speaker, hear, options, serve, tell, write

LANGUAGES = {
    "zh": ["中文", "英文", "日文", "粤语", "韩文", "中英混合", "日英混合", "粤英混合", "韩英混合", "多语种混合",
           "多语种混合(粤语)"],
    "en": ["Chinese", "English", "Japanese", "Yue", "Korean", "Chinese-English Mixed", "Japanese-English Mixed",
           "Yue-English Mixed", "Korean-English Mixed", "Multilingual Mixed", "Multilingual Mixed(Yue)"],
}  # fmt: skip
CODES = ["all_zh", "en", "all_ja", "all_yue", "all_ko", "zh", "ja", "yue", "ko", "auto", "auto_yue"]
CUTS = {
    "zh": ["不切", "凑四句一切", "凑50字一切", "按中文句号。切", "按英文句号.切", "按标点符号切"],
    "en": ["No slice", "Slice once every 4 sentences", "Slice per 50 characters", "Slice by Chinese punct",
           "Slice by English punct", "Slice by every punct"],
}  # fmt: skip
BASE = "GPT_SoVITS/pretrained_models/"
SOVITS = [f"{BASE}gsv-v2final-pretrained/s2G2333k.pth", f"{BASE}s2G488k.pth", "SoVITS_weights_v2/anna_e8_s96.pth",
          "SoVITS_weights_v2/bob_e8_s112.pth", "SoVITS_weights_v4/anna_e2_s30.pth"]  # fmt: skip
GPT = [f"{BASE}gsv-v2final-pretrained/s1bert25hz-5kh-longer-epoch=12-step=369668.ckpt",
       f"{BASE}s1bert25hz-2kh-longer-epoch=68e-step=50232.ckpt", f"{BASE}s1v3.ckpt", "GPT_weights_v2/anna-e15.ckpt",
       "GPT_weights_v2/bob-e15.ckpt"]  # fmt: skip
SHOWN = {"": (SOVITS[1], GPT[1]), "new": (SOVITS[2], GPT[2])}  # by the lists of the page, whatever is loaded

chosen = options()
words, cuts = LANGUAGES[chosen.language], CUTS[chosen.language]
speaker = Speaker(chosen.delay, chosen.die_after, 32_000, chosen.fault)
loaded = {"sovits": SOVITS[0], "gpt": GPT[0]}
cached: list[str] = []  # the reference of whoever came last
stopping: list[bool] = []
switches: list[str] = []


def valid() -> list[str]:
    return [*words[:3], words[5], words[6], words[9]] if loaded["sovits"] == SOVITS[1] else words


def change_choices() -> Any:
    """Looks into the folder again."""
    there = [f"weights/{path.name}" for path in Path(chosen.root).glob("*.pth")] if chosen.root else []
    SOVITS.extend(name for name in there if name not in SOVITS)
    return gr.update(choices=SOVITS), gr.update(choices=GPT)


def stop() -> None:
    stopping.append(True)
    tell("was stopped")


def change_sovits_weights(sovits_path: str, prompt_language: str, text_language: str) -> Iterator[Any]:
    if sovits_path not in SOVITS:
        raise FileNotFoundError(sovits_path)
    yield (*[gr.update()] * 6, gr.update(), gr.update(), gr.update(), gr.update(value="loading", interactive=False))
    time.sleep(chosen.delay)
    loaded["sovits"] = sovits_path
    switches.append(sovits_path)
    languages = gr.update(choices=valid())
    yield (
        languages, gr.update(choices=valid()), gr.update(value=""), gr.update(value=words[0]), gr.update(value=""),
        gr.update(value=words[0]), gr.update(interactive=True, value=32), gr.update(visible=True),
        gr.update(value=False, interactive=True), gr.update(value="go", interactive=True),
    )  # fmt: skip


def switch_gpt(path: str) -> None:
    if path not in GPT:
        raise FileNotFoundError(path)
    loaded["gpt"] = path
    switches.append(path)


def init_t2s_weights(weights_path: str) -> None:
    switch_gpt(weights_path)


def change_gpt_weights(gpt_path: str) -> None:
    switch_gpt(gpt_path)


def to_cut(text_inp: str, how_to_cut: str) -> str:
    place = cuts.index(how_to_cut)
    return text_inp if place == 0 else text_inp.replace(". ", ".\n")


def inference(
    text: str, text_lang: str, ref_audio_path: str, aux_ref_audio_paths: Any, prompt_text: str, prompt_lang: str,
    top_k: int, top_p: float, temperature: float, text_split_method: str, batch_size: int, speed_factor: float,
    ref_text_free: bool, split_bucket: bool, fragment_interval: float, seed: int, keep_random: bool,
    parallel_infer: bool, repetition_penalty: float, sample_steps: int, super_sampling: bool,
) -> Iterator[Any]:  # fmt: skip
    used = 4242 if keep_random or seed == -1 else seed
    code = CODES[words.index(text_lang)]  # KeyError or ValueError of the real one: AppError
    cuts.index(text_split_method)
    if not text.strip():
        yield write(np.zeros(16_000, np.float32), 16_000, "audio"), used
        return
    number, seconds = hear(ref_audio_path or cached[-1])
    cached.append(ref_audio_path)
    if not 3 <= seconds <= 10:
        raise OSError("参考音频在3~10秒范围外，请更换！")
    if "v4" in loaded["sovits"] and not prompt_text:
        gr.Warning("v4 needs the transcript of the reference")
        yield None, None
        return
    fault = speaker.fault_in(text)
    if fault == "raise":
        yield write(np.zeros(16_000, np.float32), 16_000, "audio"), used
        raise RuntimeError("CUDA out of memory")
    stopping.clear()
    before = dict(loaded)
    sound = speaker.say(f"{loaded['sovits']}+{loaded['gpt']}+{number}", spoken(text, code, used), speed_factor)
    if before != loaded:
        sound = speaker.say("mixed", text, speed_factor)  # weights were switched meanwhile
    if stopping:
        sound = np.zeros(16_000, np.float32)
    yield write(sound, 16_000 if stopping else speaker.rate, "audio"), used


def spoken(text: str, code: str, seed: int) -> str:
    """What is heard of a text: with its language and its seed when it asks for them."""
    return text.replace("LANGUAGE", code).replace("SEED", str(seed))


def page() -> gr.Blocks:
    demo: gr.Blocks
    with gr.Blocks(title="GPT-SoVITS WebUI") as demo:
        gpt = gr.Dropdown(label="GPT模型列表", choices=GPT, value=SHOWN[chosen.flavour][1])
        sovits = gr.Dropdown(label="SoVITS模型列表", choices=SOVITS, value=SHOWN[chosen.flavour][0])
        refresh = gr.Button("refresh")
        reference = gr.Audio(label="主参考音频(请上传3~10秒内参考音频，超过会报错！)", type="filepath")
        others = gr.File(label="辅参考音频(可选多个，或不选)", file_count="multiple")
        prompt_text = gr.Textbox(label="主参考音频的文本", value="")
        prompt_language = gr.Dropdown(label="主参考音频的语种", choices=words, value=words[0])
        text = gr.Textbox(label="需要合成的文本", value="")
        text_language = gr.Dropdown(label="需要合成的文本的语种", choices=words, value=words[0])
        cut = gr.Dropdown(label="怎么切", choices=cuts, value=cuts[1])
        free = gr.Checkbox(label="开启无参考文本模式。不填参考文本亦相当于开启。", value=False)
        numbers = {
            "top_k": gr.Slider(1, 100, label="top_k", value=5, step=1),
            "top_p": gr.Slider(0, 1, label="top_p", value=1, step=0.05),
            "temperature": gr.Slider(0, 1, label="temperature", value=1, step=0.05),
            "batch_size": gr.Slider(1, 200, label="batch_size", value=20, step=1),
            "speed": gr.Slider(0.6, 1.65, label="语速", value=1.0, step=0.05),
            "interval": gr.Slider(0.01, 1, label="分段间隔(秒)", value=0.3, step=0.01),
            "penalty": gr.Slider(0, 2, label="重复惩罚", value=1.35, step=0.05),
        }
        seed = gr.Number(label="随机种子", value=-1)
        keep = gr.Checkbox(label="保持随机", value=True)
        bucket = gr.Checkbox(label="数据分桶(并行推理时会降低一点计算量)", value=True)
        parallel = gr.Checkbox(label="并行推理", value=True)
        steps = gr.Radio(label="采样步数(仅对V3/4生效)", value=32, choices=[4, 8, 16, 32, 64, 128])
        sampling = gr.Checkbox(label="音频超采样(仅对V3生效))", value=False)
        output = gr.Audio(label="输出的语音")
        go, halt = gr.Button("go"), gr.Button("stop")
        before = gr.Textbox(label="需要合成的切分前文本", value="")
        how = gr.Radio(label="怎么切", choices=cuts, value=cuts[1])
        after = gr.Textbox(label="切分后文本", value="")
        refresh.click(change_choices, [], [sovits, gpt])
        go.click(
            inference,
            [text, text_language, reference, others, prompt_text, prompt_language, numbers["top_k"], numbers["top_p"],
             numbers["temperature"], cut, numbers["batch_size"], numbers["speed"], free, bucket, numbers["interval"],
             seed, keep, parallel, numbers["penalty"], steps, sampling],
            [output, seed],
        )  # fmt: skip
        halt.click(stop, [], [])
        sovits.change(
            change_sovits_weights, [sovits, prompt_language, text_language],
            [prompt_language, text_language, prompt_text, prompt_language, text, text_language, steps, others, free,
             go],
        )  # fmt: skip
        if chosen.flavour == "new":
            gpt.change(change_gpt_weights, [gpt], [])
        else:
            gpt.change(init_t2s_weights, [gpt], [])
        gr.Button("cut").click(to_cut, [before, how], [after])
    return demo


if __name__ == "__main__":
    serve(page(), chosen)
