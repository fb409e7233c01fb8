"""One job: the stages in order, nothing else.

read → cast → speak → fit (→ speak faster → fit again) → mix and encode → mux
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any

from dubber import documents
from dubber.config.layers import COMMAND_LINE
from dubber.edits import edit_files
from dubber.encoding import encoder
from dubber.errors import InputError, ToolError
from dubber.files import chosen as chosen_takes
from dubber.files import input_files, outputs
from dubber.files.digests import Contents
from dubber.files.outputs import PICTURE, REPORT, Claim
from dubber.files.store import Store
from dubber.files.written import mark
from dubber.fitting import nearest, wanted_speeds
from dubber.job import disk_space, estimate, provenance, reporting, versions
from dubber.job.captions import subrip
from dubber.job.estimate import Spoken
from dubber.job.events import Tell, as_one_of, note, notes_of, unfit_lines
from dubber.job.job import Job, Outcome
from dubber.job.originals import heeding
from dubber.job.provenance import Origin
from dubber.job.redo import redone
from dubber.job.report import Report, TrackReport, VersionReport
from dubber.job.timeline_svg import timeline
from dubber.job.timing import listening
from dubber.job.versions import Version
from dubber.media import containers, ffmpeg
from dubber.media.film import Film
from dubber.media.probe import probe
from dubber.mixing import clips, mix
from dubber.mixing.bed import Bed
from dubber.mixing.bed_analysis import Listener
from dubber.mixing.mix import Score
from dubber.mixing.settings import Mixing
from dubber.model import Event, Line, Plan, Track
from dubber.muxing import mux
from dubber.synthesis import identity
from dubber.synthesis.preflight import Preflight, preflight
from dubber.synthesis.recognition import Listening
from dubber.synthesis.speaking import Speaking
from dubber.synthesis.synthesize import PRELOAD, Opener, Pool, synthesize
from dubber.workers import executors, malloc
from dubber.workers.background import Background

CARRIED = frozenset({".srt", ".vtt", ".ass", ".ssa"})  # files that can be put into a film as they are


@contextmanager
def _in_words() -> Iterator[None]:
    """What the system refuses (no memory, no process, no room) becomes one of our errors, in one line."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever reads our events has gone: not this film's fault
    except OSError as error:
        where = str(error.filename or "")
        raise ToolError(
            error.strerror or str(error), where=where, advice="finished takes are kept: run again"
        ) from error
    except executors.BrokenExecutor as error:
        advice = "is there memory enough? finished takes are kept: run again"
        raise ToolError("a process that mixes and encodes was ended", advice=advice) from error


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job that was looked into: its film and words read, its output known. prints: the inputs as they were then."""

    film: Film
    versions: tuple[Version, ...]
    target: Path
    prints: Mapping[Path, input_files.Fingerprint]


@_in_words()
def prepare(job: Job, looked: Callable[[], Film] | None = None) -> Prepared:
    """Read what a job is made of. Raises InputError when the user has to change something.

    looked: gives the film, for who began to look at it early (Background).
    """
    looked = heeding(job, looked or Background(partial(probe, job.film)))
    inputs = [job.film, *job.subtitles, *([job.bed] if job.bed else [])]
    try:
        prints = {path: input_files.fingerprint(path) for path in inputs}
    except InputError:
        looked()  # what is wrong with the film is said first
        raise
    chosen = versions.read(job, looked, hear=listening(job, looked))
    film = looked()
    return Prepared(film, chosen, estimate.target(job, film, chosen), prints)


@_in_words()
def run(
    job: Job,
    on_event: Tell = lambda event: None,
    *,
    prepared: Prepared | None = None,
    looked: Callable[[], Film] | None = None,
    pool: Opener = Pool,
    rehearsal: Preflight = preflight,
    origin: Origin | None = None,
) -> Outcome:
    """Dub one film. Raises InputError before anything is spoken when the user has to change something.

    The outcome has no output when lines could not be spoken and the job does not allow that: their takes are kept.
    prepared: what prepare() gave for this job; looked: gives its film, for who began to look early. pool, rehearsal:
    who speaks, and who asks them first; several films can share both. origin: what the film is made from, for the
    report; an output that stands already is then left alone.
    """
    started = monotonic()
    malloc.limit_malloc_retention()
    executors.warm(PRELOAD)
    Background(ffmpeg.version)  # which encoding asks for
    on_event(Event("stage", "reading"))
    ready = prepared or prepare(job, looked)
    on_event(Event("step", "reading", done=1, total=1))
    film, chosen, target, output = ready.film, ready.versions, ready.target, job.profile.output
    note(job.profile.remarks, on_event)
    notes_of(chosen, on_event)
    renamed = estimate.renamed(job, film, chosen, target)
    note(renamed, on_event)
    store = Store(job.store)
    store.sweep()
    may = job.overwrite or output.overwrite
    with ExitStack() as stack:
        waits = {"silence": job.silence, "patience": job.patience}
        claiming = outputs.claim(target, job.inputs, may, store=job.store, **waits)
        claim = stack.enter_context(claiming)
        if origin and origin.stands(target):  # another run made it while we waited for the claim
            return Outcome(target, provenance.whole_report(target) or reporting.build(job, (), target), found=True)
        captions = _captions(job, chosen)
        foreseen = mux.preflight(film, output, claim, dubs=len(chosen), captions=len(captions))
        note(foreseen, on_event)
        identities = identity.ask(
            chain.from_iterable(version.lines for version in chosen), job.profile.backends, store, on_event
        )
        unknown = identities if job.redo_unknown else None
        lines = [tuple(redone(one.lines, job.redo, store, unknown)) for one in chosen]
        servers = rehearsal(chain.from_iterable(lines), job.profile.backends, store, on_event, identities)
        note(identity.replaced(chain.from_iterable(lines), identities, store), on_event)
        speak = partial(
            synthesize, options=job.profile.backends, store=store, settings=job.profile.synthesis, pool=pool,
            identities=identities,
        )  # fmt: skip
        unspoken = [line for line in chain.from_iterable(lines) if identities.stored(line, store) is None]
        needs = disk_space.needs(film, target, unspoken, len(chosen), output, store.root)
        disk_space.require(needs)
        for warning in disk_space.short(needs):
            on_event(Event("warning", "disk", warning))
        hearing = stack.enter_context(Listening(store, job.profile.synthesis, on_event))
        hearing.prepare({line.tongue for some in lines for line in some})
        contents = Contents(store)
        listener = stack.enter_context(Listener(partial(_bed, job, film, _mixing(job)), contents, store))
        speaking = Speaking(speak, store, job.profile.synthesis, hearing, on_event)
        spoken = [_speak(version, some, job, film, speaking) for version, some in zip(chosen, lines, strict=True)]
        _note_chosen(spoken, job.film, store)
        note(chain.from_iterable(reporting.of_unknown_origin(one.takes) for one in spoken), on_event)
        whole = job.allow_missing or not any(one.failures for one in spoken)
        bed = _bed_and_clips(spoken, listener, _mixing(job), store, on_event) if whole else None
        written, complaints, muxed, tracks = None, list[str](), None, list[Track]()
        tell: Callable[[], Told] = partial(_all_told, spoken, job, target)
        told = tell
        if whole:
            scores = [_score(one, bed, job, film, store) for one in spoken]
            malloc.trim()
            proven = Background(contents.prove)
            means = {"ahead": 2 * executors.cores(), "store": store, "on_event": on_event}
            telling = list[Background[Told]]()  # a report of ten hours is large: it is not made before encoding is over
            tracks, muxed = _write(
                spoken, scores, job, film, claim, captions, means, lambda: telling.append(Background(tell))
            )
            told = telling[0]
            proven()
            for path, before in ready.prints.items():
                input_files.check_unchanged(path, before)
            written = target
        rows, pictures = told()
        made_from = origin.made_from if origin else None
        report = reporting.build(job, rows, written, monotonic() - started)
        report = replace(report, made_from=made_from, servers=servers, recognisers=hearing.recognisers)
        if muxed:
            report = _with_film(report, muxed, tracks, renamed, claim)
            with outputs.uninterrupted():  # a film without its report would be a riddle: nothing comes between
                claim.publish()
                complaints = _lay_beside(claim, report, pictures)
    if written:
        on_event(Event("step", "mux", done=1, total=1))
    note((one for one in (muxed.notes if muxed else ()) if one not in foreseen), on_event)
    for complaint in complaints:
        on_event(Event("warning", "report", complaint))
    return Outcome(written, report)


Told = tuple[list[VersionReport], dict[str, str]]


def _all_told(spoken: Sequence[Spoken], job: Job, target: Path) -> Told:
    """What the report says of each version, and the drawings of their plans by language ("": there is one alone)."""
    drawn = {one.version.language if len(spoken) > 1 else "": one for one in spoken}
    pictures = {tag: timeline(one.plan, one.takes, title=target.name) for tag, one in drawn.items()}
    return [estimate.told(one, job) for one in spoken], pictures


def _lay_beside(claim: Claim, told: Report, pictures: Mapping[str, str]) -> list[str]:
    """The pictures of the plans, then the report: once that lies there, all does. The film is written already: a full
    disk is a complaint now."""
    files = [(f".{language}{PICTURE}" if language else PICTURE, picture) for language, picture in pictures.items()]
    complaints = []
    for ending, text in (*files, (REPORT, documents.laid_out(documents.as_json(told)))):
        try:
            claim.lay_beside(ending, text.encode(errors="backslashreplace"))
        except OSError as error:
            path = outputs.beside(claim.path, ending)
            complaints.append(f"{path}: could not be written; the film itself is whole: {error.strerror or error}")
    return complaints


def _captions(job: Job, chosen: Sequence[Version]) -> list[mux.Captions]:
    """The subtitle files as tracks, when the profile wants them in the film."""
    if not job.profile.output.embed_subs:
        return []
    found = []
    for version in chosen:
        if version.path is not None and (version.moved or version.path.suffix.lower() not in CARRIED):
            found.append(mux.Captions(subrip(version.lines), ".srt", version.language))
        elif version.path is not None:
            data = input_files.read_bytes(version.path, job.profile.reading.max_bytes)
            text = data.decode(version.script.encoding).lstrip("\ufeff")
            found.append(mux.Captions(text, version.path.suffix.lower(), version.language))
    return found


def _note_chosen(spoken: Iterable[Spoken], film: Path, store: Store) -> None:
    """Which takes a person chose: the store keeps them."""
    for one in spoken:
        edits = edit_files.place(film, one.version.path, one.version.language).path
        keys = [take.key for take in one.takes if take.line.edit and take.line.edit.take]
        chosen_takes.note(store.root, edits, keys)


def _speak(version: Version, lines: Sequence[Line], job: Job, film: Film, speaking: Speaking) -> Spoken:
    """Natural takes, a plan, the lines that need it once more and faster, the plan of whichever take fits better."""
    takes, failures = speaking.takes(lines)
    plan = estimate.plan(takes, job.profile, film)
    faster = wanted_speeds(plan, takes, job.profile.fitting, estimate.speeds(lines))
    if faster:
        again = [replace(take.line, speed=faster[take.line.index]) for take in takes if take.line.index in faster]
        quick = speaking.faster(again)
        takes = nearest(plan, takes, {take.line.index: take for take in quick})
        plan = estimate.plan(takes, job.profile, film)
    unfit_lines(plan, takes, speaking.on_event)
    return Spoken(version, takes, failures, plan)


def _bed_and_clips(
    spoken: Sequence[Spoken], listener: Listener, settings: Mixing, store: Store, on_event: Tell
) -> Bed | None:
    """The bed, as soon as it was listened to; clips are stretched meanwhile."""
    on_event(Event("stage", "mixing"))
    if not listener.done():
        keys = [{take.line.index: take.key for take in one.takes} for one in spoken]
        pairs = zip(spoken, keys, strict=True)
        pieces = ((some[place.line], place) for one, some in pairs for place in one.plan.placements)
        clips.ahead(pieces, settings.stretcher, store.root, listener.done, PRELOAD)
    bed = listener.bed()
    on_event(Event("step", "mixing", done=1, total=1))
    return bed


def _score(one: Spoken, bed: Bed | None, job: Job, film: Film, store: Store) -> Score:
    length = _length(one.plan, film)
    return mix.compose(one.plan, one.takes, _mixing(job), store, milliseconds=length, bed=bed)


def _write(
    spoken: Sequence[Spoken],
    scores: Sequence[Score],
    job: Job,
    film: Film,
    claim: Claim,
    captions: Sequence[mux.Captions],
    means: Mapping[str, Any],
    on_encoded: Callable[[], None],
) -> tuple[list[Track], mux.Muxed]:
    """Each version's sound, mixed and encoded in stretches side by side, and the film with all of them.

    The last one goes into the film while it is encoded, when its codec allows that; the others are files until then.
    means: what encoding works with. on_encoded: is called when all is encoded, and the film is still to be ended.
    """
    output, tracks, flow = job.profile.output, list[Track](), None
    with ExitStack() as stack:
        executor = stack.enter_context(executors.open_executor("processes", preload=PRELOAD))
        means = {**means, "executor": executor}
        tell = means["on_event"]
        tell(Event("stage", "encode"))
        for place, (one, score) in enumerate(zip(spoken, scores, strict=True)):
            means["on_event"] = partial(as_one_of, tell, place, len(spoken))
            coding = containers.coding(claim.path, score.channels, output.codec, output.bitrate)
            if one is spoken[-1] and coding.how.frame:
                track = encoder.track_metadata(_sound(score), coding)
                flow = partial(_flow, partial(encoder.flow, _sound(score), coding, **means), on_encoded)
            else:
                out = claim.scratch(f"{place}{coding.how.suffix}")
                stack.callback(out.unlink, missing_ok=True)
                track = encoder.encode(_sound(score), coding, out, **means)
            title = output.title.replace("{language}", one.version.language)
            tracks.append(replace(track, language=one.version.language, title=title))
        if flow is None:
            on_encoded()
        tell(Event("stage", "mux"))
        return tracks, mux.mux(film, tracks, output, claim, captions=captions, flow=flow)


def _flow(encode: mux.Flow, then: Callable[[], None], write: Callable[[bytes], object]) -> None:
    encode(write)
    then()


def _length(plan: Plan, film: Film) -> int:
    """How long the track is (ms): as the film; longer only when the last words would be cut off."""
    return max([film.milliseconds, *(ceil(placement.end) for placement in plan.placements)])


def _mixing(job: Job) -> Mixing:
    """The profile's mixing; a stem that the user gave holds no speech: it is kept unless he asks for ducking."""
    settings = job.profile.mixing
    ducked = settings.bed == "duck" and job.profile.sources.get("mixing.bed") == COMMAND_LINE
    return replace(settings, bed="keep") if job.bed and not ducked else settings


