"""A whole film: nothing stored, all takes stored, one line edited; against ffmpeg alone and against other programs.

    python -m benchmarks film [--minutes 10] [--lines 0] [--runs 3] [--only fresh,stored,edited,usual,srt2speech]

    ffmpeg   the dub's own sound, decoded, is encoded and muxed by one ffmpeg in one run (AAC, its fast coder)
    mux      ffmpeg copies the picture, the original and an encoded dub
    fresh    dub with nothing stored, espeak's voice
    stored   dub with all takes stored, and nothing else: bed and track are new
    edited   dub with everything stored, one line of the subtitles changed
    again    dub with everything stored, nothing changed
    usual    the same job, voice and film, as most scripts do it (benchmarks/_usual.py)
    srt2speech  the program of that name, if it is installed (pip install srt2speech==1.7.0), the same voice behind a
                server on this machine; it writes mono speech alone in place of the original, so it does less

Figures are medians; the runs alternate, so that what else the machine does falls on all of them. The last two run once.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks._films import FOLDER, Synthetic, synthetic
from benchmarks._measure import Cost, dub, load, measured, middle
from dubber.media import ffmpeg

SHORT = True
ESPEAK = '[voices.e]\nbackend = "espeak"\n[casting]\npool = ["e"]\nnarrator = "e"\n'
OTHERS = ("usual", "srt2speech")
AGAINST = {"fresh": ("ffmpeg", 0.9), "stored": ("ffmpeg", 0.8), "edited": ("mux", 1.2), "again": ("mux", 1.2)}


def run(arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks film")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--lines", type=int, default=0, help="0: 900 an hour")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="ffmpeg,mux,fresh,stored,edited,again,usual,srt2speech")
    asked = parser.parse_args(arguments)
    made, began = synthetic(60 * asked.minutes, asked.lines), load()
    folder = FOLDER / "work"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    stage = _Stage(made, folder)
    names = [name for name in asked.only.split(",") if name != "srt2speech" or find_spec(name)]
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    if set(names) - {"fresh", *OTHERS}:
        stage.prepare()
    for turn in range(asked.runs):
        for name, found in costs.items():
            if turn and name in OTHERS:
                continue
            found.append(stage.ways[name]())
            print(f"  {name:8}{found[-1].wall:8.1f} s {found[-1].cpu:8.1f} CPU s")
    shutil.rmtree(folder)
    return {"seconds": made.seconds, "lines": made.lines, "began": began, "ended": load(), **_table(made, costs)}


def _table(made: Synthetic, costs: dict[str, list[Cost]]) -> dict[str, Any]:
    middles = {name: middle(found) for name, found in costs.items()}
    print(f"\n{made.seconds / 60:g} minutes, {made.lines} lines; {load()}")
    print(f"{'':10}{'wall s':>9}{'CPU s':>9}   ratio of wall, of CPU, target")
    for name, cost in middles.items():
        line = f"{name:10}{cost.wall:9.1f}{cost.cpu:9.1f}"
        against, target = AGAINST.get(name, ("", 0.0))
        if against in middles:
            other = middles[against]
            line += f"   {cost.wall / other.wall:.2f} × {against}, {cost.cpu / other.cpu:.2f} × CPU, ≤ {target}"
        if name in OTHERS and "fresh" in middles:
            fresh = middles["fresh"]
            line += (
                f"   {cost.wall / fresh.wall:.1f} × fresh, {cost.cpu / fresh.cpu:.1f} × CPU, peak {cost.peak:.0f} MB"
            )
        print(line)
    return {name: {"wall": cost.wall, "cpu": cost.cpu, "peak": cost.peak} for name, cost in middles.items()}


class _Stage:
    """The films, the store and the six ways."""

    def __init__(self, made: Synthetic, folder: Path) -> None:
        self.made, self.folder, self.out, self.store = made, folder, folder / "out.mp4", folder / "store"
        self.wav, self.track, self.kept = folder / "dub.wav", folder / "dub.m4a", folder / "kept"
        (folder / "espeak.toml").write_text(ESPEAK)
        self.ways: dict[str, Callable[[], Cost]] = {
            "ffmpeg": self.ffmpeg, "mux": self.mux, "fresh": self.fresh, "stored": self.stored,
            "edited": self.edited, "again": lambda: self.dub(self.made.subtitles),
            "usual": self.usual, "srt2speech": self.srt2speech,
        }  # fmt: skip

    def prepare(self) -> None:
        """A first dub fills the store and gives the sound that ffmpeg alone is to encode."""
        self.dub(self.made.subtitles)
        shutil.copytree(self.store, self.kept)
        program = str(ffmpeg.tools().ffmpeg)
        quiet = [program, "-nostdin", "-y", "-loglevel", "error", "-i", str(self.out), "-map", "0:a:0"]
        subprocess.run([*quiet, "-rf64", "auto", str(self.wav)], check=True)
        subprocess.run([*quiet, "-c", "copy", str(self.track)], check=True)

    def dub(self, subtitles: Path) -> Cost:
        asked = dub(str(self.made.film), str(subtitles), "--profile", str(self.folder / "espeak.toml"), "-q")
        return measured([*asked, "--overwrite", "-o", str(self.out)], environ={"DUB_STORE": str(self.store)})

    def fresh(self) -> Cost:
        shutil.rmtree(self.store, ignore_errors=True)
        return self.dub(self.made.subtitles)

    def stored(self) -> Cost:
        self._restore()
        shutil.rmtree(self.store / "blobs")
        return self.dub(self.made.subtitles)

    def edited(self) -> Cost:
        self._restore()
        return self.dub(self.made.edited)

    def _restore(self) -> None:
        shutil.rmtree(self.store)
        shutil.copytree(self.kept, self.store)

    def usual(self) -> Cost:
        words = ["-m", "benchmarks._usual", str(self.made.film), str(self.made.subtitles), str(self.out)]
        return measured([sys.executable, *words], memory=1.0)

    def srt2speech(self) -> Cost:
        theirs = [sys.executable, "-m", "srt2speech", "run", str(self.made.film), str(self.made.subtitles)]
        theirs += ["-o", str(self.out), "--backend", "piper", "--speed", "1.0"]
        return measured([sys.executable, "-m", "benchmarks._usual", "piper", *theirs], memory=1.0)

    def ffmpeg(self) -> Cost:
        codec = ["-c", "copy", "-c:a:0", "aac", "-aac_coder", "fast", "-b:a:0", "192k"]
        return self._ffmpeg(self.wav, *codec)

    def mux(self) -> Cost:
        return self._ffmpeg(self.track, "-c", "copy")

    def _ffmpeg(self, sound: Path, *codec: str) -> Cost:
        maps = ["-map", "0:v", "-map", "1:a", "-map", "0:a"]
        inputs = ["-i", str(self.made.film), "-i", str(sound)]
        command = [str(ffmpeg.tools().ffmpeg), "-nostdin", "-y", "-loglevel", "error"]
        return measured([*command, *inputs, *maps, *codec, str(self.out)])
