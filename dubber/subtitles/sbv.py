"""SubViewer (.sbv of YouTube, .sub): "0:00:01.000,0:00:03.500" above the lines of each cue, and [br] in them."""

from __future__ import annotations

import re

from dubber.model import LeftOut
from dubber.subtitles.blocks import Draft, milliseconds, rows
from dubber.subtitles.cuts import Cut
from dubber.subtitles.listed import laid
from dubber.subtitles.settings import Reading

SUFFIXES = (".sbv",)
TIMES = re.compile(
    r"\s*(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})[.,](\d{1,3})\s*,\s*(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})[.,](\d{1,3})\s*"
)
BREAK = re.compile(r"\[br\]", re.IGNORECASE)
HEADING = re.compile(r"\[/?[A-Z][A-Z ]*\].*")  # [INFORMATION], [TITLE]Evening, [COLF]&HFFFFFF, [END INFORMATION]


def looks(text: str) -> int:
    """Surely (2), when the first line that is no heading is a pair of times."""
    first = next((line for line in text[:5000].split("\n") if line.strip() and not HEADING.match(line)), "")
    return 2 if TIMES.fullmatch(first) else 0


def parse(text: str, reading: Reading) -> Draft:
    draft, cuts = Draft(), list[Cut]()
    for row in rows(text, reading, draft):
        if times := TIMES.fullmatch(row.text):
            start, end = milliseconds("", *times.groups()[:4]), milliseconds("", *times.groups()[4:])
            cuts.append(Cut(row.number, start, end, "", None))
        elif cuts:
            cuts[-1].body.append(row._replace(text=BREAK.sub("\n", row.text)))
        elif HEADING.match(row.text):
            draft.left_out.append(LeftOut(row.number, row.text, "the file's heading"))
        else:
            draft.broken.append(LeftOut(row.number, row.text, "above the first cue"))
    return laid(cuts, reading, draft)
