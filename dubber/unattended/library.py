"""Folders, globs and lists → the films in them, each with its subtitles, its cast and its profile: jobs."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from dubber.config import profile
from dubber.config.profile import Profile
from dubber.edits import edit_files
from dubber.errors import InputError
from dubber.files import input_files
from dubber.job import provenance
from dubber.job.job import Job
from dubber.languages import same
from dubber.paths import USUAL_PROFILE
from dubber.unattended import extras, sidecars
from dubber.unattended.sidecars import Sidecar

LISTS = frozenset({".txt", ".lst", ".m3u", ".m3u8"})
LIST_BYTES = 50_000_000
CAST, SETTINGS = "cast.toml", "dub.toml"


@dataclass(frozen=True, slots=True)
class FoundFilm:
    """A film and the subtitle files that belong to it; given: the user named them, all of them are dubbed. edits: what
    a person decided about its lines: edits files, folders of recordings. left: why it is none to be dubbed (extras.py).
    """

    film: Path
    sidecars: tuple[Sidecar, ...] = ()
    given: bool = False
    edits: tuple[Path, ...] = ()
    left: str = ""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What holds for every film of a batch. profile: a name or a file, for folders without a dub.toml.

    cast: one cast file for all; None: the nearest cast.toml upwards. overrides: dotted keys of the command line.
    """

    profile: str = USUAL_PROFILE
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


def find(paths: Iterable[str | Path], warn: Warn = lambda fault: None, *, some: bool = False) -> list[FoundFilm]:
    """Every film below the folders, of the globs, in the lists; each once, in the order named. Trailers, samples and
    extras say that they are left out, unless the user named the file itself, or their folder.

    warn: told of each folder below that cannot be read. Raises InputError for a path that is not there; some: also for
    one without a film.
    """
    found: dict[Path, FoundFilm] = {}
    for text, here in _sources(map(str, paths), warn):
        if some and not here:
            raise InputError("there is no film in it", where=text, advice="dub's own outputs count as none")
        for one in here:
            found.setdefault(one.film, one)
    return list(found.values())


def _sources(texts: Iterable[str], warn: Warn) -> Iterator[tuple[str, list[FoundFilm]]]:
    """Each path with its films; films that are named one after the other are looked at together."""
    for alone, group in groupby(texts, _is_one_film):
        if alone:
            named = list(group)
            yield named[0], _together([Path(text).expanduser().absolute() for text in named])
        else:
            yield from ((text, list(_found(text, warn))) for text in group)


def _is_one_film(text: str) -> bool:
    path = Path(text).expanduser()
    return path.is_file() and path.suffix.lower() not in LISTS


def _found(text: str, warn: Warn) -> Iterable[FoundFilm]:
    path = Path(text).expanduser()
    if not os.path.lexists(path) and glob.has_magic(text):
        return _matching(path, warn)
    if path.is_dir():
        return _below(path, warn)
    if path.is_file():
        return _listed(path)
    raise InputError("there is no such file or folder", where=text)


def _matching(pattern: Path, warn: Warn) -> Iterator[FoundFilm]:
    matches = [Path(text) for text in sorted(glob.iglob(str(pattern), recursive=True))]  # noqa: PTH207 (Path.glob takes no absolute pattern)
    if not matches:
        raise InputError("matches nothing", where=str(pattern))
    top = next(folder for folder in pattern.parents if not glob.has_magic(str(folder))).absolute()
    films = _together([path.absolute() for path in matches if sidecars.is_film(path) and path.is_file()])
    yield from _judged(films, top)
    for folder in matches:
        if folder.is_dir():
            yield from _below(folder, warn)


def _below(folder: Path, warn: Warn) -> Iterator[FoundFilm]:
    """The films in a folder and below it, in the order of their names; hidden folders are passed over."""

    def unread(error: OSError) -> None:
        warn(f"{error.filename}: cannot be read: {error.strerror}")

    top = folder.absolute()
    for place, folders, names in os.walk(top, onerror=unread):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        try:
            films = [path for name in sorted(names) if sidecars.is_film(path := Path(place) / name)]
            yield from _judged(_paired(films), top)
        except InputError as fault:
            warn(str(fault))


def _judged(found: list[FoundFilm], top: Path) -> list[FoundFilm]:
    """What was found below a folder; trailers, samples and extras say that they are left out."""
    films = [one.film for one in found]
    left = [extras.placed(film, top, _of_a_film) or extras.named(film, films) for film in films]
    return [replace(one, left=why) if why else one for one, why in zip(found, left, strict=True)]


def _of_a_film(folder: Path) -> bool:
    """Whether a folder is a film's own, or a show's: films or seasons lie in it."""
    return bool(_films(folder)) or any(extras.is_season(path) and path.is_dir() for path in _entries(folder))


def _films(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if sidecars.is_film(path)]


