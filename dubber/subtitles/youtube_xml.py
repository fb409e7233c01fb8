"""YouTube's captions as XML (.srv1, .srv2, .srv3): an element for each line, times in seconds or milliseconds.

The text of srv1 is HTML, escaped once more: "&lt;i&gt;so&lt;/i&gt;" is italics there.
Automatic captions show a line while the next one is spoken: there a cue ends where the next begins.
"""

from __future__ import annotations

import re

from dubber.subtitles.blocks import Draft, Row
from dubber.subtitles.cuts import Cut
from dubber.subtitles.elements import Closed, Opened, events
from dubber.subtitles.listed import UNTOLD, laid, one_after_another
from dubber.subtitles.markup import escaped
from dubber.subtitles.settings import Reading

SUFFIXES = (".srv1", ".srv2", ".srv3")
ROOT = re.compile(r"^\s*(?:<\?xml[^>]*\?>\s*)?<(?:timedtext|transcript)\b")
FORMATTED = re.compile(r"<(i|b|u|font)\b[^<>]*>([^<>]*)</\1>", re.IGNORECASE)
NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,9})?")


def looks(text: str) -> int:
    """Surely (2), by its root element."""
    return 2 if ROOT.match(text[:2000]) else 0


def parse(text: str, reading: Reading) -> Draft:
    draft, cuts, automatic = Draft(), list[Cut](), False
    said: list[str] | None = None
    for event in events(text):
        if isinstance(event, Opened) and event.name in ("p", "text"):
            cuts.append(_cut(event))
            said = []
        elif isinstance(event, Opened) and event.name == "s":
            automatic = automatic or "t" in event.attributes
        elif isinstance(event, Opened) and event.name == "br" and said is not None:
            said.append("\n")
        elif isinstance(event, str) and said is not None:
            said.append(event)
        elif isinstance(event, Closed) and event.name in ("p", "text") and said is not None:
            shown = "".join(said)
            words = escaped(FORMATTED.sub(r"\2", shown) if event.name == "text" else shown).strip()
            cuts[-1].body = [Row(cuts[-1].number, words, False)] if words else []
            said = None
    cuts = [piece for piece in cuts if piece.body]
    return laid(one_after_another(cuts) if automatic else cuts, reading, draft)


def _cut(event: Opened) -> Cut:
    """An empty cue of a paragraph's times: t and d in milliseconds, or start and dur in seconds."""
    told = event.attributes
    scale, begin, length = (1, "t", "d") if "t" in told else (1000, "start", "dur")
    times = [
        round(scale * float(told[key])) if NUMBER.fullmatch(told.get(key, "")) else None for key in (begin, length)
    ]
    start, lasts = times
    fault = "" if start is not None else "its time cannot be read"
    return Cut(event.line, start or 0, (start or 0) + lasts if lasts is not None else UNTOLD, "", None, fault=fault)
