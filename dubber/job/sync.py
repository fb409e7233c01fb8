"""Whether subtitles are timed for this film: their windows against where somebody speaks in it.

The idea of ffsubsync: speech and subtitles are two signals over time, and the shift and the stretch at which they agree
best are what is wrong with the subtitles' times. Drift is looked for among the ratios of usual frame rates alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from dubber.media.speech_activity import LEAST as ENOUGH
from dubber.media.speech_activity import STEP, Heard
from dubber.model import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Rates = tuple[Fraction, Fraction]
FILM, NTSC, PAL = Fraction(24), Fraction(24000, 1001), Fraction(25)
RATES = ((PAL, NTSC), (NTSC, PAL), (FILM, NTSC), (NTSC, FILM), (PAL, FILM), (FILM, PAL))
COARSE = 5  # values that are taken together for the first look: 100 ms
REACH = 600_000  # ms: the largest offset that is looked for
LEAST = 12  # cues, below which nothing can be said
SURE = 5.5  # standard deviations by which the best agreement stands out from those elsewhere
CLEAR = 1.6  # and how much more than the second best, elsewhere, it stands out
BETTER, USUAL = 1.06, 1.01  # how much better a drift must agree than none, and an unusual one than a usual one
CLOSE = 0.93  # share of the best agreement from which the onsets decide between two ratios
FINE = 700  # ms around the first look in which onsets are matched
ONSET = 300  # ms before and after an onset that are compared
NOTICED = 400  # ms that nobody minds: subtitles are put up by hand


@dataclass(frozen=True, slots=True)
class Shift:
    """How a file's times t are to be mended: factor * t + offset (ms).

    rates: the frame rates that make the factor, from and to (None: it is 1). sure: by how many standard deviations it
    agrees better than any other.
    """

    factor: Fraction
    offset: int
    rates: Rates | None
    sure: float

    def moves(self, length: int) -> int:
        """The most by which it moves a cue of a film of `length` ms."""
        return max(abs(self.offset), abs(round(self.offset + float(self.factor - 1) * length)))


def measure(windows: Sequence[Window], heard: Sequence[Heard], length: int) -> Shift | None:
    """How the windows must be moved to agree with the speech of a film of `length` ms; None: that cannot be told."""
    if len(windows) < LEAST or sum(len(piece.spoken) for piece in heard) * STEP < ENOUGH:
        return None
    look = _Look(heard, length)
    found = [(look.at(windows, float(_factor(rates))), rates) for rates in (None, *RATES)]
    best = max(peak.agreement * _likely(rates) for peak, rates in found)
    close = [(peak, rates) for peak, rates in found if peak.agreement * _likely(rates) >= CLOSE * best]
    matched = [(_onsets(windows, heard, float(_factor(rates)), peak.offset), peak, rates) for peak, rates in close]
    (_, offset), peak, rates = max(matched, key=lambda one: one[0][0] * _likely(one[2]))
    if peak.sure < SURE or peak.sure < CLEAR * peak.second:
        return None
    return Shift(_factor(rates), offset, rates, peak.sure)


def _factor(rates: Rates | None) -> Fraction:
    return rates[0] / rates[1] if rates else Fraction(1)


def _likely(rates: Rates | None) -> float:
    """How much a ratio's agreement counts: no drift is likelier than any, and PAL for film the likeliest of these."""
    return BETTER if rates is None else USUAL if PAL in rates and NTSC in rates else 1.0


@dataclass(frozen=True, slots=True)
class _Peak:
    """The best offset (ms) at one ratio. agreement: the correlation there.

    sure, second: by how many standard deviations it, and the best one elsewhere, stand out.
    """

    offset: int
    agreement: float
    sure: float
    second: float


