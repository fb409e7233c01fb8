"""Every word that dub prints: results on stdout, everything else on stderr.

Text from subtitles, profiles and servers is data: its control characters never reach the terminal.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dubber.timecode import cue_at

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from dubber.errors import DubError
    from dubber.job.report import DoubtfulLine, Report, Verified, VersionReport
    from dubber.model import Event

RARE = ("verification",)  # stages that most films do not have: no row is kept for them
SHOWN = 12  # rows of a list in a summary; the rest stand in the report


def clean(text: object) -> str:
    """text without anything that a terminal would obey."""
    shown = str(text)
    return shown if shown.isprintable() else "".join(char if _harmless(char) else " " for char in shown)


def say(text: object = "") -> None:
    """A result, on stdout."""
    print("\n".join(clean(line) for line in str(text).split("\n")))


def note(text: str) -> None:
    """A remark, on stderr. Where nobody can read it (a closed or full stderr, a reader that has gone) work goes on."""
    try:
        print(clean(text), file=sys.stderr, flush=True)
    except (OSError, ValueError):
        silence(2)


def silence(stream: int) -> None:
    """What is written to stdout (1) or stderr (2) from now on goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != stream:
        os.dup2(nowhere, stream)
        os.close(nowhere)


def warn(warnings: Iterable[str]) -> None:
    """What may be wrong, on stderr; a line each."""
    for warning in warnings:
        note(f"warning: {warning}")


def error(text: str, advice: str = "") -> None:
    """What is wrong, on stderr; one line."""
    note(f"dub: {text}" + (f" ({advice})" if advice else ""))


def fault(problem: DubError) -> None:
    """An error; each fault of several on its own line."""
    for one in getattr(problem, "faults", [problem]):
        error(str(one))


def dump(value: Any) -> None:
    """A value as JSON, on stdout."""
    from dubber.documents import as_json

    print("\n".join(map(escaped, json.dumps(as_json(value), ensure_ascii=False, indent=2).split("\n"))))


def escaped(text: str) -> str:
    """JSON that a terminal prints and does not obey: json itself leaves U+0080 to U+009F and bidi marks alone."""
    return text if text.isprintable() else "".join(char if _harmless(char) else json.dumps(char)[1:-1] for char in text)


