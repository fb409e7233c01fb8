"""Timed lyrics (.lrc), which recognisers write too: "[00:12.34]words"; each line lasts until the next."""

from __future__ import annotations

import re

from dubber.model import LeftOut
from dubber.subtitles.blocks import Draft, milliseconds, rows
from dubber.subtitles.cuts import Cut
from dubber.subtitles.listed import UNTOLD, laid
from dubber.subtitles.reading import Reading

SUFFIXES = (".lrc",)
STAMP = re.compile(r"\s*\[(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2})(?:[.:,](\d{1,3}))?\]")
HEADING = re.compile(r"\s*\[([A-Za-z#]+):([^\[\]]*)\]\s*")


def looks(text: str) -> int:
    """Surely (2), when the first line that is no heading begins with a time in brackets."""
    first = next((line for line in text[:5000].split("\n") if line.strip() and not HEADING.fullmatch(line)), "")
    return 2 if STAMP.match(first) else 0


def parse(text: str, reading: Reading) -> Draft:
    draft, cuts, earlier = Draft(), list[Cut](), 0
    for row in rows(text, reading, draft):
        starts, rest = _stamps(row.text)
        if starts:
            body = [row._replace(text=rest.strip())] if rest.strip() else []
            cuts += [Cut(row.number, start, UNTOLD, "", None, list(body)) for start in starts]
        elif heading := HEADING.fullmatch(row.text):
            earlier = _offset(*heading.groups()) or earlier
            draft.left_out.append(LeftOut(row.number, row.text, "the file's heading"))
        elif cuts and cuts[-1].body:
            cuts[-1].body.append(row)
        else:
            draft.broken.append(LeftOut(row.number, row.text, "it has no time"))
    for piece in cuts:
        piece.start = max(0, piece.start - earlier)
    cuts.sort(key=lambda piece: piece.start)
    return laid(cuts, reading, draft)


def _stamps(line: str) -> tuple[list[int], str]:
    """The times at a line's beginning, and the words behind them."""
    starts = []
    while stamp := STAMP.match(line):
        starts.append(milliseconds("", *stamp.groups()))
        line = line[stamp.end() :]
    return starts, line


def _offset(name: str, value: str) -> int:
    """Milliseconds by which [offset:...] shows all lines earlier."""
    number = re.fullmatch(r"\s*([+-]?\d{1,9})\s*", value)
    return int(number[1]) if name.casefold() == "offset" and number else 0
