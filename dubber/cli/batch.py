"""`dub batch PATH...`: dub many films."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dubber.cli import _events, options
from dubber.cli._endings import Ending

if TYPE_CHECKING:
    from dubber.cli._board import Board
    from dubber.cli._events import Films
    from dubber.unattended.batch import BatchPlan
    from dubber.unattended.results import Entry, Result


@options.examples(
    "dub batch /films/show --profile cast  every film below",
    "dub batch '/films/*/S01E*.mkv' tonight.txt  globs and lists",
    "dub batch /films/show --dry-run  what it would do",
)
@click.command(short_help="Dub many films: folders, globs, lists.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@options.profile
@options.trust_output
@options.library
@options.timing
@click.option("--overwrite", is_flag=True, help="Dub anew what is done, and replace outputs that are not dub's.")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be done; do nothing.")
@click.option(
    "--farm", default="", metavar="ADDRESS", envvar="DUB_FARM", help="A Dask scheduler (tcp://HOST:8786), or `local`."
)
@click.option(
    "--spread",
    type=click.Choice(["films", "lines"]),
    default="films",
    show_default=True,
    help="What the farm does: whole films, or the lines of films mixed here.",
)
@click.option(
    "--stuck",
    type=click.FloatRange(1),
    default=30.0,
    show_default=True,
    metavar="MINUTES",
    help="A film that makes no progress on the farm for so long goes elsewhere.",
)
@click.option(
    "--report",
    "report_file",
    type=options.FILE,
    metavar="FILE",
    help="What became of each film, as JSON (default: a new file in your state folder; it is named at the end).",
)
@options.after
@click.option("-q", "--quiet", is_flag=True, help="Only the films that failed.")
@_events.streamed("batch", document=lambda given: given["dry_run"])
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def command(
    paths: tuple[str, ...], dry_run: bool, report_file: Path | None, quiet: bool, form: str, **given: Any
) -> Ending:
    """Dub every film of PATH...: folders, globs, lists of films (.txt, .m3u; a film a line, its subtitles after tabs).

    Subtitles lie beside the film: Film.srt, Film.en.srt, Film.pt-BR.sdh.vtt; forced ones are not dubbed; without any,
    the film's own text track is used. The nearest cast.toml and dub.toml upwards hold for a film. A second run does
    only what is not done.
    """  # fmt: skip
    from dubber.cli import console
    from dubber.cli._board import Board
    from dubber.unattended import batch, hook_request, results

    hook_request.words(given["after"])
    entries = batch.plan(paths, options.wishes(given), console.note)
    if dry_run:
        return _foretell(entries, form)
    for profile in {id(entry.job.profile): entry.job.profile for entry in entries if entry.job}.values():
        options.name_hosts(profile)
    began = datetime.now(UTC)
    report_file = report_file or results.report_file(began.astimezone())
    results.write(results.report([], 0.0, began), report_file, entries)  # rather now than after the night's work
    if not quiet and form == "text":
        _announce(entries)
    plan = batch.BatchPlan(given["films"], given["farm"], given["spread"], 60 * given["stuck"])
    shown = _events.Films() if form == "events" else Board(len(entries), quiet=quiet)
    ended = _run(entries, plan, report_file, shown, began, given["after"])
    if not quiet and form == "text":
        _table(ended)
        console.note(f"{_films(len(entries))}: {summary(ended)}; see {report_file}")
    return _ended(ended, report_file)


def _announce(entries: list[Entry]) -> None:
    """What will be done, without looking into the films."""
    from dubber.cli import console

    films = [entry for entry in entries if not entry.left]
    left = f", and {len(entries) - len(films)} trailers, samples, extras left out" if len(films) < len(entries) else ""
    console.note(f"{_films(len(films))}{left} (--dry-run says more):")
    for entry in films[: console.SHOWN]:
        console.note(f"  {entry.film.name}: {_source(entry)}")
    if len(films) > console.SHOWN:
        console.note(f"  and {len(films) - console.SHOWN} more")


def _films(number: int) -> str:
    return f"{number} film{'' if number == 1 else 's'}"


def _source(entry: Entry) -> str:
    """Where a film's words come from."""
    subtitles = ", ".join(path.name for path in entry.job.subtitles) if entry.job else ""
    return str(entry.fault or entry.left or subtitles or "its own track")


