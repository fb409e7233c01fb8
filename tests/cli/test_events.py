"""`--json`: every command that works tells what it does, as events; the last one says how it ended, and where."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.seasons import TONES, season
from tests.servers.openai import VOICES, OpenAiServer
from tests.typed import Dub, events

ROOT = Path(__file__).parent.parent.parent
HARBOUR = ROOT / "samples" / "harbour.mp4"
CROWDED = """1
00:00:01,000 --> 00:00:01,500
I never said that we would leave the harbour before the ferry came in, and before the fog had gone, never, not once.

2
00:00:01,550 --> 00:00:02,000
You did, and you said it twice.

3
00:00:03,000 --> 00:00:04,000
(laughs)
"""


@pytest.fixture
def words(tmp_path: Path) -> tuple[str, ...]:
    """A film with two lines that have no room, and a laugh."""
    (tmp_path / "tones.toml").write_text(TONES)
    (tmp_path / "crowded.en.srt").write_text(CROWDED)
    return str(HARBOUR), "crowded.en.srt", "-p", "tones.toml"


def kinds(told: list[dict[str, Any]]) -> set[str]:
    return {one["kind"] for one in told}


def stages(told: list[dict[str, Any]]) -> list[str]:
    return [one["stage"] for one in told if one["kind"] == "stage"]


def test_a_film_tells_its_stages_in_order_and_ends_with_its_report(dub: Dub, tmp_path: Path) -> None:
    show = season(tmp_path, 1)
    said = dub(show / "E000.mp4", "-p", "tones.toml", "-o", "out.wav", "--json")
    first, *_, last = said.events
    assert first["detail"]["command"] == "dub" and first["detail"]["schema"] == 1
    assert stages(said.events) == ["reading", "synthesis", "mixing", "encode", "mux"]
    assert last["detail"]["verdict"] == "complete" and last["detail"]["status"] == 0 and last["message"] == ""
    report = json.loads(Path(last["detail"]["report"]).read_text())
    assert report["output"] == last["detail"]["output"] == "out.wav"


def test_progress_is_full_only_when_the_film_lies_there(dub: Dub, tmp_path: Path) -> None:
    show = season(tmp_path, 1, lines=5)
    said = dub(show / "E000.mp4", "-p", "tones.toml", "-o", "out.wav", "--json")
    steps = {one["stage"]: one for one in said.events if one["kind"] == "step"}
    assert all(one["done"] == one["total"] > 0 for one in steps.values())
    assert set(steps) == {"reading", "synthesis", "mixing", "encode", "mux"}
    done = [one for one in said.events if one["kind"] in ("step", "result")]
    assert done[-2] == steps["mux"], "nothing is done after the last step"


def test_two_languages_are_one_progress_of_encoding(dub: Dub, tmp_path: Path) -> None:
    show = season(tmp_path, 1)
    (show / "E000.de.srt").write_text((show / "E000.en.srt").read_text().replace("Film", "Folge"))
    told = dub(show / "E000.mp4", show / "E000.en.srt", show / "E000.de.srt", "-p", "tones.toml", "-o", "out.mkv",
               "--set", "output.container=mkv", "--json").events  # fmt: skip
    encoded = [one["done"] / one["total"] for one in told if one["kind"] == "step" and one["stage"] == "encode"]
    assert encoded == sorted(encoded) and encoded[0] <= 0.5 and encoded[-1] == 1.0


def test_what_is_left_out_or_does_not_fit_is_told_with_its_place(dub: Dub, words: tuple[str, ...]) -> None:
    said = dub(*words, "-o", "out.wav", "--json")
    (left,) = [one for one in said.events if one["kind"] == "left_out"]
    assert left["detail"]["text"] == "(laughs)" and left["detail"]["number"] == 10
    unfit = [one for one in said.events if one["kind"] == "unfit"]
    assert unfit[0]["message"].startswith("cue 1 at 00:00:01.000: is ") and unfit[0]["detail"]["at"] == 1000
    last = said.events[-1]
    assert said.status == 1 and last["detail"]["verdict"] == "incomplete" and "did not fit" in last["message"]


def test_a_second_reading_says_why(dub: Dub, words: tuple[str, ...]) -> None:
    said = dub(*words, "-o", "out.wav", "--json")
    first, second = [one for one in said.events if one["kind"] == "stage" and one["stage"] == "synthesis"]
    assert first["message"] == "" and second["message"] == "again, faster" and second["total"] <= first["total"]
    (why,) = [one["message"] for one in said.events if "too long for the time that there is" in one["message"]]
    assert "(the first: cue 1 at 00:00:01.000, ×" in why


def test_a_person_is_told_where_in_the_film_each_line_is(dub: Dub, words: tuple[str, ...]) -> None:
    told = dub(*words, "-o", "out.wav").err
    named = re.findall(r"cue \d+(.{16})", told)
    assert len(named) >= 3 and all(re.fullmatch(r" at \d\d:\d\d:\d\d\.\d\d\d", place) for place in named), told
    assert re.search(r"^ *1  00:00:01\.000  ×", dub("check", *words).out, re.MULTILINE)


def test_lines_that_nobody_could_speak_are_told_one_by_one(dub: Dub, tmp_path: Path) -> None:
    show = season(tmp_path, 1)
    with OpenAiServer() as server:
        server.faults.extend(["500"] * 100)
        Path("p.toml").write_text(
            f'[voices.a]\nbackend = "openai"\nvoice = "{VOICES[0]}"\n[casting]\nnarrator = "a"\n'
            "[synthesis]\ntries = 1\nrest = 0.1\npatience = 0.5\n"
            f'[backends.openai]\nservers = ["{server.url}/v1"]\n'
        )
        said = dub(show / "E000.mp4", "-p", "p.toml", "-o", "out.mkv", "--json")
    failed = [one for one in said.events if one["kind"] == "failed"]
    assert [(one["detail"]["cue"], one["detail"]["at"]) for one in failed] == [(1, 100), (2, 1100)]
    last = said.events[-1]
    assert said.status == 1 and last["detail"]["verdict"] == "failed" and last["detail"]["output"] is None
    assert "2 lines could not be spoken" in last["message"]


@pytest.mark.parametrize(
    ("command", "why"),
    [(("nowhere.mp4", "--json"), "nowhere.mp4"), (("check", "nowhere.mp4", "--json=events"), "nowhere.mp4"),
     (("batch", "nowhere", "--json"), "nowhere"), (("watch", "nowhere", "--once", "--json"), "is not a folder"),
     (("retry", "nowhere", "--json"), "nowhere"), (("train", "anna", "--json"), "no recordings")],
)  # fmt: skip
def test_what_is_refused_says_so_and_why_in_its_last_event(command: tuple[str, ...], why: str, dub: Dub) -> None:
    said = dub(*command)
    last = said.events[-1]
    assert said.status == 2 and last["detail"]["verdict"] == "refused" and why in last["message"]
    assert why in said.err, "a person is told too"


@pytest.mark.parametrize("look", [("--dry-run",), ("check",)])
def test_a_look_is_one_document_or_events(look: tuple[str, ...], dub: Dub, words: tuple[str, ...]) -> None:
    command = (*look, *words) if look == ("check",) else (*words, *look)
    document = json.loads(dub(*command, "--json").out)
    assert document["versions"][0]["lines"][0]["text"]
    said = dub(*command, "--json=events")
    assert said.events[-1]["detail"]["foreseen"]["versions"] == document["versions"]
    assert kinds(said.events) >= {"begin", "left_out", "unfit", "result"}
    assert not Path("out.wav").exists()


def test_the_films_of_a_batch_are_told_apart(dub: Dub, tmp_path: Path) -> None:
    show = season(tmp_path, 3, broken=(1,))
    (document,) = json.loads(dub("batch", show, "-p", "tones.toml", "-n", "--json").out).values()
    assert [one["state"] for one in document] == ["to do", "failed", "to do"]
    said = dub("batch", show, "-p", "tones.toml", "--report", "report.json", "--json")
    films = {name: [one for one in said.events if one["film"] == str(show / name)] for name in ("E000.mp4", "E001.mp4")}
    whole, broken = films["E000.mp4"], films["E001.mp4"]
    assert [whole[0]["kind"], whole[-1]["kind"]] == ["begin", "result"]
    assert stages(whole) == ["reading", "synthesis", "mixing", "encode", "mux"]
    assert Path(whole[-1]["detail"]["report"]).is_file() and whole[-1]["detail"]["became"] == "dubbed"
    assert broken[-1]["detail"]["verdict"] == "failed" and broken[-1]["message"]
    last = said.events[-1]
    assert last["detail"]["report"] == "report.json" and (last["detail"]["dubbed"], last["detail"]["failed"]) == (2, 1)
    assert said.status == 1 and last["detail"]["verdict"] == "incomplete"


def test_a_watched_folder_tells_what_became_of_each_film(dub: Dub, tmp_path: Path) -> None:
    show = season(tmp_path, 2, broken=(1,))
    told = dub("watch", show, "-p", "tones.toml", "--once", "--settle", "0", "--json").events
    became = {
        Path(one["film"]).name: one["detail"]["became"] for one in told if one["kind"] == "result" and one["film"]
    }
    assert became == {"E000.mp4": "dubbed", "E001.mp4": "failed"}
    assert told[-1]["detail"]["status"] == 1 and told[-1]["message"] == "1 film failed"
    retried = dub("retry", show, "--json").events[-1]["detail"]["retried"]
    assert [Path(film).name for film in retried] == ["E001.mp4"]


def test_a_hook_tells_of_its_film(dub: Dub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_LOGS", str(tmp_path / "logs"))
    show = season(tmp_path, 1)
    hook = ("hook", "obs.recorded", "--media", show / "E000.mp4", "-p", "tones.toml", "--settle", "0", "--json")
    told = dub(*hook).events
    assert stages([one for one in told if one["film"]]) == ["reading", "synthesis", "mixing", "encode", "mux"]
    assert told[-1]["detail"]["became"] == "dubbed" and Path(told[-1]["detail"]["report"]).is_file()
    assert dub(*hook).events[-1]["detail"]["became"] == "done"


def test_the_example_of_the_docs_follows_a_film(tmp_path: Path) -> None:
    show = season(tmp_path, 1)
    example = ROOT / "docs" / "examples" / "follow_events.py"
    command = [sys.executable, str(example), str(show / "E000.mp4"), "-p", "tones.toml", "-o", "out.wav"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DUB_STORE": str(tmp_path / "store")}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-2:] == ["complete: out.wav", "report: out.wav.dub.json"] and "  100 %" in lines
    assert [line for line in lines if not line.startswith(" ")][:2] == ["reading", "synthesis"]


def test_whole_lines_come_from_films_side_by_side(tmp_path: Path) -> None:
    show = season(tmp_path, 6, lines=4)
    command = [sys.executable, "-m", "dubber", "batch", str(show), "-p", "tones.toml", "--films", "6", "--json"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DUB_STORE": str(tmp_path / "store")}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=200)
    told = events(done.stdout)
    assert sum(one["kind"] == "result" for one in told) == 7, done.stderr
