"""A folder is watched: each film is dubbed once, when it and its subtitles are whole and still."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest
from seasons import season, srt

from dubber.library import Wishes
from dubber.watch import Pace, Watcher

QUICK = Pace(settle=0.3, rescan=0.3)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return season(tmp_path, 0)


def watcher(folder: Path, said: list[str] | None = None) -> Watcher:
    wishes = Wishes(profile=str(folder.parent / "tones.toml"), store=folder.parent / "store")
    return Watcher(folder, wishes, QUICK, say=(said if said is not None else []).append)


def dubbed(said: list[str]) -> list[str]:
    return [line for line in said if ": dubbed: " in line]


def film(folder: Path) -> Path:
    return next((season(folder / "made", 1)).glob("*.mp4"))


def test_a_film_that_grows_with_pauses_is_dubbed_once_when_it_is_whole(inbox: Path, tmp_path: Path) -> None:
    data, said = film(tmp_path).read_bytes(), list[str]()
    (inbox / "Film.en.srt").write_text(srt(0))

    def copy() -> None:
        with (inbox / "Film.mp4").open("wb") as out:
            for start in range(0, len(data), len(data) // 3 + 1):
                out.write(data[start : start + len(data) // 3 + 1])
                out.flush()
                time.sleep(0.8)

    copying = threading.Thread(target=copy)
    copying.start()
    time.sleep(0.2)
    one = watcher(inbox, said)
    one.run(once=True)
    copying.join()
    one.run(once=True)
    assert len(dubbed(said)) == 1
    assert (inbox / "Film.en.dub.wav").exists()
    assert not list((inbox / "failed").glob("*"))


def test_subtitles_may_come_last_and_a_changed_subtitle_dubs_again(inbox: Path, tmp_path: Path) -> None:
    said = list[str]()
    shutil.copy(film(tmp_path), inbox / "Film.mp4")
    watcher(inbox, said).run(once=True)
    assert not dubbed(said) and any("waits" in line for line in said)
    (inbox / "Film.en.srt").write_text(srt(0))
    watcher(inbox, said).run(once=True)
    watcher(inbox, said).run(once=True)
    assert len(dubbed(said)) == 1
    (inbox / "Film.en.srt").write_text(srt(7))
    watcher(inbox, said).run(once=True)
    assert len(dubbed(said)) == 2
