"""What became of the films of a watched folder, and why: for people and for monitors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from dubber.errors import InputError
from dubber.unattended import library, stability
from dubber.unattended.watch_state import FilmRecord, of_folder

State = Literal["dubbed", "done", "waiting", "failed", "changed", "new", "left"]


@dataclass(frozen=True, slots=True)
class FilmState:
    """A film of the folder. state: dubbed; done (it was there already); waiting (for subtitles); failed; changed since
    (it is to be dubbed anew, or its output has gone); new (nobody has looked at it); left (a trailer, a sample, an
    extra). since: ISO 8601, UTC; "" when it is new. reason: why it is not dubbed."""

    film: Path
    state: State
    since: str = ""
    reason: str = ""
    output: str = ""


def of(folder: Path, store: Path | None = None, warn: Callable[[str], None] = lambda fault: None) -> list[FilmState]:
    """Every film below a folder, in order of its path. Raises InputError when it is no folder."""
    if not folder.is_dir():
        raise InputError("is not a folder", where=str(folder))
    memos = of_folder(folder, store).memos()
    return [_state(found, memos.get(found.film)) for found in library.find([folder.absolute()], warn)]


def _state(found: library.FoundFilm, memo: FilmRecord | None) -> FilmState:
    if found.left:
        return FilmState(found.film, "left", reason=found.left)
    if memo is None:
        return FilmState(found.film, "new")
    gone = memo.output and not Path(memo.output).is_file()
    state: State = "changed" if gone or stability.mark(found) != memo.mark else memo.fate
    since = datetime.fromtimestamp(memo.at, UTC).isoformat(timespec="seconds")
    return FilmState(found.film, state, since, memo.reason, memo.output)


def retry(folder: Path, films: Iterable[Path] = (), store: Path | None = None) -> list[Path]:
    """Let the watcher try films again: those named, else all that failed. Gives them.

    Raises InputError when the folder has no such film.
    """
    known = {one.film: one for one in of(folder, store)}
    named = [film.absolute() for film in films]
    for film in named:
        if film not in known:
            raise InputError("is no film of this folder", where=str(film), advice=f"dub status {folder} lists them")
    chosen = named or [film for film, one in known.items() if one.state == "failed"]
    of_folder(folder, store).forget(chosen)
    return chosen
