"""One voice system a file; the file's name is the backend's name.

A package of somebody else's adds one with the entry point group `dubber.backends`. The modules that are not backends
(gradio.py: the door that several share) define none, and are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import getmembers, isabstract, isclass
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from dubber.backends.base import Backend
from dubber.errors import InputError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "dubber.backends"
REINSTALL = "reinstall its package, or remove it"


@cache
def names() -> tuple[str, ...]:
    """Every backend that is installed, sorted; imports the ones that come with dub, not the others'."""
    ours = {module.name for module in iter_modules(__path__) if _in_module(module.name)}
    return tuple(sorted(ours | {entry.name for entry in _others()}))


@cache
def find(name: str) -> type[Backend]:
    """The backend called name. Raises InputError with the nearest names."""
    if name.isidentifier() and name in {module.name for module in iter_modules(__path__)}:
        found = _in_module(name)
        if found:
            return found
    for entry in _others():
        if entry.name == name:
            return _loaded(entry)
    raise InputError(f"there is no backend {name!r}", advice=_nearest(name))


def _in_module(name: str) -> type[Backend] | None:
    module = import_module(f"{__name__}.{name}")
    return next(_backends(module, name), None)


def _backends(module: object, name: str) -> Iterator[type[Backend]]:
    for _, found in getmembers(module, isclass):
        if issubclass(found, Backend) and not isabstract(found) and getattr(found, "name", None) == name:
            yield found


def plugged_in() -> Iterator[tuple[str, str, str]]:
    """Each backend of somebody else's package: (its name, the package, why it does not load or "")."""
    for entry in _others():
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
        try:
            _loaded(entry)
        except InputError as fault:
            yield entry.name, package, fault.message
        else:
            yield entry.name, package, ""


def _others() -> tuple[EntryPoint, ...]:
    from importlib.metadata import entry_points  # reads mail headers: a cost only where there are others

    return tuple(entry_points(group=GROUP))


def _loaded(entry: EntryPoint) -> type[Backend]:
    try:
        found = entry.load()
    except (Exception, SystemExit) as error:  # a stranger's module may fail in any way; the user reads one line
        told = f"the backend {entry.name!r} does not load: {type(error).__name__}: {error}"
        raise InputError(told, advice=REINSTALL) from error
    if not (isclass(found) and issubclass(found, Backend)):
        raise InputError(f"the entry point {entry.name!r} is not a Backend", where=entry.value)
    if isabstract(found) or getattr(found, "name", None) != entry.name:
        what = "lacks synthesize()" if isabstract(found) else f"must have the name {entry.name!r}"
        raise InputError(f"the backend {entry.name!r} {what}", where=entry.value)
    return found


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names(), n=1)
    return f"did you mean {near[0]}?" if near else "there are: " + ", ".join(names())
