"""What an output was made from, so that a second run does only what is not done; by content, not by date.

The record stands in the report beside the output (OUT.dub.json, "made_from"). A report is
data that anybody may have written: it makes no output ours (written.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from dubber.edits import edit_files
from dubber.errors import InputError
from dubber.files import input_files
from dubber.files.outputs import REPORT, beside
from dubber.files.written import mark
from dubber.job.job import Job

LIMIT = 200_000_000  # bytes of a report; more is none of ours
WITHOUT_EFFECT = {"folder", "overwrite", "name"}  # of [output]: where the film goes, not what it is


@dataclass(frozen=True, slots=True)
class Origin:
    """What an output is made from. facts: for its report, as JSON can say it. again: it is to be made anew in any
    case."""

    facts: dict[str, Any]
    again: bool = False

    def stands(self, output: Path) -> bool:
        """Whether an output is there, made from exactly this."""
        told = report(output)
        made = {"edits": [], **_made_from(told)}  # reports of before there were edits
        same = all(made.get(key) == self.facts[key] for key in ("film", "subtitles", "bed", "settings", "edits"))
        return not self.again and same and _whole(output, told)


def origin(job: Job, output: Path) -> Origin:
    """The contents that decide a job's output. Digests that an earlier report tells of files that nobody has touched
    since are taken from there."""
    seen = _made_from(report(output)).get("seen")
    seen = seen if isinstance(seen, dict) else {}
    edited = edit_files.of(job.film, job.subtitles)
    files = [job.film, *job.subtitles, *([job.bed] if job.bed else []), *edited]
    now = {str(path): [_mark(path), ""] for path in files}
    for path, entry in now.items():
        match seen.get(path):
            case [stamp, str(digest)] if stamp == entry[0] and digest:
                entry[1] = digest
            case _:
                entry[1] = input_files.digest(Path(path))
    facts = {
        "film": now[str(job.film)][1],
        "subtitles": [now[str(path)][1] for path in job.subtitles],
        "bed": now[str(job.bed)][1] if job.bed else "",
        "settings": _settings(job),
        "edits": [[path.name, now[str(path)][1]] for path in edited],
        "seen": now,
    }
    return Origin(facts, job.overwrite)


def _made_from(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a report says that its output was made from; {} where it says nothing that makes sense."""
    made = told.get("made_from")
    return made if isinstance(made, dict) else {}


def _whole(output: Path, told: Mapping[str, Any]) -> bool:
    """Whether an output is there as it was written: its size and both its ends."""
    try:
        if not output.is_file() or not output.stat().st_size:
            return False
        return "whole" not in told or told["whole"] == mark(output)  # reports of before did not say
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
    text = json.dumps(whole, default=_plain, sort_keys=True, ensure_ascii=False)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    """What JSON does not know: a recording by its content."""
    if isinstance(value, Path):
        return input_files.digest(value)
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def report(output: Path) -> dict[str, Any]:
    """The report beside an output; {} when there is none that can be read."""
    path = beside(output, REPORT)
    try:
        found = json.loads(path.read_bytes()) if path.is_file() and path.stat().st_size < LIMIT else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and "dub" in found else {}


def of_another(output: Path, film: Path) -> str:
    """The film that an output was made from, when that is another one and still there; else "". An output that does
    not lie where it was written was copied with its film, and tells nothing."""
    told = report(output)
    owner, place = Path(str(told.get("film", ""))), Path(str(told.get("output", "")))
    here = place.is_absolute() and output.is_file() and place == output.absolute()
    return str(owner) if here and owner.is_absolute() and owner.is_file() and not owner.samefile(film) else ""
