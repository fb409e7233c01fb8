"""How long a person waits for `dub --help`, `dub check` of 1,800 lines in two hours, and an empty Python; medians.

python -m benchmarks startup [--runs 9]
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from benchmarks._films import FOLDER, synthetic
from benchmarks._measure import dub, load, measured, middle

SHORT = True


def run(arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks startup")
    parser.add_argument("--runs", type=int, default=9)
    asked = parser.parse_args(arguments)
    made = synthetic(7200, 1800, light=True)
    ways = {
        "python -c pass": ([sys.executable, "-c", "pass"], 0.0),
        "dub --help": (dub("--help"), 0.15),
        "dub check, 1,800 lines": (dub("check", str(made.film), str(made.subtitles)), 1.0),
    }
    environ, found = {"DUB_STORE": str(FOLDER / "empty-store")}, {"load": load()}
    costs = {name: [] for name in ways}
    for _ in range(asked.runs):
        for name, (command, _target) in ways.items():
            costs[name].append(measured(command, environ=environ, fails=True))
    print(f"{'':28}{'wall s':>8}{'CPU s':>8}{'at most':>9}   {load()}")
    for name, (_, target) in ways.items():
        cost = middle(costs[name])
        print(f"{name:28}{cost.wall:8.3f}{cost.cpu:8.3f}{target or '':>9}")
        found[name] = {"wall": cost.wall, "cpu": cost.cpu}
    return found
