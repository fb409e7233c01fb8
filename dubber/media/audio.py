"""Bytes to sound and sound to sound: decode, encode, resample, find the speech in a take, fade, cut.

Levels are in dB relative to full scale (0 dB = root mean square of 1.0). Nothing here knows films or subtitles.
Stretching has a room of its own, stretching.py.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from dubber.errors import DubError
from dubber.files import scratch
from dubber.media.wav import Samples, decode_wav
from dubber.model import Audio, Span

QUIETEST = 1e-6  # -120 dBFS: what counts as digital silence

# --- bytes to sound ---------------------------------------------------------------------------------------------


def decode(data: bytes) -> Audio:
    """The sound in a file's bytes, whatever its name says: WAV of all kinds, FLAC, Ogg, MP3, AAC, ...

    Several channels become one. Raises ValueError, with a sentence for a person, for what is no sound, is cut off,
    holds no samples, or samples that are no numbers.
    """
    audio = decode_wav(data) if data[:4] in (b"RIFF", b"RF64", b"BW64") and data[8:12] == b"WAVE" else None
    return _checked(audio or _decode_other(data))


def _checked(audio: Audio) -> Audio:
    if not len(audio.samples):
        raise ValueError("the sound holds no samples")
    if not 1_000 <= audio.rate <= 768_000:
        raise ValueError(f"{audio.rate} Hz is no sample rate of sound")
    if not np.isfinite(audio.samples).all():
        raise ValueError("the sound holds samples that are no numbers (NaN or infinite)")
    return mono(audio)


def mono(audio: Audio) -> Audio:
    """One channel: the mean of all."""
    if audio.samples.ndim == 1:
        return audio
    return Audio(audio.samples.mean(axis=1, dtype=np.float32), audio.rate)


def _decode_other(data: bytes) -> Audio:
    """libsndfile in this process (FLAC, Ogg, MP3, odd WAVs), else ffmpeg (AAC, M4A, WebM, FLAC that was streamed)."""
    import soundfile

    if not data:
        raise ValueError("the sound is empty: not one byte came")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return _unpacked(file)
    except (soundfile.LibsndfileError, RuntimeError, TypeError):
        pass
    adts = data[0] == 0xFF and data[1:2] in ADTS
    if not (adts or data[4:8] == b"ftyp" or data[:4] in (b"fLaC", WEBM)):
        raise ValueError(f"this is no sound: {_start_of(data)}")
    return _decode_with_ffmpeg(data)


ADTS = (b"\xf0", b"\xf1", b"\xf8", b"\xf9")  # how a bare AAC stream goes on after 0xff (ISO 14496-3, 1.A.2.2)
WEBM = b"\x1a\x45\xdf\xa3"
LONGEST = 20_000_000  # frames: seven minutes at 48 kHz, longer than any line; a small file may unpack into a huge sound
BLOCK = 1 << 16  # frames read at a time: eight channels of them are 2 MB


def _unpacked(file: Any) -> Audio:
    """The mean of all channels of a soundfile.SoundFile, a block at a time. Raises ValueError when it is too long."""
    whole, frames = np.empty(min(file.frames, LONGEST), np.float32), 0  # memory is taken as it is filled
    for block in file.blocks(BLOCK, dtype="float32", always_2d=True):
        if frames + len(block) > len(whole):
            raise ValueError(f"the sound is longer than {LONGEST / file.samplerate / 60:.0f} minutes")
        block.mean(axis=1, dtype=np.float32, out=whole[frames : frames + len(block)])
        frames += len(block)
    return Audio(whole[:frames], int(file.samplerate))


def _decode_with_ffmpeg(data: bytes) -> Audio:
    """Through a private file, not a pipe: an M4A may have its index at its end."""
    from dubber.media import ffmpeg

    with scratch.folder() as folder:
        path = folder / "sound"
        path.write_bytes(data)
        asked = ["-map", "0:a:0", "-ac", "1", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1"]
        try:
            made = ffmpeg.run(ffmpeg.command(*ffmpeg.source(path), *asked), timeout=60, limit=4 * LONGEST)
        except DubError:
            made = b""
    audio = decode_wav(made) if made[8:12] == b"WAVE" else None
    if audio is None:
        raise ValueError(f"this is no sound: {_start_of(data)}")
    return audio


def _start_of(data: bytes) -> str:
    """The first words of an answer that should have been sound: it may say what is wrong."""
    text = data[:80].decode("latin-1")
    return "".join(letter if letter.isprintable() else "." for letter in text)


# --- sound to sound ---------------------------------------------------------------------------------------------


def resample(audio: Audio, rate: int) -> Audio:
    """The same sound at another rate, by soxr's "HQ": no shift in time, length rounded to the nearest sample."""
    if audio.rate == rate:
        return audio
    import soxr

    frames = round(len(audio.samples) * rate / audio.rate)
    samples = soxr.resample(audio.samples, audio.rate, rate, quality="HQ")
    return Audio(of_length(samples.astype(np.float32, copy=False), frames), rate)


