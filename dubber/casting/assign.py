"""Cues and a cast to lines: who speaks what with which voice, and which cues are one sentence."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from hashlib import blake2b
from itertools import groupby
from typing import Annotated, Literal

from dubber.casting.given_names import gender_of
from dubber.errors import InputError
from dubber.languages import same
from dubber.model import Cast, Cue, Edit, Line, Phrase, Voice, Window
from dubber.schema import Setting

SENTENCE_END = re.compile(r"[.!?…。！？．‥؟۔।:;：；—–-][\"'”’»)\]』」》）]*$")
NOBODY = ""  # Line.speaker of a cue that names nobody
UNEDITED = Edit().sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """How cues become lines: the profile's table [casting], beside narrator and pool, which are voices."""

    merge: Annotated[
        Literal["sentence", "off"], Setting("speak a sentence that runs over several cues of a speaker as one")
    ] = "off"
    merge_gap: Annotated[int, Setting("longest pause inside a merged sentence", unit="ms", low=0, high=5000)] = 300
    merge_cues: Annotated[int, Setting("most cues of a merged sentence", low=2, high=20)] = 4
    merge_length: Annotated[int, Setting("longest text of a merged sentence", unit="characters", low=20)] = 300
    strict: Annotated[bool, Setting("a speaker whom the cast does not name is an error")] = False
    speed: Annotated[float, Setting("how fast everybody reads; 1 is as they do", low=0.5, high=2)] = 1.0


def speakers(cues: Iterable[Cue]) -> dict[str, int]:
    """How many cues each speaker has, the most talkative first; "" counts the cues that name nobody."""
    counts: dict[str, int] = {}
    spelled: dict[str, str] = {}
    for cue in cues:
        name = spelled.setdefault(fold(cue.speaker or NOBODY), cue.speaker or NOBODY)
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def fold(name: str) -> str:
    """A name as names are compared: case, width and blanks do not matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


WILD = re.compile(r"[*?\[]")


def literally(name: str) -> str:
    """A speaker's name as a pattern that fits nobody else: "???" becomes "[?][?][?]"."""
    return WILD.sub(lambda match: f"[{match[0]}]", name)


def voice_of(speaker: str, cast: Cast, *, strict: bool = False) -> Voice:
    """The voice of a speaker ("" for nobody). A role with exactly this name, else the first wildcard that fits, else
    a voice of this name, else one of the pool, chosen by the name alone; raises InputError when there is none."""
    name = fold(speaker)
    if not name:
        return _narrator(cast)
    roles = [(fold(pattern), voice) for pattern, voice in cast.roles]
    for pattern, voice in roles:
        if pattern == name:
            return voice
    for pattern, voice in roles:
        if fnmatchcase(name, pattern):
            return voice
    if namesake := _namesake(speaker, cast):
        return namesake
    if strict:
        near = get_close_matches(name, [pattern for pattern, _ in roles], n=3, cutoff=0.5)
        named = [original for original, _ in cast.roles if fold(original) in near]
        advice = f"did you mean {', '.join(named)}?" if named else "add the name to [cast]"
        raise InputError(f"the cast has no role {speaker!r}", where="cast", advice=advice)
    return from_pool(name, cast.pool) if cast.pool else _narrator(cast)


def _namesake(speaker: str, cast: Cast) -> Voice | None:
    """The voice that bears a speaker's name: "MARY ANN" is spoken by [voices.mary_ann]."""
    return next((voice for voice in cast.by_name if _spelled(voice.name) == _spelled(speaker)), None)


def _spelled(name: str) -> str:
    return fold(name.replace("_", " ").replace("-", " "))


