"""Speech recognisers write one word a cue. Spoken like that, each word would be an utterance: so they are joined to
sentences, up to the end of one or a pause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from dubber.model import Window
from dubber.subtitles.blocks import Block, Part

PAUSE = 700  # ms without a word, after which something else is said
QUICK = 800  # ms: the median length of a spoken word is less, that of a caption more
LONGEST = 300  # characters of a sentence that never ends, as of a recogniser without punctuation
FEWEST = 4  # cues
SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]」』]*$")
ALONE = re.compile(r"^\s*(?:[-‐–—>♪♫#\[(（【*]|[^\s:]+:(?:\s|$))")  # a turn, a sound, a song, a name: none is joined
WORD = re.compile(r"[^\W_](?:[^\W_]|['’-])*")
WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff]")


def joined(blocks: Sequence[Block]) -> tuple[list[Block], dict[int, int]]:
    """The blocks, words joined to sentences where the file has a word a cue; and the lines of the cues that were joined
    to another → that one's line."""
    if not _word_by_word(blocks):
        return list(blocks), {}
    runs: list[list[Block]] = []
    for block in blocks:
        if runs and _runs_on(runs[-1], block):
            runs[-1].append(block)
        else:
            runs.append([block])
    moved = {block.number: run[0].number for run in runs for block in run[1:] if block.number != run[0].number}
    return [_sentence(run) for run in runs], moved


def _word_by_word(blocks: Sequence[Block]) -> bool:
    if len(blocks) < FEWEST:
        return False
    counts = [_words(block) for block in blocks]
    close = sum(two.window.start - one.window.end <= PAUSE for one, two in pairwise(blocks))
    single = sum(count <= 1 for count in counts) >= 0.6 * len(blocks) and sum(
        count <= 2 for count in counts
    ) >= 0.9 * len(blocks)
    return single and 2 * close >= len(blocks) - 1 and median(block.window.length for block in blocks) <= QUICK


def _words(block: Block) -> int:
    """The words of a block's longest line: words without a length were put beside it, on lines of their own."""
    return max((_count(line) for part in block.parts for line in part.text.split("\n")), default=0)


def _count(line: str) -> int:
    signs = len(WIDE.findall(line))
    return signs // 2 if signs else len(WORD.findall(line))


def _runs_on(run: list[Block], block: Block) -> bool:
    last = run[-1]
    if len(last.parts) != 1 or len(block.parts) != 1 or last.parts[0].speaker != block.parts[0].speaker:
        return False
    text, following = last.parts[0].text, block.parts[0].text
    return (
        block.window.start - last.window.end <= PAUSE
        and not SENTENCE_END.search(text)
        and not ALONE.match(text)
        and not ALONE.match(following)
        and sum(len(one.parts[0].text) + 1 for one in run) + len(following) <= LONGEST
    )


def _sentence(run: list[Block]) -> Block:
    first = run[0]
    if len(run) == 1:
        return first
    window = Window(first.window.start, max(block.window.end for block in run))
    text = "\n".join(block.parts[0].text for block in run)  # lines: those of scripts without blanks join without one
    return Block(first.number, window, (Part(first.parts[0].speaker, text),), first.style)
