"""What can be told of a job before it is done: where it would write, what it would ask for, how its lines would fit.

Nothing here speaks, mixes or writes, so that nothing is imported that does: a person waits for the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce
from importlib import import_module
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from dubber import backends
from dubber.background import background
from dubber.config.profile import Profile
from dubber.errors import DubError, InputError, InputErrors, ToolError
from dubber.files.store import Store
from dubber.fitting import fit, metrics
from dubber.job import disk_space, reporting, versions
from dubber.job.job import Job
from dubber.job.originals import heeding
from dubber.job.redo import redone
from dubber.job.report import PreflightReport, Report, VersionReport
from dubber.job.timing import foreseeing
from dubber.job.versions import Version
from dubber.languages import Detect
from dubber.media.film import Film
from dubber.media.probe import probe
from dubber.model import Line, Plan, Take, Voice
from dubber.synthesis import identity
from dubber.synthesis.duration import Pace
from dubber.synthesis.identity import Identities

if TYPE_CHECKING:
    from dubber.synthesis.synthesize import Failure


@dataclass(frozen=True, slots=True)
class Spoken:
    """A version with its voices: what was said or is foreseen, what could not be, and where everything goes."""

    version: Version
    takes: tuple[Take, ...]
    failures: tuple[Failure, ...]
    plan: Plan


def preview(job: Job, looked: Callable[[], Film] | None = None) -> Report:
    """What `run` would do, writing nothing and speaking nothing; its preflight is what the voice systems say that would
    be asked."""
    from dubber.files import outputs
    from dubber.synthesis import recognition

    looked = heeding(job, looked or background(partial(probe, job.film)).result)
    spoken = _foreseen(job, looked)
    film = looked()
    chosen = [one.version for one in spoken]
    place = target(job, film, chosen)
    refused = ""
    try:
        outputs.preflight(place, job.inputs, job.overwrites, job.store)
    except (InputError, ToolError) as fault:  # a look is never refused: it says what the work would meet
        refused = str(fault)
    lines = [take.line for one in spoken for take in one.takes]
    rows = [told(one, job) for one in spoken]
    unspoken = [take.line for one in spoken for take in one.takes if take.origin != "stored"]
    room = disk_space.needs(film, place, unspoken, len(spoken), job.profile.output, Store(job.store).root)
    deaf = recognition.refused(job.profile.synthesis, dict.fromkeys(line.tongue for line in lines))
    asked = _preflight(unspoken, job)
    asked = replace(asked, faults=(*asked.faults, *deaf))
    notes, space = renamed(job, film, chosen, place), tuple(disk_space.short(room))
    return replace(reporting.build(job, rows, place), preflight=asked, space=space, notes=notes, refused=refused)


def _preflight(lines: Sequence[Line], job: Job) -> PreflightReport:
    """What a job would be told before its first line, each voice system asked beside the others."""
    from dubber.workers import executors

    by_backend = _by_backend(lines)
    with executors.open_executor("threads", len(by_backend) or 1) as executor:
        asked = executors.in_order(executor, partial(_preflight_of, job), by_backend.values(), ahead=len(by_backend))
        return reduce(_both, asked, PreflightReport())


def _both(one: PreflightReport, other: PreflightReport) -> PreflightReport:
    answered = {**one.answered, **other.answered}
    return PreflightReport(answered, (*one.down, *other.down), (*one.faults, *other.faults))


def _preflight_of(job: Job, lines: Sequence[Line]) -> PreflightReport:
    """What the servers of one voice system say."""
    from dubber.synthesis.preflight import preflight

    down, store, options = list[str](), Store(job.store), job.profile.backends
    known = identity.seen(lines, options, store)
    try:
        answered = preflight(lines, options, store, lambda event: down.append(event.message), known)
        return PreflightReport(answered, tuple(down))
    except InputErrors as faults:
        return PreflightReport(down=tuple(down), faults=tuple(str(fault) for fault in faults.faults))
    except InputError as fault:
        return PreflightReport(down=tuple(down), faults=(str(fault),))
    except DubError as trouble:
        return PreflightReport(down=(*down, str(trouble)))


def check(
    job: Job, fail_on: str = "", looked: Callable[[], Film] | None = None, detect: Detect | None = None
) -> tuple[Report, list[tuple[str, float, list[int]]]]:
    """The report of a job that is only foreseen, and the limits that it exceeds: (limit, worst, cues)."""
    limits = metrics.limits(fail_on) if fail_on else ()
    background(partial(import_module, "dubber.fitting.placing"))  # while the film is looked at
    spoken = _foreseen(job, heeding(job, looked or background(partial(probe, job.film)).result), detect)
    exceeded = []
    for one in spoken if limits else ():
        measured = metrics.figures(one.plan, one.takes, job.profile.fitting)
        for over in metrics.verdict(measured, limits):
            exceeded.append((str(over.limit), over.worst, [line.cue for line in over.lines]))
    return reporting.build(job, [told(one, job) for one in spoken], None), exceeded


def _foreseen(job: Job, looked: Callable[[], Film], detect: Detect | None = None) -> list[Spoken]:
    store = Store(job.store)
    found = []
    for version in versions.read(job, looked, hear=foreseeing(job, looked), detect=detect):
        identities = identity.seen(version.lines, job.profile.backends, store)
        lines = redone(version.lines, job.redo, store, identities if job.redo_unknown else None)
        takes = tuple(foreseen(lines, store, identities))
        found.append(Spoken(version, takes, (), plan(takes, job.profile, looked())))
    return found


def foreseen(lines: Iterable[Line], store: Store, identities: Identities | None = None) -> Iterator[Take]:
    """What synthesis would give, asking nobody: stored takes as they are, the others estimated (origin "estimated")."""
    pace, identities = Pace(store), identities or Identities()
    for line in lines:
        key = identities.stored(line, store)
        facts = store.glance(key) if key else None
        yield Take.known(line, key, facts, "stored") if key and facts else _imagined(line, pace)


def _imagined(line: Line, pace: Pace) -> Take:
    parts = [replace(line, phrases=(phrase,)) for phrase in line.phrases] if len(line.phrases) > 1 else [line]
    lengths = [pace.estimate(part) for part in parts]
    ends = list(accumulate(lengths, initial=0.0))
    natural = [length * line.speed for length in lengths]
    return Take.known(line, "", {"spans": pairwise(ends), "natural": natural, "pauses": ()}, "estimated")


def told(one: Spoken, job: Job) -> VersionReport:
    """A version as the report has it."""
    cost = _cost([take.line for take in one.takes if take.origin != "stored"])
    return reporting.version(one.version, one.takes, one.failures, one.plan, job.profile.fitting, cost)


def _cost(lines: Sequence[Line]) -> str:
    """What the voice systems charge for these lines, in a sentence; "" when nothing."""
    return "; ".join(filter(None, (backends.find(name).cost(part) for name, part in _by_backend(lines).items())))


def _by_backend(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.voice.backend, []).append(line)
    return found


def _made_of(job: Job, chosen: Sequence[Version]) -> dict[str, int]:
    """How many dubs and subtitle tracks the film gets."""
    captions = sum(one.path is not None for one in chosen) if job.profile.output.embed_subs else 0
    return {"dubs": len(chosen), "captions": captions}


def renamed(job: Job, film: Film, chosen: Sequence[Version], place: Path) -> tuple[str, ...]:
    """Why the film gets another kind of file than its own, and which, where nobody asked for that."""
    from dubber.muxing import mux

    if job.output or job.profile.output.container or place.suffix == film.path.suffix:
        return ()
    reason = mux.refusal(film, job.profile.output, film.path, **_made_of(job, chosen))
    return (f"{film.path.name}: {reason}: the dub is {place.name}",)


def target(job: Job, film: Film, chosen: Sequence[Version]) -> Path:
    """Where the film is to be written. Raises InputError when a stranger's profile says so and it is not near."""
    from dubber.muxing import mux

    if job.output:
        return job.output
    language = chosen[0].language if len(chosen) == 1 else "multi"
    place = mux.place(film, job.profile.output, language, **_made_of(job, chosen))
    confined = job.profile.confined
    if confined and not any(
        place.parent.resolve().is_relative_to(near) for near in (confined, film.path.parent.resolve())
    ):
        advice = "beside the film or below the profile's own folder it may lie; --trust-output lets it lie anywhere"
        raise InputError(f"output.folder of {job.profile.name} leads outside", where=str(place.parent), advice=advice)
    return place


def plan(takes: tuple[Take, ...], profile: Profile, film: Film) -> Plan:
    """Where each take is to be played, and how fast."""
    ranges = speeds(take.line for take in takes)
    film_end = None if profile.output.extend else film.milliseconds
    return fit(takes, profile.fitting, film_end=film_end, speed_ranges=ranges)


def speeds(lines: Iterable[Line]) -> Mapping[Voice, tuple[float, float]]:
    """For each voice that speaks here the native speeds that it can be asked for."""
    return {voice: backends.find(voice.backend).speeds(voice) for voice in {line.voice for line in lines}}
