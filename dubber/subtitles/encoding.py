"""Bytes to text, in the order that gave no wrong text on real files.

An encoding that the user names; byte order marks; UTF-16 without one; UTF-8; then the likeliest of the code pages that
subtitles come in, by chardet's models of letters. A language that is known decides between pages that are about as
likely, and never against a likelier one: a Russian file may be CP1251, KOI8-R or CP866. A guess is always told with a
line that shows letters of which it depends; nothing is ever skipped.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any

from dubber.errors import InputError
from dubber.languages import base
from dubber.subtitles.vocabulary import words

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: FF FE begins both
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# The code pages that subtitles come in, for each family of letters: Windows first, then ISO, DOS, Mac. What a detector
# may find beside them (EBCDIC, CP1006, CP1125) no subtitle file was ever seen in.
WESTERN = ("cp1252", "iso8859-1", "cp850", "cp437", "mac-roman")
CENTRAL = ("cp1250", "iso8859-2", "cp852")
CYRILLIC = ("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5")
CHINESE = ("gb18030", "big5hkscs")
FAMILIES: dict[str, tuple[str, ...]] = {
    "en de fr es pt it nl sv da nb nn no fi is ca gl eu ga gd af id ms sw lb fo": WESTERN,
    "pl cs sk hu sl hr ro bs sq": CENTRAL,
    "ru uk be bg mk": CYRILLIC,
    "sr": (*CYRILLIC, *CENTRAL),
    "et lv lt": ("cp1257",),
    "ar fa ur": ("cp1256", "iso8859-6"),
    "el": ("cp1253", "iso8859-7"),
    "tr az": ("cp1254", "iso8859-9"),
    "he yi": ("cp1255", "iso8859-8"),
    "vi": ("cp1258",),
    "th": ("cp874",),
    "ja": ("cp932", "euc_jis_2004"),
    "ko": ("cp949",),
    "zh yue": CHINESE,
}
PAGES = {tag: pages for tags, pages in FAMILIES.items() for tag in words(tags)}
EVERY = tuple(dict.fromkeys(page for pages in FAMILIES.values() for page in pages))
# Where a page is another one and more: the larger one's letters are used in files that call themselves the smaller.
LARGER = {"iso8859-1": "cp1252", "iso8859-9": "cp1254", "big5hkscs": "cp950", "euc_jis_2004": "euc_jp"}
SMALLER = {larger: page for page, larger in LARGER.items()}
TWINS = {"cp1253": "iso8859-7", "iso8859-7": "cp1253"}
AS_LIKELY = 0.8  # of the likeliest page's figure: there a known language decides; a line of text is enough for that
EQUAL = 0.98  # of the likeliest: two pages of one alphabet that differ in a sign or two

DOS = ("cp437", "cp850", "cp852")
# A Greek letter, a frame or a sign of mathematics within a Latin word.
MIXED = re.compile(
    "[A-Za-z][\u0370-\u03ff\u2200-\u22ff\u2500-\u259f]|[\u0370-\u03ff\u2200-\u22ff\u2500-\u259f][A-Za-z]"
)
# What é, ш, α or ’ look like that were encoded twice; the last two are Russian letters by Windows-1251.
TWICE = re.compile("[ÃÂÐÑÎÏÄÅÙØ][\x80-\xbf\u0152-\u2122]|â€|[РС][\x80-\xbf\u0402-\u040f\u0452-\u045f\u2013-\u2122]")
TWICE_LINES = 2  # that are so, before a file is
QUOTES = re.compile("[\x91-\x97]")  # by these a file shows that its control characters are those of Windows-1252
CONTROLS = re.compile("[\x80-\x9f]")
NO_TEXT = {"undefined", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "mbcs", "oem", "utf-7", "utf_7"}
SAMPLE_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """text, the code page that gave it, whether that was a guess, and sentences about it for the user."""

    text: str
    encoding: str
    guessed: bool = False
    notes: tuple[str, ...] = ()


def decode(data: bytes, *, language: str = "", encoding: str = "") -> Decoded:
    """The text of data; raises InputError when the named encoding is not one or does not fit."""
    if encoding:
        return _in_named_page(data, encoding)
    return _marked(data) or _wide(data) or _utf8(data, language) or _likeliest(data, language)


def _in_named_page(data: bytes, encoding: str) -> Decoded:
    try:
        info = codecs.lookup(encoding)
    except (LookupError, ValueError):
        raise InputError(
            f"no such encoding: {encoding!r}", advice="for example utf-8, cp1252, cp1251, gb18030"
        ) from None
    if info.name in NO_TEXT or not getattr(info, "_is_text_encoding", True):
        raise InputError(f"{encoding} is not an encoding of subtitles")
    try:
        return Decoded(data.decode(info.name).removeprefix("\ufeff"), info.name)
    except UnicodeError as error:
        place = getattr(error, "start", 0)
        line = data.count(b"\n", 0, place) + 1
        raise InputError(f"line {line} is not {encoding}", advice="leave out --encoding to let it be found") from None


def _marked(data: bytes) -> Decoded | None:
    for mark, name in MARKS:
        if not data.startswith(mark):
            continue
        body = data[len(mark) :]
        body = body[: len(body) - len(body) % {"8": 1, "16": 2, "32": 4}[name.split("-")[1]]]
        text = _strict(body, name)
        if text is not None:
            return Decoded(text, name)
        if name == "utf-8":
            return None  # a mark before text of another kind: files glued together
        if name.startswith("utf-16"):
            note = f"some characters cannot be read as {name}"
            return Decoded(body.decode(name, "replace"), name, notes=(note,))
    return None


def _wide(data: bytes) -> Decoded | None:
    """UTF-16 that does not say so: many NULs, and an arrow or a heading in two-byte letters."""
    head = data[:SAMPLE_BYTES]
    if head.count(0) < len(head) // 5:
        return None
    name = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    if any(word.encode(name) in head for word in ("-->", "Dialogue", "WEBVTT")):
        text = _strict(data[: len(data) - len(data) % 2], name)
        if text is not None:
            return Decoded(text, name)
    return None


def _utf8(data: bytes, language: str) -> Decoded | None:
    data = data.removeprefix(codecs.BOM_UTF8)
    text = _strict(data, "utf-8")
    if text is None:
        return _damaged(data, language)
    if "\x1b$" in text:  # seven-bit Japanese is valid UTF-8 too
        for name in ("iso2022_jp", "iso2022_kr"):
            wide = _strict(data, name)
            if wide is not None:
                return Decoded(wide, name, True, _guess_in_words(name, wide, text))
    return _mended(text)


def _mended(text: str) -> Decoded:
    """UTF-8 as it was meant: some programs take it for a page of Windows and write it again as UTF-8 ("cafÃ©"), or
    write the quotation marks of Windows as control characters."""
    once = next((found for page in ("cp1252", "cp1251") if TWICE.search(text) and (found := _once(text, page))), "")
    text = once or text
    if QUOTES.search(text):
        text = CONTROLS.sub(lambda match: match[0].encode("latin-1").decode("cp1252", "replace"), text)
    return Decoded(
        text, "utf-8", notes=("letters that were encoded twice are read as they were meant",) if once else ()
    )


def _once(text: str, page: str) -> str:
    """A text that was taken for a page and encoded again, as it was before; "" where most lines were not."""
    lines, mended, odd = text.split("\n"), 0, 0
    for place, line in enumerate(lines):
        if not line.isascii():
            before = _strict(b"".join(_byte(char, page) for char in line), "utf-8")
            lines[place], odd, mended = before or line, odd + 1, mended + bool(before)
            if 2 * mended < odd - 10:
                break
    return "\n".join(lines) if mended >= TWICE_LINES and mended >= 0.9 * odd else ""


def _byte(char: str, page: str) -> bytes:
    """The byte that a page shows as a character; those that it has no sign for are themselves. Others make no text."""
    try:
        return char.encode(page)
    except UnicodeError:
        return bytes([ord(char)]) if ord(char) < 0xA0 or char == "\xad" else b"\xff"


def _damaged(data: bytes, language: str) -> Decoded | None:
    """UTF-8 with a few broken lines (cut in the middle of a letter, another file's line pasted in)."""
    lines = data.split(b"\n")
    odd = [place for place, line in enumerate(lines) if not line.isascii()]
    broken = [place for place in odd if _strict(lines[place], "utf-8") is None]
    if len(broken) * 10 > len(odd):
        return None
    page = PAGES.get(base(language), WESTERN)[0]
    for place in broken:
        lines[place] = lines[place].decode(page, "replace").encode()
    numbers = ", ".join(str(place + 1) for place in broken[:5]) + (", ..." if len(broken) > 5 else "")
    text = b"\n".join(lines).decode("utf-8")
    return Decoded(text, "utf-8", notes=(f"not UTF-8 and read as {page}: line {numbers}",))


def _likeliest(data: bytes, language: str) -> Decoded:
    """By chardet's figures, the pages of a known language first where they are about as likely as the likeliest.

    Two pages of one alphabet may be equally likely: the one that makes more letters of the bytes is right, since a
    letter of the one is a sign like ¶ in the other.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    figures = _figures(data)
    if not figures:
        text = data.decode("cp1252", "replace")
        return Decoded(text, "cp1252", True, _guess_in_words("cp1252", text, ""))
    figures = _plausible(figures, data)
    first, best = next(iter(figures.items()))
    own = [page for page in PAGES.get(base(language), ()) if figures.get(page, 0.0) >= AS_LIKELY * best]
    name = first if first in own or not own else own[0]
    twin = TWINS.get(name, name)
    if figures.get(twin, 0.0) >= EQUAL * figures[name]:
        name = max(name, twin, key=lambda page: _letters(data.decode(page)))
    other = next((page for page in figures if page not in (name, LARGER.get(name), SMALLER.get(name))), "cp437")
    larger = LARGER.get(name, name)
    return _guess(data, larger if _strict(data, larger) is not None else name, data.decode(other, "replace"))


def _plausible(figures: dict[str, float], data: bytes) -> dict[str, float]:
    """The pages without those of DOS that make "Θtiez" and "╟a" of Latin words, unless there are no others."""
    odd = {page for page in DOS if page in figures and MIXED.search(data.decode(page))}
    return {page: figure for page, figure in figures.items() if page not in odd} or figures


def _guess(data: bytes, name: str, other: str) -> Decoded:
    text = data.decode(name)
    return Decoded(text, codecs.lookup(name).name, True, _guess_in_words(name, text, other))


def _figures(data: bytes) -> dict[str, float]:
    """How likely each page is that can hold the data: chardet's choice, then the others as they are likely."""
    import chardet

    how: dict[str, Any] = {"compat_names": False, "include_encodings": EVERY, "no_match_encoding": EVERY[0]}
    chosen = str(chardet.detect(data, **how)["encoding"])
    found = {str(one["encoding"]): one["confidence"] for one in chardet.detect_all(data, ignore_threshold=True, **how)}
    ordered = {chosen: max(found.values(), default=0.0), **found}
    return {name: figure for name, figure in ordered.items() if _strict(data, name) is not None}


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _guess_in_words(name: str, text: str, other: str) -> tuple[str, ...]:
    """A guess in a sentence, with the first line whose letters would be others in the page that is next likely."""
    pairs = zip(text.splitlines(), other.splitlines(), strict=False)
    sample = next((line for line, else_ in pairs if line != else_ and _foreign(line)), "")
    sample = (sample or next(filter(_foreign, text.splitlines()), "")).strip()[:60]
    shown = f', for example "{sample}"' if sample else ""
    return (f"read as {codecs.lookup(name).name}, a guess{shown}: if that is wrong, say --encoding",)


def _foreign(line: str) -> bool:
    """Whether a line has letters outside ASCII."""
    return not line.isascii() and any(char.isalpha() and not char.isascii() for char in line)
