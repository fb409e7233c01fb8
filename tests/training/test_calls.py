"""Each call of the training page's document is reached by name, with typed values, on each gradio and both versions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dubber import training
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.training.gptsovits import Training
from tests.servers.launch import pythons, shared
from tests.servers.recordings import recording

WHISPER = "Faster Whisper (多语种)"


@pytest.fixture(scope="module", params=[(name, flavour) for name in pythons() for flavour in ("", "new")], ids=str)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Training, Path]]:
    name, flavour = request.param
    root = tmp_path_factory.mktemp("server")
    server = shared("sovits_training", "--root", str(root), "--flavour", flavour, gradio=name)
    trainer = Training(servers=(server.url,))
    yield trainer, root
    trainer.close()


def test_dub_server_finds_the_trainer_by_name() -> None:
    assert training.names() == ("webui",)
    assert training.find("webui") is Training
    assert training.find("gptsovits") is None


def test_every_documented_call_is_on_the_server_with_its_parameters(page: tuple[Training, Path]) -> None:
    trainer, _ = page
    offered = trainer.offered()
    assert {one.name for one in trainer.endpoints()} == set(offered)
    for one in trainer.endpoints():
        theirs = {parameter.name for parameter in offered[one.name].parameters}
        assert theirs <= set(one.fields), one.name
        assert set(one.fields) - theirs <= {"version", "inp_wav_dir"}, one.name
        assert one.about
        assert all(field.setting.about for field in one.fields.values())


def test_lists_come_with_their_choices_and_the_chosen(page: tuple[Training, Path]) -> None:
    trainer, _ = page
    languages = trainer.call("change_lang_choices", {"key": WHISPER})
    assert languages == {"value": "auto", "choices": ["auto", "zh", "en", "ja", "ko", "yue"]}
    assert trainer.call("/change_size_choices", {"key": WHISPER})["choices"][-1] == "large-v3"
    assert trainer.call("change_precision_choices", {})["choices"] == ["float32"]
    sovits, gpt = trainer.call("change_choices", {})
    assert sovits[0].endswith(".pth")
    assert gpt[0].endswith(".ckpt")


def test_a_version_brings_its_own_weights_and_epochs(page: tuple[Training, Path]) -> None:
    trainer, _ = page
    told = trainer.call("switch_version", {"version_": "v4"})
    assert len(told) == 12
    assert told[0].endswith("s2Gv4.pth")
    assert told[5:8] == [4, 2, 1]
    trainer.call("switch_version", {"version_": "v2"})


def test_what_starts_and_stops_other_pages_says_which_it_did(page: tuple[Training, Path]) -> None:
    trainer, _ = page
    for first, second in (
        ("change_label", "change_label_1"), ("change_uvr5_1", "change_uvr5"),
        ("change_tts_inference", "change_tts_inference_1"),
    ):  # fmt: skip
        assert "已开启" in trainer.call(first, {})
        assert "已关闭" in trainer.call(second, {})
    for step in ("_slice", "_denoise", "_asr", "1a", "1b", "1c", "1abc", "1Ba", "1Bb"):
        assert "已关闭" in trainer.call(f"close{step}", {})
    assert trainer.call("sync", {"text": "失败"}) == "失败", "a text that is no status is no error"


def test_counts_are_sent_whole_whatever_the_page_declares(page: tuple[Training, Path]) -> None:
    trainer, root = page
    (root / "raw").mkdir(exist_ok=True)
    recording(root / "raw/one.wav", "anna", seconds=11.0)
    said = trainer.call("open_slice", {"inp": "raw", "opt_root": "cut", "n_parts": 2})
    assert "已完成" in said[0]
    assert said[1:] == ["cut"] * 3
    assert len(list((root / "cut").iterdir())) == 3


def test_a_failure_told_in_a_sentence_is_an_error_with_that_sentence(page: tuple[Training, Path]) -> None:
    trainer, _ = page
    with pytest.raises(BackendError, match="输入路径不存在"):
        trainer.call("open_slice", {"inp": "nowhere"})
    with pytest.raises(BackendError, match="console"):
        trainer.call("open1a", {"inp_text": "none.list", "inp_wav_dir": "cut", "exp_name": "x"})
    with pytest.raises(BackendError, match=r"busy with this step already.*dub server webui close1a"):
        trainer.call("open1a", {"inp_text": "none.list", "inp_wav_dir": "cut", "exp_name": "x"})
    trainer.call("close1a", {})


@pytest.mark.parametrize("bad", ['a"b', "a`id`", "$HOME", "a;id", "a\nb", "a|b", "a&b", "a\\", "it's", "-rf", "a>b"])
def test_nothing_that_a_shell_would_act_on_is_sent(page: tuple[Training, Path], bad: str) -> None:
    trainer, root = page
    before = sorted(root.rglob("*"))
    for call, values in (
        ("open_slice", {"inp": bad}),
        ("open_asr", {"asr_inp_dir": "cut", "asr_lang": bad}),
        ("open1Ba", {"exp_name": bad}),
        ("change_label", {"path_list": bad}),
    ):
        with pytest.raises(InputError, match="never sent"):
            trainer.call(call, values)
    assert sorted(root.rglob("*")) == before


def test_another_server_is_told_from_the_training_page(page: tuple[Training, Path]) -> None:
    other = Training(servers=(shared("gptsovits").url,))
    with pytest.raises(BackendUnavailable, match="it is the inference web UI of GPT-SoVITS"):
        other.call("close_asr", {})
    assert "is not the training web UI" in str(other.check())
    other.close()


def test_an_unknown_call_names_what_there_is(page: tuple[Training, Path]) -> None:
    trainer, _ = page
    with pytest.raises(InputError, match="has no /open2"):
        trainer.call("open2", {})
    values: dict[str, Any] = {"exp_name": "x", "inp_text": "a.list"}
    with pytest.raises(InputError, match="inp_wav_dir"):
        trainer.call("open1a", values)
