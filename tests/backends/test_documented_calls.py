"""Every endpoint of the web UIs' documents is documented here, takes what the document says, and can be called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from dubber.backends.base import Backend
from dubber.backends.gptsovits import GPTSoVITS
from dubber.backends.indextts import IndexTTS
from dubber.backends.voicelibrary import VoiceLibrary
from dubber.errors import InputError
from dubber.model import Audio
from dubber.schema import REQUIRED
from tests.servers.launch import shared
from tests.servers.recordings import recording

# The `api_name` lines of each document, with the names of the parameters.
DOCUMENTS: dict[type[Backend], dict[str, str]] = {
    IndexTTS: {
        "/on_preset_select": "selected_display_name",
        "/on_upload_audio": "uploaded_file",
        "/on_delete_audio_click": "selected_audio",
        "/on_confirm_delete": "selected_audio",
        "/on_cancel_delete": "",
        "/on_upload_subtitle": "uploaded_file",
        "/on_generate_subtitle": "audio_file text_content",
        "/on_clear_cache_click": "",
        "/on_confirm_clear_cache": "",
        "/on_cancel_clear_cache": "",
        "/on_input_text_change": "text max_tokens_per_sentence",
        "/on_input_text_change_1": "text max_tokens_per_sentence",
        "/update_prompt_audio": "",
        "/gen_single_with_status": "prompt text infer_mode max_text_tokens_per_sentence sentences_bucket_max_size "
        "param_5 param_6 param_7 param_8 param_9 param_10 param_11 param_12",
    },
    VoiceLibrary: {
        "/change_choices": "",
        "/update_prompt_audio": "",
        "/save_audio": "name",
        "/infer": "name voice text speed",
    },
    GPTSoVITS: {
        "/change_choices": "",
        "/inference": "text text_lang ref_audio_path aux_ref_audio_paths prompt_text prompt_lang top_k top_p "
        "temperature text_split_method "
        "batch_size speed_factor ref_text_free split_bucket fragment_interval seed keep_random "
        "parallel_infer repetition_penalty sample_steps super_sampling",
        "/stop": "",
        "/change_sovits_weights": "sovits_path prompt_language text_language",
        "/init_t2s_weights": "weights_path",
        "/to_cut": "text_inp how_to_cut",
    },
}
CALLS = [(system, name) for system, calls in DOCUMENTS.items() for name in calls]


@pytest.fixture(scope="module")
def opened() -> Iterator[dict[type[Backend], Any]]:
    systems = {system: cast(Any, system)(servers=(shared(system.name).url,)) for system in DOCUMENTS}
    yield systems
    for system in systems.values():
        system.close()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    voice = recording(tmp_path / "zoe.wav", "zoe", seconds=4.0)
    subtitle = tmp_path / "film.srt"
    subtitle.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\nthere.\n\n2\n00:00:03,000 --> 00:00:04,000\nBye.\n")
    return {"voice": voice, "subtitle": subtitle}


def arguments(name: str, fields: Any, files: dict[str, Any]) -> dict[str, Any]:
    """What a user would type at least: a value for each required parameter."""
    given: dict[str, Any] = {
        "uploaded_file": files["subtitle"] if "subtitle" in name else files["voice"],
        "audio_file": files["voice"], "prompt": files["voice"], "ref_audio_path": files["voice"],
        "text": "Good evening.", "text_content": "Hello.", "text_inp": "One. Two.", "name": "zoe",
        "sovits_path": "SoVITS_weights_v2/bob_e8_s112.pth", "weights_path": "GPT_weights_v2/bob-e15.ckpt",
    }  # fmt: skip
    wanted = {key for key, field in fields.items() if field.default is REQUIRED} | ({"text"} & set(fields))
    values = {key: given[key] for key in wanted}
    if name == "/infer":
        values = {"name": "Lei.pt", "text": "Good evening.", "speed": 1.5}
    if name == "/on_preset_select":
        values = {"selected_display_name": "0000"}
    return values


@pytest.mark.parametrize(("system", "name"), CALLS, ids=lambda value: getattr(value, "name", value))
def test_every_documented_endpoint_is_described_and_can_be_called(
    system: type[Backend], name: str, opened: dict[type[Backend], Any], files: dict[str, Any]
) -> None:
    backend = opened[system]
    endpoint = {one.name: one for one in backend.endpoints()}[name]
    assert endpoint.about.endswith(".") and len(endpoint.about) > 20
    assert set(endpoint.fields) == set(DOCUMENTS[system][name].split())
    assert all(field.setting.about for field in endpoint.fields.values())
    if name == "/save_audio":
        backend.call("/infer", {"text": "Hello.", "voice": files["voice"]})
    answer = backend.call(name, arguments(name, endpoint.fields, files))
    assert isinstance(answer, Audio) or json.dumps(answer)
    if name in ("/gen_single_with_status", "/infer", "/inference", "/on_preset_select", "/on_upload_audio"):
        assert isinstance(answer, Audio)


def test_the_defaults_are_the_documents(opened: dict[type[Backend], Any]) -> None:
    """What the server declares as a parameter's default is what we tell the user, number for number."""
    for system, backend in opened.items():
        offered = backend.offered()
        for endpoint in backend.endpoints():
            declared = offered[endpoint.name].parameters if endpoint.name in offered else ()
            for parameter in declared:
                ours = endpoint.fields[parameter.name].default
                if parameter.default is not None and not parameter.choices:
                    assert ours == parameter.default, f"{system.name} {endpoint.name} {parameter.name}"


def test_a_subtitle_and_a_split_come_back_as_text(opened: dict[type[Backend], Any], files: dict[str, Any]) -> None:
    text, status = opened[IndexTTS].call("/on_upload_subtitle", {"uploaded_file": files["subtitle"]})
    assert text == "Hello there. Bye." and "字幕" in status
    table = opened[IndexTTS].call("on_input_text_change", {"text": "x" * 200})
    assert [row[2] for row in table["data"]] == [120, 80]
    assert opened[GPTSoVITS].call("/to_cut", {"text_inp": "One. Two."}) == "One.\nTwo."


def test_a_call_without_what_it_needs_is_told_before_it_is_made(opened: dict[type[Backend], Any]) -> None:
    with pytest.raises(InputError, match="needs prompt and text"):
        opened[IndexTTS].call("/gen_single_with_status", {})
    with pytest.raises(InputError, match="it has /change_choices"):
        opened[GPTSoVITS].call("/change_gpt_weights", {"gpt_path": "x"})


def test_a_preset_is_removed_by_its_name(opened: dict[type[Backend], Any], files: dict[str, Any]) -> None:
    backend = opened[IndexTTS]
    backend.add_voice("short lived", files["voice"])
    backend.remove_voice("short lived")
    with pytest.raises(InputError, match="deletes no preset"):
        backend.remove_voice("short lived")
