"""Whole films through each voice system, listened to: each line carries its voice and its words, whatever breaks."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import pytest

from dubber.casting.assign import lines
from dubber.config.profile import load
from dubber.job import pipeline
from dubber.job.job import Job
from dubber.job.subtitle_files import read
from dubber.model import Event
from tests.hearing import RATE, decode
from tests.servers import coding
from tests.servers.casts import CASTS, House, OnServer, WebHouse
from tests.servers.higgs302 import KEY
from tests.servers.launch import Running

ROOT = Path(__file__).parents[2]
FILM, SUBTITLES = ROOT / "samples" / "harbour.mp4", ROOT / "samples" / "harbour.srt"
LINES = 11  # of the sample; a cue of two speakers is two lines, two cues of one sentence are one


@pytest.fixture(autouse=True)
def keys(keyless: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DUB_302AI_127_0_0_1_KEY", KEY)
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DUB_CONFIG", str(tmp_path / "config"))


@pytest.fixture(scope="module", params=sorted(CASTS))
def cast(request: pytest.FixtureRequest) -> OnServer:
    return CASTS[request.param]


@pytest.fixture(scope="module")
def start(cast: OnServer) -> Iterator[Callable[..., House]]:
    """Starts a server of the cast's voice system; the first that is well serves all tests."""
    with ExitStack() as stack:
        well: list[House] = []

        def start(fault: str = "", *, another: bool = False) -> House:
            if fault or another or not well:
                house = cast.start(stack, fault)
                if not (fault or another):
                    well.append(house)
                return house
            return well[0]

        yield start


def dub(profile: Path, output: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command that a user types."""
    command = [sys.executable, "-m", "dubber", str(FILM), str(SUBTITLES), "-p", str(profile), "-o", str(output), *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=240)


def heard(cast: OnServer, profile: Path, film: Path) -> int:
    """How many lines the finished film says, each in its voice; the film's own track is decoded."""
    chosen = load(str(profile), environ={})
    script = read(SUBTITLES, chosen.reading)
    report = json.loads(film.with_name(film.name + ".dub.json").read_text())
    rows = {row["line"]: row for row in report["versions"][0]["lines"]}
    sound = decode(film)
    spoken = lines(script.cues, chosen.cast, chosen.casting, language="en")
    for line in spoken:
        row = rows[line.index]
        first, last = (round((row["start"] + edge) * RATE / 1000) for edge in (10, row["length"] - 10))
        expected = cast.heard(line.speaker or "NARRATOR", line.text)
        assert coding.decode(sound[first:last], RATE) == expected, (line.speaker, line.text)
    return len(spoken)


def test_each_line_of_the_film_has_its_voice_and_its_words(
    cast: OnServer, start: Callable[..., House], tmp_path: Path
) -> None:
    profile = cast.profile(tmp_path, [start()])
    said = dub(profile, tmp_path / "film.mp4")
    assert said.returncode == 0, said.stderr
    assert "Traceback" not in said.stderr
    assert heard(cast, profile, tmp_path / "film.mp4") == LINES
    if isinstance(start(), WebHouse):  # what spoke stands in the report
        told = json.loads((tmp_path / "film.mp4.dub.json").read_text())["servers"]
        assert list(told) == [start().address]
        assert told[start().address].endswith(f"gradio {version('gradio')}")  # after what it is, where it tells


def test_the_only_server_drops_dead_in_the_middle_and_comes_back(
    cast: OnServer, start: Callable[..., House], tmp_path: Path
) -> None:
    house = start(another=True)
    returned = house.dies_and_returns(4)
    more = {"in_flight": 1} if cast.backend == "higgs302" else {}  # else a paid request's answer may be lost
    profile = cast.profile(tmp_path, [house], **more)
    said = dub(profile, tmp_path / "film.mp4")
    returned()
    assert said.returncode == 0, said.stderr
    assert "Traceback" not in said.stderr, said.stderr
    assert heard(cast, profile, tmp_path / "film.mp4") == LINES


def test_with_every_take_stored_and_the_server_off_the_film_is_made(cast: OnServer, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with ExitStack() as stack:
        profile = cast.profile(tmp_path, [cast.start(stack, "")])
        assert dub(profile, film).returncode == 0
    film.unlink()
    off = dub(profile, film)
    assert off.returncode == 0 and f"(0 new, {LINES} stored)" in off.stderr, off.stderr
    assert "cannot be asked what it is; it is taken for what it was" in off.stderr
    assert heard(cast, profile, film) == LINES


def test_of_three_servers_one_is_broken_and_the_others_speak_its_lines(
    cast: OnServer, start: Callable[..., House], tmp_path: Path
) -> None:
    houses = [start(), start("raise"), start(another=True)]
    profile, told = cast.profile(tmp_path, houses), list[Event]()
    job = Job(
        FILM, load(str(profile), environ={}), (SUBTITLES,), output=tmp_path / "film.mp4", store=tmp_path / "store"
    )
    outcome = pipeline.run(job, told.append)
    assert outcome.complete, outcome.report.failed
    assert heard(cast, profile, tmp_path / "film.mp4") == LINES


def test_ctrl_c_stops_what_the_server_speaks_and_leaves_it_nothing_to_do(tmp_path: Path) -> None:
    with Running("gptsovits", "--delay", "1.5") as server:
        profile = CASTS["gptsovits"].profile(tmp_path, [server.ready().url])
        command = [sys.executable, "-m", "dubber", str(FILM), str(SUBTITLES), "-p", str(profile), "--json"]
        out = tmp_path / "out" / "film.mp4"
        out.parent.mkdir()
        command += ["-o", str(out)]
        with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
            assert run.stdout and run.stderr
            while '"origin": "fresh"' not in (event := run.stdout.readline()):
                assert event, run.stderr.read()
            wait_for(lambda: server.log().count("speaks") > 1)
            run.send_signal(signal.SIGINT)
            assert run.wait(timeout=120) == 130
            said = run.stderr.read()
        assert "finished takes are kept" in said and "Traceback" not in said
        wait_for(lambda: "was stopped" in server.log())
        before = server.log().count("speaks")
        time.sleep(3.5)  # a line that was left in the server's queue would begin by now
        assert server.log().count("speaks") == before
        assert not list(out.parent.iterdir())


def wait_for(thing: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not thing():
        assert time.monotonic() < end
        time.sleep(0.05)
