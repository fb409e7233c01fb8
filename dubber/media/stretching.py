"""Speech made longer or shorter in time, with its pitch and its formants kept: one interface over three engines.

All three are Rubber Band. For a clip of 2.5 s on two busy cores (`python -m benchmarks stretch`; distance is how far
the spectrum lies from that of the right place in the original):

    pedalboard    in this process, engine R3 ("finer"): nothing to start, no file. 60 ms of CPU, 3.6 dB. The default
    rubberband    the program, through pyrubberband, R3 too: 85 ms, 3.5 dB, two temporary files; for who has a newer one
    ffmpeg        the filter, which has the coarser R2 only: 150 ms, 4.9 dB; where neither of the others is

What starting a program adds is a minute and more for a film of 1,800 clips, and the sound is no better.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from dubber.media.audio import Samples, of_length

DEFAULT = "pedalboard"
HEAD = (4.0, 8.0)  # ms: the start of the speech is the original to here, and from there glides into the stretched


def stretch(samples: Samples, rate: int, frames: int, engine: str = DEFAULT) -> Samples:
    """Mono samples made exactly `frames` long. The same samples come back when they are so long already.

    The first milliseconds are the original's, so that speech starts as sharply and exactly where it did (a phase
    vocoder smears an onset over a few milliseconds). Raises ToolError when the engine's program is missing or fails.
    """
    if frames == len(samples) or not len(samples) or frames <= 0:
        return of_length(samples, max(0, frames))
    stretched = of_length(ENGINES[engine](samples, rate, frames), frames)
    return _with_head_of(samples, _as_loud_as(samples, stretched), rate)


def _as_loud_as(original: Samples, stretched: Samples) -> Samples:
    """A phase vocoder loses some power of noisy sounds (1.5 dB of an s at rate 1.3): give it back, 3 dB at most."""
    before, after = (float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) for sound in (original, stretched))
    gain = min(1.41, max(0.71, before / after)) if after > 0 else 1.0
    return stretched * np.float32(gain)


def _with_head_of(original: Samples, stretched: Samples, rate: int) -> Samples:
    kept, over = (round(milliseconds * rate / 1000) for milliseconds in HEAD)
    kept, over = (min(size, len(original), len(stretched)) for size in (kept, over))
    share = np.ones(over, np.float32)
    share[kept:] = np.linspace(1, 0, over - kept, dtype=np.float32)
    joined = stretched.copy()
    joined[:over] = share * original[:over] + (1 - share) * stretched[:over]
    return joined


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


def _ffmpeg(samples: Samples, rate: int, frames: int) -> Samples:
    from dubber.media import ffmpeg

    chain = f"rubberband=tempo={len(samples) / frames:.9f}:formant=preserved:window=short:phase=laminar"
    raw = ["-f", "f32le", "-ar", str(rate), "-ac", "1"]
    asked = ffmpeg.command(*raw, "-i", "pipe:0", "-af", chain, *raw, "pipe:1")
    data = ffmpeg.run(asked, data=np.ascontiguousarray(samples, "<f4").tobytes(), where="ffmpeg's rubberband filter")
    return np.frombuffer(data, "<f4").astype(np.float32)


ENGINES: Mapping[str, Callable[[Samples, int, int], Samples]] = MappingProxyType(
    {"pedalboard": _pedalboard, "rubberband": _rubberband, "ffmpeg": _ffmpeg}
)
