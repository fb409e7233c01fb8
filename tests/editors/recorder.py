"""A command in the place of dub that writes down the words it is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOSTILE = 'it\'s "Größe" $(touch pwned) `touch pwned` %PATH% & 映画; \\ -->.mov'  # a file's name, on Linux
PROFILE = "größe $(touch pwned) 'the' \"cast\".toml"


@dataclass(frozen=True)
class Recorder:
    """Every start becomes a file in the folder."""

    folder: Path

    @property
    def command(self) -> tuple[str, ...]:
        return ("/bin/sh", str(Path(__file__).with_suffix(".sh").absolute()), str(self.folder))

    @property
    def calls(self) -> list[list[str]]:
        """The words of each start, the first one first."""
        files = sorted(self.folder.iterdir(), key=lambda path: int(path.name))
        return [path.read_text(encoding="utf-8").split("\0")[:-1] for path in files]

    def call(self) -> list[str]:
        """The words of the only start."""
        (words,) = self.calls
        return words
