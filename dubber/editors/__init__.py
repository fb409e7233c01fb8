"""One editor a file; the file's name is the editor's name. base.py shows how one is added."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from dubber.editors.base import Editor
from dubber.errors import InputError


@cache
def names() -> tuple[str, ...]:
    """Every editor, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if _in_module(module.name)))


@cache
def find(name: str) -> Editor:
    """The editor called name. Raises InputError with the names that there are."""
    if name not in names():
        raise InputError(f"there is no editor {name!r}", advice="there are: " + ", ".join(names()))
    found = _in_module(name)
    assert found is not None
    return found


def _in_module(name: str) -> Editor | None:
    return getattr(import_module(f"{__name__}.{name}"), "EDITOR", None)
