"""Files made to hurt cost bounded time. Each is smaller than in the wild and has to be linear."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from dubber.errors import InputError
from dubber.subtitles import Reading, parse

CUE = b"1\n00:00:01,000 --> 00:00:02,000\n"
EVENT = b"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,"
FULL = b"".join(b"%d\n00:00:01,000 --> 00:00:02,000\n%%s\n\n" % n for n in range(40))


def filled(text: bytes) -> bytes:
    """Forty cues as long as a cue may be."""
    return FULL.replace(b"%s", text * (4900 // len(text)))


HOSTILE = {
    "angle brackets": (CUE + b"<" * 2_000_000, ".srt"),
    "angle brackets in cues": (filled(b"<"), ".srt"),
    "open tags": (filled(b"<i"), ".srt"),
    "braces": (b"[Events]\n" + EVENT + b"{" * 1_000_000, ".ass"),
    "braces in lines": (b"[Events]\n" + (EVENT + b"{" * 90_000 + b"\n") * 10, ".ass"),
    "drawings that never close": (b"[Events]\n" + (EVENT + b"{\\p1" * 20_000 + b"}\n") * 10, ".ass"),
    "newlines": (CUE + b"\n" * 5_000_000 + b"x", ".srt"),
    "carriage returns": (CUE + b"\r" * 2_000_000 + b"x", ".srt"),
    "blanks": (CUE + b" " * 3_000_000 + b"x", ".srt"),
    "square brackets": (filled(b"["), ".srt"),
    "nested brackets": (filled(b"[" * 2400 + b"]" * 2400), ".srt"),
    "entities": (filled(b"&amp;"), ".srt"),
    "escaped entities": (filled(b"&amp;lt;"), ".srt"),
    "dashes": (filled(b"-"), ".srt"),
    "turns": (filled(b"- a\n"), ".srt"),
    "stars": (filled(b"*a"), ".srt"),
    "words": (filled(b"A "), ".srt"),
    "digits in times": ((b"1" * 90_000 + b":" + b"1" * 9000 + b" --> \n") * 10, ".srt"),
    "blanks in times": ((b"00:00:01" + b" " * 90_000 + b"--> \n") * 10 + CUE, ".srt"),
    "settings": ((b"00:00:01,000 --> 00:00:02,000 " + b"a:b " * 20_000 + b"!\nx\n\n") * 10, ".srt"),
    "equal signs": (filled(b"<i =" + b"=" * 4000), ".srt"),
    "colons": (filled(b"<" + b":" * 4000), ".srt"),
    "escaped tags": (filled(b"&lt;i&gt;"), ".vtt"),
    "backslashes": (filled(b"a:\\n"), ".srt"),
    "comments": (b"WEBVTT\n\n" + b"NOTE x\n\n" * 100_000, ".vtt"),
    "one long cue": (CUE + b"It is late. " * 8000 + b"\n" + b"a" * 90_000, ".srt"),
    "layers": (b"[Events]\n" + (EVENT + b"same\n") * 20_000, ".ass"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_read_or_refused_in_bounded_time(name: str) -> None:
    data, suffix = HOSTILE[name]
    began = time.process_time()
    with suppress(InputError):
        parse(data, suffix, Reading())
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b"".join(b"%d\n00:00:01,000 --> 00:00:02,000\nHi\n\n" % n for n in range(2000)), ".srt"),
        (b"WEBVTT\n\n" + b"00:01.000 --> 00:02.000\nHi\n\n" * 2000, ".vtt"),
        (b"[Events]\n" + (EVENT + b"Hi\n") * 4000, ".ass"),
    ],
)
def test_too_many_cues_are_refused_by_a_limit_that_can_be_set(data: bytes, suffix: str) -> None:
    with pytest.raises(InputError, match=r"reading\.max_cues"):
        parse(data, suffix, Reading(max_cues=1000))


def test_too_large_and_too_many_lines_are_refused() -> None:
    with pytest.raises(InputError, match=r"reading\.max_bytes"):
        parse(CUE + b"x" * 100, ".srt", Reading(max_bytes=100))
    with pytest.raises(InputError, match=r"reading\.max_lines"):
        parse(CUE + b"x\n" * 100, ".srt", Reading(max_lines=50))


def test_a_line_that_is_too_long_is_left_out_and_the_rest_is_spoken() -> None:
    data = CUE + b"long " * 100 + b"\n\n2\n00:00:03,000 --> 00:00:04,000\nHello.\n"
    script = parse(data, ".srt", Reading(max_line=100))
    assert [cue.text for cue in script.cues] == ["Hello."]
    assert [left.reason for left in script.broken] == ["a line of more than 100 characters"]


def test_a_cue_that_is_too_long_is_spoken_sentence_by_sentence() -> None:
    text = "The boat is old. It leaks, " + "and leaks, " * 8 + "and sinks. Who cares?"
    script = parse(CUE + text.encode() + b"\n", ".srt", Reading(max_cue=50))
    said = [cue.text for cue in script.cues]
    assert said[0] == "The boat is old." and said[-1] == "Who cares?"
    assert " ".join(said) == text and max(map(len, said)) <= 50 and all(one[-1] in ".,?" for one in said)
    assert {(cue.index, cue.window.start, cue.window.end) for cue in script.cues} == {(1, 1000, 2000)}
    assert script.left_out == () and "sentence by sentence" in script.notes[0]


def test_100_000_cues_are_read_in_time() -> None:
    cues = (
        f"{n}\n{n // 3600}:{n // 60 % 60}:{n % 60},0 --> {n // 3600}:{n // 60 % 60}:{n % 60},9\nBob: Hi {n}\n\n"
        for n in range(20_000)
    )
    data = "".join(cues).encode()
    began = time.process_time()
    assert len(parse(data, ".srt", Reading()).cues) == 20_000
    assert time.process_time() - began < 4  # a fifth of them; on two busy cores
