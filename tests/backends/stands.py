"""What the contract suite stands a backend on: how to open it here and which voice to ask.

A backend that needs a server brings `tests/backends/stand_NAME.py` with one function:

    @contextmanager
    def stand(folder: Path) -> Iterator[Stand]:
        with a_test_server() as address:
            yield Stand({"servers": (address,)}, {"preset": "anna"})

It is found by being there; a backend that needs nothing (espeak, tone) needs no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dubber.backends import find
from dubber.backends.base import Backend
from dubber.model import Line, Phrase, Voice, Window


@dataclass(frozen=True)
class Stand:
    """options: the constructor's keywords. settings: of a voice that the system has. language: that it speaks."""

    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"


@contextmanager
def stand_for(name: str, folder: Path) -> Iterator[Stand]:
    """The stand of a backend, its server started."""
    if find_spec(f"tests.backends.stand_{name}") is None:
        yield Stand()
        return
    with import_module(f"tests.backends.stand_{name}").stand(folder) as stand:
        yield stand


@dataclass(frozen=True)
class Stage:
    """A backend, open, with a way to make lines for it."""

    kind: type[Backend]
    backend: Backend
    stand: Stand

    def line(self, *texts: str, speed: float = 1.0) -> Line:
        voice = Voice(self.kind.name, "test", tuple(sorted(self.stand.settings.items())), self.stand.language)
        phrases = tuple(Phrase(cue, Window(0, 4000), text) for cue, text in enumerate(texts, 1))
        return Line(1, "Anna", voice, phrases, self.stand.language, speed)


@contextmanager
def stage_for(name: str, folder: Path) -> Iterator[Stage]:
    with stand_for(name, folder) as stand:
        backend = find(name)(**stand.options)
        try:
            yield Stage(find(name), backend, stand)
        finally:
            backend.close()
