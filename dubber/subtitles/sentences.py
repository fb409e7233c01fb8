"""Cues that are longer than a voice can say at once, spoken sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dubber.model import Cue

SENTENCE = re.compile(r"\S.*?(?:[.!?…؟।]++[\"'”’»)\]]*+(?=\s|$)|[。！？]++[」』”）]*+|$)", re.DOTALL)
CLAUSE = re.compile(r"[,;:，、；：—–-]$")


def divided(cues: Iterable[Cue], longest: int) -> Iterator[Cue]:
    """The cues; each of more than `longest` characters becomes several that share its window, which are said one
    after the other."""
    for cue in cues:
        if len(cue.text) <= longest:
            yield cue
        else:
            yield from (replace(cue, text=text) for text in _pieces(cue.text, longest))


def _pieces(text: str, longest: int) -> Iterator[str]:
    for sentence in SENTENCE.findall(text):
        if len(sentence) <= longest:
            yield sentence
        else:
            yield from _clauses(sentence, longest)


def _clauses(sentence: str, longest: int) -> Iterator[str]:
    """A sentence that is too long itself, cut behind a comma where one stands, else between words."""
    while len(sentence) > longest:
        head = sentence[: longest + 1]
        blanks = [match.start() for match in re.finditer(r"\s", head)]
        commas = [place for place in blanks if CLAUSE.search(head[:place][-1:])]
        place = (commas or blanks or [longest])[-1] or longest
        yield sentence[:place].strip()
        sentence = sentence[place:].strip()
    if sentence:
        yield sentence
