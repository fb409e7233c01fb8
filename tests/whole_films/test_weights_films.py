"""Films with six characters on two GPT-SoVITS servers that hold one pair of weights for everybody, while another
program loads its own: each line of the finished film is in the voice that its cast says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import pytest

from dubber.config.profile import load
from dubber.edits.edits import clock
from dubber.files.store import Store
from dubber.job import pipeline
from dubber.job.job import Job, Outcome
from dubber.net.gradio import GradioServer
from tests.films import film
from tests.hearing import RATE, decode
from tests.servers import coding
from tests.servers.launch import Running
from tests.servers.recordings import recording

ANNA, BOB = "SoVITS_weights_v2/anna_e8_s96.pth", "SoVITS_weights_v2/bob_e8_s112.pth"
ANNAS, BOBS = "GPT_weights_v2/anna-e15.ckpt", "GPT_weights_v2/bob-e15.ckpt"
BASE = "GPT_SoVITS/pretrained_models/gsv-v2final-pretrained/"
BASES = f"{BASE}s1bert25hz-5kh-longer-epoch=12-step=369668.ckpt"
CAST = {  # two of one pair, two that share one half of it, two of their own
    "ADA": (ANNA, ANNAS), "BEN": (BOB, BOBS), "CLEO": (ANNA, ANNAS), "DAN": (ANNA, BOBS), "EVE": (BOB, ANNAS),
    "FINN": (f"{BASE}s2G2333k.pth", BASES),
}  # fmt: skip
REST = """
[casting]
narrator = "ADA"
pool = ["ADA"]
[mixing]
bed = "none"
[output]
original = "replace"
"""
LENGTH = 1500  # ms from one line to the next


@pytest.fixture(autouse=True)
def own_folders(keyless: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DUB_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def servers() -> Iterator[list[Running]]:
    with Running("gptsovits") as one, Running("gptsovits") as other:
        yield [one.ready(), other.ready()]


def stranger(servers: Sequence[Running], sovits: str, gpt: str) -> None:
    """Another program loads its weights into every server."""
    for server in servers:
        page = GradioServer(server.url)
        page.call("/change_choices", {})
        page.call("/change_sovits_weights", {"sovits_path": sovits})
        page.call("/init_t2s_weights", {"weights_path": gpt})
        page.close()


def written(folder: Path, servers: Sequence[Running]) -> Path:
    tables = [f"[backends.gptsovits]\nservers = {json.dumps([server.url for server in servers])}"]
    for name, (sovits, gpt) in CAST.items():
        recording(folder / f"{name}.wav", name)
        settings = {"backend": "gptsovits", "reference": f"{name}.wav", "sovits": sovits, "gpt": gpt}
        tables.append("\n".join([f"[voices.{name}]", *(f"{key} = {json.dumps(one)}" for key, one in settings.items())]))
    tables.append("[cast]\n" + "\n".join(f'{name} = "{name}"' for name in CAST))
    tables.append(REST)
    path = folder / "profile.toml"
    path.write_text("\n".join(tables))
    return path


def subtitles(folder: Path, name: str, lines: int, *, every: int = LENGTH) -> Path:
    """Lines that change the speaker each time. Nobody says the same twice."""
    cues = [
        f"{number}\n{clock(number * every)} --> {clock((number + 1) * every - 100)}\n{who}: {name} {number}.\n"
        for number, who in zip(range(1, lines + 1), cycle(CAST), strict=False)
    ]
    path = folder / f"{name}.srt"
    path.write_text("\n".join(cues))
    return path


def dub(folder: Path, words: Path, profile: Path, lines: int, *, every: int = LENGTH, **more: object) -> Outcome:
    picture = film(folder, "mkv", seconds=(lines + 2) * every / 1000, frames=1, audios=())
    output = folder / f"{words.stem}.mkv"
    job = Job(picture, load(str(profile), environ={}), (words,), output=output, overwrite=True, **more)  # type: ignore[arg-type]
    outcome = pipeline.run(job)
    assert outcome.complete, outcome.report.failed
    return outcome


def wrong(outcome: Outcome) -> list[str]:
    """The lines of the film that are not heard in their voice, with their words."""
    assert outcome.output
    sound, found = decode(outcome.output), []
    for row in outcome.report.versions[0].lines:
        first, last = (round((row.start + edge) * RATE / 1000) for edge in (10, row.length - 10))
        who = list(CAST)[(row.cue - 1) % len(CAST)]
        pair = "+".join(CAST[who])
        voice = coding.voice_number(f"{pair}+{coding.voice_number(who)}")
        if coding.decode(sound[first:last], RATE) != (voice, coding.text_number(row.text)):
            found.append(f"{who}: {row.text}")
    return found


def new(outcome: Outcome) -> int:
    fresh: int = outcome.report.versions[0].fresh
    return fresh


@pytest.mark.parametrize("lines", [48, pytest.param(720, marks=pytest.mark.long)])
def test_on_unruly_servers_no_line_is_half_or_said_twice_or_in_another_character_s_voice(
    tmp_path: Path, lines: int
) -> None:
    """One take in eight is half a line, one in twelve a line twice, and another program loads its weights."""
    with Running("gptsovits", "--fault", "unruly") as one, Running("gptsovits", "--fault", "unruly") as other:
        servers = [one.ready(), other.ready()]
        profile = written(tmp_path, servers)
        profile.write_text(profile.read_text() + "[synthesis]\ntries = 8\n")
        stranger(servers, ANNA, BOBS)
        words = subtitles(tmp_path, "Nobody here told me number", lines, every=2400)
        outcome = dub(tmp_path, words, profile, lines, every=2400)
    version = outcome.report.versions[0]
    usual = {row.text: 1000 * coding.seconds_of(row.text) for row in version.lines}
    shares = {row.text: row.length * row.rate / usual[row.text] for row in version.lines}
    again = version.retried + Store(tmp_path / "store").usage().takes - lines
    assert wrong(outcome) == [] and not version.doubtful
    assert {text: share for text, share in shares.items() if not 0.9 < share < 1.1} == {}
    assert version.verified.length == lines and again >= lines // 16


@pytest.mark.parametrize("lines", [48, pytest.param(1800, marks=pytest.mark.long)])
def test_no_line_is_in_another_character_s_voice_whatever_other_programs_load(
    servers: list[Running], tmp_path: Path, lines: int
) -> None:
    profile = written(tmp_path, servers)
    stranger(servers, ANNA, BOBS)
    first = dub(tmp_path, subtitles(tmp_path, "dusk", lines), profile, lines)
    assert new(first) == lines and wrong(first) == []
    assert len(first.report.versions[0].spoken_by) == len(set(CAST.values()))

    stranger(servers, BOB, BOBS)  # between two films
    second = dub(tmp_path, subtitles(tmp_path, "dawn", lines), profile, lines)
    assert new(second) == lines and wrong(second) == []

    stranger(servers, ANNA, ANNAS)  # and before some lines are redone
    again = dub(tmp_path, tmp_path / "dusk.srt", profile, lines, redo=frozenset(range(1, 13)))
    assert new(again) == 12 and wrong(again) == []

    servers[0].restart()
    servers[0].ready()
    again = dub(tmp_path, tmp_path / "dusk.srt", profile, lines, redo=frozenset(range(1, 13)))
    assert new(again) == 12 and wrong(again) == []

    for server in servers:
        server.kill()
    off = dub(tmp_path, tmp_path / "dusk.srt", profile, lines)
    assert new(off) == 0 and wrong(off) == []
