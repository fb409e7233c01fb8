"""Pieces of a file that begin at a timing line, and their repair: what SRT and WebVTT have in common.

A person who sees a word without a length, or a gap inside a cue, knows what was meant; so it is spoken. What nobody can
know goes on the draft's list of what is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import SETTINGS, Block, Draft, Row, window
from dubber.subtitles.markup import wash

NUMBER = re.compile(r"#?\d{1,9}[.:]?")
SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]』」]*$")
NEAR = 1000  # ms between a word without a length and the cue that it belongs to
READING = 80  # ms a character: 12.4 characters a second are the median of 370,699 cues of real dialogue
SHORTEST = 500  # ms that a cue gets whose length nobody wrote


@dataclass(slots=True)
class Cut:
    """A piece of the file that begins at a timing line. number: its line; index: the number above it, if any.
    language: what the file declares for it."""

    number: int
    start: int
    end: int
    rest: str
    index: int | None
    body: list[Row] = field(default_factory=list)
    fault: str = ""
    language: str = ""


def timed(cuts: list[Cut], draft: Draft) -> Iterator[tuple[Cut, Window]]:
    """The pieces that can be spoken, with their times; the others go on the list of what is broken."""
    for piece in _with_lengths(cuts, draft):
        place = piece.fault or window(piece.start, piece.end)
        if isinstance(place, Window):
            yield piece, place
        else:
            drop(piece, place, draft)


def _with_lengths(cuts: list[Cut], draft: Draft) -> list[Cut]:
    """The pieces; those that have text and no length are joined, sentence by sentence, to a neighbour, or last as long
    as reading them."""
    kept: list[Cut] = []
    alone: Cut | None = None  # the cue before, where nobody wrote its end
    joined = given = turned = place = 0
    while place < len(cuts):
        first, sentence = cuts[place], _lengthless(cuts, place)
        place += max(1, len(sentence))
        before, after = (kept[-1] if kept else None), (cuts[place] if place < len(cuts) else None)
        if not sentence:
            if _turned(first, before, after):
                first.start, first.end = first.end, first.start
                turned += 1
            kept.append(first)
            alone = None
        elif neighbour := _neighbour(sentence, None if alone else before, after):
            _join(sentence, neighbour, draft, behind=neighbour is before)
            joined += len(sentence)
        else:
            if not alone or alone.start != first.start:
                alone, sentence = first, sentence[1:]
                kept.append(first)
                given += 1
            _join(sentence, alone, draft)
            alone.end = _end(alone, after)
    _tell(
        {
            "cues without a length, spoken with the cue beside them": joined,
            "cues without a length, given the time that their words take": given,
            "cues that end before they begin, and fit between their neighbours the other way round": turned,
        },
        draft,
    )
    return kept


def _lengthless(cuts: list[Cut], place: int) -> list[Cut]:
    """The pieces from a place on that have text and no length, to the end of a sentence or a gap."""
    found: list[Cut] = []
    while place < len(cuts) and (piece := cuts[place]).body and not piece.fault and piece.start == piece.end:
        if found and (_ended(found[-1]) or not _near(found[-1].start, piece.start)):
            break
        found.append(piece)
        place += 1
    return found


def _join(pieces: list[Cut], to: Cut, draft: Draft, behind: bool = True) -> None:
    """Put the words of pieces behind those of another one, or before them."""
    words = [row for piece in pieces for row in piece.body]
    to.body = to.body + words if behind else words + to.body
    draft.joined |= {piece.number: to.number for piece in pieces}


def _ended(piece: Cut) -> bool:
    return bool(piece.body and SENTENCE_END.search(piece.body[-1].text))


def _turned(piece: Cut, before: Cut | None, after: Cut | None) -> bool:
    """Whether the times of a piece were swapped, as translators' programs do where they squeeze a cue in: the other way
    round they fit exactly between its neighbours."""
    if piece.fault or piece.start <= piece.end or not after or after.fault:
        return False
    return (before.end if before else 0) <= piece.end and piece.start <= after.start


def _neighbour(sentence: list[Cut], before: Cut | None, after: Cut | None) -> Cut | None:
    """The cue that a sentence without a length belongs to: the nearer one; where it touches both, the one whose
    sentence it continues."""
    start, end = sentence[0].start, sentence[-1].start
    first = before if before and _lasts(before) and _near(before.end, start) else None
    second = after if after and _lasts(after) and _near(end, after.start) else None
    if not first or not second:
        return first or second
    gaps = start - first.end, second.start - end
    return second if gaps[1] < gaps[0] or (gaps[1] == gaps[0] and _ended(first)) else first


def _near(earlier: int, later: int) -> bool:
    return 0 <= later - earlier <= NEAR


def _lasts(piece: Cut) -> bool:
    return not piece.fault and piece.end > piece.start


def _end(piece: Cut, after: Cut | None) -> int:
    reading = max(SHORTEST, READING * sum(len(row.text) for row in piece.body))
    free = after.start - piece.start if after and not after.fault and after.start > piece.start else reading
    return piece.start + min(reading, free)


def _tell(counts: Mapping[str, int], draft: Draft) -> None:
    draft.notes += [f"{what}: {count}" for what, count in counts.items() if count]


def keep(piece: Cut, place: Window, text: str, draft: Draft) -> None:
    """Wash a cue's text into a block."""
    rest = "" if SETTINGS.match(piece.rest) else piece.rest.strip()
    washed = wash(text if text.strip() else rest)
    if rest and text.strip():
        draft.left_out.append(LeftOut(piece.number, rest, "behind the times of the cue"))
    draft.left_out += [LeftOut(piece.number, *aside) for aside in washed.asides]
    draft.blocks.append(Block(piece.number, place, washed.parts, language=piece.language))


def drop(piece: Cut, reason: str, draft: Draft) -> None:
    """Put a cue that cannot be dubbed on the list, with its words."""
    beside = _words(piece.rest) if piece.fault or not SETTINGS.match(piece.rest.strip()) else ""
    text = " ".join(filter(None, [beside, bare(piece)]))
    if re.search(r"[^\W_]", text):  # a cue without words is no loss
        draft.broken.append(LeftOut(piece.number, text, reason))


def bare(piece: Cut) -> str:
    """All the words of a cue on one line, without markup."""
    washed = wash("\n".join(row.text for row in piece.body))
    return " ".join([part.text.replace("\n", " ") for part in washed.parts] + [aside.text for aside in washed.asides])


def _words(times: str) -> str:
    """What stands on a broken timing line and is no time."""
    return " ".join(part for part in times.split() if re.search(r"[^\W\d_]", part) and not re.search(r"\d:|:\d", part))
