"""Where a film's edits lie, and how they are read and written: FILM.LANG.dub-edits.toml, FILM.LANG.takes/ beside it.

Writing changes only what was decided: comments, unknown keys and the order of the file stay as a person left them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dubber.backends.recorded import HEAVIEST
from dubber.edits import edits
from dubber.edits.edits import CueEdit, Edits, clock
from dubber.errors import InputError
from dubber.files import input_files, written
from dubber.model import Cue, Voice

LIMIT = 10_000_000  # bytes of an edits file
OTHER = "name another file, or take its entry out"
ENDING, TAKES = ".dub-edits.toml", ".takes"
SOUNDS = frozenset((".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aif", ".aiff"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the edits of one language version lie: the file, and the folder of its recordings."""

    path: Path
    takes: Path


def place(film: Path, subtitles: Path | None, language: str) -> Place:
    """Beside the subtitles; beside the film where its own track is used."""
    folder = (subtitles or film).parent
    name = f"{film.stem}.{language}"
    return Place(folder / f"{name}{ENDING}", folder / f"{name}{TAKES}")


def is_edits(path: Path) -> bool:
    """Whether a name is an edits file's, or a folder of recordings'."""
    return path.name.endswith((ENDING, TAKES))


def of(film: Path, subtitles: Sequence[Path]) -> list[Path]:
    """Every edits file and recording of a film's versions, whatever their languages, sorted."""
    found: set[Path] = set()
    for folder in {path.parent for path in subtitles} or {film.parent}:
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name.startswith(f"{film.stem}.") and path.name.endswith(ENDING) and path.is_file():
                found.add(path)
            elif path.name.startswith(f"{film.stem}.") and path.name.endswith(TAKES) and path.is_dir():
                found.update(file for file in path.iterdir() if file.suffix.casefold() in SOUNDS and file.is_file())
    return sorted(found)


def load(where: Place) -> Edits | None:
    """The edits; None where there is no such file. Raises InputError."""
    if not where.path.exists() and not where.path.is_symlink():
        return None
    data = input_files.read_bytes(where.path, LIMIT)
    try:
        return edits.parse(data.decode("utf-8-sig"), str(where.path))
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8 text", where=str(where.path)) from error


def recorded(where: Place, name: str) -> Voice:
    """The voice that plays a recording of the takes folder. Raises InputError for what is not there, or not in it."""
    path = where.takes / name
    try:
        inside, there = path.resolve().is_relative_to(where.takes.resolve()), path.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # a name that no file can have; links that go round
        raise InputError(f"{name[:40]!r} cannot be read: {error}", where=str(where.path), advice=OTHER) from None
    if not inside or path.suffix.casefold() not in SOUNDS:
        what = "lies outside the folder of takes" if not inside else "is no sound file"
        raise InputError(f"{name!r} {what}", where=str(where.path), advice=f"put it into {where.takes}")
    if not there:
        raise InputError(f"{name!r} is not there", where=str(where.takes), advice="or take its entry out")
    return Voice("recorded", "recorded", (("file", path.resolve()),))


def recordings(where: Place) -> list[Path]:
    """The recordings in the takes folder, sorted by name."""
    if not where.takes.is_dir():
        return []
    return sorted(path for path in where.takes.iterdir() if path.suffix.casefold() in SOUNDS and path.is_file())


def orphans(where: Place, known: Edits | None) -> list[str]:
    """Recordings that no entry names."""
    named = known.recordings if known else frozenset()
    return [path.name for path in recordings(where) if path.name not in named]


def change(where: Place, cue: Cue, known: CueEdit | None, values: Mapping[str, Any]) -> None:
    """Write what was decided about a cue; a value that is its default is taken out.

    cue: as the subtitle file has it. known: its entry as load() gave it, None: it has none yet.
    Raises InputError, ToolError when the folder cannot be written.
    """
    import tomlkit

    if where.path.is_symlink():
        raise InputError("is a link, and links are not written through", where=str(where.path))
    text = where.path.read_text("utf-8-sig") if where.path.exists() else ""
    document = tomlkit.parse(text) if text else tomlkit.document()
    if "schema" not in document:
        document.add("schema", tomlkit.item(edits.SCHEMA))
        document.add(tomlkit.nl())
    entry = _entry(document, cue, known)
    usual = CueEdit(at="", text="")
    for key, value in values.items():
        if value == getattr(usual, key):
            entry.pop(key, None)
        else:
            entry[key] = value
    if not set(entry) - {"at", "text", "speaker"}:  # nothing is decided any more
        rows: Any = document["cues"]
        rows.remove(entry)
    written.write(where.path, tomlkit.dumps(document).encode(), overwrite=True)  # nothing is lost


def _entry(document: Any, cue: Cue, known: CueEdit | None) -> Any:
    """The cue's table in the document; a new one at its end where it has none."""
    import tomlkit

    rows = document.setdefault("cues", tomlkit.aot())
    for row in rows:
        if known and (row.get("at"), row.get("text"), row.get("speaker", "")) == (known.at, known.text, known.speaker):
            row["at"], row["text"] = clock(cue.window.start), cue.text
            return row
    row = tomlkit.table()
    row["at"], row["text"] = clock(cue.window.start), cue.text
    if cue.speaker:
        row["speaker"] = cue.speaker
    rows.append(row)
    rows[-1].add(tomlkit.nl())
    return rows[-1]


def keep(where: Place, recording: Path, name: str) -> str:
    """Copy a person's recording into the takes folder under a name that is free; gives the name."""
    data = input_files.read_bytes(recording, HEAVIEST)
    free, count = f"{name}{recording.suffix.lower()}", 1
    while (where.takes / free).exists():
        if (where.takes / free).read_bytes() == data:
            return free
        count += 1
        free = f"{name}-{count}{recording.suffix.lower()}"
    written.write(where.takes / free, data, below=where.takes.parent)
    return free
