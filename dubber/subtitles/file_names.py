"""What the name of a subtitle file says of its language, and how it would say another. PURE."""

from __future__ import annotations

import re
from pathlib import Path

from dubber.languages import FLAGS, SHORTEST_NAME, tag_in_name

ALONE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")  # as a whole name: It.srt is a film, it.srt Italian


def language_of(path: Path, film: Path) -> str:
    """The tag in a subtitle file's name: Film.pt-BR.sdh.vtt, pt-BR.vtt, Film.German.srt, 2_English.srt have one.

    It is the last word but for flags (forced, sdh); a word of the film's own name is none.
    """
    rest = _beside(path.stem, film.stem)
    words = [word for word in rest.split(".") if word.casefold() not in FLAGS]
    if not words:
        return ""
    if len(words) == 1 and rest == path.stem:
        return _alone(words[0])
    return tag_in_name(words[-1])


def renamed(path: Path, told: str, tag: str) -> str:
    """How the file would say its language: Film.srt and Film.en.srt become Film.TAG.srt."""
    kept = [part for place, part in enumerate(path.stem.split(".")) if not (place and told and _means(part, told))]
    return ".".join([*kept, f"{tag}{path.suffix}"])


def _beside(name: str, film: str) -> str:
    """What a subtitle file's name has beside the film's, or all of it where it is called otherwise."""
    if name == film:
        return ""
    return name[len(film) + 1 :] if name.startswith(f"{film}.") else name


def _alone(word: str) -> str:
    """The tag of a whole name: a code in small letters, or a language's name, be it numbered."""
    last = re.split(r"[_ ]", word)[-1]
    if ALONE.fullmatch(word):
        return tag_in_name(word)
    return tag_in_name(last) if len(last) >= SHORTEST_NAME else ""


def _means(word: str, tag: str) -> bool:
    return tag_in_name(word) == tag
