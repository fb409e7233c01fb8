"""The language versions of a film: its subtitles read, cast, and ready to be spoken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dubber import backends, languages, subtitles
from dubber.casting import assign
from dubber.config.profile import Profile
from dubber.edits import edit_files, edits
from dubber.edits.edit_files import Place
from dubber.errors import InputError
from dubber.job import subtitle_files
from dubber.job.job import Job
from dubber.job.timing import Hear, timed, unheard
from dubber.languages import Detect
from dubber.media.film import Film
from dubber.media.subtitle_tracks import subtitle_track, track_language
from dubber.model import LeftOut, Line, Script
from dubber.models.language_detector import Detector
from dubber.subtitles import file_names, language_choice
from dubber.subtitles.language_choice import Choice, Said

WITHOUT_FRAMES = frozenset({".srt", ".vtt", ".ass", ".ssa"})  # the film need not be looked at before they are read

UNREAD = 0.1  # of the lines: a film of which a voice cannot read more is not begun
READERS = (
    "give it a voice that reads them (`dub profiles` lists systems with such voices; docs/subtitles.md, Languages)"
)


@dataclass(frozen=True, slots=True)
class Version:
    """One language version: where its words come from, and the lines to be spoken.

    path is None when the words are the film's own track. script: what else the file says; its cues are in the lines.
    doubts: why its language or the words' times may be wrong, in sentences. moved: the file's times are not the film's.
    """

    path: Path | None
    language: str
    script: Script
    lines: tuple[Line, ...]
    doubts: tuple[str, ...] = ()
    moved: bool = False
    casting: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.path.name if self.path else "the film's own subtitles"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know before anything is spoken, in sentences; most versions have none."""
        return tuple(f"{self.name}: {doubt}" for doubt in (*self.doubts, *self.script.warnings))


def read(
    job: Job, film: Callable[[], Film], *, recordings: bool = True, hear: Hear = unheard, detect: Detect | None = None
) -> tuple[Version, ...]:
    """Every version that the job asks for. Raises InputError when one has nothing to say.

    film: gives the film, which may still be looked at; it is asked for late. recordings: lines that a person recorded
    are played; else the cast's voices would speak them. hear: gives what is heard of the film, to compare times with.
    detect: tells languages, where that has been made ready.
    """
    paths: tuple[Path | None, ...] = job.subtitles or (None,)
    detect = detect or Detector(ahead=True)
    return tuple(_version(job, film, path, place, recordings, hear, detect) for place, path in enumerate(paths))


def words(job: Job, film: Callable[[], Film]) -> tuple[Script, Place]:
    """The first version's words as its file has them, before anybody's edits, and where those lie."""
    path = job.subtitles[0] if job.subtitles else None
    choice, script = _words(job, film, path, 0, Detector())
    return script, edit_files.place(job.film, path, choice.language)


def speakers(paths: Iterable[Path], profile: Profile, encoding: str, strict: bool) -> list[tuple[str, int, str]]:
    """Who speaks in these files: (name, cues, voice), the most talkative first."""
    counts: dict[str, int] = {}
    for path in paths:
        script = subtitle_files.read(
            path, _knowing(profile), language=profile.language, encoding=encoding, strict=strict
        )
        for who, count in assign.speakers(script.cues).items():
            counts[who] = counts.get(who, 0) + count
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return [(who, count, assign.voice_of(who, profile.cast).name) for who, count in ordered]


def _words(
    job: Job, looked: Callable[[], Film], path: Path | None, place: int, detect: Detect
) -> tuple[Choice, Script]:
    """The language of a version, and its words."""
    said = _said(job, path, place)
    told, default = said[0].tag if said else "", languages.standard(job.profile.language)
    script = _script(job, looked, path, told or default, _bilingual(job, looked, told, detect))
    own = "" if path else languages.base(track_language(looked(), job.subs_track, told or default))
    said += [Said(own, "the film"), Said(languages.standard(script.language or ""), "the file itself")]
    texts = [cue.text for cue in script.cues]
    choice = language_choice.choose(said, detect(texts), texts, default or "en")
    return choice, replace(script, notes=(*script.notes, choice.note)) if choice.note else script


def _said(job: Job, path: Path | None, place: int) -> list[Said]:
    """The languages that the user and the file's name give, the stronger first."""
    named = file_names.language_of(path, job.film) if path else ""
    asked = job.languages[place] if place < len(job.languages) else ""
    tag = languages.standard(asked)
    if asked and not tag:
        advice = "a code such as en, eng or pt-BR, or a name such as German"
        raise InputError(f"no language is called {asked!r}", where="--language", advice=advice)
    given = [Said(tag, "--language"), Said(named, "the file's name")]
    return [one for one in given if one.tag][1 if tag and tag == named else 0 :]


def _bilingual(job: Job, looked: Callable[[], Film], told: str, detect: Detect) -> subtitles.Bilingual:
    """Of a file in two languages, the one that was asked for; else the one that the film is not in; else the profile's;
    else the first."""

    def wanted(first: str, second: str) -> str:
        original = looked().original
        heard = original.language if original else ""
        if any(languages.same(told, tag) for tag in (first, second)):
            return told
        if any(languages.same(heard, tag) for tag in (first, second)):
            return second if languages.same(heard, first) else first
        return second if languages.same(job.profile.language, second) else first

    return subtitles.Bilingual(detect, wanted)


