"""`dub profiles`: list, show and write profiles."""

from __future__ import annotations

from pathlib import Path

import click

from dubber.cli import options


@options.examples("dub profiles  which there are", "dub profiles show cast  one of them, whole")
@click.group(invoke_without_command=True, short_help="List, show and write profiles.")
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the profiles that can be named, or show or write one."""
    if ctx.invoked_subcommand:
        return
    from dubber.cli import console
    from dubber.config import layers

    rows = [(name, _about(path)) for name, path in layers.available().items()]
    console.table(rows, ("profile", "what it does"))


def _about(path: Path) -> str:
    """What a profile says of itself, or why it cannot be read: one broken file hides no other."""
    from dubber.config import layers
    from dubber.errors import InputError

    try:
        return str(layers.read(path).get("about", ""))
    except InputError as error:
        return str(error)


@options.examples("dub profiles show cast --set mixing.depth=12")
@command.command()
@click.argument("name")
@click.option("--cast", "cast_file", type=options.FILE, metavar="FILE", help="A cast file to lay over it.")
@click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Any key of the profile.")
@click.option("--trust", is_flag=True, help="The profile may use recordings outside its own folder.")
def show(name: str, cast_file: Path | None, pairs: tuple[str, ...], trust: bool) -> None:
    """Print the whole profile, each value with where it came from."""
    from dubber.cli import console
    from dubber.config.toml_writer import resolved

    console.say(resolved(options.load(name, cast_file, pairs, trust)))


@options.examples("dub profiles new mine --backend openai")
@command.command()
@click.argument("name")
@click.option("--backend", default="espeak", show_default=True, help="The voice system that speaks.")
def new(name: str, backend: str) -> None:
    """Write profiles/NAME.toml: a voice of that system, and every key with its default, unit and range as comments."""
    from dubber.cli import console
    from dubber.config.toml_writer import commented
    from dubber.errors import InputError
    from dubber.files import written
    from dubber.voices import first_voice

    path = Path("profiles") / f"{name}.toml"
    if Path(name).name != name or name.startswith("."):
        raise InputError(f"{name!r} is no name for a profile", advice="letters, digits, - and _")
    text = commented(name, backend, first_voice(backend, options.load("narrator", None, (), False)))
    written.write(path, text.encode(), below=Path(), advice="choose another name", again=False)
    console.say(f"wrote {path}")
