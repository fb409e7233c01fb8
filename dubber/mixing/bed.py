"""The sound that lies under the voices: the original, or a music-and-effects stem, read in any piece, to the sample.

A seek is not sample exact in every container (measured against decoding from the start: mp4, ts and mp3 0 frames,
mkv up to 20, avi 540), and two pieces that were read apart would click where they meet. So the whole bed is decoded
once and what is learned kept by its content: its energies, and every four seconds a *mark*, 1,024 samples as they
sounded there. Who starts in the middle finds the next mark in what it decodes and knows where it is.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache, partial
from io import BytesIO
from math import gcd
from pathlib import Path
from threading import get_ident
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dubber.errors import Cancelled
from dubber.files.store import Store
from dubber.media.audio import of_length
from dubber.media.decode import read_pcm
from dubber.media.film import Film, Stream
from dubber.media.loudness import STEP, Meter
from dubber.media.wav import Samples
from dubber.mixing import bed_cache
from dubber.workers import executors

APART = 4  # s between marks
MARK = 1024  # frames of a mark
QUEUED = 2  # seconds that are decoded before they are heard
BLOCKS = 1000 // STEP  # energies of a second; at 11,025 Hz some samples are left over
SEARCH = 0.1  # s around its place in which a mark is looked for: the largest jitter that aresample leaves alone
LEAD = 1.0  # s decoded before a mark: MP3's bit reservoir, Opus's and AAC's overlap
ALIKE = 0.5  # share of a mark's energy by which it may differ from what is found: AC-3 and AAC make up noise anew on
# each decoding (3 % of pink noise); at a wrong place it differs by 2
BACK = 8  # marks to look back for one that is not silent
SILENT = 1e-3  # a mark's peak
PIECE = 64  # marks that are kept, and read, together: 128 kB
KEPT = 1.0  # s of what was read that stays at hand for the next piece
AHEAD = 20.0  # s that are rather decoded and thrown away than sought over
VERSION = "3"
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Bed:
    """What to read: a stream of a film, as so many channels. digest: of the file's content. unpacked: the file
    with its samples, while there is one (dubber.media.unpacked)."""

    film: Film
    stream: Stream
    digest: str
    channels: int
    unpacked: Path | None = None

    @property
    def rate(self) -> int:
        """The stream's own rate: it is decoded at that and resampled on the film's grid, not on the piece's."""
        return self.stream.rate or 48_000

    @property
    def key(self) -> str:
        return f"{self.digest}-{VERSION}-{self.stream.index}-{self.channels}.bed"


@dataclass(frozen=True, slots=True)
class Study:
    """What one pass over a bed teaches. energies: (blocks of 100 ms, channels). marks: (marks, MARK), every APART s."""

    energies: NDArray[np.float32]
    marks: NDArray[np.float16]


def study(
    bed: Bed, store: Store, over: Callable[[], bool] = lambda: False, *, unpack: Path | None = None
) -> NDArray[np.float32]:
    """Its energies, from the store or by decoding the whole bed once, which is kept. over: nobody wants it any more.
    unpack: where its samples are put when it is decoded; no such file is made where the disk has no room for it.

    Raises ToolError or InputError when it cannot be decoded, Cancelled when it is over.
    """
    energies = load(bed, store)
    if energies is None:
        known = hear(bed, over, unpack=unpack)
        keep(bed, known, store)
        energies = known.energies
    return energies


def keep(bed: Bed, known: Study, store: Store) -> None:
    """For who asks for it next: marks in pieces, of which a reader takes one or two."""
    pieces: dict[str, Any] = {_piece(at): known.marks[at : at + PIECE] for at in range(0, len(known.marks), PIECE)}
    kept = BytesIO()
    np.savez(kept, energies=known.energies, count=len(known.marks), **pieces)
    store.keep(bed.key, kept.getvalue())


def _piece(mark: int) -> str:
    """The name of what holds a mark."""
    return f"marks{mark // PIECE}"


def load(bed: Bed, store: Store) -> NDArray[np.float32] | None:
    """The energies of a bed, when they are known already."""
    return _look(bed, store, lambda kept: kept["energies"])


