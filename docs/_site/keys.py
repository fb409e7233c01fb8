"""Tables of what may stand in a profile, from the settings classes themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from dubber import backends, schema, training
from dubber.config.profile import SCHEMAS, General, Roles
from dubber.config.toml_writer import toml

MANY = 6  # members of a default that are shown whole
WORDS = {str: "text", Path: "path", int: "whole number", float: "number", bool: "true or false"}


def tables() -> dict[str, list[schema.Field]]:
    """Every table of a profile by the name that a page marks it with: "mixing", "backends.espeak", "voices.espeak"."""
    found = {name: list(schema.fields_of(kind).values()) for name, kind in SCHEMAS.items()}
    found["casting"] += schema.fields_of(Roles).values()
    found["voices"] = list(schema.fields_of(General).values())
    for name in backends.names():
        kind = backends.find(name)
        found[f"backends.{name}"] = list(schema.fields_of(kind).values())
        found[f"voices.{name}"] = list(schema.fields_of(kind.voice).values())
    for name in training.names():
        trainer: Any = training.find(name)
        found[f"backends.{name}"] = list(schema.fields_of(trainer).values())
    return found


def table(name: str) -> str:
    """One of them as Markdown. Raises KeyError where there is none of that name."""
    rows = list(_rows(tables()[name]))
    return "\n".join(["| key | means | type and range | default |", "|---|---|---|---|", *rows]) if rows else "No keys."


def _rows(fields: Iterable[schema.Field]) -> Iterator[str]:
    for item in fields:
        about = item.setting.about[:1].upper() + item.setting.about[1:]
        cells = (f"`{item.key}`", plain(about), plain(_allowed(item)), _default(item))
        yield f"| {' | '.join(cells)} |"


def _allowed(item: schema.Field) -> str:
    kind = _word(item.kind)
    return item.setting.allowed if item.setting.choices else ", ".join(filter(None, [kind, item.setting.allowed]))


def _word(kind: Any) -> str:
    if get_origin(kind) in (Union, UnionType):
        return " or ".join("off" if one is NoneType else _word(one) for one in get_args(kind))
    if get_origin(kind) is tuple:
        return f"list of {_word(get_args(kind)[0])}"
    if get_origin(kind) is Literal:
        return "one of its words"
    return WORDS.get(kind, "table")


def _default(item: schema.Field) -> str:
    if item.default is schema.REQUIRED:
        return "required"
    if item.default is None:
        return "off"
    if isinstance(item.default, tuple) and len(item.default) > MANY:
        return f"a list of {len(item.default)}: `dub profiles show narrator` prints it"
    value = str(item.default) if isinstance(item.default, Path) else item.default
    return f"`{toml(value)}`"


def plain(text: str) -> str:
    """Text that Markdown takes for nothing else."""
    for sign in "\\`*_{}[]<>|":
        text = text.replace(sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign])
    return text
