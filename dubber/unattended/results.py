"""What became of the films of a batch: a result for each, and the report of all of them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, get_args

from dubber import __version__
from dubber.documents import About, as_json
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
    that was asked for. left: a trailer, a sample, an extra."""

    film: Annotated[Path, About("the film's path")]
    status: Annotated[Status, About("what became of it")]
    output: Annotated[Path | None, About("the dubbed film's path; null: there is none")] = None
    reason: Annotated[str, About("why it is not dubbed, with what to do")] = ""
    code: Annotated[Code, About("the same for programs: another run dubs it, an input changed, the output exists")] = ""
    seconds: Annotated[float, About("how long it took")] = 0.0
    lines: Annotated[int, About("how many lines it has")] = 0
    fresh: Annotated[int, About("how many of them were spoken anew")] = 0
    languages: Annotated[tuple[str, ...], About("of its versions, BCP 47 tags")] = ()
    remark: Annotated[str, About("what a film that was dubbed lacks, or which lines start late")] = ""
    broken: Annotated[int, About("how many pieces of text are broken in its subtitles, and not spoken")] = 0
    passing: Annotated[bool, About("what failed lies outside its files (a server, a disk): trying again may help")] = (
        False
    )
    began: Annotated[str, About("ISO 8601, UTC")] = ""
    ended: Annotated[str, About("ISO 8601, UTC")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """What became of the films of a batch (docs/batch.schema.json)."""

    schema: Annotated[Literal[1], About("the version of this document")] = 1
    dub: Annotated[str, About("the version of dub")]
    films: Annotated[int, About("how many there are, or have been dealt with so far")]
    dubbed: Annotated[int, About("films that were dubbed now")]
    done: Annotated[int, About("films that were done already, from the same")]
    no_subtitles: Annotated[int, About("films without any, or in a language that was not asked for", "no subtitles")]
    left: Annotated[int, About("trailers, samples, extras")]
    failed: Annotated[int, About("films that could not be dubbed")]
    began: Annotated[str, About("ISO 8601, UTC")]
    ended: Annotated[str, About("ISO 8601, UTC")]
    seconds: Annotated[float, About("how long it took")]
    results: Annotated[tuple[Result, ...], About("each film, in the order in which they ended")]


def failed(film: Path, error: DubError | None) -> Result:
    """What became of a film that an error ended; passing: what may be another way the next time."""
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
    output = str(result.output) if result.output else None
    report = f"{output}{REPORT}" if output and verdict != "failed" else None
    facts = {"verdict": verdict, "output": output, "report": report, "became": result.status, "code": result.code}
    more = {name: getattr(result, name) for name in ("lines", "fresh", "languages", "seconds")}
    reason = "; ".join(filter(None, (result.reason, result.remark)))
    return Event("result", message=reason, detail={**facts, **more}, film=str(result.film))


def now() -> str:
    """The time, in UTC, as ISO 8601 writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def counts(results: Iterable[Result]) -> dict[Status, int]:
    """How many films ended in which way."""
    ended = Counter(one.status for one in results)
    return {status: ended[status] for status in STATUSES}


def report(results: Sequence[Result], seconds: float, began: datetime) -> BatchReport:
    """The whole batch. seconds: since it began."""
    count = counts(results)
    return BatchReport(
        dub=__version__,
        films=len(results),
        dubbed=count["dubbed"],
        done=count["done"],
        no_subtitles=count["no subtitles"],
        left=count["left"],
        failed=count["failed"],
        began=began.astimezone(UTC).isoformat(timespec="seconds"),
        ended=now(),
        seconds=round(seconds, 3),
        results=tuple(results),
    )


def report_file(now: datetime) -> Path:
    """Where the report of a batch lies when the user does not say: in his state folder, which keeps those before."""
    from platformdirs import user_state_path

    folder = user_state_path("dub", appauthor=False) / "batches"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise written.unwritable(folder, error) from error
    return folder / f"{now:%Y-%m-%d %H.%M.%S}-{os.getpid()}.json"


def write(told: BatchReport, path: Path, entries: Iterable[Entry], *, again: bool = False) -> None:
    """Write that report. again: it was written by this run before, be it that the store could not record that. Raises
    InputError when the path is one of the films' files, or somebody else's."""
    inputs = [path for entry in entries for path in (entry.film, *(entry.job.inputs if entry.job else ()))]
    text = json.dumps(as_json(told), ensure_ascii=False, indent=1).encode(errors="replace")
    written.write(path.absolute(), text, inputs=inputs, overwrite=again, advice="name another: --report FILE")
