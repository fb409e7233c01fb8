"""A film that is dubbed with one tone, and where in the film picture and sound are then. Everything is decoded anew."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dubber.encoding import encoder
from dubber.files import outputs
from dubber.files.store import Store
from dubber.media import ffmpeg
from dubber.media.containers import coding
from dubber.media.decode import read_pcm
from dubber.media.film import Film
from dubber.media.probe import probe
from dubber.model import Track
from dubber.muxing import mux
from dubber.muxing.mux import Captions
from dubber.muxing.settings import Output
from dubber.workers import executors

RATE = 48_000
KEEP = Output()


def beep(start: int, end: int, *, at: int, channels: int = 2) -> NDArray[np.float32]:
    place = np.arange(start, end)
    tone = (0.5 * np.sin((place - at) * 0.2) * (place >= at)).astype(np.float32)
    return np.repeat(tone[:, None], channels, 1)


class Studio:
    """Dubs a film with one tone that begins at a given second, and looks at what came out."""

    def __init__(self, folder: Path, executor: executors.Executor) -> None:
        self.folder, self.executor = folder, executor

    def track(self, source: Film, out: Path, begin: float, language: str = "es", codec: str = "") -> Track:
        at, frames = round(begin * RATE), source.milliseconds * RATE // 1000
        sound = encoder.Sound(partial(beep, at=at), frames, RATE, 2, lambda *piece: f"beep at {at} {piece}")
        made = encoder.encode(
            sound, coding(out, 2, codec), self.folder / f"track-{language}", executor=self.executor, ahead=1,
            store=Store(self.folder / "store"),
        )  # fmt: skip
        return replace(made, language=language, title=f"Dub ({language})")

    def dub(
        self, source: Path, name: str, *, begin: float = 1.0, output: Output = KEEP,
        languages: tuple[str, ...] = ("es",), captions: tuple[Captions, ...] = (), codec: str = "",
    ) -> tuple[Film, tuple[str, ...]]:  # fmt: skip
        found, out = probe(source), self.folder / name
        with outputs.claim(out, [source], output.overwrite) as claim:
            mux.preflight(found, output, claim, dubs=len(languages), captions=len(captions))
            tracks = [self.track(found, out, begin, language, codec) for language in languages]
            muxed = mux.mux(found, tracks, output, claim, captions=captions)
            claim.publish()
        return probe(out), muxed.notes


def heard(film: Film, place: int = 0) -> NDArray[np.float32]:
    with read_pcm(film, film.audio[place], 0, None, RATE, 1) as blocks:
        return np.concatenate(list(blocks))[:, 0]


def onset(film: Film, place: int = 0) -> float:
    """The second of the film at which its sound begins."""
    return float(np.argmax(np.abs(heard(film, place)) > 0.05)) / RATE


def first_picture(film: Film) -> float:
    """The second of the film at which its first picture is shown."""
    return next(at for at, _ in packets(film.path, "0:V:0")) - film.zero


def packets(path: Path, stream: str) -> Iterator[tuple[float, str]]:
    """(second on the container's clock, checksum) of each packet of a stream."""
    arguments = ffmpeg.command(
        "-copyts", *ffmpeg.source(path), "-map", stream, "-c", "copy", "-f", "framemd5", "pipe:1"
    )
    base = 1.0
    for line in ffmpeg.run(arguments).decode().splitlines():
        if found := re.match(r"#tb \d+: (\d+)/(\d+)", line):
            base = int(found[1]) / int(found[2])
        elif not line.startswith("#"):
            fields = [field.strip() for field in line.split(",")]
            yield int(fields[2]) * base, fields[5]


def checksums(path: Path, stream: str = "0:V:0") -> list[str]:
    """Of H.264, what the decoder is given: MP4 and TS wrap the same packets differently."""
    return [checksum for _, checksum in packets(path, stream)]


def pictures(path: Path) -> str:
    """One checksum of all decoded pictures, for containers that wrap the same packets differently."""
    arguments = ffmpeg.command(*ffmpeg.source(path), "-map", "0:V:0", "-f", "streamhash", "-hash", "md5", "pipe:1")
    return ffmpeg.run(arguments).decode().strip().rpartition("=")[2]
