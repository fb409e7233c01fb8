"""`dub retry FOLDER`: let the watcher try again what failed."""

from __future__ import annotations

from pathlib import Path

import click

from dubber.cli import options


@click.command(short_help="Let the watcher try again what failed.")
@click.argument("folder", type=options.FILE)
@click.argument("films", nargs=-1, type=options.FILE)
def command(folder: Path, films: tuple[Path, ...]) -> None:
    """Let `dub watch FOLDER` try FILMS again at its next look (within a minute); without FILMS all that failed."""
    from dubber.cli import console
    from dubber.unattended import status

    chosen = status.retry(folder, films)
    for film in chosen:
        console.say(f"tried again: {film}")
    if not chosen:
        console.say("nothing has failed")
