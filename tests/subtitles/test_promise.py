"""Every spoken word of a file is in exactly one cue or on the list of what was left out; nothing else is spoken."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dubber.errors import InputError
from dubber.model import Script
from dubber.subtitles import Reading, parse

WORD = re.compile(r"w\d+w")


class Words:
    """Hands out words that occur once: w1w, w2w, ..."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def next(self) -> str:
        self.given.append(f"w{len(self.given)}w")
        return self.given[-1]


def found(script: Script) -> Counter[str]:
    """Every word of ours, and how often it stands in a cue, as its speaker, or on the list."""
    texts = [cue.text for cue in script.cues] + [left.text for left in script.left_out]
    return Counter(word for text in texts for word in WORD.findall(text))


SRT_TEXT = [
    "{0}",
    "<i>{0}</i>",
    '<font color="#ff0000">{0}</font> {1}',
    "- {0}\n- {1}",
    "{0}\n\n{1}",
    "[{0}] {1}",
    "({0})",
    "♪ {0} ♪",
    "♪ {0}\n{1} ♪",
    "{{\\an8}}{0}",
    "ANNA: {0}",
    "BEN: {0}\nANNA: {1}",
    "{0} ♪",
    "<b>{0}",
    "{0} &amp; {1}",
    "{0}\\N{1}",
    "Note: {0}",
    "<{0}>",
    "{0} <3 {1}",
    ">> {0}\n>> {1}",
    "# {0} #",
    "{0}\n42",
    "{{{0}}} {1}",
    "-{0}",
    "{0} --> {1}",
    "[ANNA] {0}",
    "(({0})) {1}",
    "[{0}",
    "{0})",
    "♪",
    "-",
    "<i></i>",
    "",
    "*{0}*",
    "{0} < {1}",
    "</i>{0}",
    "ANNA ({0}): {1}",
    "\u202e{0}\u200b",
    "{0}\u2028{1}",
    "- {0}. - {1}.",
]
TIMES = [
    "{0} --> {1}",
    "{0} --> {1}",
    "{0} --> {1}",
    "{0}-->{1}",
    "{1} --> {0}",
    "{0} --> {0}",
    "{0} --> broken",
    "{0} -> {1}",
    "{0} --> {1} X1:10 X2:20",
    "-{0} --> {1}",
]
INDEX = ["{0}\n", "{0}\n", "", "\n{0}\n\n", "#{0}\n"]
GAPS = ["\n\n", "\n\n", "\n", "\n\n\n", "\n \n"]


def clock(time: int, separator: str) -> str:
    return f"{time // 3600:02}:{time // 60 % 60:02}:{time % 60:02}{separator}000"


@st.composite
def srt_files(draw: st.DrawFn) -> tuple[str, list[str]]:
    words = Words()
    pieces = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        start = draw(st.integers(0, 400_000))
        separator = draw(st.sampled_from([",", ".", ","]))
        times = draw(st.sampled_from(TIMES)).format(clock(start, separator), clock(start + 2, separator))
        text = draw(st.sampled_from(SRT_TEXT))
        text = text.format(*(words.next() for _ in range(1 + ("{1}" in text)))) if "{0}" in text else text
        pieces.append(draw(st.sampled_from(INDEX)).format(number) + times + "\n" + text + draw(st.sampled_from(GAPS)))
    text = "".join(pieces).replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r", "\r\r\n"])))
    return text, words.given


@settings(max_examples=150, deadline=None)
@given(srt_files())
def test_no_word_of_an_srt_file_is_lost_or_said_twice(file: tuple[str, list[str]]) -> None:
    text, words = file
    try:
        script = parse(text.encode(), ".srt", Reading())
    except InputError as error:
        assert "no timing line" in str(error)
        return
    assert found(script) == Counter(words)
    for cue in script.cues:
        assert not re.search(r"</?[a-z]|\{\\|&amp;|-->|\\N|\d\d:\d\d|[\[\]\n♪]|\u202e", cue.text), cue.text


