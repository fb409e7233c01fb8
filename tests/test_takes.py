"""Takes of a cue, listed, chosen and brought along, as their user does it; the film is decoded to hear which plays."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import numpy as np
import pytest

from dubber.media.audio import decode as decode_file
from dubber.media.wav import encode_wav
from dubber.model import Audio
from tests.films import film
from tests.hearing import RATE, decode, envelope
from tests.typed import Dub

WORDS = ["The lamp is lit.", "Nobody came by.", "It burns all night."]
SUBTITLES = "".join(
    f"{number}\n00:00:0{2 * number - 2},000 --> 00:00:0{2 * number - 1},500\n{words}\n\n"
    for number, words in enumerate(WORDS, 1)
)
PROFILE = """
[voices.low]
backend = "tone"
pitch = 500
[voices.high]
backend = "tone"
pitch = 1500
[casting]
narrator = "low"
[mixing]
bed = "none"
loudness = "off"
"""


@pytest.fixture
def inbox(tmp_path: Path, dub: Dub) -> Path:
    film(tmp_path, seconds=7.0).rename(tmp_path / "film.mp4")
    (tmp_path / "film.en.srt").write_text(SUBTITLES)
    (tmp_path / "p.toml").write_text(PROFILE)
    assert dub(*RUN).status == 0
    return tmp_path


RUN = ("film.mp4", "film.en.srt", "-p", "p.toml", "-o", "out.mkv", "--overwrite")
TAKES = ("takes", "film.mp4", "film.en.srt", "-p", "p.toml")


def pitches(output: Path, seconds: float, *, among: tuple[float, ...] = (500, 900, 1500)) -> list[float]:
    """Which of these tones sound half a second after that moment."""
    piece = decode(output)[round((seconds + 0.2) * RATE) :][: RATE // 2]
    return [pitch for pitch in among if np.median(envelope(piece, pitch)) > 0.01]


def test_a_cue_s_takes_are_listed_and_the_older_one_is_chosen_again(inbox: Path, dub: Dub) -> None:
    assert dub(*RUN, "--redo", "2").status == 0
    listed = json.loads(dub(*TAKES, "2", "--json").out)["cues"][0]["takes"]
    assert [(one["number"], one["chosen"]) for one in listed] == [(1, False), (2, True)]
    assert all(one["made"] and one["milliseconds"] > 500 for one in listed)
    assert dub(*TAKES, "--take", "2=1").status == 0
    listed = json.loads(dub(*TAKES, "2", "--json").out)["cues"][0]["takes"]
    assert [one["chosen"] for one in listed] == [True, False]
    said = dub(*RUN)
    assert said.status == 0 and "0 new" in said.err


def test_a_line_spoken_anew_is_used_although_an_older_take_was_chosen(inbox: Path, dub: Dub) -> None:
    dub(*RUN, "--redo", "2")
    dub(*TAKES, "--take", "2=1")
    assert "newest" in dub(*RUN, "--redo", "2").err
    listed = json.loads(dub(*TAKES, "2", "--json").out)["cues"][0]["takes"]
    assert [one["chosen"] for one in listed] == [False, False, True]


def test_a_recording_of_a_person_is_heard_in_the_film(inbox: Path, dub: Dub) -> None:
    tone = 0.4 * np.sin(2 * np.pi * 900 / 24_000 * np.arange(24_000)).astype(np.float32)
    (inbox / "me.wav").write_bytes(encode_wav(Audio(tone, 24_000)))
    assert pitches(inbox / "out.mkv", 2.0) == [500]
    assert dub(*TAKES, "--take", "2=me.wav").status == 0
    (inbox / "me.wav").unlink()  # it was copied
    assert dub(*RUN).status == 0
    assert [pitches(inbox / "out.mkv", second) for second in (0.0, 2.0, 4.0)] == [[500], [900], [500]]
    assert (inbox / "film.en.takes" / "00-00-02-000.wav").is_file()
    assert dub(*TAKES, "--take", "2=newest").status == 0
    said = dub(*RUN)
    assert pitches(inbox / "out.mkv", 2.0) == [500]
    assert "no edit names the recording 00-00-02-000.wav" in said.err  # an orphan is told, and stays
    assert (inbox / "film.en.takes" / "00-00-02-000.wav").is_file()


def test_an_inserted_cue_moves_no_edit(inbox: Path, dub: Dub) -> None:
    (inbox / "film.en.dub-edits.toml").write_text(
        '# by hand\nschema = 1\n\n[[cues]]\nat = "00:00:02.000"\ntext = "Nobody came by."\n'
        'voice = "high"\nmood = "sad"\n'
    )
    (inbox / "film.en.srt").write_text(
        SUBTITLES.replace("2\n00:00:02", "2\n00:00:01,600 --> 00:00:01,900\nOh.\n\n3\n00:00:02")
    )
    said = dub(*RUN)
    assert said.status == 0 and "mood" in said.err
    assert [pitches(inbox / "out.mkv", second) for second in (0.0, 2.0, 4.0)] == [[500], [1500], [500]]
    dub(*RUN, "--redo", "3")
    dub(*TAKES, "--take", "3=1")
    kept = (inbox / "film.en.dub-edits.toml").read_text()
    assert "# by hand" in kept and 'mood = "sad"' in kept and "take = 1" in kept and kept.count("[[cues]]") == 1


def test_words_gain_and_shift_of_an_edit_are_in_the_film_and_in_the_report(inbox: Path, dub: Dub) -> None:
    before = decode(inbox / "out.mkv")
    (inbox / "film.en.dub-edits.toml").write_text(
        '[[cues]]\nat = "00:00:00.000"\ntext = "The lamp is lit."\nspoken = "It is."\n'
        '[[cues]]\nat = "00:00:04.000"\ntext = "It burns all night."\nshift = 400\ngain = -6.0\napproved = true\n'
    )
    assert dub(*RUN).status == 0
    sound = decode(inbox / "out.mkv")
    lines = json.loads((inbox / "out.mkv.dub.json").read_text())["versions"][0]["lines"]
    assert lines[0]["text"] == "It is." and lines[0]["edit"] == {"shown": "The lamp is lit."}
    assert lines[2]["start"] == 4400 and lines[2]["edit"] == {"gain": -6.0, "approved": True}
    level = [np.sqrt(np.mean(one[round(4.6 * RATE) : round(5.1 * RATE)] ** 2)) for one in (before, sound)]
    assert 20 * np.log10(level[1] / level[0]) == pytest.approx(-6.0, abs=0.3)
    assert not np.any(np.abs(sound[round(4.05 * RATE) : round(4.35 * RATE)]) > 0.003)


def test_where_two_speak_in_one_cue_the_one_that_is_meant_is_named(inbox: Path, dub: Dub) -> None:
    said = SUBTITLES.replace("Nobody came by.", "ANNA: Nobody came by.\nBEN: Listen.")
    (inbox / "film.en.srt").write_text(said.replace("The lamp", "ANNA: The lamp").replace("It burns", "BEN: It burns"))
    assert dub(*RUN).status == 0
    assert dub(*RUN, "--redo", "2").status == 0
    refused = dub(*RUN, "--take", "2=1")
    assert refused.status == 2 and "cue 2 is spoken by ANNA, BEN (name one of them: --take 2:ANNA=" in refused.err
    assert "cue 2 uses take 1" in dub(*RUN, "--take", "2:ben=1").err
    one, other = json.loads(dub(*TAKES, "2", "--json").out)["cues"]
    assert [[take["chosen"] for take in each["takes"]] for each in (one, other)] == [[False, True], [True, False]]


def test_a_take_is_exported_as_a_wav_that_opens_everywhere(inbox: Path, dub: Dub) -> None:
    assert dub(*TAKES, "1", "--export", "1", "-o", "take.wav").status == 0
    data = (inbox / "take.wav").read_bytes()
    assert data[20:22] == b"\x01\x00" and data[34:36] == b"\x10\x00"  # PCM, 16 bits
    assert decode_file(data).milliseconds == pytest.approx(len(WORDS[0]) * 60, abs=5)
    again = dub(*TAKES, "1", "--export", "1", "-o", "take.wav")
    assert again.status == 2 and "--overwrite" in again.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--take", "2=7"), "there are: 1"),
        (("--take", "2"), "like 12=3"),
        (("--take", "2=none.wav"), "no such file"),
        (("--take", "9=1"), "no line speaks cue 9"),
        (("9",), "no line speaks cue 9"),
        (("2", "--play", "4"), "there are: 1"),
        (("--play", "1"), "which cue"),
    ],
)
def test_what_cannot_be_chosen_is_said_in_one_line(words: tuple[str, ...], told: str, inbox: Path, dub: Dub) -> None:
    said = dub(*TAKES, *words)
    assert said.status == 2 and told in said.err and len(said.err.strip().splitlines()) == 1
    assert not (inbox / "film.en.dub-edits.toml").exists()


def test_an_edits_file_names_no_recording_outside_its_folder(inbox: Path, dub: Dub) -> None:
    (inbox / "secret.wav").write_bytes(b"RIFF")
    (inbox / "film.en.takes").mkdir()
    (inbox / "film.en.takes" / "link.wav").symlink_to(inbox / "secret.wav")
    for name in ("../secret.wav", str(inbox / "secret.wav"), "link.wav"):
        entry = f'[[cues]]\nat = "0:02"\ntext = "Nobody came by."\nrecording = {json.dumps(name)}\n'
        (inbox / "film.en.dub-edits.toml").write_text(entry)
        said = dub(*RUN)
        assert said.status == 2 and "outside" in said.err


@pytest.mark.parametrize("name", ["nul\0.wav", "a" * 300 + ".wav", "round.wav"])
def test_a_recording_s_name_that_no_file_can_have_is_refused_in_one_line(name: str, inbox: Path, dub: Dub) -> None:
    (inbox / "film.en.takes").mkdir()
    (inbox / "film.en.takes" / "round.wav").symlink_to("round.wav")
    entry = f'[[cues]]\nat = "0:02"\ntext = "Nobody came by."\nrecording = {json.dumps(name)}\n'
    (inbox / "film.en.dub-edits.toml").write_text(entry)
    said = dub("check", *RUN[:4])
    assert said.status == 2 and len(said.err.strip().splitlines()) == 1
    assert "recording" in said.err and "take its entry out" in said.err


def test_an_edits_file_belongs_to_the_user_like_any_other_file(inbox: Path, dub: Dub) -> None:
    dub(*TAKES, "--take", "2=1")
    (inbox / "plain").touch()
    mode = (inbox / "film.en.dub-edits.toml").stat().st_mode
    assert stat.S_IMODE(mode) == stat.S_IMODE((inbox / "plain").stat().st_mode)


def test_the_cues_of_a_merged_sentence_have_one_take_between_them(inbox: Path, dub: Dub) -> None:
    (inbox / "film.en.srt").write_text(
        SUBTITLES.replace("The lamp is lit.", "The lamp is lit").replace("2,000", "1,600")
    )
    merged = ("--set", "casting.merge=sentence")
    assert dub(*RUN, *merged).status == 0
    assert dub(*RUN, *merged, "--redo", "1").status == 0

    def used() -> list[list[int]]:
        cues = json.loads(dub(*TAKES, "--json", *merged).out)["cues"]
        return [[take["number"] for take in one["takes"] if take["chosen"]] for one in cues]

    assert used() == [[2], [2]]
    assert dub(*TAKES, "--take", "2=1", *merged).status == 0
    assert used() == [[1], [1]]
    assert dub(*TAKES, "--take", "1=2", *merged).status == 0
    assert used() == [[2], [2]]
    assert (inbox / "film.en.dub-edits.toml").read_text().count("[[cues]]") == 1  # nothing is left of the other choice
    dub(*TAKES, "--take", "2=1", *merged)
    assert "newest" in dub(*RUN, *merged, "--redo", "1").err
    assert used() == [[3], [3]]
