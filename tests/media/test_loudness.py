"""Loudness as the standard and ffmpeg measure it."""

from __future__ import annotations

import re
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from scipy.signal import sosfilt

from dubber.media.loudness import Meter, block_energies, energies, integrated
from dubber.model import Audio


def sine(seconds: float, rate: int, loud: float, hertz: float = 997.0) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def by_ffmpeg(samples: np.ndarray, rate: int) -> float:
    channels = samples.shape[1] if samples.ndim == 2 else 1
    raw = ["-f", "f32le", "-ar", str(rate), "-ac", str(channels), "-i", "pipe:0", "-af", "ebur128", "-f", "null", "-"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", *raw]
    said = subprocess.run(command, input=samples.tobytes(), capture_output=True, check=True).stderr.decode()
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])


def test_the_filter_is_the_standards_table() -> None:
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585]
    high_pass = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
    impulse = np.zeros(48_000, np.float32)
    impulse[0] = 1
    ours, theirs = Meter(48_000).weighted(impulse[:, None])[0], sosfilt([shelf, high_pass], impulse)
    here, there = (np.abs(np.fft.rfft(sound))[20:] for sound in (ours, theirs))
    decibels = 20 * np.log10(here / there)
    assert np.ptp(decibels) < 0.01
    assert block_energies(impulse, 48_000)[0, 0] == pytest.approx(np.sum(theirs**2) / 4800, rel=1e-3)


def test_blocks_measure_as_the_whole_does() -> None:
    noise = np.cumsum(np.random.default_rng(3).normal(0, 0.01, (96_000, 6)), axis=0).astype(np.float32)
    meter, whole = Meter(48_000), block_energies(noise, 48_000)
    pieces = np.concatenate([meter.energies(piece) for piece in (noise[:4800], noise[4800:48_000], noise[48_000:])])
    assert np.allclose(pieces, whole, rtol=1e-3, atol=0)


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
def test_a_full_sine_in_one_channel_is_minus_three(rate: int) -> None:
    assert integrated(energies(Audio(sine(5, rate, 1.0), rate))) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_speech_like_noise_with_silences_measures_as_ffmpeg_does(rate: int, channels: int) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (8 * rate, channels))
    noise *= (0.1 + np.sin(3 * np.arange(len(noise)) / rate) ** 2)[:, None]
    noise[3 * rate : 5 * rate] *= 1e-4
    samples = noise.astype(np.float32)
    assert integrated(block_energies(samples, rate)) == pytest.approx(by_ffmpeg(samples, rate), abs=0.1)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_rumble_and_an_offset_do_not_count_as_more_than_ffmpeg_hears(rate: int) -> None:
    times = np.arange(6 * rate) / rate
    hiss = np.random.default_rng(4).normal(0, 0.003, len(times))
    samples = (0.1 + (0.3 * np.sin(2 * np.pi * 27 * times) + hiss) * (0.2 + np.sin(3 * times) ** 2)).astype(np.float32)
    assert integrated(block_energies(samples, rate)) == pytest.approx(by_ffmpeg(samples, rate), abs=0.2)


def test_silence_has_no_loudness() -> None:
    assert integrated(energies(Audio(np.zeros(48_000, np.float32), 48_000))) == -np.inf
    assert integrated(()) == -np.inf


def test_the_energies_of_two_voices_add_up() -> None:
    one, two = (np.random.default_rng(seed).normal(0, 0.1, 96_000).astype(np.float32) for seed in (1, 2))
    together = np.array(energies(Audio(one + two, 48_000)))
    apart = np.array(energies(Audio(one, 48_000))) + np.array(energies(Audio(two, 48_000)))
    assert integrated(together) == pytest.approx(integrated(apart), abs=0.1)


def test_a_take_of_ten_seconds_has_a_hundred_energies() -> None:
    assert len(energies(Audio(sine(9.95, 24_000, 0.1), 24_000))) == 100
