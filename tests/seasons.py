"""A season on disk: many small films with subtitles, spoken by tones; their outputs are sound alone, so that a whole
season is dubbed in seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

from films import film

TONES = """
[voices.tones]
backend = "tone"
milliseconds_per_character = 20
[casting]
narrator = "tones"
[mixing]
bed = "none"
loudness = "off"
[output]
container = "wav"
"""


def srt(number: int, lines: int = 2) -> str:
    """lines cues of a second each; no two films share a line."""
    cues = [
        f"{place + 1}\n00:00:0{place},100 --> 00:00:0{place},900\nFilm {number}, line {place}.\n"
        for place in range(lines)
    ]
    return "\n".join(cues)


def season(folder: Path, count: int, *, broken: tuple[int, ...] = (), container: str = "mp4", lines: int = 2) -> Path:
    """folder/show/E000.mp4 ... with E000.en.srt, and folder/tones.toml. broken: cut in half."""
    show = folder / "show"
    show.mkdir(parents=True, exist_ok=True)
    (folder / "tones.toml").write_text(TONES)
    model = film(folder, container, seconds=float(lines))
    for number in range(count):
        path = show / f"E{number:03}.{container}"
        shutil.copy(model, path)
        if number in broken:
            path.write_bytes(model.read_bytes()[: model.stat().st_size // 2])
        path.with_suffix(".en.srt").write_text(srt(number, lines))
    return show
