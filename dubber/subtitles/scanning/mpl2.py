"""The words of a MPL2 file: all that stands behind a line's times."""

from __future__ import annotations

import re
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.rows import places

TIMES = re.compile(r"^\s*\[\d+\]\s*\[\d*\]")


def scan(text: str, headings: Set[int]) -> list[Place]:
    return list(places(text, TIMES))
