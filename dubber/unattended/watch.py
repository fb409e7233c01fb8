"""A folder → jobs, once their files have settled.

Events only wake the watcher; what is to be done follows from looking at the folder, so that an event lost is no film
lost. A film is ready when nobody writes it or its subtitles, their sizes and times have been still for some seconds,
and it probes whole. What became of it is remembered with the sizes and times that it had (memory.py): a change of
either file makes it a new film. Whether an output is up to date is decided by content (records.py), and two watchers
are kept apart by the lock on the output.
"""

from __future__ import annotations

import errno
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any

from dubber.background import background
from dubber.config.profile import Profile
from dubber.errors import DubError, ToolError
from dubber.files import written
from dubber.model import Event
from dubber.unattended import batch, library, results, stability
from dubber.unattended.after import followed
from dubber.unattended.batch import Batch, BatchPlan
from dubber.unattended.library import BatchOptions, FoundFilm, JobFactory
from dubber.unattended.notify import tell
from dubber.unattended.results import Entry, Result
from dubber.unattended.stability import Settling
from dubber.unattended.watch_state import Fate, FilmRecord, of_folder

FAILED = "failed"  # the folder of the logs
ADVICE = "The film stays where it is. It is tried again {}, or when its files, dub.toml or cast.toml change."
WHEN = {True: "in five minutes", False: "in an hour"}  # by whether the fault lay outside its files
WAITING = ("wordless", "changed")  # something is still to come
DEBOUNCE = 1.0  # s at most between an event and a look: a flood of events is one


