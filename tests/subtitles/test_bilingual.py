"""Files in two languages: one is spoken, the other is listed, and a note says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dubber.model import Script
from dubber.models.language_detector import Detector
from dubber.subtitles import Bilingual, Reading, parse
from tests import sentences
from tests.typed import Dub

HARBOUR = Path(__file__).parent.parent.parent / "samples" / "harbour.mp4"
DETECT = Detector()


def lines(language: str) -> list[str]:
    return sentences.SENTENCES[language].split("|")


def read(texts: list[str], wanted: str) -> Script:
    two = Bilingual(DETECT, lambda first, second: wanted if wanted in (first, second) else first)
    return parse(sentences.srt(texts).encode(), ".srt", Reading(), two=two)


def stacked(one: str, other: str) -> list[str]:
    return [f"{first}\n{second}" for first, second in zip(lines(one), lines(other), strict=True)]


@pytest.mark.parametrize(
    ("one", "other"), [("en", "zh"), ("zh", "en"), ("de", "en"), ("fr", "pl"), ("ru", "es"), ("ja", "ko")]
)
@pytest.mark.parametrize("which", [0, 1])
def test_of_two_lines_a_cue_the_wanted_one_is_spoken(one: str, other: str, which: int) -> None:
    wanted, rest = (one, other) if which == 0 else (other, one)
    script = read(stacked(one, other), wanted)
    assert [cue.text for cue in script.cues] == lines(wanted)
    assert [left.text for left in script.left_out] == lines(rest)
    assert all(f"{rest!r}" in left.reason for left in script.left_out) and not script.warnings
    assert any(f"{wanted!r} is spoken" in note for note in script.notes)


def test_two_lines_of_each_language_are_cut_in_the_middle() -> None:
    texts = [f"{a}\n{b}\n{c}\n{d}" for a, b, c, d in zip(*[lines("en")] * 2, *[lines("de")] * 2, strict=True)]
    script = read(texts, "de")
    assert [cue.text for cue in script.cues] == [f"{text} {text}" for text in lines("de")]


@pytest.mark.parametrize("wanted", ["en", "de", "fr"])
@pytest.mark.parametrize("shown", ["lines", "cues"])
def test_of_three_languages_one_is_spoken_and_each_other_is_called_by_its_name(wanted: str, shown: str) -> None:
    tags, two = ("en", "de", "fr"), Bilingual(DETECT, lambda first, other: wanted if wanted == other else first)
    if shown == "lines":
        text = sentences.srt(["\n".join(together) for together in zip(*map(lines, tags), strict=True)])
    else:
        text = "\n".join(sentences.srt(lines(tag)) for tag in tags)
    script = parse(text.encode(), ".srt", Reading(), two=two)
    assert [cue.text for cue in script.cues] == lines(wanted) and not script.warnings
    for tag in set(tags) - {wanted}:
        assert [left.text for left in script.left_out if f"in {tag!r}" in left.reason] == lines(tag)
    assert f"in 3 languages, 'en', 'de' and 'fr': {wanted!r} is spoken, --language speaks another" in script.notes


def test_two_cues_of_the_same_times_are_two_languages() -> None:
    one, other = sentences.srt(lines("en")), sentences.srt(lines("fr"))
    two = Bilingual(DETECT, lambda first, second: "fr")
    script = parse(f"{one}\n{other}".encode(), ".srt", Reading(), two=two)
    assert [cue.text for cue in script.cues] == lines("fr")
    assert [left.text for left in script.left_out] == lines("en")


@pytest.mark.parametrize("language", ["en", "de", "ja", "pt"])
def test_two_lines_in_one_language_stay(language: str) -> None:
    script = read(stacked(language, language), "en")
    assert len(script.cues) == len(lines(language)) and not script.left_out and not script.notes


def test_names_that_stand_alone_are_said_in_both() -> None:
    script = read([*stacked("en", "de"), "Anna!"], "de")
    assert [cue.text for cue in script.cues] == [*lines("de"), "Anna!"]


def sami(one: str, other: str) -> str:
    rules = f".ONECC {{Name: One; lang: {one};}} .TWOCC {{Name: Two; lang: {other};}}"
    cues = [
        f"<SYNC Start={at}000><P Class=ONECC>{first}\n<SYNC Start={at}040><P Class=TWOCC>{second}\n"
        for at, (first, second) in enumerate(zip(WORDS[one], WORDS[other], strict=True), 1)
    ]
    return f"<SAMI><HEAD><STYLE>{rules}</STYLE></HEAD><BODY>{''.join(cues)}</BODY></SAMI>"


def ttml(one: str, other: str) -> str:
    def divided(tag: str) -> str:
        rows = [f'<p begin="{at}s" end="{at + 1}s">{text}</p>' for at, text in enumerate(WORDS[tag], 1)]
        return f'<div xml:lang="{tag}">{"".join(rows)}</div>'

    return f'<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="{one}"><body>{divided(one)}{divided(other)}</body></tt>'


def paragraphs(one: str, other: str) -> str:
    rows = [
        f'<p begin="{at}s" end="{at + 1}s" xml:lang="{tag}">{text}</p>'
        for tag in (one, other)
        for at, text in enumerate(WORDS[tag], 1)
    ]
    return f'<tt xmlns="http://www.w3.org/ns/ttml"><body><div>{"".join(sorted(rows))}</div></body></tt>'


WORDS = {"en-US": ["Oh no.", "Go."], "ko-KR": ["안 돼.", "가."], "fr": ["Ah non.", "Va."]}


@pytest.mark.parametrize(("write", "suffix"), [(sami, ".smi"), (ttml, ".ttml"), (paragraphs, ".ttml")])
@pytest.mark.parametrize(("one", "other"), [("en-US", "ko-KR"), ("ko-KR", "en-US"), ("fr", "en-US")])
@pytest.mark.parametrize("which", [0, 1])
def test_languages_that_a_file_declares_are_believed_however_short_it_is(
    write: Callable[[str, str], str], suffix: str, one: str, other: str, which: int
) -> None:
    wanted, rest = (one, other) if which == 0 else (other, one)
    two = Bilingual(DETECT, lambda first, second: wanted)
    script = parse(write(one, other).encode(), suffix, Reading(), two=two)
    assert [cue.text for cue in script.cues] == WORDS[wanted] and script.language == wanted
    listed = [(left.text, left.reason) for left in script.left_out if f"{rest!r}" in left.reason]
    assert [text for text, _ in listed] == WORDS[rest] and not script.warnings
    assert any(f"{wanted!r} is spoken" in note for note in script.notes)


def test_a_line_that_is_declared_foreign_and_stands_for_itself_is_spoken() -> None:
    rows = ["<p begin='1s' end='2s'>What a day.</p>", "<p begin='2s' end='3s' xml:lang='fr'>Ah non.</p>"]
    text = f"<tt xmlns='http://www.w3.org/ns/ttml' xml:lang='en'><body>{''.join(rows)}</body></tt>"
    script = parse(text.encode(), ".ttml", Reading(), two=Bilingual(DETECT, lambda first, second: first))
    assert [cue.text for cue in script.cues] == ["What a day.", "Ah non."] and script.language == "en"


def test_the_language_that_the_film_is_not_in_is_spoken_unless_another_is_asked_for(dub: Dub, tmp_path: Path) -> None:
    path = tmp_path / "subs.srt"
    path.write_text(sentences.srt(stacked("en", "fr")))
    spoken = {}
    for asked in ((), ("--language", "fr"), ("--language", "eng")):
        (told,) = json.loads(dub(HARBOUR, path, "-n", "--json", *asked).out)["versions"]
        spoken[asked] = (told["language"], [line["text"] for line in told["lines"]])
        assert len(told["left_out"]) == 6 and any("in two languages" in note for note in told["notes"])
    assert spoken["--language", "fr"] == ("fr", lines("fr")) and spoken["--language", "eng"] == ("en", lines("en"))
    assert spoken[()] in spoken.values()
