"""Which words a subtitle file holds, and on which line, by a second opinion: nothing in here imports a reader.

A format's scanner is the module here that has the format's name, with scan(text, headings) -> list[Place]. A format
without one is scanned as a whole (see `Scan`). To add one, write a file; it may share `lines` and `markup`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Set
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
    scanner of its own, and all that can be told is whether a word is said more often than the file holds it. turns:
    the places keep lines and marks, between which speakers change."""

    places: list[Place]
    whole: bool = True
    turns: bool = False


def scan(form: str, text: str | bytes, headings: Set[int] = frozenset()) -> Scan:
    """The words of a decoded text, or of the bytes of a format that is none. form: its format's name. headings: lines
    that the reader took for numbers or names of cues; a scanner believes that only where such a line can stand."""
    text = plain(text) if isinstance(text, str) else text
    if form in _scanners():
        scanner = importlib.import_module(f"{__name__}.{form}")
        return Scan(scanner.scan(text, headings), turns=getattr(scanner, "TURNS", False))
    return Scan([Place(0, bare(text))] if isinstance(text, str) else [], whole=False)


@cache
def _scanners() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


def words(text: str) -> list[str]:
    """The words of a text, in order: runs of letters and digits; each sign of a script without blanks is one."""
    return WORDS.findall(_without_notes_and_joiners(text))


def located(text: str) -> tuple[str, Iterator[tuple[str, int, int]]]:
    """The text as its words are looked for in it; and each word with its start and end there."""
    text = _without_notes_and_joiners(text)
    return text, ((match.group(), *match.span()) for match in WORDS.finditer(text))


def _without_notes_and_joiners(text: str) -> str:
    if text.isascii():
        return text
    text = BROKEN_NOTES.sub(" ", text)
    return text.replace("\u200c", "").replace("\u200d", "")  # the reader keeps those that Persian spells with
