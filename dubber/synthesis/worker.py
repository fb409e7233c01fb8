"""A worker: one open backend that speaks one line after the other. It asks, checks, measures and stores; what leaves it
is the Take, a value of some hundred bytes. Runs in a worker: a thread, a process or another machine.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from dubber.backends import find
from dubber.backends.base import Backend
from dubber.errors import BackendError, BackendUnavailable, DubError
from dubber.files.store import Store
from dubber.media import loudness, speech
from dubber.model import Audio, Line, Span, Take
from dubber.schema import fields_of
from dubber.synthesis import identity, take_key
from dubber.synthesis.duration import Expected, count
from dubber.synthesis.validate import complaint, cut_off, doubt

SEEDS = 2**31 - 1
LEAST = 20.0  # ms; no phrase of a take is shorter than this, however the sound falls


@dataclass(frozen=True)
class Task:
    """What a worker is asked: the line, where to keep the take, and which try this is (from 0).

    expected: what the voice's other takes promise of its length, or None. speakers: what may speak it, as
    Backend.identity says it; empty: anything. last: there is no other try, so a take that is only doubted is kept:
    verification.py judges it with all takes of the film.
    """

    line: Line
    key: str
    root: Path
    options: Mapping[str, Any]
    attempt: int = 0
    expected: Expected | None = None
    speakers: frozenset[str] = frozenset()
    last: bool = False


class Worker:
    """Opens its backend with the first line, in the thread that speaks it."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self._name, self._options = name, options
        self._backend: Backend | None = None
        self._closed = threading.Event()

    def perform(self, task: Task) -> Take:
        """Raises BackendError and its kin from the backend or for a bad take, ToolError from the store."""
        backend = self._opened()
        try:
            asked = _seeded(task.line, type(backend), task.attempt)
            audio = backend.synthesize(asked)
            fault = complaint(task.line, audio) if backend.judged else None
            if fault:
                raise BackendError(fault)
            facts = measure(task.line, audio, backend.marks(task.line, audio))
            fault = _doubt(task, facts, type(backend))
            if fault:
                raise BackendError(fault)
            by = self._speaker(backend, task)
        except DubError:
            raise
        except Exception as error:  # a backend that lets a foreign exception through is still only one failed line
            raise BackendError(f"{self._name} failed: {type(error).__name__}: {error}") from error
        store = Store(task.root)
        facts["by"], key = str(by), take_key.of(task.key, str(by))
        facts["natural"] = natural(task.line, facts, store)
        facts |= _seed(asked, type(backend))
        store.save(key, audio, {**facts, "made": datetime.now(UTC).isoformat(timespec="seconds")})
        store.renew(take_key.utterance(task.line, type(backend)), task.line.redo)
        return Take.known(task.line, key, facts, "retried" if task.attempt else "fresh")

    def _speaker(self, backend: Backend, task: Task) -> identity.Identity:
        """What spoke just now. A server that has become another one since the job began speaks no more of its lines."""
        by = identity.of(backend, self._options, task.line.voice, Store(task.root))
        if task.speakers and by.what not in task.speakers:
            before = "; ".join(sorted(task.speakers))
            raise BackendUnavailable(
                f"is {by.what} now and was {before} when the job began", where=by.host or task.line.voice.backend,
                advice="run again: what the other one spoke is then told apart", lasting=True,
            )  # fmt: skip
        return by

    def stop(self) -> None:
        """The user pressed Ctrl-C, or the line takes too long."""
        if self._backend is not None:
            with suppress(Exception):
                self._backend.stop()

    def close(self) -> None:
        if self._backend is not None and not self._closed.is_set():
            self._closed.set()
            with suppress(Exception):
                self._backend.close()

    def _opened(self) -> Backend:
        if self._backend is None:
            self._backend = find(self._name)(**self._options)
        return self._backend


_workers: dict[tuple[str, str], Worker] = {}


def perform(task: Task) -> Take:
    """In a worker process: its worker for this backend, opened once."""
    from multiprocessing.util import Finalize

    place = (task.line.voice.backend, repr(sorted(task.options.items())))
    if place not in _workers:
        _workers[place] = Worker(task.line.voice.backend, task.options)
        Finalize(_workers[place], _workers[place].close, exitpriority=10)
    return _workers[place].perform(task)


def _doubt(task: Task, facts: Mapping[str, Any], backend: type[Backend]) -> str | None:
    """Why the line is to be asked for once more; None where that brings nothing else."""
    if task.last or not varies(backend):
        return None
    length = sum(end - start for start, end in facts["spans"])
    return doubt(task.line, length, task.expected, cut_off="cut_off" in facts)


