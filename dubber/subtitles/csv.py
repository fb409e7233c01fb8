"""Tables (.csv, .tsv): transcripts of Premiere and other editors, and of recognisers (start,end,text; speaker).

The first row names the columns. A time is a clock (00:00:01.500, or 00:00:01:12 with frames), seconds with a fraction
(1.5, or 1,5), or a whole number: milliseconds, unless cues would then last less than half a second.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from statistics import median

from dubber.errors import InputError
from dubber.model import LeftOut
from dubber.subtitles.blocks import Block, Draft, Part, window
from dubber.subtitles.listed import LONGEST
from dubber.subtitles.markup import wash
from dubber.subtitles.microdvd import exact
from dubber.subtitles.settings import Reading
from dubber.subtitles.vocabulary import words

SUFFIXES = (".csv", ".tsv")
START = words(
    "start starttime start_time startms startseconds in timein tcin timecodein begin from "
    "von beginn anfang début inicio inizio"
)
END = words("end endtime end_time endms endseconds out timeout tcout timecodeout stop to bis offset ende fin fine fim")
LENGTH = words("duration dur length")
TEXT = words(
    "text transcript subtitle subtitles caption captions content sentence utterance dialogue words line "
    "texte texto testo"
)
SPEAKER = words(
    "speaker speakername speaker_name speakerid character name who role voice "
    "sprecher rolle locuteur personnage hablante personaje falante"
)
CLOCK = re.compile(r"(?:(\d{1,4})[:;])?(\d{1,3})[:;](\d{1,2})(?:[.,](\d{1,9})|[:;](\d{1,3}))?")
NUMBER = re.compile(r"\d{1,12}(?:[.,]\d{1,9})?")
SHORTEST = 500  # ms, the median length of cues below which whole numbers are no milliseconds
NOBODY = words("unknown none n/a -")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row each thing stands (None: nowhere)."""

    start: int
    text: int
    end: int | None
    length: int | None
    speaker: int | None


def looks(text: str) -> int:
    """Surely (2), when the first row names a time and a text."""
    first = next((line for line in text[:5000].split("\n") if line.strip()), "")
    return 2 if any(_columns(first.split(mark)) for mark in ",;\t") else 0


def parse(text: str, reading: Reading) -> Draft:
    draft, rows = Draft(), _rows(text)
    first = next(rows, (1, list[str]()))
    columns = _columns(first[1])
    if columns is None:
        advice = "the first row names them: start, end, text, and perhaps speaker"
        raise InputError("has no columns of times and text", advice=advice)
    table = list(rows)
    if len(table) > reading.max_cues:
        raise InputError(f"more than {reading.max_cues} cues", advice="reading.max_cues sets the limit")
    cells = [(number, _Row(row, columns)) for number, row in table if any(map(str.strip, row))]
    unit = _unit([row for _, row in cells])
    rate = exact(reading.fps) or Fraction(25)
    starts = [_time(row.start, unit, rate) for _, row in cells]
    for (number, row), following in zip_longest(cells, starts[1:]):
        _add(number, row, unit, rate, following, draft)
    if not draft.blocks and not draft.broken:
        raise InputError("there is no cue in it")
    return draft


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its first line's number."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    mark = max("\t;,", key=first.count)
    read = csv.reader((f"{line}\n" for line in text.split("\n")), delimiter=mark)
    before = 0
    try:
        for row in read:
            if row:
                yield before + 1, row
            before = read.line_num
    except csv.Error as error:
        raise InputError(f"line {before + 1}: {error}") from None


def _columns(names: list[str]) -> Columns | None:
    plain = [re.sub(r"[\s\"'()]", "", name).casefold() for name in names]

    def place(of: frozenset[str]) -> int | None:
        return next((at for at, name in enumerate(plain) if name in of), None)

    start, said = place(START), place(TEXT)
    return None if start is None or said is None else Columns(start, said, place(END), place(LENGTH), place(SPEAKER))


class _Row:
    """One row's cells by what they are."""

    def __init__(self, cells: list[str], columns: Columns) -> None:
        def cell(at: int | None) -> str:
            return cells[at].strip() if at is not None and at < len(cells) else ""

        self.start, self.end, self.length = cell(columns.start), cell(columns.end), cell(columns.length)
        self.text, self.speaker = cell(columns.text), cell(columns.speaker)
        named = {columns.start, columns.end, columns.length, columns.text, columns.speaker}
        self.rest = " ".join(word for at, word in enumerate(cells) if at not in named and re.search(r"[^\W\d_]", word))


def _unit(rows: list[_Row]) -> int:
    """Milliseconds that a number without a clock counts."""
    if any(not time.isdecimal() for row in rows for time in (row.start, row.end) if NUMBER.fullmatch(time)):
        return 1000
    spans = [int(row.end) - int(row.start) for row in rows if row.start.isdecimal() and row.end.isdecimal()]
    return 1 if spans and median(spans) >= SHORTEST else 1000


def _time(text: str, unit: int, rate: Fraction) -> int | None:
    if NUMBER.fullmatch(text):
        return round(Fraction(text.replace(",", ".")) * unit)
    clock = CLOCK.fullmatch(text)
    if not clock:
        return None
    hours, minutes, seconds, fraction, frames = clock.groups()
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return 1000 * whole + round(1000 * (Fraction(f"0.{fraction}") if fraction else int(frames or 0) / rate))


def _end(row: _Row, start: int, unit: int, rate: Fraction, following: int | None) -> int | None:
    """When a row's cue ends; None: what it says of that cannot be read."""
    if row.end:
        return _time(row.end, unit, rate)
    if row.length:
        length = _time(row.length, unit, rate)
        return None if length is None else start + length
    last = start + LONGEST
    return last if following is None or following <= start else min(following, last)


def _add(number: int, row: _Row, unit: int, rate: Fraction, following: int | None, draft: Draft) -> None:
    """A row's cue. following: where the next one begins, which ends one that says neither end nor length."""
    start = _time(row.start, unit, rate)
    end = None if start is None else _end(row, start, unit, rate, following)
    place = "its times cannot be read" if start is None or end is None else window(start, end)
    if row.speaker:
        draft.left_out.append(LeftOut(number, row.speaker, "a speaker's name", "name"))
    if row.rest:
        draft.left_out.append(LeftOut(number, row.rest, "in a column that is not spoken"))
    if isinstance(place, str):
        times = [cell for cell in (row.start, row.end, row.length) if re.search(r"[^\W\d_]", cell)]
        draft.broken.append(LeftOut(number, " ".join([*times, row.text]), place))
        return
    washed = wash(row.text)
    draft.left_out += [LeftOut(number, *aside) for aside in washed.asides]
    speaker = row.speaker if row.speaker and row.speaker.casefold() not in NOBODY else None
    parts = tuple(Part(part.speaker or speaker, part.text) for part in washed.parts)
    if parts:
        draft.blocks.append(Block(number, place, parts))
