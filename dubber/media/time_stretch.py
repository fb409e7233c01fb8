"""Speech made longer or shorter in time, with its pitch and its formants kept: one interface over three engines.

All three are Rubber Band. For a clip of 2.5 s on two busy cores (`python -m benchmarks stretch`; distance is how far
the spectrum lies from that of the right place in the original):

    pedalboard    in this process, engine R3 ("finer"): nothing to start, no file. 55 ms of CPU, 3.6 dB. The default
    rubberband    the program, through pyrubberband, R3 too: 90 ms, 3.6 dB, two temporary files; for who has a newer one
    ffmpeg        the filter, which has the coarser R2 only: 150 ms, 5.6 dB; where neither of the others is

What starting a program adds is a minute and more for a film of 1,800 clips, and the sound is no better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dubber.media.audio import of_length
from dubber.media.wav import Samples

Engine = Callable[[Samples, int, int], Samples]

DEFAULT = "pedalboard"
EDGE = 4.0  # ms of sound at either end that are the original's: a phase vocoder smears what begins and what ends
SOFT = 0.01  # of the peak; the ends lie where the sound is louder than this ...
HUSH = 50.0  # ms; ... or where it has been quiet for so long
SEAM = 8.0  # ms over which the original and the stretched glide into one another
FAR = 6.0  # ms by which either may be shifted, so that their phases agree
DEAR = 0.1  # what a shift of 1 ms costs in likeness: the nearest of places that are as good
LOOP = (10.0, 30.0)  # ms: what is looked for in the sound to go on with before its start and after its end
SILENT = 1e-3  # of full scale: sounds so quiet are not alike, whatever they are
AROUND = 100.0  # ms that an engine hears of that on either side: it works on windows of up to 90 ms


def stretch(samples: Samples, rate: int, frames: int, engine: str = DEFAULT) -> Samples:
    """Mono samples made exactly `frames` long. The same samples come back when they are so long already.

    The first and the last milliseconds of the sound are the original's, so that it starts and ends as sharply as it
    did, and starts exactly where it did. Between them lies what the engine made, joined where the phases agree: no
    join is heard as a dip. Raises ToolError when the engine's program is missing or fails.
    """
    if frames == len(samples) or not len(samples) or frames <= 0:
        return of_length(samples, max(0, frames))
    start, end = _body(samples, rate)
    rest, seam, far = len(samples) - end, round(SEAM * rate / 1000), round(FAR * rate / 1000)
    if min(end - start, frames - start - rest) < 4 * seam:
        stretched, first = _stretched(samples, rate, frames, ENGINES[engine])
        return stretched[first : first + frames]
    stretched, first = _stretched(samples[start:end], rate, frames - start - rest, ENGINES[engine])
    joined = _spliced(samples[: start + seam], stretched, first + seam, range(-far, far + 1), rate)
    return of_length(_spliced(joined[: frames - rest], samples, end, range(-far, 1), rate), frames)


def _body(samples: Samples, rate: int) -> tuple[int, int]:
    """Where the sound's first and last EDGE end and begin."""
    loud = np.abs(samples) > SOFT * np.abs(samples).max()
    hush, edge = round(HUSH * rate / 1000), round(EDGE * rate / 1000)
    return int(loud[:hush].argmax()) + edge, len(samples) - int(loud[::-1][:hush].argmax()) - edge


def _stretched(body: Samples, rate: int, frames: int, engine: Engine) -> tuple[Samples, int]:
    """The body made `frames` long, with what is around it, and where in that it starts.

    An engine that begins or ends in the middle of a sound makes it weaker there; so the sound goes on, in loops.
    """
    around = round(AROUND * rate / 1000)
    heard = np.concatenate([_before(body, rate, around), body, _before(body[::-1], rate, around)[::-1]])
    total, first = round(len(heard) * frames / len(body)), round(around * frames / len(body))
    stretched = of_length(engine(heard, rate, total), total)
    return _as_loud_as(body, stretched, slice(first, first + frames)), first


