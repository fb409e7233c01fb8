"""What became of each film of a watched folder: in SQLite, so that a crash or a reboot forgets nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from time import time
from typing import Literal

from dubber.errors import ToolError
from dubber.files.atomic import make_folder, share
from dubber.files.store import Store

AGAIN = 3600.0  # s after which a film that failed is tried again
SOON = 300.0  # s after which it is when the fault lay outside its files: a server was down, a disk was full
Fate = Literal["dubbed", "done", "waiting", "failed"]


@dataclass(frozen=True, slots=True)
class FilmRecord:
    """What became of a film. mark: its files as they were then; settings: its dub.toml and cast.toml as they were.

    at: seconds since 1970. reason: of a failure or a wait. output: what was written. passing: the fault lay outside the
    film's files.
    """

    fate: Fate
    mark: str
    settings: str
    at: float
    reason: str = ""
    output: str = ""
    passing: bool = False

    def holds(self, mark: str, settings: str) -> bool:
        """Whether nothing has changed since. What was dubbed stays dubbed when settings change, as long as its output
        is there; what was not is tried again then, and a failure after a while too."""
        if mark != self.mark or self.fate in ("dubbed", "done"):
            return mark == self.mark and (not self.output or Path(self.output).is_file())
        wait = SOON if self.passing else AGAIN
        return settings == self.settings and (self.fate == "waiting" or time() < self.at + wait)


COLUMNS = (
    "fate TEXT", "mark TEXT", "settings TEXT", "at REAL", "reason TEXT DEFAULT ''", "output BLOB DEFAULT x''",
    "passing INTEGER DEFAULT 0",
)  # fmt: skip
NAMES = tuple(column.split()[0] for column in COLUMNS)


def _memo(fate: Fate, mark: str, settings: str, at: float, reason: str, output: bytes, passing: int) -> FilmRecord:
    return FilmRecord(fate, mark, settings, at, reason or "", os.fsdecode(output or b""), bool(passing))


def of_folder(folder: Path, store: Path | None = None) -> WatchState:
    """What is kept of a watched folder."""
    name = blake2b(os.fsencode(folder.absolute()), digest_size=16).hexdigest()
    return WatchState(Store(store).root / "watch" / f"{name}.sqlite")


class WatchState:
    """The memos of a folder's films, by path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            make_folder(path.parent)
        except OSError as error:
            raise ToolError(
                f"cannot be made: {error.strerror}", where=str(path.parent), advice="see DUB_STORE"
            ) from error
        with self._open() as base:
            share(path)
            base.execute(
                "CREATE TABLE IF NOT EXISTS memos (film BLOB PRIMARY KEY, fate TEXT, mark TEXT, settings TEXT, at REAL)"
            )
            known = {row[1] for row in base.execute("PRAGMA table_info(memos)")}
            for column in COLUMNS[4:]:  # databases of before
                if column.split()[0] not in known:
                    base.execute(f"ALTER TABLE memos ADD COLUMN {column}")

    def memos(self) -> dict[Path, FilmRecord]:
        """Every film that something is known of."""
        with self._open() as base:
            rows = base.execute(f"SELECT film, {', '.join(NAMES)} FROM memos").fetchall()
        return {Path(os.fsdecode(film)): _memo(*rest) for film, *rest in rows}

    def note(self, film: Path, memo: FilmRecord) -> None:
        plain = (memo.fate, memo.mark, memo.settings, memo.at, memo.reason.encode(errors="replace").decode())
        row = (os.fsencode(film), *plain, os.fsencode(memo.output), memo.passing)
        with self._open() as base:
            base.execute(
                f"INSERT OR REPLACE INTO memos (film, {', '.join(NAMES)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row
            )

    def forget(self, films: Iterable[Path]) -> None:
        """Look at these films as at new ones."""
        with self._open() as base:
            base.executemany("DELETE FROM memos WHERE film = ?", [(os.fsencode(film),) for film in films])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=30.0)) as base, base:
                yield base
        except sqlite3.Error as error:
            advice = "make room, or remove it: films that are dubbed are found"
            raise ToolError(f"cannot be used: {error}", where=str(self._path), advice=advice) from error
