"""Which subtitle file belongs to which film, by name, as Jellyfin, Kodi and Plex have it. Names only; no I/O.

Film.srt   Film.en.srt   Film.eng.forced.ass   Film.pt-BR.sdh.vtt   Subs/Film.French.srt   Subs/2_English.srt
Subs/Film/3_English SDH.srt
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dubber import subtitles
from dubber.languages import FLAGS, base, same, tag_in_name

FILMS = frozenset({
    ".mkv", ".mp4", ".m4v", ".mov", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg", ".wmv", ".asf", ".flv",
    ".ogv", ".3gp", ".3g2", ".mxf", ".vob", ".f4v", ".divx", ".qt", ".ogm", ".m2t", ".tp", ".trp", ".dv",
})  # fmt: skip
USUAL = frozenset({".srt", ".vtt", ".ass", ".ssa"})
PARTIAL = frozenset({"forced", "foreign"})  # only what is said in another language than the film's: never dubbed alone
NUMBER = re.compile(r"(\d{1,9})[ ._-]+")  # of a track, before its language
FOR_THE_DEAF = frozenset({"sdh", "hi", "cc"})
FOLDERS = frozenset({"subs", "subtitles", "sub"})  # beside the film
TEMPORARY = frozenset({"tmp", "temp", "partial", "download", "crdownload"})  # Film.temp.mkv is still being written


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A subtitle file of a film. language: a tag, "" when the name has none."""

    path: Path
    language: str = ""
    flags: frozenset[str] = frozenset()

    @property
    def partial(self) -> bool:
        """Whether it holds some lines of the film only."""
        return bool(self.flags & PARTIAL)


def is_film(path: Path) -> bool:
    """Whether a name is a film's that may be dubbed: not hidden, not half-written, not an output of ours."""
    return path.suffix.lower() in FILMS and not _passed_over(path.name)


def is_subtitles(path: Path) -> bool:
    """Whether a file is one of subtitles by its name, and not what a tool left beside it."""
    return path.suffix.lower() in subtitles.suffixes() and not _passed_over(path.name)


def _passed_over(name: str) -> bool:
    words = name.lower().split(".")
    return name.startswith((".", "~")) or (len(words) > 2 and words[-2] in TEMPORARY | {"dub"})


def pair(films: Iterable[Path], files: Iterable[Path], aside: Iterable[Path] = ()) -> dict[Path, tuple[Sidecar, ...]]:
    """The sidecars of each film; a file goes to the film with the longest name that fits. films: of a folder all, for
    what lies in its Subs/ under no film's name belongs to the only one. aside: trailers and extras, which do not count
    there."""
    found: dict[Path, list[Sidecar]] = {film: [] for film in (*films, *aside)}
    folders: dict[Path, dict[str, list[Path]]] = {}
    for film in found:
        folders.setdefault(film.parent, {}).setdefault(_compared(film.stem), []).append(film)
    extra = frozenset(_compared(film.stem) for film in aside)
    for path in sorted(files):
        for film, sidecar in _owners(path, folders, extra):
            found[film].append(sidecar)
    return {film: tuple(sidecars) for film, sidecars in found.items()}


def _owners(
    path: Path, folders: Mapping[Path, Mapping[str, Sequence[Path]]], aside: Container[str]
) -> list[tuple[Path, Sidecar]]:
    """The films that a subtitle file belongs to: by its own name, else by that of its folder in Subs/, else because
    there is one film alone. folders: for each its films by their names."""
    home, folder = _home(path)
    here, words = folders.get(home, {}), _compared(path.stem).split(".")
    for count in range(len(words), 0, -1):  # the longest name that fits
        own = here.get(".".join(words[:count]), ())
        if fits := [(film, sidecar) for film in own if (sidecar := read(film, path))]:
            return fits
    if home == path.parent:
        return []
    films = {name: films for name, films in here.items() if name not in aside}
    own = films.get(_compared(folder), ()) if folder else _only(films)
    sidecar = _alone(path) if own else None
    return [(film, sidecar) for film in own] if sidecar else []


