"""Credits, adverts, watermarks and translators' notes are left out; dialogue that looks like them is not."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import dubber.subtitles.credits as credits
from dubber.errors import InputError
from dubber.subtitles import Reading, parse
from tests.subtitles.test_speakers import cues

FILM = [f"The boat number {n} leaves at noon." for n in range(20)]

CREDITS = [
    "Advertise your product or brand here\ncontact www.OpenSubtitles.org today", "Subtitles by the Amara.org community",
    "Norske tekster av NRK", "Best watched using Open Subtitles MKV Player",
    "Synced & corrected by bluelamp\nwww.addic7ed.com", "-= Sync, corrections by lampfish =-",
    "Subtitles by Anna Weber",
    "Captioned by\nHarbour Media Access Group", "Captioning sponsored by\nTHE HARBOUR FUND",
    "Translated and timed by Bruno_K",
    "Support us and become VIP member\nto remove all ads from OpenSubtitles.org", "Resync by lampfish",
    "Untertitel im Auftrag des ZDF für funk, 2017", "Untertitel von Anna Weber", "Übersetzung: Anna Weber",
    "Untertitelung. BR 2018",
    "Sous-titrage ST' 501", "Sous-titrage Société Radio-Canada", "Sous-titres réalisés par la communauté d'Amara.org",
    "Traduction : Anna Weber", "Traduit par Anna Weber", "Subtítulos por la comunidad de Amara.org",
    "Traducido por Anna Weber",
    "Traducción: Anna & Bruno", "Legendas pela comunidade Amara.org", "Legendas por Anna Weber",
    "Tradução: KaisK\nRevisão: Brunno",
    "Sottotitoli creati dalla comunità Amara.org", "Sottotitoli a cura di Anna Weber", "Tradotto da Anna Weber",
    "Ondertitels ingediend door de Amara.org gemeenschap", "Vertaling: Anna Weber", "Undertekster av Anna Weber",
    "Översättning: Anna Weber", "Tekstitys: Anna Weber", "Napisy stworzone przez społeczność Amara.org",
    "Tłumaczenie: Anna Weber",
    "Překlad: Anna", "Prijevod: Anna", "Fordította: Anna", "Traducerea și adaptarea: Anna", "Altyazı M.K.",
    "Çeviri: Anna Weber",
    "Υπότιτλοι AUTHORWAVE", "Субтитры сделал DimaTorzok", "Редактор субтитров А.Семкин", "Переклад: Анна",
    "字幕由Amara.org社区提供",
    "翻译：小明\n校对：小红", "字幕翻訳：小川", "자막 제공: 안나", "Phụ đề được thực hiện bởi cộng đồng Amara.org",
    "ترجمة : آنا",
    "תרגום: אנה",
    "Diterjemahkan oleh: Anna", "คำบรรยายโดย แอนนา",
    "[CC by NORA]", "CC by Nora Lind", "(Captioned by the Harbour Society)", "Captioned by\nthe Harbour Institute",
    "[Captions: Nora Lind]", "Described and Captioned by NORA", "English subtitles by Nora Lind", "[字幕：小明]",
    "(Untertitelung: Nora Lind GmbH)",
]  # fmt: skip


@pytest.mark.parametrize("text", CREDITS)
def test_a_credit_is_left_out_with_its_reason(text: str) -> None:
    script = cues(*FILM, text)
    assert [cue.text for cue in script.cues] == FILM
    assert [(left.text, left.reason) for left in script.left_out] == [(" ".join(text.split()), credits.CREDIT)]


@pytest.mark.parametrize(
    "text",
    [
        "Subtitles are hard to read.", "The book was translated by my sister.", "Translated by hand, it took a year.",
        "Translation: he is an idiot.", "Correction: it was Tuesday.", "Sync your watches.",
        "Visit us at www.harbour-museum.org.",
        "The film was\nedited by Anna Weber.", "The report was\ntranslated by Anna",
        "We saw the\ncaptions by accident.",
        "The book\n(translated by Anna) sold well.", "Captioned by the King.", "CC: me on that email.",
        "Edited by whom?", "Raw: that is how I eat it.", "I was corrected by the captain himself.",
        "Untertitel brauche ich nicht.",
        "La traduction est mauvaise.", "Traduction : tu es fou.", "Legenda: era uma vez um barco.",
        "Tradução livre, claro.",
        "Napisy są małe.", "翻译很好。", "Note: this is late.", "Titulky nejsou třeba.", "Перевод был плохой.",
        "#1 in the charts",
    ],
)  # fmt: skip
def test_dialogue_that_speaks_of_subtitles_is_said(text: str) -> None:
    script = cues(*FILM[:10], text, *FILM[10:])
    assert text.replace("\n", " ") in [cue.text for cue in script.cues] and not script.left_out


def test_what_is_said_before_a_credit_in_the_same_cue_is_said() -> None:
    script = cues(*FILM, "Good night!\n(Subtitles by Anna Weber)")
    assert script.cues[-1].text == "Good night!"
    assert [left.text for left in script.left_out] == ["(Subtitles by Anna Weber)"]


def test_what_is_said_behind_a_credit_in_brackets_is_said() -> None:
    script = cues(*FILM, "[Captioned by Nora Lind]\nGood night.", "Go home.\n[CC by NORA]")
    assert [cue.text for cue in script.cues[-2:]] == ["Good night.", "Go home."]
    assert [left.text for left in script.left_out] == ["[Captioned by Nora Lind]", "[CC by NORA]"]


@pytest.mark.parametrize("mark", ["#HarbourSubs", "@lampfish", "www.harbour-subs.example", "#Harbour Fansubs"])
def test_a_mark_that_repeats_is_a_watermark_and_one_alone_is_not_surely(mark: str) -> None:
    twice = cues(mark, *FILM, mark)
    assert [cue.text for cue in twice.cues] == FILM
    assert [left.reason for left in twice.left_out] == ["a watermark that repeats (2 times)"]
    assert cues(mark, *FILM).cues[0].text == mark


@pytest.mark.parametrize("note", ["T/N: a boat", "TL Note: a boat", "[Nota: a boat]", "N.T.: barco", "NdT: barca",
                                  "(Nota del traductor: un barco)", "译注：船"])  # fmt: skip
def test_a_translators_note_is_left_out(note: str) -> None:
    script = cues(*FILM, note)
    assert [(left.text, left.reason) for left in script.left_out] == [(note, credits.NOTE)]


def test_a_profile_may_speak_credits_and_add_patterns() -> None:
    assert len(cues(*FILM, CREDITS[0], credits="speak").cues) == len(FILM) + 1
    assert len(cues(*FILM, "Harbour Film Club", credit_patterns=("^harbour film",)).cues) == len(FILM)
    with pytest.raises(InputError, match=r"no regular expression.*credit_patterns"):
        cues("Hi.", credit_patterns=("(",))


def test_every_rule_names_its_source() -> None:
    rules = tomllib.loads(Path(credits.__file__).with_name("credits.toml").read_text("utf-8"))["rule"]
    assert len(rules) >= 20
    for rule in rules:
        assert rule["source"] and set(rule) <= {"source", "sites", "begins", "holds", "roles", "by", "note"}
        assert ("by" in rule) == ("roles" in rule)


def test_credits_in_ass_and_web_captions_are_left_out_too() -> None:
    go, credit = "00:01.000 --> 00:02.000\n<v Anna>Go.</v>", "00:03.000 --> 00:04.000\n<v Anna>Subtitles by Bruno</v>"
    vtt = f"WEBVTT\n\n{go}\n\n{credit}\n"
    script = parse(vtt.encode(), ".vtt", Reading())
    assert [cue.text for cue in script.cues] == ["Go."]
    assert [left.text for left in script.left_out] == ["Subtitles by Bruno"]
