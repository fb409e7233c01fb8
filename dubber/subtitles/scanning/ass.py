"""The words of an ASS or SSA file: the text of its Dialogue lines without codes, drawings and comments."""

from __future__ import annotations

import re
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.markup import bare

TURNS = True
LINE = re.compile(r"[ \t]*(Dialogue|Comment|Format|Picture|Sound|Movie|Command)[ \t]*:[ \t]*(.*)", re.IGNORECASE)
SECTION = re.compile(r"^\s*\[([^\[\]\n]{1,40})\]\s*$")
ORDER = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
DRAWN = re.compile(r"\\p\s*(\d+)")
CLOCK = r"\d+:\d\d:\d\d[.,]\d{1,3}"
NESTED = re.compile(
    rf"\s*((Dialogue|Comment)\s*:)?\s*(Marked\s*=\s*)?\d+(\s*,\s*{CLOCK}){{2}}\s*,([^,{{}}]*,){{6}}", re.IGNORECASE
)
REMARK = re.compile(r"\s*(;|!:)")


def scan(text: str, headings: Set[int]) -> list[Place]:
    del headings  # events have neither numbers nor names
    found: list[Place] = []
    fields: tuple[str, ...] = ORDER
    section, goes_on = "events", False
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if heading := SECTION.match(line):
            section, fields, goes_on = heading.group(1).strip().casefold(), ORDER, False
        elif section in ("fonts", "graphics"):
            continue
        elif match := LINE.match(line):
            kind, rest = match.group(1).casefold(), match.group(2)
            goes_on = kind == "dialogue" and len(rest.split(",", len(fields) - 1)) == len(fields)
            if kind == "format":
                fields = _order(rest) or fields
            elif kind == "dialogue":
                found.append(Place(number, _text(rest, fields)))
        elif found and goes_on and section == "events" and not REMARK.match(line):
            found[-1] = found[-1]._replace(text=f"{found[-1].text}\n{_said(line)}")
    return found


def _order(rest: str) -> tuple[str, ...]:
    names = tuple(rest.casefold().replace(" ", "").split(","))
    return names if {"start", "end", "text"}.issubset(names) else ()


def _text(rest: str, fields: tuple[str, ...]) -> str:
    """The words of an event's text; where fields are missing, of what stands last."""
    parts = rest.split(",", len(fields) - 1)
    text = parts[fields.index("text")] if len(parts) == len(fields) else parts[-1]
    while nested := NESTED.match(text):
        text = text[nested.end() :]
    return _said(text)


def _said(text: str) -> str:
    if "{" in text:
        text = _undrawn(text)
    return bare(re.sub(r"\\[nNh]", "\n", text).replace("{", " ").replace("}", " "))


def _undrawn(text: str) -> str:
    """Text without override blocks, and without what they draw: shapes are written as letters and numbers."""
    pieces, drawing = [], False
    while "{" in text and "}" in text:
        before, _, after = text.partition("{")
        block, closed, rest = after.partition("}")
        if not closed:
            break
        pieces += [] if drawing else [before]
        for scale in DRAWN.findall(block):
            drawing = int(scale[:9]) > 0
        text = rest
    return "".join(pieces if drawing else [*pieces, text])
