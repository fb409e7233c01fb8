"""Loudness and true peak as ITU-R BS.1770-4 and EBU R 128 define them.

The unit between stages is the *energy*: the K-weighted mean square of 100 ms of one channel. Energies of sounds that
have nothing to do with each other add up, so that the loudness of a film is known from its takes' energies without
mixing a single sample of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubber.model import Audio

Energies = NDArray[np.float64]

STEP = 100  # ms that one energy covers
OFFSET = -0.691  # dB: makes a 997 Hz sine of 0 dBFS in one channel -3.01 LUFS
ABSOLUTE, RELATIVE = -70.0, -10.0  # gates: LUFS, and LU under the loudness above the first gate
SURROUND = 1.41  # weight of side and back channels; the LFE counts for nothing

# The two filters as analogue prototypes (centre Hz, gain dB, Q), from which BS.1770's table for 48 kHz follows to seven
# digits; derived in libebur128 (ebur128.c, ebur128_init_filter) for any other rate.
SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
HIGH_PASS = (38.13547087602444, 0.5003270373238773)


@lru_cache(maxsize=16)
def k_weighting(rate: int) -> NDArray[np.float64]:
    """The K-weighting filter at a sample rate, as two second-order sections (b0 b1 b2 a0 a1 a2)."""
    centre, gain, quality = SHELF
    warped = np.tan(np.pi * centre / rate)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    scale = 1 + warped / quality + warped**2
    shelf = [
        high + band * warped / quality + warped**2,
        2 * (warped**2 - high),
        high - band * warped / quality + warped**2,
    ]
    shelf += [scale, 2 * (warped**2 - 1), 1 - warped / quality + warped**2]
    centre, quality = HIGH_PASS
    warped = np.tan(np.pi * centre / rate)
    below = 1 + warped / quality + warped**2
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (warped**2 - 1) / below, (1 - warped / quality + warped**2) / below]
    return np.array([np.array(shelf) / scale, high_pass])


@lru_cache(maxsize=16)
def _spectral(rate: int, size: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The window of a block (it and half a block more, sine slopes: the powers of neighbours add up to 1), and what
    each bin of its spectrum weighs: the filter's power, less that of the difference which was taken before."""
    over = size // 4 * 2
    slope = np.sin(np.pi / 2 * (np.arange(over) + 0.5) / over)
    window = np.concatenate([slope, np.ones(size - over), slope[::-1]])
    turns = np.exp(-2j * np.pi * np.arange(1, len(window) // 2 + 1) / len(window))
    power = 2 / np.abs(1 - turns) ** 2
    for section in k_weighting(rate):
        above, below = (np.abs(part[0] + part[1] * turns + part[2] * turns**2) for part in (section[:3], section[3:]))
        power *= (above / below) ** 2
    if len(window) % 2 == 0:
        power[-1] /= 2
    weights = np.concatenate([[0.0], power]) / len(window) / size
    return window.astype(np.float32), weights.astype(np.float32)


def block_energies(samples: NDArray[np.float32], rate: int) -> Energies:
    """(blocks, channels): energy of each 100 ms; the last block is filled with silence.

    By the spectrum of each block instead of running the filter, which numpy has not (scipy.signal costs each process
    30 to 40 MB and up to a second). What is looked at is the difference of neighbouring samples, and windows overlap:
    else a rumble of 27 Hz, which the filter takes down, leaked into all that it lets pass and counted for 1.4 LU more.
    Within 0.1 LU of the filter for noise, random walks, tones and rumble.
    """
    wide = samples.reshape(len(samples), -1)
    size = rate * STEP // 1000
    count = -(-len(wide) // size)
    window, weights = _spectral(rate, size)
    over = len(window) - size
    steps = np.zeros((count * size, wide.shape[1]), np.float32)
    steps[: len(wide) - 1] = np.diff(wide, axis=0)
    padded = np.pad(steps, ((over // 2, over // 2), (0, 0)), mode="symmetric")
    blocks = np.lib.stride_tricks.sliding_window_view(padded, len(window), axis=0)[::size]
    spectrum = np.fft.rfft(blocks * window)
    return np.asarray((np.square(spectrum.real) + np.square(spectrum.imag)) @ weights, np.float64)


def energies(audio: Audio) -> tuple[float, ...]:
    """Energy of each 100 ms of a take from its first sample; several channels are averaged to one before."""
    samples = audio.samples.mean(axis=1) if audio.samples.ndim == 2 else audio.samples
    if not len(samples):
        return ()
    return tuple(float(f"{energy:.5g}") for energy in block_energies(samples, audio.rate)[:, 0])


def integrated(blocks: ArrayLike, weights: Sequence[float] | None = None) -> float:
    """Gated loudness in LUFS of energies, (blocks,) or (blocks, channels); -inf when nothing passes the gates.

    Blocks of 400 ms in steps of 100 ms; the absolute gate at -70 LUFS, then the relative one at -10 LU.
    weights: for each channel (default 1).
    """
    power = np.asarray(blocks, np.float64)
    if power.ndim == 2:
        power = power @ np.asarray(weights if weights is not None else np.ones(power.shape[1]))
    if len(power) < 4:
        power = np.pad(power, (0, 4 - len(power)))
    windows = np.convolve(power, np.full(4, 0.25), "valid")
    windows = windows[windows > _energy(ABSOLUTE)]
    if not len(windows):
        return -np.inf
    windows = windows[windows > windows.mean() * 10 ** (RELATIVE / 10)]
    return lufs(float(windows.mean()))


def lufs(energy: float) -> float:
    """An energy as loudness."""
    return OFFSET + 10 * float(np.log10(energy)) if energy > 0 else -np.inf


def _energy(loudness: float) -> float:
    return float(10 ** ((loudness - OFFSET) / 10))
