"""Who speaks, as transcripts write it without a colon: "Anna Weber  0:01" or "ANNA" above what is said.

Otter, Teams, Webex and others write name and time, in either order. One such line may be a timetable ("Berlin 10:30");
they are headers where the file has the habit and their times go on, or where the times are those of the cues. A name
alone above the text is one where most cues have it and names come back, and "Speaker 1" before it where most have that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from dubber.model import LeftOut
from dubber.subtitles.blocks import Block
from dubber.subtitles.speakers import fold, labels, shape

CLOCK = r"[\[(]?(?P<{}>(?:\d{{1,2}}:)?\d{{1,2}}:\d{{2}}(?:[.,]\d{{1,3}})?(?:\s?[AP]M)?)[\])]?"
NAME = r"[^\W_][^\d\n:()\[\]{{}}<>\"“”?!…♪♫]{{0,38}}(?:\s?\d{{1,3}})?(?:\s?[\[(][^()\[\]\n\d]{{1,20}}[\])])?"
BOTH = rf"(?P<name>{NAME})\s?[,|•·–—-]?\s{CLOCK}|{CLOCK}\s?[,|•·–—-]?\s(?P<other>{NAME})".format("time", "begun")
HEADER = rf"(?i:{BOTH})(?::\s(?P<said>.+)|:?)"  # compiled where it is needed, which is in few files
DIGITS = re.compile(r"\d:\d\d")
NUMBERED = re.compile(r"([^\W\d_]+[ _]?\d{1,2})\s+(?=\S)")
MOST = 0.6  # of a file's cues that begin with a name, before names alone are believed
SAMPLE = 50  # cues
FEWEST = 2
SHARE = 0.2  # of a file's cues that have a header, at least; half of them where there are two
NEAR = 2000  # ms between a header's time and its cue's
BACK = 0.1  # of the times that may be earlier than the one before: a clock of twelve hours begins again


class _Header(NamedTuple):
    """A header line of a block. place: the block's; said: what stands behind it on its line; clock: the time as it is
    written, if there is one; time: in ms, as far as the file's clock shows it."""

    place: int
    line: str
    name: str
    said: str = ""
    clock: str = ""
    time: int = 0


def without_headers(blocks: list[Block], left: list[LeftOut]) -> tuple[list[Block], set[str]]:
    """The blocks with "Anna Weber:" in place of each header line, and the names; the times are left out."""
    timed = [header for place, block in enumerate(blocks) for header in _of(place, block)]
    first = sum(any(_alone(0, block)) for block in blocks[:SAMPLE])  # most files show soon that they have none
    looked = blocks if 2 * first > min(SAMPLE, len(blocks)) else []
    alone = [header for place, block in enumerate(looked) for header in _alone(place, block)]
    found = timed if _habit(timed, blocks) else alone if _usual(alone, blocks) else []
    kept = list(blocks)
    for header in found:
        block = kept[header.place]
        left += [LeftOut(block.number, header.clock, "a time")] if header.clock else []
        parts = (part._replace(text=_with_speaker_named(part.text, header), colours=()) for part in block.parts)
        kept[header.place] = replace(block, parts=tuple(parts))
    return kept, {header.name for header in found}


def _of(place: int, block: Block) -> Iterator[_Header]:
    for part in block.parts:
        if part.speaker or not DIGITS.search(part.text):
            continue
        for line in part.text.split("\n"):
            match = re.fullmatch(HEADER, line.strip()) if DIGITS.search(line, 0, 80) else None
            match = None if match and match["said"] and line.lstrip()[0] in "[(" else match  # "[00:01:05] Anna: Hi"
            name = (match["name"] or match["other"]).strip(" ,|•·–—-") if match else ""
            if match and name and shape(re.sub(r"\s?[\[(].*", "", name).replace(",", "")):
                clock = match["time"] or match["begun"]
                yield _Header(place, line, name, match["said"] or "", clock, _milliseconds(clock))


def _alone(place: int, block: Block) -> Iterator[_Header]:
    """A name on the first line of a block, or a recogniser's label before its words."""
    if not block.parts or block.parts[0].speaker or block.style:  # ASS has a field for names
        return
    line, _, below = block.parts[0].text.partition("\n")
    label = NUMBERED.match(line)
    begins = below and not next(filter(str.isalpha, below), "-").islower()
    if begins and len(line) <= 40 and line[-1].isalnum() and shape(line) in ("capitals", "title", "label"):
        yield _Header(place, line, line)
    elif label and labels(label[1]):
        yield _Header(place, line, label[1], line[label.end() :])


def _usual(found: Sequence[_Header], blocks: Sequence[Block]) -> bool:
    """Whether most cues have such a line, and most of its names come back."""
    names = Counter(fold(header.name) for header in found)
    back = [count for count in names.values() if count > 1]
    return len(back) >= 2 and 2 * sum(back) > len(found) and len(found) >= MOST * len(blocks)


def _habit(found: Sequence[_Header], blocks: Sequence[Block]) -> bool:
    """Whether lines that look like headers are."""
    if len(found) < FEWEST:
        return False
    back = sum(one.time > two.time for one, two in pairwise(found))
    often = len(found) >= len(blocks) * (SHARE if len(found) > FEWEST else 0.5)
    near = sum(abs(blocks[one.place].window.start - one.time) <= NEAR for one in found)
    return back <= BACK * len(found) and (often or 4 * near >= 3 * len(found))


def _with_speaker_named(text: str, header: _Header) -> str:
    named = f"{header.name}: {header.said}".strip()
    return "\n".join(named if line == header.line else line for line in text.split("\n"))


def _milliseconds(clock: str) -> int:
    seconds = 0
    for number in re.findall(r"\d+", re.split(r"[.,]", clock)[0]):
        seconds = 60 * seconds + int(number)
    return 1000 * seconds
