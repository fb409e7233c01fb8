"""Recordings become a voice: every step in its order, each looked at afterwards, taken up where it stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dubber.config.profile import load
from dubber.media.audio import decode
from tests.servers import coding
from tests.servers.launch import Running, shared
from tests.training.desk import Disk, disk
from tests.typed import Dub, Said

ROOT = Path(__file__).parent.parent.parent


def profile(tmp_path: Path, name: str = "anna") -> Path:
    return tmp_path / "config" / "profiles" / f"{name}.toml"


def written(tmp_path: Path, name: str = "anna") -> dict[str, Any]:
    voice: dict[str, Any] = tomllib.loads(profile(tmp_path, name).read_text())["voices"][name]
    return voice


def train(dub: Dub, page: Disk, *words: object, name: str = "anna") -> Said:
    return dub("train", name, *words, "--server", page.server.url, "--language", "en")


def notes(said: Said) -> list[str]:
    return [event["message"] for event in said.events if event["kind"] == "note"]


# ---- from recordings to a voice that speaks


def test_recordings_become_a_voice_that_speaks(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    speaker = shared("gptsovits")
    said = train(dub, page, raw / "one.wav", raw / "two.wav", "--speaker-server", speaker.url)
    assert said.status == 0, said.err
    voice = written(tmp_path)
    assert voice["sovits"] == "anna_e8_s96.pth"
    assert voice["gpt"] == "anna-e15.ckpt"
    assert voice["reference_language"] == "en"
    reference = decode((profile(tmp_path).parent / voice["reference"]).read_bytes())
    assert 3000 <= reference.milliseconds <= 10_000
    heard = coding.decode(reference.samples, reference.rate)
    assert heard is not None
    assert heard[0] == coding.voice_number("my voice")
    said = dub("voices", "say", "anna", "Good evening.", "-p", "anna", "-o", "try.wav")
    assert said.status == 0, said.err
    sound = decode(Path("try.wav").read_bytes())
    weights = "SoVITS_weights_v2/anna_e8_s96.pth+GPT_weights_v2/anna-e15.ckpt"
    assert coding.carries(sound.samples, sound.rate, f"{weights}+{coding.voice_number('my voice')}", "Good evening.")


def test_a_second_run_asks_the_server_for_nothing_again(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    assert train(dub, page, raw).status == 0
    before = {path: path.stat().st_mtime_ns for path in page.root.rglob("*")}
    said = dub("train", "anna", "--json")
    assert said.status == 0
    assert len([note for note in notes(said) if note.endswith("was done before")]) == 6
    assert {path: path.stat().st_mtime_ns for path in page.root.rglob("*")} == before


def test_the_words_of_the_reference_are_those_of_its_slice(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    train(dub, page, raw)
    slices = sorted((tmp_path / "config/training/files/dub/anna").glob("slices-*/*.wav"))
    assert len(slices) == 9
    chosen = (profile(tmp_path).parent / written(tmp_path)["reference"]).read_bytes()
    number = [path.read_bytes() for path in slices].index(chosen) + 1
    same = {n for n, path in enumerate(slices, 1) if path.read_bytes() == chosen}
    said = written(tmp_path)["transcript"]
    assert said in {f"Sentence number {n}." for n in same | {number}}


@pytest.mark.parametrize(
    ("options", "version", "weights", "features"),
    [
        (("--flavour", "new"), "v4", "anna_e2_s24_l64.pth", "one-click"),
        (("--flavour", "new"), "v2Pro", "anna_e8_s96.pth", "one-by-one"),
        (("--language", "en"), "v1", "anna_e8_s96.pth", "one-click"),
        (("--language", "en"), "v4", "anna_e2_s24_l64.pth", "one-by-one"),
    ],
)
def test_every_version_in_both_ways_of_making_features(
    dub: Dub, tmp_path_factory: Any, tmp_path: Path, raw: Path, options: tuple[str, ...], version: str, weights: str,
    features: str,
) -> None:  # fmt: skip
    page = disk(tmp_path_factory, *options)
    lora = ("--lora-rank", "64") if version == "v4" else ()
    said = train(dub, page, raw, "--version", version, "--features", features, *lora)
    assert said.status == 0, said.err
    assert written(tmp_path)["sovits"] == weights
    assert (page.root / f"SoVITS_weights_{version}" / weights).exists()


def test_every_step_may_be_asked_for_with_its_own_settings(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    said = train(
        dub, page, raw, "--steps", "slice,denoise,asr,label,features,sovits,gpt", "--threshold", "-40",
        "--processes", 2,
        "--min-length", 5000, "--asr-model", "whisper", "--asr-size", "small", "--asr-precision", "int8",
        "--gpu", "0-1", "--batch-size", 3, "--sovits-epochs", 6,
        "--gpt-epochs", 10, "--dpo", "--json",
    )  # fmt: skip
    assert said.status == 0, said.err
    assert written(tmp_path)["sovits"] == "anna_e6_s72.pth", "4 does not divide 6: the last round is saved all the same"
    assert written(tmp_path)["gpt"] == "anna-e10.ckpt"
    assert "denoise: 9 files" in notes(said)
    said = dub("train", "anna", "--steps", "gpt", "--gpt-epochs", 20, "--json")
    assert notes(said)[-1].endswith("anna-e20.ckpt")
    said = dub("train", "anna", "--json")
    assert len([note for note in notes(said) if note.endswith("done before")]) == 7, "the denoising is remembered"


def test_one_step_after_another_by_hand(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    said = train(dub, page, raw, "--steps", "features")
    assert said.status == 2
    assert "no list of labels yet" in said.err
    for steps in ("slice", "asr,label", "features", "sovits"):
        said = train(dub, page, raw, "--steps", steps)
        assert said.status == 0, said.err
        assert not profile(tmp_path).exists()
    assert "not complete yet" in said.out
    assert dub("train", "anna", "--steps", "gpt").status == 0
    assert profile(tmp_path).exists()


# ---- progress, stopping, going on


def test_hours_of_training_are_told_round_by_round(dub: Dub, page: Disk, raw: Path) -> None:
    from dubber.model import Event
    from dubber.training.train import TrainingRequest, train

    page.takes(2.5)
    told: list[Event] = []
    given = {"server": page.server.url, "language": "en", "steps": "slice,asr,label,features,sovits"}
    train(TrainingRequest(name="anna", recordings=(str(raw),), given=given, poll=0.1), told.append)
    rounds = [(event.done, event.total) for event in told if event.stage == "sovits" and event.kind == "step"]
    assert (4, 8) in rounds
    parts = [(event.done, event.total) for event in told if event.stage == "features" and event.kind == "step"]
    assert (1, 3) in parts
    assert (2, 3) in parts


BEFORE = {"slice": "", "features": "slice,asr,label", "sovits": "slice,asr,label,features"}


def begun(page: Disk, raw: Path, step: str) -> subprocess.Popen[str]:
    """dub train in a process of its own, at a step that takes long."""
    page.takes(20)
    command = [sys.executable, "-m", "dubber", "train", "anna", str(raw), "--server", page.server.url]
    run = subprocess.Popen(
        [*command, "--language", "en", "--steps", f"{BEFORE[step]},{step}".lstrip(","), "--json"], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert run.stdout is not None
    for line in run.stdout:
        if (
            f'"stage": "{step}"' in line
            and '"step"' in line
            and "\\u" not in line
            and "运行" in line
            or "-Doing" in line
        ):
            break
    return run


@pytest.mark.parametrize("step", BEFORE)
def test_ctrl_c_stops_the_server_too_and_the_next_run_goes_on(
    dub: Dub, page: Disk, tmp_path: Path, raw: Path, step: str
) -> None:
    if BEFORE[step]:
        assert train(dub, page, raw, "--steps", BEFORE[step]).status == 0
    with begun(page, raw, step) as run:
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=30)
    assert run.returncode == 130, err
    assert time.monotonic() - began < 10
    assert "已关闭" in out
    assert "stopped" in err
    assert "Traceback" not in err
    page.takes(0)
    said = dub("train", "anna", "--json")
    assert said.status == 0, said.err
    done = [note for note in notes(said) if note.endswith("was done before")]
    assert len(done) == len([part for part in BEFORE[step].split(",") if part])
    assert written(tmp_path)["sovits"] == "anna_e8_s96.pth", "taken up, not begun anew under another name"


def test_kill_minus_9_leaves_a_server_that_is_busy_and_that_is_said(
    dub: Dub, page: Disk, tmp_path: Path, raw: Path
) -> None:
    assert train(dub, page, raw, "--steps", BEFORE["sovits"]).status == 0
    with begun(page, raw, "sovits") as run:
        run.kill()
    said = dub("train", "anna")
    assert said.status == 1
    assert "busy with this step already" in said.err
    assert "dub server webui close1Ba" in said.err
    assert dub("server", "webui", "close1Ba", "--server", page.server.url).status == 0
    page.takes(0)
    time.sleep(0.3)
    assert dub("train", "anna").status == 0
    assert written(tmp_path)["sovits"] == "anna_e8_s96.pth"


# ---- a server that says "finished" whatever happened


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("slice", "slice: says that it has finished, but .* is empty"),
        ("asr", "asr: .*says '语音识别已完成', but the list .* is not there"),
        ("1abc", "features: .*it says '训练集格式化一键三连失败'"),
        ("1Ba", "sovits: .*says 'SoVITS训练已完成', but there are no weights of round 8"),
        ("1Bb", "gpt: .*says 'GPT训练已完成', but there are no weights of round 15"),
    ],
)
def test_a_child_that_died_is_an_error_and_the_next_run_goes_on(
    dub: Dub, page: Disk, raw: Path, tmp_path: Path, step: str, told: str
) -> None:
    import re

    page.breaks(f"{step} crash")
    said = train(dub, page, raw)
    assert said.status == 1
    assert re.search(told, said.err), said.err
    assert "console" in said.err
    assert not profile(tmp_path).exists()
    page.heals()
    assert dub("train", "anna").status == 0
    assert written(tmp_path)["sovits"] == "anna_e8_s96.pth"


@pytest.mark.parametrize("step", ["slice", "asr", "1a", "1Ba"])
def test_an_exception_on_the_server_leaves_it_free_for_the_next_try(
    dub: Dub, page: Disk, raw: Path, tmp_path: Path, step: str
) -> None:
    page.breaks(f"{step} raise")
    said = train(dub, page, raw, "--features", "one-by-one")
    assert said.status == 1
    assert "keeps the reason to itself" in said.err
    page.heals()
    assert dub("train", "anna").status == 0


def test_a_server_that_dies_is_an_error_and_its_next_life_goes_on(dub: Dub, raw: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with Running("sovits_training", "--root", str(root)) as server:
        server.ready()
        page = Disk(server, root)
        page.breaks("1Ba exit")
        said = train(dub, page, raw)
        assert said.status == 1
        assert "run this again later" in said.err
        page.heals()
        server.restart()
        server.ready()
        said = dub("train", "anna")
        assert said.status == 0, said.err
    assert written(tmp_path)["sovits"] == "anna_e8_s96.pth"


def test_the_weights_of_the_last_round_are_wanted_not_of_an_earlier_one(dub: Dub, page: Disk, raw: Path) -> None:
    assert train(dub, page, raw, "--steps", "slice,asr,label,features,sovits", "--sovits-epochs", 4).status == 0
    page.breaks("1Ba crash")
    said = dub("train", "anna", "--sovits-epochs", 8)
    assert said.status == 1
    assert "no weights of round 8; the newest are of round 4" in said.err


# ---- new material, other peoples' weights


def test_new_recordings_are_never_mixed_with_the_old(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    from tests.servers.recordings import recording

    train(dub, page, raw / "one.wav")
    recording(raw / "three.wav", "my voice", seconds=9.0, rate=16_000)
    said = train(dub, page, raw / "three.wav")
    assert said.status == 0, said.err
    assert written(tmp_path)["sovits"] == "anna-2_e8_s96.pth"
    sounds = [path.name for path in (page.root / "logs/anna-2/5-wav32k").iterdir()]
    assert len(sounds) == 2
    assert all("three" in name for name in sounds)


def test_weights_of_somebody_else_with_this_name_are_left_alone(
    dub: Dub, page: Disk, raw: Path, tmp_path: Path
) -> None:
    theirs = page.root / "SoVITS_weights_v2/anna_e8_s96.pth"
    theirs.parent.mkdir()
    theirs.write_bytes(b"theirs")
    train(dub, page, raw)
    assert theirs.read_bytes() == b"theirs"
    assert written(tmp_path)["sovits"] == "anna-2_e8_s96.pth"


def test_a_step_and_all_after_it_may_be_done_anew(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    train(dub, page, raw)
    said = dub("train", "anna", "--again", "gpt", "--json")
    assert said.status == 0
    assert [note for note in notes(said) if "before" in note] == [
        f"{step}: was done before" for step in ("slice", "asr", "label")
    ]
    assert written(tmp_path)["gpt"] == "anna-2-e15.ckpt"


# ---- the written voice


def test_a_profile_that_the_user_has_edited_is_not_overwritten(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    train(dub, page, raw)
    profile(tmp_path).write_text(profile(tmp_path).read_text() + "# mine\n")
    said = dub("train", "anna")
    assert said.status == 2
    assert "--overwrite" in said.err
    assert "# mine" in profile(tmp_path).read_text()
    assert dub("train", "anna", "--overwrite").status == 0
    assert "# mine" not in profile(tmp_path).read_text()


def test_the_written_profile_has_no_fault(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    train(dub, page, raw)
    found = load(str(profile(tmp_path)), environ={})
    assert found.voices["anna"].backend == "gptsovits"
    assert found.backends["gptsovits"]["servers"] == (page.server.url.rpartition(":")[0] + ":9872",)
    assert found.roles.narrator == "anna"


def test_a_reference_of_the_users_own(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    from tests.servers.recordings import recording

    mine = recording(tmp_path / "mine.mp3", "another", seconds=5.0)
    assert train(dub, page, raw, "--reference", mine, "--transcript", 'He said "no".').status == 0
    assert written(tmp_path)["reference"] == "anna.mp3"
    assert written(tmp_path)["transcript"] == 'He said "no".'
    short = recording(tmp_path / "short.wav", "another", seconds=2.0)
    said = dub("train", "anna", "--reference", short)
    assert said.status == 2
    assert "3 to 10 s" in said.err


def test_two_runs_of_one_voice_do_not_meet(dub: Dub, page: Disk, raw: Path) -> None:
    with begun(page, raw, "slice") as other:
        said = train(dub, page, raw)
        page.takes(0)
        other.send_signal(signal.SIGINT)
        other.communicate(timeout=30)
    assert said.status == 2
    assert "another run" in said.err
