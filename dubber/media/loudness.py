"""Loudness and true peak as ITU-R BS.1770-4 and EBU R 128 define them.

The unit between stages is the *energy*: the K-weighted mean square of 100 ms of one channel. Energies of sounds that
have nothing to do with each other add up, so that the loudness of a film is known from its takes' energies without
mixing a single sample of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dubber.model import Audio

Energies = NDArray[np.float64]

STEP = 100  # ms that one energy covers
OFFSET = -0.691  # dB: makes a 997 Hz sine of 0 dBFS in one channel -3.01 LUFS
ABSOLUTE, RELATIVE = -70.0, -10.0  # gates: LUFS, and LU under the loudness above the first gate
SURROUND = 1.41  # weight of side and back channels; the LFE counts for nothing

# The two filters of the K-weighting as analogue prototypes (centre Hz, gain dB, Q), from which BS.1770's table for
# 48 kHz follows; derived in libebur128 (ebur128.c, ebur128_init_filter) for any other rate.
SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
HIGH_PASS = (38.13547087602444, 0.5003270373238773)


class Meter:
    """The energies of a sound that comes in blocks. The filter runs on from one to the next.

    The sections are pedalboard's: compiled, in single precision, loaded in 10 ms (scipy.signal costs each process a
    second and 50 MB, and numpy has no filter). Within 0.05 dB of the standard's table for every 100 ms.
    """

    def __init__(self, rate: int) -> None:
        self._rate, self._size, self._filter = rate, rate * STEP // 1000, _k_weighting(rate)
        self._power = _unscaled(rate) / self._size

    def energies(self, samples: NDArray[np.float32]) -> Energies:
        """(blocks, channels): energy of each 100 ms of (frames, channels). Only the last samples of all may be no
        whole number of blocks: they are filled with silence."""
        heard = self.weighted(samples)
        blocks = heard.reshape(len(heard), -1, self._size)
        return np.asarray(self._power * np.einsum("cbn,cbn->bc", blocks, blocks), np.float64)

    def weighted(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """(channels, frames) after the filter, up to a factor; whole blocks."""
        whole = np.zeros((samples.shape[1], -(-len(samples) // self._size) * self._size), np.float32)
        whole[:, : len(samples)] = samples.T
        return np.asarray(self._filter(whole, self._rate, self._size, False), np.float32)


def _k_weighting(rate: int) -> Any:
    """Two high passes of the first order are one of the second with Q 0.5. The shelf's frequency is here that of half
    its gain; it lies above all that rates below 4 kHz can hold."""
    from pedalboard import HighpassFilter, HighShelfFilter, Pedalboard  # type: ignore[attr-defined]

    centre, gain, quality = SHELF
    half = rate / np.pi * np.arctan(np.tan(np.pi * centre / rate) / 10 ** (gain / 80))
    shelf = [HighShelfFilter(half, gain, quality)] if rate > 2.2 * centre else []
    return Pedalboard([HighpassFilter(HIGH_PASS[0]), HighpassFilter(HIGH_PASS[0]), *shelf])


def _unscaled(rate: int) -> float:
    """The standard's high pass lets the highest frequencies through a little louder than they are: its power."""
    warped = np.tan(np.pi * HIGH_PASS[0] / rate)
    return float((1 + warped / HIGH_PASS[1] + warped**2) ** 2)


def block_energies(samples: NDArray[np.float32], rate: int) -> Energies:
    """(blocks, channels): energy of each 100 ms; the last block is filled with silence."""
    wide = samples.reshape(len(samples), -1)
    return Meter(rate).energies(wide)


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
