"""Speakers by font colour, as British and EBU subtitles have them: a colour for each person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from dubber.subtitles.blocks import Block, Part

TAG = re.compile(r"<\s*+(/?)\s*+(font|c)\b([^<>]*+)>|<[^<>]*+>", re.IGNORECASE)
FONT = re.compile(r"color\s*=\s*[\"']?\s*(#?\w+)", re.IGNORECASE)
# The eight colours of teletext (ETS 300 706), which broadcast subtitles keep.
TELETEXT = {
    "ffffff": "white", "ffff00": "yellow", "00ffff": "cyan", "00ff00": "green", "ff00ff": "magenta", "ff0000": "red",
    "0000ff": "blue", "000000": "black", "lime": "green", "aqua": "cyan", "fuchsia": "magenta",
}  # fmt: skip
NAMES = frozenset((*TELETEXT.values(), "lime", "aqua", "fuchsia"))
MIXED = "mixed"
LEAST = 2  # lines of a colour, before it is a person
SHARE = 0.2  # of a file's lines that are coloured, at least
TOGETHER = 0.6  # of the cues that show several colours, at most: two languages do in all of them


def line_colours(text: str) -> tuple[str, ...]:
    """The colour of each line of a cue's raw text that holds words; empty when none has one."""
    if not ("<c." in text or "<font" in text.casefold()):
        return ()
    found: list[set[str]] = [set()]
    colours: list[str] = []
    end = 0
    for match in (*TAG.finditer(text), None):
        for place, piece in enumerate(text[end : match.start() if match else None].split("\n")):
            if place:
                found.append(set())
            if piece.strip():
                found[-1].add(colours[-1] if colours else "")
        if match:
            _step(match, colours)
            end = match.end()
    lines = tuple(next(iter(line)) if len(line) == 1 else MIXED for line in found if line)
    return lines if any(lines) else ()


def _step(match: re.Match[str], colours: list[str]) -> None:
    closing, name, rest = match.group(1), match.group(2), match.group(3) or ""
    if not name:
        return
    if closing:
        del colours[-1:]
        return
    colour = FONT.search(rest) if name.casefold() == "font" else None
    classes = [part for part in rest.casefold().split(".") if part.strip() in NAMES]
    named = colour.group(1).casefold().lstrip("#") if colour else classes[0].strip() if classes else ""
    named = named[-6:] if colour and len(named) == 8 else named
    colours.append(TELETEXT.get(named, named) or (colours[-1] if colours else ""))


def speak_in_colours(blocks: Sequence[Block]) -> bool:
    """Whether a file uses colours for its speakers: several, each for whole lines, one colour at a time."""
    lines: Counter[str] = Counter()
    several = coloured = 0
    for block in blocks:
        shown = [colour for part in block.parts for colour in _colours(part)]
        lines.update(shown)
        coloured += any(shown)
        several += len(set(shown)) > 1
    people = [colour for colour, count in lines.items() if colour not in ("", MIXED) and count >= LEAST]
    total = sum(lines.values())
    if len(people) < 2 or lines[MIXED] * 10 > total or several > TOGETHER * coloured:
        return False
    return total - lines[""] >= SHARE * total


def _colours(part: Part) -> tuple[str, ...]:
    lines = part.text.count("\n") + 1
    return part.colours if len(part.colours) == lines else ("",) * lines


def by_colour(part: Part) -> Iterator[Part]:
    """A part for each run of lines of one colour; the colour's name is the speaker's."""
    if part.speaker is not None or not any(_colours(part)):
        yield part
        return
    lines = zip(_colours(part), part.text.split("\n"), strict=True)
    for colour, run in groupby(lines, key=lambda line: line[0]):
        yield Part(None if colour in ("", MIXED) else colour, "\n".join(text for _, text in run))