def scaled(samples: Samples, gains: Samples, into: Samples | None = None) -> Samples:
    """(frames, channels) times one gain a frame: column by column, three times faster than numpy's broadcasting.

    into: where the result is put, of the same shape; None: something new.
    """
    louder = np.empty_like(samples) if into is None else into
    for channel in range(samples.shape[1]):
        np.multiply(samples[:, channel], gains, out=louder[:, channel])
    return louder


def of_length(samples: Samples, frames: int) -> Samples:
    """Exactly so many frames: the rest cut off, or zeros added."""
    if len(samples) >= frames:
        return samples[:frames]
    return np.pad(samples, [(0, frames - len(samples))] + [(0, 0)] * (samples.ndim - 1))


def level(samples: Samples) -> float:
    """Root mean square in dBFS, the mean (DC) left out."""
    spread = float(np.std(samples, dtype=np.float64)) if len(samples) else 0.0
    return float(20 * np.log10(max(spread, QUIETEST)))


def fade(samples: Samples, rate: int, rise: float = 3.0, fall: float = 8.0) -> Samples:
    """A copy whose first `rise` and last `fall` ms grow from and shrink to nothing (raised cosine)."""
    faded = samples.astype(np.float32, copy=True)
    for edge, milliseconds in ((faded, rise), (faded[::-1], fall)):
        frames = min(len(samples) // 2, round(milliseconds * rate / 1000))
        edge[:frames] *= _ramp(frames)
    return faded


def _ramp(frames: int) -> Samples:
    """From 0 to 1; turned round and added to itself it is 1 everywhere."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(frames) + 0.5) / max(1, frames))).astype(np.float32)


def excerpt(audio: Audio, source: Span, cut: Sequence[Span] = (), *, crossfade: float = 6.0) -> Samples:
    """A piece of a take without the stretches in `cut` (ms of the take), its seams crossfaded.

    The length is exact: that of source less that of cut, each border rounded to the nearest sample.
    """
    samples, rate = without_dc(audio.samples), audio.rate
    start, end = (_frame(at, rate, len(samples)) for at in (source.start, source.end))
    pieces, place = [], start
    for span in sorted(cut, key=lambda span: span.start):
        low, high = _frame(span.start, rate, end), _frame(span.end, rate, end)
        if place <= low < high:
            pieces.append((place, low))
            place = high
    joined = samples[slice(*(pieces[0] if pieces else (place, end)))]
    for first, last in [*pieces[1:], (place, end)] if pieces else []:
        joined = _join(joined, samples, first, last, round(crossfade * rate / 1000))
    return joined


def _frame(milliseconds: float, rate: int, frames: int) -> int:
    return min(frames, max(0, round(milliseconds * rate / 1000)))


def _join(before: Samples, samples: Samples, first: int, last: int, frames: int) -> Samples:
    """before + samples[first:last]; the end of before glides into what stood just before first."""
    frames = min(frames, len(before), first)
    ramp = _ramp(frames)
    joined = np.concatenate([before, samples[first:last]])
    seam = slice(len(before) - frames, len(before))
    joined[seam] = joined[seam] * ramp[::-1] + samples[first - frames : first] * ramp
    return joined


def without_dc(samples: Samples) -> Samples:
    """The samples less their mean."""
    return samples - samples.mean(dtype=np.float64).astype(np.float32) if len(samples) else samples


# --- where the speech is ----------------------------------------------------------------------------------------
