"""`dub FILM [SUBTITLES...]`: dub one film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dubber.cli import _events, _prefetch, options
from dubber.cli._endings import Ending
from dubber.timecode import cue_at
from dubber.workers import malloc

if TYPE_CHECKING:
    from dubber.job.job import Outcome
    from dubber.job.report import Report, VersionReport


@options.examples(
    "dub movie.mp4 subs.srt  one voice reads everything",
    "dub movie.mkv --profile cast  a voice for each speaker",
    "dub movie.mkv en.srt fr.srt  a track for each language",
    "dub movie.mp4 subs.srt --dry-run  what would be spoken",
    "dub movie.mp4 subs.srt --redo 12,40-44  these cues anew",
)
@click.command(short_help="Dub one film (the default).")
@click.argument("film", type=options.FILE)
@click.argument("subtitles", nargs=-1, type=options.FILE)
@click.option(
    "-o", "--output", type=options.FILE, metavar="FILE", help="Default: FILM.LANGUAGE.dub.EXT; .wav: the track alone."
)
@options.profile
@options.trust_output
@options.subtitles
@options.timing
@click.option(
    "--bed", type=options.FILE, metavar="FILE", help="Music and effects without speech, instead of the original."
)
@click.option("--replace-audio", is_flag=True, help="Leave the original sound tracks out.")
@click.option("--embed-subs", is_flag=True, help="Put the subtitles into the film as tracks.")
@click.option(
    "--redo", default="", metavar="CUES", help="Speak these cues anew: 12,40-44; unknown: those of an older dub."
)
@click.option("--take", "choices", multiple=True, metavar="CUE=TAKE",
              help="Use this take from now on: 12=3, 12:ANNA=3, 12=newest, 12=anna.wav; see `dub takes`.")  # fmt: skip
@click.option("--allow-missing", is_flag=True, help="Write the film even if lines could not be spoken (status 1).")
@click.option("--overwrite", is_flag=True, help="Replace an existing output.")
@click.option(
    "-n",
    "--dry-run",
    is_flag=True,
    help="Show the cast and what would be spoken, ask the servers; speak nothing.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only warnings and errors.")
@_events.streamed("dub", document=lambda given: given["dry_run"])
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def command(film: Path, subtitles: tuple[Path, ...], profile_name: str, form: str, **given: Any) -> Ending:
    """Dub FILM with SUBTITLES; without any, with the file of its name beside it, else with its own text track."""
    malloc.limit_malloc_retention()  # before there are threads: each has a heap of its own, unless told otherwise
    looked = _prefetch.look(film)
    from dubber.cli import console
    from dubber.job import estimate, pipeline
    from dubber.job.job import Job
    from dubber.job.redo import wanted

    more: dict[str, Any] = options.synchronising(given)
    if given["replace_audio"]:
        more["output.original"] = "replace"
    if given["embed_subs"]:
        more["output.embed_subs"] = True
    profile = options.load(
        profile_name, given["cast_file"], given["pairs"], given["trust"], more, given["trust_output"]
    )
    same = ("output", "bed", "languages", "subs_track", "encoding", "strict", "overwrite", "allow_missing")
    asked = {**options.times(given), **{key: given[key] for key in same}}
    cues, unknown = wanted(given["redo"])
    subtitles = options.found(film, subtitles, given)
    job = Job(film, profile, subtitles, redo=cues, redo_unknown=unknown, **asked)
    if given["choices"] or job.redo:
        _choose(job, given["choices"], given["dry_run"])
    if given["dry_run"]:
        return _preview(estimate.preview(job, looked), form)
    options.name_hosts(profile)
    with _events.screen(form == "events", given["quiet"]) as screen:
        outcome = pipeline.run(job, screen, looked=looked)
    if not given["quiet"] and form == "text":
        console.summary(outcome.report)
    return _ended(outcome)


def _ended(outcome: Outcome) -> Ending:
    """Say what the film lacks, where it lies, and whether it is complete."""
    from dubber.cli import console
    from dubber.files import outputs

    lacks = outcome.report.troubles
    for trouble in lacks:
        console.error(trouble)
    report = outputs.beside(outcome.output, outputs.REPORT) if outcome.output else None
    return Ending(0 if outcome.complete else 1, "; ".join(lacks), outcome.output, report)


def _choose(job: Any, choices: tuple[str, ...], dry_run: bool) -> None:
    """Takes that are chosen here are so from now on; a cue that is spoken anew uses what comes."""
    from dubber import takes
    from dubber.cli import console

    if dry_run and choices:
        raise click.UsageError("--take changes the edits file; leave it out of a dry run")
    for cue, speaker, wanted in map(takes.chosen, choices):
        console.note(takes.choose(takes.only(takes.of(job, cue), speaker), wanted))
    for told in () if dry_run else takes.release(job):
        console.note(told)


def _preview(preview: Report, form: str) -> Ending:
    """Print what would be done; its status is 2 when the job would be refused, 1 when words are broken in its
    subtitles."""
    from dubber.cli import console
    from dubber.documents import as_json

    faults = preview.preflight.faults if preview.preflight else ()
    if form == "events":
        _events.tell_foreseen(preview)
    elif form == "document":
        console.dump(preview)
    else:
        _print_preview(preview)
    status = 2 if faults else 1 if preview.broken else 0
    return Ending(status, "; ".join(filter(None, [*faults, preview.broken])), facts={"foreseen": as_json(preview)})


def _print_preview(preview: Report) -> None:
    from dubber.cli import console
    from dubber.job.report import PreflightReport

    asked = preview.preflight or PreflightReport()
    for version in preview.versions:
        _print_version(version)
    console.warn(preview.space or ())
    for server, about in asked.answered.items():
        console.say(f"{server} answers: {about}")
    for trouble in (*asked.down, *asked.faults):
        console.error(trouble)
    _foretell_output(preview)
    if preview.broken:
        console.error(preview.broken)


def _print_version(version: VersionReport) -> None:
    from dubber.cli import console
    from dubber.job.reporting import count_broken, count_unknown

    console.warn(version.warnings)
    console.say(f"{version.subtitles} ({version.language}, {version.encoding})")
    console.table(version.cast, ("speaker", "voice", "lines"), right=[2])
    counts = f"{version.cues} cues, {version.stored} takes stored already, {version.fresh} to be spoken"
    more = [count_unknown(version.unknown), count_broken(version.left_out)]
    console.say("; ".join(filter(None, [counts, *more])))
    for note in (*version.casting, *version.notes):
        console.say(note)
    for left in version.left_out:
        console.say(f"  left out, line {left.number}: {left.text!r}: {left.reason}")
    for over in version.over_caps:
        console.say(f"  will not fit, {cue_at(over.cue, over.at)}: {over.why}: {over.text!r}")
    if version.cost:
        console.say(version.cost)


def _foretell_output(preview: Report) -> None:
    from dubber.cli import console

    for note in preview.notes:
        console.note(note)
    if preview.refused:
        console.note(f"would not be written: {preview.refused}")
    else:
        console.say(f"would write {preview.output}")
