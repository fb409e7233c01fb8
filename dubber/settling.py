"""When a film and its subtitles have settled: their sizes and times have been still for some seconds."""

from __future__ import annotations

from pathlib import Path

from dubber.library import Found


class Settling:
    """What was seen of films, and since when. settle: seconds that a film and its subtitles must have been still."""

    def __init__(self, settle: float) -> None:
        self.settle = settle
        self._seen: dict[Path, tuple[str, float]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def still(self, film: Path, mark: str, now: float) -> bool:
        """Whether a film, now with this mark, has settled. now: s of a clock that only goes forward."""
        if self._seen.get(film, ("", 0.0))[0] != mark:
            self._seen[film] = mark, now
        return now - self._seen[film][1] >= self.settle

    def forget(self, film: Path) -> None:
        """Look at it as at a new one."""
        self._seen.pop(film, None)


def mark(found: Found) -> str | None:
    """Sizes and times of a film and its subtitles; None when one has just gone."""
    try:
        stats = [(path.name, path.stat()) for path in (found.film, *(one.path for one in found.sidecars))]
    except OSError:
        return None
    return " ".join(f"{name}:{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ino}" for name, stat in stats)
