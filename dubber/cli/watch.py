"""`dub watch FOLDER`: dub what arrives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dubber.cli import options


@click.command(short_help="Dub every film that arrives in a folder.")
@click.argument("folder", type=options.FILE)
@options.profile
@click.option("-l", "--language", "languages", multiple=True, metavar="TAG", help="Only subtitles of these languages.")
@click.option("--once", is_flag=True, help="Do what is there, then end.")
@click.option("--poll", is_flag=True, help="Look instead of listening: for network mounts.")
@click.option(
    "--settle",
    type=click.FloatRange(0),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long files must have been still.",
)
@click.option(
    "--rescan",
    type=click.FloatRange(0.1),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look although nothing was heard.",
)
@click.option("-j", "--films", type=click.IntRange(1, 256), default=4, show_default=True, help="Films under way.")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def command(folder: Path, once: bool, poll: bool, settle: float, rescan: float, films: int, **given: Any) -> int:
    """Dub every film that arrives in FOLDER, once its subtitles are there and both have settled.

    A dub.toml in a folder is the profile of its films. Failures are told in FOLDER/failed/FILM.log; sources stay.
    """  # fmt: skip
    from dubber.batch import Plan
    from dubber.cli import console
    from dubber.errors import InputError
    from dubber.library import Wishes
    from dubber.watch import Pace, Watcher

    if not folder.is_dir():
        raise InputError("is not a folder", where=str(folder))
    options.name_hosts(options.load(given["profile_name"], given["cast_file"], given["pairs"], given["trust"]))
    wishes = Wishes(
        given["profile_name"],
        given["cast_file"],
        options.dotted(given["pairs"]),
        given["trust"],
        languages=given["languages"],
    )
    watcher = Watcher(folder, wishes, Pace(settle, rescan, poll), Plan(films), console.note)
    return 1 if watcher.run(once=once) else 0
