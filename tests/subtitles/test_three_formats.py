"""The sample's dialogue is one dialogue: in three formats, in two languages, and as the lines that voices get."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubber.casting import assign
from dubber.job.subtitle_files import read
from dubber.model import Cast, Line, Script, Voice
from dubber.subtitles import Reading

SAMPLES = Path(__file__).parents[2] / "samples"
FILES = ("harbour.srt", "harbour.vtt", "harbour.ass", "harbour.fr.srt")


def sample(name: str) -> Script:
    return read(SAMPLES / name, Reading())


def lines(name: str) -> tuple[Line, ...]:
    cast = Cast(pool=(Voice("tone", "only"),))
    return assign.lines(sample(name).cues, cast, assign.Casting(), language="en")


def spoken(name: str) -> list[tuple[str, str, int, int]]:
    return [(line.speaker, line.text, line.window.start, line.window.end) for line in lines(name)]


@pytest.mark.parametrize("name", ["harbour.vtt", "harbour.ass"])
def test_the_three_formats_give_the_same_cues_and_the_same_lines(name: str) -> None:
    def said(script: Script) -> list[tuple[int, int, int, str, str | None]]:
        return [(cue.index, cue.window.start, cue.window.end, cue.text, cue.speaker) for cue in script.cues]

    assert said(sample(name)) == said(sample("harbour.srt"))
    assert spoken(name) == spoken("harbour.srt")


def test_the_sample_has_three_speakers_and_two_of_them_share_a_cue() -> None:
    cues = sample("harbour.srt").cues
    assert {cue.speaker for cue in cues} == {"NARRATOR", "MARTA", "JONAS"}
    assert [(cue.speaker, cue.text) for cue in cues if cue.index == 7] == [
        ("MARTA", "Left or right?"),
        ("JONAS", "Left, always left."),
    ]


@pytest.mark.parametrize("name", ["harbour.srt", "harbour.vtt", "harbour.ass"])
def test_what_is_not_spoken_is_on_the_list_with_its_reason(name: str) -> None:
    reasons = {left.text: left.reason for left in sample(name).left_out}
    assert reasons["[metal creaks]"] == "sound description"
    assert reasons["home is where the lantern burns"] == "lyrics"


@pytest.mark.parametrize("name", FILES)
def test_no_markup_is_spoken(name: str) -> None:
    assert not any(set("<>{}\\♪[]") & set(text) for _, text, _, _ in spoken(name))


def test_a_second_language_has_the_same_cues_and_speakers() -> None:
    french, english = sample("harbour.fr.srt").cues, sample("harbour.srt").cues
    assert [(cue.window, cue.speaker) for cue in french] == [(cue.window, cue.speaker) for cue in english]
    assert [who for who, *_ in spoken("harbour.fr.srt")] == [who for who, *_ in spoken("harbour.srt")]


def test_a_cue_knows_its_line_in_the_file() -> None:
    first = sample("harbour.srt").cues[0]
    assert first.text in (SAMPLES / "harbour.srt").read_text().split("\n")[first.number]