def varies(backend: type[Backend]) -> bool:
    """Whether a line that is asked for again can sound otherwise. What computes here and has no seed cannot."""
    return backend.judged and backend.speech and (backend.runs == "thread" or "seed" in fields_of(backend.voice))


def measure(line: Line, audio: Audio, marks: tuple[float, ...] | None) -> dict[str, Any]:
    """Where speech is in a good take, for each phrase; its inner silences; its energies.

    "cut_off": the sound stops at full level. "guessed": where its phrases begin, nobody said.
    """
    if not len(audio.samples) or not count(line.text).spoken:
        whole = Span(0.0, max(LEAST, audio.milliseconds))
        pauses: tuple[Span, ...] = ()
    else:
        whole = speech.speech_span(audio) or Span(0.0, max(LEAST, audio.milliseconds))
        pauses = speech.pauses(audio, whole)
    odd = {"cut_off": cut_off(audio), "guessed": len(line.phrases) > 1 and marks is None}
    return {
        **{name: True for name, true in odd.items() if true},
        "spans": [_pair(span) for span in _phrases(line, whole, pauses, marks)],
        "pauses": [_pair(pause) for pause in pauses],
        "energies": [float(f"{energy:.6g}") for energy in loudness.energies(audio)],
    }


def _pair(span: Span) -> tuple[float, float]:
    return round(span.start, 3), round(span.end, 3)


def _phrases(line: Line, whole: Span, pauses: tuple[Span, ...], marks: tuple[float, ...] | None) -> tuple[Span, ...]:
    """One span for each phrase: cut at the backend's marks, else at the pauses nearest to the words' share."""
    if len(line.phrases) == 1:
        return (whole,)
    if marks is None or len(marks) != len(line.phrases) - 1:
        marks = _shares(line, whole)
    cuts = [_pause_at(mark, pauses, reach=0.25 * whole.length / len(line.phrases)) for mark in marks]
    edges, last = [], whole.start
    for number, cut in enumerate(cuts):
        room = whole.end - LEAST * (len(cuts) - number)
        start = min(max(cut.start, last + LEAST), room)
        end = min(max(cut.end, start), room)
        edges.append((start, end))
        last = end
    starts = [whole.start, *(end for _, end in edges)]
    ends = [*(start for start, _ in edges), whole.end]
    return tuple(Span(start, max(start, end)) for start, end in zip(starts, ends, strict=True))


def _shares(line: Line, whole: Span) -> tuple[float, ...]:
    weights = [1 + count(phrase.text).weight for phrase in line.phrases]
    done = [sum(weights[: place + 1]) / sum(weights) for place in range(len(weights) - 1)]
    return tuple(whole.start + share * whole.length for share in done)


def _pause_at(mark: float, pauses: tuple[Span, ...], reach: float) -> Span:
    """The pause around or near a mark; the mark itself where there is none."""
    near = [pause for pause in pauses if pause.start - reach <= mark <= pause.end + reach]
    return min(near, key=lambda pause: _distance(mark, pause), default=Span(mark, mark))


def _distance(mark: float, pause: Span) -> tuple[float, float]:
    return max(0.0, pause.start - mark, mark - pause.end), -pause.length


def natural(line: Line, facts: Mapping[str, Any], store: Store) -> list[float]:
    """The lengths at speed 1, by the take at the line's usual speed where there is one, else by the speed asked for."""
    lengths = [(end - start) * line.speed for start, end in facts["spans"]]
    if line.speed == line.usual:
        return lengths
    usual = take_key.asked(replace(line, speed=line.usual), find(line.voice.backend))
    base = store.facts(take_key.of(usual, str(facts.get("by", "")))) or store.facts(usual)
    if base and len(base["spans"]) == len(lengths):
        return [(end - start) * line.usual for start, end in base["spans"]]
    return lengths


def _seed(line: Line, backend: type[Backend]) -> dict[str, Any]:
    """What the line was spoken with, where its voice has a seed."""
    field = fields_of(backend.voice).get("seed")
    return {"seed": line.voice.get("seed", field.default)} if field else {}


def _seeded(line: Line, backend: type[Backend], attempt: int) -> Line:
    """Another try, or a redone line, speaks with another seed where the voice has one; the key stays the line's."""
    fields = fields_of(backend.voice)
    if "seed" not in fields or not (attempt or line.redo):
        return line
    settings, field = dict(line.voice.settings), fields["seed"]
    first = settings.get("seed", field.default)
    low, high = int(field.setting.low or 0), int(field.setting.high or SEEDS)
    mixed = blake2b(f"{first} {line.redo} {attempt}".encode(), digest_size=8).digest()
    settings["seed"] = max(0, low) + int.from_bytes(mixed, "big") % (high - max(0, low) + 1)
    return replace(line, voice=replace(line.voice, settings=tuple(sorted(settings.items()))))
