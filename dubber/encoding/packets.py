"""An encoder's output as packets, and packets as one piece of bytes that can be kept. PURE."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from itertools import chain, islice, pairwise

from dubber.encoding import ogg
from dubber.errors import ToolError
from dubber.media.containers import Codec, Coding

Length = Callable[[bytearray | bytes, int], int]  # of the packet at a place; 0: its beginning has not come whole


def cut(made: Iterable[bytes], coding: Coding, rate: int, cuts: Sequence[int]) -> Iterator[bytes]:
    """What an encoder makes as stretches: the packets from each number in cuts to the next, in one piece, as soon as
    the last of them has come. made is taken to its end.

    Each as it is where a packet tells its length; for Ogg the header before them, and each behind its length in two
    bytes. The other codecs have one length for all, a whole number of bytes at 48 kHz. Raises ToolError: too few.
    """
    if coding.how.form == "ogg":
        yield from _cut_ogg(b"".join(made), coding.how, cuts)
        return
    packets = _split(made, _length(coding, rate))
    _skip(packets, cuts[0])
    for first, last in pairwise(cuts):
        piece, there = BytesIO(), first
        for packet in islice(packets, last - first):
            piece.write(packet)
            there += 1
        _expect(there, last)
        yield piece.getvalue()
    _skip(packets)


def _skip(packets: Iterator[bytearray], count: int | None = None) -> None:
    deque(islice(packets, count), maxlen=0)


def _split(made: Iterable[bytes], length: Length) -> Iterator[bytearray]:
    held = bytearray()
    for some in made:
        held += some
        at = 0
        while (size := length(held, at)) and at + size <= len(held):
            yield held[at : at + size]
            at += size
        del held[:at]
    if held:
        raise ToolError("gave half a packet", where="the encoder", advice="run again")


def _cut_ogg(data: bytes, how: Codec, cuts: Sequence[int]) -> Iterator[bytes]:
    head, _, *made = ogg.packets(data)
    if ogg.preskip(head) != how.delay:
        raise ToolError(f"comes {ogg.preskip(head)} samples late, not {how.delay}", where="the encoder")
    _expect(len(made), cuts[-1])
    header = ogg.without_preskip(head)
    return (pack(header, made[first:last]) for first, last in pairwise(cuts))


def pack(header: bytes, packets: Iterable[bytes]) -> bytes:
    """For Ogg: the header, then the packets, each behind its length in two bytes."""
    return b"".join(len(packet).to_bytes(2, "little") + packet for packet in (header, *packets))


def _expect(made: int, wanted: int) -> None:
    if made < wanted:
        raise ToolError(f"gave {made} packets of {wanted}", where="the encoder", advice="run again")


def _length(coding: Coding, rate: int) -> Length:
    if coding.how.form == "adts":
        return _adts
    size, over = divmod(1000 * coding.kbps * coding.how.frame, 8 * rate)
    if over:
        raise ToolError("gives packets of several sizes", where="the encoder")
    return lambda data, at: size


def _adts(data: bytearray | bytes, at: int) -> int:
    if at + 7 > len(data):
        return 0
    length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5  # ISO 13818-7, 6.2.1
    if data[at] != 0xFF or length < 7:
        raise ToolError("gave what is not AAC", where="the encoder")
    return length


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
    length, at = _length(coding, rate), 0
    for _ in range(dropped):
        at += length(first, at)
    yield first[at:]
    del first  # a megabyte
    yield from rest


def priming(how: Codec) -> tuple[int, int]:
    """(silent samples put before the sound, packets that then hold nothing but the encoder's delay)."""
    pad = -how.delay % how.frame
    return pad, (pad + how.delay) // how.frame
