"""What the formats share that have a line, or an element, for each cue."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from dubber.errors import InputError
from dubber.model import LeftOut
from dubber.subtitles.blocks import Draft, rows
from dubber.subtitles.cuts import Cut, keep, timed
from dubber.subtitles.markup import wash
from dubber.subtitles.settings import Reading

LONGEST = 8000  # ms: as long stands a cue whose end nobody wrote; 99 % of real ones are over after 7.4 s
UNTOLD = -1  # the end of a cue that has none of its own: it lasts until the next one


def laid(cuts: list[Cut], reading: Reading, draft: Draft) -> Draft:
    """The draft with all cues in it. Raises InputError when there are none, or too many."""
    if not cuts:
        raise InputError("there is no cue in it", advice="is it a subtitle file?")
    if len(cuts) > reading.max_cues:
        raise InputError(f"more than {reading.max_cues} cues", advice="reading.max_cues sets the limit")
    _end(cuts)
    for piece, place in timed([piece for piece in cuts if piece.body], draft):
        keep(piece, place, "\n".join(row.text for row in piece.body), draft)
    return draft


def _end(cuts: list[Cut]) -> None:
    """A cue without an end lasts until the next one that begins later; one without words ends the one before."""
    following = None
    for piece in sorted(cuts, key=lambda one: one.start, reverse=True):
        if piece.end == UNTOLD:
            last = piece.start + LONGEST
            piece.end = last if following is None else min(following, last)
        following = piece.start if following is None or piece.start < following else following


Times = Callable[[str], tuple[int, int, str] | str | None]


def line_by_line(text: str, reading: Reading, times: Times) -> Draft:
    """A file whose cues are one line each, "|" between what shows on two, "/" before italics.

    times: a line's start, end (UNTOLD: until the next) and words; the words alone of a line that says something about
    the file; None: it should be a cue and is none.
    """
    draft, cuts = Draft(), list[Cut]()
    for row in rows(text, reading, draft):
        found = times(row.text)
        if found is None or isinstance(found, str):
            words = " ".join(part.text.replace("\n", " ") for part in wash(found or row.text).parts)
            reason = "it has no times" if found is None else "the file's heading"
            (draft.broken if found is None else draft.left_out).append(LeftOut(row.number, words, reason))
            continue
        start, end, words = found
        shown = [part.strip().removeprefix("/") for part in words.split("|")]
        body = [row._replace(text=part) for part in shown if part]
        cuts.append(Cut(row.number, start, end, "", None, body))
    return laid(cuts, reading, draft)


def one_after_another(cuts: list[Cut]) -> list[Cut]:
    """The cues, each ended where the next one begins."""
    ordered = sorted(cuts, key=lambda piece: piece.start)
    for piece, following in pairwise(ordered):
        if piece.start < following.start < piece.end:
            piece.end = following.start
    return ordered
