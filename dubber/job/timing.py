"""The times of a version's cues in its film: as the user says, as the film's length and its speech say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from dubber.background import background
from dubber.errors import DubError
from dubber.files.store import Store
from dubber.job.job import Job
from dubber.job.originals import passed_over
from dubber.job.sync import NOTICED, Shift, measure
from dubber.media import speech_activity
from dubber.media.film import Film
from dubber.media.speech_activity import Heard
from dubber.model import Script
from dubber.subtitles import retiming
from dubber.subtitles.retiming import Retiming

Hear = Callable[[], tuple[Heard, ...]]


def unheard() -> tuple[Heard, ...]:
    """Nothing: nobody listens to the film."""
    return ()


def listening(job: Job, looked: Callable[[], Film]) -> Hear:
    """Begin to listen to the film, unless nobody wants to know; what comes back gives what was heard."""
    if job.profile.reading.sync == "off":
        return unheard
    return background(partial(_heard, job, looked, speech_activity.hear)).result


def foreseeing(job: Job, looked: Callable[[], Film]) -> Hear:
    """The same for who only wants to know how a job would go: a film that was not heard before is decoded only when
    somebody has set reading.sync."""
    if "reading.sync" in job.profile.sources:
        return listening(job, looked)
    return partial(_heard, job, looked, speech_activity.recall)


def _heard(
    job: Job, looked: Callable[[], Film], listen: Callable[[Film, Store], tuple[Heard, ...] | None]
) -> tuple[Heard, ...]:
    with suppress(DubError):  # a film that cannot be looked at or decoded is told elsewhere, and better
        return listen(looked(), Store(job.store)) or ()
    return ()


@dataclass(frozen=True, slots=True)
class Timed:
    """A script on the film's time line, cut to the film. doubts: why its times may be wrong, in sentences. moved: the
    file's times are not the film's."""

    script: Script
    doubts: tuple[str, ...]
    moved: bool


def timed(told: Script, film: Film, job: Job, hear: Hear) -> Timed:
    """The script with its cues where they belong in the film."""
    asked = _asked(job)
    script = retiming.from_zero(retiming.retimed(told, asked), film.milliseconds)
    script, offer = _synchronised(script, film, job, hear)
    doubts = offer or retiming.misfit(script, film.milliseconds), "" if job.bed else passed_over(film)
    shown = retiming.on_screen(script, film.milliseconds, beyond=job.profile.output.extend)
    return Timed(shown, tuple(filter(None, doubts)), script.cues is not told.cues)


def _asked(job: Job) -> Retiming:
    made, runs = job.fps or (Fraction(1), Fraction(1))
    return Retiming(made / runs, job.offset)


def _synchronised(script: Script, film: Film, job: Job, hear: Hear) -> tuple[Script, str]:
    """The script moved as the film's speech says, or a sentence that offers it; as it is where its times are right."""
    mode = job.profile.reading.sync
    heard = hear() if mode != "off" else ()
    shift = measure([cue.window for cue in script.cues], heard, film.milliseconds)
    if shift is None:
        doubt = "--sync auto: too little to compare with the film's speech, so nothing was moved by it"
        return script, doubt if mode == "auto" else ""
    if shift.moves(film.milliseconds) < NOTICED:
        return script, ""
    if mode == "check":
        return script, f"{_shift_in_words(shift)}, by the film's speech: {_offer(shift, job)}"
    moved = retiming.retimed(script, Retiming(shift.factor, shift.offset))
    return replace(moved, notes=(*moved.notes, f"{_shift_in_words(shift)}, by the film's speech: moved")), ""


def _shift_in_words(shift: Shift) -> str:
    late = f"{abs(shift.offset) / 1000:.1f} s {'late' if shift.offset < 0 else 'early'}"
    if shift.rates is None:
        return f"the subtitles come {late}"
    made, runs = (f"{float(rate):.5g}" for rate in shift.rates)
    return f"the subtitles are timed for {made} frames a second and the film has {runs}" + (
        f", and they begin {late}" if abs(shift.offset) >= NOTICED else ""
    )


def _offer(shift: Shift, job: Job) -> str:
    """The options that mend it. Those that the user gave are replaced by them."""
    offset = f" --offset {(shift.offset + round(shift.factor * job.offset)) / 1000:g}"
    if shift.rates is None:
        return f"--sync auto or{offset} mends it"
    if job.fps:
        return "--sync auto mends it"
    rates = ":".join(f"{float(rate):.5g}" for rate in shift.rates)
    return f"--sync auto or --fps {rates}{offset} mends it"
