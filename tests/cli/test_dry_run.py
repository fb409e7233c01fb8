"""`--dry-run` asks the voice systems what a job would ask before its first line, and speaks nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.servers.launch import free_port, shared
from tests.servers.openai import OpenAiServer
from tests.typed import Dub, Said

SAMPLES = Path(__file__).parent.parent.parent / "samples"
NARRATOR = '[casting]\nnarrator = "a"\n[voices.a]\nbackend = "openai"\n'


def preview(dub: Dub, profile: Path, *words: str) -> Said:
    return dub(SAMPLES / "harbour.mp4", SAMPLES / "harbour.srt", "-p", profile, "--dry-run", *words)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "p.toml"


def test_a_voice_that_the_server_lacks_is_told_with_its_neighbours(dub: Dub, profile: Path) -> None:
    page = shared("indextts")
    profile.write_text(
        f'[backends.indextts]\nservers = ["{page.url}"]\n'
        '[casting]\nnarrator = "a"\n[voices.a]\nbackend = "indextts"\npreset = "男-云希"\n'
    )
    said = preview(dub, profile)
    assert said.status == 2 and "voices.a" in said.err and "男-云希-推文配音" in said.err
    assert "cues, 0 takes stored already" in said.out  # and the rest is told all the same
    told = json.loads(preview(dub, profile, "--json").out)["preflight"]
    assert len(told["faults"]) == 1 and told["down"] == []


def test_servers_that_answer_say_what_they_are_and_nothing_is_spoken(dub: Dub, profile: Path) -> None:
    page = shared("indextts")
    before = page.log().count("speaks ")
    profile.write_text(
        f'[backends.indextts]\nservers = ["{page.url}"]\n'
        '[casting]\nnarrator = "a"\n[voices.a]\nbackend = "indextts"\npreset = "0000"\n'
    )
    said = preview(dub, profile)
    assert said.status == 0 and f"{page.url} answers: IndexTTS 1.5, gradio " in said.out
    assert page.log().count("speaks ") == before


def test_a_server_that_is_down_is_a_line_of_the_preview(dub: Dub, profile: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/v1"
    profile.write_text(f'[backends.openai]\nservers = ["{nobody}"]\n{NARRATOR}voice = "af_heart"\n')
    said = preview(dub, profile)
    assert said.status == 0 and said.err.count("cannot be reached") == 1 and "would write" in said.out


def test_one_server_of_two_that_is_down_is_said_too(dub: Dub, profile: Path) -> None:
    with OpenAiServer() as server:
        servers = [f"{server.url}/v1", f"http://127.0.0.1:{free_port()}/v1"]
        profile.write_text(f'[backends.openai]\nservers = {json.dumps(servers)}\n{NARRATOR}voice = "af_heart"\n')
        said = preview(dub, profile)
        assert said.status == 0 and "the others take its lines" in said.err
        assert not server.syntheses


def test_an_address_without_v1_gets_the_hint(dub: Dub, profile: Path) -> None:
    with OpenAiServer() as server:
        profile.write_text(f'[backends.openai]\nservers = ["{server.url}"]\n{NARRATOR}voice = "af_heart"\n')
        assert f'servers = ["{server.url}/v1"]' in preview(dub, profile).err


def test_a_film_whose_takes_are_all_stored_asks_nobody(dub: Dub, profile: Path) -> None:
    with OpenAiServer() as server:
        profile.write_text(f'[backends.openai]\nservers = ["{server.url}/v1"]\n{NARRATOR}voice = "af_heart"\n')
        done = dub(SAMPLES / "harbour.mp4", SAMPLES / "harbour.srt", "-p", profile, "-o", "film.mp4")
        assert done.status == 0, done.err
        before = len(server.asked)
        said = preview(dub, profile, "-o", "other.mp4")
        assert said.status == 0 and "0 to be spoken" in said.out
        assert len(server.asked) == before
