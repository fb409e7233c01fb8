"""Voice systems for the pool to be tried on, installed as somebody else's package would be: by an entry point.

`hum` waits for its servers, which are rooms in this process that can be broken, slow, down or busy by a rule;
`bomb` computes in a process of its own and ends it when a line says so.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest

from dubber import backends
from dubber.backends.base import Backend
from dubber.model import Audio, Line, Phrase, Voice, Window
from dubber.schema import Setting

RATE = 16_000


def hum(text: str, pitch: float = 200.0, pace: float = 60.0) -> Audio:
    """A hum of pace ms a character, softly ended."""
    count = int(max(60.0, pace * len(text)) * RATE / 1000)
    samples = 0.3 * np.sin(2 * np.pi * pitch / RATE * np.arange(count))
    samples[-80:] *= np.linspace(1, 0, 80)
    return Audio(samples.astype(np.float32), RATE)


@dataclass
class House:
    """One server. rule: what it does with a line (the how many-th it is, from 1): an Audio, an error to raise, or None
    for a plain hum. seconds: how long each line takes."""

    rule: Callable[[Line, int], Audio | Exception | None] = lambda line, number: None
    seconds: float = 0.0
    asked: list[Line] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    busiest: int = 0
    _busy: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def speak(self, line: Line) -> Audio:
        with self._lock:
            self.asked.append(line)
            self.times.append(time.monotonic())
            number = len(self.asked)
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            time.sleep(self.seconds)
            answer = self.rule(line, number)
        finally:
            with self._lock:
                self._busy -= 1
        if isinstance(answer, Exception):
            raise answer
        return answer or hum(line.text)

    @property
    def switches(self) -> int:
        voices = [line.voice for line in self.asked]
        return sum(one != other for one, other in zip(voices, voices[1:], strict=False))


STREET: dict[str, House] = {}
OPENED: list[str] = []


@dataclass(frozen=True)
class HumVoice:
    """A humming voice."""

    pitch: Annotated[float, Setting("tone", unit="Hz", low=50, high=500)] = 120.0
    seed: Annotated[int, Setting("luck", low=0, high=1000)] = 7
    reference: Annotated[Path | None, Setting("a recording to sound like")] = None


class Hum(Backend):
    """Hums each line in one of the houses of a street."""

    name = "hum"
    voice = HumVoice

    def __init__(
        self,
        *,
        servers: Annotated[tuple[str, ...], Setting("houses")] = ("one",),
        in_flight: Annotated[int, Setting("lines at once")] = 1,
    ) -> None:
        self.house, self.stopped = STREET[servers[0]], threading.Event()
        OPENED.append(servers[0])

    @classmethod
    def loads(cls, voice: Voice) -> tuple[object, ...]:
        return (voice.get("pitch"),)

    def synthesize(self, line: Line) -> Audio:
        return self.house.speak(line)


class Bomb(Backend):
    """Hums, and ends its whole process at the word BOOM."""

    name = "bomb"
    runs = "process"

    def synthesize(self, line: Line) -> Audio:
        if "BOOM" in line.text:
            os._exit(3)
        return hum(line.text)


def line(index: int, *texts: str, backend: str = "hum", speed: float = 1.0, redo: int = 0, **settings: object) -> Line:
    voice = Voice(backend, "v", tuple(sorted(settings.items())))  # type: ignore[arg-type]
    phrases = tuple(Phrase(index + place, Window(0, 4000), text) for place, text in enumerate(texts))
    return Line(index, "A", voice, phrases, "en", speed, redo)


def build_street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, House]]:
    """The houses by name; `hum` and `bomb` are found as installed backends."""
    installed = tmp_path / "site" / "street-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: street\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[dubber.backends]\nhum = tests.houses:Hum\nbomb = tests.houses:Bomb\n")
    monkeypatch.syspath_prepend(str(installed.parent))
    STREET.clear()
    OPENED.clear()
    STREET["one"] = House()
    for cached in (backends.find, backends.names):
        cached.cache_clear()
    yield STREET
    for cached in (backends.find, backends.names):
        cached.cache_clear()
