"""TMPlayer: "00:01:02:words|more words" with whole seconds; each line lasts until the next."""

from __future__ import annotations

import re

from dubber.subtitles.blocks import Draft
from dubber.subtitles.listed import UNTOLD, line_by_line
from dubber.subtitles.settings import Reading

SUFFIXES = ()  # a .txt or .tmp by name, as most files are that are no subtitles: known by its lines alone
LINE = re.compile(r"\s*(\d{1,2}):(\d\d):(\d\d)(?:[,.](\d))?[:=](?!\d\d\b)\s*(.*)")
FIRST = 5  # lines that are looked at


def looks(text: str) -> int:
    """Surely (2), when all of the first lines are."""
    lines = [line for line in text[:5000].split("\n") if line.strip()][:FIRST]
    return 2 if lines and all(LINE.fullmatch(line) for line in lines) else 0


def parse(text: str, reading: Reading) -> Draft:
    def times(line: str) -> tuple[int, int, str] | None:
        found = LINE.fullmatch(line)
        if not found:
            return None
        hours, minutes, seconds, tenths = (int(word or 0) for word in found.groups()[:4])
        return ((hours * 60 + minutes) * 60 + seconds) * 1000 + 100 * tenths, UNTOLD, found[5]

    return line_by_line(text, reading, times)