def _bed(job: Job, film: Film, settings: Mixing) -> Bed | None:
    """What lies under the voices: the stem that the user gave, else the film's own sound."""
    source = probe(job.bed) if job.bed else film
    stream = source.original
    if job.bed and stream is None:
        raise InputError("has no sound", where=str(job.bed), advice="--bed wants music and effects")
    if stream is None or settings.bed == "none":
        return None
    channels = mix.channels_of(settings, stream.channels)
    return Bed(source, stream, "", channels)


def _sound(score: Score) -> encoder.Sound:
    return encoder.Sound(
        partial(mix.render, score), score.frames, mix.RATE, score.channels, partial(mix.digest, score),
        partial(mix.busy, score), partial(mix.piece, score),
    )  # fmt: skip


def _streams(film: Film, dubs: int) -> list[str]:
    """What is in the written film, one stream a sentence."""
    described = []
    for stream in film.streams:
        place = film.audio.index(stream) if stream.kind == "audio" else -1
        role = "" if place < 0 else "dub" if place < dubs else stream.role or "original"
        facts = [stream.codec, stream.language, f"{stream.channels} ch" if stream.channels else "", role]
        default = " (default)" if stream.default and stream.kind == "audio" else ""
        described.append(" ".join([stream.kind, *filter(None, facts)]) + default)
    return described


def _with_film(
    report: Report, muxed: mux.Muxed, tracks: Sequence[Track], renamed: Iterable[str], claim: Claim
) -> Report:
    """The report with what is to be said of the film, which is complete and has not got its name yet."""
    told = tuple(TrackReport(one.codec, one.language, one.title, one.channels) for one in tracks)
    streams, notes = tuple(_streams(muxed.film, len(tracks))), (*renamed, *muxed.notes)
    return replace(report, streams=streams, notes=notes, tracks=told, whole=mark(claim.part))
