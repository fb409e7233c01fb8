"""Where in a take somebody speaks: its first and last sound, and the pauses between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dubber.media.audio import QUIETEST, of_length, without_dc
from dubber.model import Audio, Span

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
