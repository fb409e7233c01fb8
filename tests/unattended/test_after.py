"""What follows a film of a batch or a watched folder, as after a hook: the user's command, a word on the desktop; and
what happens when another run is at the same film."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import pytest

from dubber.errors import InputError
from dubber.files import lease, outputs
from dubber.unattended import notify
from dubber.unattended.results import Result
from tests.seasons import season, srt
from tests.typed import Dub

TELLER = "import json, os, sys; open(sys.argv[1], 'a').write(json.dumps([sys.argv[2:], dict(os.environ)]) + '\\n')"
COMMANDS = {
    "batch": ("batch", "show", "-p", "tones.toml", "--report", "report.json"),
    "watch": ("watch", "show", "-p", "tones.toml", "--settle", "0", "--once"),
}


@pytest.fixture
def show(tmp_path: Path, dub: Dub) -> Path:
    """E000 is whole, E001 is cut in half."""
    return season(tmp_path, 2, broken=(1,))


@pytest.mark.parametrize("kind", COMMANDS)
def test_the_users_command_is_run_for_each_film_that_was_dubbed_or_failed(
    kind: str, show: Path, dub: Dub, tmp_path: Path
) -> None:
    (show / "Silent.mp4").write_bytes((show / "E000.mp4").read_bytes())
    log = tmp_path / "told.jsonl"
    after = f'"{sys.executable}" -c "{TELLER}" "{log}" {{media}} {{status}} {{event}}'
    assert dub(*COMMANDS[kind], "--exec", after).status == 1
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert sorted(words for words, _ in told) == [
        [str(show / "E000.mp4"), "dubbed", f"{kind}.ended"],
        [str(show / "E001.mp4"), "failed", f"{kind}.ended"],
    ]
    environ = {words[0]: environ for words, environ in told}
    assert environ[str(show / "E000.mp4")]["DUB_OUTPUT"] == str(show / "E000.en.dub.wav")
    assert "cut off" in environ[str(show / "E001.mp4")]["DUB_REASON"] or "incomplete" in str(environ)
    (show / "E001.mp4").unlink()
    log.unlink()
    assert dub(*COMMANDS[kind], "--exec", after).status == 0 and not log.exists()  # found done: not run again


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_that_fails_makes_the_film_one_that_failed(kind: str, show: Path, dub: Dub) -> None:
    (show / "E001.mp4").unlink()
    said = dub(*COMMANDS[kind], "--exec", f'"{sys.executable}" -c "raise SystemExit(3)"')
    assert said.status == 1 and "ended with status 3" in said.err and (show / "E000.en.dub.wav").is_file()
    wrong = dub(*COMMANDS[kind], "--exec", 'say "hello')
    assert wrong.status == 2 and "cannot be split" in wrong.err


def test_the_desktop_is_told_of_a_run_once(monkeypatch: pytest.MonkeyPatch, show: Path, dub: Dub) -> None:
    told = list[str]()
    monkeypatch.setattr(notify, "notify", lambda title, text: told.append(text))
    dub(*COMMANDS["batch"])
    assert told == ["dubbed: 1 of 2 films; 1 failed, the first: E001.mp4"]
    told.clear()
    (show / "E000.en.srt").write_text(srt(7))
    dub(*COMMANDS["watch"])
    assert len(told) == 1
    told.clear()
    notify.tell([Result(show / "A.mkv", "dubbed", show / "A.dub.mkv"), Result(show / "B.mkv", "done")])
    notify.tell([Result(show / "B.mkv", "no subtitles"), Result(show / "C.mkv", "left")])
    assert told == [f"A.mkv is dubbed: {show / 'A.dub.mkv'}"]


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_film_that_another_run_is_dubbing_is_waited_for_and_is_no_failure(
    kind: str, show: Path, dub: Dub, monkeypatch: pytest.MonkeyPatch
) -> None:
    (show / "E001.mp4").unlink()
    (show / "E002.en.srt").write_text(srt(2))
    (show / "E002.mp4").write_bytes((show / "E000.mp4").read_bytes())
    held, asked, let_go = threading.Event(), threading.Event(), threading.Event()

    def busy(where: str) -> InputError:
        asked.set()
        return lease.busy(where)

    monkeypatch.setattr(outputs, "busy", busy)

    def hold() -> None:
        with outputs.claim(show / "E000.en.dub.wav", [], False):
            held.set()
            end = time.monotonic() + 60
            while time.monotonic() < end and not (asked.is_set() and (show / "E002.en.dub.wav.dub.json").is_file()):
                time.sleep(0.05)
            time.sleep(0.5)  # that it waits is said by then
            let_go.set()

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait()
    said = dub(*COMMANDS[kind])
    assert let_go.is_set()
    holding.join()
    assert said.status == 0 and said.err.count("another run dubs it: waiting") == 1
    assert (show / "E000.en.dub.wav").is_file() and (show / "E002.en.dub.wav").is_file()


@pytest.mark.parametrize("beside", COMMANDS)
def test_a_batch_beside_another_run_over_the_same_films_speaks_each_line_once(
    beside: str, show: Path, dub: Dub, tmp_path: Path
) -> None:
    import os
    import subprocess

    (show / "E001.mp4").unlink()
    season(tmp_path, 4)
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    lines = [COMMANDS["batch"], (*COMMANDS[beside], *(("--report", "other.json") if beside == "batch" else ()))]
    runs = [
        subprocess.Popen([sys.executable, "-m", "dubber", *words], cwd=tmp_path, env=environ, stderr=subprocess.PIPE)
        for words in lines
    ]
    told = [run.communicate(timeout=200)[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told
    assert len(list(show.glob("E00?.en.dub.wav"))) == 4 and not any("failed" in text for text in told)
    films = json.loads((tmp_path / "report.json").read_text())["results"]
    assert {one["status"] for one in films} <= {"dubbed", "done"}
    assert all(one["began"] <= one["ended"] and one["seconds"] >= 0 for one in films)
