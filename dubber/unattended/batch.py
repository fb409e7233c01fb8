"""Many jobs → outcomes; one failure stops no other, and a second run does only what is not done.

On one machine each film runs in a thread of its own and all of them share one pool of voices (pools.py), so that
servers speak the next films while one is mixed. On a farm each film is one task of Dask's, done whole by one worker;
when that one dies or hangs, by another, which finds the finished takes in the shared store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Literal

from dubber.config import destinations
from dubber.errors import Cancelled, DubError, InputError, ToolError, of_the_machine
from dubber.files.lease import SILENCE
from dubber.files.store import Store
from dubber.job import pipeline, provenance
from dubber.job.job import Job
from dubber.job.report import Report
from dubber.media import ffmpeg
from dubber.model import Event
from dubber.synthesis.preflight import Preflight, Preflights, preflight
from dubber.synthesis.shared_pool import SharedPools
from dubber.synthesis.synthesize import Opener, Pool
from dubber.unattended import library
from dubber.unattended.library import BatchOptions, JobFactory
from dubber.unattended.results import Entry, Result, Status, failed, jobless, now, told
from dubber.workers import executors
from dubber.workers.dask import STUCK, SchedulerGone, exposed
from dubber.workers.dask_worker import sign

FILMS = 4  # in flight at once: one is mixed, one is muxed, the others speak
AGAIN = 2.0  # s until a film that another run is dubbing is looked at again
GRACE = 3.0  # s for films under way to end cleanly


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """How a batch is done. films: in flight at once. farm: a Dask scheduler's address, "local", or "" for none.

    spread: what the farm is for: whole films, or the lines of films that are mixed here. stuck: seconds without
    progress after which a film on the farm goes elsewhere. silence: seconds without a heartbeat after which all of a
    worker's do.
    """

    films: int = FILMS
    farm: str = ""
    spread: Literal["films", "lines"] = "films"
    stuck: float = STUCK
    silence: float = SILENCE


@dataclass
class Batch:
    """The running of a batch. tell: (film, event) as things happen, from several threads."""

    plan: BatchPlan = field(default_factory=BatchPlan)
    tell: Callable[[Path | None, Event], None] = lambda film, event: None
    _stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, entries: Iterable[Entry]) -> Iterator[Result]:
        """Results as they come. Closing the iterator ends the films under way; their takes are kept.

        An entry is asked for when a film may begin; entries that has no more may have some again while films are under
        way.
        """
        if warning := exposed(self.plan.farm):
            self.tell(None, Event("warning", "farm", warning))
        if not self.plan.farm or self.plan.spread == "lines":
            yield from self._here(entries)
            return
        there, here = _without_keys(entries)
        if here:
            films = f"{len(here)} film{'' if len(here) == 1 else 's'} of voices that need a key"
            self.tell(None, Event("warning", "farm", f"{films}: dubbed on this machine, since a farm is given no key"))
        yield from self._farmed(there)
        yield from self._here(here)

    def _here(self, entries: Iterable[Entry]) -> Iterator[Result]:
        running, preflights = set[threading.Event](), Preflights()
        with SharedPools(lambda text: self.tell(None, Event("warning", "synthesis", text))) as pools:

            def one(turned: tuple[int, Entry]) -> Result:
                turn, entry = turned
                ended = threading.Event()
                running.add(ended)
                try:
                    if entry.job is None:
                        return jobless(entry)
                    return dub(self._spread(entry.job), self._ear(entry.job), pools.opener(turn), preflights)
                finally:
                    running.discard(ended)
                    ended.set()

            with executors.open_executor("threads", self.plan.films) as executor:
                try:
                    turned = zip(count(), entries, strict=False)
                    for (_, entry), outcome in executors.each(executor, one, turned, ahead=lambda: self.plan.films):
                        yield told(entry, _result(entry.film, outcome))
                except BaseException:
                    self._stopping.set()
                    pools.stop()
                    _wait(running.copy())
                    raise

    def _spread(self, job: Job) -> Job:
        """The job with its lines on the farm, when that is wished."""
        if not self.plan.farm or self.plan.spread == "films":
            return job
        synthesis = replace(job.profile.synthesis, farm=self.plan.farm)
        return replace(job, profile=replace(job.profile, synthesis=synthesis))

    def _ear(self, job: Job) -> Callable[[Event], None]:
        def hear(event: Event) -> None:
            if self._stopping.is_set():
                raise Cancelled("the batch was stopped")
            self.tell(job.film, event)

        return hear

    def _farmed(self, entries: Iterable[Entry]) -> Iterator[Result]:
        jobs, known = list[Job](), dict[Path, Entry]()
        for entry in entries:
            known[entry.film] = entry
            if entry.job is None:
                yield jobless(entry)
            else:
                jobs.append(entry.job)
        if not jobs:
            return

        def tell(job: Job | None, event: Event) -> None:
            self.tell(job.film if job else None, event)

        plan, sent = self.plan, [self._shared(job) for job in jobs]
        with _meeting_place(sent) as needs:
            terms = executors.Terms(plan.farm, plan.silence, plan.stuck, needs, tell, {"ffmpeg": ffmpeg.version})
            with executors.open_executor("dask", farm=terms) as executor:
                running = executors.each(executor, afar, sent, ahead=lambda: executors.slots(executor))
                for job, outcome in running:
                    if isinstance(outcome, SchedulerGone):
                        raise outcome  # of the films that are not done none can be: once for all of them
                    yield told(known[job.film], _result(job.film, outcome))

    def _shared(self, job: Job) -> Job:
        """The job as another machine needs it: the store of this one, and patience with a worker that fell silent."""
        silence = self.plan.silence
        return replace(job, store=Store(job.store).root.absolute(), silence=silence, patience=2 * silence)


def _without_keys(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """The films that a farm may have, and those whose voices are sent a key of the user's."""
    entries = list(entries)
    profiles = {id(entry.job.profile): entry.job.profile for entry in entries if entry.job}  # most films share one
    holds = {key for key, profile in profiles.items() if destinations.holds_key(profile)}
    here = [entry for entry in entries if entry.job and id(entry.job.profile) in holds]
    return [entry for entry in entries if not entry.job or id(entry.job.profile) not in holds], here


