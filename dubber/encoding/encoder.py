"""The mix as an encoded track. Stretches of it are encoded side by side and joined packet by packet.

A codec of this kind (AAC, MP3, AC-3, MP2) turns frames of samples into packets; a packet depends on what came shortly
before. So each stretch is encoded with some packets before and after it, which are thrown away: what is kept equals
what one encoder over the whole film makes of it, up to the noise of its rate control. The same knowledge puts sample 0
of the track on a packet's beginning: the encoder's delay is filled up to whole packets with silence, and these
packets are dropped (or kept, for a container that can say that sound begins before time zero).

Encoded stretches go into the store, by content, and from there into the film: an edit encodes again only what it
touches, and no process holds more than a few of them.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from dubber.background import background
from dubber.encoding import packets
from dubber.encoding.segments import Run, Segment, runs, segments
from dubber.errors import ToolError
from dubber.files import blobs
from dubber.media import ffmpeg
from dubber.media.containers import Coding
from dubber.model import Event, Track
from dubber.workers import executors, malloc

if TYPE_CHECKING:
    from numpy.typing import NDArray

Render = Callable[[int, int], "NDArray[np.float32]"]
VERSION = 2  # part of each kept stretch's key: raise it when equal sound is encoded to other bytes
BEFORE, AFTER = 32, 4  # packets encoded and thrown away; 16 were as good as one run in a test, 8 were not
BLOCK = 2.0  # seconds rendered at once


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound of which frames are to be rendered, and no more than that takes. Picklable."""

    render: Render
    frames: int
    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Sound:
    """What is to be encoded. Picklable.

    render: (start, end) in frames → float32 (end - start, channels), the same whatever pieces are asked for.
    key: (start, end) → what decides how that piece sounds, as a text. busy: gives the frames where somebody speaks;
    cuts stay out of them. within: (start, end) → a render for that piece alone, which a worker is sent instead of the
    whole (None: there is none).
    """

    render: Render
    frames: int
    rate: int
    channels: int
    key: Callable[[int, int], str]
    busy: Callable[[], Iterable[tuple[int, int]]] = tuple
    within: Callable[[int, int], Render] | None = None

    def piece(self, start: int, end: int) -> Piece:
        return Piece(self.within(start, end) if self.within else self.render, self.frames, self.rate, self.channels)


def encode(
    sound: Sound, coding: Coding, out: Path, *, executor: executors.Executor, ahead: int, store: blobs.Blobs,
    on_event: Callable[[Event], None] = lambda event: None,
) -> Track:  # fmt: skip
    """Encode a film's sound into out. Sample 0 of the sound is time zero of the track; its length is exact.

    executor: processes (render computes). ahead: how many runs of stretches are under way at once. The track's
    language and title are the caller's to add. Raises ToolError: ffmpeg failed, the disk is full.
    """
    if not coding.how.frame:
        _stream(sound, coding, out, on_event)
        return track_metadata(sound, coding, out)
    try:
        with out.open("wb") as file:
            flow(sound, coding, file.write, executor=executor, ahead=ahead, store=store, on_event=on_event)
    except OSError as error:
        advice = "free some space; finished takes are kept"
        raise ToolError(f"cannot be written: {error.strerror}", where=str(out.parent), advice=advice) from error
    return track_metadata(sound, coding, out)


def flow(
    sound: Sound, coding: Coding, write: Callable[[bytes], object], *, executor: executors.Executor, ahead: int,
    store: blobs.Blobs, on_event: Callable[[Event], None] = lambda event: None,
) -> None:  # fmt: skip
    """The same for who takes the file's bytes in order as they come; codecs that are packets (`Codec.frame`) only."""
    pieces = _encoded(sound, coding, executor, ahead, store, on_event)
    for part in packets.track(pieces, coding, sound.rate, sound.frames):
        write(part)
        del part  # before the next megabyte is read
        malloc.trim()


def track_metadata(sound: Sound, coding: Coding, path: Path | None = None) -> Track:
    """What an encoded sound will be; path None: it flows. lead: the samples of it that lie before time zero."""
    how = coding.how
    lead = packets.priming(how)[1] * how.frame if how.frame and coding.lead else 0
    return Track(path, coding.codec, "", "", sound.channels, round(1000 * sound.frames / sound.rate), lead, sound.rate)


def _encoder(sound: Piece, coding: Coding) -> list[str]:
    """ffmpeg's arguments from raw float samples on stdin to this codec; the output's name is still missing."""
    import ffmpeg as lists

    raw = lists.input("pipe:0", format="f32le", ar=sound.rate, ac=sound.channels, protocol_whitelist="pipe")
    name, *options = coding.how.encoder
    named = dict(zip((option.removeprefix("-") for option in options[::2]), options[1::2], strict=True))
    bits = {"audio_bitrate": f"{coding.kbps}k"} if coding.kbps else {}
    made = lists.output(raw, "-", format=coding.how.form, acodec=name, fflags="+bitexact", **bits, **named)
    return ffmpeg.command(*made.get_args()[:-1])


# --- cuts -------------------------------------------------------------------------------------------------------


# --- one run of stretches ---------------------------------------------------------------------------------------


