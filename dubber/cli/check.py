"""`dub check`: how the lines will fit, before anything is spoken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dubber.cli import _events, _prefetch, options
from dubber.cli._endings import Ending
from dubber.timecode import clock
from dubber.workers.gc_pause import gc_paused

if TYPE_CHECKING:
    from dubber.job.corpus import CorpusRow
    from dubber.job.report import VersionReport

NAME = 40  # characters of a file's name in a table


@options.examples(
    "dub check movie.mp4 subs.srt",
    "dub check movie.mp4 subs.srt --fail-on rate=1.3,late=200ms  for a script",
    "dub check --corpus /subtitles  read every file below",
)
@click.command(short_help="Say which lines will not fit, without speaking any.")
@click.argument("film", type=options.FILE, required=False)
@click.argument("subtitles", nargs=-1, type=options.FILE)
@options.profile
@options.subtitles
@options.timing
@click.option("--fail-on", default="", metavar="LIMITS", help="Exit 1 beyond these: rate=1.3,late=200ms")
@click.option("--corpus", type=options.FILE, metavar="FOLDER", help="Read every subtitle file below FOLDER instead.")
@_events.streamed("check", document=lambda given: True)
@gc_paused()  # a short life, and half of it are imports
def command(
    film: Path | None, subtitles: tuple[Path, ...], fail_on: str, corpus: Path | None, form: str, **given: Any
) -> Ending:
    """Estimate how every line of SUBTITLES will fit into FILM; nothing is spoken.

    The lengths come from stored takes, else from what is known of the voice's pace, which every job teaches.
    """
    looked, detect = (_prefetch.look(film), _prefetch.detector()) if film and corpus is None else (None, None)
    from dubber.cli import console
    from dubber.documents import as_json
    from dubber.job import estimate
    from dubber.job.job import Job

    profile = options.load(
        given["profile_name"], given["cast_file"], given["pairs"], given["trust"], options.synchronising(given)
    )
    if corpus is not None:
        if form != "text":
            raise click.UsageError("--corpus prints a table alone: leave --json out")
        return Ending(_corpus(corpus, profile, given["languages"], given["encoding"]))
    if film is None:
        raise click.UsageError("say which film, or --corpus FOLDER")
    same = ("languages", "subs_track", "encoding", "strict")
    more = {**options.times(given), **{key: given[key] for key in same}}
    job = Job(film, profile, options.found(film, subtitles, given), overwrite=True, **more)
    checked, exceeded = estimate.check(job, fail_on, looked, detect)
    if form == "events":
        _events.tell_foreseen(checked)
    elif form == "document":
        console.dump(checked)
    else:
        for version in checked.versions:
            _print(version)
    troubles = [
        f"{limit} is exceeded: {worst:.2f}, by cue {', '.join(map(str, cues[:20]))}" for limit, worst, cues in exceeded
    ]
    troubles += filter(None, [checked.broken])
    for trouble in troubles:
        console.error(trouble)
    return Ending(1 if troubles else 0, "; ".join(troubles), facts={"foreseen": as_json(checked)})


def _print(version: VersionReport) -> None:
    from dubber.cli import console
    from dubber.job.reporting import count_broken

    console.warn(version.warnings)
    counts = f"{version.subtitles} ({version.language}): {version.cues} cues, {version.stored} takes known"
    console.say("; ".join(filter(None, [counts, count_broken(version.left_out)])))
    for note in version.notes:
        console.say(note)
    for row in version.left_out:
        if row.kind == "broken":
            console.say(f"  broken, line {row.number}: {row.text!r}: {row.reason}")
    tight = [one for one in version.lines if one.characters < one.said]
    rows = [
        (
            one.cue,
            clock(one.window[0]),
            f"×{one.rate:.2f}",
            f"{one.start_error:+.0f} ms",
            f"{one.characters}/{one.said}",
            one.text,
        )
        for one in tight
    ]
    if rows:
        console.table(rows, ("cue", "at", "rate", "start", "fits", "text"), right=[0, 2, 3, 4])
    console.say("rate  " + "  ".join(f"{label} {count}" for label, count in version.histogram))
    tight_lines = "1 line is tight" if len(rows) == 1 else f"{len(rows)} lines are tight"
    console.say(tight_lines if rows else "every line fits")


def _corpus(folder: Path, profile: Any, languages: tuple[str, ...], encoding: str) -> int:
    from dubber.cli import console
    from dubber.job.corpus import read

    rows = list(read(folder, profile.reading, language=languages[0] if languages else "", encoding=encoding))
    console.table(
        [_scanned(row, folder) for row in rows],
        ("file", "language", "encoding", "cues", "speakers", "left out", "why, and what looks odd"),
        right=[3, 4, 5],
    )
    unread, odd = sum(bool(row.error) for row in rows), sum(bool(row.suspicious) for row in rows)
    guessed, unsure = sum(row.guessed for row in rows), sum(row.language.endswith("?") for row in rows)
    console.say(
        f"{len(rows)} files, {sum(row.cues for row in rows)} cues; {unread} cannot be read, {guessed} encodings are "
        f"guessed (?), {unsure} languages are not sure (?), {odd} may show markup"
    )
    return 0


def _scanned(row: CorpusRow, folder: Path) -> tuple[object, ...]:
    name = str(row.path.relative_to(folder))
    short = name if len(name) <= NAME else f"...{name[3 - NAME :]}"
    odd = f"looks like markup: {row.suspicious}" if row.suspicious else ""
    remarks = "; ".join(filter(None, (row.why, odd)))
    encoding = row.encoding + ("?" if row.guessed else "")
    return short, row.language, encoding, row.cues, row.speakers, row.left_out or "", remarks
