"""Scenarist closed captions (.scc): the byte pairs of CEA-608 with their times, through ttconv.

ttconv tells neither lines nor what it leaves out: each caption is given the line whose time it begins with or after,
and its letters are counted against those of the file.
"""

from __future__ import annotations

import logging
import re
from bisect import bisect_right
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from dubber.errors import InputError
from dubber.model import LeftOut
from dubber.subtitles.blocks import Block, Draft, Part, window
from dubber.subtitles.listed import LONGEST
from dubber.subtitles.reading import Reading
from dubber.subtitles.washing import tidy

if TYPE_CHECKING:
    from ttconv.model import ContentDocument

SUFFIXES = (".scc",)
CODED = True
HEADING = "Scenarist_SCC"
LINE = re.compile(r"\s*(\d\d):(\d\d):(\d\d)[:;.,](\d\d)\s+((?:[0-9a-fA-F]{4}\s*)+)")
RATE = Fraction(30000, 1001)


def looks(text: str) -> int:
    """Surely (2), by its heading."""
    return 2 if text[:200].lstrip().startswith(HEADING) else 0


def parse(text: str, reading: Reading) -> Draft:
    draft = Draft()
    lines = [(number, found) for number, row in enumerate(text.split("\n"), 1) if (found := LINE.match(row))]
    times = [_time(found) for _, found in lines]
    if any(one > two for one, two in zip(times, times[1:], strict=False)):
        draft.notes.append("the times of its lines are not in order")
    _beside(text, draft)
    for place, paragraph in enumerate(_paragraphs(text)):
        if place >= reading.max_cues:
            raise InputError(f"more than {reading.max_cues} cues", advice="reading.max_cues sets the limit")
        begin, end, words = paragraph
        at = bisect_right(times, begin) - 1
        _add(lines[max(at, 0)][0] if lines else 1, begin, end, words, draft)
    lost = sum(map(_letters, (found[5] for _, found in lines))) - sum(_said(draft))
    if lost > 0:
        draft.notes.append(f"about {lost} letters of other channels or of cleared captions are not spoken")
    return draft


def _add(number: int, begin: Fraction, end: Fraction | None, words: str, draft: Draft) -> None:
    last = round(1000 * end) if end is not None else round(1000 * begin) + LONGEST
    place = window(round(1000 * begin), last)
    if isinstance(place, str):
        draft.broken.append(LeftOut(number, words.replace("\n", " "), place))
    elif words:
        draft.blocks.append(Block(number, place, (Part(None, words),)))


def _beside(text: str, draft: Draft) -> None:
    """Lines that are neither the heading nor captions."""
    for number, row in enumerate(text.split("\n"), 1):
        if row.strip() and not LINE.fullmatch(row) and not row.lstrip().startswith(HEADING):
            draft.broken.append(LeftOut(number, row.strip(), "it is no line of times and codes"))


def _paragraphs(text: str) -> list[tuple[Fraction, Fraction | None, str]]:
    """Begin and end in seconds, and words, of each caption as ttconv has it. Raises InputError."""
    from ttconv.scc.reader import to_model

    quiet = logging.getLogger("ttconv")
    quiet.addHandler(logging.NullHandler())  # what it says goes to nobody's terminal
    quiet.propagate = False
    try:
        document: ContentDocument = to_model(text)
    except Exception as error:  # a broken file makes it raise many kinds
        raise InputError(f"cannot be read as SCC: {error or type(error).__name__}", advice="is it whole?") from None
    body = document.get_body()
    return list(_walked(body, Fraction(0))) if body is not None else []


def _walked(element: Any, zero: Fraction) -> Any:
    begin = zero + (element.get_begin() or 0)
    if type(element).__name__ == "P":
        end = element.get_end()
        yield begin, (zero + end if end is not None else None), tidy(_words(element))
        return
    for child in element:
        yield from _walked(child, begin)


def _words(element: Any) -> str:
    kind = type(element).__name__
    if kind == "Text":
        return str(element.get_text())
    return "\n" if kind == "Br" else "".join(map(_words, element))


def _time(found: re.Match[str]) -> Fraction:
    hours, minutes, seconds, frames = (int(word) for word in found.groups()[:4])
    return (hours * 60 + minutes) * 60 + seconds + frames / RATE


def _letters(codes: str) -> int:
    """How many letters the codes of a line write: pairs below 0x20 are commands, the highest bit is parity."""
    pairs = (divmod(int(code, 16) & 0x7F7F, 256) for code in codes.split())
    return sum(chr(byte).isalnum() for pair in pairs if pair[0] >= 0x20 for byte in pair if byte >= 0x20)


def _said(draft: Draft) -> list[int]:
    texts = [part.text for block in draft.blocks for part in block.parts] + [left.text for left in draft.broken]
    return [sum(letter.isascii() and letter.isalnum() for letter in text) for text in texts]
