"""Timed lyrics (.lrc), which recognisers write too: "[00:12.34]words"; each line lasts until the next.

The third number of "[00:08:50]" is hundredths, as some players write them, where the words can be said in that time;
else the three are hours, minutes and seconds.
"""

from __future__ import annotations

import re
from itertools import pairwise

from dubber.model import LeftOut
from dubber.subtitles.blocks import Draft, milliseconds, rows
from dubber.subtitles.cuts import Cut
from dubber.subtitles.listed import UNTOLD, laid
from dubber.subtitles.settings import Reading

SUFFIXES = (".lrc",)
STAMP = re.compile(r"\s*\[(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2})(?:[.:,](\d{1,3}))?\]")
THREE = re.compile(r"\s*\[(\d{1,4}):(\d{1,2}):(\d{1,2})\]")
FASTEST = 25  # ms a letter; 99 % of real dialogue is slower than 31 letters a second (32 ms)
HEADING = re.compile(r"\s*\[([A-Za-z#]+):([^\[\]]*)\]\s*")


def looks(text: str) -> int:
    """Surely (2), when the first line that is no heading begins with a time in brackets."""
    first = next((line for line in text[:5000].split("\n") if line.strip() and not HEADING.fullmatch(line)), "")
    return 2 if STAMP.match(first) else 0


def parse(text: str, reading: Reading) -> Draft:
    draft, cuts, earlier = Draft(), list[Cut](), 0
    hundredths = _in_hundredths(text)
    for row in rows(text, reading, draft):
        starts, rest = _stamps(row.text, hundredths)
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


def _in_hundredths(text: str) -> bool:
    """Whether "[00:08:50]" is eight and a half seconds: most lines can be said until the next one so."""
    lines = [(found, line) for line in text.split("\n") if (found := THREE.match(line))]
    starts = [(60 * int(one[1]) + int(one[2])) * 1000 + 10 * int(one[3]) for one, _ in lines]
    letters = [len(line) - found.end() for found, line in lines]
    gaps = [two - one for one, two in pairwise(starts)]
    hurried = sum(0 < gap < FASTEST * count for gap, count in zip(gaps, letters, strict=False))
    return bool(lines) and 3 * hurried <= len(gaps)


def _stamps(line: str, hundredths: bool) -> tuple[list[int], str]:
    """The times at a line's beginning, and the words behind them. hundredths: three numbers are no hours."""
    starts = []
    while stamp := STAMP.match(line):
        hours, minutes, seconds, fraction = stamp.groups()
        if hundredths and hours and not fraction:
            hours, minutes, seconds, fraction = None, hours, minutes, seconds
        starts.append(milliseconds("", hours, minutes, seconds, fraction))
        line = line[stamp.end() :]
    return starts, line


def _offset(name: str, value: str) -> int:
    """Milliseconds by which [offset:...] shows all lines earlier."""
    number = re.fullmatch(r"\s*([+-]?\d{1,9})\s*", value)
    return int(number[1]) if name.casefold() == "offset" and number else 0
