"""A folder of subtitle files, read one after the other: what was decoded, what was dropped, and why.

For whoever wants to know how the reader fares on files of their own: `dub check --corpus FOLDER`.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from dubber import subtitles
from dubber.errors import InputError
from dubber.files import input_files
from dubber.languages import Detect, same
from dubber.model import Script
from dubber.models.language_detector import Detector
from dubber.subtitles import Bilingual, file_names
from dubber.subtitles.settings import Reading

MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,40}>|\{\\|\\[Nh](?![a-z])|&(?:amp|lt|gt|nbsp|quot|#\d+);|-->|\d:\d\d[,.]\d{3}")

TIMES = re.compile(r" \((\d+) times\)$")
PLACE = re.compile(r"^style .*: | \(line \d+\)$")  # what differs from piece to piece of one reason


@dataclass(frozen=True, slots=True)
class CorpusRow:
    """One file: what became of it. language: what the text is in, with "?" where that is not sure.
    error: why it cannot be read ("" when it can). dropped: reason → how many pieces
    of text. suspicious: the first spoken text that looks like markup."""

    path: Path
    language: str = ""
    encoding: str = ""
    guessed: bool = False
    cues: int = 0
    speakers: int = 0
    characters: int = 0
    dropped: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    suspicious: str = ""
    seconds: float = 0.0
    error: str = ""

    @property
    def left_out(self) -> int:
        """How many pieces of text are not spoken."""
        return sum(count for _, count in self.dropped)

    @property
    def why(self) -> str:
        """One line for a table: the error, or the reasons with their counts."""
        return self.error or ", ".join(f"{count} {reason}" for reason, count in self.dropped)


def read(folder: Path, reading: Reading, *, language: str = "", encoding: str = "") -> Iterator[CorpusRow]:
    """A row for each file below folder whose ending is a subtitle format's, in order of path."""
    detect = Detector(ahead=True)
    for path in files(folder):
        yield row(path, reading, detect, language=language, encoding=encoding)


def files(folder: Path) -> list[Path]:
    """The subtitle files below a folder; links to folders are not followed, so no loop is endless."""
    endings = subtitles.suffixes()
    found = []
    for place, _, names in os.walk(folder):
        found += [Path(place, name) for name in names if Path(name).suffix.casefold() in endings]
    return sorted(found)


def row(path: Path, reading: Reading, detect: Detect, *, language: str = "", encoding: str = "") -> CorpusRow:
    """language: for old code pages, where the file's name has none; and which of two languages is read."""
    began = monotonic()
    told = language or file_names.language_of(path, Path())
    two = Bilingual(detect, lambda first, second: second if same(told, second) else first)
    try:
        data = input_files.read_bytes(path, reading.max_bytes)
        script = subtitles.parse(data, path.suffix, reading, language=told, encoding=encoding, two=two)
    except InputError as error:
        return CorpusRow(path, error=f"{error.message} ({error.advice})" if error.advice else error.message)
    seen = detect([cue.text for cue in script.cues])
    return replace(_row(path, script, monotonic() - began), language=seen.language + ("" if seen.sure else "?"))


def _row(path: Path, script: Script, seconds: float) -> CorpusRow:
    reasons: Counter[str] = Counter()
    for left in script.left_out:
        times = TIMES.search(left.reason)
        reasons[PLACE.sub("", TIMES.sub("", left.reason))] += int(times.group(1)) if times else 1
    return CorpusRow(
        path=path,
        encoding=script.encoding,
        guessed=script.guessed,
        cues=len({cue.index for cue in script.cues}),
        speakers=len({cue.speaker for cue in script.cues if cue.speaker}),
        characters=sum(len(cue.text) for cue in script.cues),
        dropped=tuple(reasons.most_common()),
        notes=script.notes,
        suspicious=next((cue.text for cue in script.cues if MARKUP.search(cue.text)), ""),
        seconds=seconds,
    )