def _only(films: Mapping[str, Sequence[Path]]) -> Sequence[Path]:
    """The film of a folder that has no other."""
    return next(iter(films.values())) if len(films) == 1 else ()


def _home(path: Path) -> tuple[Path, str]:
    """The folder of the films that a subtitle file may belong to, and the name of its own folder in Subs/."""
    folder = path.parent
    if folder.name.lower() in FOLDERS:
        return folder.parent, ""
    if folder.parent.name.lower() in FOLDERS:
        return folder.parent.parent, folder.name
    return folder, ""


def _alone(path: Path) -> Sidecar | None:
    """What a file is whose name has no film's: 2_English.srt, SDH.eng.HI.srt, 4_Portuguese (Brazilian).srt."""
    words = [word for part in re.split(r"[._]+", NUMBER.sub("", path.stem)) for word in _flagged(part)]
    return _by_words(path, words) if words and is_subtitles(path) else None


def _flagged(text: str) -> list[str]:
    """A language's name, and the flags that stand beside it: English SDH → English, SDH."""
    words = re.split(r"[\s\[\](),]+", text)
    flags = [word for word in words if word.lower() in FLAGS]
    language = " ".join(word for word in words if word and word not in flags)
    return [word for word in (language, *flags) if word]


def read(film: Path, path: Path) -> Sidecar | None:
    """What a subtitle file is to a film; None when its name says that it is another's."""
    stem, name = _compared(film.stem), _compared(path.stem)
    if not is_subtitles(path) or not (name == stem or name.startswith(f"{stem}.")):
        return None
    words = unicodedata.normalize("NFC", path.stem)[len(unicodedata.normalize("NFC", film.stem)) :].split(".")[1:]
    return _by_words(path, words)


def _by_words(path: Path, words: Sequence[str]) -> Sidecar | None:
    """Each word must be a language or a flag. "hi" is Hindi where no other word is a language."""
    language, flags = "", set[str]()
    for word in words:
        small = word.lower()
        tag = tag_in_name(word)
        if tag and not language and not (small in FLAGS and _another(words, small)):
            language = tag
        elif small in FLAGS:
            flags.add(small)
        else:
            return None
    return Sidecar(path, language, frozenset(flags))


def _another(words: Sequence[str], flag: str) -> bool:
    return any(tag_in_name(word) for word in words if word.lower() != flag)


def _compared(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def chosen(sidecars: Iterable[Sidecar], languages: Sequence[str] = (), preferred: str = "") -> tuple[Sidecar, ...]:
    """Those to be dubbed, one for each language: those asked for, else the preferred language's, else all."""
    best: dict[str, Sidecar] = {}
    for one in sorted((one for one in sidecars if not one.partial), key=_rank):
        best.setdefault(base(one.language), one)
    if languages:
        wanted = [_in(tag, best.values()) for tag in languages]
        return tuple(dict.fromkeys(one for one in wanted if one))
    first = _in(preferred, best.values()) if preferred else None
    return (first,) if first else tuple(sorted(best.values(), key=lambda one: (bool(one.language), one.path)))


def _in(tag: str, sidecars: Iterable[Sidecar]) -> Sidecar | None:
    """Of this language; the same region first; else one whose name tells no language."""
    fits = [one for one in sidecars if same(one.language, tag)] or [one for one in sidecars if not one.language]
    return min(fits, key=lambda one: one.language.lower() != tag.lower(), default=None)


def _rank(one: Sidecar) -> tuple[bool, bool, bool, int, str]:
    """Plain dialogue before descriptions for the deaf, the default one before others, usual formats before others, a
    disc's earlier track before its later ones."""
    unusual = one.path.suffix.lower() not in USUAL
    number = NUMBER.match(one.path.name)
    track = int(number[1]) if number else 0
    return bool(one.flags & FOR_THE_DEAF), "default" not in one.flags, unusual, track, one.path.name