def _together(films: Sequence[Path]) -> list[FoundFilm]:
    """Films of any folders with their subtitles, in this order; each folder is looked at once."""
    folders: dict[Path, list[Path]] = {}
    for film in films:
        folders.setdefault(film.parent, []).append(film)
    found = {one.film: one for inside in folders.values() for one in _paired(inside)}
    return [found[film] for film in dict.fromkeys(films) if film in found]


def _paired(films: list[Path]) -> list[FoundFilm]:
    """Films of one folder with the subtitles in it, and in its Subs/."""
    if not films:
        return []
    folder = films[0].parent
    paired = _sidecars(films)
    edits = [path for path in _entries(folder) if edit_files.is_edits(path)]
    return [
        FoundFilm(film, paired[film], edits=tuple(path for path in edits if path.name.startswith(f"{film.stem}.")))
        for film in films
        if not made_by_us(film)
    ]


def _sidecars(films: Sequence[Path]) -> dict[Path, tuple[Sidecar, ...]]:
    """The subtitle files of some films of a folder; others in it have theirs, but extras none that are without a
    name."""
    folder = films[0].parent
    every = list(dict.fromkeys([*films, *(film for film in _films(folder) if not made_by_us(film))]))
    aside = {film for film in every if extras.named(film, every)}
    return sidecars.pair([film for film in every if film not in aside], subtitle_files(folder), aside)


def beside(film: Path) -> tuple[Sidecar, ...]:
    """The subtitle files that lie beside a film, or in its Subs/, by name."""
    return _sidecars([film])[film]


def subtitle_files(folder: Path) -> list[Path]:
    """The subtitle files in a folder, in its Subs/ and the folders of that; not a .sub that has an .idx: these are
    pictures of text."""
    inside = [path for path in _entries(folder) if path.name.lower() in sidecars.FOLDERS and path.is_dir()]
    inside += [path for place in inside for path in _entries(place) if path.is_dir()]
    return [
        path
        for place in (folder, *inside)
        for path in _entries(place)
        if sidecars.is_subtitles(path) and not _pictures(path)
    ]


def _pictures(path: Path) -> bool:
    return path.suffix.lower() == ".sub" and any(path.with_suffix(ending).exists() for ending in (".idx", ".IDX"))


def chosen_beside(film: Path, languages: Sequence[str] = ()) -> tuple[Path, ...]:
    """The subtitle file that lies beside a film, by name: one for each language asked for, else the only one there.

    None where none lies there. Raises InputError where several do and nobody has said which.
    """
    chosen = sidecars.chosen(beside(film), languages)
    if languages or len(chosen) < 2:
        return tuple(one.path for one in chosen)
    named = ", ".join(f"{one.path.name}{f' ({one.language})' if one.language else ''}" for one in chosen)
    advice = "name those to be dubbed, or say --language; --subs-track takes the film's own"
    raise InputError(f"several subtitle files lie beside it: {named}", where=str(film), advice=advice)


def lacking(film: Path, languages: Sequence[str]) -> str:
    """Which of the languages asked for no subtitle file beside a film has, and which there are; "" when none is lacking
    or no file is there. A file whose name tells no language may be in any."""
    there = [one.language for one in beside(film) if not one.partial]
    missing = [tag for tag in languages if not any(same(tag, language) for language in there)]
    if not there or not missing or "" in there:
        return ""
    return f"no subtitles in {', '.join(missing)} lie beside the film; there are {', '.join(dict.fromkeys(there))}"


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
    return provenance.report(film) is not None


def _listed(path: Path) -> Iterator[FoundFilm]:
    """A film a line, its subtitles after tabs; paths start at the list's folder; # begins a remark."""
    try:
        text = input_files.read_bytes(path, LIST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", where=str(path)) from None
    lines = [[word.strip() for word in line.split("\t") if word.strip()] for line in text.splitlines()]
    named = [[_beneath(path, word) for word in words] for words in lines if words and not words[0].startswith("#")]
    paired = {one.film: one for one in _together([film for film, *own in named if not own and film.is_file()])}
    for film, *own in named:
        if own:
            yield FoundFilm(film, tuple(sidecars.read(film, sub) or Sidecar(sub) for sub in own), given=True)
        elif film in paired or not film.is_file():
            yield paired.get(film, FoundFilm(film))


def _beneath(listed: Path, word: str) -> Path:
    return listed.absolute().parent / Path(word).expanduser()


def nearest(folder: Path, name: str, top: Path | None = None) -> Path | None:
    """The file of that name in a folder, or in the nearest one above; not above top."""
    for place in (folder, *folder.parents):
        if (place / name).is_file():
            return place / name
        if place == top:
            return None
    return None


class JobFactory:
    """Makes jobs of films; profiles are read once for each folder's settings."""

    def __init__(self, wishes: BatchOptions, top: Path | None = None) -> None:
        self.wishes, self._top = wishes, top
        self._profiles: dict[tuple[Path | None, Path | None], Profile] = {}

    def job(self, found: FoundFilm) -> Job:
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
