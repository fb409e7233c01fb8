"""What mixing costs a minute of film, beside ffmpeg's AAC encoding of the same minutes.

Ten minutes, 150 lines, a third of them stretched, an AAC original ducked under them. CPU seconds for an hour of film,
children (the decoder) included: the study of the bed (once for each film), the mix with its clips made, the mix alone,
and AAC by ffmpeg. `python -m benchmarks mix MINUTES` for another length.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.stretch import cpu, speech
from dubber.files.store import Store
from dubber.media import ffmpeg
from dubber.media.audio import level
from dubber.media.loudness import energies
from dubber.media.probe import probe
from dubber.mixing import bed as beds
from dubber.mixing.bed import Bed
from dubber.mixing.mix import RATE, Score, compose, render
from dubber.mixing.settings import Mixing
from dubber.model import Audio, Line, Phrase, Placement, Plan, Span, Take, Voice, Window

SHORT = True
PIECE = 10 * RATE


def run(arguments: Sequence[str] = ()) -> dict[str, float]:
    minutes = float(arguments[0]) if arguments else 10.0
    with tempfile.TemporaryDirectory() as folder:
        return measure(Path(folder), minutes)


def measure(folder: Path, minutes: float) -> dict[str, float]:
    store, bed = Store(folder / "store"), original(folder, minutes)
    hours, results = minutes / 60, {}

    def clock(name: str, call: Callable[[], object]) -> None:
        begin, wall = cpu(), time.perf_counter()
        call()
        beds.close()  # the decoder's time counts when it has ended
        results[name] = (cpu() - begin) / hours
        print(f"{name:28}{results[name]:8.1f} CPU s, {(time.perf_counter() - wall) / hours:8.1f} s for an hour of film")

    clock("study of the bed", lambda: beds.study(bed, store))
    score = dialogue(store, bed, minutes, stretched=3)
    raw = folder / "mix.f32"
    clock("mix, a third stretched", lambda: mixed(score, raw))
    clock("mix, none stretched", lambda: mixed(dialogue(store, bed, minutes, stretched=0), raw))
    clock("ffmpeg's AAC of it", lambda: encode(raw, folder / "mix.m4a"))
    results["mix_to_aac"] = results["mix, a third stretched"] / results["ffmpeg's AAC of it"]
    print(f"mix : AAC = {results['mix_to_aac']:.2f}")
    return results


def original(folder: Path, minutes: float) -> Bed:
    sound = f"anoisesrc=r={RATE}:a=0.1:c=pink:d={60 * minutes}"
    path = folder / "film.m4a"
    coder = ["-ac", "2", "-c:a", "aac", ffmpeg.url(path)]
    ffmpeg.run(ffmpeg.command("-f", "lavfi", "-i", sound, *coder))
    film = probe(path)
    assert film.original
    return Bed(film, film.original, "benchmark", 2)


def dialogue(store: Store, bed: Bed, minutes: float, *, stretched: int) -> Score:
    """15 lines a minute of 2.5 s; every n-th stretched (0: none)."""
    sound = speech("The ships have not come in, and I doubt that they will.")[: round(2.5 * 24_000)]
    assert level(sound) > -40
    audio, takes, placements = Audio(sound, 24_000), [], []
    facts, whole = {"energies": energies(audio)}, Span(0.0, audio.milliseconds)
    for index in range(1, round(15 * minutes) + 1):
        key = f"{index:05}benchmark"
        store.save(key, audio, facts)
        line = Line(index, "ANNA", Voice("espeak", "anna"), (Phrase(index, Window(0, 1000), "..."),), "en")
        takes.append(Take(line, key, (whole,)))
        rate = 1.2 if stretched and index % stretched == 0 else 1.0
        placements.append(Placement(index, 0, 4000.0 * (index - 1) + 500, whole.length / rate, whole, rate))
    return compose(Plan(tuple(placements)), takes, Mixing(), store, milliseconds=round(60_000 * minutes), bed=bed)


def mixed(score: Score, path: Path) -> None:
    with path.open("wb") as file:
        for start in range(0, score.frames, PIECE):
            file.write(render(score, start, min(start + PIECE, score.frames)).astype(np.float32).tobytes())


def encode(raw: Path, path: Path) -> None:
    form = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", ffmpeg.url(raw)]
    coder = ["-c:a", "aac", "-aac_coder", "fast", "-b:a", "160k", ffmpeg.url(path)]
    subprocess.run(ffmpeg.command(*form, *coder), check=True)


if __name__ == "__main__":
    run()
