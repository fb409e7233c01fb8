"""In which language a version is spoken: by what is said of it and by its text."""

from __future__ import annotations

import json
from pathlib import Path
from string import ascii_lowercase

import langcodes
import pytest

from dubber import languages
from dubber.languages import Detected
from dubber.model import Cue, Window
from dubber.models.language_detector import Detector
from dubber.subtitles.file_names import language_of, renamed
from dubber.subtitles.language_choice import Said, choose, odd_lines
from tests import sentences
from tests.typed import Dub

HARBOUR = Path(__file__).parent.parent / "samples" / "harbour.mp4"


@pytest.fixture(scope="module")
def detect() -> Detector:
    return Detector()


# ---- codes and names


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("eng", "en"), ("ger", "de"), ("deu", "de"), ("fre", "fr"), ("spa", "es"), ("German", "de"), ("Deutsch", "de"),
        ("Français", "fr"), ("español", "es"), ("日本語", "ja"), ("pt-BR", "pt-BR"), ("pt_br", "pt-BR"), ("nob", "nb"),
        ("zh-Hant", "zh-Hant"), ("zh-CHS", "zh-Hans"),
        ("iw", "he"), ("mhr", "mhr"), ("Brazilian", "pt-BR"), ("xx", ""), ("gibberling", ""),
    ],
)  # fmt: skip
def test_a_language_is_the_same_whatever_it_is_called(word: str, tag: str) -> None:
    assert languages.standard(word) == tag


def test_the_codes_of_two_letters_are_those_that_have_three_letters_as_well() -> None:
    pairs = {one + other for one in ascii_lowercase for other in ascii_lowercase}
    known = {pair for pair in pairs - {*languages.RETIRED} if languages.three_letters(pair) != "und"}
    assert known == {*languages.TWO_LETTERS.split()} - {*languages.RETIRED}
    assert {word: langcodes.standardize_tag(word) for word in languages.RETIRED} == languages.RETIRED


def test_a_word_with_digits_may_still_be_a_numbered_language() -> None:
    assert languages.standard("English2") == "en"
    assert languages.standard("s01e02") == ""


@pytest.mark.parametrize(
    "word", ["cut", "new", "x264", "1080p", "extended", "Job", "the", "web", "even", "xx", "my_film", "no_way"]
)
def test_words_of_titles_are_no_languages(word: str) -> None:
    assert languages.tag_in_name(word) == ""


@pytest.mark.parametrize(
    ("tag", "code"), [("ger", "deu"), ("en-GB", "eng"), ("zh-Hant", "zho"), ("", "und"), ("qqx", "und")]
)
def test_containers_are_told_three_letters(tag: str, code: str) -> None:
    assert languages.three_letters(tag) in (code, tag)


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("Film.de.srt", "de"), ("Film.ger.sdh.srt", "de"), ("Film.German.srt", "de"), ("2_English.srt", "en"),
        ("The.Italian.Job.srt", ""), ("Film.Part.Two.srt", ""), ("Film.srt", ""), ("eng.srt", "en"), ("It.srt", ""),
        ("Other.Film.Français.forced.srt", "fr"), ("new.srt", ""),
        ("my_film.srt", ""), ("no_way.srt", ""),
    ],
)  # fmt: skip
def test_the_last_word_of_a_name_may_be_its_language(name: str, tag: str) -> None:
    assert language_of(Path(name), Path("Film.mp4")) == tag
    assert language_of(Path("My.Italian.srt"), Path("My.Italian.mp4")) == ""


def test_a_wrong_name_is_mended() -> None:
    assert renamed(Path("Film.eng.sdh.srt"), "en", "de") == "Film.sdh.de.srt"
    assert renamed(Path("Film.srt"), "en", "de") == "Film.de.srt"


# ---- texts


