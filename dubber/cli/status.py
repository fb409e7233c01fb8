"""`dub status FOLDER`: what became of the films of a watched folder."""

from __future__ import annotations

from pathlib import Path

import click

from dubber.cli import options


@options.examples("dub status /inbox")
@click.command(short_help="Say what became of a watched folder's films.")
@click.argument("folder", type=options.FILE)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(folder: Path, as_json: bool) -> int:
    """Say what is dubbed, failed or waiting in a watched FOLDER, why, and since when. Exit status 1 when films failed.

    `dub retry FOLDER` lets the watcher try what failed again.
    """
    from dataclasses import asdict

    from dubber.cli import console
    from dubber.unattended import status

    films = status.of(folder, warn=console.note)
    if as_json:
        console.dump([asdict(one) for one in films])
    else:
        rows = [(one.film.relative_to(folder.absolute()), one.state, one.since[:16].replace("T", " "),
                 one.reason or Path(one.output).name) for one in films]  # fmt: skip
        console.table(rows, ("film", "state", "since (UTC)", "why, or where"))
        if not films:
            console.say("there is no film in it")
    return 1 if any(one.state == "failed" for one in films) else 0
