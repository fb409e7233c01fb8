"""A job small enough to be done a hundred times, and what has to be true after every one of them."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dubber.config.profile import load
from dubber.files.store import Store
from dubber.job.job import Job, Outcome
from dubber.model import Event
from tests.films import Sound, film

ROOT = Path(__file__).parent.parent.parent
PROFILE = """
[voices.tones]
backend = "tone"
milliseconds_per_character = 30
[casting]
narrator = "tones"
[synthesis]
workers = 1
backoff = 0
"""
WORDS = ("The lamp is lit.", "Nobody came by.", "It burns all night.")


def srt(*words: str) -> str:
    """A cue every 700 ms."""
    cues = [
        f"{number}\n00:00:0{700 * (number - 1) // 1000},{700 * (number - 1) % 1000:03} --> "
        f"00:00:0{(700 * number - 50) // 1000},{(700 * number - 50) % 1000:03}\n{text}\n"
        for number, text in enumerate(words, 1)
    ]
    return "\n".join(cues)


def skip(reason: str) -> None:
    """Skip, or fail where nothing may be skipped."""
    pytest.fail(reason) if os.environ.get("DUB_TESTS_SKIP_NOTHING") == "1" else pytest.skip(reason)


@dataclass(frozen=True)
class Place:
    """A folder with a film, its subtitles and a profile in `in`; films go to `out`, takes to `store`."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, *, words: tuple[str, ...] = WORDS, profile: str = PROFILE) -> Place:
        place = cls(folder)
        for name in ("in", "out"):
            (folder / name).mkdir(parents=True)
        film(folder / "in", "mkv", seconds=2.2, audios=(Sound(tone=200),)).rename(place.film)
        place.subtitles.write_text(srt(*words))
        place.profile.write_text(profile)
        return place

    @property
    def film(self) -> Path:
        return self.folder / "in" / "film.mkv"

    @property
    def subtitles(self) -> Path:
        return self.folder / "in" / "film.en.srt"

    @property
    def profile(self) -> Path:
        return self.folder / "in" / "tones.toml"

    @property
    def out(self) -> Path:
        return self.folder / "out" / "film.mkv"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def job(self, **more: Any) -> Job:
        given = {"output": self.out, "store": self.store, "overwrite": True, **more}
        return Job(self.film, load(str(self.profile), environ={}), (self.subtitles,), **given)

    def run(self, on_event: Callable[[Event], None] = lambda event: None, **more: Any) -> Outcome:
        from dubber.job import pipeline

        return pipeline.run(self.job(**more), on_event)

    def command(self, *more: str) -> list[str]:
        """The same job at the command line."""
        words = [str(self.film), str(self.subtitles), "-p", str(self.profile), "-o", str(self.out), "--overwrite"]
        return [sys.executable, "-m", "dubber", *words, "--quiet", *more]

    def environ(self) -> dict[str, str]:
        return {**os.environ, "DUB_STORE": str(self.store), "PYTHONPATH": str(ROOT)}

    # what has to be true

    def sources(self) -> dict[str, str]:
        return {path.name: digest(path) for path in sorted((self.folder / "in").iterdir())}

    def left(self) -> list[str]:
        """Names in the output's folder that are no finished file's."""
        whole = {self.out.name, f"{self.out.name}.dub.json", f"{self.out.name}.dub.svg"}
        return sorted(path.name for path in self.out.parent.iterdir() if path.name not in whole)

    def takes(self) -> dict[str, bool]:
        """Of every stored take: is it whole?"""
        store = Store(self.store)
        return {path.stem: store.load(path.stem) is not None for path in self.store.glob("takes/*/*.take")}

    def half(self) -> list[str]:
        """Half-written entries of the store."""
        return [path.name for path in self.store.glob("*/*/.*")]


def digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def sound(path: Path) -> str:
    """What is in a film, packet for packet, of all streams."""
    from dubber.media import ffmpeg

    arguments = ffmpeg.command(*ffmpeg.source(path), "-map", "0", "-c", "copy", "-f", "framemd5", "pipe:1")
    return hashlib.blake2b(ffmpeg.run(arguments), digest_size=16).hexdigest()
