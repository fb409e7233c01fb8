"""What ffmpeg does not tell of an MP4 or MOV: the place of its index, and its edit lists (ISO 14496-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

MOST = 2000  # boxes looked at in one place, and edits in one list; what has more is no film
APART = 0.05  # s between two edits from which on they are two pieces: less is what editors round


class Box(NamedTuple):
    """The content of a box: where it begins and ends in the file."""

    name: bytes
    start: int
    end: int


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes in a part of the file (4.2: size and name; size 1: the real one follows; 0: up to the end)."""
    for _ in range(MOST):
        if start + 8 > end:
            return
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        size, name, begin = int.from_bytes(head[:4], "big"), head[4:8], start + 8
        if size == 1:
            size, begin = int.from_bytes(head[8:], "big"), start + 16
        stop = start + size if size else end
        if stop < begin:
            return
        yield Box(name, begin, min(stop, end))
        start = stop


def _content(file: BinaryIO, start: int, end: int, *names: bytes) -> Iterator[bytes]:
    """The content of each box at a path of names."""
    for box in _boxes(file, start, end):
        if box.name == names[0] and len(names) > 1:
            yield from _content(file, box.start, box.end, *names[1:])
        elif box.name == names[0]:
            file.seek(box.start)
            yield file.read(min(box.end - box.start, 20 * MOST + 64))


def index_first(path: Path) -> bool:
    """Whether the index (moov) lies before the pictures (mdat), so that a player may begin while it loads."""
    with path.open("rb") as file:
        names = (box.name for box in _boxes(file, 0, path.stat().st_size))
        return next((name for name in names if name in (b"moov", b"mdat")), b"") == b"moov"


def pieces(path: Path) -> int:
    """Of how many pieces that lie apart in the file its edit lists join the film; 1 for what is no MP4 too."""
    with path.open("rb") as file:
        for moov in _boxes(file, 0, path.stat().st_size):
            if moov.name == b"moov":
                scale = _timescale(next(_content(file, moov.start, moov.end, b"mvhd"), b""))
                tracks = [box for box in _boxes(file, moov.start, moov.end) if box.name == b"trak"]
                return max((_pieces(file, track, scale) for track in tracks), default=1)
    return 1


def _timescale(header: bytes) -> int:
    """Units a second, of an mvhd or mdhd (8.2.2, 8.4.2)."""
    at = 20 if header[:1] == b"\1" else 12
    return int.from_bytes(header[at : at + 4], "big") or 1


def _pieces(file: BinaryIO, track: Box, scale: int) -> int:
    own = _timescale(next(_content(file, track.start, track.end, b"mdia", b"mdhd"), b""))
    listed = next(_content(file, track.start, track.end, b"edts", b"elst"), b"")
    entry = struct.Struct(">QqI" if listed[:1] == b"\1" else ">IiI")  # duration, media time (-1: none), rate (8.6.6)
    count, ended = 0, None
    for at in range(8, len(listed) - entry.size + 1, entry.size):
        duration, begins, _ = entry.unpack_from(listed, at)
        if begins >= 0:
            count += ended is None or abs(begins / own - ended) > APART
            ended = begins / own + duration / scale
    return max(1, count)
