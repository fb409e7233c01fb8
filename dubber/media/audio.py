"""Bytes to sound and sound to sound: decode, encode, resample, find the speech in a take, fade, cut.

Levels are in dB relative to full scale (0 dB = root mean square of 1.0). Nothing here knows films or subtitles.
Stretching has a room of its own, stretching.py.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dubber import scratch
from dubber.errors import DubError
from dubber.model import Audio, Span

Samples = NDArray[np.float32]

QUIETEST = 1e-6  # -120 dBFS: what counts as digital silence

# --- bytes to sound ---------------------------------------------------------------------------------------------

STREAMED = 0x7FFFF000  # a data size from here on was written before the length was known (espeak, ffmpeg, browsers)
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


def decode(data: bytes) -> Audio:
    """The sound in a file's bytes, whatever its name says: WAV of all kinds, FLAC, Ogg, MP3, AAC, ...

    Several channels become one. Raises ValueError, with a sentence for a person, for what is no sound, is cut off,
    holds no samples, or samples that are no numbers.
    """
    audio = _decode_wav(data) if data[:4] in (b"RIFF", b"RF64", b"BW64") and data[8:12] == b"WAVE" else None
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


@dataclass(frozen=True, slots=True)
class _Wave:
    """A WAV file's fmt chunk."""

    kind: int
    channels: int
    rate: int
    width: int  # bytes a sample takes


def _decode_wav(data: bytes) -> Audio | None:
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
    audio = _decode_wav(made) if made[8:12] == b"WAVE" else None
    if audio is None:
        raise ValueError(f"this is no sound: {_start_of(data)}")
    return audio


def _start_of(data: bytes) -> str:
    """The first words of an answer that should have been sound: it may say what is wrong."""
    text = data[:80].decode("latin-1")
    return "".join(letter if letter.isprintable() else "." for letter in text)


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

HOP = 5.0  # ms that one measurement covers
LOUD = 25.0  # dB under the take's own speech level: surely speech
SOFT = 50.0  # dB under it: softer is not heard as part of the take
ABOVE_FLOOR = 6.0  # dB over the take's own noise floor that a soft sound must reach
BURST = 15.0  # ms: what is loud for less is a click, not the start of speech
REACH = 60.0  # ms of hush that a soft sound (a breath, an f) may be away from the speech and still belong to it
PAUSE = 150.0  # ms: shorter silences are the closures of p, t and k, and not to be touched
MARGIN = (1.0, 12.0)  # ms left before and after the speech


@dataclass(frozen=True, slots=True)
class _Loudness:
    """Levels (dB) in steps of about HOP ms (whole samples), and the two thresholds."""

    step: float
    levels: NDArray[np.float64]
    loud: float
    soft: float


def speech_span(audio: Audio) -> Span | None:
    """From the first sound of speech to its last; None when there is none (silence, clicks, DC).

    Both thresholds hang on the take's own level, so that a quiet take is cut as a loud one is. Speech begins where it
    is loud (within 25 dB of the take's 95th percentile) for 15 ms; from there outwards all that is soft (above its
    noise floor by 6 dB, within 50 dB of its level) belongs to it, over hushes of up to 60 ms: an f, an h or a breath is
    kept whole or, when it stands far away, left out whole. The start is exact to the sample, less 1 ms.
    """
    heard = _measure(audio)
    if heard is None:
        return None
    lasting = _lasting(heard.levels >= heard.loud, round(BURST / HOP))
    if not lasting.any():
        return None
    soft, reach = heard.levels >= heard.soft, round(REACH / HOP)
    first = int(lasting.argmax())
    last = len(lasting) - 1 - int(lasting[::-1].argmax())
    first = first - _grow(soft[:first][::-1], reach)
    last = last + _grow(soft[last + 1 :], reach)
    start = _exact_start(audio, first, heard.soft)
    end = min((last + 1) * heard.step + MARGIN[1], audio.milliseconds)
    return Span(max(0.0, start - MARGIN[0]), end)


def pauses(audio: Audio, span: Span | None = None) -> tuple[Span, ...]:
    """The inner silences of at least 150 ms, in ms of the take, their edges kept clear of the speech around.

    Breaths are above the noise floor and therefore no silence. span: where to look (default: the whole speech).
    """
    span = span or speech_span(audio)
    heard = _measure(audio)
    if span is None or heard is None:
        return ()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], heard.levels < heard.soft, [False]])))
    found = []
    for first, last in edges.reshape(-1, 2):
        start, end = first * heard.step, last * heard.step
        if start > span.start and end < span.end and end - start >= PAUSE:
            found.append(Span(start + MARGIN[1], end - HOP))
    return tuple(found)


def _measure(audio: Audio) -> _Loudness | None:
    samples, size = without_dc(audio.samples), max(1, round(audio.rate * HOP / 1000))
    count = -(-len(samples) // size)
    power = (of_length(samples, count * size).astype(np.float64) ** 2).reshape(count, size).mean(axis=1)
    levels = 10 * np.log10(np.maximum(power, QUIETEST**2))
    if not count or levels.max() <= -90:
        return None
    speech, floor = np.percentile(levels, 95), np.percentile(levels, 2)
    speech = max(speech, levels.max() - 20)  # a short word in a long silence
    soft = min(max(speech - SOFT, floor + ABOVE_FLOOR), speech - LOUD)
    return _Loudness(1000 * size / audio.rate, levels, speech - LOUD, soft)


def _lasting(loud: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """Only the runs of True that are at least so long."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]))).reshape(-1, 2)
    kept = np.zeros(len(loud), bool)
    for first, last in edges[edges[:, 1] - edges[:, 0] >= least]:
        kept[first:last] = True
    return kept


def _grow(soft: NDArray[np.bool_], reach: int) -> int:
    """How far sound goes on without a hush longer than reach; never ends inside a hush."""
    heard = np.flatnonzero(soft)
    if not len(heard):
        return 0
    gaps = np.diff(heard, prepend=-1) - 1
    broken = np.flatnonzero(gaps > reach)
    belonging = heard[: broken[0]] if len(broken) else heard
    return int(belonging[-1]) + 1 if len(belonging) else 0


def _exact_start(audio: Audio, step: int, threshold: float) -> float:
    """The first sample of a step that is above the threshold, in ms (a frame's borders are at whole samples)."""
    size = max(1, round(audio.rate * HOP / 1000))
    piece = np.abs(without_dc(audio.samples)[step * size : (step + 1) * size])
    above = piece >= 10 ** (threshold / 20)
    return 1000.0 * (step * size + (int(above.argmax()) if above.any() else 0)) / audio.rate