def _encoded(
    sound: Sound,
    coding: Coding,
    executor: executors.Executor,
    ahead: int,
    store: blobs.Blobs,
    on_event: Callable[[Event], None],
) -> Iterator[bytes]:
    """The packets of each stretch, in order. Those that come early wait in the store."""
    pieces = segments(sound.frames, sound.rate, coding.how.frame, sound.busy())
    keys = [_key(sound, coding, piece) for piece in pieces]
    there = {piece.index for piece in pieces if store.blob(keys[piece.index])}
    wanted = ((_passage(sound, coding, run), [keys[one.index] for one in run]) for run in runs(pieces, there))
    fresh = executors.each(executor, partial(_keep, store), wanted, ahead=ahead)
    for piece in pieces:
        while piece.index not in there:
            (made, _), problem = next(fresh)
            if problem:
                raise problem
            there |= {one.index for one in made.run}
        # what was pruned under our feet, or damaged, is encoded here
        yield blobs.load(store, keys[piece.index]) or next(_encode(_passage(sound, coding, (piece,))))
        on_event(Event("step", "encode", done=piece.index + 1, total=len(pieces)))


@dataclass(frozen=True, slots=True)
class _Passage:
    """A run of stretches and what it takes to make it: the frames [first, last) of its sound, and of that before them
    what fills up the encoder's delay. Picklable."""

    run: Run
    sound: Piece
    coding: Coding
    first: int
    last: int


def _passage(sound: Sound, coding: Coding, run: Run) -> _Passage:
    how = coding.how
    first = max(0, run[0].start - BEFORE * how.frame)
    last = run[-1].end + AFTER * how.frame + how.delay
    return _Passage(run, sound.piece(first - packets.priming(how)[0], last), coding, first, last)


def _keep(store: blobs.Blobs, wanted: tuple[_Passage, Sequence[str]]) -> None:
    """Encode a passage into the store, each stretch under its key. Runs in a worker."""
    passage, keys = wanted
    made = _encode(passage)
    for key in keys:
        blobs.save(store, key, next(made))  # a name for it would hold this megabyte while the next is made
        malloc.trim()
    if next(made, None) is not None:
        raise ValueError("more stretches than keys")


def _encode(passage: _Passage) -> Iterator[bytes]:
    """A passage's stretches as packets, each when it is made."""
    run, coding, first = passage.run, passage.coding, passage.first
    pad, dropped = packets.priming(coding.how)
    frame = coding.how.frame
    cuts = [0 if run[0].start == 0 else dropped + (run[0].start - first) // frame]
    cuts += [dropped + (piece.end - first) // frame for piece in run]
    arguments = [*_encoder(passage.sound, coding), "pipe:1"]
    with ffmpeg.Process(arguments, stdin=True, stdout=True, where="the encoder") as process:
        made = _through(process, _samples(passage.sound, first - pad, passage.last))
        yield from packets.cut(made, coding, passage.sound.rate, cuts)


def _through(process: ffmpeg.Process, blocks: Iterable[NDArray[np.float32]]) -> Iterator[bytes]:
    """What an encoder gives for blocks of samples, as it comes."""
    come = queue.SimpleQueue[bytes]()
    background(partial(_listen, process.stdout, come))
    for block in blocks:
        process.write(block.data.cast("B"))
        while not come.empty():
            yield come.get()
    with suppress(BrokenPipeError):  # finish() says why
        process.stdin.close()
    while some := come.get():
        yield some
    process.finish()


def _listen(pipe: IO[bytes], come: queue.SimpleQueue[bytes]) -> None:
    """To the end, which is no bytes; also when the process was ended and its pipe closed."""
    with suppress(OSError, ValueError):
        while some := pipe.read(1 << 16):
            come.put(some)
    come.put(b"")


def _samples(sound: Piece, start: int, end: int) -> Iterator[NDArray[np.float32]]:
    """The sound from start to end in blocks; silence before its beginning and after its end."""
    step = round(BLOCK * sound.rate)
    for at in range(start, end, step):
        stop = min(at + step, end)
        low, high = min(max(at, 0), sound.frames), min(max(stop, 0), sound.frames)
        if (low, high) == (at, stop):
            yield np.ascontiguousarray(sound.render(at, stop).reshape(stop - at, sound.channels), np.float32)
            continue
        block = np.zeros((stop - at, sound.channels), np.float32)
        if high > low:
            block[low - at : high - at] = sound.render(low, high).reshape(high - low, sound.channels)
        yield block


# --- kept stretches ---------------------------------------------------------------------------------------------


def _key(sound: Sound, coding: Coding, piece: Segment) -> str:
    """All that decides a stretch's packets: what is heard in it and around it, and the encoder."""
    how = coding.how
    start = max(0, piece.start - BEFORE * how.frame - how.frame)
    end = min(sound.frames, piece.end + AFTER * how.frame + how.delay)
    parts = (
        VERSION, ffmpeg.version(), coding.codec, how.encoder, coding.kbps, sound.rate, sound.channels,
        sound.key(start, end), piece.start - start, piece.end - piece.start, end - start, piece.start == 0,
    )  # fmt: skip
    return blobs.key(parts, "encoded")


# --- codecs that are not cut ------------------------------------------------------------------------------------


def _stream(sound: Sound, coding: Coding, out: Path, on_event: Callable[[Event], None]) -> None:
    """One encoder over the whole film, block by block: codecs whose own file format corrects their delay."""
    piece = sound.piece(0, sound.frames)
    arguments = _encoder(piece, coding)
    total = -(-sound.frames // round(BLOCK * sound.rate))
    with ffmpeg.Process([*arguments, "-y", ffmpeg.url(out)], stdin=True, where=str(out.parent)) as process:
        for done, block in enumerate(_samples(piece, 0, sound.frames), 1):
            process.write(block.data.cast("B"))
            on_event(Event("step", "encode", done=done, total=total))
