"""One trainer a file: it turns recordings into a voice that profiles can name.

A trainer is opened like a backend (its constructor's keywords say how to reach its server), has endpoints() and call()
like one, so that `dub server NAME` reaches each of its documented calls, and cannot speak.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from inspect import getmembers, isabstract, isclass
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dubber.backends._webui import Page


@cache
def _found() -> dict[str, type[Page]]:
    from dubber.backends._webui import Page

    trainers = {}
    for module in iter_modules(__path__):
        for _, kind in getmembers(import_module(f"{__name__}.{module.name}"), isclass):
            if issubclass(kind, Page) and not isabstract(kind) and kind.__module__ == f"{__name__}.{module.name}":
                trainers[kind.name] = kind
    return trainers


def names() -> tuple[str, ...]:
    """The names under which `dub server` reaches the trainers."""
    return tuple(sorted(_found()))


def find(name: str) -> type[Page] | None:
    """The trainer called name, or None."""
    return _found().get(name)