VTT_TEXT = [
    "{0}",
    "<v ANNA>{0}</v>",
    "<v ANNA>{0}\n<v.loud BEN>{1}",
    "<c.yellow>{0}</c>",
    "{0} <00:00:01.000>{1}",
    "<ruby>{0}<rt>{1}</rt></ruby>",
    "{0} &lt;{1}&gt;",
    "&lt;i&gt;{0}&lt;/i&gt;",
    "<lang en>{0}</lang>",
    "[{0}]",
    "♪ {0} ♪",
    "- {0}\n- {1}",
    "{0}\n{1}",
    "<b>{0}</b>&nbsp;{1}",
    "ANNA: {0}",
    "<u>{0}",
    "{0} <",
    "<{0}>",
    "<00:01.000 {0}",
    "<v>{0}</v>",
    "{0}<br/>{1}",
]
VTT_BLOCKS = ["NOTE some comment\nmore", "STYLE\n::cue {{ color: red }}", "REGION\nid:x", "", "NOTE"]


@st.composite
def vtt_files(draw: st.DrawFn) -> tuple[str, list[str]]:
    words = Words()
    pieces = [draw(st.sampled_from(["WEBVTT\n\n", "WEBVTT - title\nKind: captions\n\n", "\ufeffWEBVTT\n\n", ""]))]
    for number in range(1, draw(st.integers(1, 8)) + 1):
        start = draw(st.integers(0, 400_000))
        times = draw(st.sampled_from(TIMES[:8])).format(clock(start, "."), clock(start + 2, "."))
        text = draw(st.sampled_from(VTT_TEXT))
        text = text.format(*(words.next() for _ in range(1 + ("{1}" in text))))
        identifier = draw(st.sampled_from(["", f"{number}\n", "intro\n"]))
        pieces.append(f"{draw(st.sampled_from(VTT_BLOCKS))}\n\n{identifier}{times}\n{text}\n\n")
    return "".join(pieces), words.given


@settings(max_examples=150, deadline=None)
@given(vtt_files())
def test_no_word_of_a_vtt_file_is_lost_or_said_twice(file: tuple[str, list[str]]) -> None:
    text, words = file
    script = parse(text.encode(), ".vtt", Reading())
    assert found(script) == Counter(words)
    for cue in script.cues:
        assert not re.search(r"</?[a-v]|&\w+;|-->|color|comment|intro|\d\d:\d\d|[\[\]\n♪]", cue.text), cue.text


ASS_TEXT = [
    "{0}",
    "{{\\i1}}{0}{{\\i0}} {1}",
    "{0}\\N{1}",
    "{{\\pos(1,2)}}{0}",
    "{{\\p1}}m 0 0 l 9 9{{\\p0}}{0}",
    "{0}, {1}",
    "{{\\k20}}{0}{{\\k30}} {1}",
    "{{\\an8}}{0}",
    "{{\\i1{0}",
    "[{0}] {1}",
    "{{hidden}}{0}",
    "♪ {0} ♪",
    "{0}{{",
    "- {0}\\N- {1}",
    "ANNA: {0}",
    "{0}\\h{1}",
    "{{\\p1}}m 0 0",
]
ASS_FORMATS = [
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    "Format: Start, End, Name, Text",
]


@st.composite
def ass_files(draw: st.DrawFn) -> tuple[str, list[str]]:
    words = Words()
    form = draw(st.sampled_from(ASS_FORMATS))
    lines = [
        "[Script Info]",
        "ScriptType: v4.00+",
        "",
        "[V4+ Styles]",
        "Style: Default,Arial,abc,&Hzz",
        "[Events]",
        form,
    ]
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(0, 20_000))
        times = draw(st.sampled_from([("0", "2"), ("2", "0"), ("0", "0"), ("0", "bad"), ("0", "2")]))
        moments = [f"{clock(start + int(time), '.')[:-1]}" if time != "bad" else "x:y" for time in times]
        text = draw(st.sampled_from(ASS_TEXT))
        text = text.format(*(words.next() for _ in range(1 + ("{1}" in text)))) if "{0}" in text else text.format()
        name = draw(st.sampled_from(["", "ANNA", "NTP", "BEN"]))
        style = draw(st.sampled_from(["Default", "Sign", "OP", "Top"]))
        lines.append(
            f"Dialogue: 0,{moments[0]},{moments[1]},{style},{name},0,0,0,,{text}"
            if "Layer" in form
            else f"Dialogue: {moments[0]},{moments[1]},{name},{text}"
        )
    lines.append("Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,never said")
    return "\n".join(lines), words.given


