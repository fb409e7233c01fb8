"""Opus packets in and out of Ogg files (RFC 3533, RFC 7845). PURE.

Our Opus tracks say pre-skip 0: their first packet begins at the film's time zero. Containers treat a pre-skip in
several ways (ffmpeg 5.1 writes it into Matroska 7 ms beside the picture), and none can do so with none.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

from dubber.errors import ToolError

_PAGE = struct.Struct("<4sBBqIII B")
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
TAGS = b"OpusTags" + struct.pack("<I3sI", 3, b"dub", 0)
PACKETS = 50  # of 20 ms in a page: one second


def packets(data: bytes) -> list[bytes]:
    """All packets of an Ogg file of one stream: OpusHead, OpusTags, then sound."""
    found, at, open_packet = list[bytes](), 0, b""
    while at + 27 <= len(data):
        if data[at : at + 4] != b"OggS":
            raise ToolError("gave what is not Ogg", where="the encoder")
        count = data[at + 26]
        body = at + 27 + count
        for length in data[at + 27 : body]:
            open_packet += data[body : body + length]
            body += length
            if length < 255:
                found.append(open_packet)
                open_packet = b""
        at = body
    return found


def without_preskip(head: bytes) -> bytes:
    """An OpusHead that says that nothing is to be skipped."""
    return head[:10] + b"\0\0" + head[12:]


def preskip(head: bytes) -> int:
    """How many samples of 48 kHz a decoder throws away first, as an OpusHead says (RFC 7845, 5.1)."""
    return int.from_bytes(head[10:12], "little")


def pages(head: bytes, sound: Iterable[bytes], frame: int, frames: int) -> Iterator[bytes]:
    """An Ogg Opus file, page by page: packets of `frame` samples, `frames` samples in all (what is over is cut)."""
    yield _page([head], 2, 0, 0)
    yield _page([TAGS], 0, 0, 1)
    batch, room, done, number = list[bytes](), 255, 0, 2
    for packet in sound:
        needed = len(packet) // 255 + 1
        if needed > room or len(batch) == PACKETS:
            yield _page(batch, 0, done * frame, number)
            batch, room, number = [], 255, number + 1
        batch.append(packet)
        room -= needed
        done += 1
    yield _page(batch, 4, min(done * frame, frames), number)


def _page(content: list[bytes], flags: int, granule: int, number: int) -> bytes:
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in content)
    header = _PAGE.pack(b"OggS", 0, flags, granule, 1, number, 0, len(lacing))
    whole = header + lacing + b"".join(content)
    return whole[:22] + struct.pack("<I", _checksum(whole)) + whole[26:]


def _checksum(data: bytes) -> int:
    """Ogg's CRC is zlib's with all bits mirrored, begun at 0 and not inverted."""
    mirrored = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
