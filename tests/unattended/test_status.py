"""A watched folder's films: what became of each, said again until something changes, and tried again when it does."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from dubber.errors import ToolError
from dubber.unattended.watch_state import WatchState
from tests.seasons import season
from tests.typed import Dub

WATCH = ("watch", "show", "-p", "tones.toml", "--settle", "0", "--once")


@pytest.fixture
def show(tmp_path: Path, dub: Dub) -> Path:
    """E000 is whole, E001 is cut in half."""
    return season(tmp_path, 2, broken=(1,))


def states(dub: Dub) -> dict[str, str]:
    return {Path(one["film"]).name: one["state"] for one in json.loads(dub("status", "show", "--json").out)}


def test_a_failure_is_said_again_with_its_status_until_something_changes(show: Path, dub: Dub) -> None:
    assert states(dub) == {"E000.mp4": "new", "E001.mp4": "new"}
    first, second = dub(*WATCH), dub(*WATCH)
    assert (first.status, second.status) == (1, 1)
    assert "failed before" in second.err and "E001.mp4" in second.err and "E000.mp4: dubbed" not in second.err
    assert states(dub) == {"E000.mp4": "dubbed", "E001.mp4": "failed"}
    said = dub("status", "show")
    assert said.status == 1 and "E001.mp4" in said.out and "E000.en.dub.wav" in said.out
    (show / "E001.mp4").write_bytes((show / "E000.mp4").read_bytes())
    assert states(dub)["E001.mp4"] == "changed"
    assert dub(*WATCH).status == 0 and states(dub)["E001.mp4"] == "dubbed"


def test_an_output_that_was_deleted_is_made_again(show: Path, dub: Dub) -> None:
    dub(*WATCH)
    (show / "E000.en.dub.wav").unlink()
    assert states(dub)["E000.mp4"] == "changed"
    dub(*WATCH)
    assert (show / "E000.en.dub.wav").is_file()


def test_a_film_is_dubbed_again_when_a_person_edits_a_line_of_it(show: Path, dub: Dub) -> None:
    dub(*WATCH)
    before = (show / "E000.en.dub.wav").read_bytes()
    (show / "E000.en.dub-edits.toml").write_text(
        '[[cues]]\nat = "0:00.1"\ntext = "Film 0, line 0."\nspoken = "Quite another."\n'
    )
    dub(*WATCH)
    assert (show / "E000.en.dub.wav").read_bytes() != before


def test_retry_lets_the_watcher_try_what_failed(show: Path, dub: Dub) -> None:
    dub(*WATCH)
    assert "E001.mp4" in dub("retry", "show").out
    assert states(dub) == {"E000.mp4": "dubbed", "E001.mp4": "new"}
    assert "E001.mp4: failed:" in dub(*WATCH).err
    assert dub("retry", "show", show / "E000.mp4").status == 0 and states(dub)["E000.mp4"] == "new"
    wrong = dub("retry", "show", "none.mp4")
    assert wrong.status == 2 and "no film of this folder" in wrong.err


def test_a_full_store_is_tried_once_and_named(show: Path, dub: Dub, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Path] = []

    def full(self: WatchState, film: Path, memo: Any) -> None:
        tries.append(film)
        raise ToolError("cannot be used: database or disk is full", where="the store")

    monkeypatch.setattr(WatchState, "note", full)
    said = dub(*WATCH)
    assert said.status == 1 and "disk is full" in said.err
    assert sorted(film.name for film in tries) == ["E000.mp4", "E001.mp4"]


def test_what_lay_outside_the_film_is_tried_again_by_the_next_run(
    show: Path, dub: Dub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise ToolError("the disk is full", where="store")

    with monkeypatch.context() as patch:
        patch.setattr("dubber.job.pipeline.synthesize", down)
        assert dub(*WATCH).status == 1
    assert "in five minutes" in (show / "failed" / "E000.mp4.log").read_text()
    assert "E000.mp4: dubbed" in dub(*WATCH).err
    assert not (show / "failed" / "E000.mp4.log").exists()


def test_what_an_older_dub_remembered_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE memos (film BLOB PRIMARY KEY, fate TEXT, mark TEXT, settings TEXT, at REAL)")
        base.execute("INSERT INTO memos VALUES (?, 'dubbed', 'm', 's', 1.0)", (b"/films/a.mkv",))
    memo = WatchState(path).memos()[Path("/films/a.mkv")]
    assert (memo.fate, memo.reason, memo.output) == ("dubbed", "", "") and memo.holds("m", "")
