"""Subtitles that are pictures of text (.sup, .sub with .idx): nothing here reads them, and the error says what does."""

from __future__ import annotations

from dubber.errors import InputError
from dubber.subtitles.blocks import Draft
from dubber.subtitles.settings import Reading

SUFFIXES = ()
KINDS = ((b"PG", "Blu-ray's (PGS)"), (b"\x00\x00\x01\xba", "DVD's (VobSub)"), (b"# VobSub", "DVD's (VobSub)"))
ADVICE = "an OCR program turns them into SubRip: Subtitle Edit, or `pgsrip` and `vobsub2srt`"


def owns(data: bytes) -> bool:
    """Whether these bytes are such subtitles."""
    return any(data.startswith(mark) for mark, _ in KINDS)


def looks(text: str) -> int:
    """Not (0): it is no text."""
    return 0


def read(data: bytes, reading: Reading) -> Draft:
    kind = next(name for mark, name in KINDS if data.startswith(mark))
    raise InputError(f"holds {kind} pictures of text, no words", advice=ADVICE, code="wordless")