@pytest.mark.parametrize("language", [tag for tag in sentences.SENTENCES if tag != "zh-TW"])
def test_ten_lines_tell_their_language(language: str, detect: Detector) -> None:
    found = detect(sentences.lines(language, 10))
    assert found.sure and languages.close(found.language, language)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("hr", "Tko je ovdje?|Netko je ostavio svjetlo.|Gdje si bio prije toga?|Ne znam točno.|Vlak kreće u podne."),
        ("sr", "Ko je ovde?|Neko je ostavio svetlo.|Gde si bio pre toga?|Ne znam tačno.|Voz kreće u podne."),
        (
            "bs",
            "Ko je ovdje?|Neko je ostavio svjetlo.|Gdje si bio prije toga?|Ne znam tačno, uopšte.|Šta je bilo juče?",
        ),
        ("hr", "Što se dogodilo?|Obitelj je otišla jučer.|Uopće ne razumijem.|Mjesec je lijep.|Sutra idemo na more."),
        ("sr", "Šta se desilo?|Porodica je otišla juče.|Uopšte ne razumem.|Mesec je lep.|Sutra idemo na more."),
    ],
)
def test_croatian_serbian_and_bosnian_are_told_by_their_words(tag: str, text: str, detect: Detector) -> None:
    found = detect(text.split("|"))
    assert found.language == tag and found.sure


@pytest.mark.parametrize("texts", [[], ["..."], ["Hm."], ["1 2 3"], ["OK", "Anna", "Bob"]])
def test_what_says_nothing_is_no_language(texts: list[str], detect: Detector) -> None:
    assert not detect(texts).sure


