"""Time and peak memory of all processes together, by the length of the film; nothing stored.

    python -m benchmarks length [--hours 0.1667,1,2] [--long] [--mkv]      --long: 5 and 10 hours too

--mkv: the film is Matroska. Of an MP4, ffmpeg keeps an index of every packet that it reads and of every one that it
writes: its memory grows with the film whoever runs it.

Memory is the sum of PSS (what several processes share is counted once), looked at every half second.
"""

from __future__ import annotations

import argparse
import shutil
from typing import Any

from benchmarks._films import FOLDER, synthetic
from benchmarks._measure import dub, load, measured

SHORT = False
ESPEAK = '[voices.e]\nbackend = "espeak"\n[casting]\npool = ["e"]\nnarrator = "e"\n'


def run(arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks length")
    parser.add_argument("--hours", default="0.16667,1,2")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--mkv", action="store_true")
    asked = parser.parse_args(arguments)
    suffix = ".mkv" if asked.mkv else ".mp4"
    lengths = [float(hours) for hours in asked.hours.split(",")] + ([5.0, 10.0] if asked.long else [])
    found: dict[str, Any] = {"began": load()}
    print(f"{'film':>8}{'lines':>8}{'wall s':>9}{'CPU s':>9}{'per hour':>10}{'peak MB':>9}  processes")
    for hours in lengths:
        made = synthetic(round(hours * 3600), suffix=suffix)
        folder = FOLDER / "length"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "espeak.toml").write_text(ESPEAK)
        asked_for = dub(str(made.film), str(made.subtitles), "--profile", str(folder / "espeak.toml"), "-q")
        out, environ = folder / f"out{suffix}", {"DUB_STORE": str(folder / "store")}
        cost = measured([*asked_for, "-o", str(out)], memory=0.5, environ=environ, fails=True)
        if not out.exists():  # lines that did not fit are a status too
            raise SystemExit(f"{out} was not written")
        print(
            f"{hours:6.2f} h{made.lines:8}{cost.wall:9.0f}{cost.cpu:9.0f}{cost.cpu / hours:10.0f}{cost.peak:9.0f}"
            f"  {cost.processes}"
        )
        found[f"{hours:g} h"] = {"lines": made.lines, "wall": cost.wall, "cpu": cost.cpu, "peak": cost.peak}
        shutil.rmtree(folder)
    return {**found, "ended": load()}