def afar(job: Job) -> Result:
    """One film, on a farm's worker."""
    return dub(job, sign)


@contextmanager
def _meeting_place(jobs: Sequence[Job]) -> Iterator[tuple[Path, ...]]:
    """What every worker must see: the films' folders, and a file that says that its store is ours."""
    beacons = [Store(job.store).beacon() for job in jobs[:1]]
    try:
        yield (*sorted({job.film.parent for job in jobs}), *beacons)
    finally:
        for beacon in beacons:
            beacon.unlink(missing_ok=True)


def _wait(running: Iterable[threading.Event]) -> None:
    """A moment for films under way to take away what they had begun."""
    end = monotonic() + GRACE
    for ended in running:
        ended.wait(max(0.0, end - monotonic()))


def patient(
    running: Batch, entries: Iterable[Entry], say: Callable[[str], None] = lambda text: None
) -> Iterator[Result]:
    """What becomes of each film; those that another run is dubbing are waited for when all others are done."""
    waiting = {entry.film: entry for entry in entries}
    told = set[Path]()
    while waiting:
        for result in running.run(list(waiting.values())):
            if result.code != "busy":
                del waiting[result.film]
                yield result
            elif result.film not in told:
                told.add(result.film)
                say(f"{result.film}: another run dubs it: waiting")
        if waiting:
            sleep(AGAIN)


def plan(
    paths: Iterable[str | Path], wishes: BatchOptions, warn: Callable[[str], None] = lambda fault: None
) -> list[Entry]:
    """The films of a batch. Raises InputError for a path that is not there, or has no film; a film's own trouble is in
    its entry.

    warn: told of folders that cannot be read.
    """
    factory = JobFactory(wishes)
    return [entry(found, factory) for found in library.find(paths, warn, some=True)]


