"""The words of YouTube's JSON: each "utf8" behind each "tStartMs"."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.markup import bare, plain

START = re.compile(r'"tStartMs"\s*:')
WORDS = re.compile(r'"utf8"\s*:\s*("(?:[^"\\]|\\.)*")', re.DOTALL)


def scan(text: str, headings: Set[int]) -> list[Place]:
    starts = [match.start() for match in START.finditer(text)]
    ends = [*starts[1:], len(text)]
    found, number, at = [Place(1, "")], 1, 0
    for start, end in zip(starts, ends, strict=True):
        number, at = number + text.count("\n", at, start), start
        words = "".join(json.loads(word[1], strict=False) for word in WORDS.finditer(text, start, end))
        found.append(Place(number, bare(html.escape(plain(words), quote=False))))
    return found