def _look(bed: Bed, store: Store, taken: Callable[[Mapping[str, NDArray[Any]]], Found]) -> Found | None:
    """What is taken from what is known of a bed; only that is read."""
    path = store.blob(bed.key)
    if path is None:
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return taken(kept)
    except Exception:  # whatever a damaged file makes zipfile and numpy raise: it is heard anew
        return None


def hear(bed: Bed, over: Callable[[], bool], *, unpack: Path | None = None) -> Study:
    """Decode the whole bed, which needs no digest for that; else as study()."""
    seconds = bed.film.milliseconds // 1000 + 1
    energies = _Grown((BLOCKS, bed.channels), np.float32, seconds)
    marks = _Grown((MARK,), np.float16, seconds // APART + 1)
    meter = Meter(bed.rate)

    def learn(writer: bed_cache.Writer, heard: tuple[int, Samples]) -> None:
        second, block = heard
        samples = of_length(block, bed.rate)  # the last second is filled with silence
        energies.add(meter.energies(samples)[:BLOCKS])
        writer.add(samples)
        if second % APART == 0:
            marks.add(samples[:MARK].mean(axis=1))

    opened = read_pcm(bed.film, bed.stream, 0.0, None, bed.rate, bed.channels, block=bed.rate)
    beside = executors.open_executor("threads", 1)
    with bed_cache.Writer(unpack, seconds * bed.rate, bed.channels) as writer, beside as thread, opened as blocks:
        for _ in executors.in_order(thread, partial(learn, writer), enumerate(_wanted(blocks, over)), ahead=QUEUED):
            pass
    return Study(energies.all().reshape(-1, bed.channels), marks.all())


def _wanted(blocks: Iterable[Samples], over: Callable[[], bool]) -> Iterator[Samples]:
    for block in blocks:
        if over():
            raise Cancelled("the bed is not listened to any more")
        yield block


class _Grown:
    """Rows of one shape in one array, with room for as many as are expected: thousands of small ones would leave the
    process's memory in pieces that nothing else fits into."""

    def __init__(self, shape: tuple[int, ...], kind: type[np.generic], expected: int) -> None:
        self._rows, self._count = np.empty((max(1, expected), *shape), kind), 0

    def add(self, row: NDArray[np.floating]) -> None:
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = row
        self._count += 1

    def all(self) -> NDArray[Any]:
        return self._rows[: self._count]


# --- reading pieces ---------------------------------------------------------------------------------------------


def read(bed: Bed, root: Path, start: int, end: int, rate: int) -> Samples:
    """Frames [start, end) at the given rate from the film's time zero; silence before and after the bed.

    Pieces in time order cost no seek: the decoder goes on where it was. Each thread has its own.
    """
    reader = _reader(bed, root, get_ident())
    common = gcd(bed.rate, rate)
    up, down = rate // common, bed.rate // common
    if up == down:
        return reader.read(start, end)
    import soxr

    around = -(-rate // 20 // up)  # 50 ms in steps that both rates share
    first, last = start // up - around, -(-end // up) + around
    resampled = soxr.resample(reader.read(first * down, last * down), bed.rate, rate, quality="HQ")
    return np.asarray(resampled[start - first * up : end - first * up], np.float32)


@lru_cache(maxsize=4)
def _reader(bed: Bed, root: Path, _thread: int) -> _Reader:
    return _Reader(bed, root)


@atexit.register
def close() -> None:
    """End this process's decoders."""
    _reader.cache_clear()


@dataclass(slots=True)
class _Reader:
    """A decoder that is somewhere in the bed, and the last second of what it gave. Frames at the bed's own rate."""

    bed: Bed
    root: Path
    first: int = 0  # the film frame of held[0]
    held: Samples = field(default_factory=lambda: np.zeros((0, 1), np.float32))
    ended: bool = False
    _open: ExitStack | None = None
    _blocks: Iterator[Samples] | None = None

    def read(self, start: int, end: int) -> Samples:
        """Frames [start, end); what lies before zero or after the bed's end is silence."""
        low, end = max(0, start), max(0, start, end)
        part = self._unpacked(low, end)
        if part is None:
            self._reach(low, end)
            part = self.held[max(0, low - self.first) : max(0, end - self.first)]
        if len(part) == end - start:
            return part
        whole = np.zeros((max(0, end - start), self.bed.channels), np.float32)
        whole[low - start : low - start + len(part)] = part
        return whole

    def _unpacked(self, start: int, end: int) -> Samples | None:
        path = self.bed.unpacked
        return bed_cache.read(path, start, end, self.bed.channels) if path else None

    def _reach(self, start: int, end: int) -> None:
        next_frame = self.first + len(self.held)
        gone_by = start < self.first or (start > next_frame + AHEAD * self.bed.rate and not self.ended)
        if self._open is None or gone_by:
            self._seek(start)
        pieces, have = [self.held], self.first + len(self.held)
        while have < end and not self.ended:
            block = self._next()
            pieces.append(block)
            have += len(block)
            if have < start:  # still on the way there
                pieces, self.first = [block], have - len(block)
        joined = np.concatenate(pieces) if len(pieces) > 1 else self.held
        drop = max(0, min(start - round(KEPT * self.bed.rate) - self.first, len(joined)))
        self.held, self.first = joined[drop:], self.first + drop

    def _next(self) -> Samples:
        assert self._blocks is not None
        block = next(self._blocks, None)
        if block is None:
            self.ended = True
            return np.zeros((0, self.bed.channels), np.float32)
        return bed_cache.fine(bed_cache.coarse(block))

    def _seek(self, start: int) -> None:
        """Begin decoding so that `start` is still to come, and find out which frame the first one is."""
        self.close()
        rate, latest = self.bed.rate, int((start / self.bed.rate - KEPT) // APART)
        number, mark = _look(self.bed, Store(self.root), partial(_heard_before, latest)) or (max(0, latest), None)
        begin = max(0, round((number * APART - LEAD) * rate))
        self._open, self.ended = ExitStack(), False
        opened = read_pcm(self.bed.film, self.bed.stream, begin / rate, None, rate, self.bed.channels)
        self._blocks = iter(self._open.enter_context(opened))
        self.first, self.held = begin, np.zeros((0, self.bed.channels), np.float32)
        if begin == 0 or mark is None:
            return
        wanted = round((LEAD + SEARCH) * rate) + MARK
        while len(self.held) < wanted and not self.ended:
            self.held = np.concatenate([self.held, self._next()])
        self.first -= _lag(mark, self.held, round(LEAD * rate), round(SEARCH * rate))

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = self._blocks = None

    def __del__(self) -> None:
        self.close()


def _heard_before(latest: int, kept: Mapping[str, NDArray[Any]]) -> tuple[int, NDArray[np.float16] | None]:
    """The number of a mark, the latest or one shortly before it that is not silent, and that mark; none where all of
    them are silent."""
    latest = max(0, min(latest, int(kept["count"]) - 1))
    pieces: dict[str, NDArray[np.float16]] = {}
    for number in range(latest, max(-1, latest - BACK), -1):
        name = _piece(number)
        if name not in pieces:
            pieces[name] = kept[name]
        mark = pieces[name][number % PIECE]
        if np.abs(mark.astype(np.float32)).max() > SILENT:
            return number, mark
    return latest, None


def _lag(mark: NDArray[np.float16], heard: Samples, place: int, search: int) -> int:
    """How many frames later than promised the mark is heard; 0 when it is not to be found."""
    sound = heard[place - search : place + search + len(mark)].mean(axis=1, dtype=np.float64)
    if len(sound) < len(mark) + 1:
        return 0
    sought = mark.astype(np.float64)
    squares = np.concatenate([[0.0], np.cumsum(sound**2)])
    energy = squares[len(mark) :] - squares[: -len(mark)]
    apart = energy - 2 * np.correlate(sound, sought, "valid") + (sought**2).sum()
    best = int(apart.argmin())
    return best - search if apart[best] <= ALIKE * (sought**2).sum() else 0
