"""True peak, and a limiter that holds it, each a function of the samples around: no memory of what went before.

What comes out at a time depends on the input from BEFORE frames before it to AFTER frames after it, so that a film may
be limited in pieces, in any order, and the pieces fit together bit for bit. Sums are taken tap by tap for that reason:
a convolution by FFT or BLAS gives other last bits in another place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

BLOCK = 48  # frames to which one gain belongs (1 ms at 48 kHz)
AHEAD = 5  # blocks before a peak in which the gain goes down
HOLD = 96  # blocks after a peak over which it comes back, straight in dB
SLOPE = 0.125  # dB a block: 12 dB are gone after HOLD blocks
TAPS = 12  # of each phase of the oversampling filter
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


def true_peaks(samples: Samples) -> Samples:
    """The largest magnitude at and after each frame, up to the next one, on a 4 times finer grid, over all channels."""
    wide = samples.reshape(len(samples), -1)
    padded = np.pad(wide, ((TAPS // 2 - 1, TAPS // 2), (0, 0)))
    peaks: Samples = np.abs(wide).max(axis=1)
    for phase in _PHASES:
        between = np.zeros_like(wide)
        for tap, weight in enumerate(phase):
            between += weight * padded[tap : tap + len(wide)]
        np.maximum(peaks, np.abs(between).max(axis=1), out=peaks)
    return peaks


def true_peak(samples: Samples) -> float:
    """In dBTP."""
    return float(20 * np.log10(max(float(true_peaks(samples).max(initial=0.0)), 1e-9)))


def limit(samples: Samples, start: int, ceiling: float) -> Samples:
    """No true peak above ceiling (linear). samples begin at the film's frame `start`, a multiple of BLOCK.

    The first BEFORE and the last AFTER frames of what comes back are not final: they need samples that were not given.
    Sound without such a peak comes back as it is.
    """
    wide = samples.reshape(len(samples), -1)
    count = -(-len(wide) // BLOCK)
    peaks = _block_peaks(wide, count, ceiling)
    if peaks.max(initial=0.0) <= ceiling:
        return samples
    wanted = np.minimum(0.0, 20 * np.log10(ceiling / np.maximum(peaks, 1e-9)))
    limited: Samples = wide * _smooth(wanted)[: len(wide), None]
    return limited.reshape(samples.shape)


def _block_peaks(wide: Samples, count: int, ceiling: float) -> Samples:
    """The peak of each block; the true one where the plain one comes near the ceiling."""
    padded = np.zeros((count * BLOCK, wide.shape[1]), np.float32)
    padded[: len(wide)] = wide
    plain: Samples = np.maximum(padded.max(axis=1), -padded.min(axis=1)).reshape(count, BLOCK).max(axis=1)
    hot = np.flatnonzero(plain > LOOK * ceiling)
    if not len(hot):
        return plain
    for run in np.split(hot, np.flatnonzero(np.diff(hot) > 2) + 1):
        first, last = max(0, run[0] - 1) * BLOCK, min(count, run[-1] + 2) * BLOCK
        low, high = max(0, first - TAPS), min(len(padded), last + TAPS)
        true = true_peaks(padded[low:high])[first - low : last - low].reshape(-1, BLOCK).max(axis=1)
        place = slice(first // BLOCK, last // BLOCK)
        plain[place] = np.maximum(plain[place], true)
    return plain


def _smooth(wanted: NDArray[np.float64]) -> NDArray[np.float32]:
    """One gain a frame from one a block (dB): never above what any block wants, down before a peak, slowly up after."""
    held = wanted.copy()
    for late in range(1, HOLD):
        np.minimum(held[late:], np.minimum(0.0, wanted[:-late] + SLOPE * late), out=held[late:])
    padded = np.pad(held, AHEAD)
    lowest = np.min([padded[shift : shift + len(held)] for shift in range(2 * AHEAD + 1)], axis=0)
    padded = np.pad(lowest, AHEAD - 1)
    mean = np.zeros(len(held))
    for shift in range(2 * AHEAD - 1):
        mean += padded[shift : shift + len(held)]
    gains = 10 ** (mean / (2 * AHEAD - 1) / 20)
    edges = np.concatenate([gains[:1], np.minimum(gains[:-1], gains[1:]), gains[-1:]])
    across = (np.arange(BLOCK) + 0.5) / BLOCK
    return np.asarray(edges[:-1, None] * (1 - across) + edges[1:, None] * across, np.float32).reshape(-1)
