"""The words of a TTML document: all that stands between its tags."""

from __future__ import annotations

import re
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.tags import places

BEGINS = re.compile(r"<(?:\w+:)?p\b", re.IGNORECASE)


def scan(text: str, headings: Set[int]) -> list[Place]:
    return list(places(text, BEGINS))
