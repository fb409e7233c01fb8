"""`dub movie.mp4` alone: which subtitles it finds, and what it says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.films import film
from tests.seasons import TONES
from tests.typed import Dub

CUE = "1\n00:00:00,100 --> 00:00:00,900\n{}\n"


@pytest.fixture
def place(tmp_path: Path, dub: Dub) -> Path:
    (tmp_path / "tones.toml").write_text(TONES)
    own = CUE.format("The film's own words.")
    film(tmp_path, "mkv", subtitles=(("eng", own),)).rename(tmp_path / "Film.mkv")
    return tmp_path


def said(dub: Dub, *words: str) -> Any:
    told = dub("Film.mkv", "-p", "tones.toml", "-n", "--json", *words)
    return [line["text"] for one in json.loads(told.out)["versions"] for line in one["lines"]] if told.out else told


def test_without_a_file_beside_it_the_film_s_own_track_is_spoken(place: Path, dub: Dub) -> None:
    (place / "Other.en.srt").write_text(CUE.format("Of another film."))
    assert said(dub) == ["The film's own words."]


@pytest.mark.parametrize("name", ["Film.srt", "Film.en.srt", "Film.eng.sdh.vtt", "Subs/Film.English.srt"])
def test_the_one_file_beside_it_is_used_and_named(name: str, place: Path, dub: Dub) -> None:
    (place / name).parent.mkdir(exist_ok=True)
    (place / name).write_text(CUE.format("From beside."))
    assert said(dub) == ["From beside."]
    assert name in dub("check", "Film.mkv", "-p", "tones.toml").err
    assert said(dub, "--subs-track", "1") == ["The film's own words."]


def test_of_several_languages_the_user_chooses(place: Path, dub: Dub) -> None:
    for language, words in (("en", "Good morning."), ("de", "Guten Morgen."), ("de.forced", "Ein Schild.")):
        (place / f"Film.{language}.srt").write_text(CUE.format(words))
    told = said(dub)
    assert told.status == 2 and "Film.en.srt (en)" in told.err and "--language" in told.err
    assert "forced" not in told.err
    assert said(dub, "-l", "de") == ["Guten Morgen."]
    assert said(dub, "-l", "de", "-l", "en") == ["Guten Morgen.", "Good morning."]
    assert said(dub, "Film.en.srt") == ["Good morning."]


def test_of_languages_that_are_asked_for_and_not_there_those_that_are_there_are_named(place: Path, dub: Dub) -> None:
    (place / "Film.en.srt").write_text(CUE.format("Good morning."))
    (place / "Film.fr.srt").write_text(CUE.format("Bonjour."))
    told = dub("Film.mkv", "-p", "tones.toml", "-n", "--json", "-l", "de", "-l", "fr")
    assert "no subtitles in de lie beside the film; there are en, fr" in told.err
    assert "no subtitles in" not in dub("Film.mkv", "-p", "tones.toml", "-n", "--json", "-l", "fr").err
    (place / "Film.srt").write_text(CUE.format("In no language that its name tells."))
    assert "no subtitles in" not in dub("Film.mkv", "-p", "tones.toml", "-n", "--json", "-l", "de").err
