"""What lies in a library and is no film to be dubbed: trailers, samples, extras, by the names that Jellyfin, Kodi and
Plex give them. Names only; no I/O.

Film-trailer.mkv   Film.sample.mkv   Film-behindthescenes.mkv   Film/extras/Making of.mkv   Film/Trailers/1.mkv

Jellyfin: https://jellyfin.org/docs/general/server/media/movies/#extras; Plex: https://support.plex.tv/articles/
local-files-for-trailers-and-extras/; Kodi: https://kodi.wiki/view/Advancedsettings.xml#excludefromscan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

FOLDERS = frozenset({
    "behind the scenes", "deleted scenes", "interviews", "featurettes", "trailers", "trailer", "samples", "sample",
    "extras", "extra", "theme-music", "backdrops",
})  # fmt: skip
OFTEN_FILMS = frozenset({"scenes", "shorts", "clips", "other"})  # extras only within a film's or a show's own folder
SEASON = re.compile(r"(season|series|staffel|saison|specials|s)[ ._-]*\d*", re.IGNORECASE)
# These names are no film's; after a hyphen alone, the others may be the end of a title: The-Interview.mkv.
CLEAR = re.compile(r"(.*[-._ ])?(trailer|sample)\d*|sample[-._ ].*", re.IGNORECASE | re.DOTALL)
HYPHENED = re.compile(
    r".+-(scene|clip|interview|behindthescenes|deleted|deletedscene|featurette|short|other|extra)\d*",
    re.IGNORECASE | re.DOTALL,
)


def named(film: Path, films: Iterable[Path]) -> str:
    """Why a film's name makes it none to be dubbed, "" when it does not. films: those in its folder, itself included.

    What only may be an extra is one beside a film that is none.
    """
    if CLEAR.fullmatch(film.stem):
        return "is a trailer or a sample, by its name"
    if HYPHENED.fullmatch(film.stem) and any(not _may_be(other) for other in films):
        return "is an extra of a film, by its name"
    return ""


def _may_be(film: Path) -> bool:
    return bool(CLEAR.fullmatch(film.stem) or HYPHENED.fullmatch(film.stem))


def placed(film: Path, top: Path, holds_films: Callable[[Path], bool]) -> str:
    """Why a film's folder makes it none to be dubbed, "" when it does not. top: the folder that the user named, which
    counts as none of extras. holds_films: whether a folder is a film's or a show's."""
    for folder in film.parents:
        if folder == top or top not in folder.parents:
            return ""
        name = folder.name.lower()
        if name in FOLDERS or (name in OFTEN_FILMS and holds_films(folder.parent)):
            return f"lies in a folder of extras, {folder.name}"
    return ""


def is_season(folder: Path) -> bool:
    """Whether a folder's name is a season's: Season 1, S01, Specials."""
    return bool(SEASON.fullmatch(folder.name))
