"""What the server does not offer, and what it cannot reach, is said before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.servers.launch import shared
from tests.training.desk import Disk, disk
from tests.typed import Dub


def nothing_started(page: Disk) -> bool:
    return not list(page.root.iterdir())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--version", "v9"), "--version: the server has no 'v9' (it has v1, v2, v4)"),
        (("--asr-model", "Kaldi"), "--asr-model: the server has no 'Kaldi'"),
        (("--asr-model", "达摩"), "no speech recognition of the server knows en (达摩 ASR (中文): zh, yue)"),
        (("--asr-size", "huge"), "--asr-size: the server has no 'huge' (it has tiny, small, medium, large-v3)"),
        (("--asr-precision", "float8"), "--asr-precision: the server has no 'float8'"),
        (("--lora-rank", "48"), "--lora-rank: the server has no '48' (it has 16, 32, 64, 128)"),
        (("--gpu", "0,1"), "--gpu: '0,1' names no graphics cards"),
        (("--language", "fr"), "--language: 'fr' is not allowed"),
        (("--steps", "slice,mix"), "--steps: 'mix' is not allowed"),
        (("--sovits-epochs", "0"), "--sovits-epochs: 0 is outside its range"),
        (("--min-length", "long"), "--min-length: 'long' is not a whole number"),
    ],
)
def test_what_the_server_does_not_offer_is_said_first(
    dub: Dub, page: Disk, raw: Path, words: tuple[str, ...], told: str
) -> None:
    said = dub("train", "anna", raw, "--server", page.server.url, "--language", "en", *words)
    assert said.status == 2
    assert told in said.err
    assert nothing_started(page)


def test_all_faults_are_told_at_once(dub: Dub, page: Disk, raw: Path) -> None:
    words = ("--version", "v9", "--gpu", "x", "--asr-size", "huge", "--asr-precision", "float8")
    said = dub("train", "anna", raw, "--server", page.server.url, "--language", "en", *words)
    assert len(said.err.splitlines()) == 4


@pytest.mark.parametrize("name", ["../x", "a b", "", "a;b", "narrator", "-x", "a" * 70, "a.b"])
def test_a_name_that_cannot_be_a_voice(dub: Dub, page: Disk, raw: Path, name: str) -> None:
    said = dub("train", "--server", page.server.url, "--language", "en", "--", name, raw)
    assert said.status == 2
    assert nothing_started(page)


def test_a_language_is_recognized_by_whoever_knows_it(dub: Dub, tmp_path_factory: Any, raw: Path) -> None:
    page = disk(tmp_path_factory)
    for language, heard in (("zh", "ZH"), ("ko", "KO")):
        said = dub("train", f"v-{language}", raw, "--server", page.server.url, "--language", language,
                   "--steps", "slice,asr")  # fmt: skip
        assert said.status == 0, said.err
        files = Path("config/training/files/dub").glob(f"v-{language}/labels-*/*.list")
        assert f"|{heard}|" in next(iter(files)).read_text()


def test_a_missing_recording_or_none_at_all(dub: Dub, page: Disk, raw: Path) -> None:
    said = dub("train", "anna", "nowhere.wav", "--server", page.server.url, "--language", "en")
    assert (said.status, "no such file" in said.err) == (2, True)
    said = dub("train", "anna", "--server", page.server.url, "--language", "en")
    assert (said.status, "no recordings are named" in said.err) == (2, True)


def test_another_program_at_that_address(dub: Dub, raw: Path) -> None:
    said = dub("train", "anna", raw, "--server", shared("gptsovits").url, "--language", "en")
    assert said.status == 1
    assert "it is the inference web UI of GPT-SoVITS" in said.err


def test_nobody_at_that_address(dub: Dub, raw: Path) -> None:
    said = dub("train", "anna", raw, "--server", "http://127.0.0.1:9", "--language", "en")
    assert said.status == 1
    assert "nobody answers there" in said.err


# ---- a disk that is not ours


def test_a_shared_folder_goes_by_two_names(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    """The server's own disk, seen here through a link: everything is looked at, its features too."""
    here = tmp_path / "mounted"
    here.symlink_to(page.root)
    said = dub("train", "anna", raw, "--server", page.server.url, "--language", "en",
               "--server-dir", f"{here}={page.root}", "--json")  # fmt: skip
    assert said.status == 0, said.err
    assert not [event for event in said.events if event["kind"] == "warning"]
    assert len(list((page.root / "dub/anna").glob("slices-*/*.wav"))) == 9
    assert said.events[-1]["detail"]["unseen"] == []