@pytest.mark.parametrize("harm", ["none", "cut", "flipped", "no room"])
def test_the_model_that_is_kept_unpacked_tells_what_the_packed_one_tells(
    harm: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A kept model that is damaged is unpacked anew; where none can be kept, it is unpacked each time."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if harm == "no room":
        (tmp_path / "dub").write_bytes(b"a file where the folder should be")
    texts = [sentences.lines(language, 10) for language in ("de", "hu", "pt", "uk")]
    told = [Detector()(some) for some in texts]
    for kept in tmp_path.rglob("*.bin"):
        data = bytearray(kept.read_bytes())
        data[len(data) // 2] ^= 0xFF if harm == "flipped" else 0
        kept.write_bytes(data[: len(data) // 2] if harm == "cut" else data)
    again = [Detector()(some) for some in texts]
    assert [one.language for one in again] == [one.language for one in told] == ["de", "hu", "pt", "uk"]
    assert [one.certainty for one in again] == pytest.approx([one.certainty for one in told])
    assert len(list(tmp_path.rglob("*.bin"))) == (0 if harm == "no room" else 1)


# ---- what was said, and what is there

GERMAN = Detected("de", 0.99)
NOTHING = Detected("en", 0.3)
LINES = sentences.SENTENCES["de"].split("|")


def test_where_nothing_is_said_the_text_decides_and_a_note_says_so() -> None:
    found = choose([], GERMAN, LINES, "en")
    assert found.language == "de" and not found.doubt and "'de'" in found.note


def test_what_is_said_decides_and_a_contradiction_is_a_doubt() -> None:
    found = choose([Said("en", "--language")], GERMAN, LINES, "en")
    assert found.language == "en" and "German (de)" in found.doubt and found.seen == "de"
    assert not choose([Said("de-AT", "--language")], GERMAN, LINES, "en").doubt


def test_two_words_on_one_file_contradict_each_other_where_the_text_is_no_help() -> None:
    found = choose([Said("en", "the file's name"), Said("fr", "the file itself")], NOTHING, ["Hm."], "")
    assert found.language == "en" and "the file itself says 'fr'" in found.doubt


@pytest.mark.parametrize(("said", "seen"), [("nb", "da"), ("hr", "sr"), ("ms", "id"), ("sk", "cs"), ("gl", "pt")])
def test_between_languages_that_are_alike_a_name_decides(said: str, seen: str) -> None:
    found = choose([Said(said, "the file's name")], Detected(seen, 1.0), ["..."], "en")
    assert found.language == said and not found.doubt
    assert choose([], Detected(seen, 1.0), ["..."], said).language == said


def test_a_text_too_short_to_tell_is_spoken_as_the_profile_says_with_a_note() -> None:
    found = choose([], NOTHING, ["Hm."], "fr")
    assert found.language == "fr" and "too short" in found.note


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Привет.", "ru"), ("Стой! Кто там?", "ru"), ("Дякую.", "uk"), ("Добро јутро", "sr"), ("مرحبا", "ar"),
        ("سلام خوبی؟", "fa"), ("नमस्ते", "hi"), ("আমি", "bn"), ("是。", "zh"), ("はい。", "ja"), ("Ναι", "el"),
    ],
)  # fmt: skip
def test_a_short_text_is_never_spoken_in_a_language_that_is_not_written_so(
    text: str, tag: str, detect: Detector
) -> None:
    found = choose([], detect([text]), [text], "en")
    assert found.language == tag and not found.doubt
    assert "a guess" in found.note or detect([text]).sure


def test_a_profile_decides_between_the_languages_of_a_script(detect: Detector) -> None:
    assert choose([], detect(["Привет."]), ["Привет."], "bg").language == "bg"


def test_a_container_that_says_und_says_nothing() -> None:
    assert choose([Said("und", "the film")], GERMAN, LINES, "en").language == "de"


# ---- single lines


def cues(*texts: str) -> list[Cue]:
    return [Cue(at, Window(at * 3000, at * 3000 + 2000), text, number=4 * at) for at, text in enumerate(texts, 1)]


def test_a_single_line_in_another_language_is_named(detect: Detector) -> None:
    english = sentences.lines("en", 20)
    told = odd_lines(cues(*english, "Meine Schwester mochte die alte Brücke noch nie."), "en", detect)
    assert "line 84 is in German (de)" in told
    told = odd_lines(cues(*english, "Привет, друзья!"), "en", detect)
    assert "line 84 is in Cyrillic letters" in told
    assert odd_lines(cues(*english, "Bob said: γνῶθι σεαυτόν, and nobody laughed."), "en", detect) == ""
    assert odd_lines(cues(*english), "en", detect) == ""


@pytest.mark.parametrize("language", ["de", "fr", "pl", "ru", "ja", "ko", "th", "zh", "vi"])
def test_a_file_in_one_language_has_no_odd_lines(language: str, detect: Detector) -> None:
    assert odd_lines(cues(*sentences.lines(language, 60)), language, detect) == ""


# ---- as a person meets it


def file(folder: Path, name: str, texts: list[str]) -> Path:
    path = folder / name
    path.write_text(sentences.srt(texts), encoding="utf-8")
    return path


def test_german_is_never_spoken_by_an_english_voice_because_nothing_said_so(dub: Dub, tmp_path: Path) -> None:
    path = file(tmp_path, "subs.srt", LINES)
    (told,) = json.loads(dub(HARBOUR, path, "-n", "--json").out)["versions"]
    assert told["language"] == "de" and any("'de'" in note for note in told["notes"]) and not told["warnings"]


def test_a_contradiction_is_a_warning_and_with_strict_an_error(dub: Dub, tmp_path: Path) -> None:
    path = file(tmp_path, "subs.en.srt", LINES)
    said = dub("check", HARBOUR, path)
    assert said.status == 0 and "the text is in German (de)" in said.err and "subs.de.srt" in said.err
    said = dub("check", HARBOUR, path, "--strict")
    assert said.status == 2 and "the text is in German (de)" in said.err
    said = dub("check", HARBOUR, path, "--language", "German", "--strict")
    assert said.status == 0 and "warning" not in said.err


def test_a_language_that_nobody_knows_is_an_error(dub: Dub, tmp_path: Path) -> None:
    said = dub("check", HARBOUR, file(tmp_path, "subs.srt", LINES), "--language", "gibberling")
    assert said.status == 2 and "no language is called 'gibberling'" in said.err


def test_a_film_of_which_the_voice_cannot_read_the_letters_is_not_begun(dub: Dub, tmp_path: Path) -> None:
    said = dub(HARBOUR, file(tmp_path, "subs.srt", sentences.SENTENCES["ja"].split("|")), "-o", tmp_path / "out.mkv")
    assert said.status == 2 and "(espeak) cannot read Chinese characters" in said.err and "profile" in said.err
    assert not (tmp_path / "out.mkv").exists()
    said = dub("check", HARBOUR, file(tmp_path, "subs.srt", ["It says 港 there.", *sentences.lines("en", 12)]))
    assert said.status == 0 and "cannot read Chinese characters and would spell them, in 1 lines" in said.err
