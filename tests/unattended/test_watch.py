"""A folder is watched: each film is dubbed once, when it and its subtitles are whole and still."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dubber.model import Event
from dubber.unattended.library import BatchOptions, FoundFilm
from dubber.unattended.sidecars import Sidecar
from dubber.unattended.stability import being_written
from dubber.unattended.watch import FAILED, Pace, Watcher
from dubber.unattended.watch_state import FilmRecord, WatchState
from tests.seasons import TONES, model, season, srt
from tests.servers.openai import VOICES, OpenAiServer

ROOT = Path(__file__).parent.parent.parent
QUICK = Pace(settle=0.2, rescan=0.3)
FASTSTART = ("-movflags", "+faststart")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return season(tmp_path, 0)


def watcher(folder: Path, said: list[str], kind: type[Watcher] = Watcher, store: str = "store") -> Watcher:
    wishes = BatchOptions(profile=str(folder.parent / "tones.toml"), store=folder.parent / store)
    return kind(folder, wishes, QUICK, say=said.append)


def once(folder: Path) -> list[str]:
    """What a watcher says of a folder until nothing is left to be done."""
    said = list[str]()
    watcher(folder, said).run(once=True)
    return said


def told(said: list[str], fate: str) -> list[str]:
    return sorted(Path(line.partition(f": {fate}: ")[0]).name for line in said if f": {fate}: " in line)


def slowly(source: Path, target: Path, pause: float = 0.6) -> threading.Thread:
    """Written in three parts by one writer who pauses for longer than a watcher waits."""
    data = source.read_bytes()
    part = len(data) // 3 + 1
    opened = threading.Event()

    def copy() -> None:
        with target.open("wb") as out:
            for start in range(0, len(data), part):
                out.write(data[start : start + part])
                out.flush()
                opened.set()
                time.sleep(pause)

    copying = threading.Thread(target=copy)
    copying.start()
    opened.wait()
    return copying


def test_films_that_are_written_slowly_are_dubbed_once_when_they_are_whole(inbox: Path) -> None:
    sources = {"A.mp4": model(after=FASTSTART), "B.mkv": model("mkv"), "C.ts": model("ts")}
    for name in sources:
        (inbox / name).with_suffix(".en.srt").write_text(srt(ord(name[0])))
    copying = [slowly(source, inbox / name) for name, source in sources.items()]
    said = once(inbox)
    assert not any(copy.is_alive() for copy in copying)
    assert told(said + once(inbox), "dubbed") == sorted(sources)
    assert not told(said, "failed") and not (inbox / FAILED).exists()


def test_half_a_film_that_nobody_writes_is_named_and_dubbed_when_the_rest_has_come(inbox: Path) -> None:
    sources = {"A.mp4": model(seconds=8.0, after=FASTSTART), "B.mkv": model("mkv", seconds=8.0)}
    for name, source in sources.items():
        (inbox / name).with_suffix(".en.srt").write_text(srt(ord(name[0])))
        (inbox / name).write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    assert told(once(inbox), "failed") == sorted(sources)
    for name, source in sources.items():
        assert "is cut off" in (inbox / FAILED / f"{name}.log").read_text()
        shutil.copy(source, inbox / name)
    assert told(once(inbox), "dubbed") == sorted(sources)
    assert not list((inbox / FAILED).iterdir())


def test_in_whatever_order_files_arrive_each_film_is_dubbed_once(inbox: Path) -> None:
    shutil.copy(model(), inbox / "SubsLast.mp4")
    (inbox / "FilmLast.en.srt").write_text(srt(1))
    shutil.copy(model(), inbox / "Renamed.mp4.part")
    (inbox / "Renamed.en.srt").write_text(srt(2))
    said = once(inbox)
    assert told(said, "waiting") == ["SubsLast.mp4"] and not told(said, "dubbed")
    (inbox / "SubsLast.en.srt").write_text(srt(3))
    shutil.copy(model(), inbox / "FilmLast.mp4")
    (inbox / "Renamed.mp4.part").rename(inbox / "Renamed.mp4")
    assert told(once(inbox), "dubbed") == ["FilmLast.mp4", "Renamed.mp4", "SubsLast.mp4"]
    assert once(inbox) == []
    (inbox / "FilmLast.en.srt").write_text(srt(7))
    assert told(once(inbox), "dubbed") == ["FilmLast.mp4"]


class Meddled(Watcher):
    """Somebody replaces the film while its first lines are spoken."""

    meddled = False

    def _hear(self, film: Path | None, event: Event) -> None:
        super()._hear(film, event)
        if film and event.stage == "synthesis" and not self.meddled:
            self.meddled = True
            shutil.copy(model(seconds=3.0), film.with_suffix(".part"))
            film.with_suffix(".part").replace(film)


def test_a_film_that_is_replaced_while_it_is_dubbed_is_dubbed_as_it_is_now(inbox: Path) -> None:
    shutil.copy(model(), inbox / "Film.mp4")
    (inbox / "Film.en.srt").write_text(srt(0))
    said = list[str]()
    watcher(inbox, said, Meddled).run(once=True)
    assert told(said, "waiting") == told(said, "dubbed") == ["Film.mp4"]
    assert (inbox / "Film.en.dub.wav").stat().st_size > 2 * 3 * 48_000


def test_two_watchers_dub_each_film_once(inbox: Path) -> None:
    """On two machines: what each remembers is its own."""
    season(inbox.parent, 3)
    said = [list[str](), list[str]()]
    both = [watcher(inbox, lines, store=f"store{number}") for number, lines in enumerate(said)]
    threads = [threading.Thread(target=one.run, kwargs={"once": True}) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told(said[0] + said[1], "dubbed") == ["E000.mp4", "E001.mp4", "E002.mp4"]
    assert not told(said[0] + said[1], "failed")
    assert all(len(told(lines, "dubbed") + told(lines, "done")) == 3 for lines in said)


def test_what_failed_is_tried_again_when_its_settings_are_mended(inbox: Path) -> None:
    for name in ("one", "two"):  # two films of one name
        (inbox / name).mkdir()
        shutil.copy(model(), inbox / name / "Film.mp4")
        (inbox / name / "Film.en.srt").write_text(srt(0))
        (inbox / name / "dub.toml").write_text("mixing = 3\n")
    assert told(once(inbox), "failed") == ["Film.mp4", "Film.mp4"]
    assert "mixing" in (inbox / FAILED / "one" / "Film.mp4.log").read_text()
    assert "cast.toml change" in (inbox / FAILED / "two" / "Film.mp4.log").read_text()
    again = once(inbox)  # nothing has changed: said, and not tried
    assert len(again) == 2 and all("failed before" in line for line in again)
    (inbox / "one" / "dub.toml").write_text(f'extends = "{inbox.parent}/tones.toml"\n[output]\nfolder = "done"\n')
    assert told(once(inbox), "dubbed") == ["Film.mp4"]
    assert (inbox / "one" / "done" / "Film.en.dub.wav").exists()
    assert not (inbox / FAILED / "one" / "Film.mp4.log").exists() and (inbox / FAILED / "two" / "Film.mp4.log").exists()


def test_a_watcher_ends_cleanly_and_goes_on_where_it_was(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a service manager does: started, heard by its heartbeat while it dubs, ended with SIGTERM, started again."""
    season(tmp_path, 1)
    with OpenAiServer(seconds=1.0, at_once=1) as server:
        voice = f'[voices.tones]\nbackend = "openai"\nvoice = "{VOICES[0]}"\n'
        tones = '[voices.tones]\nbackend = "tone"\nmilliseconds_per_character = 20\n'
        reach = f'[backends.openai]\nservers = ["{server.url}/v1"]\nin_flight = 1\n'
        (tmp_path / "tones.toml").write_text(TONES.replace(tones, voice) + reach)
        words = ["watch", str(inbox), "-p", str(tmp_path / "tones.toml"), "--settle", "0.2", "--heartbeat", "0.1"]
        environ = {**os.environ, "DUB_STORE": str(tmp_path / "store"), "PYTHONPATH": str(ROOT)}
        environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
        command = [sys.executable, "-m", "dubber", *words]
        run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environ)
        assert run.stderr is not None
        beat = next(line for line in run.stderr if line.startswith("heartbeat") and "synthesis:1/2" in line)
        assert "underway=1" in beat and "dubbed=0" in beat and "E000.mp4:" in beat
        run.send_signal(signal.SIGTERM)
        rest = run.communicate(timeout=60)[1].splitlines()
        assert run.returncode == 130 and "finished takes are kept" in rest[-1]
        assert sorted(path.name for path in inbox.iterdir()) == ["E000.en.srt", "E000.mp4"]
        again = subprocess.run([*command, "--once"], env=environ, capture_output=True, text=True)
        assert again.returncode == 0 and told(again.stderr.splitlines(), "dubbed") == ["E000.mp4"]
        asked = [(each.body["input"], each.body.get("speed")) for each in server.syntheses]
        assert asked.count(asked[0]) == 1


