"""What a person decided about single cues of a film: its edits file, read and laid over the cues. PURE.

    schema = 1

    [speakers.ANNA]
    voice = "alto"                  # a voice of the profile, instead of the cast's

    [[cues]]
    at = "00:00:12.500"             # where the cue begins in the subtitle file, and
    text = "Dr. Weber is in."       # its words there: they tell which cue is meant
    spoken = "Doctor Veber is in."  # what is said instead
    take = 3                        # of the takes that `dub takes` lists

A cue is found by its words first and its time second, so that a cue that is inserted, or a file that is shifted, moves
no edit to another cue. Where the words of a cue were changed since, what was decided about its sound (voice, speed,
gain, shift) still holds for the cue at exactly that time; what was decided about its words (spoken, take, recording,
approved) does not. Keys that are not known here are kept in the file and named.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from dubber.errors import InputError, InputErrors
from dubber.model import Cue, Edit, Voice, Window
from dubber.schema import Setting, fields_of, read

SCHEMA = 1
TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CueEdit:
    """One [[cues]] entry of an edits file."""

    at: Annotated[str, Setting("where the cue begins in the subtitle file: HH:MM:SS.mmm")]
    text: Annotated[str, Setting("the cue's words in the subtitle file")]
    speaker: Annotated[str, Setting("who says it, where several speak in one cue")] = ""
    spoken: Annotated[str, Setting("what is said instead of the words shown")] = ""
    voice: Annotated[str, Setting("a voice of the profile, instead of the cast's")] = ""
    speed: Annotated[float, Setting("how fast it is read; 1 is as the voice does", low=0.5, high=2)] = 1.0
    gain: Annotated[float, Setting("louder or softer than the plan has it", unit="dB", low=-30, high=30)] = 0.0
    shift: Annotated[int, Setting("later (or earlier) than in the file", unit="ms", low=-60_000, high=60_000)] = 0
    take: Annotated[int, Setting("which of its takes, as `dub takes` counts them; 0: the newest", low=0, high=9999)] = 0
    recording: Annotated[str, Setting("a file of FILM.LANGUAGE.takes/ that a person recorded")] = ""
    note: Annotated[str, Setting("for people")] = ""
    approved: Annotated[bool, Setting("somebody listened and found it good")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerEdit:
    """One [speakers.NAME] table of an edits file."""

    voice: Annotated[str, Setting("a voice of the profile, instead of the cast's")] = ""


@dataclass(frozen=True, slots=True)
class Edits:
    """An edits file. where: its name, for messages. unknown: keys that were kept but mean nothing here."""

    cues: tuple[CueEdit, ...] = ()
    speakers: tuple[tuple[str, SpeakerEdit], ...] = ()
    where: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def recordings(self) -> frozenset[str]:
        return frozenset(edit.recording for edit in self.cues if edit.recording)

    def without_recordings(self) -> Edits:
        return replace(self, cues=tuple(replace(edit, recording="") for edit in self.cues))


@dataclass(frozen=True, slots=True)
class Applied:
    """Cues with their edits. places: which of the file's entries each cue has, by the cue's place in the list given.
    orphans: entries that fit no cue any more. notes: sentences for the user."""

    cues: tuple[Cue, ...]
    places: Mapping[int, int]
    orphans: tuple[CueEdit, ...] = ()
    notes: tuple[str, ...] = ()


def parse(text: str, where: str) -> Edits:
    """An edits file's text. Raises InputErrors with every fault, each with its place in the file."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not TOML: {error}", where=where) from error
    fields_of = values.get("schema", SCHEMA)
    if fields_of != SCHEMA:
        raise InputError(f"has schema {fields_of!r}; this dub knows {SCHEMA}", where=where, advice="use a newer dub")
    faults: list[InputError] = []
    unknown = [key for key in values if key not in ("schema", "cues", "speakers")]
    cues = [
        _entry(CueEdit, values_, f"{where}: cues {number}", faults, unknown)
        for number, values_ in enumerate(_tables(values.get("cues", []), f"{where}: cues", faults), 1)
    ]
    speakers = [
        (name, _entry(SpeakerEdit, values_, f"{where}: speakers.{name}", faults, unknown))
        for name, values_ in _named_tables(values.get("speakers", {}), f"{where}: speakers", faults)
    ]
    if faults:
        raise InputErrors(faults)
    return Edits(tuple(filter(None, cues)), tuple((name, one) for name, one in speakers if one), where, tuple(unknown))


