"""Blocks to cues: what of a subtitle's text is said, and by whom; all the rest goes on the list with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from dubber.model import Cue, LeftOut
from dubber.subtitles.blocks import Block, Part, in_time
from dubber.subtitles.names import MARKS, Names, learn
from dubber.subtitles.reading import Reading

NOTE_MARKS = "♩♪♫♬♭♮♯🎵🎶"
MUSIC = re.compile(rf"[{NOTE_MARKS}]+")
HASHED = re.compile(r"^[-‐–—\s]*#\s.*|.*\s#$|^#[^#\n]+#$")
SOUND = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|（[^（）]*）|【[^【】]*】|［[^［］]*］|\{[^{}]*\}")
BRACKET = re.compile(r"[\[\](){}（）【】［］]")
UNBRACKETED = dict.fromkeys(map(ord, "[](){}（）【】［］"), " ")
DASH = re.compile(r"^\s*(?:[-‐‑–—−](?![-\d>])|-(?=\s)|>>+)\s*")
HEAVY = re.compile(r"^\s*>>+\s*")
INLINE = re.compile(r"(?<=[.!?…。！？\"”»])\s+[-‐–—]\s?(?=[^\s\d-])")
STARS = re.compile(r"(?<!\w)([*_]{1,2})([^*_\n]{1,200})\1(?!\w)")
WORD = re.compile(r"[^\W_]")
WIDE = (("\u2e80", "\u9fff"), ("\uf900", "\ufaff"), ("\uff00", "\uffef"))  # scripts without spaces between words


@dataclass(frozen=True, slots=True)
class _Said:
    """One utterance: its words on one line, and who says them."""

    block: Block
    speaker: str | None
    text: str


def speak(blocks: list[Block], reading: Reading) -> tuple[list[Cue], list[LeftOut]]:
    """The cues in order of time. Blocks that show at exactly the same time are one cue on screen: they share an
    index and are said one after the other."""
    blocks = sorted(blocks, key=in_time)
    names = _names(blocks, reading)
    cues: list[Cue] = []
    left: list[LeftOut] = []
    index = 0
    for window, together in groupby(blocks, key=lambda block: block.window):
        said = [one for block in together for one in _utterances(block, names, reading, left)]
        index += bool(said)
        for one in said:
            cues.append(Cue(index, window, one.text, one.speaker, one.block.number, one.block.style))
    return cues, left


def _names(blocks: list[Block], reading: Reading) -> Names:
    if not reading.prefixes:
        return Names()
    told = {part.speaker for block in blocks for part in block.parts if part.speaker}
    texts = ["\n".join(_unsung(part.text)) for block in blocks for part in block.parts if part.speaker is None]
    return learn(texts, [*sorted(told), *reading.names])


def _unsung(text: str) -> list[str]:
    """The lines of a text without those that are sung."""
    return [line for line in text.split("\n") if not MUSIC.search(line)]


def _utterances(block: Block, names: Names, reading: Reading, left: list[LeftOut]) -> Iterator[_Said]:
    for part in block.parts:
        said = "\n".join(_without_lyrics(part.text, block, reading, left))
        for speaker, text in _turns(Part(part.speaker, said), names, block, reading, left):
            text = one_line(_without_sounds(text, block, reading, left))
            if WORD.search(text):
                yield _Said(block, speaker, text)
            elif text:
                left.append(LeftOut(block.number, text, "there is no word in it"))


def _without_lyrics(text: str, block: Block, reading: Reading, left: list[LeftOut]) -> Iterator[str]:
    """The text piece by piece without what is sung. Notes open and close a song; one that is not closed runs to the
    end of the text; one alone at the end of a line is that line's."""
    if reading.lyrics == "speak":
        yield MUSIC.sub(" ", text)
        return
    if MUSIC.search(text):
        yield from _between_notes(text, block, left)
        return
    for line in text.split("\n"):
        if "#" in line and _hashes(line):
            left.append(LeftOut(block.number, line, "lyrics"))
        else:
            yield line


def _hashes(line: str) -> bool:
    """Whether "#" is a music note, as British subtitles have it: at both ends, or before a blank."""
    if not HASHED.match(line) or line.count("#") > 2 or not line.strip("#- \t")[:1].isalpha():
        return False
    bare = MARKS.sub("", line).strip()
    return (bare.startswith("#") and bare.endswith("#")) or bare.startswith("# ")


def _between_notes(text: str, block: Block, left: list[LeftOut]) -> Iterator[str]:
    pieces = MUSIC.split(text)
    if len(pieces) == 2 and pieces[0].strip("- \n") and not pieces[1].strip():
        spoken, _, sung = pieces[0].rpartition("\n")
        pieces = [spoken, sung]
    for place, piece in enumerate(pieces):
        if place % 2 == 0 and not (place and place == len(pieces) - 1 and len(pieces) % 2 == 0):
            if piece.strip():
                yield piece.strip("\n")
        elif WORD.search(piece):
            left.append(LeftOut(block.number, one_line(piece), "lyrics"))


def _turns(
    part: Part, names: Names, block: Block, reading: Reading, left: list[LeftOut]
) -> Iterator[tuple[str | None, str]]:
    """(speaker, text) for each speaker's turn: a dash, two arrows or a learned name begins one."""
    lines = list(_cut_inline(part.text.split("\n")))
    speaker = part.speaker
    said: list[str] = []
    dashed = 0
    for line in lines:
        bare, dash = _undashed(line, len(lines))
        prefix = names.prefix(bare) if reading.prefixes else None
        if prefix or dash:
            if said:
                yield speaker, "\n".join(said)
            said = []
            speaker = part.speaker
            dashed += dash
        if prefix:
            left.append(LeftOut(block.number, prefix.label, "names who speaks", "name"))
            speaker = part.speaker or prefix.name
            if part.speaker and prefix.name.casefold() != part.speaker.casefold():
                speaker = prefix.name
            if WORD.search(prefix.how):
                left.append(LeftOut(block.number, prefix.how, "sound description"))
            bare = prefix.rest
        said.append(bare)
    if said:
        yield speaker, "\n".join(said)


def _cut_inline(lines: list[str]) -> Iterator[str]:
    """Lines, with "- Hi. - Hello." as two."""
    for line in lines:
        if DASH.match(line) and INLINE.search(line):
            yield from ("- " + piece for piece in INLINE.split(DASH.sub("", line)))
        else:
            yield line


def _undashed(line: str, lines: int) -> tuple[str, bool]:
    """A line without its dash; whether it had one. "-5 degrees" keeps its sign."""
    match = DASH.match(line)
    return (line[match.end() :], True) if match else (line, False)


def _without_sounds(text: str, block: Block, reading: Reading, left: list[LeftOut]) -> str:
    """Text without its bracketed sound descriptions; innermost brackets first."""
    if not BRACKET.search(text):
        return text
    for _ in range(5 if reading.sounds == "skip" else 0):
        found = SOUND.findall(text)
        if not found:
            break
        left += [LeftOut(block.number, one_line(sound), "sound description") for sound in found if WORD.search(sound)]
        text = SOUND.sub(" ", text)
    return text.translate(UNBRACKETED)  # what is left was never closed


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
