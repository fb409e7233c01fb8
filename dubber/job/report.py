"""What became of a job, cue by cue: the one source for the summary, for --json, and for OUT.dub.json beside the film.

docs/report.schema.json describes the document; the descriptions stand here, once. Times are milliseconds of the film.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from dubber.documents import About
from dubber.files.written import Mark
from dubber.model import LeftOut


@dataclass(frozen=True, slots=True)
class EditReport:
    """What a person decided about a line, as far as it differs from what would be without."""

    shown: Annotated[str, About("the cue's text in the subtitle file, where other words are spoken", optional=True)] = (
        ""
    )
    speed: Annotated[float, About("how fast it is read; 1: as the voice does", optional=True)] = 1.0
    gain: Annotated[float, About("dB on the line", optional=True)] = 0.0
    take: Annotated[int, About("which of the line's takes, from 1; 0: the newest", optional=True)] = 0
    note: Annotated[str, About("a remark for people", optional=True)] = ""
    approved: Annotated[bool, About("a person has heard it and found it good", optional=True)] = False
    voice: Annotated[str, About("the voice that speaks instead of the cast's", optional=True)] = ""


@dataclass(frozen=True, slots=True)
class LineReport:
    """One cue's part of a line, as it is played or would be."""

    line: Annotated[int, About("the line's number, from 1")]
    phrase: Annotated[int, About("which part of the line, from 0: a sentence may run over several cues")]
    cue: Annotated[int, About("the cue's number in the subtitle file, from 1 in the order of time")]
    speaker: Annotated[str, About("who speaks; empty: the file names nobody")]
    window: Annotated[tuple[int, int], About("when the cue begins and ends (ms)")]
    natural: Annotated[float, About("the length of its speech at its voice's own speed (ms)")]
    start: Annotated[float, About("when it starts to be played (ms)")]
    length: Annotated[float, About("how long it is played (ms)")]
    rate: Annotated[float, About("how fast it is read in all: 1 is as its voice does, 1.2 a fifth faster")]
    native: Annotated[float, About("the part of the rate that the voice's own reading gives")]
    stretch: Annotated[float, About("the part of the rate that time-stretching gives")]
    borrowed: Annotated[float, About("how much of the silence after its cue it uses (ms)")]
    cut: Annotated[float, About("silence inside it that is left out (ms)")]
    start_error: Annotated[float, About("how long after its cue it starts (ms; negative: before)")]
    end_error: Annotated[float, About("how long after its cue it ends (ms; negative: before)")]
    jump: Annotated[float, About("its rate less that of the speaker's part before; 0 for the first")]
    said: Annotated[int, About("how many characters it has")]
    characters: Annotated[int, About("how many of them fit into its room without being read faster")]
    concessions: Annotated[
        Mapping[str, float],
        About("what had to be granted: native, rate (factors), late, overrun, early, unfit (ms)"),
    ]
    text: Annotated[str, About("its words as they are shown")]
    edit: Annotated[EditReport | None, About("what a person decided about it", optional=True)] = None


@dataclass(frozen=True, slots=True)
class NamedLine:
    """A line that somebody should look at: which it is, and its words."""

    line: Annotated[int, About("the line's number, from 1")]
    cue: Annotated[int, About("its first cue's number")]
    at: Annotated[int, About("when that cue begins in the film (ms)")]
    text: Annotated[str, About("its words")]


@dataclass(frozen=True, slots=True)
class FailedLine(NamedLine):
    """A line that could not be spoken."""

    reason: Annotated[str, About("why, in a sentence")]


@dataclass(frozen=True, slots=True)
class DoubtfulLine(NamedLine):
    """A line that may not say its words."""

    why: Annotated[str, About("what speaks against it, in a sentence")]
    heard: Annotated[str | None, About("what the recogniser heard, where one was asked", optional=True)] = None


@dataclass(frozen=True, slots=True)
class OverCaps:
    """A line that conceded more than a listener lets pass."""

    line: Annotated[int, About("the line's number, from 1")]
    cue: Annotated[int, About("the cue's number")]
    at: Annotated[int, About("when that cue begins in the film (ms)")]
    text: Annotated[str, About("its words")]
    why: Annotated[str, About("what was conceded, in words")]
    rate: Annotated[float, About("how fast it is read; 1: as its voice does")]


@dataclass(frozen=True, slots=True)
class Fastest:
    """The line that is read fastest."""

    cue: Annotated[int, About("its cue's number")]
    at: Annotated[int, About("when that cue begins in the film (ms)")]
    rate: Annotated[float, About("how fast it is read; 1: as its voice does")]
    text: Annotated[str, About("its words")]


@dataclass(frozen=True, slots=True)
class Verified:
    """How many lines were found to say their words, by what."""

    words: Annotated[int, About("a recogniser heard their words")] = 0
    length: Annotated[int, About("their length is that of their words")] = 0
    not_verified: Annotated[int, About("nothing could be judged", key="not verified")] = 0
    doubtful: Annotated[int, About("something speaks against them")] = 0