def _before(body: Samples, rate: int, frames: int) -> Samples:
    """What the body could have been before it starts: its first periods again and again."""
    least, most = (round(milliseconds * rate / 1000) for milliseconds in LOOP)
    period = len(body)
    if len(body) > 2 * least:
        period = least + int(_likeness(body[:least], body[least : most + least]).argmax())
    return body[np.arange(-frames, 0) % period]


def _likeness(sound: Samples, piece: Samples) -> NDArray[np.float64]:
    """How like `sound` the piece is from each of its samples on: the correlation, -1 to 1; 0 where one is silent."""
    count, still = len(sound), len(sound) * SILENT**2
    sums = np.concatenate([[0.0], np.cumsum(np.square(piece, dtype=np.float64))])
    power = np.maximum(sums[count:] - sums[:-count], still) * max(
        still, float(np.square(sound, dtype=np.float64).sum())
    )
    like: NDArray[np.float64] = np.correlate(piece.astype(np.float64), sound.astype(np.float64), "valid")
    like /= np.sqrt(power)
    return like


def _as_loud_as(original: Samples, stretched: Samples, where: slice) -> Samples:
    """A phase vocoder loses some power of noisy sounds (1.5 dB of an s at rate 1.3): give it back, 3 dB at most."""
    before, after = (float(np.sqrt(np.mean(np.square(s, dtype=np.float64)))) for s in (original, stretched[where]))
    gain = min(1.41, max(0.71, before / after)) if after > 0 else 1.0
    return stretched * np.float32(gain)


def _spliced(left: Samples, right: Samples, at: int, shifts: range, rate: int) -> Samples:
    """left, whose last SEAM glides into right just before `at`, and right from there on; `at` moved by the shift that
    makes them most alike. What is not alike (noise) would be weaker in the middle of the seam: that is made good."""
    seam = round(SEAM * rate / 1000)
    low = max(seam, at + shifts[0])
    like = _likeness(left[-seam:], right[low - seam : at + shifts[-1]])
    best = int((like - DEAR * np.abs(low - at + np.arange(len(like))) * 1000 / rate).argmax())
    at, share = low + best, np.linspace(1, 0, seam, dtype=np.float32)
    power = share**2 + (1 - share) ** 2 + 2 * max(0.0, like[best]) * share * (1 - share)
    glide = (share * left[-seam:] + (1 - share) * right[at - seam : at]) / np.sqrt(power)
    return np.concatenate([left[:-seam], glide.astype(np.float32), right[at:]])


def _pedalboard(samples: Samples, rate: int, frames: int) -> Samples:
    from pedalboard import time_stretch

    stretched = time_stretch(np.ascontiguousarray(samples[None], np.float32), rate, len(samples) / frames)
    return np.asarray(stretched[0], np.float32)


def _rubberband(samples: Samples, rate: int, frames: int) -> Samples:
    import pyrubberband

    from dubber.errors import ToolError

    try:
        stretched = pyrubberband.time_stretch(
            samples, rate, len(samples) / frames, rbargs={"--fine": "", "--formant": ""}
        )
    except (RuntimeError, OSError) as error:
        text = "the rubberband program failed"
        raise ToolError(
            text, where="rubberband", advice="install rubberband-cli, or choose another stretcher"
        ) from error
    return np.asarray(stretched, np.float32)


FILTER = (
    "window=short:phase=independent:transients=smooth"  # with "crisp" R2 hears attacks in a steady vowel: 9 dB dips
)


def _ffmpeg(samples: Samples, rate: int, frames: int) -> Samples:
    from dubber.media import ffmpeg

    chain = f"rubberband=tempo={len(samples) / frames:.9f}:formant=preserved:{FILTER}"
    raw = ["-f", "f32le", "-ar", str(rate), "-ac", "1"]
    asked = ffmpeg.command(*raw, "-i", "pipe:0", "-af", chain, *raw, "pipe:1")
    data = ffmpeg.run(asked, data=np.ascontiguousarray(samples, "<f4").tobytes(), where="ffmpeg's rubberband filter")
    return np.frombuffer(data, "<f4").astype(np.float32)


ENGINES: Mapping[str, Engine] = MappingProxyType(
    {"pedalboard": _pedalboard, "rubberband": _rubberband, "ffmpeg": _ffmpeg}
)
