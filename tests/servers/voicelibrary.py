"""The saved-voice web UI: voices are files of the server; whoever cloned last decides what is saved."""

from __future__ import annotations

from typing import Any

import gradio as gr

from tests.servers import coding
from tests.servers.behaviour import Speaker, broken, hear, options, serve, write

REFERENCE = "使用参考音频"

chosen = options()
speaker = Speaker(chosen.delay, chosen.die_after, 22_050, chosen.fault)
saved: dict[str, int] = {name: coding.voice_number(name) for name in ["jok老师.pt", "Lei.pt", "叶奈法.pt", "步非烟.pt"]}
last: list[int] = []  # the voice that was cloned last, by anybody


def names() -> list[str]:
    return [REFERENCE, *saved]


def change_choices() -> Any:
    return gr.update(choices=names())


def update_prompt_audio() -> Any:
    return gr.update(interactive=True)


def save_audio(name: str) -> None:
    if not name:
        gr.Info("请输入音色名称")
        return
    saved[f"{name}.pt"] = last[-1]


def infer(name: str, voice: str | None, text: str, speed: float) -> Any:
    fault = speaker.fault_in(text)
    if fault == "raise":
        raise RuntimeError("CUDA out of memory")
    if fault in ("silence", "second", "empty"):
        if fault == "second":
            gr.Warning("语言不支持")
        return write(broken(fault, 22_050), 16_000)
    if fault == "none":
        return None
    if name == REFERENCE:
        last.append(hear(voice)[0])  # type: ignore[arg-type]
    number = last[-1] if name == REFERENCE else saved[name]
    return write(speaker.say(number, text, speed), speaker.rate)


def page() -> gr.Blocks:
    demo: gr.Blocks
    with gr.Blocks() as demo:
        name = gr.Dropdown(names(), label="音色列表", value=REFERENCE)
        voice = gr.Audio(label="请上传参考音频", type="filepath")
        text = gr.Textbox(label="请输入目标文本")
        speed = gr.Slider(0.25, 4.0, value=1, label="语速")
        result = gr.Audio(label="生成结果")
        new_name = gr.Textbox(label="音色名称")
        button = gr.Button("g")
        gr.Button("refresh").click(change_choices, [], [name])
        voice.upload(update_prompt_audio, [], [button])
        gr.Button("save").click(save_audio, [new_name], [])
        button.click(infer, [name, voice, text, speed], [result])
    return demo


if __name__ == "__main__":
    serve(page(), chosen)
