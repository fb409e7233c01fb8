"""`--json`: what a command does, as events: a line of JSON each, on stdout. The last says how it ended.

docs/json.md tells their readers what stands in them, and docs/events.schema.json holds them to it.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dubber import __version__
from dubber.cli import _endings
from dubber.cli._endings import Ending
from dubber.job.events import left_out, unfit
from dubber.model import Event

if TYPE_CHECKING:
    from dubber.job.report import Report
    from dubber.unattended.results import Result

SCHEMA = 1  # of events: raised when a name that stands in one now changes its meaning, or goes
HELP = "Events on stdout, a line of JSON each (docs/json.md); of a look, one document: --json=events for events."
Command = Callable[..., Ending]
_printing = threading.Lock()  # films of a batch tell from threads of their own


def tell(event: Event) -> None:
    """Print an event, whole and at once. A program that no longer reads is no reason to leave a film undone."""
    from dubber.cli import console

    line = console.escaped(json.dumps(asdict(event), ensure_ascii=False, default=console.plain))
    with _printing:
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except (OSError, ValueError):
            console.silence(1)


def note(text: str) -> None:
    """A sentence for the user, as an event."""
    tell(Event("note", message=text))


def screen(streaming: bool, quiet: bool) -> AbstractContextManager[Callable[[Event], None]]:
    """Where events go: to a program, or to the terminal."""
    from dubber.cli import console

    return nullcontext(tell) if streaming else console.Screen(quiet=quiet)


def streamed(
    name: str, document: Callable[[Mapping[str, Any]], bool] = lambda given: False
) -> Callable[[Command], Callable[..., int]]:
    """Give a command --json. It is told its form, and returns its Ending; around it stand the first and last event.

    document: says of the options given whether --json means one document, as of a look at what would be done, which the
    command prints itself; --json=events means events there too.
    """

    def around(command: Command) -> Callable[..., int]:
        @click.option("--json", "as_json", is_flag=True, help=HELP)
        @click.option("--json-events", "as_events", is_flag=True, hidden=True, help="Same as --json=events.")
        @wraps(command)
        def run(*, as_json: bool, as_events: bool, **given: Any) -> int:
            if as_events or (as_json and not document(given)):
                return _streamed(name, partial(command, form="events", **given))
            return command(form="document" if as_json else "text", **given).status

        return run

    return around


def _streamed(name: str, command: Callable[[], Ending]) -> int:
    tell(Event("begin", detail={"command": name, "dub": __version__, "schema": SCHEMA}))
    try:
        ending = command()
    except (Exception, KeyboardInterrupt) as error:
        status, reason, _ = _endings.of(error)
        tell(result(Ending(status, reason)))
        raise
    tell(result(ending))
    return ending.status


def result(ending: Ending) -> Event:
    """How a command ended."""
    paths = {"output": ending.output, "report": ending.report}
    detail = {"verdict": ending.verdict, "status": ending.status, **paths, **ending.facts}
    return Event("result", message=ending.reason, detail=detail)


def tell_foreseen(report: Report) -> None:
    """What a look at a film found, as the events that its dubbing would tell."""
    for event in _foreseen(report):
        tell(event)
    for text in report.space or ():
        tell(Event("warning", "disk", text))


def _foreseen(report: Report) -> Iterator[Event]:
    for version in report.versions:
        for warning in version.warnings:
            yield Event("warning", "reading", warning)
        for text in version.notes:
            yield Event("note", "reading", text)
        for left in version.left_out:
            yield left_out(version.subtitles, left)
        for line in version.lines:
            if "unfit" in line.concessions:
                place = {"line": line.line, "cue": line.cue, "at": line.window[0]}
                yield unfit(place, line.text, line.concessions["unfit"])


class Films(AbstractContextManager["Films"]):
    """What becomes of many films, as events that name theirs. To a program what cli/_board.py is to a person."""

    def __exit__(self, *_: object) -> None:
        pass

    def tell(self, film: Path | None, event: Event) -> None:
        """Something happened to a film, or to the voices (None)."""
        tell(replace(event, film=str(film)) if film else event)

    def ended(self, result: Result) -> None:
        from dubber.unattended.results import event

        tell(event(result))

    def say(self, text: str) -> None:
        note(text)
