"""Which words a subtitle file holds, and on which line, by a second opinion: nothing in here imports a reader.

A format's scanner is the module here that has the format's name, with scan(text, headings) -> list[Place]. A format
without one is scanned as a whole (see `Scan`). To add one, write a file; it may share `lines` and `markup`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Set
from functools import cache
from typing import NamedTuple

from dubber.subtitles.scanning.markup import bare, plain

# Chinese and Japanese are written without blanks, and lines of them join without one: each sign counts as a word.
WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
WORDS = re.compile(rf"[^\W_{WIDE}]+|(?=[{WIDE}])[^\W_]")

BROKEN_NOTES = re.compile("â™[ª«¬©]|â[ª«¬©](?!\\w)|Â¶|ðŸŽ[µ¶]")  # ♪, ¶ and 🎵 as Windows-1252 shows them: no words


class Place(NamedTuple):
    """A stretch of lines and the text that is to be read in it, markup gone. number: its first line, from 1 (0: above
    the first cue)."""

    number: int
    text: str


class Scan(NamedTuple):
    """The places of a file in order. whole: every word in them has to be accounted for; otherwise the file has no
    scanner of its own, and all that can be told is whether a word is said more often than the file holds it."""

    places: list[Place]
    whole: bool = True


def scan(form: str, text: str, headings: Set[int] = frozenset()) -> Scan:
    """The words of a decoded text. form: its format's name. headings: lines that the reader took for numbers or names
    of cues; a scanner believes that only where such a line can stand."""
    text = plain(text)
    if form in _scanners():
        return Scan(importlib.import_module(f"{__name__}.{form}").scan(text, headings))
    return Scan([Place(0, bare(text))], whole=False)


@cache
def _scanners() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


def words(text: str) -> list[str]:
    """The words of a text, in order: runs of letters and digits; each sign of a script without blanks is one."""
    if not text.isascii():
        text = BROKEN_NOTES.sub(" ", text)
        text = text.replace("\u200c", "").replace("\u200d", "")  # the reader keeps those that Persian spells with
    return WORDS.findall(text)
