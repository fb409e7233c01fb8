"""WAV bytes of every kind that a voice server answers with, the good, the odd and the broken."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def wav(samples: Samples, rate: int, *, bits: int = 16, kind: int = 1, data_size: int | None = None) -> bytes:
    """A WAV file. kind 1: whole numbers of 8, 16, 24 or 32 bits, 3: float32. data_size: what its header claims."""
    channels = samples.shape[1] if samples.ndim == 2 else 1
    body = _numbers(samples, bits, kind)
    size = len(body) if data_size is None else data_size
    frame = channels * bits // 8
    head = struct.pack("<4sI4s", b"RIFF", min(size + 36, 2**32 - 1), b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, kind, channels, rate, rate * frame, frame, bits)
    return head + form + struct.pack("<4sI", b"data", size) + body


def _numbers(samples: Samples, bits: int, kind: int) -> bytes:
    if kind == 3:
        return samples.astype("<f4").tobytes()
    whole: NDArray[np.float64] = np.clip(np.nan_to_num(samples), -1, 1) * (2 ** (bits - 1) - 1)
    if bits == 8:
        return (whole + 128).astype(np.uint8).tobytes()
    if bits == 24:
        return whole.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    return whole.astype(f"<i{bits // 8}").tobytes()


def encoded(samples: Samples, rate: int, kind: str) -> bytes:
    """samples as mp3, opus, aac, flac, wav or pcm: the formats of the OpenAI interface."""
    if kind == "wav":
        return wav(samples, rate)
    if kind == "pcm":
        return _numbers(samples, 16, 1)
    how = {
        "mp3": ["-f", "mp3"],
        "opus": ["-c:a", "libopus", "-f", "ogg"],
        "aac": ["-f", "adts"],
        "flac": ["-f", "flac"],
    }
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "wav", "-i", "pipe:0", *how[kind], "pipe:1"]
    return subprocess.run(command, input=wav(samples, rate), capture_output=True, check=True).stdout


def _at(samples: Samples, rate: int, new: int) -> Samples:
    places = np.arange(round(len(samples) * new / rate)) * rate / new
    return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)


def _minute(samples: Samples, rate: int) -> Samples:
    return np.resize(samples, 60 * rate)


def _holed(samples: Samples) -> Samples:
    holed = samples.copy()
    holed[len(holed) // 2 :: 7] = np.nan
    return holed


ODD: dict[str, Callable[[Samples, int], bytes]] = {
    "rate-8000": lambda s, r: wav(_at(s, r, 8000), 8000),
    "rate-48000": lambda s, r: wav(_at(s, r, 48_000), 48_000),
    "stereo": lambda s, r: wav(np.stack([s, s], axis=1), r),
    "float": lambda s, r: wav(s, r, bits=32, kind=3),
    "8-bit": lambda s, r: wav(s, r, bits=8),
    "24-bit": lambda s, r: wav(s, r, bits=24),
    "32-bit": lambda s, r: wav(s, r, bits=32),
    "mp3-named-wav": lambda s, r: encoded(s, r, "mp3"),
    "header-7fffffff": lambda s, r: wav(s, r, data_size=0x7FFFFFFF),
    "header-ffffffff": lambda s, r: wav(s, r, data_size=0xFFFFFFFF),
    "header-zero": lambda s, r: wav(s, r, data_size=0),
}
"""Odd but good: to be decoded and used."""

BROKEN: dict[str, Callable[[Samples, int], bytes]] = {
    "empty": lambda s, r: b"",
    "garbage": lambda s, r: np.random.default_rng(5).bytes(20_000),
    "html": lambda s, r: b"<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>",
    "json": lambda s, r: b'{"error": {"message": "CUDA out of memory"}}',
    "text": lambda s, r: b"the model is being loaded, come back later",
    "cut": lambda s, r: wav(s, r)[: len(s) // 2],
    "header-promises": lambda s, r: wav(s, r, data_size=20 * len(s)),
    "header-only": lambda s, r: wav(s[:0], r),
    "half-a-header": lambda s, r: wav(s, r)[:30],
    "nan": lambda s, r: wav(_holed(s), r, bits=32, kind=3),
    "silence": lambda s, r: wav(np.zeros_like(s), r),
    "one-second-of-silence": lambda s, r: wav(np.zeros(16_000, np.float32), 16_000),
    "minute": lambda s, r: wav(_minute(s, r), r),
    "half-the-words": lambda s, r: wav(s[: len(s) // 3], r),
}
"""Status 200, and not the words that were asked for."""
