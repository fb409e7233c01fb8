"""Files that are cut at timing lines: what SRT and WebVTT have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

ARROWS = re.compile(r"[-–—]>|→")
EXACT = r"(?:\d{1,3}:)?\d{1,2}:\d\d[,.]\d{3}"
# Two exact times alone on a line, and something between them that was meant as an arrow.
MEANT = re.compile(
    rf"^([ \t]*{EXACT})[ \t]*(?:[-–—~]{{1,3}}|[-=–—]*>{{2,3}}|=+>|>|»)[ \t]*({EXACT}[ \t]*)$", re.MULTILINE
)
USUAL = re.compile(r"\d+:\d\d:\d\d[,.]\d{3} --> \d+:\d\d:\d\d[,.]\d{3}\s*$")
CLOCK = r"-?\s?\d{1,9}(?:\s?:\s?\d{1,9}){1,2}(?:\s?[,.;:]\s?\d{1,9})?|-?\d{1,9}[.,]\d{3}\b"
LEFT = re.compile(rf"\s*(?:{CLOCK})(?=[.,\s-]|$|[–—→])")
RIGHT = re.compile(rf"\s*(?:{CLOCK})(?=[.,\s-]|$|\D)(?!:)")
CLOCKED = re.compile(r"\d:|:\d")
EMPTY = re.compile(r"[-–—> \t→]*")
SETTINGS = re.compile(
    r"(?:\s*[A-Za-z][\w-]*:\S*)*\s*|\s*(?:align|line|position|size|region|vertical|[XY][12])\b\s*[^\w\s].*",
    re.IGNORECASE,
)


class Chunk(NamedTuple):
    """A timing line and the text below it, up to the next timing line. number: the timing line's (0: there is none);
    above: lines from the end of the text to the next timing line."""

    number: int
    times: str
    text: str


def chunks(text: str) -> Iterator[Chunk]:
    """The whole text, cut at its timing lines; the first chunk is what stands above them all."""
    text = MEANT.sub(r"\1 --> \2", text)
    number, times, begin, line, at = 0, "", 0, 1, 0
    for start, end in _timing_lines(text):
        yield Chunk(number, times, text[begin:start])
        line += text.count("\n", at, start)
        number, times, begin, at = line, text[start:end], end, start
    yield Chunk(number, times, text[begin:])


def _timing_lines(text: str) -> Iterator[tuple[int, int]]:
    last = -1
    for arrow in ARROWS.finditer(text):
        start = text.rfind("\n", 0, arrow.start()) + 1
        if start == last:
            continue
        end = text.find("\n", arrow.end())
        end = end if end >= 0 else len(text)
        if USUAL.match(text, start, end) or _timing(text[start:end]):
            last = start
            yield start, end


def _timing(line: str) -> bool:
    """Whether a line was meant to say when: a clock at its beginning or behind its arrow, or nothing but an arrow."""
    arrow = ARROWS.search(line[:200])
    return bool(arrow and (EMPTY.fullmatch(line) or LEFT.match(line) or RIGHT.match(line, arrow.end())))


def beside(times: str) -> str:
    """The words that stand on a timing line and are neither times nor settings."""
    if not times or USUAL.match(times):
        return ""
    first, second = _halves(times)
    rest = second[match.end() :] if (match := RIGHT.match(second)) else second
    if match and LEFT.match(first) and not any(map(str.isalpha, first)):
        return "" if SETTINGS.fullmatch(rest) else rest
    return " ".join(
        token for token in times.split() if any(map(str.isalpha, token)) and not re.search(r"\d:|:\d", token)
    )


def _halves(times: str) -> tuple[str, str]:
    arrow = ARROWS.search(times)
    return (times[: arrow.start()].rstrip("-–— "), times[arrow.end() :]) if arrow else (times, "")


def heading(chunk: Chunk, following: int) -> tuple[int, str, str]:
    """The last line of a chunk that is not blank: (its number, the text before it, itself). following: the line of the
    next times."""
    text = chunk.text.rstrip()
    before, _, line = text.rpartition("\n")
    return following - chunk.text.count("\n", len(text)), before, line