def test_a_file_that_is_open_for_writing_is_known(tmp_path: Path) -> None:
    film, subtitles = tmp_path / "Film.mp4", tmp_path / "Film.srt"
    film.touch()
    subtitles.touch()
    found = FoundFilm(film, (Sidecar(subtitles),))
    assert not being_written(found)
    for path in (film, subtitles):
        with path.open("ab"):
            assert being_written(found) == sys.platform.startswith("linux")
        with path.open("rb"):
            assert not being_written(found)


def test_what_is_remembered_holds_until_a_file_or_for_a_failure_a_setting_changes(tmp_path: Path) -> None:
    memory, film = WatchState(tmp_path / "memory.sqlite"), Path(os.fsdecode(b"/films/\xff\xfe.mkv"))
    now = time.time()
    for fate, settings_matter in (("dubbed", False), ("done", False), ("waiting", True), ("failed", True)):
        memory.note(film, FilmRecord(fate, "1:2", "cast", now))  # type: ignore[arg-type]
        memo = WatchState(tmp_path / "memory.sqlite").memos()[film]
        assert memo.holds("1:2", "cast") and not memo.holds("1:3", "cast")
        assert memo.holds("1:2", "another cast") != settings_matter
    assert not FilmRecord("failed", "1:2", "", now - 3601).holds("1:2", "")
