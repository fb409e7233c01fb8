"""Lines of a meeting's transcript that name a speaker and the time, above what is said: "Anna Weber  0:01".

Otter, Teams, Webex and others write them, in either order. One such line may be a timetable ("Berlin 10:30"); they are
headers where the file has the habit and their times go on, or where the times are those of the cues.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from dubber.model import LeftOut
from dubber.subtitles.blocks import Block
from dubber.subtitles.names import shape

CLOCK = r"[\[(]?(?P<{}>(?:\d{{1,2}}:)?\d{{1,2}}:\d{{2}}(?:[.,]\d{{1,3}})?(?:\s?[AP]M)?)[\])]?"
NAME = r"[^\W_][^\d\n:()\[\]{{}}<>\"“”?!…♪♫]{{0,38}}(?:\s?\d{{1,3}})?(?:\s?[\[(][^()\[\]\n\d]{{1,20}}[\])])?"
# Compiled where it is needed, which is in few files.
HEADER = rf"(?i:(?P<name>{NAME})\s?[,|•·–—-]?\s{CLOCK}:?|{CLOCK}\s?[,|•·–—-]?\s(?P<other>{NAME}):?)".format(
    "time", "begun"
)
DIGITS = re.compile(r"\d:\d\d")
FEWEST = 2
SHARE = 0.2  # of a file's cues that have a header, at least; half of them where there are two
NEAR = 2000  # ms between a header's time and its cue's
BACK = 0.1  # of the times that may be earlier than the one before: a clock of twelve hours begins again


class _Header(NamedTuple):
    """A header line of a block. place: the block's; time: in ms, as far as the file's clock shows it."""

    place: int
    line: str
    name: str
    clock: str
    time: int


def without_headers(blocks: list[Block], left: list[LeftOut]) -> tuple[list[Block], set[str]]:
    """The blocks with "Anna Weber:" in place of each header line, and the names; the times are left out."""
    found = [header for place, block in enumerate(blocks) for header in _of(place, block)]
    if not _habit(found, blocks):
        return blocks, set()
    kept = list(blocks)
    for header in found:
        block = kept[header.place]
        left.append(LeftOut(block.number, header.clock, "a time"))
        parts = (part._replace(text=_named(part.text, header), colours=()) for part in block.parts)
        kept[header.place] = replace(block, parts=tuple(parts))
    return kept, {header.name for header in found}


def _of(place: int, block: Block) -> Iterator[_Header]:
    for part in block.parts:
        if part.speaker or not DIGITS.search(part.text):
            continue
        for line in part.text.split("\n"):
            match = re.fullmatch(HEADER, line.strip()) if len(line) < 80 else None
            name = (match["name"] or match["other"]).strip(" ,|•·–—-") if match else ""
            if match and name and shape(re.sub(r"\s?[\[(].*", "", name).replace(",", "")):
                clock = match["time"] or match["begun"]
                yield _Header(place, line, name, clock, _milliseconds(clock))


def _habit(found: Sequence[_Header], blocks: Sequence[Block]) -> bool:
    """Whether lines that look like headers are."""
    if len(found) < FEWEST:
        return False
    back = sum(one.time > two.time for one, two in pairwise(found))
    often = len(found) >= len(blocks) * (SHARE if len(found) > FEWEST else 0.5)
    near = sum(abs(blocks[one.place].window.start - one.time) <= NEAR for one in found)
    return back <= BACK * len(found) and (often or 4 * near >= 3 * len(found))


def _named(text: str, header: _Header) -> str:
    return "\n".join(f"{header.name}:" if line == header.line else line for line in text.split("\n"))


def _milliseconds(clock: str) -> int:
    seconds = 0
    for number in re.findall(r"\d+", re.split(r"[.,]", clock)[0]):
        seconds = 60 * seconds + int(number)
    return 1000 * seconds
