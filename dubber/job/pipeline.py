"""One job: the stages in order, nothing else.

read → cast → speak → fit (→ speak faster → fit again) → mix and encode → mux
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from itertools import chain
from pathlib import Path
from time import monotonic

from dubber import documents
from dubber.background import background
from dubber.edits import edit_files
from dubber.errors import InputError, ToolError, of_the_machine
from dubber.files import chosen as chosen_takes
from dubber.files import input_files, outputs
from dubber.files.digests import Contents
from dubber.files.outputs import PICTURE, REPORT, Claim
from dubber.files.store import Store
from dubber.files.written import Mark, mark
from dubber.fitting import nearest, wanted_speeds
from dubber.job import disk_space, estimate, provenance, reporting, versions
from dubber.job.captions import captions
from dubber.job.estimate import Spoken
from dubber.job.events import Tell, note, notes_of, unfit_lines
from dubber.job.job import Job, Outcome
from dubber.job.originals import heeding
from dubber.job.provenance import Origin
from dubber.job.redo import redone
from dubber.job.report import Report, TrackReport, VersionReport
from dubber.job.soundtrack import Soundtrack, streams
from dubber.job.timeline_svg import timeline
from dubber.job.timing import listening
from dubber.job.versions import Version
from dubber.media import ffmpeg
from dubber.media.film import Film
from dubber.media.probe import probe
from dubber.mixing.bed_analysis import Listener
from dubber.model import Event, Line, Track
from dubber.muxing import mux
from dubber.synthesis import identity
from dubber.synthesis.preflight import Preflight, preflight
from dubber.synthesis.recognition import Listening
from dubber.synthesis.speaking import Speaking
from dubber.synthesis.synthesize import PRELOAD, Opener, Pool, synthesize
from dubber.workers import executors, malloc

KEPT = "finished takes are kept: run again"


@contextmanager
def _in_words() -> Iterator[None]:
    """What the system refuses (no memory, no process, no room) becomes one of our errors, in one line."""
    try:
        yield
    except BrokenPipeError:
        raise  # whoever reads our events has gone: not this film's fault
    except OSError as error:
        trouble = of_the_machine(error)
        advice = f"{trouble.advice}; {KEPT}" if trouble and trouble.advice else KEPT
        where = os.fsdecode(error.filename) if error.filename else ""
        raise ToolError(error.strerror or str(error), where=where, advice=advice) from error
    except executors.BrokenExecutor as error:
        raise ToolError(
            "a process that mixes and encodes was ended", advice=f"is there memory enough? {KEPT}"
        ) from error


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

    looked: gives the film, for who began to look at it early.
    """
    looked = heeding(job, looked or background(partial(probe, job.film)).result)
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
    preflight: Preflight = preflight,
    origin: Origin | None = None,
) -> Outcome:
    """Dub one film. Raises InputError before anything is spoken when the user has to change something.

    The outcome has no output when lines could not be spoken and the job does not allow that: their takes are kept.
    prepared: what prepare() gave for this job; looked: gives its film, for who began to look early. pool, preflight:
    who speaks, and who asks them first; several films can share both. origin: what the film is made from, for the
    report; an output that stands already is then left alone.
    """
    started = monotonic()
    malloc.limit_malloc_retention()
    executors.warm(PRELOAD)
    background(ffmpeg.version)  # which encoding asks for
    on_event(Event("stage", "reading"))
    ready = prepared or prepare(job, looked)
    on_event(Event("step", "reading", done=1, total=1))
    return _Dubbing(job, ready, on_event, pool, preflight, origin, started).outcome()


@dataclass(frozen=True, slots=True)
class _Voices:
    """Who speaks: what each voice system is, what its servers answered, and the lines of each version."""

    identities: identity.Identities
    servers: Mapping[str, str]
    lines: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class _Descriptions:
    """What the report says of each version, and the drawings of their plans by language ("": there is one alone)."""

    rows: Sequence[VersionReport]
    pictures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Written:
    """A film that is complete, and has not got its name yet."""

    told: _Descriptions
    muxed: mux.Muxed
    tracks: Sequence[Track]
    mark: Mark


