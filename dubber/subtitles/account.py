"""The account of a file's words: each is spoken, or listed with its reason, exactly as often as the file has it.

The words are counted by a scanner that shares nothing with the readers, and compared with what the readers made of the
file, place by place: a word that is lost, doubled, or told in another cue stands out with its line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from itertools import chain
from typing import NamedTuple

from dubber.model import Cue, LeftOut
from dubber.subtitles.scanning import Scan, scan, words

NAMED = 5  # places that a warning names


class Difference(NamedTuple):
    """Where the account does not match. number: the line of the cue; lost: words that are in no cue and on no list;
    doubled: words that are there more often than in the file."""

    number: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]


def differences(
    form: str,
    text: str,
    cues: Iterable[Cue],
    left_out: Iterable[LeftOut],
    *,
    headings: Set[int] = frozenset(),
    joined: Mapping[int, int] | None = None,
) -> list[Difference]:
    """Every place of a decoded text where the words of the file and those that were read differ.

    form: the format's name. headings: lines taken for numbers or names of cues. joined: the line of a cue whose words
    are said with those of another → that one's.
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

    held: defaultdict[int, list[str]] = defaultdict(list)
    told: Iterable[Cue | LeftOut] = chain(cues, left_out)
    for one in told:
        held[at(one.number)].append(one.text)
    there: defaultdict[int, list[str]] = defaultdict(list)
    for place in found.places:
        there[at(place.number)].append(place.text)
    numbers = sorted(there.keys() | held.keys())
    compared = (_difference(number, "\n".join(there[number]), "\n".join(held[number]), found) for number in numbers)
    return [one for one in compared if one]


def _difference(number: int, there: str, held: str, found: Scan) -> Difference | None:
    if there.split() == held.split():  # nearly always, and a third of the time
        return None
    of_file, of_cues = words(there), words(held)
    if sorted(of_file) == sorted(of_cues):  # a third of the time that counting takes
        return None
    file, read = Counter(of_file), Counter(of_cues)
    lost, doubled = (file - read if found.whole else Counter[str]()), read - file
    return Difference(number, tuple(lost.elements()), tuple(doubled.elements())) if lost or doubled else None


def lost(found: Iterable[Difference]) -> list[LeftOut]:
    """The words that were read nowhere, as entries of the list: no reader knew what to do with them."""
    return [LeftOut(one.number, " ".join(one.lost), "not understood", "broken") for one in found if one.lost]


def warning(found: list[Difference]) -> str:
    """One sentence about words that are lost or doubled, with their lines; "" when the account matches."""
    told = []
    for one in found[:NAMED]:
        told += [f"neither spoken nor listed at line {one.number}: {_quoted(one.lost)}"] if one.lost else []
        told += [f"more often than in the file at line {one.number}: {_quoted(one.doubled)}"] if one.doubled else []
    more = f"; and {len(found) - NAMED} more places" if len(found) > NAMED else ""
    return f"the account of words does not match: {'; '.join(told)}{more}" if told else ""


def _quoted(some: tuple[str, ...]) -> str:
    return ", ".join(repr(word) for word in some[:10]) + (f" and {len(some) - 10} more" if len(some) > 10 else "")
