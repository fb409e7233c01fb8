"""Folders, globs and lists → the films in them, each with its subtitles, its cast and its profile: jobs."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from dubber import edit_files, profile, records, sources
from dubber.errors import InputError
from dubber.job import Job
from dubber.profile import Profile
from dubber.unattended import sidecars
from dubber.unattended.sidecars import Sidecar

LISTS = frozenset({".txt", ".lst", ".m3u", ".m3u8"})
LIST_BYTES = 50_000_000
CAST, SETTINGS = "cast.toml", "dub.toml"


@dataclass(frozen=True, slots=True)
class Found:
    """A film and the subtitle files that belong to it; given: the user named them, all of them are dubbed. edits: what
    a person decided about its lines: edits files, folders of recordings."""

    film: Path
    sidecars: tuple[Sidecar, ...] = ()
    given: bool = False
    edits: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What holds for every film of a batch. profile: a name or a file, for folders without a dub.toml.

    cast: one cast file for all; None: the nearest cast.toml upwards. overrides: dotted keys of the command line.
    """

    profile: str = "narrator"
    cast: Path | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False
    trusted_output: bool = False
    languages: tuple[str, ...] = ()
    encoding: str = ""
    offset: int = 0
    fps: tuple[Fraction, Fraction] | None = None
    audio_track: str = ""
    strict: bool = False
    allow_missing: bool = False
    overwrite: bool = False
    store: Path | None = None


Warn = Callable[[str], None]


def find(paths: Iterable[str | Path], warn: Warn = lambda fault: None) -> list[Found]:
    """Every film below the folders, of the globs, in the lists; each once, in the order named. Raises InputError.

    warn: told of each folder below that cannot be read.
    """
    found: dict[Path, Found] = {}
    for path in paths:
        for one in _found(str(path), warn):
            found.setdefault(one.film, one)
    return list(found.values())


def _found(text: str, warn: Warn) -> Iterator[Found]:
    path = Path(text).expanduser()
    if not os.path.lexists(path) and glob.has_magic(text):
        matches = sorted(glob.iglob(str(path), recursive=True))  # noqa: PTH207 (Path.glob takes no absolute pattern)
        if not matches:
            raise InputError("matches nothing", where=text)
        for match in matches:
            if Path(match).is_dir() or sidecars.is_film(Path(match)):
                yield from _found(match, warn)
    elif path.is_dir():
        yield from _below(path, warn)
    elif path.suffix.lower() in LISTS and path.is_file():
        yield from _listed(path)
    elif path.is_file():
        yield from _paired([path.absolute()])
    else:
        raise InputError("there is no such file or folder", where=text)


def _below(folder: Path, warn: Warn) -> Iterator[Found]:
    """The films in a folder and below it, in the order of their names; hidden folders are passed over."""

    def unread(error: OSError) -> None:
        warn(f"{error.filename}: cannot be read: {error.strerror}")

    for place, folders, names in os.walk(folder.absolute(), onerror=unread):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        try:
            yield from _paired([path for name in sorted(names) if sidecars.is_film(path := Path(place) / name)])
        except InputError as fault:
            warn(str(fault))


def _paired(films: list[Path]) -> list[Found]:
    """Films of one folder with the subtitles in it, and in its Subs/."""
    if not films:
        return []
    paired = sidecars.pair(films, subtitle_files(films[0].parent))
    edits = [path for path in _entries(films[0].parent) if edit_files.is_edits(path)]
    return [
        Found(film, found, edits=tuple(path for path in edits if path.name.startswith(f"{film.stem}.")))
        for film, found in paired.items()
        if not made_by_us(film)
    ]


def subtitle_files(folder: Path) -> list[Path]:
    """The subtitle files in a folder, and in its Subs/; not a .sub that has an .idx: these are pictures of text."""
    inside = [path for path in _entries(folder) if path.name.lower() in sidecars.FOLDERS and path.is_dir()]
    return [
        path
        for place in (folder, *inside)
        for path in _entries(place)
        if sidecars.is_subtitles(path) and not _pictures(path)
    ]


def _pictures(path: Path) -> bool:
    return path.suffix.lower() == ".sub" and any(path.with_suffix(ending).exists() for ending in (".idx", ".IDX"))


