"""Files that are markup as a whole: what stands between tags, cut where an element of some name begins."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.markup import bare, plain

ASIDE = re.compile(r"<!--.*?(?:-->|\Z)|<\?.*?\?>|<!DOCTYPE[^<>\[]*>", re.DOTALL)
TAG = re.compile(r"</?\s*(?:\w+:)?(\w+)\b[^<>]*>")
CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
WITHIN = frozenset({"span", "s", "b", "i", "u", "font", "c"})  # words go on across these


def places(text: str, begins: re.Pattern[str]) -> Iterator[Place]:
    """A place for each match of `begins`, up to the next one; first what stands above them all."""
    text = ASIDE.sub(lambda aside: "\n" * aside[0].count("\n"), CDATA.sub(_shown, text))
    starts = [0, *(match.start() for match in begins.finditer(text))]
    number, at = 1, 0
    for place, start in enumerate(starts):
        number, at = number + text.count("\n", at, start), start
        end = starts[place + 1] if place + 1 < len(starts) else len(text)
        words = TAG.sub(lambda tag: "" if tag[1].casefold() in WITHIN else " ", text[start:end])
        yield Place(number, plain(bare(words)))


def _shown(section: re.Match[str]) -> str:
    """A CDATA section as it would be written without one: all in it is text."""
    return html.escape(section[1], quote=False)
