"""The words of a SubRip file: all that stands below a timing line, but the number of the next cue."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Set
from itertools import pairwise

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.lines import Chunk, beside, chunks, heading
from dubber.subtitles.scanning.markup import bare

TURNS = True
NUMBER = re.compile(r"\s*#?\d{1,9}[.:]?\s*")


def scan(text: str, headings: Set[int]) -> list[Place]:
    cut, believed = list(chunks(text)), set()
    for count, (chunk, following) in enumerate(pairwise(cut)):
        number, before, line = heading(chunk, following.number)
        if number in headings and NUMBER.fullmatch(line):
            believed.add(number)
            cut[count] = chunk._replace(text=before)
    for number in headings - believed:
        _take_out(number, cut)
    return [place(chunk) for chunk in cut]


def place(chunk: Chunk) -> Place:
    told = beside(chunk.times)
    return Place(chunk.number, bare(f"{told}\n{chunk.text}" if told else chunk.text))


def _take_out(number: int, cut: list[Chunk]) -> None:
    """Take out the number of a cue that has no timing line, if that is what stands on this line of the file."""
    at = bisect_right(cut, number, key=lambda one: one.number) - 1
    lines = cut[at].text.split("\n")
    row = number - max(cut[at].number, 1)
    if 0 <= row < len(lines) and NUMBER.fullmatch(lines[row]):
        lines[row] = ""
        cut[at] = cut[at]._replace(text="\n".join(lines))
