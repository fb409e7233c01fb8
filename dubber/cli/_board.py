"""The live table of a batch: the films under way, and how many are behind us."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dubber.cli import console
from dubber.model import Event

if TYPE_CHECKING:
    from dubber.unattended.results import Result


class Board(AbstractContextManager["Board"]):
    """On a terminal a table that stays in place; elsewhere a line for each film that ends."""

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        self._total, self._quiet = total, quiet
        self._counts = Counter(dubbed=0)
        self._films: dict[Path, tuple[str, int, int]] = {}
        self._lock = threading.Lock()
        self._live: Any = None

    def __enter__(self) -> Board:
        if sys.stderr.isatty() and not self._quiet:
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), get_renderable=self._table, refresh_per_second=4)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def tell(self, film: Path | None, event: Event) -> None:
        """Something happened to a film, or to the voices (None)."""
        if event.warns:
            self.say(f"{film.name}: {event.message}" if film else f"warning: {event.message}")
        elif film and event.kind in ("stage", "step"):
            with self._lock:
                self._films[film] = event.stage, event.done, event.total

    def ended(self, result: Result) -> None:
        with self._lock:
            self._films.pop(result.film, None)
            self._counts[result.status] += 1
        self.say(f"[{sum(self._counts.values())}/{self._total}] {sentence(result)}")

    def say(self, text: str) -> None:
        """A line that stays."""
        if self._live:
            self._live.console.print(console.clean(text), markup=False, highlight=False)
        elif not self._quiet:
            console.note(text)

    def _table(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for head in ("film", "stage", "done"):
            table.add_column(head)
        with self._lock:
            for film, (stage, done, total) in self._films.items():
                table.add_row(Text(console.clean(film.name)), stage, f"{done}/{total}" if total else "")
            table.caption = ", ".join(f"{count} {name}" for name, count in self._counts.items())
        return table


def sentence(result: Result) -> str:
    """A film's end in a line."""
    if result.status in ("failed", "no subtitles"):
        return f"{result.film.name}: {result.status}: {result.reason}"
    if result.status == "left":
        return f"{result.film.name}: left out: {result.reason}"
    if result.status == "done":
        return f"{result.film.name}: done already"
    return f"{result.film.name} → {result.output and result.output.name} ({result.seconds:.1f} s)"
