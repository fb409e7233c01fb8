"""What an editor asks dub for, and what became of it."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from dubber.errors import InputError
from dubber.unattended.results import Status

EVENT = re.compile(r"[A-Za-z0-9][\w.-]{0,63}", re.ASCII)
PLACE = re.compile(r"\{(output|media|event|status|reason)\}")


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A film to be dubbed. Raises InputError for an event or a command that cannot be one.

    event: what happened, as "blender.rendered"; for the log and the user's command. subtitles: None: by the sidecar
    rule. offset: ms added to every cue's time; a film rendered from the 60th second on has -60,000. settle: seconds
    for which the film and its subtitles must have been still. after: the user's command, see `filled`.
    """

    event: str
    media: Path
    subtitles: Path | None = None
    offset: int = 0
    settle: float = 5.0
    after: str = ""

    def __post_init__(self) -> None:
        if not EVENT.fullmatch(self.event):
            raise InputError(f"{self.event!r} is no name of an event", advice="letters, digits, . - _")
        words(self.after)


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of an order. done: it was dubbed before, from the same; left: it is none to be dubbed.

    reason: why it is failed or left. remark: what the film lacks that was dubbed; broken: how many pieces of text are
    broken in its subtitles.
    """

    order: HookRequest
    status: Status
    output: Path | None = None
    reason: str = ""
    remark: str = ""
    broken: int = 0

    def __str__(self) -> str:
        remark = f" ({self.remark})" if self.remark else ""
        return f"{self.order.media}: {self.status}: {self.reason or self.output}{remark}"

    @property
    def facts(self) -> dict[str, str]:
        """What the user's command is told."""
        order = self.order
        told = {"output": self.output or "", "media": order.media, "event": order.event}
        return {key: str(value) for key, value in {**told, "status": self.status, "reason": self.reason}.items()}


def words(command: str) -> list[str]:
    """A command's words: split as a shell would, but nothing in them means anything. Raises InputError."""
    lexer = shlex.shlex(command, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    if sys.platform == "win32":
        lexer.escape = ""  # C:\tools\send.exe
    try:
        return list(lexer)
    except ValueError as error:
        raise InputError(f"cannot be split into words: {error}", where=f"--exec {command!r}") from None


def filled(command: str, facts: dict[str, str]) -> list[str]:
    """A command's words, split first and filled then: {output}, {media}, {event}, {status} and {reason}."""
    return [PLACE.sub(lambda place: facts[place[1]], word) for word in words(command)]
