"""What to do, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dubber.files.lease import SILENCE

if TYPE_CHECKING:
    from fractions import Fraction

    from dubber.config.profile import Profile
    from dubber.job.report import Report


@dataclass(frozen=True, slots=True)
class Job:
    """One film to be dubbed.

    subtitles: one file for each language version; none: the film's own text track (subs_track names it by number,
    language or title; "" chooses). audio_track: the original sound, likewise. languages: BCP 47 tags in the order of
    the subtitles; where one is missing, the file's name, the file itself, the profile and at last "en" decide. fps: the
    frames a second that the subtitles were timed for, and the film's (None: the same). offset: ms added to each time
    after that. redo: the cues to be spoken anew; redo_unknown: those too whose take does not
    say what spoke it. store: where takes are kept (None: the user's cache).
    output: None means beside the film. overwrite, allow_missing: what the user has allowed. silence, patience: seconds;
    another owner of the output who shows no sign of life for so long is passed over, and is waited for so long.
    """

    film: Path
    profile: Profile
    subtitles: tuple[Path, ...] = ()
    output: Path | None = None
    bed: Path | None = None
    languages: tuple[str, ...] = ()
    subs_track: str = ""
    audio_track: str = ""
    encoding: str = ""
    offset: int = 0
    fps: tuple[Fraction, Fraction] | None = None
    strict: bool = False
    overwrite: bool = False
    allow_missing: bool = False
    redo: frozenset[int] = frozenset()
    redo_unknown: bool = False
    store: Path | None = None
    silence: float = SILENCE
    patience: float = 0.0

    @property
    def overwrites(self) -> bool:
        """Whether the user allows to replace a file at the output's place that is not ours."""
        return self.overwrite or self.profile.output.overwrite

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file that the job reads, the profile's recordings among them: none of them is ever written."""
        bed = [self.bed] if self.bed else []
        used = [self.film, *self.subtitles, *bed, *self.profile.inputs]
        return tuple(dict.fromkeys(used))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: the film written (None: none was), and the report.

    complete says that every line is spoken, that no words are broken in the subtitles, that no take is doubted to say
    its line, and that none starts later than the plan's cap: a film that was written without a line, as the user
    allowed, is no complete one. found: the output was there already, made from the same; the report is that one's.
    """

    output: Path | None
    report: Report
    found: bool = False

    @property
    def complete(self) -> bool:
        return self.output is not None and not self.report.troubles
