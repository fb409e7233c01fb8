"""Typed values as JSON documents: written, read back, and described by a JSON Schema, all three by their annotations.

A document is a frozen dataclass of str, int, float, bool, None, Path, Literal, tuples, mappings from str, and such
dataclasses. Its fields stand in the document in their order:

    rate: Annotated[float, About("how fast it is read; 1: as its voice does")]
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from inspect import getdoc
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Document = TypeVar("Document")
DRAFT = "https://json-schema.org/draft/2020-12/schema"
SCALARS: Mapping[Any, str] = types.MappingProxyType(
    {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
)


@dataclass(frozen=True, slots=True)
class About:
    """What a field means, for people. key: its name in the document, where that is no Python name. optional: it is
    left out of the document where it has its default."""

    text: str = ""
    key: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class _Member:
    """A field of a document. default: MISSING where a document without it cannot be read."""

    name: str
    kind: Any
    about: About
    default: Any

    @property
    def key(self) -> str:
        return self.about.key or self.name

    def absent(self, value: Any) -> bool:
        """Whether a document with this value goes without it."""
        return self.about.optional and bool(value == self.default)


@cache
def _members(kind: type[Any]) -> tuple[_Member, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_member(one.name, hints[one.name], one) for one in fields(kind))


def _member(name: str, hint: Any, field: Any) -> _Member:
    notes = [note for note in getattr(hint, "__metadata__", ()) if isinstance(note, About)]
    bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return _Member(name, bare, notes[0] if notes else About(), default)


def as_json(value: Any) -> Any:
    """A value as JSON can say it: dicts, lists, str, numbers, bools, None."""
    if value is None or isinstance(value, str | int | float):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        found = ((one, getattr(value, one.name)) for one in _members(type(value)))
        return {one.key: as_json(item) for one, item in found if not one.absent(item)}
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, Path):
        return str(value)
    return [as_json(item) for item in value]


_compact = json.JSONEncoder(ensure_ascii=False).encode
DEEP = 4  # levels that are laid out: report, versions, version, and each of its lists, in which a cue is a line


def laid_out(value: Any, depth: int = 0) -> str:
    """JSON for people and for `grep`: one line for each cue, each note, each stream."""
    if depth == DEEP or not value or not isinstance(value, Mapping | list | tuple):
        return _compact(value)
    inner, outer = "\n" + " " * (depth + 1), "\n" + " " * depth
    if isinstance(value, Mapping):
        rows = [f"{_compact(str(key))}: {laid_out(item, depth + 1)}" for key, item in value.items()]
        return "{" + inner + ("," + inner).join(rows) + outer + "}"
    return "[" + inner + ("," + inner).join(laid_out(item, depth + 1) for item in value) + outer + "]"


# --- read back --------------------------------------------------------------------------------------------------


def from_json(kind: type[Document], told: Any) -> Document:
    """The document that JSON says. What it holds beside the fields is passed over: a newer dub may know more.

    Raises ValueError, and nothing else, when anything in it is not what the annotations say.
    """
    read: Document = _read(kind, told, kind.__name__)
    return read


def _read(kind: Any, told: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _read_one_of(inner, told, where)
    if origin is Literal:
        return _checked(told, any(type(told) is type(one) and told == one for one in inner), where)
    if origin is tuple:
        return _read_tuple(inner, _checked(told, isinstance(told, list), where), where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        some = _checked(told, isinstance(told, dict), where)
        return {key: _read(inner[1], item, f"{where}.{key}") for key, item in some.items()}
    if is_dataclass(kind):
        return _read_document(kind, _checked(told, isinstance(told, dict), where), where)
    if kind is float:
        return _checked(told, isinstance(told, int | float) and not isinstance(told, bool), where)
    if kind is Path:
        return Path(_checked(told, isinstance(told, str), where))
    return _checked(told, type(told) is kind, where)


def _read_one_of(kinds: tuple[Any, ...], told: Any, where: str) -> Any:
    for kind in kinds[:-1]:
        try:
            return _read(kind, told, where)
        except ValueError:
            continue
    return _read(kinds[-1], told, where)


def _read_tuple(kinds: tuple[Any, ...], told: list[Any], where: str) -> tuple[Any, ...]:
    kinds = kinds[:1] * len(told) if kinds[1:] == (...,) else kinds
    _checked(told, len(kinds) == len(told), where)
    return tuple(_read(kind, item, f"{where}[{at}]") for at, (kind, item) in enumerate(zip(kinds, told, strict=True)))


def _read_document(kind: Any, told: dict[str, Any], where: str) -> Any:
    found = {}
    for one in _members(kind):
        if one.key in told:
            found[one.name] = _read(one.kind, told[one.key], f"{where}.{one.key}")
        else:
            _checked(None, one.default is not MISSING, f"{where}.{one.key}")
    return kind(**found)


def _checked(told: Any, right: bool, where: str) -> Any:
    if not right:
        raise ValueError(f"{where} is not as expected")
    return told


# --- described --------------------------------------------------------------------------------------------------


def schema_of(kind: type[Any], title: str) -> dict[str, Any]:
    """The JSON Schema of a document, each kind of object in it once, under $defs."""
    defs: dict[str, Any] = {}
    described = _described(kind, defs)
    return {"$schema": DRAFT, "title": title, **described, "$defs": dict(sorted(defs.items()))}


def _described(kind: Any, defs: dict[str, Any]) -> dict[str, Any]:
    """An object's keys. Whoever writes one writes all that are required."""
    members = _members(kind)
    return {
        "type": "object",
        "description": " ".join((getdoc(kind) or "").split()),
        "properties": {one.key: _property(one, defs) for one in members},
        "required": [one.key for one in members if not one.about.optional],
    }


def _property(one: _Member, defs: dict[str, Any]) -> dict[str, Any]:
    about = {"description": one.about.text} if one.about.text else {}
    return {**_kind(one.kind, defs), **about}


def _kind(kind: Any, defs: dict[str, Any]) -> dict[str, Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_kind(one, defs) for one in inner]}
    if origin is Literal:
        return {"const": inner[0]} if len(inner) == 1 else {"enum": list(inner)}
    if origin is tuple:
        return _array(inner, defs)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _kind(inner[1], defs)}
    if is_dataclass(kind):
        name = getattr(kind, "__name__", "")
        if name not in defs:
            defs[name] = {}  # it may hold itself
            defs[name] = _described(kind, defs)
        return {"$ref": f"#/$defs/{name}"}
    return {"type": SCALARS.get(kind, "string")}


def _array(kinds: Sequence[Any], defs: dict[str, Any]) -> dict[str, Any]:
    if kinds[1:] == (...,):
        return {"type": "array", "items": _kind(kinds[0], defs)}
    each = [_kind(one, defs) for one in kinds]
    return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}
