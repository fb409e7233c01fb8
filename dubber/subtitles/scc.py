"""Scenarist closed captions (.scc): the byte pairs of CTA-608 with their times, read as a decoder of captions does.

Three ways to show words: loaded and shown at once (pop-on), painted on, rolled up row by row. A caption is what is
shown at once, or one row that rolls up. What another channel holds, or was never shown, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from dubber.errors import InputError
from dubber.model import LeftOut
from dubber.subtitles.blocks import Block, Draft, Part, window
from dubber.subtitles.listed import LONGEST
from dubber.subtitles.markup import tidy
from dubber.subtitles.settings import Reading

SUFFIXES = (".scc",)
HEADING = "Scenarist_SCC"
LINE = re.compile(r"\s*(\d\d):(\d\d):(\d\d)([:;.,])(\d\d)\s+((?:[0-9a-fA-F]{4}\s*)+)")
FRAME = Fraction(1001, 30)  # ms, in which one pair is sent
# CTA-608-E, table 50: the letters that are not those of ASCII.
LETTERS = dict(zip("*\\^_`{|}~\x7f", "áéíóúç÷Ññ█", strict=True))
# Tables 49 and 5 to 10, by the first byte. An extended letter is written over a plain one, for decoders without it.
MORE = {
    0x11: (0x30, "®°½¿™¢£♪à èâêîôû"),
    0x12: (0x20, "ÁÉÓÚÜü‘¡*’—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»"),
    0x13: (0x20, "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│ÅåØø┌┐└┘"),
}
ROWS = {
    0x10: 11,
    0x11: 1,
    0x12: 3,
    0x13: 12,
    0x14: 14,
    0x15: 5,
    0x16: 7,
    0x17: 9,
}  # of preamble codes; the next from 0x60
BLINK = 3  # frames: an erasure so soon after a caption is of the one before
POP_ON, BACK, PAINT_ON, CLEAR, NEXT_ROW, CLEAR_LOADED, SHOW = 0x20, 0x21, 0x29, 0x2C, 0x2D, 0x2E, 0x2F
ROLL_UP, TEXT = (0x25, 0x26, 0x27), (0x2A, 0x2B)


def looks(text: str) -> int:
    """Surely (2), by its heading."""
    return 2 if text[:200].lstrip().startswith(HEADING) else 0


def parse(text: str, reading: Reading) -> Draft:
    draft = Draft()
    channels = (_Channel(draft), _Channel(Draft()))
    current, before = channels[0], -1
    for number, row in enumerate(text.split("\n"), 1):
        line = LINE.fullmatch(row)
        if not line:
            if row.strip() and not row.lstrip().startswith(HEADING):
                draft.broken.append(LeftOut(number, row.strip(), "it is no line of times and codes"))
            continue
        frame = _frame(line)
        if frame < before and "the times of its lines are not in order" not in draft.notes:
            draft.notes.append("the times of its lines are not in order")
        before = frame
        for at, first, second in _pairs(line[6]):
            current = channels[first >= 0x18] if 0x10 <= first < 0x20 else current
            current.take(first & 0x77 if first < 0x20 else first, second, number, frame + at)
        if len(draft.blocks) > reading.max_cues:
            raise InputError(f"more than {reading.max_cues} cues", advice="reading.max_cues sets the limit")
    for channel in channels:
        channel.end(before)
    draft.left_out += _of_another(channels[1].draft)
    return draft


def _of_another(second: Draft) -> Iterator[LeftOut]:
    """What the second channel says, mostly in another language."""
    for block in second.blocks:
        yield LeftOut(block.number, block.parts[0].text.replace("\n", " "), "of the second channel of captions")
    yield from second.left_out + second.broken


def _frame(line: re.Match[str]) -> int:
    """The number of the frame that a line's time means; with ";" two numbers a minute are dropped, but in the tenth."""
    hours, minutes, seconds, frames = (int(line[part]) for part in (1, 2, 3, 5))
    minutes += 60 * hours
    dropped = 0 if line[4] == ":" else 2 * (minutes - minutes // 10)
    return 30 * (60 * minutes + seconds) + frames - dropped


def _pairs(codes: str) -> Iterator[tuple[int, int, int]]:
    """(place, first byte, second byte) of each pair; a control code that is sent twice is one."""
    at = 0
    for code, same in groupby(codes.split()):
        first, second = divmod(int(code, 16) & 0x7F7F, 256)  # the highest bit is parity
        count = len(list(same))
        for place in range(0, count, 2 if 0x10 <= first < 0x20 else 1):
            yield at + place, first, second
        at += count


@dataclass(slots=True)
class _Page:
    """Letters by row and column. number: the line of the first one; begin: its frame."""

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    number: int = 0
    begin: int = 0

    def text(self, as_written: bool) -> str:
        """The rows from top to bottom, or as they were written; where columns are left free there is a blank."""
        rows, order = [], list(dict.fromkeys(row for row, _ in self.cells))
        for row_number in order if as_written else sorted(order):
            row, last = "", -1
            for column, letter in sorted((at[1], letter) for at, letter in self.cells.items() if at[0] == row_number):
                row, last = row + ("" if column == last + 1 else " ") + letter, column
            rows.append(row)
        return tidy("\n".join(rows))


@dataclass(slots=True)
class _Channel:
    """One channel of captions. loaded: what is not on screen yet; shown: the caption on screen; cleared: the frame at
    which it went, where more of its row may follow; mode: the last code that said where letters go."""

    draft: Draft
    loaded: _Page = field(default_factory=_Page)
    shown: _Page = field(default_factory=_Page)
    cleared: int | None = None
    mode: int = POP_ON
    row: int = 15
    column: int = 0

    def take(self, first: int, second: int, number: int, frame: int) -> None:
        """Obey a code, or write two letters. number: the line of the file."""
        start, letters = MORE.get(first, (0, ""))
        if first >= 0x20:
            for byte in (first, second):
                self._write(chr(byte) if byte >= 0x20 else "", number, frame)
        elif first < 0x10:
            return
        elif letters and 0 <= second - start < len(letters):
            self.column -= first != 0x11
            self._write(letters[second - start], number, frame)
        elif second >= 0x40:
            if self.cleared is not None:
                self._say(frame)
            self.row = ROWS[first] + (second >= 0x60 and first != 0x10)
            self.column = 4 * (second >> 1 & 7) if second & 0x10 else 0
        elif first == 0x17 and second in (0x21, 0x22, 0x23):
            self.column += second - 0x20
        elif first in (0x14, 0x15) and 0x20 <= second < 0x30:
            self._obey(second, frame)
        else:  # a colour or a style takes a place
            self._write(" ", number, frame)

    def _write(self, letter: str, number: int, frame: int) -> None:
        page = self.loaded if self.mode == POP_ON else self.shown
        if not letter:
            return
        if not page.cells:
            page.number, page.begin = number, frame
        page.cells[self.row, self.column] = LETTERS.get(letter, letter)
        self.column += 1
        self.cleared = None

    def _obey(self, code: int, frame: int) -> None:
        if code == BACK:
            self.column = max(0, self.column - 1)
            (self.loaded if self.mode == POP_ON else self.shown).cells.pop((self.row, self.column), None)
        elif code == CLEAR_LOADED:
            self._leave_out(self.loaded, "was erased before it was shown")
            self.loaded = _Page()
        elif code == SHOW:
            self._say(frame)
            self.loaded, self.shown, self.mode = _Page(), self.loaded, POP_ON
            self.shown.begin = frame
        elif code == CLEAR and self.mode != POP_ON:
            self.cleared = frame
        elif code == CLEAR:
            if frame - self.shown.begin > BLINK:
                self._say(frame)
        elif code in (PAINT_ON, *ROLL_UP, *TEXT) or (code == NEXT_ROW and self.mode != POP_ON):
            self._say(frame)
        if code in (POP_ON, PAINT_ON, *ROLL_UP, *TEXT):
            self.mode, self.column = code, 0

    def _say(self, frame: int) -> None:
        """What is on screen ends here."""
        page, self.shown = self.shown, _Page()
        frame, self.cleared = self.cleared or frame, None
        place = window(round(page.begin * FRAME), round(min(frame * FRAME, page.begin * FRAME + LONGEST)))
        if self.mode in TEXT:
            self._leave_out(page, "text beside the captions")
        elif isinstance(place, str):
            self._leave_out(page, place, broken=True)
        elif words := page.text(self.mode != POP_ON):
            self.draft.blocks.append(Block(page.number, place, (Part(None, words),)))

    def _leave_out(self, page: _Page, reason: str, broken: bool = False) -> None:
        if words := page.text(self.mode != POP_ON).replace("\n", " "):
            (self.draft.broken if broken else self.draft.left_out).append(LeftOut(page.number, words, reason))

    def end(self, frame: int) -> None:
        """The file ends; what was loaded last is shown."""
        self._say(max(frame, self.shown.begin) + round(LONGEST / FRAME))
        if self.loaded.cells:
            self.shown, self.mode = self.loaded, POP_ON
            self._say(self.shown.begin + round(LONGEST / FRAME))
