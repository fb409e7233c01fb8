"""From the plans of all language versions to the film that holds their tracks: mixed, encoded, muxed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import ceil

from dubber.config.layers import COMMAND_LINE
from dubber.encoding import encoder
from dubber.errors import InputError
from dubber.files.outputs import Claim
from dubber.files.store import Store
from dubber.job.estimate import Spoken
from dubber.job.events import Tell, as_one_of
from dubber.job.job import Job
from dubber.media import containers
from dubber.media.film import Film
from dubber.media.probe import probe
from dubber.mixing import clips, mix
from dubber.mixing.bed import Bed
from dubber.mixing.bed_analysis import Listener
from dubber.mixing.mix import Score
from dubber.mixing.settings import Mixing
from dubber.model import Event, Plan, Track
from dubber.muxing import mux
from dubber.synthesis.synthesize import PRELOAD
from dubber.workers import executors


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """What a job's tracks are made with. tell: hears of the progress."""

    job: Job
    film: Film
    store: Store
    tell: Tell

    @property
    def mixing(self) -> Mixing:
        """The profile's; a stem that the user gave holds no speech: it is kept unless he asks for ducking."""
        settings = self.job.profile.mixing
        ducked = settings.bed == "duck" and self.job.profile.sources.get("mixing.bed") == COMMAND_LINE
        return replace(settings, bed="keep") if self.job.bed and not ducked else settings

    def find_bed(self) -> Bed | None:
        """What lies under the voices: the stem that the user gave, else the film's own sound; None: nothing does.
        Raises InputError when the stem has no sound."""
        source = probe(self.job.bed) if self.job.bed else self.film
        stream = source.original
        if self.job.bed and stream is None:
            raise InputError("has no sound", where=str(self.job.bed), advice="--bed wants music and effects")
        if stream is None or self.mixing.bed == "none":
            return None
        return Bed(source, stream, "", mix.channels_of(self.mixing, stream.channels))

    def scores(self, spoken: Sequence[Spoken], listener: Listener) -> list[Score]:
        """What each version's mix is made of, as soon as the bed was listened to; clips are stretched meanwhile."""
        self.tell(Event("stage", "mixing"))
        if not listener.done():
            keys = [{take.line.index: take.key for take in one.takes} for one in spoken]
            pairs = zip(spoken, keys, strict=True)
            pieces = ((some[place.line], place) for one, some in pairs for place in one.plan.placements)
            clips.ahead(pieces, self.mixing.stretcher, self.store.root, listener.done, PRELOAD)
        bed = listener.bed()
        self.tell(Event("step", "mixing", done=1, total=1))
        return [self._score(one, bed) for one in spoken]

    def _score(self, one: Spoken, bed: Bed | None) -> Score:
        length = _length(one.plan, self.film)
        return mix.compose(one.plan, one.takes, self.mixing, self.store, milliseconds=length, bed=bed)

    def write(
        self,
        spoken: Sequence[Spoken],
        scores: Sequence[Score],
        claim: Claim,
        captions: Sequence[mux.Captions],
        on_encoded: Callable[[], object],
    ) -> tuple[list[Track], mux.Muxed]:
        """Mix and encode each version in segments side by side, and write the film with all of them to claim.part.

        The last track goes into the film while it is encoded, when its codec allows that; the others are files until
        then. on_encoded: is called when all is encoded, and the film is still to be ended; once more when muxing has to
        be begun again. Raises InputError when the container cannot carry it, ToolError when ffmpeg fails or the disk is
        full.
        """
        self.tell(Event("stage", "encode"))
        *files, last = zip(spoken, scores, strict=True)
        with self._encoding(claim, len(spoken)) as encoding:
            tracks = [encoding.to_file(score, one, number) for number, (one, score) in enumerate(files)]
            one, score = last
            if (coding := encoding.coding(score)).how.frame:
                tracks.append(encoding.named(encoder.track_metadata(_sound(score), coding), one))
                flow = partial(encoding.flow, score, on_encoded)
            else:
                tracks.append(encoding.to_file(score, one, len(files)))
                flow = None
                on_encoded()
            self.tell(Event("stage", "mux"))
            output = self.job.profile.output
            return tracks, mux.mux(self.film, tracks, output, claim, captions=captions, flow=flow)

    @contextmanager
    def _encoding(self, claim: Claim, count: int) -> Iterator[_Encoding]:
        with ExitStack() as stack:
            executor = stack.enter_context(executors.open_executor("processes", preload=PRELOAD))
            yield _Encoding(self, claim, count, executor, stack)


@dataclass(frozen=True, slots=True)
class _Encoding:
    """Encoding under way: its processes, and the files that go when it is over."""

    of: Soundtrack
    claim: Claim
    count: int  # of tracks
    executor: executors.Executor
    ends: ExitStack

    def coding(self, score: Score) -> containers.Coding:
        output = self.of.job.profile.output
        return containers.coding(self.claim.path, score.channels, output.codec, output.bitrate)

    def to_file(self, score: Score, one: Spoken, number: int) -> Track:
        coding, store = self.coding(score), self.of.store
        out = self.claim.scratch(f"{number}{coding.how.suffix}")
        self.ends.callback(out.unlink, missing_ok=True)
        tell = self._progress(number)
        track = encoder.encode(
            _sound(score), coding, out, executor=self.executor, ahead=_ahead(), store=store, on_event=tell
        )
        return self.named(track, one)

    def flow(self, score: Score, then: Callable[[], object], write: Callable[[bytes], object]) -> None:
        """Encode into what muxes it; then is called at the end."""
        coding, store, tell = self.coding(score), self.of.store, self._progress(self.count - 1)
        encoder.flow(_sound(score), coding, write, executor=self.executor, ahead=_ahead(), store=store, on_event=tell)
        then()

    def _progress(self, number: int) -> Tell:
        return partial(as_one_of, self.of.tell, number, self.count)

    def named(self, track: Track, one: Spoken) -> Track:
        language, title = one.version.language, self.of.job.profile.output.title
        return replace(track, language=language, title=title.replace("{language}", language))


def _ahead() -> int:
    """How many runs of segments are under way at once."""
    return 2 * executors.cores()


def _sound(score: Score) -> encoder.Sound:
    return encoder.Sound(
        partial(mix.render, score), score.frames, mix.RATE, score.channels, partial(mix.digest, score),
        partial(mix.busy, score), partial(mix.piece, score),
    )  # fmt: skip


def _length(plan: Plan, film: Film) -> int:
    """How long the track is (ms): as the film; longer only when the last words would be cut off."""
    return max([film.milliseconds, *(ceil(placement.end) for placement in plan.placements)])


def streams(film: Film, dubs: int) -> list[str]:
    """What is in a written film, one stream a sentence."""
    described = []
    for stream in film.streams:
        place = film.audio.index(stream) if stream.kind == "audio" else -1
        role = "" if place < 0 else "dub" if place < dubs else stream.role or "original"
        facts = [stream.codec, stream.language, f"{stream.channels} ch" if stream.channels else "", role]
        default = " (default)" if stream.default and stream.kind == "audio" else ""
        described.append(" ".join([stream.kind, *filter(None, facts)]) + default)
    return described
