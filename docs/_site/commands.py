"""Every command with its options, from the command line itself: for the site and for the manual page."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import click

from docs._site.keys import plain
from dubber import cli


def every(command: click.Command | None = None, path: str = "dub") -> Iterator[tuple[str, click.Command]]:
    """Each command below one, by what is typed for it; the deepest last, in the order of `dub --help`."""
    group = command or cli.cli
    if path != "dub":
        yield path, group
    if isinstance(group, click.Group):
        for name in group.list_commands(click.Context(group)):
            found = group.get_command(click.Context(group), name)
            assert found is not None
            yield from every(found, f"{path} {name}")


def usage(path: str, command: click.Command) -> str:
    """The line that shows how it is typed."""
    pieces = command.collect_usage_pieces(click.Context(command, info_name=path))
    return " ".join([path, *pieces])


def about(command: click.Command) -> str:
    """Its description, without click's marks."""
    return cleandoc(command.help or "").replace("\b\n", "")


def options(path: str, command: click.Command) -> list[tuple[str, str]]:
    """How each option of its own is written (--help is everybody's), and its help with its default and range."""
    context = click.Context(command, info_name=path)
    named = (one for one in command.params if isinstance(one, click.Option))
    records = [option.get_help_record(context) for option in named]
    return [record for record in records if record]


def examples(command: click.Command) -> list[str]:
    """What its help shows under Examples, a command and its explanation a line."""
    _, _, rows = (command.epilog or "").partition("Examples:\n")
    return [row.strip() for row in rows.splitlines()]


def page() -> str:
    return "\n\n".join(_section(path, command) for path, command in every())


def _section(path: str, command: click.Command) -> str:
    shown = [f"## {path}", f"    {usage(path, command)}", about(command)]
    if examples(command):
        shown.append("\n".join(["```sh", *examples(command), "```"]))
    rows = [f"| `{name}` | {plain(text)} |" for name, text in options(path, command)]
    return "\n\n".join([*shown, "\n".join(["| option | |", "|---|---|", *rows])])
