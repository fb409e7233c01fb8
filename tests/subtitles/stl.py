"""A writer of EBU STL for tests, by EBU Tech 3264 alone: it shares nothing with the reader."""

from __future__ import annotations

import struct

RATE = 25


def _code(ms: int) -> bytes:
    seconds, rest = divmod(ms, 1000)
    return bytes([seconds // 3600, seconds // 60 % 60, seconds % 60, rest * RATE // 1000])


def _blocks(number: int, start: int, end: int, field: bytes, comment: bool) -> bytes:
    pieces = [field[at : at + 112] for at in range(0, len(field), 112)] or [b""]
    made = b""
    for place, piece in enumerate(pieces):
        extension = 0xFF if place == len(pieces) - 1 else place
        head = struct.pack("<BHBB", 0, number, extension, 0) + _code(start) + _code(end) + bytes([20, 2, comment])
        made += head + piece.ljust(112, b"\x8f")
    return made


def stl(
    cues: list[tuple[int, int, str | bytes]], *, page: bytes = b"00", begins: str = "00000000", comment: str = ""
) -> bytes:
    """A file of subtitles (start and end in ms, text with newlines) at 25 frames a second, in English."""
    fields = [text if isinstance(text, bytes) else text.replace("\n", "\x8a").encode("latin-1") for *_, text in cues]
    body = b"".join(
        _blocks(number, start, end, b"\x03" + field, False)
        for number, ((start, end, _), field) in enumerate(zip(cues, fields, strict=True))
    )
    body += _blocks(999, 1000, 2000, comment.encode(), True) if comment else b""
    count = f"{len(body) // 128:05}".encode()
    head = b"850STL25.01" + b"0" + page + b"09" + b" " * (238 - 16) + count + count + b"001" + b"40" + b"23" + b"1"
    head += begins.encode() + b"00000000" + b"11" + b"GBR"
    return head.ljust(1024, b" ") + body
