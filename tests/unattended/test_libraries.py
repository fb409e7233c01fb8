"""A library as Jellyfin, Kodi and Plex have it: trailers, samples and extras are left out and counted, films without
subtitles are no failures, and subtitles are found in the folders that people keep them in."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from dubber.media.ffmpeg import tools
from dubber.unattended import extras, library
from tests.seasons import season, srt
from tests.typed import Dub, Said


@pytest.fixture
def show(tmp_path: Path, dub: Dub) -> Path:
    """E000, with English subtitles."""
    return season(tmp_path, 1)


def batch(dub: Dub, *words: str) -> Said:
    return dub("batch", "show", "-p", "tones.toml", "--report", "report.json", *words)


def ended(place: Path) -> dict[str, str]:
    """What became of each film, by the report."""
    told = json.loads((place.parent / "report.json").read_text())
    films = {str(Path(one["film"]).relative_to(place)): one["status"] for one in told["results"]}
    assert {status: list(films.values()).count(status) for status in films.values()}.items() <= told.items()
    return films


def add(place: Path, *names: str) -> None:
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(place / "E000.mp4", place / name)


# --- films without subtitles --------------------------------------------------------------------------------------


def test_a_film_without_subtitles_is_no_failure_and_is_counted(show: Path, dub: Dub) -> None:
    add(show, "Silent.mp4")
    said = batch(dub)
    assert said.status == 0 and "2 films: 1 dubbed, 1 without subtitles" in said.err
    assert ended(show) == {"E000.mp4": "dubbed", "Silent.mp4": "no subtitles"}
    again = batch(dub, "--dry-run")
    assert again.status == 0 and "without subtitles" in again.out


def test_the_languages_that_are_there_are_named_when_the_one_asked_for_is_not(show: Path, dub: Dub) -> None:
    (show / "E000.fr.srt").write_text(srt(1))
    said = batch(dub, "--language", "de")
    assert said.status == 0 and ended(show) == {"E000.mp4": "no subtitles"}
    assert "no subtitles in de; beside it lie those in en, fr" in said.err
    assert "beside it lie those in en, fr" in batch(dub, "--language", "de", "--dry-run").out
    partly = batch(dub, "--language", "fr", "--language", "de")
    assert ended(show) == {"E000.mp4": "dubbed"} and "no subtitles in de" in partly.err


def pictured(film: Path) -> None:
    """The film with subtitles that are pictures: one composition of Blu-ray's, which shows nothing, and its end."""
    composition = struct.pack(">HHBHBBBB", 320, 240, 0x10, 0, 0x80, 0, 0, 0)
    packets = ((0x16, composition), (0x80, b""))
    sup = film.with_suffix(".sup")
    sup.write_bytes(b"".join(b"PG" + struct.pack(">IIBH", 90_000, 0, kind, len(body)) + body for kind, body in packets))
    inputs = ("-i", film, "-f", "sup", "-i", sup, "-map", "0", "-map", "1", "-c", "copy", film.with_suffix(".mkv"))
    subprocess.run([tools().ffmpeg, "-nostdin", "-v", "error", *inputs], check=True)
    film.unlink()


@pytest.mark.parametrize("languages", [(), ("--language", "en")])
def test_a_film_whose_only_subtitles_are_pictures_has_none_and_is_told_what_reads_them(
    languages: tuple[str, ...], show: Path, dub: Dub
) -> None:
    add(show, "Film.mp4")
    pictured(show / "Film.mp4")
    said = batch(dub, *languages)
    assert said.status == 0 and ended(show) == {"E000.mp4": "dubbed", "Film.mkv": "no subtitles"}
    if not languages:
        assert "subtitle track 1 is pictures of text" in said.err and "OCR" in said.err
    alone = dub("show/Film.mkv", "-p", "tones.toml")
    assert alone.status == 2 and "pictures of text" in alone.err


@pytest.mark.parametrize("path", ["show", "nowhere", "list.txt", "show/*.mp4"])
def test_a_place_without_any_film_is_an_error(path: str, tmp_path: Path, dub: Dub) -> None:
    season(tmp_path, 0)
    (tmp_path / "list.txt").write_text("# nothing\n")
    said = dub("batch", path, "-p", "tones.toml")
    assert said.status == 2 and path in said.err and said.err.count("\n") == 1


def test_a_place_with_nothing_but_dubs_own_outputs_has_no_film(show: Path, dub: Dub) -> None:
    batch(dub)
    (show / "E000.mp4").unlink()
    assert batch(dub).status == 2


# --- trailers, samples, extras ------------------------------------------------------------------------------------

