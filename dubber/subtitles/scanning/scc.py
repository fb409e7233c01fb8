"""The words of Scenarist captions (.scc), decoded by CTA-608-E alone: pairs of bytes, each with a parity bit.

What is loaded is counted when it is shown, in the order of the file. All captions are one place: the line that holds a
caption's letters need not be the line whose time it begins with.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, field
from itertools import groupby

from dubber.subtitles.scanning import Place

TURNS = True
LINE = re.compile(r"\s*\d\d:\d\d:\d\d[:;.,]\d\d\s+((?:[0-9a-fA-F]{4}\s*)+)")
# CTA-608-E: the basic letters that are not those of ASCII, the special ones, the extended ones.
BASIC = str.maketrans("*\\^_`{|}~\x7f", "áéíóúç÷Ññ█")
SPECIAL = "®°½¿™¢£♪à èâêîôû"
EXTENDED = {
    0x12: "ÁÉÓÚÜü‘¡*’—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»",
    0x13: "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│ÅåØø┌┐└┘",
}
ROWS = (0x11, 0x12, 0x15, 0x16, 0x17, 0x10, 0x13, 0x14)  # the first bytes of two rows each, from the top; 0x10 has one
# Miscellaneous control codes, behind 0x14 or 0x15.
POP_ON, BACKSPACE, NEW_ROW, CLEAR_LOADED, SHOW = 0x20, 0x21, 0x2D, 0x2E, 0x2F
VISIBLE = (0x25, 0x26, 0x27, 0x29, 0x2A, 0x2B)  # two, three or four rows that roll up; painted on; text beside captions


def scan(text: str, headings: Set[int]) -> list[Place]:
    del headings
    screens, current, broken = (_Screen(), _Screen()), 0, []
    for row in text.split("\n"):
        if line := LINE.fullmatch(row):
            current = _decode(line[1], screens, current)
        elif not row.lstrip().startswith("Scenarist_SCC"):
            broken.append(row)
    return [Place(1, "\n".join([*(words for screen in screens for words in (screen.shown, screen.rows())), *broken]))]


@dataclass(slots=True)
class _Screen:
    """What the captions of a channel have shown so far, and what is loaded to be shown, by place. mode: the last code
    that says where letters go."""

    shown: str = ""
    loaded: dict[tuple[int, int], str] = field(default_factory=dict)
    place: tuple[int, int] = (15, 0)  # row, column
    mode: int = POP_ON

    def put(self, letters: str, back: int = 0) -> None:
        """Write letters over the last `back` ones."""
        if self.mode == POP_ON:
            before = self.loaded.get(self.place, "")
            self.loaded[self.place] = before[: len(before) - back] + letters
        else:
            self.shown = self.shown[: len(self.shown) - back] + letters

    def rows(self) -> str:
        """What is loaded, from top to bottom."""
        return "\n".join(words for _, words in sorted(self.loaded.items()))


def _decode(codes: str, screens: tuple[_Screen, _Screen], current: int) -> int:
    """Read a line. current: the channel that letters are of; returned is that at the line's end."""
    pairs = (divmod(int(code, 16) & 0x7F7F, 256) for code in codes.split())  # the highest bit is parity
    for (first, second), same in groupby(pairs):
        times = len(list(same))
        if first >= 0x20:
            letters = "".join(chr(byte) for byte in (first, second) if byte >= 0x20)
            screens[current].put(letters.translate(BASIC) * times)
        elif first >= 0x10:
            current = int(first >= 0x18)  # from there on the codes of the second channel
            for _ in range((times + 1) // 2):  # each code is sent twice
                _obey(first & 0x17, second, screens[current])
    return current


def _obey(first: int, second: int, screen: _Screen) -> None:
    if first == 0x11 and second >= 0x30 and second < 0x40:
        screen.put(SPECIAL[second - 0x30])
    elif first in EXTENDED and 0x20 <= second < 0x40:
        screen.put(EXTENDED[first][second - 0x20], back=1)  # of the basic letter that older sets show
    elif first in (0x14, 0x15) and second < 0x30:
        _command(second, screen)
    elif second >= 0x40:
        screen.place = 2 * ROWS.index(first) + (second >= 0x60), second & 0x1F if second & 0x10 else 0
        screen.put("\n")
    elif first != 0x17:  # another style; 0x17 is a tab within a row
        screen.put(" ")


def _command(code: int, screen: _Screen) -> None:
    if code in (POP_ON, *VISIBLE):
        screen.mode = code
        screen.put("\n")
    elif code == BACKSPACE:
        screen.put("", back=1)
    elif code in (CLEAR_LOADED, SHOW):  # what is erased before it is shown is in the file all the same
        screen.shown, screen.loaded = f"{screen.shown}\n{screen.rows()}\n", {}
        screen.mode = POP_ON if code == SHOW else screen.mode
    elif code == NEW_ROW:
        screen.put("\n")
