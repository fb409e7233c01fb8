"""Text that is shown several times and said once.

The same cue twice, a line cut into cues that touch, captions that grow word by word, words that light up one after the
other, captions that scroll (automatic ones of video sites): read as they stand, they would say everything two to ten
times. What is said twice is kept: a sentence of a language lesson, "No!" a second later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import Block, Part, in_time

TOUCH = 100  # ms from the end of one cue to the beginning of the next
LIT = 500  # ms between the cues of words that light up: there is none while nobody speaks
LETTER, SIGN = 66, 170  # ms that a letter, and a sign of a script without blanks, take in quick speech (15 a second)
SHORT = 10  # letters; what is shorter may well be said twice at once: "No! No!"
WORD = re.compile(r"[^\W_]+")
WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff]")


@dataclass(slots=True)
class _Run:
    """Cues of one text that follow each other. end: ms, of all; longest: ms, of one."""

    blocks: list[Block] = field(default_factory=list)
    overlapping: bool = False
    end: int = 0
    longest: int = 0

    def add(self, block: Block) -> None:
        self.blocks.append(block)
        self.end, self.longest = max(self.end, block.window.end), max(self.longest, block.window.length)

    @property
    def lengths(self) -> list[int]:
        return [block.window.length for block in self.blocks]

    @property
    def window(self) -> Window:
        return Window(self.blocks[0].window.start, self.end)


def once(blocks: list[Block]) -> tuple[list[Block], list[LeftOut]]:
    """The blocks in order of time, each text once, over all the time that it shows; and what was shown again."""
    left: list[LeftOut] = []
    blocks = _unrolled(_grown(_uncut(sorted(blocks, key=in_time), left), left), left)
    return blocks, left


def _text(block: Block) -> str:
    return "\n".join(part.text for part in block.parts)


def _again(block: Block, text: str, said: Block) -> LeftOut:
    reason = f"shown again: said once, at line {said.number}"
    return LeftOut(block.number, text.replace("\n", " "), reason, "repeated")


def _needs(text: str) -> int:
    """The ms that a text takes at least to be said."""
    signs = len(WIDE.findall(text))
    return SIGN * signs + LETTER * (sum(map(str.isalnum, text)) - signs)


def _uncut(blocks: list[Block], left: list[LeftOut]) -> list[Block]:
    """Blocks of equal text that show together or touch, as one."""
    runs = list(_runs(blocks))
    lesson = _is_lesson(runs, len(blocks))
    kept = []
    for run in runs:
        first = run.blocks[0]
        if len(run.blocks) == 1 or _said_again(run, lesson):
            kept += run.blocks
            continue
        kept.append(replace(first, window=run.window))
        left += [_again(block, _text(block), first) for block in run.blocks[1:]]
    return sorted(kept, key=in_time)


def _runs(blocks: Sequence[Block]) -> Iterator[_Run]:
    """The blocks, those together that have the same text and follow each other."""
    last: dict[tuple[Part, ...], _Run] = {}
    for block in blocks:
        run = last.get(block.parts)
        if run is None or not block.parts or not _follows(run, block):
            if run:
                yield run
            last[block.parts] = run = _Run()
        elif block.window.overlaps(run.blocks[-1].window):
            run.overlapping = True
        run.add(block)
    yield from last.values()


def _follows(run: _Run, block: Block) -> bool:
    gap = block.window.start - run.end
    if gap <= TOUCH:
        return True
    return gap <= LIT and max(run.longest, block.window.length) < _needs(_text(block)) // 2


def _is_lesson(runs: list[_Run], blocks: int) -> bool:
    """Whether a file says its sentences twice by habit: much of it are repeats, of even length, that can be said."""
    slow = [run for run in runs if len(run.blocks) > 1 and not run.overlapping and _even(run) and _long_enough(run, 1)]
    share = sum(len(run.blocks) for run in slow) / max(blocks, 1)
    return (len(slow) >= 2 and share >= 0.5) or (len(slow) >= 3 and share >= 0.3)


def _even(run: _Run) -> bool:
    return max(run.lengths) <= 1.5 * min(run.lengths)


def _long_enough(run: _Run, haste: float) -> bool:
    return min(run.lengths) * haste >= _needs(_text(run.blocks[0]))


def _said_again(run: _Run, lesson: bool) -> bool:
    """Whether each cue of a run is an utterance of its own."""
    if run.overlapping:
        return False
    if lesson:
        return _long_enough(run, 2)
    return sum(map(str.isalnum, _text(run.blocks[0]))) < SHORT and _long_enough(run, 1)


def _grown(blocks: list[Block], left: list[LeftOut]) -> list[Block]:
    """Captions that grow word by word as the last of each run, over all its time."""
    wraps = sum(map(_scrolls, blocks, blocks[1:])) * 4 < sum(_grows(*pair, lines=True) for pair in pairwise(blocks))
    runs: list[list[Block]] = []
    for block in blocks:
        if runs and _grows(runs[-1][-1], block, lines=wraps):
            runs[-1].append(block)
        else:
            runs.append([block])
    pairs = len(blocks) - len(runs)
    habit = pairs >= 3 and pairs >= 0.2 * len(blocks)
    kept = []
    for run in runs:
        if len(run) < 3 and not habit:
            kept += run
            continue
        end = max(block.window.end for block in run)
        kept.append(replace(run[-1], window=Window(run[0].window.start, end)))
        left += [_again(block, _text(block), run[-1]) for block in run[:-1]]
    return kept


def _grows(one: Block, two: Block, lines: bool) -> bool:
    """Whether the second block shows what the first one does and more; lines: also on a new line."""
    if not _successive(one, two, LIT):
        return False
    before, after = one.parts[0].text, two.parts[0].text
    if before[:1].casefold() != after[:1].casefold() or (not lines and before.count("\n") != after.count("\n")):
        return False
    if not _successive(one, two) and one.window.length >= _needs(before):  # an utterance of its own
        return False
    known, shown = " ".join(WORD.findall(before)).casefold(), " ".join(WORD.findall(after)).casefold()
    return bool(known) and len(shown) > len(known) and shown.startswith(known)


def _successive(one: Block, two: Block, gap: int = TOUCH) -> bool:
    if len(one.parts) != 1 or len(two.parts) != 1 or one.parts[0].speaker != two.parts[0].speaker:
        return False
    return two.window.start - one.window.end <= gap


def _unrolled(blocks: list[Block], left: list[LeftOut]) -> list[Block]:
    """Each line of scrolling captions once, where it shows first. A file scrolls when most of its cues begin with lines
    that the cue before ended with; elsewhere a repeated "No!" stays."""
    repeats = [0, *map(_repeated, blocks, blocks[1:])]
    scrolling = sum(repeat > 0 for repeat in repeats)
    if scrolling < 2 or scrolling < (0.5 if scrolling > 3 else 0.6) * (len(blocks) - 1):
        return blocks
    kept: list[Block] = []
    for block, repeat in zip(blocks, repeats, strict=True):
        if not repeat:
            kept.append(block)
            continue
        lines = block.parts[0].text.split("\n")
        left.append(_again(block, "\n".join(lines[:repeat]), kept[-1]))
        rest = "\n".join(lines[repeat:])
        if rest:
            kept.append(replace(block, parts=(Part(block.parts[0].speaker, rest),)))
    return kept


def _scrolls(one: Block, two: Block) -> bool:
    """Whether a line has moved out at the top."""
    return 0 < _repeated(one, two) < one.parts[0].text.count("\n") + 1


def _repeated(one: Block, two: Block) -> int:
    """How many lines the second block begins with that the first one, of another text, ends with."""
    if not _successive(one, two) or one.parts == two.parts:
        return 0
    before, after = one.parts[0].text.split("\n")[-4:], two.parts[0].text.split("\n")[:4]
    counts = range(min(len(before), len(after)), 0, -1)
    return next((count for count in counts if before[-count:] == after[:count]), 0)
