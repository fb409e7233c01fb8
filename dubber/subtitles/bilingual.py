"""Files in two languages: two lines a cue, or two cues of the same times. One is spoken, the other is left out.

What a file declares for its cues (SAMI's classes, TTML's xml:lang) is believed. Else a file is in two languages when
the first lines (or cues) of its pairs are surely in one language and the last lines in another. In
which language a text is, the reader is told by whoever calls it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

from dubber import languages, letters
from dubber.languages import Detect, close, same
from dubber.model import LeftOut
from dubber.subtitles.blocks import Block, Part, in_time

PAIRS = 3  # that show a habit
SHARE = 0.4  # of a file's cues that are pairs; a file in two languages is all pairs but for names and single words
TOGETHER = 100  # ms between the times of two cues that are shown as one


@dataclass(frozen=True, slots=True)
class Bilingual:
    """Who tells languages apart, and which of two is to be spoken: wanted(first, second) gives one of them."""

    detect: Detect
    wanted: Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class _Two:
    """The two languages of a file, and how a line of the one is told from one of the other."""

    first: str
    second: str
    detect: Detect

    def of(self, text: str) -> str:
        """The language of a line, "" when that cannot be said."""
        script, _ = letters.main([text])
        fits = [tag for tag in (self.first, self.second) if script and letters.may_be(tag, script)]
        if len(fits) == 1:
            return fits[0]
        found = self.detect([text])
        likely = [tag for tag in (self.first, self.second) if same(found.language, tag)]
        return likely[0] if likely and found.sure else ""


def one_language(blocks: Sequence[Block], how: Bilingual) -> tuple[list[Block], list[LeftOut], str]:
    """The blocks in the language that is to be spoken, the words of the other, and a note; all of a usual file."""
    declared = _declared(blocks)
    if declared:
        return _of_declared(declared, blocks, how)
    two = _stacked(blocks, how.detect)
    if two:
        return _told(two, [_divided(block, two) for block in blocks], how)
    two = _side_by_side(blocks, how.detect)
    if two:
        return _told(two, [{two.of(block_text(block)): block} for block in blocks], how)
    return list(blocks), [], ""


def block_text(block: Block) -> str:
    return "\n".join(part.text for part in block.parts)


def _declared(blocks: Sequence[Block]) -> list[str]:
    """The languages of which a file shows each at the same times as another, in the file's order; [] for fewer than
    two. A line of another language that stands for itself ("C'est la vie.") makes no second one."""
    ordered = sorted((block for block in blocks if block.language), key=in_time)
    counts = Counter(block.language for block in blocks if block.language)
    pairs = [pair for pair in pairwise(ordered) if pair[0].language != pair[1].language and _overlap(*pair)]
    together = Counter(block.language for block in {id(block): block for pair in pairs for block in pair}.values())
    found = [tag for tag, count in counts.items() if together[tag] >= SHARE * count]
    return found if len(found) > 1 else []


def _overlap(one: Block, two: Block) -> bool:
    """Whether two cues show together for half of the shorter one, or longer."""
    shared = min(one.window.end, two.window.end) - max(one.window.start, two.window.start)
    return 2 * shared >= min(block.window.end - block.window.start for block in (one, two))


def _of_declared(tags: list[str], blocks: Sequence[Block], how: Bilingual) -> tuple[list[Block], list[LeftOut], str]:
    wanted = languages.standard(reduce(how.wanted, tags))
    spoken = min(tags, key=lambda tag: (languages.standard(tag) != wanted, not same(tag, wanted)))  # pt-BR before pt
    others = [tag for tag in tags if tag != spoken]
    left = [block for block in blocks if block.language in others]
    kept = [block for block in blocks if block.language not in others]
    named = ", ".join(map(repr, others))
    note = f"declares cues in {spoken!r} and {named} at the same times: {spoken!r} is spoken, --language speaks another"
    return kept, [_other(block, block.language) for block in left], note


def _other(block: Block, tag: str) -> LeftOut:
    return LeftOut(block.number, block_text(block), f"in {tag!r}: the file is in two languages")


def _told(two: _Two, divided: list[dict[str, Block]], how: Bilingual) -> tuple[list[Block], list[LeftOut], str]:
    spoken = how.wanted(two.first, two.second)
    other = two.second if same(spoken, two.first) else two.first
    spoken = two.first if other == two.second else two.second
    kept = [block for pieces in divided for tag, block in pieces.items() if tag != other]
    left = [pieces[other] for pieces in divided if other in pieces]
    note = (
        f"in two languages, {two.first!r} and {two.second!r}: {spoken!r} is spoken, --language {other} speaks the other"
    )
    return kept, [_other(block, other) for block in left], note


def _stacked(blocks: Sequence[Block], detect: Detect) -> _Two | None:
    """The languages of a file whose cues have two lines, one in each."""
    rows = [lines for block in blocks if len(lines := _lines(block)) > 1]
    if len(rows) < PAIRS or len(rows) < SHARE * len(blocks):
        return None
    return _both([lines[0] for lines in rows], [lines[-1] for lines in rows], detect)


def _side_by_side(blocks: Sequence[Block], detect: Detect) -> _Two | None:
    """The languages of a file that shows two cues at a time, one in each."""
    ordered = sorted(blocks, key=in_time)
    pairs = [(one, two) for one, two in zip(ordered, ordered[1:], strict=False) if _at_once(one, two)]
    if len(pairs) < PAIRS or 2 * len(pairs) < SHARE * len(blocks):
        return None
    return _both([block_text(one) for one, _ in pairs], [block_text(two) for _, two in pairs], detect)


def _at_once(one: Block, two: Block) -> bool:
    return max(abs(one.window.start - two.window.start), abs(one.window.end - two.window.end)) <= TOGETHER


def _both(first: list[str], second: list[str], detect: Detect) -> _Two | None:
    one, other = detect(first), detect(second)
    if one.sure and other.sure and not close(one.language, other.language):
        return _Two(one.language, other.language, detect)
    return None


def _lines(block: Block) -> list[str]:
    return [line for part in block.parts for line in part.text.split("\n") if line.strip()]


def _divided(block: Block, two: _Two) -> dict[str, Block]:
    """The block's lines in each language: the first ones and the last ones, cut where most lines are on their side."""
    lines = [(part.speaker, line) for part in block.parts for line in part.text.split("\n") if line.strip()]
    tags = [two.of(line) for _, line in lines]

    def fitting(cut: int) -> tuple[int, int]:
        return tags[:cut].count(two.first) + tags[cut:].count(two.second), -abs(2 * cut - len(lines))

    cut = max(range(len(lines) + 1), key=fitting)
    pieces = {two.first: lines[:cut], two.second: lines[cut:]}
    if len(lines) == 1 and not tags[0]:
        pieces = {"": lines}  # a name, a number: it is said in both
    made = {tag: tuple(Part(speaker, line) for speaker, line in some) for tag, some in pieces.items() if some}
    return {tag: replace(block, parts=_joined(parts)) for tag, parts in made.items()}


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Lines of one speaker as one part again."""
    joined: list[Part] = []
    for part in parts:
        if joined and joined[-1].speaker == part.speaker:
            joined[-1] = Part(part.speaker, f"{joined[-1].text}\n{part.text}")
        else:
            joined.append(part)
    return tuple(joined)
