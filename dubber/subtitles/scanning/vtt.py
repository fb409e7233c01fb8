"""The words of a WebVTT file: all that stands below a timing line, but comments, headers and the names of cues."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from itertools import pairwise

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.lines import Chunk, chunks, heading
from dubber.subtitles.scanning.srt import NUMBER, place

TURNS = True
MARKS = ("NOTE", "STYLE", "REGION", "WEBVTT", "X-TIMESTAMP-MAP")
COMMENT = re.compile(r"NOTE(?:\s|$)|(?:STYLE|REGION)\s*$")
HEADER = re.compile(r"WEBVTT(?:\s*-.*|\s*)$|X-TIMESTAMP-MAP\s*=")
FIRST = re.compile(r"\s*WEBVTT(?:\s|$)", re.IGNORECASE)


def scan(text: str, headings: Set[int]) -> list[Place]:
    cut = list(chunks(text))
    for count, (chunk, following) in enumerate(pairwise(cut)):
        number, before, line = heading(chunk, following.number)
        if number in headings and _may_name(line, before, chunk, above=number + 1 == following.number):
            cut[count] = chunk._replace(text=before)
    return [place(_spoken(chunk)) for chunk in cut]


def _may_name(line: str, before: str, chunk: Chunk, above: bool) -> bool:
    """Whether a line can name the next cue: a number; or any text just above the times and below an empty line."""
    alone = before.endswith("\n") or (not before and not chunk.number)
    return bool(NUMBER.fullmatch(line)) or (alone and above)


def _spoken(chunk: Chunk) -> Chunk:
    top = not chunk.number
    if not top and not any(mark in chunk.text for mark in MARKS):
        return chunk
    return chunk._replace(text="\n".join(_without_asides(chunk.text, top)))


def _without_asides(text: str, top: bool) -> Iterator[str]:
    """The lines of a text but those of comments and headers, which run to the next empty line. top: it begins the file;
    otherwise its first line is the end of a timing line."""
    lines = text.split("\n")
    aside, empty = False, top
    for line in lines if top else lines[1:]:
        if not line:
            aside, empty = False, True
            continue
        aside = aside or bool((empty and COMMENT.match(line)) or HEADER.match(line) or (top and FIRST.match(line)))
        empty, top = False, top and not line.strip()
        if not aside:
            yield line
