"""What the formats share: lines of text, timing lines, and what a format hands on to the speech rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from dubber.errors import InputError
from dubber.model import LeftOut, Window
from dubber.subtitles.settings import Reading


class Row(NamedTuple):
    """A line that is not blank. number: from 1; apart: a blank line stands before it; empty: an empty one, without so
    much as a space."""

    number: int
    text: str
    apart: bool
    empty: bool = False


class Part(NamedTuple):
    """Text without markup, lines kept, and who says it if the format says so. colours: each line's font colour ("" for
    none); empty where no line has one."""

    speaker: str | None
    text: str
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A subtitle as its format gives it. number: the file's line. language: the tag that the file declares for it ("":
    none)."""

    number: int
    window: Window
    parts: tuple[Part, ...]
    style: str | None = None
    language: str = ""


def in_time(block: Block) -> tuple[int, int, int]:
    """Sorts blocks as they are shown."""
    return block.window.start, block.window.end, block.number


@dataclass(slots=True)
class Draft:
    """What a format read: blocks in the file's order, what it left out, what was broken (an error when strict).

    headings: lines that were taken for numbers or names of cues. joined: the line of a cue whose words were given to
    another one → that one's line. Both are for the account of words.
    """

    blocks: list[Block] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    broken: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    headings: set[int] = field(default_factory=set)
    joined: dict[int, int] = field(default_factory=dict)
    language: str | None = None


NEWLINES = re.compile(r"(?<!\r)\r++\n|\r")
# Line breaks that are none in a subtitle file: a parser that calls str.splitlines would cut a cue there.
ODD_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
# Control characters (tab and newline stay), soft hyphens, direction marks, zero-width characters, variation
# selectors, tags, the byte order mark, the replacement character.
UNSPOKEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Joiners are letters' business in Arabic and Indic scripts (Persian spells with them); elsewhere they only hide.
JOINERS = re.compile("(?<![\u0600-\u0dff])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u0dff])")
ROW = re.compile(r"\S[^\n]*")


def normal(text: str) -> str:
    """Text with one kind of newline and without characters that can be neither seen nor said."""
    return visible(ODD_BREAKS.sub(" ", NEWLINES.sub("\n", text)))


def visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return JOINERS.sub("", UNSPOKEN.sub("", text))


def rows(text: str, reading: Reading, draft: Draft) -> Iterator[Row]:
    """The lines of a normal text that are not blank; one that is too long is left out and told."""
    number, end = 1, 0
    for count, match in enumerate(ROW.finditer(text), 1):
        if count > reading.max_lines:
            raise InputError(f"more than {reading.max_lines} lines", advice="reading.max_lines sets the limit")
        start, last = match.span()
        breaks = text.count("\n", end, start)
        number += breaks
        before, end = end, last
        if last - start > reading.max_line:
            reason = f"a line of more than {reading.max_line} characters"
            draft.broken.append(LeftOut(number, text[start:last].rstrip(), reason))
            continue
        apart = breaks != 1 or number == 1
        yield Row(number, text[start:last].rstrip(), apart, apart and (number == 1 or "\n\n" in text[before:start]))


# Times in the wild: dots for commas, one digit, blanks, minutes and seconds only, a minus, hours of any length.
_TIME = r"(-?)\s?(?:(\d{1,6})\s?:\s?)?(\d{1,5})\s?:\s?(\d{1,5})(?:\s?[,.;:]\s?(\d{1,9}))?"
TIMING = re.compile(rf"^\s*{_TIME}\s{{0,9}}(?:-{{1,4}}\s?>|[\u2013\u2014]+>|\u2192)\s{{0,9}}{_TIME}(?![\d:])")
# An arrow that a person mistyped: ">>", "=>", a dash. Times to the millisecond, alone on their line, are no dialogue.
_EXACT = r"(?:\d{1,3}:)?\d{1,2}:\d\d[,.]\d{3}"
_MEANT = r"[-\u2013\u2014~]{1,3}|[-=\u2013\u2014]*>{2,3}|=+>|>|\u00bb"
MISTYPED = re.compile(rf"^([ \t]*{_EXACT})[ \t]*(?:{_MEANT})[ \t]*({_EXACT}[ \t]*)$", re.MULTILINE)
ARROW = re.compile(r"--?>|[\u2013\u2014]>|\u2192")
CLOCK = re.compile(r"\s*-?\d{1,9}(?:\s?:\s?\d{1,9}){1,2}(?:[.,]|\s|-|$)|\s*-?\d{1,9}[.,]\d{3}\b")
# What may stand behind the times: WebVTT settings, also mistyped ("line : 10%"), and SubRip coordinates.
SETTINGS = re.compile(
    r"(?:\s*+[A-Za-z][A-Za-z0-9_-]*+:\S*+)*+\s*$"
    r"|\s*+(?:align|line|position|size|region|vertical|[XY][12])\b\s*+[^\w\s]",
    re.IGNORECASE,
)
LONGEST = 1000 * 3_600_000


def with_arrows(text: str, draft: Draft) -> str:
    """The text with an arrow in each timing line where something else was typed for it, which is noted."""
    text, count = MISTYPED.subn(r"\1 --> \2", text)
    if count:
        draft.notes.append(f"timing lines with another sign for the arrow, read as meant: {count}")
    return text


def milliseconds(sign: str, hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int:
    """A time as whole milliseconds; the fraction is decimal: ",5" is half a second."""
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    total = whole * 1000 + int(((fraction or "0") + "00")[:3])
    return -total if sign else total


class Timing(NamedTuple):
    """A timing line: begin and end in ms, and what follows them in the line."""

    start: int
    end: int
    rest: str


def timing(text: str) -> Timing | None:
    """The times of a timing line, and what stands behind them; None when it is none."""
    if not (">" in text or "\u2192" in text):
        return None
    match = TIMING.match(text[:200])
    if not match:
        return None
    fields = match.groups()
    return Timing(milliseconds(*fields[:5]), milliseconds(*fields[5:]), text[match.end() :])


def broken_timing(text: str) -> bool:
    """Whether a line was meant as a timing line: an arrow, and a time at the line's beginning or behind the arrow."""
    arrow = ARROW.search(text[:200]) if ">" in text or "\u2192" in text else None
    if not arrow:
        return False
    return bool(CLOCK.match(text) or CLOCK.match(text, arrow.end()) or not text.strip("-> \t"))


def window(start: int, end: int) -> Window | str:
    """The window of a cue, or why it has none."""
    if end == start:
        return "it has no length"
    if end < start:
        return "it ends before it begins"
    if end <= 0:
        return "it ends before the film begins"
    if end > LONGEST:
        return "it ends after a thousand hours"
    return Window(max(start, 0), end)
