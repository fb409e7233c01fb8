"""Blocks to cues: what of a subtitle's text is said, and by whom; all the rest goes on the list with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from dubber.model import Cue, LeftOut
from dubber.subtitles.blocks import Block, in_time
from dubber.subtitles.colours import by_colour, speak_in_colours
from dubber.subtitles.credits import without_credits
from dubber.subtitles.headers import without_headers
from dubber.subtitles.lyrics import mended, unmarked, without_lyrics
from dubber.subtitles.settings import Reading
from dubber.subtitles.sounds import habits, with_sounds, without_sounds
from dubber.subtitles.speakers import Names, learn, with_manners
from dubber.subtitles.turns import Turn, carried, turns

STARS = re.compile(r"(?<!\w)([*_]{1,2})([^*_\n]{1,200})\1(?!\w)")
ORNAMENT = re.compile(r"([*=_~+#|•·■□●○★☆◆◇►◄▲▼])\1{2,}|-{4,}")  # a voice would read "asterisk, asterisk"
SINGER = re.compile(r"\w[^:：\n]{0,40}[:：]")  # what is left of "Anna: ♪ la la ♪"
CLOCK = re.compile(r"\s*[\[(](?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?[\])][-:]?\s*")
WORD = re.compile(r"[^\W_]")
WIDE = (("\u2e80", "\u9fff"), ("\uf900", "\ufaff"), ("\uff00", "\uffef"))  # scripts without spaces between words


def speak(blocks: Sequence[Block], reading: Reading) -> tuple[list[Cue], list[LeftOut]]:
    """The cues in order of time. Blocks that show at exactly the same time are one cue on screen: they share an
    index and are said one after the other."""
    blocks, left = without_credits(sorted(blocks, key=in_time), reading)
    blocks, headed = without_headers(blocks, left) if reading.prefixes else (blocks, set())
    blocks = _spoken(_without_clocks(blocks, left), reading, left)
    blocks = [_with_manners(block) for block in blocks] if reading.prefixes else blocks
    names = _names(blocks, headed, reading)
    coloured = reading.colours and speak_in_colours(blocks)
    found = [turn for block in blocks for turn in _turns(block, names, coloured)]
    sticky = "true" if headed and reading.sticky == "auto" else reading.sticky  # a header is for all below it
    said = [turn for turn in carried(_without_sounds(found, reading, left), sticky) if turn.text]
    cues: list[Cue] = []
    for index, (window, together) in enumerate(groupby(said, key=lambda turn: turn.window), 1):
        for turn in together:
            cues.append(Cue(index, window, turn.text, turn.speaker, turn.block.number, turn.block.style))
    return cues, left


def _spoken(blocks: Sequence[Block], reading: Reading, left: list[LeftOut]) -> list[Block]:
    """The blocks without what is sung; a part's colours stay with it only while it keeps its lines."""
    if reading.lyrics == "speak":
        return [
            replace(block, parts=tuple(part._replace(text=unmarked(mended(part.text))) for part in block.parts))
            for block in blocks
        ]
    return [_unsung(block, left) for block in blocks]


def _without_clocks(blocks: list[Block], left: list[LeftOut]) -> list[Block]:
    """The blocks without the time that a transcript writes before each: "[00:01:05] Anna: Hi"."""
    begun = [CLOCK.match(block.parts[0].text) if block.parts else None for block in blocks]
    if sum(map(bool, begun)) * 2 <= max(len(blocks), 2):
        return blocks
    kept = []
    for block, clock in zip(blocks, begun, strict=True):
        if clock:
            left.append(LeftOut(block.number, clock[0].strip(), "a time"))
            first = block.parts[0]._replace(text=block.parts[0].text[clock.end() :])
            block = replace(block, parts=(first, *block.parts[1:]))
        kept.append(block)
    return kept


def _unsung(block: Block, left: list[LeftOut]) -> Block:
    parts = []
    for part in block.parts:
        text, sung = without_lyrics(mended(part.text))
        if sung and SINGER.fullmatch(text):
            text, sung = "", [text, *sung]
        left += [LeftOut(block.number, line, "lyrics") for line in sung]
        parts.append(part if text == part.text else part._replace(text=text))
    return block if block.parts == (*parts,) else replace(block, parts=(*parts,))


def _with_manners(block: Block) -> Block:
    texts = [with_manners(part.text) for part in block.parts]
    if all(text == part.text for part, text in zip(block.parts, texts, strict=True)):
        return block
    pairs = zip(block.parts, texts, strict=True)
    return replace(block, parts=tuple(part._replace(text=text, colours=()) for part, text in pairs))


def _names(blocks: Sequence[Block], headed: set[str], reading: Reading) -> Names:
    if not reading.prefixes:
        return Names()
    told = headed | {part.speaker for block in blocks for part in block.parts if part.speaker}
    texts = [part.text for block in blocks for part in block.parts if part.speaker is None]
    return learn(texts, [*sorted(told), *reading.names])


def _turns(block: Block, names: Names, coloured: bool) -> Iterator[Turn]:
    for part in block.parts:
        for piece in by_colour(part) if coloured else (part,):
            yield from turns(piece, block, names)


def _without_sounds(found: Sequence[Turn], reading: Reading, left: list[LeftOut]) -> Iterator[Turn]:
    """The turns with their words on one line; those that say nothing keep their place, for a name that stands alone."""
    usual = habits(turn.text for turn in found)
    for turn in found:
        number, text = turn.block.number, _unadorned(turn, left)
        left += [LeftOut(number, turn.label, "names who speaks", "name")] if turn.label else []
        sounds: list[str] = []
        if reading.sounds == "speak":
            text = with_sounds(text)
        else:
            text, sounds = without_sounds(text, usual)
        heard = [one_line(sound) for sound in (turn.how, *sounds) if WORD.search(sound)]
        left += [LeftOut(number, sound, "sound description") for sound in heard]
        text = one_line(text)
        if text and not WORD.search(text):
            left.append(LeftOut(number, text, "there is no word in it"))
            text = ""
        yield turn if text == turn.text else replace(turn, text=text)


def _unadorned(turn: Turn, left: list[LeftOut]) -> str:
    """A turn's text without "***" and "====" around words."""
    if not ORNAMENT.search(turn.text) or not WORD.search(turn.text):
        return turn.text
    left += [LeftOut(turn.block.number, one.group(), "there is no word in it") for one in ORNAMENT.finditer(turn.text)]
    return ORNAMENT.sub(" ", turn.text)


def _wide(letter: str) -> bool:
    return any(first <= letter <= last for first, last in WIDE)


def one_line(text: str) -> str:
    """The words on one line; Chinese and Japanese lines join without a blank."""
    if "*" in text or "_" in text:
        text = STARS.sub(r"\2", text)
    if "\n" not in text:
        return " ".join(text.split())
    joined = ""
    for line in text.split("\n"):
        line = " ".join(line.split())
        if joined and line:
            joined += "" if _wide(joined[-1]) and _wide(line[:1]) else " "
        joined += line
    return joined
