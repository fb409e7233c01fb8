"""A film that is written while its dub is still being encoded is the same film."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dubber.errors import DubError
from dubber.files import outputs
from dubber.media import ffmpeg
from dubber.media.probe import probe
from dubber.model import Track
from dubber.muxing import mux
from dubber.muxing.settings import Output
from tests.films import Sound, film


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def track_of(source: Path, folder: Path) -> Track:
    """The film's own sound as the packets that an encoder gives."""
    path = folder / "track.aac"
    command = ffmpeg.command("-y", *ffmpeg.source(source), "-map", "0:a:0", "-c:a", "aac", "-f", "adts")
    ffmpeg.run([*command, ffmpeg.url(path)])
    return Track(path, "aac", "es", "Dub", 2, 4000)


def written(source: Path, track: Track, out: Path, flow: mux.Flow | None = None) -> bytes:
    with outputs.claim(out, [source], True) as claim:
        mux.mux(probe(source), [track], Output(), claim, flow=flow)
        return claim.part.read_bytes()


def in_drops(data: bytes, seconds: float) -> Callable[[Callable[[bytes], object]], None]:
    def flow(write: Callable[[bytes], object]) -> None:
        for place in range(0, len(data), len(data) // 6):
            time.sleep(seconds)
            write(data[place : place + len(data) // 6])

    return flow


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts"])
def test_a_film_is_the_same_byte_for_byte_however_slowly_its_dub_comes(
    container: str, films: Path, tmp_path: Path, any_ffmpeg: None
) -> None:
    source = film(films, container, seconds=4, audios=(Sound(tone=200),))
    track = track_of(source, tmp_path)
    assert track.path
    flowing, data = replace(track, path=None), track.path.read_bytes()
    at_once = written(source, track, tmp_path / f"out.{container}")
    assert written(source, flowing, tmp_path / f"out.{container}", in_drops(data, 0.0)) == at_once
    assert written(source, flowing, tmp_path / f"out.{container}", in_drops(data, 0.1)) == at_once


def test_an_encoder_that_fails_in_the_middle_leaves_no_film(films: Path, tmp_path: Path) -> None:
    source = film(films, "mp4", seconds=4, audios=(Sound(tone=200),))
    track = track_of(source, tmp_path)
    assert track.path

    def broken(pieces: Iterator[bytes], write: Callable[[bytes], object]) -> None:
        write(next(pieces))
        raise DubError("the encoder failed")

    pieces = iter([track.path.read_bytes()[:2000]])
    with pytest.raises(DubError, match="the encoder failed"):
        written(source, replace(track, path=None), tmp_path / "out.mp4", lambda write: broken(pieces, write))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["track.aac"]


def test_a_muxer_that_fails_says_why_to_who_feeds_it(films: Path, tmp_path: Path) -> None:
    source = film(films, "mp4", seconds=4, audios=(Sound(tone=200),))
    endless = Track(None, "aac", "es", "Dub", 2, 4000)

    def noise(write: Callable[[bytes], object]) -> None:
        for _ in range(1000):
            write(b"this is no sound " * 10_000)

    with pytest.raises(DubError) as caught:
        written(source, endless, tmp_path / "out.mp4", noise)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