class _Look:
    """The speech of a film on a coarse grid, ready to be compared."""

    def __init__(self, heard: Sequence[Heard], length: int) -> None:
        import numpy as np

        self.step = COARSE * STEP
        self.count = length // self.step + 1
        spoken, known = np.zeros(self.count), np.zeros(self.count)
        for piece in heard:
            usable = len(piece.spoken) // COARSE * COARSE
            values = piece.spoken[:usable].reshape(-1, COARSE).mean(axis=1)
            at = piece.start // COARSE
            values = values[: max(0, self.count - at)]
            spoken[at : at + len(values)], known[at : at + len(values)] = values, 1
        self.heard = known.sum()
        mean = spoken.sum() / self.heard
        centred = known * (spoken - mean)
        self.spread = np.sqrt((centred**2).sum() / self.heard)
        self.reach = min(REACH // self.step, self.count // 2)
        self.size = 1 << (2 * self.count - 1).bit_length()
        self.centred, self.known = np.fft.rfft(centred, self.size), np.fft.rfft(known, self.size)

    def at(self, windows: Sequence[Window], ratio: float) -> _Peak:
        """Where the windows, stretched by ratio, agree best."""
        import numpy as np

        shown = np.conj(np.fft.rfft(_shown(windows, ratio, self.step, self.count), self.size))
        agree, share = (self._around(np.fft.irfft(part * shown, self.size)) for part in (self.centred, self.known))
        share = np.clip(share / self.heard, 0, 1)
        width = np.sqrt(np.maximum(share * (1 - share), 0.01))
        curve = agree / (self.heard * max(self.spread, 1e-6) * width)
        best = int(curve.argmax())
        away = 3000 // self.step
        elsewhere = np.concatenate([curve[: max(0, best - away)], curve[best + away :]])
        if not len(elsewhere):
            return _Peak(0, 0.0, 0.0, 0.0)
        mean, spread = elsewhere.mean(), max(elsewhere.std(), 1e-9)
        sure, second = (curve[best] - mean) / spread, (elsewhere.max() - mean) / spread
        return _Peak((best - self.reach) * self.step, float(curve[best]), float(sure), float(second))

    def _around(self, circular: NDArray[np.floating]) -> NDArray[np.floating]:
        import numpy as np

        return np.concatenate([circular[-self.reach :], circular[: self.reach + 1]])


def _shown(windows: Sequence[Window], ratio: float, step: int, count: int) -> NDArray[np.floating]:
    import numpy as np

    shown = np.zeros(count)
    for window in windows:
        shown[round(window.start * ratio / step) : round(window.end * ratio / step)] = 1
    return shown


def _onsets(windows: Sequence[Window], heard: Sequence[Heard], ratio: float, around: int) -> tuple[float, int]:
    """How well cues begin where sound begins, and the offset (ms) near `around` at which they do so best."""
    import numpy as np

    starts = np.array([window.start for window in windows]) * ratio
    offsets = range(around - FINE, around + FINE + 1, STEP)
    rises = [_rise(piece) for piece in heard]
    scores = np.array([sum(_score(piece, rise, starts + offset) for piece, rise in zip(heard, rises, strict=True))
                       for offset in offsets])  # fmt: skip
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, "valid")
    best = int(smooth.argmax())
    return float(smooth[best]), offsets[best]


def _rise(piece: Heard) -> NDArray[np.floating]:
    """How much louder it is after each moment than before it."""
    import numpy as np

    count = ONSET // STEP
    sums = np.concatenate([np.zeros(count + 1), np.cumsum(piece.level), np.full(count, piece.level.sum())])
    rise: NDArray[np.floating] = (sums[2 * count :] - 2 * sums[count:-count] + sums[: -2 * count]) / count
    return rise


def _score(piece: Heard, rise: NDArray[np.floating], starts: NDArray[np.floating]) -> float:
    import numpy as np

    places = np.rint(starts / STEP).astype(np.int64) - piece.start
    inside = places[(places >= 0) & (places < len(rise))]
    return float(rise[inside].sum())
