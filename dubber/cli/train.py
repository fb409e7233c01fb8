"""`dub train NAME RECORDINGS...`: recordings become a voice."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import click

from dubber.cli import _events, options
from dubber.cli._endings import Ending

if TYPE_CHECKING:
    from dubber.schema import Field
    from dubber.training.train import TrainingOutcome


class Training(click.Command):
    """Its options are what may be wished of a training: looked up when they are needed, and `dub --help` needs none."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        shown = super().get_params(ctx)
        place = sum(isinstance(one, click.Argument) for one in shown)
        return [*shown[:place], *_options(), *shown[place:]]


@cache
def _options() -> tuple[click.Option, ...]:
    """An option for each wish, with its meaning and its range. Not typed: as the last time, else the default."""
    from dubber.schema import fields_of
    from dubber.training.settings import STEPS, TrainingSettings

    made = []
    for item in fields_of(TrainingSettings).values():
        flag = f"--{item.key.replace('_', '-')}"
        if item.kind is bool:
            made.append(click.Option([f"{flag}/--no-{flag[2:]}", item.key], default=None, help=_help(item)))
        else:
            made.append(click.Option([flag, item.key], default=None, metavar=_metavar(item), help=_help(item)))
    anew = f"Do this step and all after it anew: {', '.join(STEPS)}."
    return (*made, click.Option(["--again"], type=click.Choice(STEPS), metavar="STEP", help=anew))


def _help(item: Field) -> str:
    from dubber.schema import REQUIRED

    usual = item.default
    shown = ",".join(usual) if isinstance(usual, tuple) else usual
    default = f"default {shown}" if usual is not REQUIRED and usual not in ("", None, False) else ""
    facts = "; ".join(filter(None, [item.setting.allowed, default]))
    about = item.setting.about[:1].upper() + item.setting.about[1:]
    return f"{about} ({facts})." if facts else f"{about}."


def _metavar(item: Field) -> str:
    if item.setting.choices:
        return "STEP,..." if item.key == "steps" else "NAME"
    return {int: "N", float: "N"}.get(item.kind, "N" if "int" in str(item.kind) else "TEXT")


@options.examples(
    "dub train anna recordings/ --language en --review  begin, and wait for corrections",
    "dub train anna  go on",
)
@click.command(cls=Training, short_help="Train a voice from recordings (GPT-SoVITS).")
@click.argument("name")
@click.argument("recordings", nargs=-1)
@click.option("--review", is_flag=True, help="Write what is said in each recording as a table to correct, and wait.")
@click.option("--overwrite", is_flag=True, help="Replace the voice's profile even if it is not as dub wrote it.")
@click.option("-q", "--quiet", is_flag=True, help="Only warnings and errors.")
@_events.streamed("train")
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
def command(name: str, recordings: tuple[str, ...], form: str, **given: Any) -> Ending:
    """Train the voice NAME from RECORDINGS: files or folders of this computer, or the server's own paths.

    The training web UI of GPT-SoVITS does the work. What is done stays done: run it again and it goes on at the step
    that is not; options and RECORDINGS that you leave out are as they were. Ctrl-C stops the server's work too.
    """
    from dataclasses import asdict

    from dubber.schema import fields_of
    from dubber.training.settings import TrainingSettings
    from dubber.training.train import TrainingRequest, train

    wishes = {key: value for key, value in given.items() if key in fields_of(TrainingSettings) and value is not None}
    order = TrainingRequest(
        name=name, recordings=recordings, given=wishes, again=given["again"] or "", review=given["review"],
        overwrite=given["overwrite"],
    )  # fmt: skip
    with _events.screen(form == "events", given["quiet"]) as screen:
        outcome = train(order, screen)
    if not given["quiet"] and form == "text":
        _say(name, outcome)
    return Ending(facts=asdict(outcome))


def _say(name: str, outcome: TrainingOutcome) -> None:
    from dubber.cli import console

    if outcome.table:
        console.say(f"{outcome.table}: correct it (take out the rows that are no good), then run the same again")
    elif outcome.profile:
        console.say(f"wrote {outcome.profile}: weights {outcome.sovits} and {outcome.gpt}")
        console.say(f'try it: dub voices say {name} "..." -p {name} -o {name}.try.wav')
    else:
        console.say(f"done; the voice {name} is not complete yet")
