"""What hooks did while nobody looked: lines in a file of the user's log folder."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime

FULL = 1_000_000  # bytes after which a log is put aside; one old one is kept


class Logbook:
    """A log that several processes write to, a line at a time."""

    def __init__(self, name: str) -> None:
        from platformdirs import user_log_path

        self.path = user_log_path("dub", appauthor=False) / f"{name}.log"
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.path.exists() and self.path.stat().st_size > FULL:
                self.path.replace(self.path.with_suffix(".old.log"))

    def say(self, text: str) -> None:
        """Write a line. A log that cannot be written (a full disk) stops no work."""
        plain = "".join(char if char.isprintable() else " " for char in text)
        line = f"{datetime.now():%Y-%m-%d %H:%M:%S} [{os.getpid()}] {plain}\n"
        with suppress(OSError), self.path.open("ab") as file:
            file.write(line.encode(errors="backslashreplace"))
