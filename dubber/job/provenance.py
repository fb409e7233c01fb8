"""What an output was made from, so that a second run does only what is not done; by content, not by date.

The record stands in the report beside the output (OUT.dub.json, "made_from"). A report is
data that anybody may have written: it makes no output ours (written.py).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, is_dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from dubber.documents import Document, from_json
from dubber.edits import edit_files
from dubber.errors import InputError
from dubber.files import input_files
from dubber.files.outputs import REPORT, beside
from dubber.files.written import Mark, mark
from dubber.job.job import Job
from dubber.job.report import MadeFrom, Report, TrackReport

LIMIT = 200_000_000  # bytes of a report; more is none of ours
WITHOUT_EFFECT = {"folder", "overwrite", "name"}  # of [output]: where the film goes, not what it is


@dataclass(frozen=True, slots=True)
class Earlier:
    """What of a report decides whether its output is done. Reports of before there was a schema have it too."""

    film: str = ""
    output: str | None = None
    made_from: MadeFrom | None = None
    whole: Mark | None = None
    tracks: tuple[TrackReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """What an output is made from. again: it is to be made anew in any case."""

    made_from: MadeFrom
    again: bool = False

    def stands(self, output: Path) -> bool:
        """Whether an output is there, made from exactly this."""
        told = report(output)
        if self.again or told is None or told.made_from is None:
            return False
        return replace(told.made_from, seen=self.made_from.seen) == self.made_from and _whole(output, told.whole)


def origin(job: Job, output: Path) -> Origin:
    """The contents that decide a job's output. Digests that an earlier report tells of files that nobody has touched
    since are taken from there."""
    told = report(output)
    seen = told.made_from.seen if told and told.made_from else {}
    edited = edit_files.of(job.film, job.subtitles)
    files = [job.film, *job.subtitles, *([job.bed] if job.bed else []), *edited]
    now = {str(path): _digested(path, seen.get(str(path), ("", ""))) for path in files}
    made = MadeFrom(
        film=now[str(job.film)][1],
        subtitles=tuple(now[str(path)][1] for path in job.subtitles),
        bed=now[str(job.bed)][1] if job.bed else "",
        settings=_settings(job),
        edits=tuple((path.name, now[str(path)][1]) for path in edited),
        seen=now,
    )
    return Origin(made, job.overwrite)


def _digested(path: Path, seen: tuple[str, str]) -> tuple[str, str]:
    """A file's mark, and its digest: the one that was seen where the mark is still the same."""
    mark = _mark(path)
    return seen if seen[0] == mark and seen[1] else (mark, input_files.digest(path))


def _whole(output: Path, whole: Mark | None) -> bool:
    """Whether an output is there as it was written: its size and both its ends."""
    try:
        if not output.is_file() or not output.stat().st_size:
            return False
        return whole is None or whole == mark(output)  # reports of before did not say
    except (OSError, InputError):
        return False


def _mark(path: Path) -> str:
    one = input_files.fingerprint(path)
    return f"{one.size} {one.modified} {one.ends.hex()[:16]}"


def _settings(job: Job) -> str:
    """The profile and the cast, and what the job says beside them; not how servers are reached."""
    profile = job.profile
    output = {key: value for key, value in asdict(profile.output).items() if key not in WITHOUT_EFFECT}
    tables = [asdict(table) for table in (profile.reading, profile.casting, profile.fitting, profile.mixing)]
    times = [job.offset, str(job.fps), job.audio_track]
    words = [job.languages, job.subs_track, job.encoding, *times, job.strict, job.allow_missing, profile.language]
    # a film whose words were heard is more than one whose words were not; films of before said nothing of it
    heard = {"verify": profile.synthesis.verify} if profile.synthesis.verify != "off" else {}
    whole = [*tables, output, asdict(profile.cast), words, *filter(None, [heard])]
    text = json.dumps(whole, default=_json_value, sort_keys=True, ensure_ascii=False)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _json_value(value: Any) -> Any:
    """What JSON does not know: a recording by its content."""
    if isinstance(value, Path):
        return input_files.digest(value)
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def report(output: Path) -> Earlier | None:
    """What the report beside an output tells; None when there is none. Of one that makes no sense nothing is told."""
    found = _document(output)
    return None if found is None else _typed(Earlier, found) or Earlier()


def whole_report(output: Path) -> Report | None:
    """The report beside an output; None when there is none, or one that is not as this dub writes them."""
    return _typed(Report, _document(output))


def _document(output: Path) -> dict[str, Any] | None:
    """The JSON of the report beside an output: anybody may have written it."""
    path = beside(output, REPORT)
    try:
        found = json.loads(path.read_bytes()) if path.is_file() and path.stat().st_size < LIMIT else None
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and "dub" in found else None


def _typed(kind: type[Document], found: Any) -> Document | None:
    try:
        return from_json(kind, found)
    except ValueError:
        return None


def of_another(output: Path, film: Path) -> str:
    """The film that an output was made from, when that is another one and still there; else "". An output that does
    not lie where it was written was copied with its film, and tells nothing."""
    told = report(output) or Earlier()
    owner, place = Path(told.film), Path(told.output or "")
    here = place.is_absolute() and output.is_file() and place == output.absolute()
    try:
        another = here and owner.is_absolute() and owner.is_file() and not owner.samefile(film)
    except OSError:  # no file can have such a name
        return ""
    return str(owner) if another else ""