def test_features_that_are_not_there_are_seen_in_a_shared_folder(dub: Dub, page: Disk, raw: Path) -> None:
    (page.root / "logs").mkdir()
    (page.root / "logs/anna").mkdir()
    (page.root / "logs/anna/2-name2text.txt").write_text("left by another run\n")
    page.breaks("1c crash")
    said = dub("train", "anna", raw, "--server", page.server.url, "--language", "en", "--features", "one-by-one",
               "--server-dir", page.root)  # fmt: skip
    assert said.status == 1
    assert "features" in said.err


def test_recordings_on_the_server_are_named_by_its_own_paths(dub: Dub, page: Disk, raw: Path) -> None:
    (raw).rename(page.root / "my recordings")
    said = dub("train", "anna", "/data/my recordings", "--server", page.server.url, "--language", "en",
               "--server-dir", f"{page.root}=/data")  # fmt: skip
    assert said.status == 1, "the test's server has no /data: its word is told"
    assert "输入路径不存在" in said.err


def test_without_a_shared_folder_only_the_servers_word_is_known_and_that_is_said(
    page: Disk, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same server by an address that is not this computer's, as far as dub knows."""
    from dubber.errors import InputError
    from dubber.training import train
    from tests.servers.recordings import recording

    monkeypatch.setattr(train, "is_local", lambda host: False)
    monkeypatch.setenv("DUB_CONFIG", str(tmp_path / "config"))
    raw.rename(page.root / "raw")
    given = {"server": page.server.url, "language": "en"}
    with pytest.raises(InputError, match="--reference"):
        train.train(train.TrainingRequest(name="anna", recordings=("raw",), given=given), lambda event: None)
    mine = recording(tmp_path / "mine.wav", "my voice", seconds=5.0)
    with pytest.raises(InputError, match="where the server does not see it"):
        train.train(
            train.TrainingRequest(name="anna", recordings=(str(mine),), given=given | {"reference": str(mine)}),
            lambda event: None,
        )
    events: list[Any] = []
    order = train.TrainingRequest(
        name="anna", recordings=("raw",), given=given | {"reference": str(mine), "transcript": "Hello."}
    )
    outcome = train.train(order, events.append)
    assert outcome.unseen == ("slice", "asr", "features")
    assert sum("cannot be seen from here" in event.message for event in events) == 3
    assert outcome.sovits.endswith("anna_e8_s96.pth"), "weights are seen: the server lists them"


# ---- dub server webui


def test_dub_server_reaches_the_training_page(dub: Dub, page: Disk) -> None:
    said = dub("server", "webui")
    assert said.status == 0
    assert "/open1abc" in said.out
    assert "total_epoch: rounds through all recordings (default 8; 1 to 1000)" in said.out
    said = dub("server", "webui", "switch_version", "version_=v4", "--server", page.server.url, "--json")
    assert said.status == 0, said.err
    assert "s2Gv4.pth" in said.out
    dub("server", "webui", "switch_version", "version_=v2", "--set", f"backends.webui.servers={page.server.url}")
    said = dub("server", "webui", "change_label", "path_list=a.list", "--server", page.server.url)
    assert "打标工具WebUI" in said.out
    dub("server", "webui", "change_label", "--server", page.server.url)
    said = dub("server", "webui", "open_slice", "n_parts=two", "--server", page.server.url)
    assert (said.status, "n_parts" in said.err) == (2, True)
    said = dub("server", "webui", "open_slice", "inp=`id`", "--server", page.server.url)
    assert (said.status, "never sent" in said.err) == (2, True)


def test_the_environment_names_the_training_page(dub: Dub, page: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_BACKENDS_WEBUI_SERVERS", page.server.url)
    said = dub("server", "webui", "close_slice")
    assert (said.status, said.out.strip()) == (0, "语音切分已关闭")
