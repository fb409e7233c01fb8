"""Who says which part of a cue, and for how long: dashes, ">>" and names begin a turn; some files name a speaker once
and let the next cues go on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dubber.model import Window
from dubber.subtitles.blocks import Block, Part
from dubber.subtitles.speakers import Names
from dubber.subtitles.vocabulary import JOINERS

DASH = re.compile(r"^\s*(?:[-‐‑–—−―－﹣](?![-\d>])|-(?=\s)|>>+)\s*")
# "- Hi. - Hello." and "-Who?-Me."; without a blank only before a capital: "—¿Quién?—dijo Ana" is one speaker's.
INLINE = re.compile(
    r"(?<=[.!?…。！？\"”»])(?:\s+[-‐–—－]\s?(?=[^\s\d-])|[-‐–—－]\s?(?=[¿¡\"“«]?[^\W\d_a-zß-öø-ÿα-ώа-џ]))"
)
ARROWS = re.compile(r"(?<=[.!?…。！？\"”»])\s+(?=>>)")
BEHIND = re.compile(r"(?<=[.!?…\"”’»)\]])\s+(?=[^\W\d_a-z][^:\n]{0,39}:\s)")  # a sentence, before what may be a name
BOTH = re.compile(
    r"\s*[/,&+;]\s*|\s+(?:" + "|".join(sorted(word for word in JOINERS if word.isalpha())) + r")\s+", re.IGNORECASE
)
ENDED = re.compile(r"[.?!…。？！♪:][\"”’»)\]]*\s*$")
NEAR = 2000  # ms between two cues that share a sentence, at most
OTHERS = 0.05  # of the turns that begin with a dash, at most, in a file whose names stay
FEWEST = 0.05  # of the turns that have a name, at least
REPEATS = 0.1  # of the labels that name the speaker before them again, at most, where a name means a change


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says in a cue. text: lines kept, perhaps empty; mark: what began it ("dash", "arrow", "name",
    "format", or "" for nothing); label: the name as it stands there; how: the words between the name and its colon."""

    block: Block
    speaker: str | None
    text: str
    mark: str = ""
    label: str = ""
    how: str = ""

    @property
    def window(self) -> Window:
        return self.block.window


def turns(part: Part, block: Block, names: Names) -> Iterator[Turn]:
    """The turns of a part: a dash, two arrows or a known name begins one."""
    lines = part.text.split("\n") if "\n" in part.text else [part.text]
    if INLINE.search(part.text) or ARROWS.search(part.text):
        lines = list(_cut_inline(lines))
    if part.speaker is None and names.colon and ":" in part.text:
        lines = [piece for line in lines for piece in _cut_at_names(line, names)]
    people = _people(part.speaker, lines) if part.speaker and len(lines) > 1 else []
    speaker, mark, label, how = part.speaker, "format" if part.speaker else "", "", ""
    said: list[str] = []
    for place, line in enumerate(lines):
        dash = DASH.match(line)
        bare = line[dash.end() :] if dash else line
        prefix = names.prefix(bare)
        if (prefix or dash) and said:
            yield Turn(block, speaker, "\n".join(said), mark, label, how)
            said = []
        if dash:
            speaker = people.pop(0) if people else None if place else part.speaker
            label = how = ""
            mark = "arrow" if ">" in dash.group() else "format" if speaker else "dash"
        if prefix:
            same = part.speaker and part.speaker.casefold() == prefix.name.casefold()
            speaker = part.speaker if same else prefix.name
            label, how = prefix.label, prefix.how
            mark = "arrow" if dash and mark == "arrow" else "name"
            bare = prefix.rest
        said.append(bare)
    yield Turn(block, speaker, "\n".join(said), mark, label, how)


def _people(speaker: str, lines: list[str]) -> list[str]:
    """The names of a cue that the format gives to as many people as it has dashes: "Anna/Bruno"."""
    people = BOTH.split(speaker)
    return people if len(people) == sum(bool(DASH.match(line)) for line in lines) and all(people) else []


def _cut_inline(lines: list[str]) -> Iterator[str]:
    """Lines, with "- Hi. - Hello." and ">> Hi. >> Hello." as two."""
    for line in [piece for whole in lines for piece in ARROWS.split(whole)]:
        if DASH.match(line) and INLINE.search(line):
            yield from ("- " + piece for piece in INLINE.split(DASH.sub("", line)))
        else:
            yield line


def _cut_at_names(line: str, names: Names) -> Iterator[str]:
    """A line, cut where a known name begins behind a sentence, as in "Where is he? BRUNO: At home."."""
    start = 0
    for blank in BEHIND.finditer(line):
        if names.prefix(line[blank.end() :]):
            yield line[start : blank.start()]
            start = blank.end()
    yield line[start:]


def carried(all_turns: Iterable[Turn], sticky: str) -> list[Turn]:
    """The turns with the speakers that earlier turns named for them. sticky: "true" (until another is named), "false",
    or "auto": as the file's own labels show. A sentence that goes on in the next cue keeps its voice in any case."""
    found = list(all_turns)
    stays = sticky == "true" or (sticky == "auto" and _stays(found))
    current: Turn | None = None
    given = []
    for turn in found:
        if turn.mark == "" and turn.speaker is None and current and (stays or _goes_on(current, turn)):
            turn = replace(turn, speaker=current.speaker)
        lasting = turn.speaker is not None and (turn.mark != "format" or sticky == "true")
        current = turn if lasting else None
        given.append(turn)
    return given


def _goes_on(one: Turn, two: Turn) -> bool:
    """Whether a turn goes on with the sentence of the one before, or with what a name alone announced."""
    if two.window.start - one.window.end > NEAR or one.block is two.block:
        return False
    if not one.text.strip():
        return True
    first = next((letter for letter in two.text if letter.isalnum()), "")
    return not ENDED.search(one.text) and (first.islower() or one.text.rstrip()[-1] in ",;-–—")


def _stays(found: Sequence[Turn]) -> bool:
    """Whether a file names a speaker only when another begins, and lets the next cues go on without a name.

    Such a file begins with a name, hardly ever names the speaker before again, has hardly any dashes, and has at least
    two names that nameless cues follow. Names in capitals are those of film subtitles for the deaf, which name only
    who is not seen: there, most of the nameless cues must be in the middle of a sentence.
    """
    labels = [turn for turn in found if turn.speaker and turn.mark in ("name", "arrow")]
    nameless = [
        (one, two) for one, two in zip(found, found[1:], strict=False) if two.mark == "" and two.speaker is None
    ]
    others = sum(turn.mark in ("dash", "format") for turn in found)
    if len(labels) < max(2, FEWEST * len(found)) or not nameless or others > OTHERS * len(found):
        return False
    if any(
        turn.mark == "arrow" for turn in found
    ):  # live captions: ">> ANNA:" changes the speaker, what follows is hers
        return True
    repeats = sum(one.speaker == two.speaker for one, two in zip(labels, labels[1:], strict=False))
    followed = sum(one.mark == "name" for one, _ in nameless)
    if found[0].mark != "name" or followed < 2 or repeats > REPEATS * len(labels):
        return False
    if all(turn.speaker and turn.speaker.isupper() for turn in labels) and not _recognised(labels):
        return 2 * sum(not ENDED.search(one.text) for one, _ in nameless) > len(nameless)
    return True


def _recognised(labels: Sequence[Turn]) -> bool:
    """Whether the names are a recogniser's: SPEAKER_00."""
    return all(any(letter.isdigit() for letter in turn.speaker or "") for turn in labels)
