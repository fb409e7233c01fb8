"""The nouns. Frozen values that the stages hand to each other; no I/O, no clock, no randomness.

Times of subtitles are whole milliseconds, half-open [start, end). Places inside a take and the lengths of
speech are float milliseconds, because speech does not end on a millisecond. Samples are float32, mono unless said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:  # numpy costs 100 ms to import and these are only names here
    import numpy as np
    from numpy.typing import NDArray

Scalar = str | int | float | bool | Path | None
Value = Scalar | tuple[Scalar, ...]
Gender = Literal["", "female", "male"]
Omission = Literal["not speech", "repeated", "broken", "name"]


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A stretch of film time in milliseconds, half-open; start <= end."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Window) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person decided about one cue, beside its words and its time, which are changed in the cue itself.

    shown: the cue's text as the subtitle file has it; "" where it is spoken as shown. voice: instead of the cast's.
    speed: how fast it is read (1: as the voice does). gain: dB on the line. take: which of the line's takes, from 1;
    0 is the newest. note, approved: for people.
    """

    shown: str = ""
    voice: Voice | None = None
    speed: float = 1.0
    gain: float = 0.0
    take: int = 0
    note: str = ""
    approved: bool = False

    @property
    def sound(self) -> tuple[Voice | None, float, float]:
        """Who speaks, how fast and how loud: cues that differ in this are not merged into one line."""
        return self.voice, self.speed, self.gain


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle as speech: what is said, by whom (None: nobody is named), when.

    index counts the file's cues from 1 in the order of time; a cue that two speakers share becomes two
    cues with the same index. number is the line of the file on which the cue begins, from 1.
    text is free of markup, one line, never empty. edit: what a person decided about it, if anything.
    """

    index: int
    window: Window
    text: str
    speaker: str | None = None
    number: int = 0
    style: str | None = None
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Words of the subtitle file that are not spoken, and why. number: the file's line, from 1.

    kind: "not speech" (a sound, a lyric, a sign, a credit), "repeated" (said once already), or "broken" (words that
    should be spoken, and that the file does not say how: without times, in an event that cannot be read). A "name" is
    heard as somebody's voice: it is counted, and stands in no report.
    """

    number: int
    text: str
    reason: str
    kind: Omission = "not speech"


