"""MPL2 (.mpl): "[123][456]words|more words" in tenths of a second; "/" before italic lines."""

from __future__ import annotations

import re

from dubber.subtitles.blocks import Draft
from dubber.subtitles.listed import UNTOLD, line_by_line
from dubber.subtitles.settings import Reading

SUFFIXES = (".mpl", ".mpl2")
LINE = re.compile(r"\s*\[(\d{1,8})\]\s*\[(\d{0,8})\](.*)")


def looks(text: str) -> int:
    """Surely (2), when the first line is one."""
    return 2 if LINE.match(text.lstrip()[:200]) else 0


def parse(text: str, reading: Reading) -> Draft:
    def times(line: str) -> tuple[int, int, str] | None:
        found = LINE.fullmatch(line)
        return found and (100 * int(found[1]), 100 * int(found[2]) if found[2] else UNTOLD, found[3])

    return line_by_line(text, reading, times)
