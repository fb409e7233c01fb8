"""The account of a file's words: each is spoken, or listed with its reason, exactly as often as the file has it.

The words are counted by a scanner that shares nothing with the readers, and compared with what the readers made of the
file, place by place: a word that is lost, doubled, or told in another cue stands out with its line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from itertools import chain
from typing import NamedTuple

from dubber.model import Cue, LeftOut
from dubber.subtitles.scanning import located, scan, words

DIVIDED = re.compile(
    r"[^\w ,;'’\"“”]"
)  # where another speaker may begin: a new line, a dash, a bracket, a sentence's end
LONGEST = 5000  # characters of a cue, unless it is told
NAMED = 5  # places that a warning names


class Difference(NamedTuple):
    """Where the account does not match. number: the line of the cue; lost: words that are in no cue and on no list;
    doubled: words that are there more often than in the file; moved: the first word that is not said where it
    stands."""

    number: int
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


def differences(
    form: str,
    text: str | bytes,
    cues: Iterable[Cue],
    left_out: Iterable[LeftOut],
    *,
    headings: Set[int] = frozenset(),
    joined: Mapping[int, int] | None = None,
    longest: int = LONGEST,
) -> list[Difference]:
    """Every place of a decoded text where the words of the file and those that were read differ.

    form: the format's name. headings: lines taken for numbers or names of cues. joined: the line of a cue whose words
    are said with those of another → that one's. longest: characters of a cue; longer ones were divided.
    """
    found = scan(form, text, headings)
    starts = [place.number for place in found.places]
    known, joined = set(starts), joined or {}

    def at(number: int) -> int:
        passed = set()  # a line of a song that has several times can be joined in a circle
        while number in joined and number not in passed:
            passed.add(number)
            number = joined[number]
        return number if number in known else starts[max(bisect_right(starts, number) - 1, 0)] if starts else 0

    held: defaultdict[int, list[Cue | LeftOut]] = defaultdict(list)
    told: Iterable[Cue | LeftOut] = chain(cues, left_out)
    for one in told:
        held[at(one.number)].append(one)
    there: defaultdict[int, list[str]] = defaultdict(list)
    for place in found.places:
        there[at(place.number)].append(place.text)
    mixed, longest = {at(number) for number in joined}, longest if found.turns else 0
    compared = []
    for number in sorted(there.keys() | held.keys()):
        words_there = "\n".join(there[number])
        told_there = "\n".join(one.text for one in held[number])
        said = [one for one in held[number] if isinstance(one, Cue)] if number not in mixed and found.whole else []
        if words_there.split() != told_there.split() or len(said) > 1:  # a third of the cues
            compared.append(
                _difference(number, words_there, told_there, found.whole)
                or Difference(number, moved=_moved(words_there, said, longest))
            )
    return [one for one in compared if any(one[1:])]


def _difference(number: int, there: str, told: str, whole: bool) -> Difference | None:
    """The words that are lost or doubled; whole: every word of the file counts."""
    of_file, of_cues = words(there), words(told)
    if sorted(of_file) == sorted(of_cues):  # a third of the time that counting takes
        return None
    file, read = Counter(of_file), Counter(of_cues)
    lost, doubled = (file - read if whole else Counter[str]()), read - file
    return Difference(number, tuple(lost.elements()), tuple(doubled.elements())) if lost or doubled else None


def _moved(there: str, said: list[Cue], longest: int) -> tuple[str, ...]:
    """The first word that is not said in the file's order, or not in the turn of the word before it though no line or
    mark divides them; () where there is none. longest: characters of a cue that was not divided; 0: lines and marks
    are not kept."""
    if _as_they_stand(there, said):
        return ()
    there, places = located(there)
    end = 0
    for one, cue in zip([None, *said], said, strict=False):
        for count, word in enumerate(words(cue.text)):
            start, stop = next(((start, stop) for text, start, stop in places if text == word), (-1, -1))
            if start < 0 or (one and not count and not _parted(one, cue, there[end:start], longest)):
                return (word,)
            end = stop
    return ()


def _as_they_stand(there: str, said: list[Cue]) -> bool:
    """Whether the turns stand in the file letter for letter, as nearly all do; a tenth of the time that words take."""
    if len(said) < 2:
        return not said or said[0].text in " ".join(there.split())
    end = 0
    for cue in said:
        start = there.find(cue.text, end)
        if start < 0 or (end and not DIVIDED.search(there, end, start)):
            return False
        end = start + len(cue.text)
    return True


def _parted(one: Cue, two: Cue, between: str, longest: int) -> bool:
    """Whether two turns are two by the file, or pieces of one that is too long. between: what the file has there."""
    pieces = one.speaker == two.speaker and len(one.text) + len(two.text) >= longest
    return not longest or pieces or bool(DIVIDED.search(between))


def lost(found: Iterable[Difference]) -> list[LeftOut]:
    """The words that were read nowhere, as entries of the list: no reader knew what to do with them."""
    return [LeftOut(one.number, " ".join(one.lost), "not understood", "broken") for one in found if one.lost]


def warning(found: list[Difference]) -> str:
    """One sentence about words that are lost or doubled, with their lines; "" when the account matches."""
    told = []
    for one in found[:NAMED]:
        told += [f"neither spoken nor listed at line {one.number}: {_quoted(one.lost)}"] if one.lost else []
        told += [f"more often than in the file at line {one.number}: {_quoted(one.doubled)}"] if one.doubled else []
        told += [f"not said where it stands at line {one.number}: {_quoted(one.moved)}"] if one.moved else []
    more = f"; and {len(found) - NAMED} more places" if len(found) > NAMED else ""
    return f"the account of words does not match: {'; '.join(told)}{more}" if told else ""


def _quoted(some: tuple[str, ...]) -> str:
    return ", ".join(repr(word) for word in some[:10]) + (f" and {len(some) - 10} more" if len(some) > 10 else "")
