"""What the defaults of [fitting] do to real films, beside other values: the table of docs/timing-defaults.md.

    python -m benchmarks defaults FILE_OR_FOLDER ... [--most 10] [--set "late=3 early=80"] ...

Takes as in `benchmarks fitting`: espeak-ng, one for each cue. Each row of the table is a setting, each column a file. A
cell has four shares of the lines in percent: read faster than 1.15, faster than 1.3, more than 200 ms late, more than
45 ms early (audible by ITU-R BT.1359). The last rows are of whole jobs: lines are read again as the plan asks, and
whichever take fits better is played.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._real import dialogues
from benchmarks.fitting import spoken
from dubber.backends.espeak import Espeak
from dubber.fitting import Fitting, fit, nearest, wanted_speeds
from dubber.media.speech import pauses, speech_span
from dubber.model import Plan, Take

BEFORE = {"pause_kept": 150.0, "early": 0.0, "late": 1.0, "hurried": 1.15, "hurry": 30.0}
ROWS: dict[str, Mapping[str, float]] = {
    "before": BEFORE,
    "before, pause_kept 60": {**BEFORE, "pause_kept": 60.0},
    "before, early 45": {**BEFORE, "early": 45.0},
    "before, early 80": {**BEFORE, "early": 80.0},
    "before, late_max 1000": {**BEFORE, "late_max": 1000.0},
    "before, late 6": {**BEFORE, "late": 6.0},
    "before, hurried 1.14, hurry 60": {**BEFORE, "hurried": 1.14, "hurry": 60.0},
    "the defaults": {},
    "the defaults, early 80": {"early": 80.0},
    "the defaults, late_max 1000": {"late_max": 1000.0},
}
UNUSED = 51.0  # ms; a little more than what fitting leaves on purpose


def shares(plan: Plan, takes: Sequence[Take]) -> dict[str, float]:
    windows = {take.line.index: take.line.window for take in takes}
    rates = np.array([one.rate * one.native for one in plan.placements])
    late = np.array([one.start - windows[one.line].start for one in plan.placements])
    found = {">1.15": rates > 1.1501, ">1.3": rates > 1.3001, "late": late > 200.0, "early": late < -45.1}
    return {name: round(100 * float(which.mean()), 1) for name, which in found.items()} | {"most": float(rates.max())}


def whole(takes: Sequence[Take], rules: Fitting, end: int) -> dict[str, float]:
    """A job: lines that need it are read again, faster, and the plan of whichever take fits better."""
    plan = fit(takes, rules, film_end=end)
    ranges = {voice: Espeak.speeds(voice) for voice in {take.line.voice for take in takes}}
    asked = wanted_speeds(plan, takes, rules, ranges)
    quick = {take.line.index: _again(take, asked[take.line.index]) for take in takes if take.line.index in asked}
    played = nearest(plan, takes, quick)
    final = fit(played, rules, film_end=end, speed_ranges=ranges)
    room = {one.line: one.length for one in plan.placements}
    again = [one for one in final.placements if one.native > 1]
    unused = sum(room[one.line] - one.length > UNUSED for one in again) / max(1, len(again))
    return shares(final, played) | {"read again": len(quick), "played": len(again), "unused": round(100 * unused, 1)}


def _again(take: Take, speed: float) -> Take:
    line = replace(take.line, speed=speed)
    audio = Espeak().synthesize(line)
    span = speech_span(audio)
    return Take(line, "", (span,), take.natural, tuple(pauses(audio, span))) if span else take


def run(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks defaults")
    parser.add_argument("files", nargs="+", type=Path, help="real subtitle files, or folders of them")
    parser.add_argument("--most", type=int, default=10, help="so many files of each folder, drawn by their names")
    parser.add_argument("--set", action="append", default=[], help='another row: "late=3 early=80"')
    options = parser.parse_args(list(arguments))
    rows = ROWS | {one: _values(one) for one in options.set}
    films = {}
    for path, language, film in dialogues(options.files, options.most):
        takes = spoken(film, language)
        end = max(take.line.window.end for take in takes) + 5000
        planned = {
            name: shares(fit(takes, Fitting(**values), film_end=end), takes)  # type: ignore[arg-type]
            for name, values in rows.items()
        }
        films[path.stem] = {
            "language": language, "lines": len(takes),
            "speech": sum(take.natural[0] for take in takes) / sum(take.line.window.length for take in takes),
            "rows": planned, "job": whole(takes, Fitting(), end),
        }  # fmt: skip
    _print(films)
    return films


def _values(text: str) -> dict[str, float]:
    return {key: float(value) for key, _, value in (part.partition("=") for part in text.split())}


def _print(films: Mapping[str, Mapping[str, Any]]) -> None:
    """A table in Markdown."""
    print("| | " + " | ".join(f"{name}, {film['lines']} lines" for name, film in films.items()) + " |")
    print("|---" * (len(films) + 1) + "|")
    print("| speech in its windows | " + " | ".join(f"{film['speech']:.0%}" for film in films.values()) + " |")
    for row in next(iter(films.values()))["rows"]:
        print(f"| {row} | " + " | ".join(_cell(film["rows"][row]) for film in films.values()) + " |")
    print("| whole job | " + " | ".join(_cell(film["job"]) for film in films.values()) + " |")
    for key in ("most", "read again", "played", "unused"):
        print(f"| {key} | " + " | ".join(f"{film['job'][key]:.4g}" for film in films.values()) + " |")


def _cell(shown: Mapping[str, float]) -> str:
    return " · ".join(f"{shown[key]:.1f}" for key in (">1.15", ">1.3", "late", "early"))
