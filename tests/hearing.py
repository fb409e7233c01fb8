"""Listening to a finished film: decode a track and say where which tone begins and ends.

Everything here works on the decoded sound alone; no plan is believed.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 48_000


def decode(path: Path, *, stream: int = 0, start: float = 0.0, seconds: float | None = None) -> NDArray[np.float32]:
    """The film's audio stream as mono float32 at 48 kHz, as a player hears it: sample 0 is the film's time zero.

    Silence stands where the stream has not begun yet. start and seconds choose a piece (decoded from 2 s before, so
    that the coder has settled).
    """
    from dubber.media.ffmpeg import tools

    piece = ["-t", str(seconds)] if seconds is not None else []
    command = [str(tools().ffmpeg), "-nostdin", "-v", "error", "-ss", str(start), "-i", str(path)]
    shape = [
        "-map",
        f"0:a:{stream}",
        "-af",
        "aresample=async=1:first_pts=0",
        "-ac",
        "1",
        "-ar",
        str(RATE),
        "-f",
        "f32le",
        "-",
    ]
    done = subprocess.run([*command, *piece, *shape], capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.float32)


def envelope(samples: NDArray[np.float32], pitch: float, *, window: float = 8.0) -> NDArray[np.float64]:
    """The level of one tone over time, one value per sample: |correlation with the tone| over window ms, centred."""
    count = round(window * RATE / 1000)
    turning = np.exp(-2j * np.pi * pitch / RATE * np.arange(len(samples)))
    sums = np.concatenate([[0], np.cumsum(samples * turning)])
    moving = np.abs(sums[count:] - sums[:-count]) * 2 / count
    return np.pad(moving, (count // 2, len(samples) - len(moving) - count // 2))


def onset(samples: NDArray[np.float32], pitch: float, *, near: float, within: float = 400.0) -> float:
    """Where the tone begins, in ms: half of its level is crossed at the onset when the window is centred there.

    near: where to look (ms), within ms on either side. Raises AssertionError when the tone is not there.
    """
    first = max(0, round((near - within) * RATE / 1000))
    piece = samples[first : round((near + within) * RATE / 1000)]
    level = envelope(piece, pitch)
    top = float(np.percentile(level, 97))
    assert top > 0.01, f"no tone of {pitch:g} Hz near {near:g} ms"
    crossing = int(np.argmax(level > top / 2))
    return 1000.0 * (first + crossing) / RATE


def end(samples: NDArray[np.float32], pitch: float, *, near: float, within: float = 400.0) -> float:
    """Where the tone ends, in ms."""
    first = max(0, round((near - within) * RATE / 1000))
    piece = samples[first : round((near + within) * RATE / 1000)]
    level = envelope(piece, pitch)
    top = float(np.percentile(level, 97))
    assert top > 0.01, f"no tone of {pitch:g} Hz near {near:g} ms"
    return 1000.0 * (first + len(level) - int(np.argmax(level[::-1] > top / 2))) / RATE


def beginning(samples: NDArray[np.float32], *, near: float, within: float = 15.0) -> float:
    """Where sound of any pitch begins after a silence, in ms: where half of the level that follows is reached."""
    first = round((near - within) * RATE / 1000)
    blocks = samples[first : first + round(2 * within) * RATE // 1000].reshape(-1, RATE // 1000)
    level = np.sqrt((blocks.astype(np.float64) ** 2).mean(axis=1))
    assert level.max() > 0.01, f"no sound near {near:g} ms"
    return near - within + float(np.argmax(level > level.max() / 2))
