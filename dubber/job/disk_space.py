"""How much room a job needs, and where there is too little of it: said before anything is spoken.

Where even the least that a job writes does not fit it is refused; where the most does not, that is a warning.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dubber.errors import InputError
from dubber.files.store import BLOBS
from dubber.media.film import Film
from dubber.model import Line
from dubber.muxing.settings import Output

# Upper bounds, in bytes for each second: a job is not told that it fits and then fails.
TAKE = 96_000  # of a stored take: 24 kHz of float32, what neural voices give (espeak's 22 kHz of 16 bit are less)
STRETCHED = 192_000  # of a line that is stretched: 48 kHz of float32 (clips.py)
LOSSY = 48_000  # of a lossy track, where no bitrate is set: 384 kb/s
EXACT = 288_000  # of a lossless one: 48 kHz, two channels of 24 bit; as much again for each two more
# Lower bounds: a job that is refused would have failed.
LETTER = 500  # bytes of a stored take for each letter: at 30 letters a second, which nobody reads, 15 kB/s
COPIED = 0.9  # of a film's size that is copied into an output of its own kind, its own sound among it
REPACKED = 0.5  # of one that gets another container: a transport stream may be half padding
PADDED = ("ts", "m2ts", "mts", "mpg", "vob")
LOSSLESS = ("flac", "alac", "pcm", "wav")
SOUND = ("wav", "mp3", "m4a", "flac", "ogg", "opus", "mka")


@dataclass(frozen=True, slots=True)
class Need:
    """What of a job goes into a folder. size: bytes, at most; least: bytes, at least."""

    folder: Path
    what: str
    size: int
    least: int = 0


def needs(film: Film, target: Path, unspoken: Iterable[Line], tracks: int, output: Output, root: Path) -> list[Need]:
    """What a job writes: the output beside the film's folder, takes and encoded pieces into the store at root.

    unspoken: the lines whose takes are not stored. tracks: how many dubs the film gets.
    """
    unspoken = list(unspoken)
    track = film.milliseconds * _track(film, target, output) // 1000
    speech = sum(line.window.end - line.window.start for line in unspoken)
    picture = 0 if target.suffix[1:].lower() in SOUND else _size(film.path)
    letters = sum(len(line.text) for line in unspoken)
    made = min(BLOBS, tracks * track + speech * STRETCHED // 1000)
    return [
        Need(
            target.parent.absolute(),
            "the output",
            picture + tracks * track,
            round(picture * _share_copied(film, target, output)),
        ),
        Need(root, "takes and encoded pieces", speech * TAKE // 1000 + made, letters * LETTER),
    ]


def short(wanted: Iterable[Need]) -> Iterator[str]:
    """In a sentence for each disk, which job may not fit: what it needs, what is free, and where."""
    for some, free in _disks(wanted):
        needed = sum(need.size for need in some)
        if needed > free:
            yield f"the disk may be too small: up to {_in_words(needed, some, free)}"


def require(wanted: Iterable[Need]) -> None:
    """Raise InputError where a job cannot fit, whatever becomes of it."""
    for some, free in _disks(wanted):
        needed = sum(need.least for need in some)
        if needed > free:
            what = f"the disk is too small: at least {_in_words(needed, some, free)}"
            advice = "make room, or write elsewhere: -o, DUB_STORE"
            raise InputError(what, where=str(some[0].folder), advice=advice, code="room")


def _disks(wanted: Iterable[Need]) -> Iterator[tuple[list[Need], int]]:
    """What is needed of each disk, and the bytes that are free there, where that is known."""
    disks: dict[int, list[Need]] = {}
    for need in wanted:
        disks.setdefault(_disk(need.folder), []).append(need)
    for some in disks.values():
        free = _free(some[0].folder)
        if free is not None:
            yield some, free


def _in_words(needed: int, some: Iterable[Need], free: int) -> str:
    parts = " and ".join(f"{need.what} in {need.folder}" for need in some if need.size)
    return f"{_megabytes(needed)} for {parts}, {_megabytes(free)} are free"


def _share_copied(film: Film, target: Path, output: Output) -> float:
    """How much of the film's size its copy has at least; where its own sound is left out nobody knows."""
    if output.original != "keep":
        return 0.0
    alike = target.suffix.lower() == film.path.suffix.lower() and film.container not in PADDED
    return COPIED if alike else REPACKED


def _track(film: Film, target: Path, output: Output) -> int:
    """Bytes for each second of a track."""
    codec = output.codec or target.suffix[1:].lower()
    if codec.startswith(LOSSLESS):
        channels = film.original.channels if film.original and film.original.channels else 2
        return EXACT * max(2, channels) // 2
    return output.bitrate * 1000 // 8 if output.bitrate else LOSSY


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _existing(folder: Path) -> Path:
    """A folder, or what of it is there already."""
    return next((place for place in (folder.absolute(), *folder.absolute().parents) if place.exists()), folder)


def _disk(folder: Path) -> int:
    try:
        return os.stat(_existing(folder)).st_dev  # noqa: PTH116
    except OSError:
        return -1


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(_existing(folder)).free
    except OSError:
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
