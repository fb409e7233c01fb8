"""The lines of a film to takes that are proven: synthesis, and verification beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dubber.errors import BackendError
from dubber.files.store import Store
from dubber.model import Event, Line, Take
from dubber.synthesis.recognition import Listening
from dubber.synthesis.settings import Synthesis
from dubber.synthesis.synthesize import Failure
from dubber.synthesis.verification import Means, prove
from dubber.timecode import cue_at

Tell = Callable[[Event], None]


class Speak(Protocol):
    """Synthesis as the job has set it up."""

    def __call__(self, lines: Iterable[Line], *, on_event: Tell) -> Iterator[Take | Failure]: ...


@dataclass(frozen=True)
class Speaking:
    """Who speaks the lines of a job, and who hears whether they are what was to be said."""

    speak: Speak
    store: Store
    settings: Synthesis
    listening: Listening
    on_event: Tell

    def takes(self, lines: Iterable[Line]) -> tuple[tuple[Take, ...], tuple[Failure, ...]]:
        """A proven take of each line, in order; and the lines that nobody could speak."""
        takes, failures = self._synthesize(lines, self.on_event)
        means = replace(self._means(), speak=self._again, tries=self.settings.tries)
        return prove(takes, means), failures

    def faster(self, lines: Sequence[Line]) -> tuple[Take, ...]:
        """Second readings. One that fails, or is doubted, costs nothing: its line keeps the natural take, which is
        stretched instead."""
        first = f"the first: {_place(lines[0])}, ×{lines[0].speed / lines[0].usual:.2f}"
        told = f"{_count(lines)} too long for the time that there is, and read again, faster ({first})"
        self.on_event(Event("note", "synthesis", told))
        try:
            takes = self._synthesize(lines, self._because("again, faster"))[0]
        except BackendError as error:
            self._warn(f"lines that were to be read faster are stretched instead: {error}")
            return ()
        return tuple(take for take in prove(takes, self._means()) if not take.proof.doubt)

    def _means(self) -> Means:
        return Means(self.store, hear=self.listening.heard, everything=self.settings.verify == "all")

    def _again(self, lines: Sequence[Line], why: Sequence[str]) -> tuple[Take, ...]:
        """New takes of lines whose takes are doubted. Where none can be had, the doubted one is used, and told."""
        told = f"{_count(lines)} doubted, and spoken again (the first: {_place(lines[0])}: {why[0]})"
        self.on_event(Event("note", "synthesis", told))
        try:
            return self._synthesize(lines, self._step)[0]
        except BackendError as error:
            self._warn(f"doubted takes are used as they are: {error}")
            return ()

    def _step(self, event: Event) -> None:
        """Progress alone: a line that could not be spoken again is not a line that is not spoken."""
        if not event.warns:
            self._because("again, doubted")(event)

    def _because(self, why: str) -> Tell:
        """Tells of a pass that is not the first, with why there is one."""
        return lambda event: self.on_event(replace(event, message=why) if event.kind == "stage" else event)

    def _warn(self, message: str) -> None:
        self.on_event(Event("warning", "synthesis", message))

    def _synthesize(self, lines: Iterable[Line], tell: Tell) -> tuple[tuple[Take, ...], tuple[Failure, ...]]:
        takes, failures = list[Take](), list[Failure]()
        for outcome in self.speak(lines, on_event=tell):
            if isinstance(outcome, Take):
                takes.append(outcome)
                self.listening.begin(outcome)
            else:
                failures.append(outcome)
        takes.sort(key=lambda take: take.line.index)
        return tuple(takes), tuple(failures)


def _count(lines: Sequence[Line]) -> str:
    return f"{len(lines)} lines are" if len(lines) > 1 else "1 line is"


def _place(line: Line) -> str:
    return cue_at(line.place["cue"], line.place["at"])
