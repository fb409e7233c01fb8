"""The words of a SubViewer file: all that is no pair of times."""

from __future__ import annotations

import re
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.markup import bare

TIMES = re.compile(r"\s*(?:\d+:)?\d+:\d+[.,]\d+\s*,\s*(?:\d+:)?\d+:\d+[.,]\d+\s*")
BREAK = re.compile(r"\[br\]", re.IGNORECASE)


def scan(text: str, headings: Set[int]) -> list[Place]:
    found, number = [Place(1, "")], 0
    for count, line in enumerate(text.split("\n"), 1):
        if TIMES.fullmatch(line):
            number = count
            found.append(Place(number, ""))
        elif line.strip():
            found.append(Place(number or count, bare(BREAK.sub(" ", line))))
    return found