def remarks(lines: Iterable[Line], cast: Cast) -> tuple[str, ...]:
    """What a person may want to know of who speaks for whom: whom the cast did not choose, and who sounds unlike."""
    pairs = {line.speaker: line.voice for line in lines if line.speaker and not line.edit}
    named = [f"{who} ({voice.name})" for who, voice in pairs.items() if voice == _namesake(who, cast)]
    unlike = [
        f"{who} ({voice.name}, {voice.gender})"
        for who, voice in pairs.items()
        if {gender_of(who), voice.gender} == {"female", "male"}
    ]
    found = [f"cast by name: {', '.join(named)}"] if named else []
    if unlike:
        found.append(f"of another gender than the name, by its look: {', '.join(unlike)}; [cast] decides")
    return tuple(found)


def _narrator(cast: Cast) -> Voice:
    voice = cast.narrator or next(iter(cast.pool), None)
    if voice is None:
        raise InputError("nobody can speak: there is no narrator and no pool", where="casting")
    return voice


def from_pool(speaker: str, pool: Sequence[Voice]) -> Voice:
    """The pool's voice for a name: the highest of the hashes of (name, voice). It depends on no other speaker, on no
    run and no machine, and a voice that joins the pool takes over only the speakers it wins."""

    def rank(voice: Voice) -> tuple[bytes, str]:
        text = f"{fold(speaker)}\0{voice.backend}\0{voice.name}"
        return blake2b(text.encode(), digest_size=8).digest(), voice.name

    return max(pool, key=rank)


def _speaking(cast: Cast, language: str) -> Cast:
    """The cast for a film of this language: of the pool, and for a narrator of another language, only voices that speak
    it (or that speak any), where there is one. Roles stay: somebody chose them."""

    def fits(voice: Voice) -> bool:
        return not voice.language or same(voice.language, language)

    pool = tuple(filter(fits, cast.pool)) or cast.pool
    narrator = cast.narrator
    if narrator and not fits(narrator):
        narrator = next(filter(fits, pool), narrator)
    return replace(cast, pool=pool, narrator=narrator)


def lines(cues: Iterable[Cue], cast: Cast, casting: Casting, *, language: str) -> tuple[Line, ...]:
    """The utterances of a film in order of time. language: the job's, for voices that have none of their own.

    Raises InputError naming every speaker whom nobody speaks when casting.strict.
    """
    spoken = [(cue, phrase) for _, together in groupby(cues, key=_cue) for cue, phrase in _phrases(list(together))]
    uncast = [cue for cue, _ in spoken if not (cue.edit and cue.edit.voice)]
    voices = _voices(uncast, _speaking(cast, language), casting)
    groups = _sentences(spoken, casting) if casting.merge == "sentence" else [[one] for one in spoken]
    made = []
    for index, group in enumerate(sorted(groups, key=_place), 1):
        speaker = group[0][0].speaker or NOBODY
        edit = _edit([cue.edit for cue, _ in group if cue.edit])
        voice = edit.voice if edit and edit.voice else voices[fold(speaker)]
        phrases = tuple(phrase for _, phrase in group)
        made.append(Line(index, speaker, voice, phrases, voice.language or language, edit=edit))
    return tuple(made)


Spoken = tuple[Cue, Phrase]


def _cue(cue: Cue) -> tuple[int, Window]:
    return cue.index, cue.window


def _place(group: list[Spoken]) -> tuple[Window, int]:
    return group[0][1].window, group[0][1].cue


def _voices(cues: Sequence[Cue], cast: Cast, casting: Casting) -> dict[str, Voice]:
    voices, faults = {}, []
    for name in {fold(cue.speaker or NOBODY): cue.speaker or NOBODY for cue in cues}.values():
        try:
            voices[fold(name)] = voice_of(name, cast, strict=casting.strict)
        except InputError as fault:
            faults.append(fault)
    if len(faults) > 1:
        raise InputError("; ".join(f"{fault.message} ({fault.advice})" for fault in faults), where="cast")
    if faults:
        raise faults[0]
    return voices


