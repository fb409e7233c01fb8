"""What a job tells of its files and of its plan, as events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from dubber.model import Event, LeftOut, Plan, Take
from dubber.timecode import cue_at

if TYPE_CHECKING:
    from dubber.job.versions import Version

Tell = Callable[[Event], None]


def note(sentences: Iterable[str], on_event: Tell) -> None:
    """Tell each sentence as a note."""
    for sentence in sentences:
        on_event(Event("note", message=sentence))


def notes_of(chosen: Iterable[Version], on_event: Tell) -> None:
    """What reading the subtitles says: warnings, notes, and each piece of text that is left out."""
    for version in chosen:
        for warning in version.warnings:
            on_event(Event("warning", "reading", warning))
        for sentence in version.script.notes:
            on_event(Event("note", "reading", f"{version.name}: {sentence}"))
        for left in version.script.left_out:
            on_event(left_out(version.name, left))


def left_out(name: str, left: LeftOut) -> Event:
    """A piece of text of a subtitle file that is not spoken. name: of the file."""
    told = f"{name}, line {left.number}: not spoken: {left.reason}"
    return Event("left_out", "reading", told, detail=asdict(left))


def unfit_lines(plan: Plan, takes: Sequence[Take], on_event: Tell) -> None:
    """The lines for whose sake others start later than they may."""
    lines = {take.line.index: take.line for take in takes}
    for one in plan.placements:
        for granted in one.concessions:
            if granted.kind == "unfit":
                on_event(unfit(lines[one.line].place, lines[one.line].text, granted.amount))


def unfit(place: Mapping[str, int], text: str, too_long: float) -> Event:
    """A line that is too long for its place, by so many ms. place: Line.place."""
    told = f"{cue_at(place['cue'], place['at'])}: is {too_long:.0f} ms too long for its place"
    return Event("unfit", "mixing", told, detail={**place, "text": text, "too_long": round(too_long)})


def as_one_of(tell: Tell, place: int, count: int, event: Event) -> None:
    """The progress of one track as that of all of them, which are about as long as it."""
    tell(replace(event, done=place * event.total + event.done, total=count * event.total))
