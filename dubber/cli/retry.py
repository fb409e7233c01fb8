"""`dub retry FOLDER`: let the watcher try again what failed."""

from __future__ import annotations

from pathlib import Path

import click

from dubber.cli import _events, options
from dubber.cli._endings import Ending


@options.examples("dub retry /inbox  all that failed", "dub retry /inbox Film.mp4")
@click.command(short_help="Let the watcher try again what failed.")
@click.argument("folder", type=options.FILE)
@click.argument("films", nargs=-1, type=options.FILE)
@_events.streamed("retry")
def command(folder: Path, films: tuple[Path, ...], form: str) -> Ending:
    """Let `dub watch FOLDER` try FILMS again at its next look (within a minute); without FILMS all that failed."""
    from dubber.cli import console
    from dubber.unattended import status

    chosen = status.retry(folder, films)
    say = _events.note if form == "events" else console.say
    for film in chosen:
        say(f"tried again: {film}")
    if not chosen:
        say("nothing has failed")
    return Ending(facts={"retried": [str(film) for film in chosen]})
