"""What each stretching engine costs for a clip, and how near to the speech it stays.

For 2.5 s of speech (espeak) at rates 0.9 to 1.5: wall and CPU milliseconds a clip, children included; the distance in
dB between the log spectrum (40 mel bands, 32 ms) heard at each time and that of the place in the original which should
be heard then; by how many ms an onset 300 ms after the start moves (the start itself is the original's in all of them).
`coarse` is pedalboard with Rubber Band's faster engine R2: no choice of dub's, for comparison. 1,800 clips are a film.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dubber.backends import find
from dubber.media.audio import resample
from dubber.media.ffmpeg import tools
from dubber.media.speech import speech_span
from dubber.media.time_stretch import ENGINES, stretch
from dubber.media.wav import Samples
from dubber.model import Line, Phrase, Voice, Window

SHORT = True
RATE = 24_000
RATES = (0.9, 1.1, 1.2, 1.35, 1.5)
TEXTS = (
    "The ships have not come in, and I doubt that they will.",
    "Light the lanterns and close the gate before the tide.",
    "Is there any news from the harbour this evening, captain?",
)
Engine = Callable[[Samples, int, int], Samples]


def run(arguments: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    sounds, results = [speech(text) for text in TEXTS], {}
    print(f"{'engine':12}{'wall ms':>9}{'CPU ms':>9}{'film s':>9}{'distance dB':>13}{'onset ms':>10}")
    for name, engine in engines().items():
        results[name] = measure(engine, sounds)
        wall, cpu, film, distance, onset = results[name].values()
        print(f"{name:12}{wall:9.1f}{cpu:9.1f}{film:9.0f}{distance:13.2f}{onset:10.1f}")
    return results


def engines() -> Mapping[str, Engine]:
    usable = [name for name in ENGINES if name != "rubberband" or tools().rubberband]
    return {**{name: partial(stretch, engine=name) for name in usable}, "coarse": coarse}


def coarse(samples: Samples, rate: int, frames: int) -> Samples:
    from pedalboard import time_stretch

    return np.asarray(time_stretch(samples[None], rate, len(samples) / frames, high_quality=False)[0])[:frames]


def speech(text: str) -> Samples:
    voice = Voice("espeak", "anna")
    backend = find("espeak")()
    spoken = backend.synthesize(Line(1, "Anna", voice, (Phrase(1, Window(0, 1000), text),), "en"))
    backend.close()
    audio = resample(spoken, RATE)
    span = speech_span(audio)
    assert span
    return np.ascontiguousarray(audio.samples[round(span.start * RATE / 1000) : round(span.end * RATE / 1000)])


def measure(engine: Engine, sounds: Sequence[Samples]) -> dict[str, float]:
    walls, costs, distances, onsets = [], [], [], []
    engine(sounds[0], RATE, round(len(sounds[0]) / 1.1))  # what is loaded once
    for rate in RATES:
        for sound in sounds:
            wall, cost = time.perf_counter(), cpu()
            heard = engine(sound, RATE, round(len(sound) / rate))
            walls.append(1000 * (time.perf_counter() - wall))
            costs.append(1000 * (cpu() - cost))
            distances.append(distance(sound, heard))
        onsets.append(moved(engine, rate))
    cost = statistics.mean(costs)
    return {
        "wall_ms": statistics.median(walls), "cpu_ms": cost, "film_cpu_s": 1.8 * cost,
        "distance_db": statistics.mean(distances), "onset_ms": max(map(abs, onsets)),
    }  # fmt: skip


def cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def mel(sound: Samples) -> NDArray[np.float64]:
    """(frames of 8 ms, 40 bands) in dB."""
    size, step = RATE * 32 // 1000, RATE * 8 // 1000
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, size // 2), size)[::step]
    power = np.abs(np.fft.rfft(frames * np.hanning(size))) ** 2
    edges = np.geomspace(80 + 700, RATE / 2 + 700, 42) - 700
    bins = np.fft.rfftfreq(size, 1 / RATE)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bands = np.clip(np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)), 0, None)
    found: NDArray[np.float64] = 10 * np.log10(power @ bands.T + 1e-4)
    return found


def distance(sound: Samples, heard: Samples) -> float:
    """Of the shift by up to 6 ms at which the two are nearest: where phases agree is where stretch() joins."""
    original, found = mel(sound), []
    for shift in range(-6, 7, 2):
        stretched = mel(np.roll(heard, shift * RATE // 1000))
        places = np.linspace(0, len(original) - 1, len(stretched)).round().astype(int)
        found.append(float(np.sqrt(np.mean((original[places] - stretched) ** 2))))
    return min(found)


def moved(engine: Engine, rate: float) -> float:
    tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE)
    sound = np.concatenate([np.zeros(round(0.3 * RATE)), tone]).astype(np.float32)
    heard = np.abs(engine(sound, RATE, round(len(sound) / rate)))
    return 1000 * float((heard > 0.1).argmax()) / RATE - 300 / rate


if __name__ == "__main__":
    run()