@dataclass(frozen=True, slots=True)
class Pace:
    """settle: seconds that files must have been still. rescan: seconds between looks without any event. beat: seconds
    between two heartbeats."""

    settle: float = 5.0
    rescan: float = 60.0
    beat: float = 60.0
    poll: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A film to be dubbed, and what it and its settings were like when it was seen."""

    found: FoundFilm
    mark: str
    settings: str


def _fate(result: Result) -> Fate:
    if result.code in WAITING:
        return "waiting"
    return "done" if result.status == "done" else "dubbed" if result.status == "dubbed" else "failed"


@dataclass
class Watcher:
    """Watches a folder. say: a line for the log, as things happen. tell: is told of films by events, instead of such
    lines (None: there are lines alone). meet: told each profile before its first use. after:
    the user's command, run for each film that was dubbed or failed (after.py)."""

    folder: Path
    wishes: BatchOptions
    pace: Pace = field(default_factory=Pace)
    plan: BatchPlan = field(default_factory=BatchPlan)
    say: Callable[[str], None] = lambda text: None
    meet: Callable[[Profile], None] = lambda profile: None
    after: str = ""
    tell: Callable[[Path | None, Event], None] | None = None

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self.memory = of_folder(self.folder, self.wishes.store)
        self._unkept = dict[Path, FilmRecord]()  # what the memory had no room for
        self._once = False
        self._failed_now, self._failed_before = set[Path](), dict[Path, FilmRecord]()
        self._others = set[Path]()  # films that another run is dubbing
        self._news = list[Result]()  # what the desktop is not told yet
        self._settling = Settling(self.pace.settle)
        self._wake = threading.Event()
        self._queue, self._under_way = deque[Ready](), dict[Path, Ready]()
        self._stages: dict[Path, str] = {}
        self._fates: Counter[Fate] = Counter()
        self._unsettled, self._left, self._looked = 0, 0, monotonic()

    def run(self, *, once: bool = False) -> int:
        """Until Ctrl-C or SIGTERM; once: until everything that can be done is done. Gives how many films failed, now or
        before, if nothing has changed since."""
        self._once = once
        with self._events(), self._heart():
            while True:
                try:
                    for result in Batch(self.plan, self._hear).run(self):
                        self._ended(result)
                    tell(self._news)
                    self._news.clear()
                except (DubError, OSError) as trouble:  # a share that has gone, a full disk: both come back
                    if once:
                        raise
                    self._queue.clear()
                    self._under_way.clear()
                    self._stages.clear()
                    self.say(f"{trouble}; looked at again in {self.pace.rescan:g} s")
                    sleep(self.pace.rescan)
                if once and not self._unsettled:
                    return self._failures()
                self._rest()

    def _failures(self) -> int:
        """How many films have failed; those that failed in an earlier run are named again."""
        before = {film: memo for film, memo in self._failed_before.items() if film not in self._failed_now}
        for film, memo in before.items():
            self.say(f"{film}: failed before, and nothing has changed since: {memo.reason}")
        return len(self._failed_now) + len(before)

    def _rest(self) -> None:
        if not self._unsettled:
            self._wake.wait(self.pace.rescan)
        sleep(max(0.05, min(self.pace.settle, DEBOUNCE)))
        self._wake.clear()

    # what is to be done

    def __iter__(self) -> Iterator[Entry]:
        return self

    def __next__(self) -> Entry:
        """The next film that is ready. There may be one again after there was none: films arrive at any time."""
        if not self._queue:
            try:
                self._queue.extend(self.look())
            except (DubError, OSError):
                if not self._under_way:
                    raise
                raise StopIteration from None  # what is under way is not ended for it
        while self._queue:
            ready = self._queue.popleft()
            film = ready.found.film
            if stability.mark(ready.found) == ready.mark and not stability.being_written(ready.found):
                self._under_way[film] = ready
                return self._entry(ready.found)
            self._settling.forget(film)  # it changed while it waited for its turn
            self._unsettled += 1
        raise StopIteration

    def _entry(self, found: FoundFilm) -> Entry:
        entry = batch.entry(found, JobFactory(self.wishes, top=self.folder))
        if entry.job:
            self.meet(entry.job.profile)
        return entry

    def look(self) -> list[Ready]:
        """The films that are ready."""
        now, memos = monotonic(), {**self.memory.memos(), **self._unkept}
        ready, fates, unsettled, left = [], Counter[Fate](), 0, 0
        self._failed_before = {}
        for found in library.find([self.folder], warn=self._warn):
            mark = stability.mark(found)
            if found.left:
                left += 1
                continue
            if found.film in self._under_way or FAILED in found.film.relative_to(self.folder).parts[:-1]:
                continue
            memo, settings = memos.get(found.film), self._settings(found.film.parent)
            if mark and memo and memo.holds(mark, settings) and not self._anew(found.film, memo):
                fates[memo.fate] += 1
                if memo.fate == "failed":
                    self._failed_before[found.film] = memo
            elif mark and self._settling.still(found.film, mark, now) and not stability.being_written(found):
                ready.append(Ready(found, mark, settings))
            else:
                unsettled += 1
        self._fates, self._unsettled, self._left, self._looked = fates, unsettled, left, monotonic()
        return ready

    def _anew(self, film: Path, memo: FilmRecord) -> bool:
        """Whether a run that only looks once tries a film again at once: what lay outside its files may be mended."""
        return self._once and memo.fate == "failed" and memo.passing and film not in self._failed_now

    def _settings(self, folder: Path) -> str:
        """The dub.toml and the cast.toml that hold in a folder, as they are now."""
        near = (library.nearest(folder, name, self.folder) for name in (library.SETTINGS, library.CAST))
        return " ".join(filter(None, (stability.mark(FoundFilm(path)) for path in near if path)))

    def _warn(self, fault: str) -> None:
        self.say(f"passed over: {fault}")

    # what became of it

    def _hear(self, film: Path | None, event: Event) -> None:
        if self.tell:
            self.tell(film, event)
        elif event.warns:
            self.say(f"{film.name}: {event.message}" if film else f"warning: {event.message}")
        if film and event.kind in ("stage", "step"):
            self._stages[film] = f"{event.stage}:{event.done}/{event.total}"

    def _ended(self, result: Result) -> None:
        """Note and say it. A film that is dubbed without words that are broken in its subtitles counts as failed."""
        film, ready = result.film, self._under_way.pop(result.film)
        self._stages.pop(film, None)
        if result.status == "failed" and (result.code == "busy" or not film.exists()):
            if result.code == "busy" and film not in self._others:
                self._others.add(film)
                self.say(f"{film}: another run dubs it: waiting")
            self._settling.forget(film)  # another watcher has it, or it has gone: looked at again
            self._unsettled += 1
            return
        if result.code not in WAITING:
            result = followed(result, self.after, "watch.ended", self.say)
        fate = _fate(result)
        remark = f" ({result.remark})" if result.remark else ""
        if self.tell:
            self.tell(film, results.event(result))
        else:
            self.say(f"{film}: {fate}: {result.reason or result.output}{remark}")
        self._others.discard(film)
        self._news.append(result)
        (self._failed_now.add if fate == "failed" or result.broken else self._failed_now.discard)(film)
        output = str(result.output) if result.output and fate != "failed" else ""
        memo = FilmRecord(fate, ready.mark, ready.settings, time(), result.reason, output, result.passing)
        self._unkept[film] = memo
        try:
            self.memory.note(film, memo)
            del self._unkept[film]
            self._log(film, memo)
        except (DubError, OSError) as trouble:
            self.say(f"{film}: what became of it cannot be kept: {trouble}")

    def _log(self, film: Path, memo: FilmRecord) -> None:
        """failed/ mirrors the folder: two seasons may have films of one name."""
        place = film.relative_to(self.folder)
        log = self.folder / FAILED / place.with_name(f"{place.name}.log")
        if memo.fate == "failed":
            text = f"{memo.reason}\n{ADVICE.format(WHEN[memo.passing])}\n".encode(errors="replace")
            written.write(log, text, below=self.folder, advice="move it away")
        elif written.ours(log):
            log.unlink(missing_ok=True)

    # signs of life

    def pulse(self) -> str:
        """A line for monitors: how many films are in which state, and where those under way are."""
        counts = {"queued": len(self._queue), "underway": len(self._under_way), "unsettled": self._unsettled}
        fates = {fate: self._fates[fate] for fate in ("dubbed", "done", "waiting", "failed")} | {"left": self._left}
        words = [f"{name}={count}" for name, count in {**counts, **fates}.items()]
        stages = [f"{film.name}:{stage}" for film, stage in sorted(self._stages.copy().items())]
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return " ".join(["heartbeat", at, *words, f"looked={monotonic() - self._looked:.0f}s", *stages])

    @contextmanager
    def _heart(self) -> Iterator[None]:
        """Beats while a film is dubbed as well as while nothing is to be done."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(self.pace.beat):
                self.say(self.pulse())

        background(beat, "dub-heart")
        try:
            yield
        finally:
            ended.set()

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

        observer: Any = PollingObserver(timeout=max(1.0, self.pace.settle)) if self.pace.poll else Observer()
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
            with suppress(RuntimeError):
                observer.join(5.0)
