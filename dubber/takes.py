"""The takes of one cue: which the store holds, which is used, and how a person chooses another or brings one along."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from dubber import backends
from dubber.edits import edit_files, edits
from dubber.edits.edit_files import Place
from dubber.edits.edits import CueEdit, clock
from dubber.errors import InputError
from dubber.files import chosen as chosen_takes
from dubber.files.store import Store
from dubber.job import versions
from dubber.job.job import Job
from dubber.media.probe import probe
from dubber.model import Cue, Line
from dubber.synthesis import identity, take_key
from dubber.synthesis.identity import Identities

NEWEST = 0


@dataclass(frozen=True, slots=True)
class KnownTake:
    """A take that the store holds. number: from 1. made: ISO 8601, "" when it is not known. milliseconds: of speech.
    seed: what it was spoken with, if the voice has one. verified: how it was proven to say its words. chosen: it is
    the one that is used."""

    number: int
    key: str
    made: str
    milliseconds: float
    seed: int | None
    verified: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class CueTakes:
    """A cue with its takes. cue: as the subtitle file has it. line: as it would be spoken. entry: what the edits file
    says of it. reworded: that entry was made for other words. others: cues of the same sentence for which a take was
    chosen, with their entries: a sentence has one take."""

    cue: Cue
    line: Line
    takes: tuple[KnownTake, ...]
    entry: CueEdit | None
    reworded: bool
    place: Place
    others: tuple[tuple[Cue, CueEdit], ...] = ()


def of(job: Job, number: int | None = None) -> list[CueTakes]:
    """The takes of a cue (or of all, without a number), an item for each speaker in it. Raises InputError when there
    is no such cue."""
    film = partial(probe, job.film)
    script, place = versions.words(job, film)
    known = edit_files.load(place) or edits.Edits()
    by_words, reworded = edits.match(script.cues, known.cues)
    lines = _by_cue(versions.read(job, film, recordings=False)[0].lines)
    store = Store(job.store)
    identities = identity.seen(lines.values(), job.profile.backends, store)
    chosen = defaultdict[int, list[tuple[Cue, CueEdit]]](list)
    found = []
    for at, cue in enumerate(script.cues):
        line = lines.get((cue.index, cue.speaker or ""))
        entry = by_words.get(at, reworded.get(at))
        one = known.cues[entry] if entry is not None else None
        if line and one and one.take:
            chosen[line.index].append((cue, one))
        if line and number in (None, cue.index):
            played = bool(one and one.recording and at not in reworded)
            takes = tuple(_takes(line, store, identities, played=played))
            found.append(CueTakes(cue, line, takes, one, at in reworded, place))
    found = [replace(one, others=tuple(pair for pair in chosen[one.line.index] if pair[0] != one.cue)) for one in found]
    if not found and number is not None:
        raise InputError(f"no line speaks cue {number}", where=str(job.subtitles[0] if job.subtitles else job.film))
    return found


def _by_cue(lines: Sequence[Line]) -> dict[tuple[int, str], Line]:
    return {(phrase.cue, line.speaker): line for line in lines for phrase in line.phrases}


def _takes(line: Line, store: Store, identities: Identities, *, played: bool) -> list[KnownTake]:
    """The takes of a line that are stored. played: a recording is used instead of any of them."""
    backend = backends.find(line.voice.backend)
    newest = store.current(take_key.utterance(line, backend))
    used = line.edit.take - 1 if line.edit and line.edit.take else newest
    found = []
    for redo in range(newest + 1):
        key = identities.stored(replace(line, redo=redo), store)
        facts = store.glance(key) if key else None
        if key and facts:
            found.append(_known(redo, key, facts, not played and redo == used))
    return found


def _known(redo: int, key: str, facts: Mapping[str, Any], chosen: bool) -> KnownTake:
    length = sum(end - start for start, end in facts["spans"])
    verified = "doubtful" if facts.get("doubt") else "words" if "heard" in facts else ""
    return KnownTake(redo + 1, key, str(facts.get("made", "")), length, facts.get("seed"), verified, chosen)


def orphans(job: Job) -> list[str]:
    """Recordings of the film's takes folder that no cue uses."""
    _, place = versions.words(job, partial(probe, job.film))
    return [str(place.takes / name) for name in edit_files.orphans(place, edit_files.load(place))]


def only(found: Sequence[CueTakes], speaker: str = "") -> CueTakes:
    """The one item that is meant. Raises InputError when several speakers share the cue and none is named."""
    meant = [one for one in found if not speaker or one.line.speaker.casefold() == speaker.casefold()]
    if len(meant) != 1:
        cue, names = found[0].cue.index, [one.line.speaker or "(nobody)" for one in found]
        advice = f"name one of them: --take {cue}:{names[0]}=..., or --speaker of `dub takes`"
        raise InputError(f"cue {cue} is spoken by {', '.join(names)}", where="--take", advice=advice)
    return meant[0]


def choose(one: CueTakes, wanted: str, store: Path | None = None) -> str:
    """Use another take of a cue from now on: "3", "newest", or the path of a recording. Gives a sentence. A chosen take
    is never pruned from the store.

    Raises InputError when there is no such take.
    """
    if wanted in ("newest", str(NEWEST)):
        return _written(one, {"take": NEWEST, "recording": ""}, "its newest take")
    if wanted.isdecimal():
        if int(wanted) not in [take.number for take in one.takes]:
            there = ", ".join(str(take.number) for take in one.takes) or "none yet"
            raise InputError(f"cue {one.cue.index} has no take {wanted}", where="--take", advice=f"there are: {there}")
        told = _written(one, {"take": int(wanted), "recording": ""}, f"take {wanted}")
        _note_choice(one, int(wanted), Store(store).root)
        return told
    name = edit_files.keep(one.place, Path(wanted), clock(one.cue.window.start).replace(":", "-").replace(".", "-"))
    return _written(one, {"take": NEWEST, "recording": name}, f"the recording {name}")


def _note_choice(one: CueTakes, number: int, root: Path) -> None:
    """Note that a take is chosen beside those that are; the next run leaves out what is not any more."""
    keys = [take.key for take in one.takes if take.number == number]
    chosen_takes.note(root, one.place.path, {*chosen_takes.of(root, one.place.path), *keys})


def _written(one: CueTakes, values: Mapping[str, Any], what: str) -> str:
    for cue, entry in one.others:  # the sentence has one take: this one
        edit_files.change(one.place, cue, entry, {"take": NEWEST})
    forgotten = {"spoken": "", "approved": False} if one.reworded else {}
    edit_files.change(one.place, one.cue, one.entry, {**forgotten, **values})
    return f"cue {one.cue.index} uses {what} ({one.place.path})"


def chosen(text: str) -> tuple[int, str, str]:
    """The cue, its speaker ("": there is one alone) and the take of "12=3" or "12:ANNA=3". Raises InputError."""
    who, equals, wanted = text.partition("=")
    cue, _, speaker = who.partition(":")
    if not (equals and cue.strip().isdecimal() and wanted.strip()):
        advice = "like 12=3, 12=newest, 12=anna.wav, or 12:ANNA=3 where several speak in cue 12"
        raise InputError(f"{text!r} names no take", where="--take", advice=advice)
    return int(cue), speaker.strip(), wanted.strip()


def release(job: Job) -> list[str]:
    """Cues that are spoken anew (`--redo`) use their newest take again, whichever was chosen. Gives sentences."""
    told: list[str] = []
    for number in sorted(job.redo):
        for one in of(job, number):
            if one.others or (one.entry and (one.entry.take or one.entry.recording)):
                told.append(choose(one, "newest"))
    return told
