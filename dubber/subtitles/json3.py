"""YouTube's captions as JSON (.json3): events with a time in milliseconds and the words in segments."""

from __future__ import annotations

import json
import re
from typing import Any

from dubber.errors import InputError
from dubber.subtitles.blocks import Draft, Row
from dubber.subtitles.cuts import Cut
from dubber.subtitles.listed import UNTOLD, laid, one_after_another
from dubber.subtitles.markup import escaped
from dubber.subtitles.settings import Reading

SUFFIXES = (".json3",)
KEY = re.compile(r'"tStartMs"\s*:')


def looks(text: str) -> int:
    """Surely (2), when it is JSON that has such a time."""
    return 2 if text[:100].lstrip().startswith("{") and KEY.search(text[:20_000]) else 0


def parse(text: str, reading: Reading) -> Draft:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no JSON: {error}", advice="is the file whole?") from None
    listed = found.get("events") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise InputError("has no list of events", advice="it does not seem to be YouTube's json3")
    told = [event for event in listed if isinstance(event, dict)]
    cuts = [_cut(event, number) for event, number in zip(told, _lines(text, len(told)), strict=True)]
    cuts = [piece for piece in cuts if piece.body]
    automatic = any("tOffsetMs" in segment for event in told for segment in _segments(event))
    return laid(one_after_another(cuts) if automatic else cuts, reading, Draft())


def _lines(text: str, count: int) -> list[int]:
    """The line on which each event's time stands; the first, where that does not count out."""
    places = [match.start() for match in KEY.finditer(text)]
    if len(places) != count or "\n" not in text:
        return [1] * count
    lines, line, at = [], 1, 0
    for place in places:
        line += text.count("\n", at, place)
        at = place
        lines.append(line)
    return lines


def _segments(event: dict[str, Any]) -> list[dict[str, Any]]:
    segments = event.get("segs")
    return [one for one in segments if isinstance(one, dict)] if isinstance(segments, list) else []


def _cut(event: dict[str, Any], number: int) -> Cut:
    words = "".join(str(segment.get("utf8", "")) for segment in _segments(event)).strip()
    start, lasts = _whole(event.get("tStartMs")), _whole(event.get("dDurationMs"))
    fault = "" if start is not None else "its time cannot be read"
    begin = start or 0
    end = begin + lasts if lasts is not None else UNTOLD
    return Cut(number, begin, end, "", None, [Row(number, escaped(words), False)] if words else [], fault)


def _whole(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12
    return int(value) if whole else None
