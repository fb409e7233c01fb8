"""The words of a SAMI document: all that stands between its tags."""

from __future__ import annotations

import re
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.tags import places

BEGINS = re.compile(r"<\s*SYNC\b", re.IGNORECASE)


def scan(text: str, headings: Set[int]) -> list[Place]:
    return list(places(text, BEGINS))