def _harmless(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs")


def plain(value: object) -> object:
    """What JSON does not know, as what it knows."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


def table(rows: Iterable[Sequence[object]], heads: Sequence[str] = (), *, right: Iterable[int] = ()) -> None:
    """Rows as aligned columns on stdout; right: columns of numbers. The last column wraps at the terminal's width."""
    cells = [[clean(cell) for cell in row] for row in ([heads, *rows] if heads else rows)]
    if not cells:
        return
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    numbers, limit = set(right), _columns()
    for row in cells:
        padded = [_pad(cell, widths[place], place in numbers) for place, cell in enumerate(row)]
        for text in _wrapped(padded, limit):
            print(_cut(text.rstrip(), limit))


def _wrapped(cells: Sequence[str], limit: int) -> list[str]:
    """A row, its last cell on several lines where the terminal is too narrow for it."""
    from textwrap import wrap

    head = "".join(f"{cell}  " for cell in cells[:-1])
    room = limit - width(head)
    if room < 20:  # also when the output is no terminal
        return [head + cells[-1]]
    first, *more = wrap(cells[-1].rstrip(), room) or [""]
    return [head + first, *(" " * width(head) + text for text in more)]


def width(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text if not unicodedata.combining(char)
    )


def _pad(text: str, columns: int, right: bool) -> str:
    space = " " * (columns - width(text))
    return space + text if right else text + space


def _cut(text: str, columns: int) -> str:
    if not columns or width(text) <= columns:
        return text
    while width(text) > columns - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def ask(question: str) -> bool:
    """A yes or no; no when nobody can answer."""
    if not sys.stdin.isatty():
        return False
    print(clean(question) + " [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


class Screen(AbstractContextManager["Screen"]):
    """Draws a job's events on stderr. A film has a row for each of its stages from the beginning on, so that what is
    still to come is seen; a row is full when its stage is over, the last one when the film lies there."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._progress: Progress | None = None
        self._bars: dict[str, TaskID] = {}

    def __exit__(self, *_: object) -> None:
        if self._progress:
            self._progress.stop()

    def __call__(self, event: Event) -> None:
        if event.warns:
            self._remark(f"warning: {event.message}")
        elif not self._quiet and event.kind == "note":
            self._remark(event.message)
        elif not self._quiet and sys.stderr.isatty() and event.kind in ("stage", "step"):
            self._bar(event)

    def _remark(self, text: str) -> None:
        if self._progress:
            self._progress.console.print(clean(text), markup=False, highlight=False)
        else:
            note(text)

    def _bar(self, event: Event) -> None:
        from dubber.model import STAGES

        progress = self._progress or self._open(STAGES if event.stage in STAGES else ())
        if event.stage not in self._bars:
            self._bars[event.stage] = progress.add_task(event.stage, total=None, why="")
        row = self._bars[event.stage]
        if event.kind == "stage":
            progress.reset(row, total=event.total or None, visible=True, why=clean(event.message))
        else:
            progress.update(row, completed=event.done, total=event.total or None, visible=True)

    def _open(self, stages: Sequence[str]) -> Progress:
        """Draw the rows of these stages, all at once."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        from dubber.cli._bars import Left

        columns = (
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=None, table_column=Column(ratio=1, max_width=40)),
            Left(table_column=Column(no_wrap=True, min_width=16)),
            TextColumn("{task.fields[why]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        )
        progress = self._progress = Progress(*columns, console=Console(stderr=True), expand=True)
        for stage in stages:
            self._bars[stage] = progress.add_task(stage, total=1, start=False, visible=stage not in RARE, why="")
        progress.start()
        return progress


def summary(report: Report) -> None:
    """What became of a job, on stderr: counts first, then every line that a person should look at."""
    for version in report.versions:
        _counts(version, _verification(report))
        listed = sorted(version.left_out, key=lambda row: row.kind != "broken")
        _rows("left out", [f"line {row.number}: {row.text!r}: {row.reason}" for row in listed])
        _rows("not spoken", [f"{cue_at(row.cue, row.at)}: {row.text!r}: {row.reason}" for row in version.failed])
        _rows("doubtful", [_doubt(row) for row in version.doubtful])
        _rows("over the caps", [f"{cue_at(row.cue, row.at)}: {row.why}: {row.text!r}" for row in version.over_caps])
    if report.output:
        note(f"wrote {report.output} ({report.seconds:.1f} s)")
        for stream in report.streams:
            note(f"  {stream}")


def _verification(report: Report) -> str:
    """With what verification a job ran: "verify = all: whisper tiny.en"."""
    heard = ", ".join(dict.fromkeys(report.recognisers.values()))
    return f"verify = {report.verify}{f': {heard}' if heard else ''}"


def _counts(version: VersionReport, verification: str) -> None:
    from dubber.job.reporting import count_broken

    fastest = version.fastest
    quickest = f"; fastest line ×{fastest.rate:.2f} ({cue_at(fastest.cue, fastest.at)})" if fastest else ""
    takes = f"{version.fresh} new, {version.stored} stored"
    broken = f"; {lost}" if (lost := count_broken(version.left_out)) else ""
    note(f"{version.language}: {version.spoken} of {version.cues} cues spoken ({takes}){broken}{quickest}")
    note(f"  verified by  {_proven(version.verified)} ({verification})")
    for remark in version.casting:
        note(f"  {remark}")
    if version.cost:
        note(f"  {version.cost}")
    if version.histogram:
        note("  rate  " + "  ".join(f"{label} {share}" for label, share in version.histogram))


def _proven(one: Verified) -> str:
    """By what the lines were verified: "8 their length, 3 not verified"."""
    counts = {"their words": one.words, "their length": one.length, "not verified": one.not_verified}
    told = [f"{count} {by}" for by, count in {**counts, "doubtful": one.doubtful}.items() if count]
    return ", ".join(told) or "nothing"


def _doubt(row: DoubtfulLine) -> str:
    heard = "" if row.heard is None else f"; heard: {row.heard!r}"
    return f"{cue_at(row.cue, row.at)}: {row.why}: {row.text!r}{heard}"


def _rows(title: str, rows: Sequence[str]) -> None:
    if not rows:
        return
    note(f"  {title}: {len(rows)}")
    for row in rows[:SHOWN]:
        note(f"    {row}")
    if len(rows) > SHOWN:
        note(f"    and {len(rows) - SHOWN} more, in the report")
