"""Captions that scroll: each cue repeats the last line of the one before (automatic captions of video sites).

Spoken as they stand they would say every word two or three times. A file scrolls when most of its cues begin with what
the cue before ended with; then the repeated lines are left out. Elsewhere a repeated "No!" stays.
"""

from __future__ import annotations

from dataclasses import replace

from dubber.model import LeftOut
from dubber.subtitles.blocks import Block, Part, in_time

NEAR = 100  # ms from the end of one cue to the beginning of the next
LEAST = 6  # cues that scroll, before a file is one that does
SHARE = 0.5


def unrolled(blocks: list[Block]) -> tuple[list[Block], list[LeftOut]]:
    """The blocks in order of time with each scrolling line once, where it shows first; and what was repeated."""
    blocks = sorted(blocks, key=in_time)
    repeats = [0] + [_repeated(one, two) for one, two in zip(blocks, blocks[1:], strict=False)]
    scrolling = sum(repeat > 0 for repeat in repeats)
    if scrolling < LEAST or scrolling < SHARE * len(blocks):
        return blocks, []
    kept, left = [], []
    for block, repeat in zip(blocks, repeats, strict=True):
        lines = block.parts[0].text.split("\n") if block.parts else []
        if repeat:
            text, reason = " ".join(lines[:repeat]), "repeated from the cue before, which scrolls"
            left.append(LeftOut(block.number, text, reason, "repeated"))
        rest = "\n".join(lines[repeat:])
        if rest or not repeat:
            parts = (Part(block.parts[0].speaker, rest), *block.parts[1:]) if repeat else block.parts
            kept.append(replace(block, parts=parts))
    return kept, left


def _repeated(one: Block, two: Block) -> int:
    """How many lines the second block begins with that the first one ends with."""
    if len(one.parts) != 1 or len(two.parts) != 1 or two.window.start - one.window.end > NEAR:
        return 0
    before, after = one.parts[0].text.split("\n")[-4:], two.parts[0].text.split("\n")[:4]
    counts = range(min(len(before), len(after)), 0, -1)
    return next((count for count in counts if before[-count:] == after[:count]), 0)
