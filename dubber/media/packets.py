"""An encoder's output as packets, and packets as one piece of bytes that can be kept. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from dubber.errors import ToolError
from dubber.media import ogg
from dubber.media.containers import Codec, Coding


def split(data: bytes, coding: Coding, rate: int) -> tuple[bytes, list[bytes]]:
    """(header, packets) of what an encoder made; only Opus has a header.

    ADTS and Ogg say each packet's length; the other codecs have one for all, a whole number of bytes at 48 kHz.
    """
    how = coding.how
    if how.form == "adts":
        return b"", list(_adts(data))
    if how.form == "ogg":
        head, _, *sound = ogg.packets(data)
        if ogg.preskip(head) != how.delay:
            raise ToolError(f"comes {ogg.preskip(head)} samples late, not {how.delay}", where="the encoder")
        return ogg.without_preskip(head), sound
    size, over = divmod(1000 * coding.kbps * how.frame, 8 * rate)
    if over or len(data) % size:
        raise ToolError("gave packets of several sizes", where="the encoder")
    return b"", [data[at : at + size] for at in range(0, len(data), size)]


def _adts(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 7 <= len(data):
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5  # ISO 13818-7, 6.2.1
        if data[at] != 0xFF or length < 7:
            raise ToolError("gave what is not AAC", where="the encoder")
        yield data[at : at + length]
        at += length


def pack(how: Codec, header: bytes, packets: Iterable[bytes]) -> bytes:
    """A stretch's packets as one piece: as they are where each tells its length; for Ogg the header before them, and
    each behind its length in two bytes."""
    if how.form != "ogg":
        return b"".join(packets)
    return b"".join(len(packet).to_bytes(2, "little") + packet for packet in (header, *packets))


def _unpack(data: bytes) -> Iterator[bytes]:
    """The header, then the packets."""
    at = 0
    while at < len(data):
        end = at + 2 + (data[at] | data[at + 1] << 8)
        yield data[at + 2 : end]
        at = end


def track(pieces: Iterable[bytes], coding: Coding, rate: int, frames: int) -> Iterator[bytes]:
    """The file that packed stretches make, `frames` samples in all, piece by piece: a film has hundreds of thousands
    of packets, so who need not look at them hands them on unseen. The encoder's delay is left out, unless the
    container hides it (coding.lead)."""
    how, dropped, rest = coding.how, 0 if coding.lead else priming(coding.how)[1], iter(pieces)
    first = next(rest)
    if how.form == "ogg":
        header, *made = _unpack(first)
        after = (packet for data in rest for packet in islice(_unpack(data), 1, None))
        yield from ogg.pages(header, chain(made[dropped:], after), how.frame, frames)
        return
    yield b"".join(split(first, coding, rate)[1][dropped:]) if dropped else first
    yield from rest


def priming(how: Codec) -> tuple[int, int]:
    """(silent samples put before the sound, packets that then hold nothing but the encoder's delay)."""
    pad = -how.delay % how.frame
    return pad, (pad + how.delay) // how.frame
