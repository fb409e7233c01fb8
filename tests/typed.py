"""What a typed command said (the fixture `dub` runs it)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dubber import cli

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).parent.parent / "docs" / "events.schema.json"


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # a cost only for who reads events

    return Draft202012Validator(json.loads(SCHEMA.read_text()))


def event(line: str | bytes) -> dict[str, Any]:
    """An event as --json printed it, held to the schema that its readers are given."""
    told: dict[str, Any] = json.loads(line)
    _validator().validate(told)
    return told


def events(printed: str) -> list[dict[str, Any]]:
    """All that a command printed for --json: whole lines, of which the last alone ends the command."""
    told = [event(line) for line in printed.splitlines()]
    ends = [place for place, one in enumerate(told) if one["kind"] == "result" and not one["film"]]
    assert told[0]["kind"] == "begin" and ends == [len(told) - 1], printed
    return told


class Said(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """What --json printed."""
        told = events(self.out)
        assert told[-1]["detail"]["status"] == self.status
        return told


Dub = Callable[..., Said]


def parsed(words: Sequence[str]) -> list[str]:
    """The commands that these words (without `dub`) reach; click's error where one of them is not taken."""
    command: click.Command = cli.cli
    context = command.make_context("dub", [*words])
    names = []
    while isinstance(command, click.Group) and (rest := [*context._protected_args, *context.args]):
        name, found, words = command.resolve_command(context, rest)
        assert found is not None and name, words
        names.append(name)
        command, context = found, found.make_context(name, [*words], parent=context)
    return names