@settings(max_examples=150, deadline=None)
@given(ass_files())
def test_no_word_of_an_ass_file_is_lost_or_said_twice(file: tuple[str, list[str]]) -> None:
    text, words = file
    script = parse(text.encode(), ".ass", Reading())
    assert found(script) == Counter(words)
    for cue in script.cues:
        assert not re.search(r"[{}\\]|never|hidden|m 0 0|[\[\]\n♪]", cue.text), cue.text


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([".srt", ".vtt", ".ass", ".ssa", ".txt", ""]), st.booleans())
def test_any_bytes_are_a_script_or_an_input_error(data: bytes, suffix: str, strict: bool) -> None:
    _script_or_error(data, suffix, strict)


PIECES = [
    b"00:00:01,000 --> 00:00:02,000\n",
    b"-->",
    b"\n\n",
    b"1\n",
    b"WEBVTT\n\n",
    b"Dialogue: ",
    b"[Events]\n",
    b"<v A>",
    b"{\\p1}",
    b"{",
    b"}",
    b"<",
    b">",
    b"&#x202e;",
    b"&amp;amp;lt;",
    b"\x00",
    b"\xff\xfe",
    b"\xe9t\xe9",
    b"[",
    b"]",
    b"(",
    b")",
    b"\xe2\x99\xaa",
    b"A: ",
    b"- ",
    b"0:00:01.00,0:00:02.00,",
    b"Default,,0,0,0,,",
    b"\r",
    b"NOTE ",
    b"<rt>",
    b"\xf0\x9f\x8e\xb5",
    b",",
    b"99999999:99999:99999.999999999",
    b"\xe2\x80\xa8",
    b"hello ",
    b"#",
    b"*",
    b"_",
]


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from([".srt", ".vtt", ".ass"]), st.booleans())
def test_any_mixture_of_subtitle_pieces_is_a_script_or_an_input_error(
    pieces: list[bytes], suffix: str, strict: bool
) -> None:
    _script_or_error(b"".join(pieces), suffix, strict)


def _script_or_error(data: bytes, suffix: str, strict: bool) -> None:
    try:
        script = parse(data, suffix, Reading(), strict=strict)
    except InputError:
        return
    assert [cue.index for cue in script.cues] == sorted(cue.index for cue in script.cues)
    for cue in script.cues:
        assert 0 <= cue.window.start < cue.window.end
        assert cue.text == " ".join(cue.text.split()) and cue.text
        assert not re.search("[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]", cue.text)


@pytest.mark.parametrize("suffix", [".srt", ".vtt", ".ass"])
def test_nothing_is_lost_when_sounds_and_lyrics_are_spoken(suffix: str) -> None:
    text = {
        ".srt": "1\n00:00:01,000 --> 00:00:02,000\n[w0w] w1w (w2w)\n♪ w3w ♪\n",
        ".vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n[w0w] w1w (w2w)\n♪ w3w ♪\n",
        ".ass": "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,[w0w] w1w (w2w)\\N♪ w3w ♪\n",
    }[suffix]
    script = parse(text.encode(), suffix, Reading(sounds="speak", lyrics="speak"))
    assert [cue.text for cue in script.cues] == ["w0w w1w w2w w3w"]
    assert script.left_out == ()


def test_an_override_block_that_is_left_open_swallows_no_neighbour() -> None:
    """A cue of no length is joined to the one it touches, unless its words would end up in the block."""
    lines = ["[Events]", ASS_FORMATS[0]]
    lines += [f"Dialogue: 0,{clock(0, '.')[:-1]},{clock(end, '.')[:-1]},Default,,0,0,0,,{text}" for end, text in
              [(0, "w0w{"), (2, "w1w")]]  # fmt: skip
    script = parse("\n".join(lines).encode(), ".ass", Reading())
    assert [cue.text for cue in script.cues] == ["w1w"] and [one.text for one in script.left_out] == ["w0w"]
    assert not script.warnings
