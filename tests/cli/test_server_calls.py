"""`dub server` and `dub voices` where a page has more, or less, than its document; and the files that they leave."""

from __future__ import annotations

import json
import time
import wave
from pathlib import Path

import pytest

from dubber.media.audio import decode
from tests.servers import coding
from tests.servers.launch import Running, shared
from tests.servers.recordings import recording
from tests.typed import Dub

TEXT = "Close the gate before the tide comes in."


@pytest.fixture(scope="module")
def newest() -> Running:
    return shared("indextts", "--flavour", "2.5", "--language", "en")


@pytest.fixture
def hero(tmp_path: Path) -> Path:
    return recording(tmp_path / "hero.wav", "hero")


def heard(path: Path) -> tuple[int, int] | None:
    """Who says what in a WAV of 16 bits, which the standard library opens."""
    with wave.open(str(path)) as file:
        assert (file.getsampwidth(), file.getcomptype()) == (2, "NONE")
    sound = decode(path.read_bytes())
    return coding.decode(sound.samples, sound.rate)


@pytest.mark.parametrize("flavour", ["1.5", "2", "2.5"])
def test_gen_single_can_be_called_where_the_page_has_it(flavour: str, hero: Path, dub: Dub, tmp_path: Path) -> None:
    server = ("--server", shared("indextts", "--flavour", flavour, "--language", "en").url)
    assert "/gen_single  " in dub("server", "indextts", *server).out
    said = dub("server", "indextts", "gen_single", "prompt=hero.wav", f"text={TEXT}", "-o", "x.wav", *server)
    assert said.status == 0, said.err
    assert json.loads(said.out)["audio"] == "x.wav"
    assert heard(tmp_path / "x.wav") == (coding.voice_number("hero"), coding.text_number(TEXT))


def test_presets_of_the_upstream_page_are_added_listed_and_spoken_with(newest: Running, hero: Path, dub: Dub) -> None:
    at = ("--set", f"backends.indextts.servers={newest.url}")
    name = f"hero_{time.time_ns()}"
    assert dub("voices", "add", name, hero, "--backend", "indextts", *at).status == 0
    assert name in dub("voices", "list", "indextts", *at).out.splitlines()
    voice = ("--set", "voices.a.backend=indextts", "--set", f"voices.a.preset={name}")
    said = dub("voices", "say", "a", TEXT, "-o", "x.wav", *at, *voice)
    assert said.status == 0, said.err
    assert heard(hero.parent / "x.wav") == (coding.voice_number("hero"), coding.text_number(TEXT))
    assert dub("voices", "remove", name, "--backend", "indextts", "--yes", *at).status == 0
    assert name not in dub("voices", "list", "indextts", *at).out


def test_a_system_without_voices_says_so(dub: Dub) -> None:
    old = shared("indextts", "--flavour", "1.5", "--language", "en")
    said = dub("voices", "list", "indextts", "--set", f"backends.indextts.servers={old.url}")
    assert said.status == 0 and said.out == "" and "lists no voices" in said.err


def test_a_call_that_gives_no_sound_leaves_no_file_and_says_so(newest: Running, dub: Dub, tmp_path: Path) -> None:
    said = dub("server", "indextts", "refresh_preset_choices", "-o", "x.wav", "--server", newest.url)
    assert said.status == 1
    assert "x.wav was not written" in said.err and isinstance(json.loads(said.out), list)
    assert not (tmp_path / "x.wav").exists()


@pytest.mark.parametrize(("name", "why"), [("x.mp4", ".mp4"), ("no/x.wav", "no such folder"), ("hero.wav", "already")])
def test_a_place_where_no_sound_can_go_is_told_before_anything_is_asked(
    name: str, why: str, hero: Path, dub: Dub
) -> None:
    before = hero.read_bytes()
    nobody = ("--server", "http://127.0.0.1:9")
    said = dub("server", "indextts", "gen_single", "prompt=hero.wav", "text=x", "-o", name, *nobody)
    assert said.status == 2 and why in said.err
    assert hero.read_bytes() == before


def test_a_file_is_replaced_when_that_is_meant(newest: Running, hero: Path, dub: Dub, tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_text("old")
    call = (
        "server",
        "indextts",
        "gen_single",
        "prompt=hero.wav",
        f"text={TEXT}",
        "-o",
        "x.wav",
        "--server",
        newest.url,
    )
    assert dub(*call).status == 2
    assert dub(*call, "--overwrite").status == 0
    assert heard(tmp_path / "x.wav")
    assert (tmp_path / "x.wav").stat().st_mode & 0o044  # as the user's umask has it, not a secret
