"""Bytes to text, in the order that gave no wrong text on real files.

An encoding that the user names; byte order marks; UTF-16 without one; UTF-8; the language's own code page; a
statistical guess with guards; windows-1252. A guess is always told with a sample line; nothing is ever skipped.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from dubber.errors import InputError
from dubber.subtitles.vocabulary import words

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: FF FE begins both
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

WESTERN = "en de fr es pt it nl sv da nb nn no fi is ca gl eu ga gd af id ms sw lb fo"
# The Windows code page of each language, as its subtitle files use it. East Asia: stricter codecs first, because the
# looser ones accept nearly everything.
PAGES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(words("pl cs sk hu sl hr ro bs sq"), ("cp1250",)),
    **dict.fromkeys(words("ru uk be bg mk sr"), ("cp1251",)),
    **dict.fromkeys(words(WESTERN), ("cp1252",)),
    **dict.fromkeys(words("et lv lt"), ("cp1257",)),
    **dict.fromkeys(words("ar fa ur"), ("cp1256",)),
    "el": ("cp1253",), "tr": ("cp1254",), "az": ("cp1254",), "he": ("cp1255",), "iw": ("cp1255",),
    "vi": ("cp1258",), "th": ("cp874",), "ja": ("euc_jp", "cp932"), "ko": ("cp949",),
    "zh": ("gb2312", "cp950", "gb18030"), "zh-tw": ("cp950", "big5hkscs", "gb18030"),
    "zh-hk": ("big5hkscs", "gb18030"), "zh-hant": ("cp950", "big5hkscs", "gb18030"),
    "sr-latn": ("cp1250",),
}  # fmt: skip

# Labels as browsers read them (encoding.spec.whatwg.org): the Windows superset of each ISO page.
AS_BROWSERS = {
    "ascii": "cp1252", "iso-8859-1": "cp1252", "latin-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-11": "cp874",
    "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949", "big5": "cp950",
}  # fmt: skip

NO_TEXT = {"undefined", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "mbcs", "oem", "utf-7", "utf_7"}
C1 = re.compile("[\x80-\x9f]")
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
        return _named(data, encoding)
    return _marked(data) or _wide(data) or _utf8(data, language) or _page(data, language) or _statistics(data)


def _named(data: bytes, encoding: str) -> Decoded:
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
                return Decoded(wide, name, True, _told(name, wide))
    return Decoded(text, "utf-8")


def _damaged(data: bytes, language: str) -> Decoded | None:
    """UTF-8 with a few broken lines (cut in the middle of a letter, another file's line pasted in)."""
    lines = data.split(b"\n")
    odd = [place for place, line in enumerate(lines) if not line.isascii()]
    broken = [place for place in odd if _strict(lines[place], "utf-8") is None]
    if len(broken) * 10 > len(odd):
        return None
    page = _pages(language)[-1] if _pages(language) else "cp1252"
    for place in broken:
        lines[place] = lines[place].decode(page, "replace").encode()
    numbers = ", ".join(str(place + 1) for place in broken[:5]) + (", ..." if len(broken) > 5 else "")
    text = b"\n".join(lines).decode("utf-8")
    return Decoded(text, "utf-8", notes=(f"not UTF-8 and read as {page}: line {numbers}",))


def _pages(language: str) -> tuple[str, ...]:
    tag = language.casefold().replace("_", "-")
    while tag:
        if tag in PAGES:
            return PAGES[tag]
        tag = tag.rpartition("-")[0]
    return ()


def _page(data: bytes, language: str) -> Decoded | None:
    data = data.removeprefix(codecs.BOM_UTF8)
    for name in _pages(language):
        text = _strict(data, name)
        if text is not None and not C1.search(text):
            return Decoded(text, name, True, _told(name, text))
    return None


def _statistics(data: bytes) -> Decoded:
    import chardet

    data = data.removeprefix(codecs.BOM_UTF8)
    telling = b"\n".join(line for line in data[: 40 * SAMPLE_BYTES].split(b"\n") if not line.isascii())
    sample = data[:2000] + b"\n" + telling[:SAMPLE_BYTES]
    label = str(chardet.detect(sample).get("encoding") or "").lower()
    name = AS_BROWSERS.get(label, label)
    text = _strict(data, name) if name and name not in NO_TEXT else None
    if text is None or not _survives(data, text):
        name, text = "cp1252", data.decode("cp1252", "replace")
    return Decoded(text, _spelled(name), True, _told(name, text))


def _survives(data: bytes, text: str) -> bool:
    """What every subtitle file holds in plain ASCII is still there; no control codes where letters should be."""
    plain = ("-->", "Dialogue")
    return not C1.search(text) and all(word in text for word in plain if word.encode() in data)


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _spelled(name: str) -> str:
    return codecs.lookup(name).name


def _told(name: str, text: str) -> tuple[str, ...]:
    sample = next((line.strip() for line in text.splitlines() if not line.isascii()), "")[:60]
    shown = f', for example "{sample}"' if sample else ""
    return (f"read as {_spelled(name)}, a guess{shown}: if that is wrong, say --encoding",)
