"""Clips: phrases of takes, cut, stretched to the length of their places, ready to be mixed.

Stretching is dear (60 ms of CPU a clip) and asks for nothing but the plan. So it begins as soon as there is one, with
what the processors have to spare while the bed is still listened to, and what it makes is kept by content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import takewhile
from pathlib import Path

import numpy as np

from dubber.files import blobs
from dubber.files.store import Store, gone
from dubber.media.audio import excerpt, fade, of_length, resample
from dubber.media.time_stretch import stretch
from dubber.media.wav import Samples
from dubber.model import Audio, Placement
from dubber.workers import executors

VERSION = "1"  # part of each kept clip's key: raise it when a stretcher sounds different
CLOSE = 2.0  # ms by which a clip may differ from its place without being stretched
EDGES = (1.0, 8.0)  # ms of fade in and out: take margins hold nothing louder than 50 dB under the speech
HELD = 2_000_000  # bytes of prepared clips that a process holds

Piece = tuple[str, Placement]  # a take's key, and where one of its phrases goes


def ahead(
    pieces: Iterable[Piece], stretcher: str, root: Path, over: Callable[[], bool], preload: tuple[str, ...]
) -> None:
    """Stretch what has to be stretched of these, in order, until all are done or it is over; the store keeps them.

    It gives way to whatever else runs here. What fails is left to who mixes, and to say why.
    """
    wanted = takewhile(lambda piece: not over(), (piece for piece in pieces if _strays(piece[1])))
    with executors.open_executor("processes", preload=preload, meek=True) as executor:
        for _ in executors.each(executor, partial(_fit_and_keep, root, stretcher), wanted, ahead=executors.cores()):
            pass


def _strays(place: Placement) -> bool:
    spoken = place.source.length - sum(span.length for span in place.cut)
    return abs(spoken - place.length) > CLOSE


def _fit_and_keep(root: Path, stretcher: str, piece: Piece) -> None:
    """Runs in a worker."""
    _fitted(opened(root), *piece, stretcher, keep=True)


def _name(key: str, placement: Placement, stretcher: str) -> str:
    """All that decides how a piece of a take sounds once it is stretched."""
    return blobs.key((VERSION, key, placement.source, placement.cut, placement.length, stretcher), "stretched")


class Clips:
    """The clips that this process used last, ready to be mixed: one that crosses a border is prepared once."""

    def __init__(self) -> None:
        self.held: dict[tuple[object, ...], Samples] = {}

    def get(self, root: Path, key: str, placement: Placement, stretcher: str, rate: int) -> Samples:
        which = (root, key, placement, stretcher, rate)
        if (clip := self.held.pop(which, None)) is None:
            clip = prepare(opened(root), key, placement, stretcher, rate)
        self.held[which] = clip
        while len(self.held) > 1 and sum(held.nbytes for held in self.held.values()) > HELD:
            self.held.pop(next(iter(self.held)))
        return clip


@lru_cache(maxsize=4)
def opened(root: Path) -> Store:
    """A store that is asked again and again."""
    return Store(root)


def prepare(store: Store, key: str, placement: Placement, stretcher: str, rate: int) -> Samples:
    """A clip: a phrase of a take, cut, stretched to its place's length, at this rate, its edges faded."""
    spoken = _fitted(store, key, placement, stretcher)
    clip = resample(Audio(fade(spoken.samples, spoken.rate, *EDGES), spoken.rate), rate)
    return of_length(clip.samples, round(placement.length * rate / 1000))


def _fitted(store: Store, key: str, placement: Placement, stretcher: str, *, keep: bool = False) -> Audio:
    """A phrase as long as its place, at its take's own rate. keep: in the store too, when it had to be stretched."""
    take = store.load(key)
    if take is None:
        raise gone(placement.line)
    spoken = excerpt(take, placement.source, placement.cut)
    wanted = round(placement.length * take.rate / 1000)
    if abs(len(spoken) - wanted) > CLOSE * take.rate / 1000:
        name = _name(key, placement, stretcher)
        kept = np.frombuffer(blobs.load(store, name) or b"", "<f4")
        if len(kept) == wanted:
            return Audio(kept, take.rate)
        spoken = stretch(spoken, take.rate, wanted, stretcher)
        if keep:
            blobs.save(store, name, spoken.astype("<f4").tobytes())
    return Audio(of_length(spoken, wanted), take.rate)
