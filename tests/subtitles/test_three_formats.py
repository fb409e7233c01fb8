"""The same dialogue in three formats is the same speech."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubber.model import Cue, Script
from dubber.subtitles import Reading, read

SAMPLES = Path(__file__).parents[2] / "samples"


def spoken(script: Script) -> list[tuple[int, int, int, str, str | None]]:
    return [(cue.index, cue.window.start, cue.window.end, cue.text, cue.speaker) for cue in script.cues]


def sample(suffix: str) -> Script:
    return read(SAMPLES / f"harbour{suffix}", Reading())


@pytest.mark.parametrize("suffix", [".vtt", ".ass"])
def test_the_three_formats_of_a_dialogue_give_the_same_lines_and_speakers(suffix: str) -> None:
    assert spoken(sample(suffix)) == spoken(sample(".srt"))


def test_the_sample_has_three_speakers_and_two_of_them_share_a_cue() -> None:
    cues = sample(".srt").cues
    assert {cue.speaker for cue in cues} == {"NARRATOR", "MARTA", "JONAS"}
    assert [(cue.speaker, cue.text) for cue in cues if cue.index == 7] == [
        ("MARTA", "Left or right?"),
        ("JONAS", "Left, always left."),
    ]


@pytest.mark.parametrize("suffix", [".srt", ".vtt", ".ass"])
def test_what_is_not_spoken_is_on_the_list_with_its_reason(suffix: str) -> None:
    reasons = {left.text: left.reason for left in sample(suffix).left_out}
    assert reasons["[metal creaks]"] == "sound description"
    assert reasons["home is where the lantern burns"] == "lyrics"


def test_a_second_language_has_the_same_cues() -> None:
    french, english = sample(".fr.srt").cues, sample(".srt").cues
    assert [(cue.window, cue.speaker) for cue in french] == [(cue.window, cue.speaker) for cue in english]


def test_a_cue_knows_its_line_in_the_file() -> None:
    first: Cue = sample(".srt").cues[0]
    lines = (SAMPLES / "harbour.srt").read_text().split("\n")
    assert first.text in lines[first.number]
