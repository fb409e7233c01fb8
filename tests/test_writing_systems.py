"""A file whose letters are not those of its language gets one warning; one that may be right gets none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from dubber import writing_systems
from dubber.config.profile import load
from dubber.job import pipeline
from dubber.job.job import Job
from dubber.languages import base
from dubber.model import Event
from tests.typed import Dub

SAMPLES = Path(__file__).parent.parent / "samples"
RUSSIAN = ["Где вы были вчера вечером?", "Я был дома, с Anna и Bob.", "Не верю ни одному слову!"]
SERBIAN = ["Где сте били синоћ?", "Био сам код куће, наравно."]
LATIN_SERBIAN = ["Gde ste bili sinoć?", "Bio sam kod kuće, naravno."]
ENGLISH = ["Where were you last night?", "I was at home, of course."]
FRENCH = ["Où étiez-vous hier soir ?", "Les Grecs disaient γνῶθι σεαυτόν, connais-toi toi-même."]
JAPANESE = ["昨日の夜はどこにいましたか?", "もちろん家にいました。", "コーヒーをください。"]
CHINESE = ["你昨天晚上在哪里？", "当然在家里。我不相信你说的话。"]
KOREAN = ["어젯밤에 어디 있었어요?", "물론 집에 있었어요."]
HINDI = ["कल रात तुम कहाँ थे?", "मैं घर पर था, बिल्कुल।"]
ROMANISED_HINDI = ["Kal raat tum kahaan the?", "Main ghar par tha, bilkul."]


@pytest.mark.parametrize(
    ("texts", "language", "seen"),
    [
        (RUSSIAN, "en", "Cyrillic"),
        (RUSSIAN, "ger", "Cyrillic"),
        (RUSSIAN, "hr-HR", "Cyrillic"),
        (ENGLISH, "ru", "Latin"),
        (ENGLISH, "ja", "Latin"),
        (JAPANESE, "en", "Kana"),
        (["会議は中止になりました", "東京特許許可局です"], "en", "Han and Kana"),
        (JAPANESE, "zh", "Kana"),
        (CHINESE, "en", "Han"),
        (KOREAN, "ja", "Hangul"),
        (HINDI, "en", "Devanagari"),
        (["Καλημέρα σας, τι κάνετε;"], "pt-BR", "Greek"),
        (["مرحبا كيف حالك اليوم"], "he", "Arabic"),
        (["ｶﾞｷﾞｸﾞｹﾞｺﾞ"], "en", ""),  # five letters: too few to say
        (["ｶﾞｷﾞｸﾞｹﾞｺﾞ"] * 2, "en", "Kana"),  # half as wide, and yet kana
    ],
)
def test_letters_that_a_language_is_never_written_in_are_named(texts: list[str], language: str, seen: str) -> None:
    assert writing_systems.strange(texts, language) == seen


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (RUSSIAN, "ru"), (RUSSIAN, "rus"), (ENGLISH, "en"), (FRENCH, "fr"), (JAPANESE, "ja"), (CHINESE, "zh-Hant"),
        (SERBIAN, "sr"), (LATIN_SERBIAN, "sr"), (LATIN_SERBIAN, "sr-Latn-RS"), (SERBIAN, "bs"),
        (["Salom, qalaysan, doʻstim?", "Салом, қалайсан, дўстим?"], "uz"), (["Сәлем, қалайсың, досым?"], "kk"),
        (["Salam, necəsən, dostum?"], "az"), (HINDI, "hi"), (ROMANISED_HINDI, "hi"), (KOREAN, "kor"),
        (ENGLISH, "ru-Latn"),  # who says the script means it
        (["ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᎠᏂᏴᏫᏯ"], "chr"), (RUSSIAN, "mhr"),  # not judged: no table knows every language
        (["Да."], "en"), (["1234 - 5678 !!! ♪♪♪"], "ru"), ([""], "en"), ([], "en"),
    ],
)  # fmt: skip
def test_letters_that_may_be_right_are_not_spoken_of(texts: list[str], language: str) -> None:
    assert writing_systems.strange(texts, language) == ""


def test_a_long_film_is_judged_by_a_sample_from_all_of_it() -> None:
    assert writing_systems.strange([*ENGLISH * 300, *RUSSIAN * 700], "en") == "Cyrillic"
    assert writing_systems.strange([*ENGLISH * 700, *RUSSIAN * 100], "en") == ""
    every_other = [text for pair in zip(RUSSIAN * 400, ENGLISH * 600, strict=True) for text in pair]
    assert 0.3 < writing_systems.scripts(every_other)["Cyrillic"] / writing_systems.scripts(every_other).total() < 0.7


def test_the_table_and_the_languages_agree() -> None:
    words = " ".join([*writing_systems.WRITTEN.values(), writing_systems.NEVER_LATIN]).split()
    assert all(base(word) == word for word in words)
    written = {word for some in writing_systems.WRITTEN.values() for word in some.split()}
    assert set(writing_systems.NEVER_LATIN.split()) <= written


# ---- as a person meets it


def subtitles(folder: Path, name: str, texts: list[str]) -> Path:
    cues = [f"{at}\n00:00:{3 * at:02},000 --> 00:00:{3 * at + 2:02},500\n{text}\n" for at, text in enumerate(texts, 1)]
    path = folder / name
    path.write_text("\n".join(cues), encoding="utf-8")
    return path


def test_a_russian_file_that_is_named_english_is_warned_of_before_anything_is_spoken(dub: Dub, tmp_path: Path) -> None:
    path = subtitles(tmp_path, "Film.en.srt", RUSSIAN)
    warning = (
        "Film.en.srt: the text is in Russian (ru), but the file's name says 'en', and so it will be spoken and "
        "labelled as 'en'; if that is wrong, say --language ru, or name the file Film.ru.srt"
    )
    for words in (["check"], ["--dry-run"]):
        said = dub(*words, SAMPLES / "harbour.mp4", path)
        assert said.status == 0 and said.err.splitlines().count(f"warning: {warning}") == 1
    told = json.loads(dub("check", "--json", SAMPLES / "harbour.mp4", path).out)
    assert told["versions"][0]["warnings"] == [warning]
    assert "warning" not in dub("check", SAMPLES / "harbour.mp4", path, "--language", "ru").err


@pytest.mark.parametrize(("name", "texts"), [("Film.ru.srt", RUSSIAN), ("Film.srt", ENGLISH), ("Film.fr.srt", FRENCH)])
def test_what_is_named_rightly_is_not_warned_of(name: str, texts: list[str], dub: Dub, tmp_path: Path) -> None:
    said = dub("check", SAMPLES / "harbour.mp4", subtitles(tmp_path, name, texts))
    assert said.status == 0 and "warning" not in said.err


@pytest.mark.parametrize(
    ("film", "name", "language"),
    [
        ("harbour", "fr.srt", "fr"),
        ("harbour", "pt-BR.srt", "pt-BR"),
        ("harbour", "ger.srt", "de"),
        ("harbour", "2_German.srt", "de"),
        ("fr", "fr.srt", "fr"),  # by its text: the name is the film's
        ("harbour", "It.srt", "fr"),
        ("harbour", "new.srt", "fr"),
    ],
)
def test_a_file_that_is_named_by_its_language_alone_is_in_it(
    film: str, name: str, language: str, dub: Dub, tmp_path: Path
) -> None:
    shutil.copy(SAMPLES / "harbour.mp4", tmp_path / f"{film}.mp4")
    said = dub("check", "--json", tmp_path / f"{film}.mp4", subtitles(tmp_path, name, FRENCH))
    assert [version["language"] for version in json.loads(said.out)["versions"]] == [language]


def test_a_wrong_name_is_to_be_mended_not_lengthened(dub: Dub, tmp_path: Path) -> None:
    said = dub("check", SAMPLES / "harbour.mp4", subtitles(tmp_path, "My.Film.en.sdh.srt", RUSSIAN))
    assert "My.Film.sdh.ru.srt" in said.err


def test_a_dub_warns_once_and_its_report_says_so(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "harbour.mp4", tmp_path)
    profile = tmp_path / "tones.toml"
    profile.write_text('[voices.a]\nbackend = "tone"\n[casting]\nnarrator = "a"\n[mixing]\nbed = "none"\n')
    path, events = subtitles(tmp_path, "Film.srt", JAPANESE), list[Event]()
    given = {"subtitles": (path,), "output": tmp_path / "out.wav", "store": tmp_path / "store"}
    wished = load(str(profile), environ={}, overrides={"language": "en", "output.overwrite": True})
    for asked, warnings in ((("en",), 1), (("ja",), 0), ((), 0)):  # a profile's language is no word on this file
        events.clear()
        job = Job(tmp_path / "harbour.mp4", wished, languages=asked, **given)  # type: ignore[arg-type]
        outcome = pipeline.run(job, events.append)
        told = [event.message for event in events if event.kind == "warning"]
        assert told == list(outcome.report.versions[0].warnings) and len(told) == warnings
    report = json.loads((tmp_path / "out.wav.dub.json").read_text())
    assert report["versions"][0]["language"] == "ja" and report["versions"][0]["warnings"] == []
