"""An editor has written a film: dub it, run what the user wants done with it, and say so.

Hooks of one film may come twice, and while `dub watch` looks at the same folder: the claim on the output keeps them
apart, the second waits and then finds the work done. What dub itself wrote is never dubbed again, so that an editor
may send everything that it exports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import monotonic, sleep

from dubber.config.destinations import news, unsent
from dubber.errors import DubError, InputError
from dubber.job.job import Job
from dubber.model import Event
from dubber.unattended import batch, library, notify, sidecars
from dubber.unattended.after import Say, follow
from dubber.unattended.hook_request import Ending, HookRequest
from dubber.unattended.library import BatchOptions, FoundFilm, JobFactory
from dubber.unattended.results import Result, failed
from dubber.unattended.sidecars import Sidecar
from dubber.unattended.stability import Settling, being_written, mark

LOOK = 0.5  # s between two looks at a film that has not settled


def run(order: HookRequest, wishes: BatchOptions, say: Say, tell: Callable[[Event], None] | None = None) -> Ending:
    """Dub what an editor has written; say: a line for the log, as things happen. tell: is told what happens to the film
    (None: its warnings are lines). What goes wrong is in the ending."""
    say(f"{order.event}: {order.media}")
    ending = _followed(_ending(order, JobFactory(wishes), say, tell or partial(_remark, say)), say)
    say(str(ending))
    notify.tell([Result(order.media, ending.status, ending.output, ending.reason)])
    return ending


def _ending(order: HookRequest, factory: JobFactory, say: Say, tell: Callable[[Event], None]) -> Ending:
    if not sidecars.is_film(order.media):
        return Ending(order, "left", reason="its name is that of no film, of a temporary file or of dub's own output")
    if library.made_by_us(order.media):
        return Ending(order, "left", reason="dub made it")
    try:
        result = _dubbed(order, factory, say, tell)
    except (DubError, OSError) as error:
        return Ending(order, "failed", reason=str(error))
    if result.status in ("no subtitles", "left"):
        return Ending(order, "left", reason="no subtitles lie beside it, and it has no track of all that is said")
    return Ending(order, result.status, result.output, result.reason, result.remark, result.broken)


def _dubbed(order: HookRequest, factory: JobFactory, say: Say, tell: Callable[[Event], None]) -> Result:
    """The film, dubbed as it is when it has settled; once more when it changed in the meantime."""
    waited = met = False
    while True:
        found, before = _settled(order, say)
        entry = batch.entry(found, factory)
        if entry.job is None:
            return failed(order.media, entry.fault)
        result = batch.dub(_with_hosts_announced(replace(entry.job, offset=order.offset), say), tell)
        if result.status != "failed":
            return result
        if result.code == "busy":
            if not waited:
                say(f"{order.media}: another run dubs it: waiting")
            waited = True
            sleep(max(order.settle, LOOK))
        elif mark(found) != before:
            say(f"{order.media}: changed meanwhile: once more")
        elif result.code == "exists" and not met:
            met = True  # another run may have finished it in this moment; then it is found done
        else:
            return result


def _settled(order: HookRequest, say: Say) -> tuple[FoundFilm, str]:
    """The film with its subtitles, once both have been still, and their mark. Raises InputError when it is gone."""
    settling, begun, told = Settling(order.settle), monotonic(), False
    while True:
        found, now = _found(order), monotonic()
        seen = mark(found)
        if seen is not None and settling.still(found.film, seen, now) and not being_written(found):
            return found, seen
        if now - begun > 2 * order.settle:
            _check_there(order)
            if not told:
                say(f"{order.media}: is still being written: waiting")
            told = True
        sleep(min(LOOK, max(order.settle, 0.05)))


def _check_there(order: HookRequest) -> None:
    for path in filter(None, (order.media, order.subtitles)):
        if not path.exists():
            raise InputError("there is no such file", where=str(path))


def _found(order: HookRequest) -> FoundFilm:
    media, given = order.media, order.subtitles
    if given is None:
        return FoundFilm(media, library.beside(media))
    return FoundFilm(media, (sidecars.read(media, given) or Sidecar(given),), given=True)


def _with_hosts_announced(job: Job, say: Say) -> Job:
    """The job, after the log says to whom the user's words go for the first time."""
    for destination in news(job.profile):
        say(f"new: {destination}")
    for sentence in unsent(job.profile):
        say(sentence)
    return job


def _remark(say: Say, event: Event) -> None:
    if event.warns:
        say(f"warning: {event.message}")


def _followed(ending: Ending, say: Say) -> Ending:
    """The ending, after the user's command was run for it."""
    trouble = follow(ending.order.after, ending.facts, say)
    return replace(ending, status="failed", reason=trouble) if trouble and ending.status != "failed" else ending