def _version(
    job: Job,
    looked: Callable[[], Film],
    path: Path | None,
    place: int,
    recordings: bool,
    hear: Hear,
    detect: Detect,
) -> Version:
    profile = job.profile
    choice, script = _words(job, looked, path, place, detect)
    language, film = choice.language, looked()
    doubts = _language_doubts(choice, script, path, detect)
    if choice.doubt and job.strict:
        raise InputError(doubts[0], where=path.name if path else str(film.path))
    script = _edited(script, edit_files.place(job.film, path, language), profile, recordings)
    found = timed(script, film, job, hear)
    script = found.script
    if not script.cues:
        where = str(path or film.path)
        raise InputError("no cue is left to be spoken", where=where, advice=_why(script.left_out))
    lines = assign.lines(script.cues, profile.cast, _strict(profile.casting, job.strict), language=language)
    lines = tuple(_paced(line, profile.casting.speed) for line in lines)
    remarks, unread = assign.remarks(lines, profile.cast), _unread(lines)
    if len(unread) > UNREAD * len(lines):
        raise InputError(_spelled(unread), where=path.name if path else str(film.path), advice=READERS)
    doubts += (f"{_spelled(unread)}; {READERS}",) if unread else ()
    return Version(path, language, replace(script, cues=()), lines, (*doubts, *found.doubts), found.moved, remarks)


def _unread(lines: Iterable[Line]) -> list[tuple[Line, str]]:
    """The lines of which the voice would spell something instead of reading it, and what."""
    told = ((line, backends.find(line.voice.backend).cannot_read(line)) for line in lines)
    return [(line, what) for line, what in told if what]


def _spelled(unread: Sequence[tuple[Line, str]]) -> str:
    line, what = unread[0]
    kind = line.voice.backend
    return f"the voice {line.voice.name!r} ({kind}) cannot read {what} and would spell them, in {len(unread)} lines"


def _paced(line: Line, speed: float) -> Line:
    """The line as fast as it is to be read in general: natively, as far as its voice can. speed: the whole cast's."""
    kind, decided = backends.find(line.voice.backend), line.edit.speed if line.edit else 1.0
    reads = 1.0 if line.voice.backend == "recorded" else speed * line.voice.speed  # a person's recording is as it is
    pace = round(decided * reads, 4)
    if pace == 1.0:
        return line
    slowest, fastest = kind.speeds(line.voice)
    usual = round(min(max(pace, slowest), fastest), 4)
    return replace(line, pace=pace, usual=usual, speed=usual)


def _edited(script: Script, place: Place, profile: Profile, recordings: bool) -> Script:
    """The cues as their edits file has them, where there is one; what of it fits no cue any more is a note."""
    known = edit_files.load(place)
    lost = [f"{place.takes}: no edit names the recording {name}" for name in edit_files.orphans(place, known)]
    if known is None:
        return replace(script, notes=(*script.notes, *lost)) if lost else script
    known = known if recordings else known.without_recordings()
    applied = edits.apply(script.cues, known, profile.voices, partial(edit_files.recorded, place))
    told = f"{len(applied.places)} cues are as {place.path.name} has them"
    cues = tuple(sorted(applied.cues, key=lambda cue: (cue.window, cue.index)))
    return replace(script, cues=cues, notes=(*script.notes, told, *applied.notes, *lost))


def _script(job: Job, looked: Callable[[], Film], path: Path | None, language: str, two: subtitles.Bilingual) -> Script:
    reading = _knowing(job.profile)
    if path is not None and path.suffix.lower() not in WITHOUT_FRAMES:
        reading = replace(reading, fps=float(job.fps[0]) if job.fps else reading.fps or looked().frames)
    if path is not None:
        return subtitle_files.read(path, reading, language=language, encoding=job.encoding, strict=job.strict, two=two)
    film = looked()
    data, suffix = subtitle_track(film, job.subs_track, language)
    name = f"{film.path.name} (its subtitle track)"
    return subtitles.parse(data, suffix, reading, strict=job.strict, name=name, language=language, two=two)


def _knowing(profile: Profile) -> subtitles.Reading:
    """How to read, knowing that whoever the cast names is a speaker, be it for one line only; and whose name a voice
    bears that speaks for nobody else."""
    cast = profile.cast
    names = [pattern for pattern, _ in cast.roles if not set("*?[") & set(pattern)]
    others = {*cast.pool, cast.narrator}
    names += [voice.name.replace("_", " ").upper() for voice in cast.by_name if voice not in others]
    return replace(profile.reading, names=(*profile.reading.names, *names))


def _strict(settings: assign.Casting, strict: bool) -> assign.Casting:
    return replace(settings, strict=True) if strict else settings


def _language_doubts(choice: Choice, script: Script, path: Path | None, detect: Detect) -> tuple[str, ...]:
    """What contradicts the language of a version, with what to do, and the lines that are in another."""
    rename = f", or name the file {file_names.renamed(path, choice.language, choice.seen or 'TAG')}" if path else ""
    told = f"{choice.doubt}; if that is wrong, say --language {choice.seen or 'TAG'}{rename}" if choice.doubt else ""
    odd = "" if choice.doubt else language_choice.odd_lines(script.cues, choice.language, detect)
    return tuple(filter(None, (told, odd)))


def _why(left_out: Iterable[LeftOut]) -> str:
    first = next(iter(left_out), None)
    return f"the first was left out because: {first.reason}" if first else "the file has none"
