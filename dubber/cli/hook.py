"""`dub hook EVENT`: what an editor calls when it has written a film."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dubber.cli import _events, options
from dubber.cli._endings import Ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from dubber.model import Event
    from dubber.unattended.hook_request import HookRequest
    from dubber.unattended.logbook import Logbook


@options.examples("dub hook my.export --media Film.mp4 --profile cast --detach")
@click.command(short_help="Dub what an editor has just written; editors call it.")
@click.argument("event", envvar="DUB_EVENT")
@click.option(
    "--media", type=options.FILE, envvar="DUB_MEDIA", metavar="FILE", help="Default: the film that --subs lies beside."
)
@click.option(
    "--subs", type=options.FILE, envvar="DUB_SUBS", metavar="FILE", help="Default: those beside the film, by name."
)
@click.option(
    "--offset",
    type=float,
    callback=options.finite,
    default=0.0,
    envvar="DUB_OFFSET",
    metavar="SECONDS",
    help="Added to every cue's time: -60 for a film rendered from the 60th second of its timeline.",
)
@options.profile
@options.trust_output
@click.option("--overwrite", is_flag=True, help="Replace an output that dub did not write.")
@click.option("--detach/--no-detach", envvar="DUB_DETACH", help="Return at once; dub in the background.")
@click.option(
    "--exec",
    "after",
    default="",
    envvar="DUB_EXEC",
    metavar="COMMAND",
    help="Run then, without a shell; {output}, {media}, {event}, {status} and {reason} are filled in.",
)
@click.option(
    "--settle",
    type=click.FloatRange(0),
    callback=options.finite,
    default=5.0,
    show_default=True,
    envvar="DUB_SETTLE",
    metavar="SECONDS",
    help="How long the film and its subtitles must have been still.",
)
@click.option("-q", "--quiet", is_flag=True, help="Write to the log alone.")
@_events.streamed("hook")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def command(event: str, detach: bool, quiet: bool, form: str, **given: Any) -> Ending:
    """Dub the film that an editor has just written. EVENT says what happened: blender.rendered.

    Each option is also read from the environment: DUB_MEDIA, DUB_SUBS, DUB_OFFSET, DUB_PROFILE, DUB_DETACH, DUB_EXEC,
    DUB_SETTLE. What it does stands in the log folder, hooks.log; COMMAND is told in DUB_OUTPUT and DUB_STATUS too.
    """
    from dubber.cli import console
    from dubber.unattended.hook_request import HookRequest
    from dubber.unattended.library import film_of
    from dubber.unattended.logbook import Logbook

    if not given["media"]:
        if not given["subs"]:
            raise click.UsageError("say --media FILE, or --subs FILE for the film beside them")
        given["media"] = film_of(given["subs"])
    given = {key: value.absolute() if isinstance(value, Path) else value for key, value in given.items()}
    order = HookRequest(
        event, given["media"], given["subs"], round(given["offset"] * 1000), given["settle"], given["after"]
    )
    log = Logbook("hooks")
    if detach:
        return _detached(order, given, log.path)
    return _here(order, given, log, _events.note if form == "events" else _ignore if quiet else console.note)


def _ignore(text: str) -> None:
    """For who reads the log alone."""


def _here(order: HookRequest, given: dict[str, Any], log: Logbook, shown: Callable[[str], None]) -> Ending:
    from dubber.files import outputs
    from dubber.unattended import hook
    from dubber.unattended.library import BatchOptions

    def say(text: str) -> None:
        log.say(text)
        shown(text)

    def tell(event: Event) -> None:
        if event.warns:
            log.say(f"warning: {event.message}")
        _events.Films().tell(order.media, event)

    trusts = {"trusted": given["trust"], "trusted_output": given["trust_output"], "overwrite": given["overwrite"]}
    wishes = BatchOptions(given["profile_name"], given["cast_file"], options.dotted(given["pairs"]), **trusts)
    ending = hook.run(order, wishes, say, tell if shown is _events.note else None)
    status = 1 if ending.status == "failed" or ending.broken else 0
    reason = "; ".join(filter(None, (ending.reason, ending.remark)))
    report = outputs.beside(ending.output, outputs.REPORT) if ending.output else None
    return Ending(status, reason, ending.output, report, {"became": ending.status})


def _detached(order: HookRequest, given: dict[str, Any], log: Path) -> Ending:
    from dubber.errors import ToolError
    from dubber.unattended import launch

    flags = {
        "--media": order.media,
        "--subs": order.subtitles,
        "--offset": given["offset"],
        "--profile": given["profile_name"],
        "--cast": given["cast_file"],
        "--exec": order.after,
        "--settle": order.settle,
    }
    wanted = [f"{flag}={value}" for flag, value in flags.items() if value not in (None, "")]
    wanted += [f"--set={pair}" for pair in given["pairs"]]
    wanted += [f"--{flag.replace('_', '-')}" for flag in ("trust", "trust_output", "overwrite") if given[flag]]
    try:
        launch.detached(["hook", order.event, "--no-detach", "--quiet", *wanted], log, os.environ)
    except OSError as error:
        raise ToolError(f"dub could not be started in the background: {error.strerror}", where=str(log)) from error
    return Ending(reason="dub goes on in the background", facts={"became": "started", "log": log})
