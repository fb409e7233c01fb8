"""Takes, a plan and a bed become the samples of the dubbed track: any piece of it, in any order, in any process.

A Score is all that decides the mix, as a value that can be sent to another process. `render(score, start, end)` gives
the frames [start, end) at 48 kHz: what it gives for a frame does not depend on where the piece begins or ends.

What is loud is settled without rendering: the takes' energies, placed by the plan, and the bed's, lowered by the
ducking curve, add up to the loudness of the film, and that gives one gain for all of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dubber.files import blobs
from dubber.files.store import Store
from dubber.media.audio import scaled
from dubber.media.limiter import AFTER, BEFORE, BLOCK, limit
from dubber.media.loudness import STEP, SURROUND, integrated
from dubber.media.wav import Samples
from dubber.mixing import bed as beds
from dubber.mixing.bed import Bed
from dubber.mixing.clips import Clips
from dubber.mixing.ducking import Curve, Flat, curve
from dubber.mixing.levels import VOICE, Heard, add, gain_for, on_grid, take_gains
from dubber.mixing.settings import Mixing
from dubber.model import Placement, Plan, Take

RATE = 48_000
VERSION = "3"  # part of each piece's key: raise it when the same score sounds different
OVERSHOOT = 0.7  # dB under the peak that is asked for: what AAC, Opus and AC-3 added to speech at -16 LUFS was 0.5
CENTRE = 2  # FL FR FC LFE ...: where ffmpeg's 5.1 and 7.1 have their centre


CHANNELS = {"mono": 1, "stereo": 2, "5.1": 6, "7.1": 8}


def channels_of(mixing: Mixing, original: int) -> int:
    """How many channels the track has, for an original of so many (0: there is none, or it is not used)."""
    if mixing.channels != "auto":
        return CHANNELS[mixing.channels]
    return next((count for count in (8, 6, 2) if original >= count), 1)


@dataclass(frozen=True, slots=True)
class Part:
    """One phrase in the mix. key: its take's. gain: dB."""

    placement: Placement
    speaker: str
    key: str
    gain: float


@dataclass(frozen=True, slots=True)
class Score:
    """All that decides the mix. Frozen, picklable. gain: dB over everything. parts: in order of start."""

    parts: tuple[Part, ...]
    frames: int
    channels: int
    mixing: Mixing
    store: Path
    bed: Bed | None
    ducking: Curve | Flat
    gain: float = 0.0
    longest: float = 0.0  # ms of the longest clip: how far back a piece must look for one that reaches into it

    def only(self, speaker: str) -> Score:
        """A stem: one speaker alone, as loud as in the whole."""
        return replace(self, parts=tuple(part for part in self.parts if part.speaker == speaker), bed=None)

    def without_voices(self) -> Score:
        """A stem: the bed as it lies under the voices."""
        return replace(self, parts=())

    def within(self, start: float, end: float) -> tuple[Part, ...]:
        """The parts that sound between two times (ms)."""
        first = bisect_left(self.parts, start - self.longest - 1, key=lambda part: part.placement.start)
        last = bisect_left(self.parts, end + 1, key=lambda part: part.placement.start)
        return tuple(part for part in self.parts[first:last] if part.placement.end > start - 1)


# --- what to play -----------------------------------------------------------------------------------------------


def compose(
    plan: Plan, takes: Sequence[Take], mixing: Mixing, store: Store, *, milliseconds: int, bed: Bed | None = None
) -> Score:
    """The score of a film of this length. Decodes the bed once, when the store does not know it; renders nothing."""
    if mixing.bed == "none":
        bed = None
    by_line = {take.line.index: take for take in takes}
    energies = beds.study(bed, store) if bed else np.zeros((0, 1), np.float32)
    heard = Heard.of(takes, store)
    gains, voice = take_gains(takes, heard), _voice_gain(mixing, energies)
    placements = sorted(plan.placements, key=lambda placement: (placement.start, placement.line, placement.phrase))
    parts = []
    for placement in placements:
        take = by_line[placement.line]
        edited = take.line.edit.gain if take.line.edit else 0.0
        parts.append(Part(placement, take.line.speaker, take.key, gains[placement.line] + voice + edited))
    score = Score(
        parts=tuple(parts),
        frames=milliseconds * RATE // 1000,
        channels=bed.channels if bed else channels_of(mixing, 0),
        mixing=mixing,
        store=store.root,
        bed=bed,
        ducking=_ducking(mixing, placements),
        longest=max((placement.length for placement in placements), default=0.0),
    )
    return replace(score, gain=_film_gain(score, heard, energies))


def _ducking(mixing: Mixing, placements: Sequence[Placement]) -> Curve | Flat:
    if mixing.bed != "duck":
        return Flat()
    speech = ((placement.start, placement.end) for placement in placements)
    depth, attack, release = mixing.depth, mixing.attack, mixing.release
    return curve(speech, depth=depth, attack=attack, release=release, ahead=mixing.ahead, bridge=mixing.bridge)


def _voice_gain(mixing: Mixing, energies: NDArray[np.float32]) -> float:
    """dB for all voices: as loud as the original is, since that is mostly speech."""
    original = integrated(energies, weights(energies.shape[1])) if len(energies) else VOICE
    anchor = float(np.clip(original, VOICE - 10, VOICE + 12)) if np.isfinite(original) else VOICE
    return on_grid(anchor - VOICE) + mixing.voice_level


