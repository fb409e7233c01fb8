"""An editor has written a film: dub it, run what the user wants done with it, and say so.

Hooks of one film may come twice, and while `dub watch` looks at the same folder: the claim on the output keeps them
apart, the second waits and then finds the work done. What dub itself wrote is never dubbed again, so that an editor
may send everything that it exports.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

from dubber.doors.trust import news, unsent
from dubber.errors import DubError, InputError
from dubber.job import Job
from dubber.model import Event
from dubber.unattended import batch, library, sidecars
from dubber.unattended.library import Found, Shelf, Wishes
from dubber.unattended.notify import notify
from dubber.unattended.orders import Ending, Order, filled
from dubber.unattended.results import Result, failed
from dubber.unattended.settling import Settling, being_written, mark
from dubber.unattended.sidecars import Sidecar

LOOK = 0.5  # s between two looks at a film that has not settled
NOT_OURS = {"DUB_EXEC", "DUB_DETACH"}  # would make a dub that the user's command starts do the same once more

Say = Callable[[str], None]


def run(order: Order, wishes: Wishes, say: Say) -> Ending:
    """Dub what an editor has written; say: a line for the log, as things happen. What goes wrong is in the ending."""
    say(f"{order.event}: {order.media}")
    ending = _followed(_ending(order, Shelf(wishes), say), say)
    say(str(ending))
    if ending.status == "dubbed":
        notify("dub", f"{order.media.name} is dubbed: {ending.output}")
    elif ending.status == "failed":
        notify("dub", f"{order.media.name}: {ending.reason}")
    return ending


def _ending(order: Order, shelf: Shelf, say: Say) -> Ending:
    if not sidecars.is_film(order.media):
        return Ending(order, "left", reason="its name is that of no film, of a temporary file or of dub's own output")
    if library.made_by_us(order.media):
        return Ending(order, "left", reason="dub made it")
    try:
        result = _dubbed(order, shelf, say)
    except (DubError, OSError) as error:
        return Ending(order, "failed", reason=str(error))
    if result.status in ("no subtitles", "left"):
        return Ending(order, "left", reason="no subtitles lie beside it, and it has no track of all that is said")
    return Ending(order, result.status, result.output, result.reason, result.remark, result.broken)


def _dubbed(order: Order, shelf: Shelf, say: Say) -> Result:
    """The film, dubbed as it is when it has settled; once more when it changed in the meantime."""
    waited = met = False
    while True:
        found, before = _settled(order, say)
        entry = batch.entry(found, shelf)
        if entry.job is None:
            return failed(order.media, entry.fault)
        result = batch.dub(_told(replace(entry.job, offset=order.offset), say), lambda event: _remark(event, say))
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


def _settled(order: Order, say: Say) -> tuple[Found, str]:
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


def _check_there(order: Order) -> None:
    for path in filter(None, (order.media, order.subtitles)):
        if not path.exists():
            raise InputError("there is no such file", where=str(path))


def _found(order: Order) -> Found:
    media, given = order.media, order.subtitles
    if given is None:
        return Found(media, library.beside(media))
    return Found(media, (sidecars.read(media, given) or Sidecar(given),), given=True)


def _told(job: Job, say: Say) -> Job:
    """The job, after the log says to whom the user's words go for the first time."""
    for destination in news(job.profile):
        say(f"new: {destination}")
    for sentence in unsent(job.profile):
        say(sentence)
    return job


def _remark(event: Event, say: Say) -> None:
    if event.kind == "warning":
        say(f"warning: {event.message}")


def _followed(ending: Ending, say: Say) -> Ending:
    """The user's command is run, without a shell, when a film was dubbed or failed: once, not again when it is found
    done."""
    after = ending.order.after
    if not after or ending.status not in ("dubbed", "failed") or ("{output}" in after and not ending.output):
        return ending
    command = filled(after, ending.facts)
    say(f"runs {command}")
    trouble = _run(command, {f"DUB_{key.upper()}": value for key, value in ending.facts.items()})
    if not trouble or ending.status == "failed":
        return ending
    return replace(ending, status="failed", reason=f"{ending.output} is there, but {command[0]!r} {trouble}")


def _run(command: list[str], facts: dict[str, str]) -> str:
    """Why a command failed; "" when it did not."""
    program = shutil.which(command[0]) or command[0]
    if sys.platform == "win32" and Path(program).suffix.lower() in (".bat", ".cmd"):
        return "is a command file, whose arguments Windows reads as commands: name a program"
    environment = {key: value for key, value in os.environ.items() if key not in NOT_OURS}
    try:
        done = subprocess.run([program, *command[1:]], env={**environment, **facts}, stdin=subprocess.DEVNULL)
    except (OSError, ValueError) as error:
        return f"could not be started: {getattr(error, 'strerror', None) or error}"
    return f"ended with status {done.returncode}" if done.returncode else ""
