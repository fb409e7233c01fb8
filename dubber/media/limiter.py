"""True peak, and a limiter that holds it, each a function of the samples around: no memory of what went before.

What comes out at a time depends on the input from BEFORE frames before it to AFTER frames after it, so that a film may
be limited in pieces, in any order, and the pieces fit together bit for bit. Sums are taken tap by tap for that reason:
a convolution by FFT or BLAS gives other last bits in another place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dubber.media.audio import scaled
from dubber.media.wav import Samples

BLOCK = 48  # frames to which one gain belongs (1 ms at 48 kHz)
AHEAD = 5  # blocks before a peak in which the gain goes down
HOLD = 96  # blocks after a peak over which it comes back, straight in dB
SLOPE = 0.125  # dB a block: 12 dB are gone after HOLD blocks
TAPS = 12  # of each phase of the oversampling filter
EDGE = (TAPS // 2 - 1, TAPS // 2)  # frames that it needs before and after
LOOK = 0.7  # sample peaks under this share of the ceiling cannot hide a true peak above it (3 dB; measured: 2.1)
BEFORE, AFTER = (AHEAD * 2 + HOLD + 4) * BLOCK, (AHEAD * 2 + 4) * BLOCK  # frames that a result depends on


def _oversampling() -> NDArray[np.float32]:
    """(3, TAPS): the three phases between two samples of a 4-fold windowed sinc (the fourth is the sample itself)."""
    places = np.arange(TAPS) - TAPS // 2 + 1
    phases = np.array([1, 2, 3])[:, None] / 4 - places
    window = np.cos(np.pi * phases / (TAPS + 0.5)) ** 2
    taps = np.sinc(phases) * window
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float32)


_PHASES = _oversampling()


def true_peaks(padded: Samples, frames: int) -> Samples:
    """(..., frames): the largest magnitude at and after each frame, up to the next one, on a 4 times finer grid.

    padded: (..., frames and EDGE more before and after, channels); over all channels.
    """
    peaks = np.abs(padded[..., EDGE[0] : EDGE[0] + frames, :])
    between, product = np.empty_like(peaks), np.empty_like(peaks)
    for phase in _PHASES:
        between[...] = 0
        for tap, weight in enumerate(phase):
            between += np.multiply(padded[..., tap : tap + frames, :], weight, out=product)
        np.maximum(peaks, np.abs(between, out=between), out=peaks)
    return _widest(peaks)


def _widest(peaks: Samples) -> Samples:
    """The maximum over the last axis, which is short: column by column, ten times faster than numpy's own."""
    widest = peaks[..., 0].copy()
    for channel in range(1, peaks.shape[-1]):
        np.maximum(widest, peaks[..., channel], out=widest)
    return widest


def true_peak(samples: Samples) -> float:
    """In dBTP."""
    wide = samples.reshape(len(samples), -1)
    peaks = true_peaks(np.pad(wide, (EDGE, (0, 0))), len(wide))
    return float(20 * np.log10(max(float(peaks.max(initial=0.0)), 1e-9)))


def limit(samples: Samples, start: int, ceiling: float) -> Samples:
    """No true peak above ceiling (linear). samples begin at the film's frame `start`, a multiple of BLOCK.

    The first BEFORE and the last AFTER frames of what comes back are not final: they need samples that were not given.
    Sound without such a peak comes back as it is.
    """
    if max(samples.max(initial=0.0), -samples.min(initial=0.0)) <= LOOK * ceiling:
        return samples
    wide = samples.reshape(len(samples), -1)
    peaks = _block_peaks(wide, LOOK * ceiling)
    if peaks.max() <= ceiling:
        return samples
    wanted = np.minimum(0.0, 20 * np.log10(ceiling / np.maximum(peaks, 1e-9)))
    return scaled(wide, _smooth(wanted)[: len(wide)]).reshape(samples.shape)


def _block_peaks(wide: Samples, near: float) -> Samples:
    """The peak of each block; the true one where it, or its neighbour's, comes near the ceiling."""
    count = -(-len(wide) // BLOCK)
    padded = np.zeros((EDGE[0] + count * BLOCK + EDGE[1], wide.shape[1]), np.float32)
    padded[EDGE[0] : EDGE[0] + len(wide)] = wide
    blocks = padded[EDGE[0] : len(padded) - EDGE[1]].reshape(count, -1)
    peaks: Samples = np.maximum(blocks.max(axis=1), -blocks.min(axis=1))
    near_one = np.pad(peaks > near, 1)
    hot = np.flatnonzero(near_one[1:-1] | near_one[:-2] | near_one[2:])
    windows = np.lib.stride_tricks.sliding_window_view(padded, sum(EDGE) + BLOCK, axis=0)[::BLOCK]
    found = np.ascontiguousarray(windows[hot].swapaxes(1, 2))
    peaks[hot] = np.maximum(peaks[hot], true_peaks(found, BLOCK).max(axis=1))
    return peaks


def _lowest(values: NDArray[np.float64], width: int, slope: float = 0.0) -> NDArray[np.float64]:
    """The minimum over each `width` values, those before the last raised by slope for each step; width - 1 fewer.

    Windows of twice the width are made of two, so that it takes few passes; each by the same steps wherever it lies.
    """
    wide = 1
    while wide < width:
        step = min(wide, width - wide)
        values = np.minimum(values[step:], values[:-step] + slope * step)
        wide += step
    return values


def _smooth(wanted: NDArray[np.float64]) -> NDArray[np.float32]:
    """One gain a frame from one a block (dB): never above what any block wants, down before a peak, slowly up after."""
    held = _lowest(np.pad(wanted, (HOLD - 1, 0)), HOLD, SLOPE)
    padded = np.pad(_lowest(np.pad(held, AHEAD), 2 * AHEAD + 1), AHEAD - 1)
    mean = np.zeros(len(held))
    for shift in range(2 * AHEAD - 1):
        mean += padded[shift : shift + len(held)]
    gains = 10 ** (mean / (2 * AHEAD - 1) / 20)
    edges = np.concatenate([gains[:1], np.minimum(gains[:-1], gains[1:]), gains[-1:]]).astype(np.float32)
    across = ((np.arange(BLOCK) + 0.5) / BLOCK).astype(np.float32)
    between: Samples = np.diff(edges)[:, None] * across
    between += edges[:-1, None]
    return between.reshape(-1)