@dataclass
class _Dubbing:
    """A job under way. Each method is a stage: it takes what the stage before gave."""

    job: Job
    ready: Prepared
    tell: Tell
    pool: Opener
    preflight: Preflight
    origin: Origin | None
    started: float  # by monotonic()

    def outcome(self) -> Outcome:
        """The whole way. Raises what run() does."""
        ready, profile = self.ready, self.job.profile
        self._tell_what_was_read()
        self.store.sweep()
        with ExitStack() as ends:
            claim = self._claim(ends)
            if claim is None:
                return self._found()
            texts = captions(self.job, ready.versions)
            foreseen = mux.preflight(ready.film, profile.output, claim, dubs=len(ready.versions), captions=len(texts))
            note(foreseen, self.tell)
            voices = self._ask_voices()
            hearing = ends.enter_context(Listening(self.store, profile.synthesis, self.tell))
            contents = Contents(self.store)
            listener = ends.enter_context(Listener(self.soundtrack.find_bed, contents, self.store))
            spoken = self._speak(voices, hearing)
            if any(one.failures for one in spoken) and not self.job.allow_missing:
                return Outcome(None, self._report(self._describe(spoken), voices, hearing, None))
            written = self._write(spoken, listener, contents, claim, texts)
            report = self._report(written.told, voices, hearing, written)
            complaints = self._publish(claim, report, written.told)
        self.tell(Event("step", "mux", done=1, total=1))
        note((one for one in written.muxed.notes if one not in foreseen), self.tell)
        for complaint in complaints:
            self.tell(Event("warning", "report", complaint))
        return Outcome(ready.target, report)

    @cached_property
    def store(self) -> Store:
        return Store(self.job.store)

    @cached_property
    def soundtrack(self) -> Soundtrack:
        return Soundtrack(self.job, self.ready.film, self.store, self.tell)

    @cached_property
    def renamed(self) -> tuple[str, ...]:
        """In a sentence, why the output is not named as one would think."""
        return tuple(estimate.renamed(self.job, self.ready.film, self.ready.versions, self.ready.target))

    # before anything is spoken

    def _tell_what_was_read(self) -> None:
        note(self.job.profile.remarks, self.tell)
        notes_of(self.ready.versions, self.tell)
        note(self.renamed, self.tell)

    def _claim(self, ends: ExitStack) -> Claim | None:
        """The output is ours until the end; None: another run has made it meanwhile, from the same. Raises InputError
        when it may not be written."""
        job, target = self.job, self.ready.target
        waits = {"silence": job.silence, "patience": job.patience}
        claiming = outputs.claim(target, job.inputs, job.overwrites, store=job.store, **waits)
        try:
            claim = ends.enter_context(claiming)
        except InputError:
            if self._stands():
                return None
            raise
        return None if self._stands() else claim

    def _stands(self) -> bool:
        return self.origin is not None and self.origin.stands(self.ready.target)

    def _found(self) -> Outcome:
        target = self.ready.target
        return Outcome(target, provenance.whole_report(target) or reporting.build(self.job, (), target), found=True)

    def _ask_voices(self) -> _Voices:
        """Ask the voice systems what they are, whether they have what the cast wants, and look whether there is room
        for what they will say. Raises InputError when the user has to change something."""
        options, chosen = self.job.profile.backends, self.ready.versions
        known = identity.ask(chain.from_iterable(one.lines for one in chosen), options, self.store, self.tell)
        unknown = known if self.job.redo_unknown else None
        lines = tuple(tuple(redone(one.lines, self.job.redo, self.store, unknown)) for one in chosen)
        every = list(chain.from_iterable(lines))
        servers = self.preflight(every, options, self.store, self.tell, known)
        note(identity.replaced(every, known, self.store), self.tell)
        self._look_at_disks(line for line in every if known.stored(line, self.store) is None)
        return _Voices(known, servers, lines)

    def _look_at_disks(self, unspoken: Iterable[Line]) -> None:
        ready, output = self.ready, self.job.profile.output
        needs = disk_space.needs(ready.film, ready.target, unspoken, len(ready.versions), output, self.store.root)
        disk_space.require(needs)
        for warning in disk_space.short(needs):
            self.tell(Event("warning", "disk", warning))

    # lines → takes → plans

    def _speak(self, voices: _Voices, hearing: Listening) -> list[Spoken]:
        profile = self.job.profile
        hearing.prepare({line.tongue for some in voices.lines for line in some})
        speak = partial(
            synthesize, options=profile.backends, store=self.store, settings=profile.synthesis, pool=self.pool,
            identities=voices.identities,
        )  # fmt: skip
        speaking = Speaking(speak, self.store, profile.synthesis, hearing, self.tell)
        pairs = zip(self.ready.versions, voices.lines, strict=True)
        spoken = [self._speak_version(version, lines, speaking) for version, lines in pairs]
        self._note_chosen(spoken)
        note(chain.from_iterable(reporting.of_unknown_origin(one.takes) for one in spoken), self.tell)
        return spoken

    def _speak_version(self, version: Version, lines: Sequence[Line], speaking: Speaking) -> Spoken:
        """Natural takes, a plan, the lines that need it once more and faster, the plan of the takes that fit better."""
        profile, film = self.job.profile, self.ready.film
        takes, failures = speaking.takes(lines)
        plan = estimate.plan(takes, profile, film)
        faster = wanted_speeds(plan, takes, profile.fitting, estimate.speeds(lines))
        if faster:
            again = [replace(take.line, speed=faster[take.line.index]) for take in takes if take.line.index in faster]
            quick = speaking.faster(again)
            takes = nearest(plan, takes, {take.line.index: take for take in quick})
            plan = estimate.plan(takes, profile, film)
        unfit_lines(plan, takes, self.tell)
        return Spoken(version, takes, failures, plan)

    def _note_chosen(self, spoken: Iterable[Spoken]) -> None:
        """Which takes a person chose: the store keeps them."""
        for one in spoken:
            edits = edit_files.place(self.job.film, one.version.path, one.version.language).path
            keys = [take.key for take in one.takes if take.line.edit and take.line.edit.take]
            chosen_takes.note(self.store.root, edits, keys)

    # plans → film

    def _write(
        self,
        spoken: Sequence[Spoken],
        listener: Listener,
        contents: Contents,
        claim: Claim,
        texts: Sequence[mux.Captions],
    ) -> _Written:
        """Mix, encode and mux into claim.part. What the report says is made while the film is ended: not before
        encoding is over, since that of ten hours is large."""
        scores = self.soundtrack.scores(spoken, listener)
        malloc.trim()
        proven = background(contents.prove)
        begun = cache(lambda: background(partial(self._describe, spoken)))  # once, though muxing may begin again
        tracks, muxed = self.soundtrack.write(spoken, scores, claim, texts, on_encoded=begun)
        told = begun().result()
        proven.result()
        for path, before in self.ready.prints.items():
            input_files.check_unchanged(path, before)
        return _Written(told, muxed, tracks, mark(claim.part))

    # the report

    def _describe(self, spoken: Sequence[Spoken]) -> _Descriptions:
        drawn = {one.version.language if len(spoken) > 1 else "": one for one in spoken}
        title = self.ready.target.name
        pictures = {tag: timeline(one.plan, one.takes, title=title) for tag, one in drawn.items()}
        return _Descriptions([estimate.told(one, self.job) for one in spoken], pictures)

    def _report(self, told: _Descriptions, voices: _Voices, hearing: Listening, written: _Written | None) -> Report:
        output = self.ready.target if written else None
        whole = reporting.build(self.job, told.rows, output, monotonic() - self.started)
        made_from = self.origin.made_from if self.origin else None
        whole = replace(whole, made_from=made_from, servers=voices.servers, recognisers=hearing.recognisers)
        if written is None:
            return whole
        notes = (*self.renamed, *written.muxed.notes)
        tracks = tuple(TrackReport(one.codec, one.language, one.title, one.channels) for one in written.tracks)
        made = tuple(streams(written.muxed.film, len(tracks)))
        return replace(whole, streams=made, notes=notes, tracks=tracks, whole=written.mark)

    def _publish(self, claim: Claim, whole: Report, told: _Descriptions) -> list[str]:
        """The film gets its name, then the pictures of the plans and the report are laid beside it: once the report
        lies there, all does. The film is written already: a full disk is a complaint now."""
        endings = {f".{language}{PICTURE}" if language else PICTURE: text for language, text in told.pictures.items()}
        complaints = []
        with outputs.uninterrupted():  # a film without its report would be a riddle: nothing comes between
            claim.publish()
            for ending, text in (*endings.items(), (REPORT, documents.laid_out(documents.as_json(whole)))):
                try:
                    claim.lay_beside(ending, text.encode(errors="backslashreplace"))
                except OSError as error:
                    path, why = outputs.beside(claim.path, ending), error.strerror or error
                    complaints.append(f"{path}: could not be written; the film itself is whole: {why}")
        return complaints
