"""The words of a document of YouTube captions: all that stands between its tags."""

from __future__ import annotations

import re
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.tags import places

BEGINS = re.compile(r"<(?:p|text)\b", re.IGNORECASE)

# srv1 alone has the markup of HTML in its text, which is escaped as a whole.
FORMATTED = re.compile(r"&lt;(i|b|u|font)\b(?:(?!&[lg]t;)[^<>])*&gt;((?:(?!&[lg]t;)[^<>])*)&lt;/\1&gt;", re.IGNORECASE)
SRV1 = re.compile(r"<text\b", re.IGNORECASE)


def scan(text: str, headings: Set[int]) -> list[Place]:
    return list(places(FORMATTED.sub(r"\2", text) if SRV1.search(text) else text, BEGINS))
