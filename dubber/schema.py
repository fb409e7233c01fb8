"""The schema of everything that a user may set: stated once, in the room that uses it.

A settings class is a frozen dataclass (or a class with a keyword-only constructor) whose parameters are annotated:

    pitch: Annotated[int, Setting("how high the voice is", low=0, high=99)] = 50

The profile checks against it, `dub profiles new` prints it, the command line takes its defaults from it.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from dubber.errors import InputError

REQUIRED = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Setting:
    """What one setting means. low and high are included in the range; unit is for people ("ms", "dB", "LUFS")."""

    about: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """The range in words: "0 to 99 ms", "one of: a, b", or ""."""
        if self.choices:
            return "one of: " + ", ".join(self.choices)
        unit = f" {self.unit}" if self.unit else ""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}{unit}"
        if self.low is not None:
            return f"at least {self.low:g}{unit}"
        return f"at most {self.high:g}{unit}" if self.high is not None else ""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of a settings class: its key, its type, its default (REQUIRED when there is none)."""

    key: str
    kind: Any
    default: Any
    setting: Setting


@cache  # an edits file has thousands of entries of one class, and reading its annotations takes a millisecond
def fields_of(owner: Callable[..., Any]) -> Mapping[str, Field]:
    """The settings of a dataclass or of a constructor's keyword arguments, in the order written."""
    target = owner.__init__ if inspect.isclass(owner) else owner
    hints = get_type_hints(target, include_extras=True)
    fields = {}
    for name, parameter in inspect.signature(owner).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        hint = hints.get(name, str)
        notes = [note for note in getattr(hint, "__metadata__", ()) if isinstance(note, Setting)]
        kind, setting = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint, notes[0] if notes else Setting("")
        if get_origin(kind) is Literal:
            setting = replace(setting, choices=get_args(kind))
        fields[name] = Field(name, kind, parameter.default, setting)
    return MappingProxyType(fields)


def read(owner: Callable[..., Any], values: Mapping[str, Any], where: str, faults: list[InputError]) -> dict[str, Any]:
    """Check values against owner's schema; give the good ones converted, append a fault for each bad one.

    where: the dotted place in the profile ("voices.anna"), named in each fault before the key.
    """
    fields = fields_of(owner)
    good = {}
    for key, value in values.items():
        place = f"{where}.{key}" if where else key
        if key not in fields:
            faults.append(InputError("no such key", where=place, advice=_nearest(key, fields)))
            continue
        try:
            good[key] = convert(value, fields[key])
        except ValueError as error:
            faults.append(InputError(str(error), where=place))
    for key, item in fields.items():
        if item.default is REQUIRED and key not in values:
            place = f"{where}.{key}" if where else key
            faults.append(InputError("is required", where=place, advice=item.setting.about))
    return good


def convert(value: Any, item: Field) -> Any:
    """value as the field's type and within its range; raises ValueError with a sentence for the user."""
    if _optional(item.kind) and (value is None or (value == "off" and _bare(item.kind) in (int, float))):
        return None
    converted = _typed(value, _bare(item.kind))
    setting = item.setting
    members = converted if isinstance(converted, tuple) else (converted,)
    for member in members:
        if setting.choices and member not in setting.choices:
            raise ValueError(f"{member!r} is not allowed: {setting.allowed}")
        if isinstance(member, bool) or not isinstance(member, int | float):
            continue
        below = setting.low is not None and member < setting.low
        above = setting.high is not None and member > setting.high
        if below or above:
            raise ValueError(f"{member:g} is outside its range: {setting.allowed}")
    return converted


def _bare(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return next(arg for arg in get_args(kind) if arg is not type(None))
    return kind


def _optional(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType) and type(None) in get_args(kind)


_TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def _typed(value: Any, kind: Any) -> Any:
    """Convert a TOML value, or the text of an environment variable or option, to the type of a setting."""
    if get_origin(kind) is tuple:
        items = value if isinstance(value, list | tuple) else [part.strip() for part in str(value).split(",") if part]
        return tuple(_typed(item, get_args(kind)[0]) for item in items)
    if get_origin(kind) is Literal:
        # its choices are checked with the range; TOML's true and false are words among them
        return str(value).lower() if isinstance(value, bool) else value
    if kind is bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in _TRUTH:
            return _TRUTH[value.lower()]
        raise ValueError(f"{value!r} is not true or false")
    if kind in (int, float):
        return _number(value, kind)
    if kind is Path and isinstance(value, str | Path):
        return Path(value)
    if kind is str and isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is not {_NAMES.get(kind, kind)}")


_EXACT = 2.0**53  # whole numbers that a float holds without loss
_NAMES = {str: "a text", Path: "a path", int: "a whole number", float: "a number"}


def _number(value: Any, kind: type) -> int | float:
    if not isinstance(value, bool) and isinstance(value, int | float | str):
        try:
            number = float(value)
            if kind is float and isfinite(number):
                return number
            if kind is int and number == int(number):
                return int(number) if abs(number) < _EXACT else int(value)  # a seed of 60 bits keeps each of them
        except (ValueError, OverflowError):
            pass
    raise ValueError(f"{value!r} is not {_NAMES[kind]}")


def _nearest(key: str, fields: Mapping[str, Field]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, fields, n=1)
    return f"did you mean {near[0]}?" if near else "allowed: " + ", ".join(fields)


@dataclass(frozen=True)
class Endpoint:
    """One call of a server as its document has it: its name, what it is for, its parameters by key."""

    name: str
    about: str
    fields: Mapping[str, Field]
