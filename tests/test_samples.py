"""The sample's dialogue is one dialogue, whatever format it is written in."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubber import casting, subtitles
from dubber.model import Cast, Line, Voice
from dubber.subtitles import Reading

SAMPLES = Path(__file__).parent.parent / "samples"


def lines(name: str) -> tuple[Line, ...]:
    script = subtitles.read(SAMPLES / name, Reading())
    return casting.lines(script.cues, Cast(pool=(Voice("tone", "only"),)), casting.Casting(), language="en")


def spoken(name: str) -> list[tuple[str, str, int, int]]:
    return [(line.speaker, line.text, line.window.start, line.window.end) for line in lines(name)]


@pytest.mark.parametrize("name", ["harbour.vtt", "harbour.ass"])
def test_the_three_formats_give_the_same_lines_and_speakers(name: str) -> None:
    assert spoken(name) == spoken("harbour.srt")


def test_the_second_language_has_the_same_speakers_at_the_same_times() -> None:
    def who_when(name: str) -> list[tuple[str, int]]:
        return [(who, start) for who, _, start, _ in spoken(name)]

    english, french = who_when("harbour.srt"), who_when("harbour.fr.srt")
    assert [who for who, _ in english] == [who for who, _ in french]
    assert all(abs(one - other) < 400 for (_, one), (_, other) in zip(english, french, strict=True))


def test_everything_that_is_not_dialogue_is_left_out_with_a_reason() -> None:
    for name in ("harbour.srt", "harbour.vtt", "harbour.ass"):
        script = subtitles.read(SAMPLES / name, Reading())
        reasons = [one.reason for one in script.left_out]
        assert any("sound" in reason for reason in reasons), name
        assert any("lyric" in reason for reason in reasons), name


def test_no_markup_is_spoken() -> None:
    for name in ("harbour.srt", "harbour.vtt", "harbour.ass", "harbour.fr.srt"):
        assert not any(set("<>{}\\♪[]") & set(text) for _, text, _, _ in spoken(name)), name
