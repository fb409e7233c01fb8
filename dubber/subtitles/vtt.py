"""WebVTT (.vtt), through webvtt-py behind a repairing reader.

webvtt-py leaves entities, knows one voice a cue, drops cues whose times are slightly wrong and refuses a file without
its heading. So the file is cut into cues here, webvtt-py gets clean ones, and voices and markup are read by wash().
"""

from __future__ import annotations

import re

from dubber.errors import InputError
from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import Draft, Row, broken_timing, rows, timing, with_arrows
from dubber.subtitles.cuts import NUMBER, Cut, drop, keep, timed
from dubber.subtitles.settings import Reading
from dubber.timecode import clock

SUFFIXES = (".vtt", ".webvtt")
HEADING = re.compile(r"\s*WEBVTT(?:\s|$)", re.IGNORECASE)
SEGMENT = re.compile(r"WEBVTT(?:\s*-.*|\s*)$|X-TIMESTAMP-MAP\s*=")
ASIDE = re.compile(r"NOTE(?:\s|$)|(?:STYLE|REGION)\s*$")
SENTENCE = re.compile(r"\s.*[.!?…]\W*$")
LANGUAGE = re.compile(r"Language:\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*", re.IGNORECASE)


def looks(text: str) -> int:
    """Surely (2) by its heading; perhaps (1) without one, when there are timing lines."""
    return 2 if HEADING.match(text[:1000]) else int("-->" in text[:20_000])


def parse(text: str, reading: Reading) -> Draft:
    draft = Draft()
    if not HEADING.match(text[:1000]):
        draft.notes.append("the heading WEBVTT is missing")
    cuts, comments = _cut(with_arrows(text, draft), reading, draft)
    if not cuts and draft.notes:
        raise InputError("there is no WEBVTT heading and no timing line in it")
    if comments:
        draft.notes.append(f"{comments} comments and style blocks are not spoken")
    _read(cuts, draft)
    return draft


def _cut(text: str, reading: Reading, draft: Draft) -> tuple[list[Cut], int]:
    """The cues, by the format's own rules but one: an empty line ends no cue, unless a comment, a header, or the next
    cue's times stand below it."""
    cuts: list[Cut] = []
    pending: list[Row] = []  # lines since the last empty line that no timing line has claimed
    state, comments = "stray", 0  # what the lines are: heading, aside, stray, cue
    for row in rows(text, reading, draft):
        times = timing(row.text)
        fault = "" if times or not broken_timing(row.text) else "its timing line cannot be read"
        if times or fault:
            index = _identifier(cuts, pending, state, row, draft)
            start, end, rest = times or (0, 0, row.text)
            cuts.append(Cut(row.number, start, end, rest, index, fault=fault))
            _stray(pending, draft)
            state = "cue"
            if len(cuts) > reading.max_cues:
                raise InputError(f"more than {reading.max_cues} cues", advice="reading.max_cues sets the limit")
        elif _heads(row, first=not cuts and state == "stray" and not pending):
            _stray(pending, draft)
            state = "heading"
        elif row.empty and ASIDE.match(row.text):
            _stray(pending, draft)
            state, comments = "aside", comments + 1
        elif state == "cue":
            cuts[-1].body.append(row)
        elif row.empty or state == "stray":
            if row.empty:
                _stray(pending, draft)
            pending.append(row)
            state = "stray"
        elif state == "heading":
            named = LANGUAGE.fullmatch(row.text)
            draft.language = draft.language or (named.group(1) if named else None)
    _stray(pending, draft)
    return cuts, comments


def _heads(row: Row, first: bool) -> bool:
    """Whether a header begins: the file's own, or that of one of several segments (HTTP Live Streaming) joined."""
    return bool(SEGMENT.match(row.text) or (first and HEADING.match(row.text)))


def _identifier(cuts: list[Cut], pending: list[Row], state: str, times: Row, draft: Draft) -> int | None:
    """Take the cue's identifier off the line above its times; its number, when it is one."""
    body = pending if state == "stray" else cuts[-1].body if cuts and state == "cue" else []
    if not body or not _identifies(body, times, cuts[-1].index if cuts and state == "cue" else None, state):
        return None
    row = body.pop()
    draft.headings.add(row.number)
    return int(row.text.strip("#.:")) if NUMBER.fullmatch(row.text) else None


def _identifies(body: list[Row], times: Row, last: int | None, state: str) -> bool:
    """Whether the last line above a timing line names the cue. A number may follow the text at once, where a blank line
    is missing; words stand alone between an empty line and the times, and are no sentence that the cue before lacks."""
    row = body[-1]
    if NUMBER.fullmatch(row.text):
        return row.empty or state == "stray" or (last is not None and int(row.text.strip("#.:")) == last + 1)
    if times.apart or not row.empty:
        return False
    return state == "stray" or (len(body) > 1 and not SENTENCE.search(row.text))


def _stray(pending: list[Row], draft: Draft) -> None:
    draft.broken += [LeftOut(row.number, row.text, "in no cue: it has no times") for row in pending]
    pending.clear()


def _read(cuts: list[Cut], draft: Draft) -> None:
    good = list(timed(cuts, draft))
    texts = _through_webvtt(good)
    for count, (piece, place) in enumerate(good):
        if count in texts:
            keep(piece, place, texts[count], draft)
        else:
            drop(piece, "the WebVTT parser refused it", draft)


def _through_webvtt(good: list[tuple[Cut, Window]]) -> dict[int, str]:
    """The text of each piece as webvtt-py reads it, by its place; block by block, for its captions cost more than all
    the rest: six settings each, which speech has no use for."""
    from webvtt.vtt import WebVTTCueBlock

    texts = {}
    for count, (piece, place) in enumerate(good):
        body = [row.text.replace("-->", "--&gt;") for row in piece.body]
        start, end = clock(place.start), clock(place.end)
        read = WebVTTCueBlock.from_lines([f"{start} --> {end}", *body])
        if (read.start, read.end) == (start, end):
            texts[count] = "\n".join(read.payload)
    return texts
