"""Which subtitles belong to which film, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubber.unattended.library import subtitle_files
from dubber.unattended.sidecars import Sidecar, chosen, is_film, pair, read

FILM = Path("season/Film.mkv")


@pytest.mark.parametrize(
    ("name", "language", "flags"),
    [
        ("Film.srt", "", set()),
        ("Film.en.srt", "en", set()),
        ("Film.eng.forced.ass", "en", {"forced"}),
        ("Film.pt-BR.sdh.vtt", "pt-BR", {"sdh"}),
        ("Film.default.fr.srt", "fr", {"default"}),
        ("Film.French.srt", "fr", set()),
        ("Film.hi.srt", "hi", set()),
        ("Film.en.hi.srt", "en", {"hi"}),
        ("Film.hi.en.srt", "en", {"hi"}),
        ("FILM.EN.SRT", "en", set()),
        ("Film.Français.srt", "fr", set()),
        ("Film.ger.srt", "de", set()),
        ("Film.pt_br.srt", "pt-BR", set()),
    ],
)
def test_a_name_tells_language_and_flags(name: str, language: str, flags: set[str]) -> None:
    assert read(FILM, FILM.with_name(name)) == Sidecar(FILM.with_name(name), language, frozenset(flags))


@pytest.mark.parametrize(
    "name", ["Film2.srt", "Film.2.srt", "Film.part2.en.srt", "Other.srt", "Film.en.txt", ".Film.srt", "Film.en.nfo"]
)
def test_another_film_s_subtitles_are_left_alone(name: str) -> None:
    assert read(FILM, FILM.with_name(name)) is None


def test_the_film_with_the_longer_name_gets_the_file() -> None:
    films = [Path("a/Film.mkv"), Path("a/Film.en.mkv")]
    found = pair(films, [Path("a/Film.en.srt"), Path("a/Film.fr.srt"), Path("b/Film.srt")])
    assert [one.path.name for one in found[films[0]]] == ["Film.fr.srt"]
    assert [one.path.name for one in found[films[1]]] == ["Film.en.srt"]


def test_a_folder_of_subtitles_beside_the_film_counts() -> None:
    found = pair([FILM], [FILM.parent / "Subs" / "Film.de.srt", FILM.parent / "other" / "Film.fr.srt"])
    assert [one.language for one in found[FILM]] == ["de"]


def test_accents_may_be_written_in_either_way() -> None:
    assert read(Path("Ame\u0301lie.mkv"), Path("Am\u00e9lie.fr.srt")) is not None


def sidecars(*names: str) -> tuple[Sidecar, ...]:
    return tuple(one for name in names if (one := read(FILM, FILM.with_name(name))))


def test_forced_tracks_are_not_dubbed() -> None:
    assert [one.path.name for one in chosen(sidecars("Film.en.forced.srt", "Film.en.srt"))] == ["Film.en.srt"]
    assert chosen(sidecars("Film.en.forced.srt", "Film.fr.foreign.srt")) == ()


def test_plain_dialogue_is_preferred_to_descriptions_for_the_deaf() -> None:
    assert [one.path.name for one in chosen(sidecars("Film.en.sdh.srt", "Film.eng.srt"))] == ["Film.eng.srt"]
    assert [one.path.name for one in chosen(sidecars("Film.en.sdh.srt"))] == ["Film.en.sdh.srt"]


def test_the_languages_asked_for_are_dubbed_in_their_order() -> None:
    every = sidecars("Film.en.srt", "Film.fr.srt", "Film.de.srt")
    assert [one.language for one in chosen(every, ["de", "fra"])] == ["de", "fr"]
    assert [one.language for one in chosen(every, preferred="fr")] == ["fr"]
    assert [one.language for one in chosen(every, preferred="ja")] == ["de", "en", "fr"]


@pytest.mark.parametrize("name", ["Film.mkv", "Film.Part.2.mp4", "The.Dub.Show.mkv", "Film.m2ts"])
def test_films_are_films(name: str) -> None:
    assert is_film(Path(name))


@pytest.mark.parametrize("name", ["Film.en.dub.mkv", ".Film.mkv", "Film.mkv.part", "Film.temp.mkv", "Film.srt", "x"])
def test_outputs_and_half_written_files_are_none(name: str) -> None:
    assert not is_film(Path(name))


def test_of_one_language_in_several_formats_the_usual_one_is_dubbed() -> None:
    files = [FILM.with_name(f"Film.en.{ending}") for ending in ("csv", "json3", "srv3", "vtt")]
    assert [one.path.suffix for one in chosen(pair([FILM], files)[FILM])] == [".vtt"]


def test_a_dvds_pictures_of_text_are_no_subtitles_to_be_dubbed(tmp_path: Path) -> None:
    for name in ("Film.sub", "Film.idx", "Other.sub"):
        (tmp_path / name).touch()
    assert [path.name for path in subtitle_files(tmp_path)] == ["Other.sub"]
