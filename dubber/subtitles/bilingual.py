"""Files in two languages or more: a line in each, or a cue in each at the same times. One is spoken, the others are
left out.

What a file declares for its cues (SAMI's classes, TTML's xml:lang) is believed. Else a file is in several languages
when the first lines (or cues) that show together are surely in one language, the next ones in another, and so on. In
which language a text is, the reader is told by whoever calls it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import accumulate, combinations, groupby, pairwise

from dubber import languages, writing_systems
from dubber.languages import Detect, close, same
from dubber.model import LeftOut
from dubber.subtitles.blocks import Block, Part, in_time

PAIRS = 3  # that show a habit
SHARE = 0.4  # of a file's cues that are pairs; a file in two languages is all pairs but for names and single words
MOST = 4  # languages, or lines of a cue, that are looked at one by one
TOGETHER = 100  # ms between the times of two cues that are shown as one


@dataclass(frozen=True, slots=True)
class Bilingual:
    """Who tells languages apart, and which of two is to be spoken: wanted(first, second) gives one of them."""

    detect: Detect
    wanted: Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class _Languages:
    """The languages of a file in the order in which they are shown, and how a line of one is told from the others'."""

    tags: tuple[str, ...]
    detect: Detect

    def of(self, text: str) -> str:
        """The language of a line, "" when that cannot be said."""
        script, _ = writing_systems.main([text])
        fits = [tag for tag in self.tags if script and writing_systems.may_be(tag, script)]
        if len(fits) == 1:
            return fits[0]
        found = self.detect([text])
        likely = [tag for tag in self.tags if same(found.language, tag)]
        return likely[0] if likely and found.sure else ""


def one_language(blocks: Sequence[Block], how: Bilingual) -> tuple[list[Block], list[LeftOut], str]:
    """The blocks in the language that is to be spoken, the words of the other, and a note; all of a usual file."""
    declared = _declared(blocks)
    if declared:
        return _of_declared(declared, blocks, how)
    if stacked := _stacked(blocks, how.detect):
        return _in_spoken_language(stacked, [_divided(block, stacked) for block in blocks], how)
    if beside := _side_by_side(blocks, how.detect):
        return _in_spoken_language(beside, [{beside.of(block_text(block)): block} for block in blocks], how)
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


def _other(block: Block, tag: str, count: str = "two") -> LeftOut:
    return LeftOut(block.number, block_text(block), f"in {tag!r}: the file is in {count} languages")


def _in_spoken_language(
    found: _Languages, divided: list[dict[str, Block]], how: Bilingual
) -> tuple[list[Block], list[LeftOut], str]:
    wanted = reduce(how.wanted, found.tags)
    spoken = next((tag for tag in found.tags if same(wanted, tag)), found.tags[0])
    others = [tag for tag in found.tags if tag != spoken]
    kept = [block for pieces in divided for tag, block in pieces.items() if tag not in others]
    count = "two" if len(others) == 1 else str(len(found.tags))
    left = [_other(pieces[tag], tag, count) for pieces in divided for tag in others if tag in pieces]
    named = " and ".join(filter(None, [", ".join(map(repr, found.tags[:-1])), repr(found.tags[-1])]))
    choice = f"--language {others[0]} speaks the other" if len(others) == 1 else "--language speaks another"
    return kept, left, f"in {count} languages, {named}: {spoken!r} is spoken, {choice}"


def _stacked(blocks: Sequence[Block], detect: Detect) -> _Languages | None:
    """The languages of a file whose cues have a line in each."""
    rows = [lines for block in blocks if len(lines := _lines(block)) > 1]
    if len(rows) < PAIRS or len(rows) < SHARE * len(blocks):
        return None
    return _in_columns(rows, detect)


def _side_by_side(blocks: Sequence[Block], detect: Detect) -> _Languages | None:
    """The languages of a file that shows a cue in each at a time."""
    together: list[list[Block]] = []
    for block in sorted(blocks, key=in_time):
        if together and _at_once(together[-1][0], block):
            together[-1].append(block)
        else:
            together.append([block])
    rows = [[block_text(block) for block in group] for group in together if len(group) > 1]
    if len(rows) < PAIRS or sum(map(len, rows)) < SHARE * len(blocks):
        return None
    return _in_columns(rows, detect)


def _at_once(one: Block, two: Block) -> bool:
    return max(abs(one.window.start - two.window.start), abs(one.window.end - two.window.end)) <= TOGETHER


def _in_columns(rows: list[list[str]], detect: Detect) -> _Languages | None:
    """The languages of what is shown together: of each place in it where most rows are as long, else of the first and
    the last."""
    (usual, count), *_ = Counter(map(len, rows)).most_common(1)
    places = [[row[place] for row in rows if len(row) == usual] for place in range(usual)]
    found = _different(places, detect) if 2 < usual <= MOST and count >= PAIRS and 2 * count > len(rows) else None
    return found or _different([[row[0] for row in rows], [row[-1] for row in rows]], detect)


def _different(places: list[list[str]], detect: Detect) -> _Languages | None:
    """The languages of lines, by their place; None unless each is sure, and no two are hardly different."""
    found = [detect(lines) for lines in places]
    tags = tuple(tag for tag, _ in groupby(one.language for one in found))
    alike = any(close(one, two) for one, two in combinations(tags, 2))
    return _Languages(tags, detect) if len(tags) > 1 and not alike and all(one.sure for one in found) else None


def _lines(block: Block) -> list[str]:
    return [line for part in block.parts for line in part.text.split("\n") if line.strip()]


def _divided(block: Block, found: _Languages) -> dict[str, Block]:
    """The block's lines in each language, in the order of the languages."""
    lines = [(part.speaker, line) for part in block.parts for line in part.text.split("\n") if line.strip()]
    tags = [found.of(line) for _, line in lines]
    if len(lines) == 1 and not tags[0]:
        return {"": block}  # a name, a number: it is said in all of them
    pieces, start = {}, 0
    for place, tag in enumerate(found.tags):
        end = start + _cut(tags[start:], tag, len(found.tags) - place)
        pieces[tag], start = lines[start:end], end
    made = {tag: tuple(Part(speaker, line) for speaker, line in some) for tag, some in pieces.items() if some}
    return {tag: replace(block, parts=_joined(parts)) for tag, parts in made.items()}


def _cut(tags: list[str], first: str, languages: int) -> int:
    """How many lines are in the first of so many languages: most lines are on their side of the cut; else it is an even
    share."""
    if languages == 1:
        return len(tags)
    gains = accumulate((1 if tag == first else -1 if tag else 0 for tag in tags), initial=0)
    return max(enumerate(gains), key=lambda at: (at[1], -abs(languages * at[0] - len(tags))))[0]


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Lines of one speaker as one part again."""
    joined: list[Part] = []
    for part in parts:
        if joined and joined[-1].speaker == part.speaker:
            joined[-1] = Part(part.speaker, f"{joined[-1].text}\n{part.text}")
        else:
            joined.append(part)
    return tuple(joined)
