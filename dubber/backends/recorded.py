"""A take that a person recorded: a sound file, played as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from dubber.backends.base import Backend
from dubber.errors import InputError
from dubber.files.input_files import read_bytes
from dubber.model import Audio, Line
from dubber.schema import Setting

HEAVIEST = 100_000_000  # bytes of a recording that is taken and played


@dataclass(frozen=True)
class RecordedVoice:
    """Which recording is played."""

    file: Annotated[Path, Setting("a sound file with the line, and nothing else")] = Path()


class Recorded(Backend):
    """Plays what a person recorded for a line."""

    name = "recorded"
    voice = RecordedVoice
    judged = False

    def preflight(self, line: Line) -> None:
        self.synthesize(line)

    def synthesize(self, line: Line) -> Audio:
        """The recording. Raises InputError when it is not there, or is no sound."""
        from dubber.media.audio import decode

        path = self.settings_of(line.voice).file
        try:
            return decode(read_bytes(path, HEAVIEST))
        except ValueError as error:
            raise InputError(f"is no recording: {error}", where=str(path)) from None
