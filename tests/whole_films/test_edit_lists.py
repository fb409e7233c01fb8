"""MP4 files whose edit lists hide, delay or join what lies in them."""

from __future__ import annotations

import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dubber.errors import InputError
from dubber.media import boxes, ffmpeg
from dubber.media.probe import probe
from tests.films import film
from tests.muxing.test_other_containers import dubbed, job
from tests.studio import checksums, first_picture, onset

Edit = tuple[int, float]  # milliseconds shown, from which second of the track; -1: nothing is shown


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def split(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def boxed(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def edited(data: bytes, edits: list[Edit], scale: int = 1) -> bytes:
    """A film whose index comes last, with other edit lists: the film lasts as long as they say."""
    lasts, made = sum(length for length, _ in edits), b""
    for name, content in split(data):
        if name == b"moov":
            content = edited(content, edits)
        elif name == b"trak":
            header = next(part for kind, part in split(dict(split(content))[b"mdia"]) if kind == b"mdhd")
            content = edited(content, edits, int.from_bytes(header[12:16], "big"))
        elif name == b"mvhd":
            content = content[:16] + struct.pack(">I", lasts) + content[20:]
        elif name == b"edts":
            first = struct.unpack(">i", content[20:24])[0]
            rows = [(length, -1 if at < 0 else first + round(at * scale)) for length, at in edits]
            listed = b"".join(struct.pack(">IiI", *row, 65536) for row in rows)
            content = boxed(b"elst", struct.pack(">II", 0, len(rows)) + listed)
        made += boxed(name, content)
    return made


def made_of(edits: list[Edit], films: Path, folder: Path) -> Path:
    path = folder / "edited.mp4"
    path.write_bytes(edited(film(films, "mp4", seconds=12).read_bytes(), edits))
    return path


def test_pieces_that_lie_apart_are_refused_before_a_line_is_spoken(films: Path, tmp_path: Path) -> None:
    source = made_of([(4000, 0), (4000, 6)], films, tmp_path)
    assert probe(source).pieces == 2
    with pytest.raises(InputError, match=r"film.mp4: its edit list joins 2 pieces .*export it anew"):
        dubbed(job(source, tmp_path))
    assert not list((tmp_path / "store").glob("takes/*/*"))


@pytest.mark.parametrize("edits", [[(12_000, 0)], [(4000, 0), (8000, 4)], [(2000, -1), (12_000, 0)]])
def test_pieces_that_follow_each_other_are_one(edits: list[Edit], films: Path, tmp_path: Path) -> None:
    assert probe(made_of(edits, films, tmp_path)).pieces == 1


def test_a_picture_that_an_edit_list_delays_stays_where_it_is(films: Path, tmp_path: Path) -> None:
    picture, source = film(films, "mp4", seconds=9, audios=()), tmp_path / "late.mp4"
    sound = ["-f", "lavfi", "-i", "sine=330:d=12:r=48000", "-map", "0:v", "-map", "1:a", "-c:v", "copy"]
    subprocess.run(ffmpeg.command("-itsoffset", "3", "-i", str(picture), *sound, str(source)), check=True)
    outcome, _ = dubbed(job(source, tmp_path, output=tmp_path / "out.mp4"))
    assert outcome.output
    found = probe(outcome.output)
    assert first_picture(found) == pytest.approx(3.0, abs=0.002) and onset(found) == pytest.approx(1.0, abs=0.002)
    assert onset(found, 1) == pytest.approx(onset(probe(source)), abs=0.002)
    assert checksums(outcome.output) == checksums(source)


@pytest.mark.parametrize("content", [b"\0\0\0\x08free" * 400_000, b"\0\0\0\1free" + b"\xff" * 90, b"\0" * 500, b"abc"])
def test_boxes_that_lead_nowhere_hold_nobody_up(content: bytes, tmp_path: Path) -> None:
    path, begun = tmp_path / "odd.mp4", time.monotonic()
    path.write_bytes(content)
    assert not boxes.index_first(path) and boxes.pieces(path) == 1
    assert time.monotonic() - begun < 2
