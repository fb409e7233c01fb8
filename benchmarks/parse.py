"""Reading subtitles: seconds for files of up to 100,000 cues in each format; beside the parser it is built on.

python -m benchmarks parse [--cues 1800,100000] [FILE ...]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks._measure import load
from dubber.subtitles import Reading, parse

SHORT = True
ASS = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Arial,20\n\n"
    "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)


def run(arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks parse")
    parser.add_argument("--cues", default="1800,100000")
    parser.add_argument("files", nargs="*")
    asked = parser.parse_args(arguments)
    files = {Path(name).name: (Path(name).read_bytes(), Path(name).suffix) for name in asked.files}
    for count in map(int, asked.cues.split(",")) if not files else ():
        for suffix, make in FORMATS.items():
            files[f"{count} cues{suffix}"] = make(count).encode(), suffix
    parse(_srt(10).encode(), ".srt", Reading())  # imports
    found: dict[str, Any] = {"load": load()}
    for name, (data, suffix) in files.items():
        began = time.process_time()
        cues = len(parse(data, suffix, Reading()).cues)
        found[name] = time.process_time() - began
        print(f"{name:24}{len(data) / 1e6:8.1f} MB {cues:8} cues {found[name]:8.2f} CPU s")
    return found


def _clock(at: int, point: str) -> str:
    return f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}{point}"


def _srt(count: int) -> str:
    return "\n".join(
        f"{n}\n{_clock(3 * n, ',000')} --> {_clock(3 * n + 2, ',500')}\nMARY: Line <i>{n}</i> of the film.\n"
        for n in range(1, count + 1)
    )


def _vtt(count: int) -> str:
    return "WEBVTT\n\n" + "\n".join(
        f"{_clock(3 * n, '.000')} --> {_clock(3 * n + 2, '.500')}\n<v Mary>Line {n} &amp; more of the film.\n"
        for n in range(1, count + 1)
    )


def _ass(count: int) -> str:
    return ASS + "\n".join(
        f"Dialogue: 0,{_clock(3 * n, '.00')},{_clock(3 * n + 2, '.50')},Default,Mary,0,0,0,,"
        f"{{\\i1}}Line {n}{{\\i0}}\\Nof the film."
        for n in range(1, count + 1)
    )


FORMATS: dict[str, Callable[[int], str]] = {".srt": _srt, ".vtt": _vtt, ".ass": _ass}
