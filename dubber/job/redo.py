"""Lines that are to be spoken anew: `--redo 12,40-44`, `--redo unknown`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dubber.backends import find
from dubber.errors import InputError
from dubber.files.store import Store
from dubber.model import Line
from dubber.synthesis import take_key
from dubber.synthesis.identity import Identities, noted

UNKNOWN = "unknown"


def redone(
    lines: Iterable[Line], cues: frozenset[int], store: Store, unknown: Identities | None = None
) -> Iterator[Line]:
    """Each line with the number of its newest take, or of the one that was chosen; those that speak one of the cues
    with the next number. unknown: also those whose newest take, as these find it, does not say what spoke it, unless a
    person chose it.

    Raises InputError when a cue is in no line.
    """
    missing, ever = set(cues), store.renewed()
    for line in lines:
        current = store.current(take_key.utterance(line, find(line.voice.backend))) if ever else 0
        spoken = {phrase.cue for phrase in line.phrases}
        missing -= spoken
        chosen = line.edit.take - 1 if line.edit and line.edit.take else current
        number = current + 1 if spoken & cues else chosen
        line = line if number == line.redo else replace(line, redo=number)
        if unknown and number == current and (key := unknown.stored(line, store)) and not noted(key):
            line = replace(line, redo=number + 1)
        yield line
    if missing:
        raise InputError("no line speaks cue " + ", ".join(map(str, sorted(missing))), where="--redo")


def wanted(text: str) -> tuple[frozenset[int], bool]:
    """The cues of "12,40-44,unknown", and whether takes of unknown origin are meant. Raises InputError."""
    parts = [part.strip() for part in text.split(",")]
    return cue_numbers(",".join(part for part in parts if part != UNKNOWN)), UNKNOWN in parts


def cue_numbers(text: str) -> frozenset[int]:
    """The cues of "12,40-44". Raises InputError."""
    found: set[int] = set()
    for part in filter(None, text.replace(" ", "").split(",")):
        first, dash, last = part.partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)) or int(last or first) < int(first):
            raise InputError(f"{part!r} is no cue number or range", where="--redo", advice="like 12,40-44, or unknown")
        if int(last or first) - int(first) > 100_000:
            raise InputError(f"{part!r} is too wide", where="--redo")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
