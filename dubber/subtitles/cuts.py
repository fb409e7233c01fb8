"""Pieces of a file that begin at a timing line, and their repair: what SRT and WebVTT have in common.

A person who sees a word without a length, or a gap inside a cue, knows what was meant; so it is spoken. What nobody can
know goes on the draft's list of what is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import SETTINGS, Block, Draft, Row, window
from dubber.subtitles.washing import wash

NUMBER = re.compile(r"#?\d{1,9}[.:]?")
SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]』」]*$")
NEAR = 1000  # ms between a word without a length and the cue that it belongs to
READING = 80  # ms a character: 12.4 characters a second are the median of 370,699 cues of real dialogue
SHORTEST = 500  # ms that a cue gets whose length nobody wrote


@dataclass(slots=True)
class Cut:
    """A piece of the file that begins at a timing line. number: its line; index: the number above it, if any."""

    number: int
    start: int
    end: int
    rest: str
    index: int | None
    body: list[Row] = field(default_factory=list)
    fault: str = ""


def timed(cuts: list[Cut], draft: Draft) -> Iterator[tuple[Cut, Window]]:
    """The pieces that can be spoken, with their times; the others go on the list of what is broken."""
    for piece in _with_lengths(cuts, draft):
        place = piece.fault or window(piece.start, piece.end)
        if isinstance(place, Window):
            yield piece, place
        else:
            drop(piece, place, draft)


def _with_lengths(cuts: list[Cut], draft: Draft) -> list[Cut]:
    """The pieces, where those that have text and no length are joined to a neighbour, or last as long as they read."""
    kept: list[Cut] = []
    joined = given = 0
    for count, piece in enumerate(cuts):
        if piece.fault or piece.start != piece.end or not piece.body:
            kept.append(piece)
            continue
        before, after = (kept[-1] if kept else None), (cuts[count + 1] if count + 1 < len(cuts) else None)
        neighbour = _neighbour(piece, before, after)
        if neighbour is None:
            piece.end = _end(piece, after)
            kept.append(piece)
            given += piece.end > piece.start
        else:
            neighbour.body = neighbour.body + piece.body if neighbour is before else piece.body + neighbour.body
            draft.joined[piece.number] = neighbour.number
            joined += 1
    _tell(joined, given, draft)
    return kept


def _neighbour(piece: Cut, before: Cut | None, after: Cut | None) -> Cut | None:
    """The cue whose sentence a piece without a length belongs to: the one that it touches, the earlier if both."""
    first = before and _near(before.end, piece.start) and _lasts(before) and before
    second = after and _near(piece.start, after.start) and _lasts(after) and after
    if first and second and first.body and SENTENCE_END.search(first.body[-1].text):
        return second
    return first or second or None


def _near(earlier: int, later: int) -> bool:
    return 0 <= later - earlier <= NEAR


def _lasts(piece: Cut) -> bool:
    return not piece.fault and piece.end > piece.start


def _end(piece: Cut, after: Cut | None) -> int:
    reading = max(SHORTEST, READING * sum(len(row.text) for row in piece.body))
    free = after.start - piece.start if after and not after.fault and after.start > piece.start else reading
    return piece.start + min(reading, free)


def _tell(joined: int, given: int, draft: Draft) -> None:
    if joined:
        draft.notes.append(f"{joined} cues without a length are spoken with the cue beside them")
    if given:
        draft.notes.append(f"{given} cues without a length are given the time that their words take")


def keep(piece: Cut, place: Window, text: str, draft: Draft) -> None:
    """Wash a cue's text into a block."""
    washed = wash(text)
    rest = piece.rest.strip()
    if rest and not SETTINGS.match(rest):
        draft.left_out.append(LeftOut(piece.number, rest, "behind the times of the cue"))
    draft.left_out += [LeftOut(piece.number, *aside) for aside in washed.asides]
    draft.blocks.append(Block(piece.number, place, washed.parts))


def drop(piece: Cut, reason: str, draft: Draft) -> None:
    """Put a cue that cannot be dubbed on the list, with its words."""
    washed = wash("\n".join(row.text for row in piece.body))
    words = [part.text.replace("\n", " ") for part in washed.parts] + [aside.text for aside in washed.asides]
    beside = _words(piece.rest) if piece.fault or not SETTINGS.match(piece.rest.strip()) else ""
    text = " ".join(filter(None, [beside, *words]))
    if re.search(r"[^\W_]", text):  # a cue without words is no loss
        draft.broken.append(LeftOut(piece.number, text, reason))


def _words(times: str) -> str:
    """What stands on a broken timing line and is no time."""
    return " ".join(part for part in times.split() if re.search(r"[^\W\d_]", part) and not re.search(r"\d:|:\d", part))
