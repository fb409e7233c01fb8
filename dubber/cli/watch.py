"""`dub watch FOLDER`: dub what arrives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dubber.cli import _events, options
from dubber.cli._endings import Ending


@options.examples(
    "dub watch /inbox --profile cast",
    "dub watch /inbox --once  what is there, then end",
    "dub watch /inbox --profile cast --install  as a service",
)
@click.command(short_help="Dub every film that arrives in a folder.")
@click.argument("folder", type=options.FILE)
@options.profile
@options.trust_output
@options.library
@options.timing
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
@click.option(
    "--heartbeat",
    type=click.FloatRange(0.1),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to say that it is alive, and where it is.",
)
@options.after
@click.option("--overwrite", is_flag=True, help="Replace outputs that are not dub's.")
@click.option("--install", is_flag=True, help="Write a systemd unit or a launchd agent that does this; start nothing.")
@_events.streamed("watch")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def command(folder: Path, once: bool, install: bool, form: str, **given: Any) -> Ending:
    """Dub every film that arrives in FOLDER, once its subtitles are there and both have settled.

    A dub.toml in a folder is the profile of its films. Failures are told in FOLDER/failed/FILM.log; sources stay.
    """  # fmt: skip
    from dubber.cli import console
    from dubber.errors import InputError
    from dubber.unattended import hook_request
    from dubber.unattended.batch import BatchPlan
    from dubber.unattended.watch import Pace, Watcher

    if not folder.is_dir():
        raise InputError("is not a folder", where=str(folder))
    hook_request.words(given["after"])
    profile = options.load(given["profile_name"], given["cast_file"], given["pairs"], given["trust"])
    if install:
        return _install(folder.absolute(), given, form)
    options.name_hosts(profile)
    pace = Pace(given["settle"], given["rescan"], given["heartbeat"], given["poll"])
    plan = BatchPlan(given["films"])
    say, tell = (_events.note, _events.Films().tell) if form == "events" else (console.note, None)
    watcher = Watcher(folder, options.wishes(given), pace, plan, say, options.name_hosts, given["after"], tell)
    failed = watcher.run(once=once)
    reason = f"{failed} film{'' if failed == 1 else 's'} failed" if failed else ""
    return Ending(1 if failed else 0, reason, facts={"failed": failed})


def _install(folder: Path, given: dict[str, Any], form: str) -> Ending:
    from dubber.cli import console
    from dubber.unattended.service_units import install, standing

    order = standing(folder, _words(given))
    install(order, overwrite=given["overwrite"])
    if form == "text":
        console.say(f"wrote {order.path}")
        console.table([(command, what) for command, what in order.after])
    return Ending(facts={"written": order.path})


def _words(given: dict[str, Any]) -> list[str]:
    """The options as they were given, without those that are as usual; files by their whole path."""
    context = click.get_current_context()
    words = []
    for option in context.command.params:
        value = given.get(option.name or "")
        if not isinstance(option, click.Option) or value == option.get_default(context) or not value:
            continue
        flag = max(option.opts, key=len)
        for one in value if option.multiple else [value]:
            words += [flag] if option.is_flag else [flag, _absolute(one)]
    return words


def _absolute(value: Any) -> str:
    """A profile may be a file or a name; a file is looked up from where the user stands."""
    named_file = isinstance(value, str) and value.endswith(".toml") and Path(value).is_file()
    return str(Path(value).absolute()) if isinstance(value, Path) or named_file else str(value)
