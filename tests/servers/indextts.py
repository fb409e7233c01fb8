"""The IndexTTS web UI: the bundle with preset voices (default), the upstream 1.5, 2 and 2.5 (--flavour)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from tests.servers import coding
from tests.servers.behaviour import FOLDER, Speaker, broken, hear, options, serve, write

NONE = "请选择预设样音"
PRESETS = {
    name: f"{name}.wav"
    for name in ["0000", "女-小玉-电商带货（精品）", "女-晓晨-推文配音", "男-子涵-深沉男声", "男-云希-推文配音"]
}
EMOTIONS = {  # the last one only a session may choose that has asked for experimental features
    "zh": ["与音色参考音频相同", "使用情感参考音频", "使用情感向量控制", "使用情感描述文本控制"],
    "en": ["Same as the voice reference", "Use emotion reference audio", "Use emotion vectors",
           "Use text description to control emotion"],
}  # fmt: skip
LANGUAGES = ["ZH", "EN", "JA", "AR", "ES"]

chosen = options()
speaker = Speaker(chosen.delay, chosen.die_after, 22_050 if chosen.flavour.startswith("2") else 24_000, chosen.fault)
library: dict[str, str] = {}
saved: dict[str, dict[str, Any]] = {}  # the presets of 2.5: what each control is set to
for name in PRESETS:
    library[name] = write(coding.encode(name, "preset", 4.0), coding.RATE, "preset")


def names() -> list[str]:
    return [NONE, *library]


def red(words: str) -> str:
    return f"<div style='color:red'>❌ {words}</div>"


def green(words: str) -> str:
    return f"<div style='color:green'>✅ {words}</div>"


def on_preset_select(selected_display_name: str) -> tuple[str | None, str]:
    if selected_display_name == NONE:
        return None, ""
    return library[selected_display_name], green(f"已加载 {selected_display_name}")


def on_upload_audio(uploaded_file: str) -> tuple[Any, str, str]:
    stem = Path(uploaded_file).stem
    voice, _ = hear(uploaded_file)
    library[stem] = write(coding.encode(voice, "uploaded", 4.0), coding.RATE, "upload")
    return gr.update(choices=names(), value=stem), green("上传成功"), library[stem]


def on_delete_audio_click(selected_audio: str) -> tuple[str, Any]:
    return "确定要删除吗?", gr.update(visible=True)


def on_confirm_delete(selected_audio: str) -> tuple[Any, str, None]:
    if library.pop(selected_audio, None) is None:
        return gr.update(choices=names(), value=NONE), red("删除失败"), None
    return gr.update(choices=names(), value=NONE), green("删除成功"), None


def on_cancel_delete() -> str:
    return "已取消"


def on_upload_subtitle(uploaded_file: str) -> tuple[str, str]:
    blocks = Path(uploaded_file).read_text(encoding="utf-8").strip().split("\n\n")
    return " ".join(" ".join(block.splitlines()[2:]) for block in blocks), green("字幕已加载")


def on_generate_subtitle(audio_file: str, text_content: str) -> str:
    hear(audio_file)
    (FOLDER / "subtitle.srt").write_text(text_content, encoding="utf-8")
    return green("字幕已生成")


def on_clear_cache_click() -> tuple[str, Any]:
    return "确定要清空缓存吗?", gr.update(visible=True)


def on_confirm_clear_cache() -> str:
    return green("缓存已清空")


def on_cancel_clear_cache() -> str:
    return "已取消"


def on_input_text_change(text: str, max_tokens_per_sentence: float = 120) -> Any:
    if not text:
        raise NameError("data")
    size = int(max_tokens_per_sentence)
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    rows = [[i, piece, len(piece)] for i, piece in enumerate(pieces)]
    return gr.update(value=rows, visible=True, type="array")


def update_prompt_audio() -> Any:
    return gr.update(interactive=True)


def spoken(prompt: str, text: str, speed: float = 1.0) -> Any:
    """What gen_single gives: an update with the path of a WAV, or one of the things seen instead."""
    fault = speaker.fault_in(text)
    if fault == "raise":
        raise RuntimeError("CUDA out of memory")
    if fault == "status":
        return gr.update(visible=True)
    if fault == "warn":
        gr.Warning("the model is not loaded")
        return gr.update(visible=True)
    if fault in ("silence", "second", "empty"):
        return gr.update(value=write(broken(fault, speaker.rate), 16_000), visible=True)
    if fault == "garbage":
        path = FOLDER / "garbage.wav"
        path.write_bytes(b"<html>busy</html>")
        return gr.update(value=str(path), visible=True)
    voice, _ = hear(prompt)
    sound = speaker.say(voice, text, speed)
    if fault == "half":
        sound = sound[: len(sound) // 8]
    return gr.update(value=write(sound, speaker.rate), visible=True)


def gen_single_with_status(
    prompt: str, text: str, infer_mode: str, max_text_tokens_per_sentence: float = 120,
    sentences_bucket_max_size: float = 4, *args: Any, progress: Any = gr.Progress(),  # noqa: B008
) -> tuple[Any, str]:  # fmt: skip
    if not prompt:
        return gr.update(), red("请先上传参考音频")
    progress(0.5, desc="gpt inference speech... 1/1")
    audio = spoken(prompt, text)
    return audio, red("生成失败") if "value" not in audio else green("生成成功")


def gen_single_15(
    prompt: str, text: str, infer_mode: str, max_text_tokens_per_sentence: float = 120,
    sentences_bucket_max_size: float = 4, *args: Any, progress: Any = gr.Progress(),  # noqa: B008
) -> Any:  # fmt: skip
    return spoken(prompt, text)


def gen_single_2(
    emo_control_method: int, prompt: str, text: str, emo_ref_path: str | None, emo_weight: float, vec1: float,
    vec2: float, vec3: float, vec4: float, vec5: float, vec6: float, vec7: float, vec8: float, emo_text: str,
    emo_random: bool, max_text_tokens_per_segment: float = 120, *args: Any, progress: Any = gr.Progress(),  # noqa: B008
) -> Any:  # fmt: skip
    return spoken(prompt, felt(text, emo_control_method, emo_ref_path, vec3, emo_text))


def gen_single_25(
    emo_control_method: int, prompt: str, text: str, lang_choice: str, emo_ref_path: str | None, emo_weight: float,
    vec1: float, vec2: float, vec3: float, vec4: float, vec5: float, vec6: float, vec7: float, vec8: float,
    emo_text: str, emo_random: bool, max_text_tokens_per_segment: float = 120, duration_factor: float = 1.0,
    *args: Any, progress: Any = gr.Progress(),  # noqa: B008
) -> Any:  # fmt: skip
    if "IN THE LANGUAGE" in text and lang_choice not in text:
        raise ValueError(f"{lang_choice} was chosen")
    return spoken(prompt, felt(text, emo_control_method, emo_ref_path, vec3, emo_text), 1.0 / duration_factor)


def felt(text: str, method: int, reference: str | None, sad: float, words: str) -> str:
    """The emotion is part of what is heard: "(sad)" in front of the text, "(as 123)" by a recording, "(feeling lost)"
    by words."""
    if method == 1:
        return f"(as {hear(reference or '')[0]}){text}"
    if method == 3:
        return f"(feeling {words}){text}"
    return f"(sad){text}" if method == 2 and sad > 0 else text


def advanced(defaults: dict[str, float]) -> list[Any]:
    return [
        gr.Checkbox(label="do_sample", value=True),
        gr.Slider(label="top_p", minimum=0.0, maximum=1.0, value=0.8, step=0.01),
        gr.Slider(label="top_k", minimum=0, maximum=100, value=30, step=1),
        gr.Slider(label="temperature", minimum=0.1, maximum=2.0, value=defaults["temperature"], step=0.1),
        gr.Number(label="length_penalty", value=0.0, minimum=-2.0, maximum=2.0),
        gr.Slider(label="num_beams", value=3, minimum=1, maximum=10, step=1),
        gr.Number(label="repetition_penalty", value=10.0, minimum=0.1, maximum=20.0),
        gr.Slider(label="max_mel_tokens", value=defaults["mel"], minimum=50, maximum=defaults["mel"] + 5, step=1),
    ]


def bundle(upstream: bool) -> gr.Blocks:
    demo: gr.Blocks
    with gr.Blocks(title="IndexTTS Demo") as demo:
        prompt = gr.Audio(label="🎵 参考音频", type="filepath")
        text = gr.Textbox(label="📝 文本")
        mode = gr.Radio(["普通推理", "批次推理"], label="⚙️ 推理模式", value="普通推理")
        tokens = gr.Slider(label="分句最大Token数", value=120, minimum=20, maximum=402, step=2)
        bucket = gr.Slider(label="分句分桶的最大容量（批次推理生效）", value=4, minimum=1, maximum=16, step=1)
        more = advanced({"temperature": 1.0, "mel": 600})
        result = gr.Audio(label="🎵 生成结果", type="filepath")
        table = gr.Dataframe(headers=["序号", "分句内容", "Token数"])
        go = gr.Button("生成语音")
        tokens.change(on_input_text_change, [text, tokens], [table], api_name="on_input_text_change_1")
        text.change(on_input_text_change, [text, tokens], [table], api_name="on_input_text_change")
        gr.Button("load").click(update_prompt_audio, [], [go], api_name="update_prompt_audio")
        inputs = [prompt, text, mode, tokens, bucket, *more]
        if upstream:
            go.click(gen_single_15, inputs, [result], api_name="gen_single")
            return demo
        status = gr.HTML(label="📊 状态信息")
        go.click(gen_single_with_status, inputs, [result, status])
        presets(prompt, text, result, status)
    return demo


def presets(prompt: Any, text: Any, result: Any, status: Any) -> None:
    """The buttons of the bundle."""
    choice = gr.Dropdown(names(), label="选择预设样音", value=NONE)
    panel, cache = gr.HTML(visible=False), gr.HTML(visible=False)
    choice.change(on_preset_select, [choice], [prompt, status])
    upload = gr.UploadButton(label="📁 上传样音")
    upload.upload(on_upload_audio, [upload], [choice, status, prompt])
    gr.Button("d").click(on_delete_audio_click, [choice], [status, panel])
    gr.Button("d").click(on_confirm_delete, [choice], [choice, status, prompt])
    gr.Button("d").click(on_cancel_delete, [], [status])
    subtitle = gr.UploadButton(label="📄 上传字幕")
    subtitle.upload(on_upload_subtitle, [subtitle], [text, status])
    gr.Button("s").click(on_generate_subtitle, [result, text], [status])
    gr.Button("c").click(on_clear_cache_click, [], [status, cache])
    gr.Button("c").click(on_confirm_clear_cache, [], [status])
    gr.Button("c").click(on_cancel_clear_cache, [], [status])


def second(newer: bool) -> gr.Blocks:
    """2.0 and main. As there: the page says nothing over its recording and its text on main."""
    demo: gr.Blocks
    with gr.Blocks(title="IndexTTS Demo") as demo:
        chinese = chosen.language == "zh"
        prompt = gr.Audio(label="" if newer else "音色参考音频" if chinese else "Voice Reference", type="filepath")
        text = gr.Textbox(label="" if newer else "文本" if chinese else "Text")
        experimental = gr.Checkbox(label="显示实验功能" if chinese else "Show experimental features", value=False)
        method = gr.Radio(EMOTIONS[chosen.language][:-1], type="index", value=EMOTIONS[chosen.language][0],
                          label="情感控制方式" if chinese else "Emotion control method")  # fmt: skip
        language = gr.Dropdown(LANGUAGES, value="ZH", label="语言" if chinese else "Language")
        reference = gr.Audio(label="上传情感参考音频" if chinese else "Upload emotion reference audio", type="filepath")
        weight = gr.Slider(
            label="情感权重" if chinese else "Emotion control weight", minimum=0.0, maximum=1.0, value=0.65
        )
        feelings = ["喜", "怒", "哀", "惧", "厌恶", "低落", "惊喜", "平静"]
        english = ["Happy", "Angry", "Sad", "Afraid", "Disgusted", "Melancholic", "Surprised", "Calm"]
        vectors = [
            gr.Slider(label=one, minimum=0.0, maximum=1.0, value=0.0) for one in (feelings if chinese else english)
        ]
        words = gr.Textbox(label="情感描述文本" if chinese else "Emotion description", value="")
        chance = gr.Checkbox(label="情感随机采样" if chinese else "Randomize emotion sampling", value=False)
        tokens = gr.Slider(label="分句最大Token数" if chinese else "Max tokens per generation segment", value=120,
                           minimum=20, maximum=600, step=2)  # fmt: skip
        factor = gr.Slider(label="时长系数" if chinese else "Duration factor", minimum=0.5, maximum=2.0, value=1.0)
        more = advanced({"temperature": 0.8, "mel": 1500})
        result = gr.Audio(label="生成结果" if chinese else "Synthesis Result", type="filepath")
        go = gr.Button("生成语音")
        table = gr.Dataframe(headers=["序号", "分句内容", "Token数"])
        splits = on_input_text_change_25 if newer else on_input_text_change_2
        text.change(splits, [text, tokens, language][: 3 if newer else 2], [table], api_name="on_input_text_change")
        go.click(update_prompt_audio, [], [go], api_name="update_prompt_audio")
        experimental.change(on_experimental_change, [experimental, method], [method, gr.Dataset(components=[text])])
        feeling = [reference, weight, *vectors, words, chance]
        if newer:
            kept = [prompt, method, *feeling, *more, tokens]
            upstream_presets(kept, [experimental, method, prompt, *feeling, *more, tokens])
            inputs = [method, prompt, text, language, *feeling, tokens, factor, *more]
            go.click(gen_single_25, inputs, [result], api_name="gen_single")
        else:
            go.click(gen_single_2, [method, prompt, text, *feeling, tokens, *more], [result], api_name="gen_single")
    return demo


def on_input_text_change_2(text: str, max_text_tokens_per_segment: float) -> Any:
    return on_input_text_change(text, max_text_tokens_per_segment)


def on_input_text_change_25(text: str, max_text_tokens_per_segment: float, lang_choice: str) -> Any:
    return on_input_text_change(text, max_text_tokens_per_segment)


def on_experimental_change(is_experimental: bool, current_mode_index: int) -> tuple[Any, Any]:
    choices = EMOTIONS[chosen.language] if is_experimental else EMOTIONS[chosen.language][:-1]
    return gr.update(choices=choices, value=choices[current_mode_index % len(choices)]), gr.update(samples=[])


def upstream_presets(kept: list[Any], loaded: list[Any]) -> None:
    """The presets of main. A session of gradio 5 and newer takes the names that it was told, and no others."""
    load = gr.Dropdown([""], value="", label="Load from Preset", allow_custom_value=False)
    manage = gr.Dropdown([""], value="", label="Preset List", allow_custom_value=False)
    name = gr.Textbox(label="Preset Name", value="")
    load.change(on_preset_load, [load], loaded)
    gr.Button("d").click(on_preset_delete, [manage], [load, manage])
    gr.Button("r").click(refresh_preset_choices, [], [load, manage])
    gr.Button("c").click(on_preset_save, [name, *kept], [load, manage])


def refresh_preset_choices() -> tuple[Any, Any]:
    return two_lists("")


def two_lists(value: str) -> tuple[Any, Any]:
    choices = ["", *sorted(saved)]
    return gr.update(choices=choices, value=value), gr.update(choices=choices, value=value)


def on_preset_save(  # noqa: PLR0913 - as the page has it
    name: str, prompt_audio: str | None, emo_control_method: int, emo_ref_path: str | None, emo_weight: float,
    vec1: float, vec2: float, vec3: float, vec4: float, vec5: float, vec6: float, vec7: float, vec8: float,
    emo_text: str, emo_random: bool, do_sample: bool, top_p: float, top_k: float, temperature: float,
    length_penalty: float, num_beams: float, repetition_penalty: float, max_mel_tokens: float,
    max_text_tokens_per_segment: float,
) -> Any:  # fmt: skip
    if not name.strip():
        gr.Warning("the preset needs a name")
        return gr.update(), gr.update()
    files = [write(coding.encode(hear(path)[0], "preset", 4.0), coding.RATE, "prompt") if path else None
             for path in (prompt_audio, emo_ref_path)]  # fmt: skip
    vectors = [vec1, vec2, vec3, vec4, vec5, vec6, vec7, vec8]
    more = [do_sample, top_p, top_k, temperature, length_penalty, num_beams, repetition_penalty, max_mel_tokens]
    values = [files[1], emo_weight, *vectors, emo_text, emo_random, *more, max_text_tokens_per_segment]
    saved["_".join(name.split())] = {"method": emo_control_method, "prompt": files[0], "values": values}
    return two_lists(name)


def on_preset_load(name: str) -> Any:
    """Also puts the experimental choice back, or away: for this session."""
    if name not in saved:
        gr.Warning("there is no such preset")
        return [gr.update()] * 24
    preset = saved[name]
    experimental = preset["method"] == 3
    choices = EMOTIONS[chosen.language][: 4 if experimental else 3]
    values = [gr.update(value=value) for value in (preset["prompt"], *preset["values"])]
    return [gr.update(value=experimental), gr.update(choices=choices, value=choices[preset["method"]]), *values]


def on_preset_delete(name: str) -> Any:
    if saved.pop(name, None) is None:
        gr.Warning("there is no such preset")
    return two_lists("")


if __name__ == "__main__":
    serve({"": lambda: bundle(False), "1.5": lambda: bundle(True), "2": lambda: second(False),
           "2.5": lambda: second(True)}[chosen.flavour](), chosen)  # fmt: skip