def _run(
    entries: list[Entry], plan: BatchPlan, report_file: Path, shown: Board | Films, began: datetime, after: str
) -> list[Result]:
    """Dub them, and write the report, also when that is stopped."""
    from time import monotonic

    from dubber.unattended import batch
    from dubber.unattended.after import followed
    from dubber.unattended.notify import tell
    from dubber.unattended.results import report, write

    started = monotonic()
    results: list[Result] = []
    with shown as board:
        try:
            for ended in batch.patient(batch.Batch(plan, board.tell), entries, board.say):
                result = followed(ended, after, "batch.ended", board.say)
                results.append(result)
                board.ended(result)
        finally:
            write(report(results, monotonic() - started, began), report_file, entries, again=True)
    tell(results)
    return results


def _ended(results: list[Result], report_file: Path) -> Ending:
    """Say what the films lack, and which failed."""
    from dubber.cli import console
    from dubber.unattended.results import counts

    failed = [result for result in results if result.status == "failed"]
    for result in results:
        if result.remark:
            console.note(_reason_with_film(result.film, result.remark))
    for result in failed:
        console.error(_reason_with_film(result.film, result.reason))
    status = 1 if failed or any(result.broken for result in results) else 0
    return Ending(
        status,
        summary(results) if status else "",
        report=report_file,
        facts={str(status): count for status, count in counts(results).items()},
    )


WORDS = {"done": "done already", "no subtitles": "without subtitles", "left": "left out"}


def summary(results: list[Result]) -> str:
    """How many films ended in which way: 12 dubbed, 3 without subtitles, 1 failed."""
    from dubber.unattended import results as ended

    return ", ".join(
        f"{count} {WORDS.get(status, status)}"
        for status, count in ended.counts(results).items()
        if count or status == "dubbed"
    )


def _reason_with_film(film: Path, reason: str) -> str:
    return reason if str(film) in reason else f"{film}: {reason}"


def _table(results: list[Result]) -> None:
    from dubber.cli import console

    rows = [
        (
            one.film.name,
            WORDS.get(one.status, one.status),
            "/".join(one.languages),
            one.lines or "",
            one.fresh or "",
            f"{one.seconds:.1f} s",
        )
        for one in results
    ]
    console.table(rows, ("film", "status", "language", "lines", "new", "time"), right=[3, 4, 5])


def _foretell(entries: list[Entry], form: str) -> Ending:
    from dubber.cli import console

    rows = [_foreseen(place, len(entries), entry, form) for place, entry in enumerate(entries, 1)]
    if form == "document":
        console.dump({"films": rows})
    elif form == "text":
        shown = [(Path(row["film"]).name, WORDS.get(row["state"], row["state"]), row["subtitles"], row["lines"] or "",
                  row["output"] or row["reason"]) for row in rows]  # fmt: skip
        console.table(shown, ("film", "state", "subtitles", "lines", "output"), right=[3])
    faults = [_reason_with_film(Path(row["film"]), row["reason"]) for row in rows if row["state"] == "failed"]
    for fault in faults:
        console.error(fault)
    return Ending(1 if faults else 0, "; ".join(faults), facts={"foreseen": {"films": rows}})


def _foreseen(place: int, total: int, entry: Entry, form: str) -> dict[str, Any]:
    """What would be done with a film, as a value that JSON can say."""
    from dubber.model import Event
    from dubber.unattended import batch

    state, what, lines = batch.foresee(entry)
    outcome = {"output": what, "reason": ""} if state in ("to do", "done") else {"output": None, "reason": what}
    subtitles = _source(entry) if entry.job else ""
    row = {"film": str(entry.film), "state": state, "subtitles": subtitles, "lines": lines, **outcome}
    if form == "events":
        _events.tell(Event("step", "reading", done=place, total=total, detail=row, film=str(entry.film)))
    return row