@dataclass(frozen=True, slots=True)
class VersionReport:
    """One language version of the film."""

    subtitles: Annotated[str, About("the subtitle file; track: the film's own")]
    language: Annotated[str, About("a BCP 47 tag")]
    encoding: Annotated[str, About("the code page that the file was read in")]
    notes: Annotated[tuple[str, ...], About("repairs and guesses, in sentences")]
    warnings: Annotated[tuple[str, ...], About("what a person should know before anything is spoken, in sentences")]
    cast: Annotated[tuple[tuple[str, str, int], ...], About("speaker, voice, lines; the most talkative first")]
    casting: Annotated[tuple[str, ...], About("how speakers got their voices, in sentences")]
    cues: Annotated[int, About("how many cues are to be spoken")]
    spoken: Annotated[int, About("how many of them are")]
    fresh: Annotated[int, About("lines that were spoken anew, or would be")]
    stored: Annotated[int, About("lines whose takes were there")]
    retried: Annotated[int, About("lines that took more than one try")]
    left_out: Annotated[tuple[LeftOut, ...], About("words of the file that are not spoken")]
    spoken_by: Annotated[Mapping[str, int], About("what spoke, by its own account, and how many lines")]
    unknown: Annotated[tuple[int, ...], About("cues whose stored takes do not say what spoke them")]
    verified: Annotated[Verified, About()]
    doubtful: Annotated[tuple[DoubtfulLine, ...], About("lines that may not say their words")]
    failed: Annotated[tuple[FailedLine, ...], About("lines that could not be spoken")]
    over_caps: Annotated[tuple[OverCaps, ...], About("lines that conceded more than a listener lets pass")]
    fastest: Annotated[Fastest | None, About("null where nothing is spoken")]
    histogram: Annotated[tuple[tuple[str, int], ...], About("rates, and how many parts of lines are read so")]
    lines: Annotated[tuple[LineReport, ...], About("every part of every line, in the order in which they are played")]
    cost: Annotated[str, About("what the voice systems charge for what is not stored, in a sentence")] = ""


@dataclass(frozen=True, slots=True)
class TrackReport:
    """A dubbed sound track of the written film."""

    codec: Annotated[str, About("such as aac")]
    language: Annotated[str, About("a BCP 47 tag")]
    title: Annotated[str, About("as players show it")]
    channels: Annotated[int, About("how many")]


@dataclass(frozen=True, slots=True)
class PreflightReport:
    """What the voice systems say that would be asked, before anything is spoken."""

    answered: Annotated[Mapping[str, str], About("servers, and what each says that it is")] = field(
        default_factory=dict
    )
    down: Annotated[tuple[str, ...], About("which do not answer, in sentences")] = ()
    faults: Annotated[tuple[str, ...], About("why the job would be refused, in sentences")] = ()


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """The contents that a film was made from: a second run of a batch does only what is not done."""

    film: Annotated[str, About("the film's digest")]
    subtitles: Annotated[tuple[str, ...], About("each subtitle file's digest")]
    bed: Annotated[str, About("the digest of --bed; empty: there was none")]
    settings: Annotated[str, About("the digest of the profile, the cast and the options")]
    edits: Annotated[tuple[tuple[str, str], ...], About("edits files and recordings: name, digest")] = ()
    seen: Annotated[
        Mapping[str, tuple[str, str]], About("each file's size and date when its digest was taken, and the digest")
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of a job, or would become of it."""

    schema: Annotated[Literal[1], About("the version of this document")] = 1
    dub: Annotated[str, About("the version of dub")]
    film: Annotated[str, About("the film's path")]
    output: Annotated[str | None, About("the dubbed film's path; null: none was written, or none would be")]
    profile: Annotated[str, About("the profile's name")]
    verify: Annotated[str, About("which lines a recogniser was to hear (synthesis.verify)")]
    versions: Annotated[tuple[VersionReport, ...], About("each language")]
    failed: Annotated[tuple[FailedLine, ...], About("the lines of all versions that could not be spoken")]
    seconds: Annotated[float, About("how long it took; 0 for what is only foreseen")]
    preflight: Annotated[PreflightReport | None, About("of --dry-run", optional=True)] = None
    space: Annotated[tuple[str, ...] | None, About("of --dry-run: disks that are too small", optional=True)] = None
    made_from: Annotated[MadeFrom | None, About("of a film of a batch, a hook or a watched folder", optional=True)] = (
        None
    )
    servers: Annotated[Mapping[str, str], About("servers, and what each said that it is", optional=True)] = field(
        default_factory=dict
    )
    recognisers: Annotated[Mapping[str, str], About("who heard the takes, by language", optional=True)] = field(
        default_factory=dict
    )
    streams: Annotated[tuple[str, ...], About("what is in the written film, one stream a sentence", optional=True)] = ()
    notes: Annotated[tuple[str, ...], About("what is to be known of the written film, in sentences")] = ()
    refused: Annotated[str, About("of --dry-run: why the output would not be written", optional=True)] = ""
    tracks: Annotated[tuple[TrackReport, ...], About("the written film's dubs", optional=True)] = ()
    whole: Annotated[Mark | None, About("by what the written film is known again", optional=True)] = None
    incomplete: Annotated[str, About("which lines could not be spoken, in a sentence", optional=True)] = ""
    broken: Annotated[str, About("what of the subtitles is broken, in a sentence", optional=True)] = ""
    doubtful: Annotated[str, About("which lines may not say their words, in a sentence", optional=True)] = ""
    unfit: Annotated[str, About("which lines did not fit, in a sentence", optional=True)] = ""

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why the film is not complete, a sentence each; () where it is."""
        return tuple(filter(None, (self.incomplete, self.broken, self.doubtful, self.unfit)))
