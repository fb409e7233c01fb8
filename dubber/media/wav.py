"""WAV files in memory: read as they are in the wild, written so that everything opens them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dubber.model import Audio

Samples = NDArray[np.float32]
STREAMED = 0x7FFFF000  # a data size from here on was written before the length was known (espeak, ffmpeg, browsers)
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


@dataclass(frozen=True, slots=True)
class _Wave:
    """A WAV file's fmt chunk."""

    kind: int
    channels: int
    rate: int
    width: int  # bytes a sample takes


def decode_wav(data: bytes) -> Audio | None:
    """None when it is a WAV around something else than plain samples (ADPCM, A-law, MP3)."""
    place, wave = 12, None
    while place + 8 <= len(data):
        name, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        body = place + 8
        if name == b"fmt ":
            wave = _read_format(data[body : body + size])
        elif name == b"data":
            if wave is None:
                raise ValueError("the WAV file has samples before it says what they are")
            return _samples_of(wave, _body(data, body, size))
        place = body + size + size % 2
    raise ValueError("the WAV file is cut off: it holds no samples")


def _body(data: bytes, start: int, size: int) -> bytes:
    """What a data chunk holds; its promised size counts unless it is one that streams write."""
    rest = len(data) - start
    if size == 0 or size >= STREAMED:
        return data[start:]
    if size > rest:
        raise ValueError(f"the sound is cut off: {size} bytes of samples promised, {rest} came")
    return data[start : start + size]


def _read_format(chunk: bytes) -> _Wave:
    if len(chunk) < 16:
        raise ValueError("the WAV file is cut off in its header")
    kind, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == EXTENSIBLE and len(chunk) >= 26:
        kind = int.from_bytes(chunk[24:26], "little")
    if kind in (PCM, FLOAT) and (channels == 0 or align == 0 or align % channels or bits > 8 * align // channels):
        raise ValueError(f"the WAV file's header makes no sense: {channels} channels, {bits} bits, {align} bytes")
    return _Wave(kind, channels, rate, align // max(1, channels))


def _samples_of(wave: _Wave, body: bytes) -> Audio | None:
    convert = _CONVERT.get((wave.kind, wave.width))
    if convert is None:
        return None
    step = wave.width * wave.channels
    samples = convert(body[: len(body) // step * step])
    return Audio(samples.reshape(-1, wave.channels) if wave.channels > 1 else samples, wave.rate)


def _from_24(body: bytes) -> Samples:
    wide = np.zeros((len(body) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(body, np.uint8).reshape(-1, 3)
    return (wide.view("<i4")[:, 0] / np.float32(2**31)).astype(np.float32)


_CONVERT: Mapping[tuple[int, int], Callable[[bytes], Samples]] = {
    (PCM, 1): lambda body: (np.frombuffer(body, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128),
    (PCM, 2): lambda body: np.frombuffer(body, "<i2").astype(np.float32) / np.float32(2**15),
    (PCM, 3): _from_24,
    (PCM, 4): lambda body: (np.frombuffer(body, "<i4") / 2.0**31).astype(np.float32),
    (FLOAT, 4): lambda body: np.frombuffer(body, "<f4").astype(np.float32),
    (FLOAT, 8): lambda body: np.frombuffer(body, "<f8").astype(np.float32),
}


def encode_wav(audio: Audio, *, bits: Literal[16, 32] = 16) -> bytes:
    """A WAV file of 16-bit PCM, which every program opens; of 32-bit floats (bits=32) what goes in comes out again."""
    whole = bits == 16
    samples = np.rint(audio.samples * 32768.0).clip(-32768, 32767) if whole else audio.samples
    body = np.ascontiguousarray(samples, "<i2" if whole else "<f4").tobytes()
    channels = audio.samples.shape[1] if audio.samples.ndim == 2 else 1
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", PCM if whole else FLOAT, channels, audio.rate, frame * audio.rate, frame, bits)
    chunks = [(b"fmt ", form if whole else form + b"\0\0")]  # a format that is not PCM says how much more it says
    chunks += [] if whole else [(b"fact", struct.pack("<I", len(audio.samples)))]
    laid = b"".join(name + struct.pack("<I", len(chunk)) + chunk for name, chunk in (*chunks, (b"data", body)))
    return b"RIFF" + struct.pack("<I", 4 + len(laid)) + b"WAVE" + laid
