"""The names of the Python package, for mkdocstrings: those that `dubber` offers, and the seam to a voice system."""

from __future__ import annotations

from inspect import isclass, isfunction

import dubber

SEAMS = ("dubber.backends.base.Backend", "dubber.schema.Setting", "dubber.model.Line", "dubber.model.Voice",
         "dubber.model.Audio")  # fmt: skip


def names() -> list[str]:
    """Where each public name is defined, in the order of dubber.__all__."""
    return [place for name in getattr(dubber, "__all__", ()) if (place := _place(getattr(dubber, name)))]


def _place(found: object) -> str:
    if isclass(found) or isfunction(found):
        return f"{found.__module__}.{found.__qualname__}"
    return ""


def page() -> str:
    library = names()
    seams = [name for name in SEAMS if name not in library]
    parts = [*(["## The library", *map(_entry, library)] if library else []), "## For a voice system of your own"]
    return "\n\n".join([*parts, *map(_entry, seams)])


def _entry(name: str) -> str:
    return f"::: {name}"