@dataclass(frozen=True, slots=True)
class Script:
    """A subtitle file, read: what is to be spoken, and what is not, and why.

    encoding is the name of the code page used; guessed says that nothing in the file proved it.
    notes are sentences for the user (repairs made, guesses with a sample line); warnings are those about words that may
    be lost.
    language is a BCP 47 tag if the file names one.
    """

    cues: tuple[Cue, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    encoding: str = "utf-8"
    guessed: bool = False
    language: str | None = None

    @property
    def broken(self) -> tuple[LeftOut, ...]:
        """The words that should be spoken and cannot be."""
        return tuple(left for left in self.left_out if left.kind == "broken")


@dataclass(frozen=True, slots=True)
class Voice:
    """What speaks: a backend and all that decides how it sounds. Hashable.

    settings are (key, value) pairs sorted by key, of the backend's voice schema; a Path is a recording
    whose content, not its name, decides the sound. language is a BCP 47 tag or "" (the job's language). gender is what
    is known of it, which shapes nothing. speed: how fast it reads in general (1: as it does by itself), where that is
    no setting of its system.
    """

    backend: str
    name: str
    settings: tuple[tuple[str, Value], ...] = ()
    language: str = ""
    gender: Gender = ""
    speed: float = 1.0

    def get(self, key: str, default: Value = None) -> Value:
        return dict(self.settings).get(key, default)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks with which voice.

    roles: (pattern, voice) in the order of the file; a pattern is a speaker's name or a shell wildcard, case
    folded. pool: voices for speakers whom no role names, the same one on every run. narrator: the voice of cues
    that name nobody (None: the pool's first). by_name: voices that speak for a speaker of their own name.
    """

    roles: tuple[tuple[str, Voice], ...] = ()
    pool: tuple[Voice, ...] = ()
    narrator: Voice | None = None
    by_name: tuple[Voice, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """The words of a line that one cue shows, and that cue's window."""

    cue: int
    window: Window
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance: asked of a backend as a whole. One phrase, or several when a sentence runs over cues.

    index counts from 1 in order of time. speed is the native reading speed asked for (1 = natural, 2 = twice as
    fast). redo numbers the takes that a user asked for anew: 0 is the first. edit: what a person decided about it.

    pace is how fast the line is read in general, by the user's choice; usual is the native speed for that, as near as
    the voice comes to it, and stretching gives the rest. What the plan calls a rate is counted from pace.
    """

    index: int
    speaker: str
    voice: Voice
    phrases: tuple[Phrase, ...]
    language: str
    speed: float = 1.0
    redo: int = 0
    edit: Edit | None = None
    pace: float = 1.0
    usual: float = 1.0

    @property
    def text(self) -> str:
        return " ".join(phrase.text for phrase in self.phrases)

    @property
    def tongue(self) -> str:
        """The language that it is read in: its voice's own, where that has one."""
        return self.voice.language or self.language

    @property
    def window(self) -> Window:
        return Window(self.phrases[0].window.start, max(phrase.window.end for phrase in self.phrases))

    @property
    def place(self) -> dict[str, int]:
        """Which line it is, for programs: its index, its first cue, and when that begins in the film (ms)."""
        return {"line": self.index, "cue": self.phrases[0].cue, "at": self.phrases[0].window.start}


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound. samples: float32, shape (frames,) mono or (frames, channels), full scale 1.0; rate in Hz."""

    samples: NDArray[np.float32]
    rate: int

    @property
    def milliseconds(self) -> float:
        return 1000.0 * len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a take, in milliseconds from the take's first sample: speech without outer silence."""

    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a take says its line. by: "words" (a recogniser heard them), "length", or "" (nothing could be judged).

    doubt: why it may not, in one sentence; "" where nothing speaks against it. off: how far it is from its line, to
    choose the best of several takes (0: not at all).
    """

    by: Literal["", "length", "words"] = ""
    doubt: str = ""
    off: float = 0.0


UNPROVEN = Proof()


@dataclass(frozen=True, slots=True)
class Take:
    """A line, spoken. Its sound, and how loud that is, lie in the store under key: a film of takes costs no memory.

    spans: one for each phrase of the line, in order. unhurried: each span's length in ms at the line's usual speed,
    where it was read at another. pauses: inner silences (ms from the take's start), shortenable.
    origin: "fresh", "stored", "retried", or "estimated" when nobody spoke it. by: what spoke it (Backend.identity); "":
    an older dub did not note it. cut_off: the sound stops at full level. heard: what a recogniser heard; None: none was
    asked. sounds: the language that it heard, where that is surely another than the line's. proof: what says that it is
    the line.
    """

    line: Line
    key: str
    spans: tuple[Span, ...]
    unhurried: tuple[float, ...] = ()
    pauses: tuple[Span, ...] = ()
    origin: str = "fresh"
    by: str = ""
    cut_off: bool = False
    heard: str | None = None
    sounds: str = ""
    proof: Proof = UNPROVEN

    @property
    def natural(self) -> tuple[float, ...]:
        """The length in ms of each span at the line's pace."""
        lengths = self.unhurried or tuple(span.length for span in self.spans)
        left = self.line.usual / self.line.pace
        return lengths if left == 1.0 else tuple(length * left for length in lengths)

    @classmethod
    def known(cls, line: Line, key: str, facts: Mapping[str, Any], origin: str) -> Take:
        """From what the store holds beside the sound."""
        return cls(
            line=line,
            key=key,
            spans=tuple(Span(*span) for span in facts["spans"]),
            unhurried=() if line.speed == line.usual else tuple(length / line.usual for length in facts["natural"]),
            pauses=tuple(Span(*span) for span in facts["pauses"]),
            origin=origin,
            by=intern(str(facts.get("by", ""))),
            cut_off="cut_off" in facts,
            heard=facts.get("heard", {}).get("text"),
            sounds=facts.get("heard", {}).get("language", ""),
            proof=Proof(facts["verified"], facts["doubt"], facts["off"]) if "verified" in facts else UNPROVEN,
        )

    @property
    def speech(self) -> float:
        """ms that is spoken."""
        return sum(span.length for span in self.spans)


@dataclass(frozen=True, slots=True)
class Concession:
    """What the plan had to grant. kind: "native", "rate", "late", "overrun", "early", or "unfit": so long that another
    line starts later than it may. amount: a factor for native and rate, ms otherwise."""

    kind: str
    amount: float


class Placement(NamedTuple):  # made three times as fast as a frozen dataclass: a film has thousands
    """Where and how fast one phrase of a take is played.

    line, phrase: indices (Line.index; the phrase's place in it). start: ms in the film. length: ms as played.
    source: the piece of the take. rate: source.length / length, what the stretcher does. native: what the backend
    did. cut: inner silences (ms of the take) that are left out before any stretching.
    """

    line: int
    phrase: int
    start: float
    length: float
    source: Span
    rate: float = 1.0
    native: float = 1.0
    cut: tuple[Span, ...] = ()
    concessions: tuple[Concession, ...] = ()

    @property
    def end(self) -> float:
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Plan:
    """The placements of a whole film, in order of start."""

    placements: tuple[Placement, ...]

    def __len__(self) -> int:
        return len(self.placements)


@dataclass(frozen=True, slots=True)
class Clip:
    """Audio at a time (ms in the film), ready to be mixed: stretched, levelled, faded, at the mix's rate."""

    start: float
    audio: Audio


@dataclass(frozen=True, slots=True)
class Track:
    """The dubbed sound of a film, encoded, to be laid beside the picture.

    path: the file that it is (None: it is still to come, through a pipe, while the film is written).
    lead: samples of the file that lie before the film's time zero (an encoder's priming; 0: its first sample is it).
    """

    path: Path | None
    codec: str
    language: str
    title: str
    channels: int
    milliseconds: int
    lead: int = 0
    rate: int = 48_000


Happening = Literal["begin", "stage", "step", "note", "warning", "left_out", "failed", "unfit", "result"]
STAGES = ("reading", "synthesis", "verification", "mixing", "encode", "mux")  # of one film, in order; no training's


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a job. The console draws it; --json prints it (docs/json.md says which detail each
    kind has, docs/events.schema.json holds them to it).

    kind: "begin" (a command begins, or a film of many), "stage" (a part of the work begins), "step" (it is farther),
    "note" (a sentence for the user), "warning" (one that he may not like), "left_out" (words that are not spoken),
    "failed" (a line that nobody could speak), "unfit" (a line that is too long for its place), "result" (how a command,
    or a film of many, ended).
    stage: where it happened, one of STAGES for a film ("" where that says nothing). message: a sentence, or "".
    done, total: how many of a stage's parts are over (0 <= done), of how many (0: nobody knows).
    detail: more for programs, as JSON can say it. An event about one line has its place there (Line.place).
    film: the film's path where a command is at work on several; "" otherwise.
    """

    kind: Happening
    stage: str = ""
    message: str = ""
    done: int = 0
    total: int = 0
    detail: Mapping[str, object] = field(default_factory=dict)
    film: str = ""

    @property
    def warns(self) -> bool:
        """Whether the user is told at once, wherever that is: by whoever draws no other kind."""
        return self.kind in ("warning", "failed")
