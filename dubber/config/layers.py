"""Where a profile's values come from: files found by name, what they extend, the environment, the command line.

A layer is a TOML document read as nested dicts; later layers win, key by key.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dubber.errors import InputError
from dubber.paths import config_folder, shipped_folder

LIMIT = 1_000_000  # bytes of a profile; more is not a profile
COMMAND_LINE = "the command line"
TABLES = ("reading", "casting", "synthesis", "fitting", "mixing", "output")
# sixteen keys in a row: the TOML reader takes quadratic time for such a chain, and no profile has one
CHAIN = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){16}""")

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layer:
    """Values, and who says so. folder: where relative paths in them start; None for what the user typed.

    file: where they stand, if in one. user: the user says so: on the command line, in the environment, or in a profile
    of the own config folder (or a shipped one); what lies anywhere else may be a stranger's.
    """

    source: str
    values: Values
    folder: Path | None = None
    file: Path | None = None
    user: bool = False


def folders() -> tuple[Path, ...]:
    """Where a profile's name is looked up, first to last."""
    return (Path("profiles"), config_folder() / "profiles", shipped_folder())


def available(without: Collection[Path] = ()) -> dict[str, Path]:
    """Every profile that can be named, and its file; the first folder that has a name wins.

    without: files that are passed over, resolved.
    """
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            if path.resolve() not in without:
                found.setdefault(path.stem, path)
    return found


def find(name: str, without: Collection[Path] = ()) -> Path:
    """The file of a profile: a path as given, a name looked up. Raises InputError with the nearest names."""
    if name.endswith(".toml") or "/" in name or os.sep in name:
        path = Path(name)
        if is_file(path):
            return path
        raise InputError("there is no such profile file", where=name)
    known = available(without)
    if name in known:
        return known[name]
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    advice = f"did you mean {near[0]}?" if near else "there are: " + ", ".join(sorted(known))
    raise InputError("there is no such profile", where=name, advice=advice)


def is_file(path: Path) -> bool:
    """Whether a file is there; a name that no file can have, or that may not be looked at, is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def read(path: Path) -> dict[str, Any]:
    """A TOML file. Raises InputError with the line that is wrong."""
    try:
        if not path.is_file():
            raise InputError("is not a file", where=str(path))
        if path.stat().st_size > LIMIT:
            raise InputError(f"is larger than {LIMIT:,} bytes: that is no profile", where=str(path))
        text = path.read_bytes().decode("utf-8-sig")
        if chain := CHAIN.search(text):
            raise InputError(f"has a key of more than sixteen parts: {chain[0][:20]!r}...", where=str(path))
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", where=str(path)) from error
    except (ValueError, RecursionError) as error:  # ValueError: TOML's own, and numbers of thousands of digits
        raise InputError(f"is not TOML: {error}", where=str(path)) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error


def chain(name: str) -> list[Layer]:
    """A profile and all that it extends, the base first."""
    layers: list[Layer] = []
    seen: list[Path] = []
    while name:
        path = find(name, seen)  # so that a profile of one's own can extend the shipped one of the same name
        if path.resolve() in seen:
            raise InputError("extends itself", where=str(path), advice="take one `extends` out")
        seen.append(path.resolve())
        values = read(path)
        layers.append(of_file(path, values))
        name = values.get("extends", "")
        if not isinstance(name, str):
            raise InputError(f"{name!r} is not a profile's name", where=f"{path}: extends")
        beside = path.parent / f"{name}.toml"
        name = str(beside) if name and is_file(beside) and beside.resolve() != seen[-1] else name
    return layers[::-1]


def of_file(path: Path, values: Values) -> Layer:
    """The values of a file that was read."""
    own = {(config_folder() / "profiles").absolute(), shipped_folder().absolute()}
    return Layer(str(path), values, path.resolve().parent, path.absolute(), path.absolute().parent in own)


def from_environment(environ: Mapping[str, str], backends: Callable[[], Iterable[str]]) -> Layer:
    """DUB_MIXING_DEPTH=12, DUB_LANGUAGE=fr, DUB_BACKENDS_OPENAI_SERVERS=...: each names its key.

    backends: gives the backends' names; asked only when a variable is about one, since it imports them all.
    """
    values: dict[str, Any] = {}
    if language := environ.get("DUB_LANGUAGE"):
        values["language"] = language
    for name, text in environ.items():
        for table in TABLES:
            if name.startswith(f"DUB_{table.upper()}_"):
                values.setdefault(table, {})[name[len(table) + 5 :].lower()] = text
        for backend in backends() if name.startswith("DUB_BACKENDS_") else ():
            start = f"DUB_BACKENDS_{backend.upper()}_"
            if name.startswith(start):
                values.setdefault("backends", {}).setdefault(backend, {})[name[len(start) :].lower()] = text
    return Layer("the environment (DUB_*)", values, user=True)


def from_dotted(pairs: Mapping[str, Any], source: str = COMMAND_LINE) -> Layer:
    """{"mixing.depth": "-12"} as a layer."""
    values: dict[str, Any] = {}
    for dotted, value in pairs.items():
        *tables, key = dotted.split(".")
        place = values
        for table in tables:
            place = place.setdefault(table, {})
            if not isinstance(place, dict):
                raise InputError(f"{table!r} is no table", where=dotted)
        place[key] = value
    return Layer(source, values, user=True)


def walk(values: Values, trail: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every leaf of a layer with its trail of keys; an empty table is a leaf too."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from walk(value, (*trail, key))
        else:
            yield (*trail, key), value