def entry(found: library.FoundFilm, factory: JobFactory) -> Entry:
    """A found film with its job, or with why there is none."""
    there = tuple(dict.fromkeys(one.language or "?" for one in found.sidecars if not one.partial))
    asked = Entry(found.film, left=found.left, wanted=() if found.given else factory.wishes.languages, there=there)
    try:
        return asked if found.left else replace(asked, job=factory.job(found))
    except DubError as error:
        return replace(asked, fault=error)


def dub(
    job: Job,
    on_event: Callable[[Event], None] = lambda event: None,
    pool: Opener = Pool,
    preflight: Preflight = preflight,
) -> Result:
    """One film of many: what is done already is not done again, and whatever goes wrong is a result."""
    started, began = monotonic(), now()
    on_event(Event("begin", detail={"subtitles": [str(path) for path in job.subtitles]}))
    try:
        result = _tried_twice(partial(_dub, job, on_event, pool, preflight), on_event)
    except Cancelled:
        raise
    except DubError as error:
        result = failed(job.film, error)
    except Exception as error:
        trouble = of_the_machine(error)
        result = failed(job.film, trouble) if trouble else Result(job.film, "failed", reason=_ours(error))
    return replace(result, seconds=round(monotonic() - started, 3), began=began, ended=now())


def _tried_twice(dubbed: Callable[[], Result], on_event: Callable[[Event], None]) -> Result:
    """A program that somebody ended from outside is no reason to leave a film undone: it is tried once more."""
    try:
        return dubbed()
    except ToolError as error:
        if not error.killed:
            raise
        on_event(Event("warning", message=f"{error}: tried once more"))
        return dubbed()


def _dub(job: Job, on_event: Callable[[Event], None], pool: Opener, preflight: Preflight) -> Result:
    ready = pipeline.prepare(job)
    target, origin = ready.target, provenance.origin(job, ready.target)
    lines = sum(len(version.lines) for version in ready.versions)
    broken = sum(len(version.script.broken) for version in ready.versions)
    languages = tuple(one.language for one in ready.versions)
    result = Result(job.film, "done", target, lines=lines, languages=languages, broken=broken)
    if origin.stands(target):
        return result
    if other := provenance.of_another(target, job.film):
        raise InputError(f"is the dub of {other}", where=str(target), advice="give [output] another name or folder")
    if job.profile.output.folder:
        target.parent.mkdir(parents=True, exist_ok=True)
    outcome = pipeline.run(job, on_event, prepared=ready, pool=pool, preflight=preflight, origin=origin)
    if outcome.found:  # another run made it meanwhile
        return result
    fresh = sum(version.fresh for version in outcome.report.versions)
    if outcome.output is None:
        return replace(result, status="failed", output=None, reason=_missing(outcome.report), passing=True, fresh=fresh)
    return replace(result, status="dubbed", fresh=fresh, remark="; ".join(outcome.report.troubles))


def _missing(report: Report) -> str:
    return f"{report.incomplete}; the first: {report.failed[0].reason}"


def _ours(error: BaseException) -> str:
    """What is said of a fault of ours, which ends one film alone."""
    return f"dub itself failed: {type(error).__name__}: {error} (please report it)"


def _result(film: Path, outcome: Result | Exception) -> Result:
    """What an executor gave for a film."""
    if isinstance(outcome, Result):
        return outcome
    if isinstance(outcome, Cancelled):
        raise outcome
    if isinstance(outcome, DubError):
        return failed(film, outcome)
    return Result(film, "failed", reason=f"the worker failed: {type(outcome).__name__}: {outcome} (run again)")


def foresee(one: Entry) -> tuple[Status | Literal["to do"], str, int]:
    """What would be done with a film: (state, output or reason, lines), asking no voice system."""
    if one.job is None:
        result = jobless(one)
        return result.status, result.reason, 0
    try:
        ready = pipeline.prepare(one.job)
        lines = sum(len(version.lines) for version in ready.versions)
        if ready.target.is_file() and provenance.origin(one.job, ready.target).stands(ready.target):
            return "done", str(ready.target), lines
        return "to do", str(ready.target), lines
    except DubError as error:
        result = told(one, failed(one.film, error))
        return result.status, result.reason, 0