def weights(channels: int) -> list[float]:
    """Of each channel in the loudness of a track (BS.1770-4)."""
    return [1.0, 1.0, 1.0, 0.0, *[SURROUND] * (channels - 4)] if channels > 4 else [1.0] * channels


def _film_gain(score: Score, takes: Heard, bed: NDArray[np.float32]) -> float:
    if score.mixing.loudness is None:
        return 0.0
    blocks = np.zeros(-(-score.frames * 1000 // RATE // STEP))
    for part in score.parts:
        add(part.placement, takes[part.placement.line], blocks, part.gain)
    loudest = blocks / (2 if score.channels == 2 else 1)  # of any one channel
    if score.bed:
        heard = 10 ** (score.mixing.bed_level / 10) * bed[: len(blocks)]
        heard = heard * _power_of(score.ducking, len(blocks))[: len(heard), None]
        blocks[: len(heard)] += heard @ np.array(weights(heard.shape[1]))
        loudest[: len(heard)] += heard.max(axis=1)
    return gain_for(blocks, loudest, score.mixing.loudness, _ceiling(score.mixing))


def _ceiling(mixing: Mixing) -> float:
    return float(10 ** ((mixing.peak - OVERSHOOT) / 20))


def _power_of(ducking: Curve | Flat, blocks: int) -> NDArray[np.float64]:
    gains = np.broadcast_to(ducking.gains(0, 10 * blocks, 1000 // STEP * 10), 10 * blocks)
    power: NDArray[np.float64] = (gains.astype(np.float64) ** 2).reshape(blocks, 10).mean(axis=1)
    return power


def _decisive(start: int, end: int) -> tuple[float, float]:
    """Between which times (ms) lies all that decides how frames [start, end) sound."""
    return (start - BEFORE - BLOCK) * 1000 / RATE, (end + AFTER) * 1000 / RATE


def digest(score: Score, start: int, end: int) -> str:
    """The key of a piece of the track: two scores with one digest sound the same in frames [start, end)."""
    first, last = _decisive(start, end)
    mixing, bed = score.mixing, score.bed
    decisive = (
        VERSION, start, end, min(score.frames, end), score.channels, score.gain, mixing.peak, mixing.stretcher,
        score.within(first, last), (bed.key, mixing.bed_level) if bed else None,
        score.ducking.seen(first, last) if bed else None,
    )  # fmt: skip
    return blobs.key(decisive)


def busy(score: Score) -> Iterator[tuple[int, int]]:
    """The frames in which somebody speaks, in order of start."""
    for part in score.parts:
        yield round(part.placement.start * RATE / 1000), round(part.placement.end * RATE / 1000)


# --- playing it -------------------------------------------------------------------------------------------------


def piece(score: Score, start: int, end: int) -> Callable[[int, int], Samples]:
    """What renders any frames of [start, end) as the whole score would, and does not grow with the film."""
    first, last = _decisive(start, end)
    return partial(render, replace(score, parts=score.within(first, last), ducking=score.ducking.within(first, last)))


def render(score: Score, start: int, end: int) -> Samples:
    """Frames [start, end) of the track: float32 (frames, channels), no true peak above the setting.

    Pieces of some seconds are best: each costs an eighth of a second around it. Raises ToolError when a take is gone
    from the store or the bed cannot be read.
    """
    first = (start - BEFORE) // BLOCK * BLOCK
    around = _mix(score, first, end + AFTER)
    return limit(around, first, _ceiling(score.mixing))[start - first : end - first]


def _mix(score: Score, start: int, end: int) -> Samples:
    """Voices and bed, not limited; silence outside the film."""
    mixed = np.zeros((end - start, score.channels), np.float32)
    low, high = max(0, start), min(end, score.frames)
    if high <= low:
        return mixed
    film = mixed[low - start : high - start]
    if score.bed:
        level = 10 ** ((score.mixing.bed_level + score.gain) / 20)
        share = np.float32(level) * np.float32(score.ducking.gains(low, high, RATE))
        heard = beds.read(score.bed, score.store, low, high, RATE)
        if share.ndim:
            scaled(heard, share, into=film)
        else:
            np.multiply(heard, share, out=film)
    for part in score.within(low * 1000 / RATE, high * 1000 / RATE):
        _play(score, part, film, low)
    return mixed


def _play(score: Score, part: Part, film: Samples, start: int) -> None:
    """Add what sounds of a part between frame `start` and the end of `film`: to the centre, or to both sides."""
    clip = _clips.get(score.store, part.key, part.placement, score.mixing.stretcher, RATE)
    place = round(part.placement.start * RATE / 1000) - start
    first, last = max(0, place), min(len(film), place + len(clip))
    if first >= last:
        return
    gain = np.float32(10 ** ((part.gain + score.gain) / 20))
    heard = gain * clip[first - place : last - place]
    if score.channels == 2:
        heard *= np.float32(np.sqrt(0.5))
        film[first:last, 0] += heard
        film[first:last, 1] += heard
    else:
        film[first:last, CENTRE if score.channels > 2 else 0] += heard


_clips = Clips()
