"""SubRip (.srt), through pysrt behind a repairing reader.

pysrt loses what stands after a blank line in a cue, speaks the next number where a blank line is missing, and hides
every block that it cannot read. So the file is cut at its timing lines here, pysrt gets clean blocks, and its count is
checked.
"""

from __future__ import annotations

from dubber.errors import InputError
from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import MISTYPED, Draft, Row, broken_timing, rows, timing, with_arrows
from dubber.subtitles.cuts import NUMBER, Cut, drop, keep, timed
from dubber.subtitles.settings import Reading
from dubber.timecode import clock

SUFFIXES = (".srt",)


def looks(text: str) -> int:
    """Perhaps (1) SubRip, when some line among the first is a timing line; else not (0). Nothing proves it."""
    return int(any(timing(line) or MISTYPED.match(line) for line in text[:20_000].split("\n")[:200]))


def parse(text: str, reading: Reading) -> Draft:
    draft = Draft()
    cuts = cut(with_arrows(text, draft), reading, draft)
    if not any(not piece.fault for piece in cuts):
        raise InputError("there is no timing line in it", advice="it does not seem to be a SubRip file")
    _read(cuts, draft)
    return draft


def cut(text: str, reading: Reading, draft: Draft) -> list[Cut]:
    """The file, cut at its timing lines; numbers above them are taken off the text before."""
    cuts: list[Cut] = []
    before: list[Row] = []  # lines above the first timing line
    for row in rows(text, reading, draft):
        body = cuts[-1].body if cuts else before
        arrow = ">" in row.text or "\u2192" in row.text
        times = timing(row.text) if arrow else None
        if times:
            index = _take_index(body, row, cuts, draft)
            cuts.append(Cut(row.number, times.start, times.end, times.rest, index))
            if len(cuts) > reading.max_cues:
                raise InputError(f"more than {reading.max_cues} cues", advice="reading.max_cues sets the limit")
        elif arrow and broken_timing(row.text):
            index = _take_index(body, row, cuts, draft)
            cuts.append(Cut(row.number, 0, 0, row.text, index, fault="its timing line cannot be read"))
        else:
            _orphan(cuts, row, draft)
            (cuts[-1].body if cuts else before).append(row)
    _settle(cuts, draft)
    draft.broken += [LeftOut(row.number, row.text, "above the first cue") for row in before]
    return cuts


def _take_index(body: list[Row], row: Row, cuts: list[Cut], draft: Draft) -> int | None:
    """The cue's number, taken off the end of what stands above its timing line; None when there is none.

    A number that stands there may also be the last word of the cue before ("42"): with a blank line between it
    and the timing line it is an index only if it is the next one.
    """
    if not body or not NUMBER.fullmatch(body[-1].text):
        return None
    index = int(body[-1].text.strip("#.:"))
    expected = cuts[-1].index + 1 if cuts and cuts[-1].index is not None else None
    numbered = not cuts or cuts[-1].index is not None
    if index == expected or not cuts or (not row.apart and (body[-1].apart or numbered)):
        draft.headings.add(body.pop().number)
        return index
    return None


def _orphan(cuts: list[Cut], row: Row, draft: Draft) -> None:
    """Open a piece for a number that stands where the next cue should begin; whether its timing line is missing
    shows when the next line comes."""
    last = cuts[-1] if cuts else None
    if last is None or not last.body or last.body[-1].number != row.number - 1:
        return
    head = last.body[-1]
    if head.apart and last.index is not None and NUMBER.fullmatch(head.text):
        index = int(head.text.strip("#.:"))
        if index == last.index + 1:
            draft.headings.add(last.body.pop().number)
            cuts.append(Cut(head.number, 0, 0, "", index, fault="it has no timing line"))


def _settle(cuts: list[Cut], draft: Draft) -> None:
    """A number alone at the very end is the index of a cue that was never written."""
    if not cuts or not cuts[-1].body:
        return
    last, index = cuts[-1].body[-1], cuts[-1].index
    if index is not None and last.apart and last.text == str(index + 1):
        draft.headings.add(cuts[-1].body.pop().number)


def _read(cuts: list[Cut], draft: Draft) -> None:
    good = list(timed(cuts, draft))
    texts = _through_pysrt(good)
    for count, (piece, place) in enumerate(good):
        if count in texts:
            keep(piece, place, texts[count], draft)
        else:
            drop(piece, "the SubRip parser refused it", draft)


def _through_pysrt(good: list[tuple[Cut, Window]]) -> dict[int, str]:
    """The text of each piece as pysrt reads it, by its place."""
    from pysrt import Error, SubRipItem

    texts = {}
    for count, (piece, place) in enumerate(good):
        times = f"{clock(place.start)} --> {clock(place.end)}"
        try:
            item = SubRipItem.from_lines([str(count), times, *[row.text for row in piece.body]])
        except Error:
            continue
        if (item.start.ordinal, item.end.ordinal) == (place.start, place.end):
            texts[count] = item.text
    return texts
