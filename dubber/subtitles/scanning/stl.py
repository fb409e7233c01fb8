"""The words of EBU STL (.stl), by EBU Tech 3264 alone: the text fields of its blocks, joined to subtitles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.markup import plain

TURNS = True
HEAD, BLOCK, FIELD = 1024, 128, 16
LAST, USER = 0xFF, 0xF0  # extension numbers: a subtitle's last block; from here on data for machines
PAGES = {b"01": "iso8859_5", b"02": "iso8859_6", b"03": "iso8859_7", b"04": "iso8859_8"}
BLANK = re.compile(rb"[\x00-\x1f\x86-\x9f]")  # colours and other codes
LAYOUT = re.compile(rb"[\x80-\x85]")  # italics, underlining, boxes: they take no place
# ISO 6937: what differs from ASCII. An accent stands before its letter.
SIGNS = dict(zip(range(0xA0, 0xC0), "\xa0¡¢£$¥#§¤‘“«←↑→↓°±²³×µ¶·÷’”»¼½¾¿", strict=True))
LETTERS = dict(zip(range(0xD0, 0x100), "―¹®©™♪¬¦    ⅛⅜⅝⅞ΩÆĐªĦ ĲĿŁØŒºÞŦŊŉĸæđðħıĳŀłøœßþŧŋ\xad", strict=True))
ACCENTS = dict(
    zip(range(0xC1, 0xD0), (chr(0x300 + one) for one in b"\0\1\2\3\4\6\7\b\b\n\x27\x27\v\x28\f"), strict=True)
)
ETH = (b"0E", b"14")  # Faroese and Icelandic write Ð where others have Đ


def scan(data: bytes, headings: Set[int]) -> list[Place]:
    del headings
    found, field, first = list[Place](), b"", 0
    for number, at in enumerate(range(HEAD, len(data) - BLOCK + 1, BLOCK), 1):
        extension = data[at + 3]
        if USER <= extension < LAST:
            continue
        first, field = first or number, field + data[at + FIELD : at + BLOCK].partition(b"\x8f")[0]
        if extension == LAST:
            found.append(Place(first, _text(field, data[12:14], data[14:16].upper())))
            field, first = b"", 0
    return [*found, Place(first, _text(field, data[12:14], data[14:16]))] if field else found


def _text(field: bytes, page: bytes, language: bytes) -> str:
    field = b"\n".join(BLANK.sub(b" ", line) for line in LAYOUT.sub(b"", field).split(b"\x8a"))
    if page in PAGES:
        return plain(field.decode(PAGES[page], "ignore"))
    text = _latin(field)
    return plain(text.replace("Đ", "Ð") if language in ETH else text)


def _latin(field: bytes) -> str:
    letters, accent = "", ""
    for byte in field:
        if byte in ACCENTS:
            accent = ACCENTS[byte]
            continue
        letters += SIGNS.get(byte) or LETTERS.get(byte) or chr(byte)
        letters, accent = letters + accent, ""
    return unicodedata.normalize("NFC", letters)
