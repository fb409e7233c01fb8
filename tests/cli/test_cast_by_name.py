"""Who speaks for whom where nobody wrote a cast, and what is said when a voice does not suit a name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dubber.backends import find
from dubber.config.profile import load
from tests.typed import Dub

SAMPLES = Path(__file__).parent.parent.parent / "samples"
WORDS = """1
00:00:00,500 --> 00:00:02,000
ANNA: The lamp is lit.

2
00:00:02,100 --> 00:00:03,500
MARY ANN: Nobody came by.

3
00:00:03,600 --> 00:00:05,000
ANNA: Not even the ferryman.

4
00:00:05,100 --> 00:00:06,500
MARY ANN: Then we wait.

5
00:00:06,600 --> 00:00:08,000
OTTAVIO: It burns all night.

6
00:00:08,100 --> 00:00:09,500
OTTAVIO: It always does.
"""
VOICES = """
[voices.anna]
backend = "tone"
pitch = 300
[voices.mary_ann]
backend = "tone"
pitch = 400
[voices.other]
backend = "tone"
pitch = 500
[casting]
narrator = "other"
pool = ["other"]
"""


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "film.en.srt"
    path.write_text(WORDS)
    return path


def cast_of(out: str) -> dict[str, str]:
    """Speaker and voice, as --dry-run --json tells."""
    (version,) = json.loads(out)["versions"]
    return {speaker: voice for speaker, voice, _ in version["cast"]}


def test_a_speaker_whose_name_a_voice_bears_is_spoken_by_it(words: Path, dub: Dub, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(VOICES)
    preview = (SAMPLES / "harbour.mp4", words, "-p", "p.toml", "--dry-run")
    assert cast_of(dub(*preview, "--json").out) == {"ANNA": "anna", "MARY ANN": "mary_ann", "OTTAVIO": "other"}
    assert "cast by name: ANNA (anna), MARY ANN (mary_ann)" in dub(*preview).out
    done = dub(SAMPLES / "harbour.mp4", words, "-p", "p.toml", "-o", "film.mp4")
    assert done.status == 0 and "cast by name: ANNA (anna), MARY ANN (mary_ann)" in done.err
    assert "cast by name" not in dub("check", SAMPLES / "harbour.mp4", words).out


def test_one_line_is_enough_for_a_speaker_whom_a_voice_waits_for(words: Path, dub: Dub, tmp_path: Path) -> None:
    """Otherwise one line that begins with a word and a colon names nobody: "Other: a word like any." is all spoken."""
    (tmp_path / "p.toml").write_text(VOICES)
    said = ("Anna: The lamp is lit.", "Other: a word like any.", *["Nobody came by."] * 12)
    cues = (f"{at}\n00:00:{3 * at:02},000 --> 00:00:{3 * at + 2:02},000\n{text}\n" for at, text in enumerate(said, 1))
    words.write_text("\n".join(cues))
    told = dub(SAMPLES / "harbour.mp4", words, "-p", "p.toml", "--dry-run", "--json")
    assert cast_of(told.out) == {"ANNA": "anna", "": "other"}


def test_a_cast_that_somebody_wrote_is_the_cast(words: Path, dub: Dub, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(f'{VOICES}\n[cast]\nOTTAVIO = "anna"\n')
    said = dub(SAMPLES / "harbour.mp4", words, "-p", "p.toml", "--dry-run", "--json")
    assert cast_of(said.out) == {"ANNA": "other", "MARY ANN": "other", "OTTAVIO": "anna"}
    assert json.loads(said.out)["versions"][0]["casting"] == []


def test_a_voice_of_another_gender_than_the_name_is_a_note(words: Path, dub: Dub, tmp_path: Path) -> None:
    profile = tmp_path / "p.toml"
    genders = {"anna": "male", "mary_ann": "female", "other": "female"}
    text = VOICES
    for voice, gender in genders.items():
        text = text.replace(f"[voices.{voice}]\n", f'[voices.{voice}]\ngender = "{gender}"\n')
    profile.write_text(text)
    said = dub(SAMPLES / "harbour.mp4", words, "-p", profile, "--dry-run", "--json")
    notes = json.loads(said.out)["versions"][0]["casting"]
    assert [note for note in notes if "gender" in note] == [
        "of another gender than the name, by its look: ANNA (anna, male); [cast] decides"
    ]  # OTTAVIO is no name that tells


def test_what_a_voice_sounds_like_is_no_part_of_its_takes(words: Path, dub: Dub, tmp_path: Path) -> None:
    profile = tmp_path / "p.toml"
    profile.write_text(VOICES)
    film = (SAMPLES / "harbour.mp4", words, "-p", profile, "-o", "film.mp4")
    assert dub(*film).status == 0
    profile.write_text(VOICES.replace("[voices.anna]\n", '[voices.anna]\ngender = "female"\n'))
    assert dub(*film, "--overwrite").status == 0
    assert json.loads((tmp_path / "film.mp4.dub.json").read_text())["versions"][0]["fresh"] == 0


@pytest.mark.parametrize(
    ("backend", "settings", "gender"),
    [
        ("espeak", {"variant": "f2"}, "female"),
        ("espeak", {"variant": "m7"}, "male"),
        ("espeak", {"variant": "fast"}, ""),
        ("espeak", {}, ""),
        ("openai", {"voice": "bf_emma"}, "female"),
        ("openai", {"voice": "am_adam"}, "male"),
        ("openai", {"voice": "alloy"}, ""),
        ("indextts", {"preset": "男-子涵-深沉男声"}, "male"),
        ("indextts", {"preset": "女-小玉-电商带货（精品）"}, "female"),
        ("indextts", {"preset": "0000"}, ""),
        ("tone", {}, ""),
    ],
)
def test_systems_whose_names_tell_the_gender_are_read(
    backend: str, settings: dict[str, str], gender: str, tmp_path: Path
) -> None:
    rows = [f'{key} = "{value}"' for key, value in settings.items()]
    path = tmp_path / "p.toml"
    path.write_text("\n".join(["[voices.v]", f'backend = "{backend}"', *rows]))
    voice = load(str(path), environ={}).voices["v"]
    assert voice.gender == gender == find(backend).gender(voice)
    path.write_text(path.read_text() + '\ngender = "female"\n')
    assert load(str(path), environ={}).voices["v"].gender == "female"
