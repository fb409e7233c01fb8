"""EBU STL (.stl), the exchange format of European broadcasters: binary blocks, times in frames.

EBU Tech 3264: a block of 1,024 bytes about the programme, then one of 128 bytes for each subtitle or piece of one.
ttconv's table gives the letters of ISO 6937; its reader moves and drops subtitles, so the blocks are read here.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import zip_longest

from dubber.errors import InputError
from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import Block, Draft, Part, window
from dubber.subtitles.markup import tidy
from dubber.subtitles.settings import Reading
from dubber.timecode import clock

SUFFIXES = (".stl",)
HEAD, BLOCK = 1024, 128
KIND = re.compile(rb"STL(\d\d)\.\d\d")
RATES = {23: Fraction(24000, 1001), 30: Fraction(30000, 1001)}
LAST, USER = 0xFF, 0xF0  # extension numbers: the last block of a subtitle; data for machines from here on
FIRST, MIDDLE = 1, 2  # of a set that grows on screen
PAGES = {b"01": "iso8859_5", b"02": "iso8859_6", b"03": "iso8859_7", b"04": "iso8859_8"}
_LANGUAGES = """
01 sq 02 br 03 ca 04 hr 05 cy 06 cs 07 da 08 de 09 en 0A es 0C et 0D eu 0E fo 0F fr 10 fy 11 ga 12 gd 13 gl 14 is 15 it
18 lv 19 lb 1A lt 1B hu 1C mt 1D nl 1E no 1F oc 20 pl 21 pt 22 ro 23 rm 24 sr 25 sk 26 sl 27 fi 28 sv 29 tr 2A nl 7E ar
79 be 77 bg 75 zh 70 el 6C he 6B hi 6A id 69 ja 65 ko 63 mk 5A fa 56 ru 4A th 49 uk 48 ur 46 vi
"""
_WORDS = _LANGUAGES.split()
LANGUAGES = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))


def owns(data: bytes) -> bool:
    """Whether these bytes are EBU STL."""
    return bool(KIND.match(data[3:11]))


def looks(text: str) -> int:
    """Not (0): it is no text."""
    return 0


def parse(text: str, reading: Reading) -> Draft:
    raise InputError("is no EBU STL file: its first block does not say so", advice="convert it to SubRip")


@dataclass(frozen=True, slots=True)
class _Subtitle:
    """A subtitle's blocks joined. number: of its first block, from 1. grows: the next one is shown below it."""

    number: int
    start: int
    end: int
    grows: bool
    comment: bool
    field: bytes


def read(data: bytes, reading: Reading) -> Draft:
    """The draft of a file's bytes. Its numbers are those of the blocks, from 1."""
    found = KIND.match(data[3:11])
    frames = int(found[1]) if found else 25
    rate = RATES.get(frames) or Fraction(frames or 25)
    language = LANGUAGES.get(data[14:16].decode("ascii", "replace").upper())
    decode = _decoder(data[12:14], language)
    draft = Draft(language=language)
    subtitles = _subtitles(data, rate)
    if len(subtitles) > reading.max_cues:
        raise InputError(f"more than {reading.max_cues} cues", advice="reading.max_cues sets the limit")
    zero = _zero(data[256:264], rate, subtitles)
    if zero:
        draft.notes.append(f"the programme begins at {clock(zero)[:8]}, as the file says: moved back by that")
    promised = data[238:243].strip()
    if promised.isdigit() and int(promised) != (len(data) - HEAD) // BLOCK:
        draft.notes.append(f"it promises {int(promised)} blocks and has {(len(data) - HEAD) // BLOCK}: is it whole?")
    for one, following in zip_longest(subtitles, subtitles[1:]):
        end = following.start if one.grows and following and following.start > one.start else one.end
        _add(one, one.start - zero, end - zero, tidy(decode(one.field)), draft)
    return draft


def _add(one: _Subtitle, start: int, end: int, text: str, draft: Draft) -> None:
    words = text.replace("\n", " ")
    if one.comment or not text:
        draft.left_out += [LeftOut(one.number, words, "a comment")] if text else []
        return
    if start < end <= 0:
        draft.left_out.append(LeftOut(one.number, words, "before the programme begins"))
        return
    place = window(start, end)
    if isinstance(place, Window):
        draft.blocks.append(Block(one.number, place, (Part(None, text),)))
    else:
        draft.broken.append(LeftOut(one.number, words, place))


def _subtitles(data: bytes, rate: Fraction) -> list[_Subtitle]:
    found, field, first = list[_Subtitle](), b"", 0
    for number, at in enumerate(range(HEAD, len(data) - BLOCK + 1, BLOCK), 1):
        block = data[at : at + BLOCK]
        extension = block[3]
        if USER <= extension < LAST:
            continue
        first = first or number
        field += block[16:].split(b"\x8f")[0]
        if extension == LAST:
            start, end = (_time(block[place : place + 4], rate) for place in (5, 9))
            found.append(_Subtitle(first, start, end, block[4] in (FIRST, MIDDLE), block[15] == 1, field))
            field, first = b"", 0
    return found


def _time(code: bytes, rate: Fraction) -> int:
    hours, minutes, seconds, frames = code
    return 1000 * ((hours * 60 + minutes) * 60 + seconds) + round(1000 * frames / rate)


def _zero(code: bytes, rate: Fraction, subtitles: list[_Subtitle]) -> int:
    """Where the programme begins on the file's time line, in ms, when nearly all subtitles come after that."""
    digits = code.decode("ascii", "replace")
    if not re.fullmatch(r"\d{8}", digits):
        return 0
    zero = _time(bytes(int(digits[at : at + 2]) for at in (0, 2, 4, 6)), rate)
    starts = [one.start for one in subtitles if not one.comment]
    return zero if sum(start >= zero for start in starts) >= 0.9 * len(starts) else 0


def _decoder(page: bytes, language: str | None) -> Callable[[bytes], str]:
    """What turns a text field into text: codes of the layout are blanks or newlines, the rest is of the file's page.
    ISO 6937 has one code for Ð and Đ, and only Icelandic and Faroese write the first."""
    if page in PAGES:
        return partial(_text, letters=lambda piece: codecs.decode(piece, PAGES[page], "replace"))
    from ttconv.stl.iso6937 import decode

    stroke = "Ð" if language in ("is", "fo") else "Đ"
    return partial(_text, letters=lambda piece: str(decode(piece, "replace")[0]).replace("Ð", stroke))


def _text(field: bytes, letters: Callable[[bytes], str]) -> str:
    field = re.sub(rb"[\x80-\x85]", b"", field)  # italics, underlining, boxes
    lines = (re.sub(rb"[\x00-\x1f\x86-\x9f]", b" ", line) for line in field.split(b"\x8a"))  # colours take a place
    return "\n".join(letters(line) for line in lines).replace("\ufffd", "")