def _tables(value: Any, where: str, faults: list[InputError]) -> list[dict[str, Any]]:
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    faults.append(InputError("is no list of tables", where=where, advice="write [[cues]] above each entry"))
    return []


def _named_tables(value: Any, where: str, faults: list[InputError]) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict) and all(isinstance(one, dict) for one in value.values()):
        return list(value.items())
    faults.append(InputError("is no table of tables", where=where, advice='write [speakers.NAME] and voice = "..."'))
    return []


def _entry(kind: type, values: Mapping[str, Any], where: str, faults: list[InputError], unknown: list[str]) -> Any:
    """One entry, checked; None when it has a fault. What is not known is told, not refused: a newer dub wrote it."""
    known = fields_of(kind)
    unknown += [f"{where.rpartition(': ')[2]}.{key}" for key in values if key not in known]
    quoted = [key for key in values if key in known and known[key].kind is not str and isinstance(values[key], str)]
    found = [_quoted(values[key], f"{where}.{key}") for key in quoted]
    good = read(kind, {key: values[key] for key in values if key in known and key not in quoted}, where, found)
    if not found and "at" in good and milliseconds(good["at"]) is None:
        found.append(InputError(f"{good['at']!r} is no time", where=f"{where}.at", advice="write HH:MM:SS.mmm"))
    faults += found
    return None if found else kind(**good)


def _quoted(value: str, where: str) -> InputError:
    return InputError(f"{value[:40]!r} is a text", where=where, advice="a number, true and false have no quotes")


def milliseconds(at: str) -> int | None:
    """HH:MM:SS.mmm as milliseconds; None when it is no such time."""
    match = TIME.fullmatch(at.strip())
    if not match:
        return None
    hours, minutes, seconds, fraction = match.groups()
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(((fraction or "") + "000")[:3])


def clock(time: int) -> str:
    """Milliseconds as the file writes them."""
    return f"{time // 3_600_000:02}:{time // 60_000 % 60:02}:{time // 1000 % 60:02}.{time % 1000:03}"


# --- which cue is meant -----------------------------------------------------------------------------------------


