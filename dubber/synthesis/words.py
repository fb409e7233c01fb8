"""What was heard against what was to be said: letter by letter, without what writing adds. PURE.

Recognisers write numbers, names, punctuation and spaces as they like, so only letters count. Where the two texts part,
the letters that are missing, added or others are counted; what stands beside a number is forgiven (7:45, "a quarter to
eight", "$5").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate
from statistics import median

NUMBER = re.compile(r"[\d$€£¥%°&+=@#]+(?:[.,:’' ]?\d+)*")
FORGIVEN = 12  # letters beside a number: "twenty-five", "dollars", "kilometres"
SHORT, WRITTEN_OUT = 3, 2  # letters of a word that may be written short, and by how many it may grow: Mr., "mister"
TOGETHER = 3  # letters from which a stretch that both have is no accident
RUN = 4  # letters from which a run is no mishearing, of a voice that is understood well
LAST = 3  # letters at the end that were not heard at all: a recogniser does not leave out a last word that is there
USUAL = 4.5  # times the usual run that a run may be longer
LUCKY = 3  # times the run of a voice's best third that its usual run may be: more comes of takes that are wrong
OTHER = 0.75  # of the text's letters that are others in another line; no whole line of an understood voice had 0.72
UNDERSTOOD = 0.2  # of the text's letters that may be others in what was heard of a line that was understood
LACKING = 0.2  # of the text's letters that are missing, or too many: less may be any word heard as another
SIGNS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")  # a sign says as much as two letters or three


@dataclass(frozen=True, slots=True)
class Difference:
    """How far what was heard is from a text of so many letters, in letters. missing, added: in all. run: the longest
    stretch without agreement: letters that are missing, too many, or others. whole: all such stretches. last: what is
    missing at the very end."""

    said: int
    missing: float
    added: float
    run: float
    whole: float
    last: float = 0.0

    @property
    def share(self) -> float:
        """Of the text's letters."""
        return self.whole / max(1, self.said)


def letters(text: str) -> str:
    """What is compared: small letters without accents; a number is "#"."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in NUMBER.sub("#", plain) if char.isalpha() or char == "#")


def difference(text: str, heard: str) -> Difference:
    """Compare a text with what a recogniser heard."""
    said, came = letters(text), letters(heard)
    places = _gaps(said, came)
    gaps = [_gap(said[a:b], came[c:d], said[max(0, a - 2) : a] + said[b : b + 2]) for a, b, c, d in places]
    missing, added = sum(gap[0] for gap in gaps), sum(gap[1] for gap in gaps)
    ends = bool(places) and places[-1][1] == len(said) and places[-1][2] == places[-1][3]
    return Difference(
        len(said), missing, added, max(map(sum, gaps), default=0.0), sum(map(sum, gaps)), gaps[-1][0] if ends else 0.0
    )


def usual(takes: Sequence[Difference]) -> float:
    """The run that is usual for a voice: the middle one of what its takes differ by, because a recogniser understands
    some voices badly; bounded by that of its best third, because half of them may be wrong."""
    runs = [one.run for one in takes]
    return min(median(runs), LUCKY * _at(1 / 3, runs))


def understood(takes: Sequence[Difference]) -> bool:
    """Whether a recogniser understands a voice: a quarter of its takes, as the others may be wrong."""
    return _at(1 / 4, [one.share for one in takes]) <= UNDERSTOOD


def _at(part: float, values: Sequence[float]) -> float:
    """The value that this part of them is not above."""
    return sorted(values)[int((len(values) - 1) * part)]


def doubt(one: Difference, usual: float, *, understood: bool = False) -> str | None:
    """Why a take may not say its text, in a few words; or None. usual, understood: of its voice."""
    limit = noticed(usual)
    if one.missing >= max(limit, LACKING * one.said):
        return "words are missing"
    if one.added >= max(limit, LACKING * one.said):
        return "more is said than the line's words"
    if one.last >= LAST + USUAL * usual:
        return "the last word is missing"
    return "other words are heard" if one.run >= limit or (understood and one.share > OTHER) else None


def noticed(usual: float) -> float:
    """From how many letters a run of others is noticed in a voice whose usual run is this."""
    return RUN + USUAL * usual


def starts(texts: Sequence[str], heard: Sequence[tuple[str, float]]) -> tuple[float, ...] | None:
    """When each text after the first begins, by the words (text, start) that were heard; None: it cannot be told."""
    said, came = [letters(text) for text in texts], [letters(word) for word, _ in heard]
    blocks = SequenceMatcher(None, "".join(said), "".join(came), autojunk=False).get_matching_blocks()
    found: list[float] = []
    for place in accumulate(len(text) for text in said[:-1]):
        block = next((one for one in blocks if one.size >= TOGETHER and one.a + one.size > place), None)
        if block is None or block.a - place > TOGETHER:
            return None
        at = block.b + max(0, place - block.a)
        ends = accumulate(map(len, came))
        found.append(next(start for end, (_, start) in zip(ends, heard, strict=True) if end > at))
    return tuple(found) if found == sorted(found) else None


def _gaps(said: str, came: str) -> list[tuple[int, int, int, int]]:
    """Where the two part: (from, to) in what was to be said, (from, to) in what was heard."""
    together = 1 if SIGNS.search(said) else TOGETHER
    blocks = SequenceMatcher(None, said, came, autojunk=False).get_matching_blocks()
    found, a, c = [], 0, 0
    for block in blocks:
        last = block.a == len(said) and block.b == len(came)
        if block.size < together and "#" not in said[block.a : block.a + block.size] and not last:
            continue
        if block.a > a or block.b > c:
            found.append((a, block.a, c, block.b))
        a, c = block.a + block.size, block.b + block.size
    return found


def _gap(said: str, came: str, beside: str) -> tuple[float, float, float]:
    """Letters that are missing, that are added, and that are others."""
    forgiven = FORGIVEN if "#" in said + came + beside else 0
    alike = SequenceMatcher(None, said, came, autojunk=False).ratio() if said and came else 0.0
    missing, added = max(0, len(said) - len(came)), max(0, len(came) - len(said))
    if len(said) <= SHORT:
        added = max(0, added - WRITTEN_OUT)
    others = min(len(said), len(came)) * (1.0 - alike)
    return max(0.0, missing - forgiven), max(0.0, added - forgiven), max(0.0, others - forgiven)
