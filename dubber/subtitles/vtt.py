"""WebVTT (.vtt), through webvtt-py behind a repairing reader.

webvtt-py leaves entities, knows one voice a cue, drops cues whose times are slightly wrong and refuses a file without
its heading. So the file is cut into cues here, webvtt-py gets clean ones, and voices and markup are read by wash().
"""

from __future__ import annotations

import re

from dubber.errors import InputError
from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import Draft, Row, broken_timing, clock, rows, timing, window
from dubber.subtitles.reading import Reading
from dubber.subtitles.srt import NUMBER, Cut, drop, keep

SUFFIXES = (".vtt", ".webvtt")
HEADING = re.compile(r"\s*WEBVTT(?:\s|$)", re.IGNORECASE)
ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
LANGUAGE = re.compile(r"Language:\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\s*", re.IGNORECASE)


def looks(text: str) -> int:
    """Surely (2) by its heading; perhaps (1) without one, when there are timing lines."""
    return 2 if HEADING.match(text[:1000]) else int("-->" in text[:20_000])


def parse(text: str, reading: Reading) -> Draft:
    draft = Draft()
    if not HEADING.match(text[:1000]):
        draft.notes.append("the heading WEBVTT is missing")
    cuts, comments = _cut(text, reading, draft)
    if not cuts and draft.notes:
        raise InputError("there is no WEBVTT heading and no timing line in it")
    if comments:
        draft.notes.append(f"{comments} comments and style blocks are not spoken")
    _read(cuts, reading, draft)
    return draft


def _cut(text: str, reading: Reading, draft: Draft) -> tuple[list[Cut], int]:
    """The cues, by the format's own rules: a blank line ends one, and so does the next timing line."""
    cuts: list[Cut] = []
    pending: list[Row] = []  # lines since the last blank line that no timing line has claimed
    state, comments = "stray", 0  # what the lines are: heading, aside, stray, cue
    for row in rows(text, reading, draft):
        times = timing(row.text)
        fault = "" if times or not broken_timing(row.text) else "its timing line cannot be read"
        if times or fault:
            index = _identifier(cuts, pending, state, row)
            start, end, rest = times or (0, 0, row.text)
            cuts.append(Cut(row.number, start, end, rest, index, fault=fault))
            _stray(pending, draft)
            state = "cue"
            if len(cuts) > reading.max_cues:
                raise InputError(f"more than {reading.max_cues} cues", advice="reading.max_cues sets the limit")
        elif not cuts and state == "stray" and not pending and HEADING.match(row.text):
            state = "heading"
        elif row.apart or state == "stray":
            if row.apart:
                _stray(pending, draft)
                aside = bool(ASIDE.match(row.text))
                state, comments = ("aside" if aside else "stray"), comments + aside
            if state == "stray":
                pending.append(row)
        elif state == "heading":
            named = LANGUAGE.fullmatch(row.text)
            draft.language = named.group(1) if named else draft.language
        elif state == "cue":
            cuts[-1].body.append(row)
    _stray(pending, draft)
    return cuts, comments


def _identifier(cuts: list[Cut], pending: list[Row], state: str, times: Row) -> int | None:
    """Take the cue's identifier off the line above its times; its number, when it is one. Words above a blank line are
    no identifier: they belong to a cue whose times are missing."""
    if state == "stray" and pending:
        if times.apart and not NUMBER.fullmatch(pending[-1].text):
            return None
        text = pending.pop().text
        return int(text.strip("#.:")) if NUMBER.fullmatch(text) else None
    last = cuts[-1] if cuts and state == "cue" else None
    if last and last.body and NUMBER.fullmatch(last.body[-1].text):  # a blank line is missing
        number = int(last.body[-1].text.strip("#.:"))
        if last.index is not None and number == last.index + 1:
            last.body.pop()
            return number
    return None


def _stray(pending: list[Row], draft: Draft) -> None:
    draft.broken += [LeftOut(row.number, row.text, "in no cue: it has no times") for row in pending]
    pending.clear()


def _read(cuts: list[Cut], reading: Reading, draft: Draft) -> None:
    good: list[tuple[Cut, Window]] = []
    for piece in cuts:
        place = piece.fault or window(piece.start, piece.end)
        if isinstance(place, str):
            drop(piece, place, draft)
        elif sum(len(row.text) + 1 for row in piece.body) > reading.max_cue:
            drop(piece, f"longer than {reading.max_cue} characters", draft)
        else:
            good.append((piece, place))
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
