"""What became of the films of a batch: a result for each, and the report of all of them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from dubber import __version__
from dubber.errors import Code, DubError, InputError
from dubber.files import written
from dubber.files.outputs import REPORT
from dubber.job.job import Job
from dubber.languages import same
from dubber.model import Event

Status = Literal["dubbed", "done", "no subtitles", "left", "failed"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Entry:
    """A film of a batch: its job, or why there can be none. left: why it is none to be dubbed (a trailer, an extra).

    wanted: the languages that were asked for. there: those of the subtitle files that lie beside it.
    """

    film: Path
    job: Job | None = None
    fault: DubError | None = None
    left: str = ""
    wanted: tuple[str, ...] = ()
    there: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a film. done: it was there already, made from the same. no subtitles: none, or not in a language
    that was asked for. left: a trailer, a sample, an extra. reason: why it is not dubbed, with what to do; code: the
    same for programs (errors.InputError). remark: what a film that was dubbed lacks, or which lines start late. broken:
    how many pieces of text are broken in its subtitles, and not spoken. passing: what failed lies outside the film's
    files (a server, a disk), so that trying again may help. began, ended: ISO 8601, UTC."""

    film: Path
    status: Status
    output: Path | None = None
    reason: str = ""
    code: Code = ""
    seconds: float = 0.0
    lines: int = 0
    fresh: int = 0
    languages: tuple[str, ...] = ()
    remark: str = ""
    broken: int = 0
    passing: bool = False
    began: str = ""
    ended: str = ""


def failed(film: Path, error: DubError | None) -> Result:
    code = error.code if isinstance(error, InputError) else ""
    status: Status = "no subtitles" if code == "wordless" else "failed"
    passing = not isinstance(error, InputError) or code == "room"
    return Result(film, status, reason=str(error), code=code, passing=passing)


def jobless(entry: Entry) -> Result:
    """What became of a film without a job."""
    if entry.left:
        return Result(entry.film, "left", reason=f"{entry.left} (name the file itself to have it dubbed)")
    return failed(entry.film, entry.fault)


def told(entry: Entry, result: Result) -> Result:
    """The result, which says which of the languages asked for are missing, and which are there."""
    missing = [tag for tag in entry.wanted if not any(same(tag, language) for language in result.languages)]
    if not missing or result.status in ("failed", "left"):
        return result
    text = f"no subtitles in {', '.join(missing)}"
    text += f"; beside it lie those in {', '.join(entry.there)}" if entry.there else ""
    if result.status == "no subtitles":
        return replace(result, reason=f"{result.reason}; {text}")
    return replace(result, remark="; ".join(filter(None, (text, result.remark))))


def event(result: Result) -> Event:
    """What became of a film, as the last that is told of it. verdict: as that of a command (cli/_endings.py), or "left"
    for a film that was not to be dubbed."""
    ended = {"failed": "failed", "no subtitles": "left", "left": "left"}
    verdict = ended.get(result.status) or ("incomplete" if result.remark or result.broken else "complete")
    output = _text(result.output)
    report = f"{output}{REPORT}" if output and verdict != "failed" else None
    facts = {"verdict": verdict, "output": output, "report": report, "became": result.status, "code": result.code}
    more = {name: getattr(result, name) for name in ("lines", "fresh", "languages", "seconds")}
    reason = "; ".join(filter(None, (result.reason, result.remark)))
    return Event("result", message=reason, detail={**facts, **more}, film=str(result.film))


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def counts(results: Iterable[Result]) -> dict[Status, int]:
    """How many films ended in which way."""
    ended = Counter(one.status for one in results)
    return {status: ended[status] for status in STATUSES}


def report(results: Sequence[Result], seconds: float, began: datetime) -> dict[str, Any]:
    """The whole batch, as JSON can say it. seconds: since it began."""
    films = [{**asdict(one), "film": str(one.film), "output": _text(one.output)} for one in results]
    times = {
        "began": began.astimezone(UTC).isoformat(timespec="seconds"),
        "ended": now(),
        "seconds": round(seconds, 3),
    }
    return {
        "dub": __version__,
        "films": len(results),
        **counts(results),
        **times,
        "seconds": round(seconds, 3),
        "results": films,
    }


def report_file(now: datetime) -> Path:
    """Where the report of a batch lies when the user does not say: in his state folder, which keeps those before."""
    from platformdirs import user_state_path

    folder = user_state_path("dub", appauthor=False) / "batches"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise written.unwritable(folder, error) from error
    return folder / f"{now:%Y-%m-%d %H.%M.%S}-{os.getpid()}.json"


def write(told: Mapping[str, Any], path: Path, entries: Iterable[Entry], *, again: bool = False) -> None:
    """Write that report. again: it was written by this run before, be it that the store could not record that. Raises
    InputError when the path is one of the films' files, or somebody else's."""
    inputs = [path for entry in entries for path in (entry.film, *(entry.job.inputs if entry.job else ()))]
    text = json.dumps(told, ensure_ascii=False, indent=1).encode(errors="replace")
    written.write(path.absolute(), text, inputs=inputs, overwrite=again, advice="name another: --report FILE")


def _text(path: Path | None) -> str | None:
    return str(path) if path else None
