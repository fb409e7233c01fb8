"""The bed is the film's own sound: no commentary, no audio description, no dub of ours, unless the user says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dubber.job.originals import passed_over
from dubber.media.probe import probe
from dubber.media.roles import role
from tests.films import Sound, film
from tests.hearing import RATE, decode, envelope
from tests.typed import Dub

MAIN, OTHER = 330, 700  # Hz: the film's own sound, and the one beside it
WORDS = "1\n00:00:00,500 --> 00:00:01,500\nGood evening.\n"
QUIET = ("--set", "mixing.bed=keep", "--set", "mixing.loudness=off")


def loudest(path: Path, stream: int = 0) -> float:
    """Which of the two tones is louder in a track."""
    sound = decode(path, stream=stream)[RATE // 10 : RATE // 3]  # before anybody speaks
    return max((MAIN, OTHER), key=lambda pitch: np.median(envelope(sound, pitch)))


@pytest.mark.parametrize(
    "title",
    [
        "Commentary by the director", "Director's comments commentary", "Audiokommentar", "Regiekommentar",
        "Commentaire audio", "Comentario del director", "Comentários do diretor", "Commento del regista",
        "Kommentaari (komentář)", "Комментарии режиссёра", "评论音轨", "オーディオコメンタリー", "Bình luận",
    ],
)  # fmt: skip
def test_a_commentary_is_known_by_its_title(title: str) -> None:
    assert role(title) == "commentary"


@pytest.mark.parametrize(
    "title",
    [
        "English (Audio Description)", "English AD", "DVS", "Descriptive Audio", "Hörfilmfassung", "Audiodeskription",
        "Audiodescripción", "Audiodescrição", "Audiodescrizione", "Audiodescription", "Syntolkning", "Bildbeschreibung",
        "Audiodeskrypcja", "Тифлокомментарий", "音声ガイド", "For the visually impaired", "화면 해설",
    ],
)  # fmt: skip
def test_an_audio_description_is_known_by_its_title(title: str) -> None:
    assert role(title) == "description"


@pytest.mark.parametrize(
    "title", ["", "Stereo", "English 5.1", "Original", "Documentary mix", "Ad-free", "Dolby Adaptive", "Surround",
              "Dubstep", "Madrid", "Director's cut"]
)  # fmt: skip
def test_other_titles_are_the_films_own(title: str) -> None:
    assert role(title) == ""


@pytest.mark.parametrize("mark", ["comment", "visual_impaired", "dub"])
def test_a_marked_track_that_comes_first_and_by_default_is_not_the_bed(tmp_path: Path, mark: str, dub: Dub) -> None:
    marked = Sound(OTHER, "eng", disposition=f"default+{mark}")
    path = film(tmp_path, "mkv", audios=(marked, Sound(MAIN, "eng", disposition="0")))
    (tmp_path / "words.srt").write_text(WORDS)
    said = dub(path, tmp_path / "words.srt", "-o", tmp_path / "out.mkv", *QUIET)
    assert said.status == 0 and "audio track 2 is taken for the original" in said.err
    assert loudest(tmp_path / "out.mkv") == MAIN
    assert len(probe(tmp_path / "out.mkv").audio) == 3


@pytest.mark.parametrize("choice", ["2", "deu", "de", "narrat"])
def test_the_user_says_which_sound_is_the_original(tmp_path: Path, choice: str, dub: Dub) -> None:
    path = film(tmp_path, "mkv", audios=(Sound(MAIN, "eng"), Sound(OTHER, "ger", "Narrated version")))
    (tmp_path / "words.srt").write_text(WORDS)
    said = dub(path, tmp_path / "words.srt", "-o", tmp_path / "out.mkv", "--audio-track", choice, *QUIET)
    assert said.status == 0 and loudest(tmp_path / "out.mkv") == OTHER


def test_a_track_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, dub: Dub) -> None:
    path = film(tmp_path, "mkv", audios=(Sound(MAIN, "eng"), Sound(OTHER, "ger", "Audiokommentar")))
    (tmp_path / "words.srt").write_text(WORDS)
    for choice in ("3", "0", "fr", "nothing"):
        said = dub(path, tmp_path / "words.srt", "-n", "--audio-track", choice)
        assert said.status == 2 and '2 ger aac "Audiokommentar" (a commentary)' in said.err


def test_a_film_of_commentaries_alone_has_no_bed_and_that_is_said(tmp_path: Path, dub: Dub) -> None:
    path = film(tmp_path, "mkv", audios=(Sound(OTHER, "eng", "Commentary"),))
    (tmp_path / "words.srt").write_text(WORDS)
    said = dub(path, tmp_path / "words.srt", "-o", tmp_path / "out.mkv", *QUIET)
    assert said.status == 0 and "none of them is used: --audio-track 1" in said.err
    assert np.abs(decode(tmp_path / "out.mkv")[: RATE // 4]).max() < 0.001
    assert passed_over(probe(path))


@pytest.mark.parametrize("container", ["mkv", "mp4", "mov", "ts"])
@pytest.mark.parametrize("title", ["Dub ({language})", "Our voices"])
def test_a_second_language_lies_over_the_original_and_beside_the_first_dub(
    tmp_path: Path, container: str, title: str, dub: Dub
) -> None:
    path = film(tmp_path, container, audios=(Sound(MAIN, "ita"),))
    (tmp_path / "words.srt").write_text(WORDS)
    first, second = tmp_path / f"first.{container}", tmp_path / f"second.{container}"
    how = ("-p", "narrator", "--set", f"output.title={title}", *QUIET)
    assert dub(path, tmp_path / "words.srt", "-l", "en", "-o", first, "--set", "mixing.bed=none", *how[:-4]).status == 0
    said = dub(first, tmp_path / "words.srt", "-l", "fr", "-o", second, *how)
    assert said.status == 0 and "is a dub: audio track 2 is taken for the original" in said.err
    sounds = probe(second).audio
    assert [sound.language for sound in sounds] == ["fra", "eng", "ita"]
    assert loudest(second) == MAIN