def _phrases(together: list[Cue]) -> list[Spoken]:
    """The cues that share one window, each with its part of it: in order, in proportion to their texts."""
    first, window = together[0], together[0].window
    if len(together) == 1:  # nearly always: the window is the cue's own, of which a long film has thousands
        return [(first, Phrase(first.index, window, first.text))]
    weights = [len(cue.text) + 5 for cue in together]  # a word of one letter needs time as well
    total, done, start = sum(weights), 0, window.start
    found = []
    for cue, weight in zip(together, weights, strict=True):
        done += weight
        end = window.start + window.length * done // total
        found.append((cue, Phrase(cue.index, Window(start, end), cue.text)))
        start = end
    return found


def _sentences(spoken: list[Spoken], casting: Casting) -> list[list[Spoken]]:
    """Groups of phrases that are one sentence. Each phrase is tried on the last group alone: what anybody else says
    in between ends a sentence."""
    groups: list[list[Spoken]] = []
    for one in spoken:
        if groups and _runs_on(groups[-1], one, casting):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _runs_on(group: list[Spoken], after: Spoken, casting: Casting) -> bool:
    (last, phrase), (cue, following) = group[-1], after
    gap = following.window.start - phrase.window.end
    length = sum(len(part.text) + 1 for _, part in group) + len(following.text)
    return (
        fold(last.speaker or NOBODY) == fold(cue.speaker or NOBODY)
        and _sound(last) == _sound(cue)
        and last.index != cue.index
        and 0 <= gap <= casting.merge_gap
        and len(group) < casting.merge_cues
        and length <= casting.merge_length
        and not SENTENCE_END.search(last.text.rstrip())
        and not cue.text[0].isdigit()  # "Then" / "3, 2, 1" counts by itself
    )


def _sound(cue: Cue) -> tuple[Voice | None, float, float]:
    return cue.edit.sound if cue.edit else UNEDITED


def _edit(edits: Sequence[Edit]) -> Edit | None:
    """What was decided about a line: what its first edited cue says, and the first take that was chosen."""
    if not edits:
        return None
    return replace(edits[0], take=next((edit.take for edit in edits if edit.take), 0))


def cast_toml(
    counts: Mapping[str, int], roles: Mapping[str, str], pool: Sequence[Voice] = (), narrator: str = ""
) -> str:
    """A cast file to edit: a role for each speaker of counts, with the voice it would get now.

    roles: the cast that is there already, speaker or wildcard → voice name; it is kept, also for speakers of other
    episodes.
    """
    names = {fold(name): voice for name, voice in roles.items()}
    unnamed = counts.get(NOBODY, 0)
    rows = [
        '# Who speaks with which voice. Voices are those of the profile; a name may be a wildcard ("GUARD*").',
        f"# {unnamed} lines name nobody: the narrator speaks them{f' ({narrator})' if narrator else ''}.",
        "",
        "[cast]",
    ]
    for speaker, count in counts.items():
        if speaker == NOBODY:
            continue
        own = names.pop(fold(literally(speaker)), "") or names.pop(fold(speaker), "")
        voice = own or _by_wildcard(speaker, roles) or _pool_name(speaker, pool)
        plural = "line" if count == 1 else "lines"
        row = f"{_quoted(literally(speaker))} = {_quoted(voice)}"
        rows.append(f"{row:<40}  # {count} {plural}" if voice else f"# {row}  # {count} {plural}: choose a voice")
    rows += _rest(roles, names)
    return "\n".join(rows) + "\n"


def _rest(roles: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    others = [f"{_quoted(name)} = {_quoted(voice)}" for name, voice in roles.items() if fold(name) in names]
    return ["", "# not in this file", *others] if others else []


def _by_wildcard(speaker: str, roles: Mapping[str, str]) -> str:
    return next((voice for pattern, voice in roles.items() if fnmatchcase(fold(speaker), fold(pattern))), "")


def _pool_name(speaker: str, pool: Sequence[Voice]) -> str:
    return from_pool(speaker, pool).name if pool else ""


def _quoted(text: str) -> str:
    r"""A TOML basic string: JSON's, whose escapes TOML has too (\u007f needs one in TOML alone)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