EXTRAS = (
    "E000-trailer.mp4", "E000.sample.mp4", "trailer.mp4", "sample-E000.mp4", "E000-behindthescenes.mp4",
    "E000-featurette2.mp4", "extras/Making of.mp4", "Behind The Scenes/1.mp4", "Sample/e000.mp4", "other/Bloopers.mp4",
    "Season 1/Trailers/next.mp4",
)  # fmt: skip


def test_trailers_samples_and_extras_are_left_out_and_counted(show: Path, dub: Dub) -> None:
    add(show, *EXTRAS)
    said = batch(dub)
    assert said.status == 0 and f"1 dubbed, {len(EXTRAS)} left out" in said.err
    assert ended(show) == {"E000.mp4": "dubbed"} | dict.fromkeys(EXTRAS, "left")
    watched = dub("watch", "show", "-p", "tones.toml", "--settle", "0", "--once")
    assert watched.status == 0 and not any(name in watched.err for name in EXTRAS)
    listed = {one["film"]: one["state"] for one in json.loads(dub("status", "show", "--json").out)}
    assert listed[str(show / "extras" / "Making of.mp4")] == "left"


def test_who_names_a_trailer_or_a_folder_of_extras_means_it(show: Path, dub: Dub) -> None:
    add(show, "E000-trailer.mp4", "extras/Making of.mp4")
    (show / "E000-trailer.en.srt").write_text(srt(1))
    (show / "extras" / "Making of.en.srt").write_text(srt(2))
    said = dub("batch", "show/E000-trailer.mp4", "show/extras", "-p", "tones.toml")
    assert said.status == 0 and "2 dubbed" in said.err


@pytest.mark.parametrize("name", ["The-Interview.mp4", "Trailer Park.mp4", "shorts/Film.mp4", "Scene.mp4", "other.mp4"])
def test_a_film_whose_name_only_looks_like_an_extra_s_is_a_film(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    assert [one.left for one in library.find([tmp_path])] == [""]


def test_a_pattern_leaves_out_what_a_folder_leaves_out(show: Path) -> None:
    add(show, "E000-trailer.mp4", "extras/Making of.mp4")
    found = library.find([f"{show.parent}/*/**/*.mp4"])
    assert {one.film.name for one in found if not one.left} == {"E000.mp4"}
    assert len(found) == 3


def test_a_library_that_itself_lies_in_a_folder_called_samples_is_a_library(tmp_path: Path) -> None:
    top = tmp_path / "samples" / "show"
    assert extras.placed(top / "Film.mkv", top, lambda folder: True) == ""


# --- folders of subtitles -----------------------------------------------------------------------------------------


def chosen(film: Path, language: str) -> str:
    (found,) = [one for one in library.find([film.parent]) if one.film == film]
    return next((str(one.path.relative_to(film.parent)) for one in found.sidecars if one.language == language), "")


@pytest.mark.parametrize(
    ("file", "language"),
    [
        ("Subs/2_English.srt", "en"),
        ("Subtitles/4_Brazilian Portuguese.srt", "pt-BR"),
        ("subs/3_English SDH.srt", "en"),
        ("Subs/SDH.eng.HI.srt", "en"),
        ("Subs/de.srt", "de"),
        ("Subs/Film.fr.srt", "fr"),
        ("Subs/Film/2_English.srt", "en"),
    ],
)
def test_subtitles_in_a_folder_of_their_own_belong_to_the_film(file: str, language: str, tmp_path: Path) -> None:
    (tmp_path / "Film.mkv").touch()
    (tmp_path / "Film-trailer.mkv").touch()  # which is no second film
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).touch()
    assert chosen(tmp_path / "Film.mkv", language) == file
    assert [one.path for one in library.beside(tmp_path / "Film.mkv")] == [tmp_path / file]


def test_where_several_films_lie_a_file_without_a_name_belongs_to_none(tmp_path: Path) -> None:
    (tmp_path / "Subs" / "B").mkdir(parents=True)
    for name in ("A.mkv", "B.mkv", "Subs/2_English.srt", "Subs/B/2_English.srt", "Subs/B/3_English.srt"):
        (tmp_path / name).touch()
    assert [len(one.sidecars) for one in library.find([tmp_path])] == [0, 2]
    assert library.chosen_beside(tmp_path / "B.mkv") == (tmp_path / "Subs" / "B" / "2_English.srt",)
    assert library.chosen_beside(tmp_path / "A.mkv") == ()


def test_forced_subtitles_in_a_folder_of_their_own_are_not_dubbed(tmp_path: Path) -> None:
    (tmp_path / "Subs").mkdir()
    for name in ("Film.mkv", "Subs/2_English_Forced.srt", "Subs/3_English.srt"):
        (tmp_path / name).touch()
    assert library.chosen_beside(tmp_path / "Film.mkv") == (tmp_path / "Subs" / "3_English.srt",)
