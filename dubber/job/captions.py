"""What is spoken, as a subtitle file of its own.

For films whose words came in a form that no container carries, or with times that are not the film's.
"""

from __future__ import annotations

from collections.abc import Iterable

from dubber.model import Line
from dubber.timecode import clock


def subrip(lines: Iterable[Line]) -> str:
    """The lines as SubRip, a cue for each phrase."""
    phrases = sorted((phrase for line in lines for phrase in line.phrases), key=lambda phrase: phrase.window)
    cues = (
        f"{number}\n{_time(phrase.window.start)} --> {_time(phrase.window.end)}\n{phrase.text.replace('-->', '→')}\n"
        for number, phrase in enumerate(phrases, 1)
    )
    return "\n".join(cues)


def _time(time: int) -> str:
    return clock(time).replace(".", ",")
