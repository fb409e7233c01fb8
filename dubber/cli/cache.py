"""`dub cache`: what is kept, and making room."""

from __future__ import annotations

import click


@click.group(invoke_without_command=True, short_help="Show and prune the stored takes.")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show how many takes are stored, where, and how large they are."""
    if ctx.invoked_subcommand:
        return
    from dubber.cli import console
    from dubber.store import Store

    store = Store()
    console.say(store.root)
    _usage(store.usage())


@command.command()
@click.option("--days", type=click.FloatRange(min=0), help="Drop what was not used for so many days.")
@click.option(
    "--size", type=click.FloatRange(min=0), metavar="MB", help="Drop the least recently used above this size."
)
def prune(days: float | None, size: float | None) -> None:
    """Drop takes that were not used for long, or above a size."""
    from dubber.store import Store

    if days is None and size is None:
        raise click.UsageError("say --days or --size")
    _usage(Store().prune(days=days, size=None if size is None else int(size * 1e6)), "dropped ")


@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def clear(yes: bool) -> None:
    """Drop everything that is stored."""
    from dubber.cli import console
    from dubber.store import Store

    if not yes and not console.ask("Drop every stored take? They would have to be spoken again."):
        raise click.UsageError("nothing dropped; say --yes to drop without being asked")
    _usage(Store().clear(), "dropped ")


def _usage(usage: object, verb: str = "") -> None:
    from dubber.cli import console

    takes, take_bytes = getattr(usage, "takes", 0), getattr(usage, "take_bytes", 0)
    blobs, blob_bytes = getattr(usage, "blobs", 0), getattr(usage, "blob_bytes", 0)
    console.say(
        f"{verb}{takes:,} takes, {take_bytes / 1e6:,.1f} MB; {blobs:,} encoded pieces, {blob_bytes / 1e6:,.1f} MB"
    )
