"""How a command ends: what an error means for the exit status, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from dubber.cli._stopping import STATUS, WORDS
from dubber.errors import DubError, of_the_machine

if TYPE_CHECKING:
    from collections.abc import Mapping

Verdict = Literal["complete", "incomplete", "failed", "refused", "stopped"]


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a command. status: its exit status. reason: why that is not 0, in sentences. output: the film that
    was written. report: the file that says what became of each line, or of each film. facts: more, as JSON can say it.
    """

    status: int = 0
    reason: str = ""
    output: Path | None = None
    report: Path | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """complete: all that was asked for. incomplete: a film, or some, but not all that should be in it. failed:
        nothing. refused: the user has to change something. stopped: by the user; what is finished is kept."""
        if self.status in (0, 2, STATUS):
            return {0: "complete", 2: "refused", STATUS: "stopped"}[self.status]  # type: ignore[return-value]
        return "incomplete" if self.output or self.report or self.facts else "failed"


def of(error: BaseException) -> tuple[int, str, str]:
    """What an error that ends a command means: (exit status, what is wrong, what to do); what is said may be ""."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code, "", ""
        case KeyboardInterrupt() | click.Abort():
            return STATUS, WORDS, ""
        case click.ClickException():
            return 2, error.format_message(), _hint(error)
        case BrokenPipeError():  # the reader of our output has gone, as `head` does
            return 1, "", ""
        case DubError():
            return error.exit_code, str(error), ""
    if trouble := of_the_machine(error):
        return trouble.exit_code, str(trouble), ""
    return 1, f"dub itself failed: {type(error).__name__}: {error}", "--debug shows where; please report it"


def _hint(error: click.ClickException) -> str:
    context: Any = getattr(error, "ctx", None)
    return f"see `{context.command_path} --help`" if context and context.command_path else ""
