"""A folder → jobs, once their files have settled.

Events only wake the watcher; what is to be done follows from looking at the folder, so that an event lost is no film
lost. A film is ready when its size and times, and those of its subtitles, have been still for some seconds, and it
probes whole. What was done or failed is remembered in SQLite with the sizes and times that it had: a change of either
file is a new film. Whether an output is up to date is decided by content (records.py), and two watchers are kept
apart by the lock on the output.
"""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from time import monotonic, time
from typing import Any

from dubber import batch, library, settling
from dubber.batch import Batch, Plan, Result
from dubber.errors import DubError, ToolError
from dubber.library import Found, Shelf, Wishes
from dubber.settling import Settling
from dubber.store import Store

AGAIN = 3600.0  # s after which a film that failed is tried again: its servers may have been down
FAILED = "failed"  # the folder of the logs
ADVICE = "The film stays where it is; it is tried again in an hour, or when one of its files changes."
BUSY = "another run is writing it"
WAITING = ("has no subtitle track", "changed while it was")  # not failures: something is still to come


@dataclass(frozen=True, slots=True)
class Pace:
    """settle: seconds that files must have been still. rescan: seconds between looks without any event."""

    settle: float = 5.0
    rescan: float = 60.0
    poll: bool = False


class Memory:
    """What became of each film, by its files' sizes and times."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = path
        with self._open() as base:
            base.execute("CREATE TABLE IF NOT EXISTS films (film TEXT PRIMARY KEY, mark TEXT, status TEXT, at REAL)")

    def status(self, film: Path, mark: str) -> str:
        """What became of a film with these files; "" when nothing yet, or a failure so old that it is tried again."""
        question = "SELECT status FROM films WHERE film = ? AND mark = ? AND (status != 'failed' OR at > ?)"
        with self._open() as base:
            row = base.execute(question, (str(film), mark, time() - AGAIN)).fetchone()
        return str(row[0]) if row else ""

    def note(self, film: Path, mark: str, status: str) -> None:
        with self._open() as base:
            base.execute("INSERT OR REPLACE INTO films VALUES (?, ?, ?, ?)", (str(film), mark, status, time()))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=30.0)) as base, base:
                yield base
        except sqlite3.Error as error:
            raise ToolError(
                f"cannot be used: {error}", where=str(self._path), advice="remove it; films are found"
            ) from error


@dataclass
class Watcher:
    """Watches a folder. say: a line for the log, as things happen."""

    folder: Path
    wishes: Wishes
    pace: Pace = field(default_factory=Pace)
    plan: Plan = field(default_factory=Plan)
    say: Callable[[str], None] = lambda text: None

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        name = blake2b(str(self.folder).encode(errors="surrogateescape"), digest_size=16).hexdigest()
        self.memory = Memory(Store(self.wishes.store).root / "watch" / f"{name}.sqlite")
        self._settling = Settling(self.pace.settle)
        self._wake = threading.Event()

    def run(self, *, once: bool = False) -> int:
        """Until Ctrl-C or SIGTERM; once: until everything that can be done is done. Gives how many films failed."""
        failed = 0
        with self._events():
            while True:
                self._wake.clear()
                ready, unsettled = self.look()
                failed += sum(result.status == "failed" for result in self._dub(ready))
                if once and not ready and not unsettled:
                    return failed
                self.say(f"heartbeat: {len(self._settling)} films seen, {unsettled} not settled yet")
                self._wake.wait(min(self.pace.settle, 1.0) if unsettled else self.pace.rescan)

    def look(self) -> tuple[list[tuple[Found, str]], int]:
        """The films that are ready, each with its mark, and how many are not settled."""
        ready, unsettled, now = [], 0, monotonic()
        with suppress(DubError):  # a folder that vanished while it was read is looked at again
            for found in library.find([self.folder]):
                mark = settling.mark(found)
                if mark is None or FAILED in found.film.relative_to(self.folder).parts[:-1]:
                    continue
                if self.memory.status(found.film, mark):
                    continue
                if self._settling.still(found.film, mark, now):
                    ready.append((found, mark))
                else:
                    unsettled += 1
        return ready, unsettled

    def _dub(self, ready: list[tuple[Found, str]]) -> list[Result]:
        if not ready:
            return []
        shelf, marks = Shelf(self.wishes, top=self.folder), {found.film: mark for found, mark in ready}
        results = []
        for result in Batch(self.plan).run([batch.entry(found, shelf) for found, _ in ready]):
            results.append(result)
            self._ended(result, marks[result.film])
        return results

    def _ended(self, result: Result, mark: str) -> None:
        log = self.folder / FAILED / f"{result.film.name}.log"
        if result.status != "failed":
            self.memory.note(result.film, mark, result.status)
            log.unlink(missing_ok=True)
            self.say(f"{result.film}: {result.status}: {result.output}")
        elif BUSY in result.reason:
            self._settling.forget(result.film)  # another watcher has it: looked at again later
        else:
            waiting = any(words in result.reason for words in WAITING)
            self.memory.note(result.film, mark, "waiting" if waiting else "failed")
            self.say(f"{result.film}: {'waits' if waiting else 'failed'}: {result.reason}")
            if not waiting:
                log.parent.mkdir(exist_ok=True)
                log.write_text(f"{result.reason}\n{ADVICE}\n")

    @contextmanager
    def _events(self) -> Iterator[None]:
        from watchdog.events import FileSystemEventHandler
        from watchdog.observers import Observer
        from watchdog.observers.polling import PollingObserver

        wake = self._wake

        class Waker(FileSystemEventHandler):
            def on_any_event(self, event: Any) -> None:
                if event.event_type in ("closed", "created", "moved", "modified", "deleted"):
                    wake.set()

        observer: Any = PollingObserver() if self.pace.poll else Observer()
        observer.schedule(Waker(), str(self.folder), recursive=True)
        try:
            observer.start()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EMFILE):
                raise ToolError(f"cannot be watched: {error.strerror}", where=str(self.folder)) from error
            self.say(f"the system watches no more folders ({error.strerror}): looking every {self.pace.rescan:g} s")
            yield
            return
        try:
            yield
        finally:
            observer.stop()
            observer.join(5.0)
