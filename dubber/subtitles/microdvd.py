"""MicroDVD (.sub): "{24}{72}words|more words", counted in frames.

How many frames a second has stands in the first cue ({1}{1}23.976), else the user or the film says it.
"""

from __future__ import annotations

import re
from fractions import Fraction

from dubber.subtitles.blocks import Draft
from dubber.subtitles.listed import UNTOLD, line_by_line
from dubber.subtitles.settings import Reading

SUFFIXES = (".sub",)
LINE = re.compile(r"\s*\{(\d{1,9})\}\s*\{(\d{0,9})\}(.*)")
RATE = re.compile(r"\s*(\d{1,3}(?:[.,]\d{1,6})?)\s*(?:fps)?\s*", re.IGNORECASE)
DEFAULTS = re.compile(r"\s*\{DEFAULT\}.*", re.IGNORECASE)
USUAL = Fraction(24000, 1001)  # most films that had such files
NTSC = (24, 30, 48, 60, 120)


def looks(text: str) -> int:
    """Surely (2), when the first line is one."""
    lines = [line for line in text[:5000].split("\n") if line.strip() and not DEFAULTS.fullmatch(line)]
    return 2 if lines and LINE.fullmatch(lines[0]) else 0


def parse(text: str, reading: Reading) -> Draft:
    told, line = _rate_in_first_cue(text)
    rate = told or exact(reading.fps) or USUAL

    def times(row: str) -> tuple[int, int, str] | str | None:
        found = LINE.fullmatch(row)
        if not found:
            return row if DEFAULTS.fullmatch(row) else None
        if row == line:
            return found[3]
        start, end = (round(1000 * int(frame) / rate) if frame else UNTOLD for frame in found.groups()[:2])
        return start, end, found[3]

    draft = line_by_line(text, reading, times)
    where = (
        "as the file says" if told else "as --fps or the film says" if reading.fps else "a guess: --fps RATE sets it"
    )
    draft.notes.append(f"counted in frames, {float(rate):.3f} a second, {where}")
    return draft


def _rate_in_first_cue(text: str) -> tuple[Fraction | None, str]:
    """The rate that the first cue says instead of words, and that line."""
    first = next((line for line in text[:5000].split("\n") if LINE.fullmatch(line)), "")
    found = LINE.fullmatch(first)
    rate = RATE.fullmatch(found[3]) if found and int(found[1]) <= 1 and int(found[2] or 0) <= 1 else None
    value = Fraction(rate[1].replace(",", ".")) if rate else Fraction(0)
    return (exact(float(value)), first.rstrip()) if 1 <= value <= 1000 else (None, "")


def exact(rate: float) -> Fraction | None:
    """24000/1001 for 23.976 and 23.98; None for 0."""
    close = (Fraction(1000 * whole, 1001) for whole in NTSC if abs(rate - 1000 * whole / 1001) < 0.006)
    return next(close, Fraction(rate).limit_denominator(1001)) if rate > 0 else None
