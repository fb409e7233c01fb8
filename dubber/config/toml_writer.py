"""Profiles as text: the resolved one with its sources, and a commented new one, both from the schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dubber import backends, schema
from dubber.backends.base import describe
from dubber.config.profile import SCHEMAS, General, Profile, Roles
from dubber.model import Voice


def resolved(profile: Profile) -> str:
    """The profile as TOML, complete; behind each value that somebody set, who did."""
    lines = [f"# {profile.name}: {profile.about}", _said("language", profile.language, profile)]
    for table in SCHEMAS:
        lines += ["", f"[{table}]", *_values(table, getattr(profile, table), profile)]
        lines += _values(table, profile.roles, profile) if table == "casting" else ()
    for name, reach in profile.backends.items():
        lines += ["", f"[backends.{name}]", *(_said(f"backends.{name}.{key}", reach[key], profile) for key in reach)]
    for name, voice in profile.voices.items():
        lines += ["", f"[voices.{name}]", *_voice(name, voice, profile)]
    lines += ["", "[cast]", *(_said(f"cast.{who}", voice.name, profile, key=who) for who, voice in profile.cast.roles)]
    return "\n".join(lines)


def _values(table: str, values: object, profile: Profile) -> Iterator[str]:
    kind: Callable[..., Any] = type(values)
    for key in schema.fields_of(kind):
        yield _said(f"{table}.{key}", getattr(values, key), profile)


def _voice(name: str, voice: Voice, profile: Profile) -> Iterator[str]:
    yield _said(f"voices.{name}.backend", voice.backend, profile)
    if voice.language:
        yield _said(f"voices.{name}.language", voice.language, profile)
    if voice.gender:
        yield _said(f"voices.{name}.gender", voice.gender, profile)
    if voice.speed != 1.0:
        yield _said(f"voices.{name}.speed", voice.speed, profile)
    for key, value in voice.settings:
        yield _said(f"voices.{name}.{key}", value, profile)


def _said(dotted: str, value: Any, profile: Profile, key: str = "") -> str:
    source = profile.sources.get(dotted, "")
    text = f"{toml_key(key or dotted.rpartition('.')[2])} = {toml(value)}"
    return f"{text:<40}  # {source}" if source else text


def toml(value: Any) -> str:
    """A value as TOML; what TOML cannot say (nothing) as an empty text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps("" if value is None else str(value), ensure_ascii=False)


def toml_key(key: str) -> str:
    """A key, quoted where TOML wants it."""
    return key if key and all(char.isascii() and (char.isalnum() or char in "-_") for char in key) else toml(key)


def commented(name: str, backend: str, own: Mapping[str, Any] = {}) -> str:  # noqa: B006 - never written
    """A new profile whose own voice speaks: extends narrator, every key there as a comment with its meaning, default,
    unit and range. own: what is set of that voice."""
    kind = backends.find(backend)
    head = [f'about = "{name}"', 'extends = "narrator"', '# language = "en"', ""]
    head += [f"# {describe(kind)}", f"[backends.{backend}]", *_explained(schema.fields_of(kind).values()), ""]
    head += ["[voices.first]", f'backend = "{backend}"']
    head += ["# its own language, if it has one", '# language = "en"']
    head += ["# as it sounds (female, male), to be compared with speakers' names", '# gender = "female"']
    voice = schema.fields_of(kind.voice)
    every = [field for key, field in schema.fields_of(General).items() if key not in voice]
    head += [*_explained([*voice.values(), *every], own), ""]
    head += ["[cast]", '# "ANNA" = "first"', '# "Guard *" = "first"', ""]
    for table, kind in SCHEMAS.items():
        speaks = {"narrator": "first", "pool": ("first",)}
        voices = _explained(schema.fields_of(Roles).values(), speaks) if table == "casting" else ()
        head += [f"[{table}]", *_explained(schema.fields_of(kind).values()), *voices, ""]
    return "\n".join(head)


def _explained(fields: Iterable[schema.Field], own: Mapping[str, Any] = {}) -> Iterator[str]:  # noqa: B006
    """own: keys that are set; the others are comments with their defaults."""
    for item in fields:
        allowed = f" ({item.setting.allowed})" if item.setting.allowed else ""
        yield f"# {item.setting.about}{allowed}"
        required = item.default is schema.REQUIRED
        value = own.get(item.key, "..." if required else item.default)
        yield f"{'' if required or item.key in own else '# '}{item.key} = {toml(_shown(value))}"


def _shown(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else dict(value) if isinstance(value, Mapping) else value
