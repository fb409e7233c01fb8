"""`dub hooks`: let editors dub what they export."""

from __future__ import annotations

import click

from dubber.cli import options


@options.examples("dub hooks list  the editors", "dub hooks install blender --profile cast")
@click.group(short_help="Let Blender, OBS, Resolve and others dub what they export.")
def command() -> None:
    """Let an editor dub what it exports."""


@options.examples("dub hooks list")
@command.command("list")
def list_editors() -> None:
    """List the editors, and which have their hook."""
    from dubber.cli import console
    from dubber.unattended import hooks

    console.table(hooks.listed(hooks.this_machine()), ("editor", "hook", "what it does"))


@options.examples(
    "dub hooks install blender --profile cast",
    "dub hooks install obs --exec 'rclone copy {output} shop:films'",
)
@command.command()
@click.argument("name")
@click.option("-p", "--profile", default="", metavar="NAME|FILE", help="Voices and settings of what it dubs.")
@click.option("--exec", "after", default="", metavar="COMMAND", help="Run after each film: see `dub hook --help`.")
@click.option("--overwrite", is_flag=True, help="Replace a script that is there and not dub's.")
def install(name: str, profile: str, after: str, overwrite: bool) -> None:
    """Write the hook of the editor NAME where it looks for it, and say what is left to be clicked."""
    from dubber import editors
    from dubber.cli import console
    from dubber.unattended import hooks

    machine = hooks.this_machine(profile, after)
    editor = editors.find(name)
    for path in hooks.install(editor, machine, overwrite=overwrite):
        console.say(f"wrote {path}")
    console.say(editor.steps(machine))


@options.examples("dub hooks uninstall blender")
@command.command()
@click.argument("name")
def uninstall(name: str) -> None:
    """Remove the hook of the editor NAME."""
    from dubber import editors
    from dubber.cli import console
    from dubber.unattended import hooks

    editor = editors.find(name)
    removed = hooks.uninstall(editor, hooks.this_machine())
    for path in removed:
        console.say(f"removed {path}")
    if not removed:
        console.say(f"{editor.title} has no hook of dub's here")
