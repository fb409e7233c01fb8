"""The words of timed lyrics: a line with several times is sung as often."""

from __future__ import annotations

import re
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.markup import bare

TIMES = re.compile(r"(?:\s*\[\d+:\d+(?::\d+)?(?:[.:,]\d+)?\])+")


def scan(text: str, headings: Set[int]) -> list[Place]:
    found, number = [], 0
    for count, line in enumerate(text.split("\n"), 1):
        times = TIMES.match(line)
        repeats = times[0].count("[") if times else 1
        words = bare(line[times.end() :] if times else line)
        number = count if times or "[" in line[:1] or not number else number
        found += [Place(number, words)] * repeats if words.strip() else []
    return found