def match(cues: Sequence[Cue], edits: Sequence[CueEdit]) -> tuple[dict[int, int], dict[int, int]]:
    """Place of the cue → place of the edit, for edits that fit by their words; and for those whose cue was reworded.

    Of several cues with the same words the nearest in time is meant; each cue has one edit, each edit one cue.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, cue in enumerate(cues):
        places[_folded(cue.text)].append(place)
    pairs = [
        (abs(cues[place].window.start - _at(edit)), number, place)
        for number, edit in enumerate(edits)
        for place in places.get(_folded(edit.text), ())
        if _same_speaker(edit, cues[place])
    ]
    by_words = _nearest_first(pairs)
    taken, used = set(by_words), set(by_words.values())
    starts: dict[int, list[int]] = defaultdict(list)
    for place, cue in enumerate(cues):
        if place not in taken:
            starts[cue.window.start].append(place)
    reworded = [
        (0, number, place)
        for number, edit in enumerate(edits)
        if number not in used
        for place in starts.get(_at(edit), ())
        if _same_speaker(edit, cues[place])
    ]
    return by_words, _nearest_first(reworded)


def _nearest_first(pairs: Iterable[tuple[int, int, int]]) -> dict[int, int]:
    """(distance, edit, cue) → cue: edit, the nearest pair first, each edit and each cue once."""
    found: dict[int, int] = {}
    used: set[int] = set()
    for _, number, place in sorted(pairs):
        if number not in used and place not in found:
            found[place] = number
            used.add(number)
    return found


def _at(edit: CueEdit) -> int:
    return milliseconds(edit.at) or 0


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _same_speaker(edit: CueEdit, cue: Cue) -> bool:
    return not edit.speaker or _folded(edit.speaker) == _folded(cue.speaker or "")


# --- what becomes of the cues -----------------------------------------------------------------------------------


def apply(cues: Sequence[Cue], edits: Edits, voices: Mapping[str, Voice], recorded: Callable[[str], Voice]) -> Applied:
    """The cues as they were decided to be. voices: the profile's. recorded: the voice that plays a recording's file.

    Raises InputErrors for a voice that the profile lacks or a recording that is not there.
    """
    by_words, reworded = match(cues, edits.cues)
    faults: list[InputError] = []
    actors = {_folded(name): _voice(one.voice, voices, f"{edits.where}: speakers.{name}", faults)
              for name, one in edits.speakers}  # fmt: skip
    changed = list(cues)
    for place, cue in enumerate(cues):
        number = by_words.get(place, reworded.get(place))
        one = edits.cues[number] if number is not None else None
        actor = actors.get(_folded(cue.speaker or "")) if cue.speaker else None
        if one is None and actor is None:
            continue
        if one is not None and place in reworded:
            one = replace(one, spoken="", take=0, recording="", approved=False)
        where = f"{edits.where}: cues {(number or 0) + 1}"
        changed[place] = _edited(cue, one, actor, voices, recorded, where, faults)
    if faults:
        raise InputErrors(faults)
    places = {**by_words, **reworded}
    used = set(places.values())
    orphans = tuple(edit for number, edit in enumerate(edits.cues) if number not in used)
    return Applied(tuple(changed), places, orphans, _notes(edits, orphans, cues, reworded, by_words))


def _edited(
    cue: Cue, one: CueEdit | None, actor: Voice | None, voices: Mapping[str, Voice],
    recorded: Callable[[str], Voice], where: str, faults: list[InputError],
) -> Cue:  # fmt: skip
    if one is None:
        return replace(cue, edit=Edit(voice=actor))
    voice = _voice(one.voice, voices, where, faults) if one.voice else actor
    if one.recording:
        try:
            voice = recorded(one.recording)
        except InputError as fault:
            faults.append(InputError(fault.message, where=f"{where}.recording", advice=fault.advice))
    text = " ".join(one.spoken.split()) or cue.text
    shown = cue.text if text != cue.text else ""
    edit = Edit(shown, voice, one.speed, one.gain, one.take, one.note, one.approved)
    start = max(0, cue.window.start + one.shift)
    return replace(cue, text=text, window=Window(start, start + cue.window.length), edit=edit)


def _voice(name: str, voices: Mapping[str, Voice], where: str, faults: list[InputError]) -> Voice | None:
    if not name:
        return None
    if name not in voices:
        advice = "there are: " + (", ".join(voices) or "none")
        faults.append(InputError(f"the profile has no voice {name!r}", where=f"{where}.voice", advice=advice))
    return voices.get(name)


def _notes(
    edits: Edits, orphans: Sequence[CueEdit], cues: Sequence[Cue], reworded: Mapping[int, int],
    by_words: Mapping[int, int],
) -> tuple[str, ...]:  # fmt: skip
    notes = [f"{edits.where}: the key {key} means nothing to this dub; it is kept" for key in edits.unknown]
    had = {(cues[place].window.start, _folded(cues[place].text)): number for place, number in by_words.items()}
    for edit in orphans:
        first = had.get((_at(edit), _folded(edit.text)))
        why = (f"no cue says {edit.text!r} at {edit.at} any more" if first is None else
               f"the cue {edit.text!r} at {edit.at} has two entries; cues {first + 1} is used")  # fmt: skip
        notes.append(f"{edits.where}: {why}: its edit is not used")
    heard = {_folded(cue.speaker) for cue in cues if cue.speaker}
    notes += [f"{edits.where}: no cue is spoken by {name!r}: its edit is not used"
              for name, _ in edits.speakers if _folded(name) not in heard]  # fmt: skip
    for place, number in reworded.items():
        edit = edits.cues[number]
        if edit.spoken or edit.take or edit.recording or edit.approved:
            notes.append(f"{edits.where}: the cue at {edit.at} said {edit.text!r} and now says {cues[place].text!r}: "
                         "what was chosen for the old words is not used")  # fmt: skip
    return tuple(notes)