def beside(film: Path, languages: Sequence[str] = ()) -> tuple[Path, ...]:
    """The subtitle file that lies beside a film, by name: one for each language asked for, else the only one there.

    None where none lies there. Raises InputError where several do and nobody has said which.
    """
    found = sidecars.pair([film], subtitle_files(film.parent))[film]
    chosen = sidecars.chosen(found, languages)
    if languages or len(chosen) < 2:
        return tuple(one.path for one in chosen)
    named = ", ".join(f"{one.path.name}{f' ({one.language})' if one.language else ''}" for one in chosen)
    advice = "name those to be dubbed, or say --language; --subs-track takes the film's own"
    raise InputError(f"several subtitle files lie beside it: {named}", where=str(film), advice=advice)


def film_of(subtitles: Path) -> Path:
    """The film that a subtitle file lies beside, by name. Raises InputError when it is none or one of several."""
    home = subtitles.absolute().parent
    folders = (home, home.parent) if home.name.lower() in sidecars.FOLDERS else (home,)
    films = [path for folder in folders for path in _entries(folder) if sidecars.is_film(path)]
    found = [film for film, own in sidecars.pair(films, [subtitles.absolute()]).items() if own]
    if len(found) == 1:
        return found[0]
    trouble = "belongs to several films: " + ", ".join(film.name for film in found) if found else "lies beside no film"
    raise InputError(trouble, where=str(subtitles), advice="subtitles have their film's name, as in Film.de.srt")


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(folder)) from None


def made_by_us(film: Path) -> bool:
    """An output under a name of the user's choosing is known by its report."""
    return bool(records.report(film))


def _listed(path: Path) -> Iterator[Found]:
    """A film a line, its subtitles after tabs; paths start at the list's folder; # begins a remark."""
    try:
        text = sources.read_bytes(path, LIST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", where=str(path)) from None
    for line in text.splitlines():
        words = [word.strip() for word in line.split("\t") if word.strip()]
        if not words or words[0].startswith("#"):
            continue
        film, *subtitles = (path.absolute().parent / Path(word).expanduser() for word in words)
        if subtitles:
            yield Found(film, tuple(sidecars.read(film, sub) or Sidecar(sub) for sub in subtitles), given=True)
        else:
            yield from _paired([film]) if film.is_file() else [Found(film)]


def nearest(folder: Path, name: str, top: Path | None = None) -> Path | None:
    """The file of that name in a folder, or in the nearest one above; not above top."""
    for place in (folder, *folder.parents):
        if (place / name).is_file():
            return place / name
        if place == top:
            return None
    return None


class Shelf:
    """Makes jobs of films; profiles are read once for each folder's settings."""

    def __init__(self, wishes: Wishes, top: Path | None = None) -> None:
        self.wishes, self._top = wishes, top
        self._profiles: dict[tuple[Path | None, Path | None], Profile] = {}

    def job(self, found: Found) -> Job:
        """The job of a film. Raises InputError when its folder's profile or cast is wrong."""
        wishes, folder = self.wishes, found.film.parent
        chosen = self.profile(folder)
        subtitles = found.sidecars
        if not found.given:
            subtitles = sidecars.chosen(found.sidecars, wishes.languages, chosen.language)
        track = wishes.languages[0] if wishes.languages and not subtitles else ""
        return Job(
            found.film,
            chosen,
            tuple(one.path for one in subtitles),
            languages=tuple(one.language for one in subtitles),
            subs_track=track,
            audio_track=wishes.audio_track,
            encoding=wishes.encoding,
            offset=wishes.offset,
            fps=wishes.fps,
            strict=wishes.strict,
            overwrite=wishes.overwrite,
            allow_missing=wishes.allow_missing,
            store=wishes.store,
        )

    def profile(self, folder: Path) -> Profile:
        """What holds in a folder: the nearest dub.toml, else the batch's profile; the nearest cast.toml over it."""
        settings = nearest(folder, SETTINGS, self._top)
        cast = self.wishes.cast or nearest(folder, CAST, self._top)
        if (settings, cast) not in self._profiles:
            name = str(settings) if settings else self.wishes.profile
            wishes = self.wishes
            self._profiles[settings, cast] = profile.load(
                name,
                cast=cast,
                overrides=wishes.overrides,
                trusted=wishes.trusted,
                trusted_output=wishes.trusted_output,
            )
        chosen = self._profiles[settings, cast]
        return replace(chosen, output=replace(chosen.output, folder=_beside(folder, chosen.output.folder)))


def _beside(folder: Path, wanted: str) -> str:
    """A relative output folder lies beside the film."""
    return str(folder / Path(wanted).expanduser()) if wanted else ""
