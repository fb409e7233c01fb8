"""What became of each film of a watched folder: in SQLite, so that a crash or a reboot forgets nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Literal

from dubber.errors import ToolError

AGAIN = 3600.0  # s after which a film that failed is tried again: its servers may have been down
Fate = Literal["dubbed", "done", "waiting", "failed"]


@dataclass(frozen=True, slots=True)
class Memo:
    """What became of a film. mark: its files as they were then; settings: its dub.toml and cast.toml as they were."""

    fate: Fate
    mark: str
    settings: str
    at: float

    def holds(self, mark: str, settings: str) -> bool:
        """Whether nothing has changed since. What was dubbed stays dubbed when settings change; what was not is tried
        again then, and a failure after an hour too."""
        if mark != self.mark or self.fate in ("dubbed", "done"):
            return mark == self.mark
        return settings == self.settings and (self.fate == "waiting" or time() < self.at + AGAIN)


class Memory:
    """The memos of a folder's films, by path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ToolError(
                f"cannot be made: {error.strerror}", where=str(path.parent), advice="see DUB_STORE"
            ) from error
        with self._open() as base:
            base.execute(
                "CREATE TABLE IF NOT EXISTS memos (film BLOB PRIMARY KEY, fate TEXT, mark TEXT, settings TEXT, at REAL)"
            )

    def memos(self) -> dict[Path, Memo]:
        """Every film that something is known of."""
        with self._open() as base:
            rows = base.execute("SELECT film, fate, mark, settings, at FROM memos").fetchall()
        return {Path(os.fsdecode(film)): Memo(*rest) for film, *rest in rows}

    def note(self, film: Path, memo: Memo) -> None:
        row = (os.fsencode(film), memo.fate, memo.mark, memo.settings, memo.at)
        with self._open() as base:
            base.execute("INSERT OR REPLACE INTO memos VALUES (?, ?, ?, ?, ?)", row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=30.0)) as base, base:
                yield base
        except sqlite3.Error as error:
            advice = "make room, or remove it: films that are dubbed are found"
            raise ToolError(f"cannot be used: {error}", where=str(self._path), advice=advice) from error
