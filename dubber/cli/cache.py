"""`dub cache`: what is kept, and making room."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dubber.cli import options

if TYPE_CHECKING:
    from dubber.files.store import Usage

PRUNED = ("takes", "encoded", "stretched", "bed", "speech", "digest", "language", "other")


@options.examples("dub cache  what is kept, and how large it is")
@click.group(invoke_without_command=True, short_help="Show and prune what is kept: takes, encoded pieces, models.")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show what is kept, where, how large it is, and when it goes.

    Recordings by people and edits lie beside the subtitles, where nothing prunes them.
    """
    if ctx.invoked_subcommand:
        return
    from dubber.cache import kinds
    from dubber.cli import console
    from dubber.files.store import Store

    store = Store()
    console.say(store.root)
    _usage(store.usage())
    rows = [
        (one.name, f"{one.entries:,}", _megabytes(one.size), _limit(one.limit), one.about, one.goes)
        for one in kinds(store)
    ]
    console.table(rows, ("kind", "entries", "MB", "limit", "what", "pruned"), right=(1, 2, 3))


@options.examples("dub cache prune --days 90 --size 20000", "dub cache prune --kind encoded  only encoded pieces")
@command.command()
@click.option("--days", type=click.FloatRange(min=0), help="Drop what was not used for so many days.")
@click.option(
    "--size", type=click.FloatRange(min=0), metavar="MB", help="Drop the least recently used above this size."
)
@click.option("--kind", "names", type=click.Choice(PRUNED), multiple=True, help="Only this kind; several may be said.")
def prune(days: float | None, size: float | None, names: tuple[str, ...]) -> None:
    """Drop what was not used for long, or above a size: first what is made anew, then takes; chosen ones never."""
    from dubber.files.store import Store

    if days is None and size is None:
        raise click.UsageError("say --days or --size")
    only = (lambda path: _kind(path) in names) if names else None
    _usage(Store().prune(days=days, size=None if size is None else int(size * 1e6), only=only), "dropped ")


@options.examples("dub cache clear --yes  without asking")
@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def clear(yes: bool) -> None:
    """Drop all that is stored but the takes that a person chose."""
    from dubber.cli import console
    from dubber.files.store import Store

    if not yes and not console.ask("Drop every stored take? They would have to be spoken again."):
        raise click.UsageError("nothing dropped; say --yes to drop without being asked")
    store = Store()
    _usage(store.clear(), "dropped ")
    if left := store.usage().takes:
        console.say(f"kept {left:,} takes that a person chose")


def _kind(path: Path) -> str:
    from dubber.cache import kind_of

    return "takes" if path.suffix == ".take" else kind_of(path) or "other"


def _limit(size: int | None) -> str:
    return "none" if size is None else f"{_megabytes(size)} in all"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"


def _usage(usage: Usage, verb: str = "") -> None:
    from dubber.cli import console

    takes, blobs = _megabytes(usage.take_bytes), _megabytes(usage.blob_bytes)
    console.say(f"{verb}{usage.takes:,} takes, {takes} MB; {usage.blobs:,} encoded pieces and the like, {blobs} MB")
