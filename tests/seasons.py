"""A season on disk: many small films with subtitles, spoken by tones; their outputs are sound alone, so that a whole
season is dubbed in seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.films import MADE, film

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
    """lines cues, one a second, each of 800 ms; no two films share a line."""
    cues = [
        f"{place + 1}\n{_clock(place)},100 --> {_clock(place)},900\nFilm {number}, line {place}.\n"
        for place in range(lines)
    ]
    return "\n".join(cues)


def _clock(seconds: int) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}"


def model(container: str = "mp4", seconds: float = 2.0, **wishes: object) -> Path:
    """A film to be copied."""
    return film(Path(MADE.name), container, seconds=seconds, **wishes)


def season(folder: Path, count: int, *, broken: tuple[int, ...] = (), container: str = "mp4", lines: int = 2) -> Path:
    """folder/show/E000.mp4 ... with E000.en.srt, and folder/tones.toml. broken: cut in half."""
    show = folder / "show"
    show.mkdir(parents=True, exist_ok=True)
    (folder / "tones.toml").write_text(TONES)
    for number in range(count):
        path = show / f"E{number:03}.{container}"
        shutil.copy(model(container, float(lines)), path)
        if number in broken:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        path.with_suffix(".en.srt").write_text(srt(number, lines))
    return show
