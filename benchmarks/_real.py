"""Real subtitle files that are dialogue in a language espeak-ng speaks."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from dubber.casting.assign import Casting, lines
from dubber.errors import DubError
from dubber.job.subtitle_files import read as read_subtitles
from dubber.model import Cast, Voice, Window
from dubber.subtitles import Reading

Film = list[tuple[Window, str, str]]  # window, speaker, text
NARRATOR = Voice("espeak", "en")
SUFFIXES = {".srt", ".vtt", ".ass", ".ssa"}
FEWEST, OVERLAPPING = 100, 0.15  # cues; the share that overlap the next, beyond which it is signs or two languages
COMMON = {
    "en": "the you and that what not this have",
    "fr": "je pas vous est que une les des",
    "de": "ich nicht das ist und du wir sie",
    "es": "que no los una por qué está usted",
    "pt": "não você uma isso para com",
    "it": "non che sono per una è di mi",
    "nl": "ik niet het een dat je van wat",
    "da": "jeg ikke det er du har til hvad",
    "pl": "nie się to na jest co mnie",
}


def dialogues(places: Sequence[Path], most: int) -> Iterator[tuple[Path, str, Film]]:
    """(file, language, film): of each folder at most so many, drawn by their names; each text once."""
    seen: set[tuple[Window, ...]] = set()
    for place in places:
        paths = [path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES] if place.is_dir() else [place]
        drawn = sorted(paths, key=lambda path: hashlib.blake2b(path.name.encode()).digest())
        yield from islice(_dialogues(drawn, seen), most)


def _dialogues(paths: Sequence[Path], seen: set[tuple[Window, ...]]) -> Iterator[tuple[Path, str, Film]]:
    for path in paths:
        try:
            cues = read_subtitles(path, Reading(), language="").cues
        except DubError:
            continue
        spoken = lines(cues, Cast(narrator=NARRATOR), Casting(merge="off"), language="")  # a cue of two has two parts
        film = [(line.window, line.speaker, line.text) for line in spoken]
        language, windows = _language([text for _, _, text in film]), tuple(window for window, _, _ in film)
        if len(film) >= FEWEST and language and windows not in seen and _overlapping(windows) <= OVERLAPPING:
            seen.add(windows)
            yield path, language, film


def _overlapping(windows: Sequence[Window]) -> float:
    return sum(a.overlaps(b) for a, b in zip(windows, windows[1:], strict=False)) / len(windows)


def _language(texts: Sequence[str]) -> str:
    """espeak-ng's name of it; empty when it is none of these, or two."""
    whole = " ".join(texts).lower()
    han, kana, cyrillic = (len(re.findall(which, whole)) for which in ("[一-鿿]", "[ぁ-ヿ]", "[а-яё]"))
    letters = max(1, sum(map(str.isalpha, whole)))
    if kana > 0.02 * letters:
        return ""
    if han > 0.8 * letters:
        return "cmn"
    if cyrillic > 0.8 * letters:
        return "ru"
    words = Counter(re.findall(r"\w+", whole))
    shares = {language: sum(words[word] for word in common.split()) for language, common in COMMON.items()}
    best = max(shares, key=lambda one: shares[one])
    return best if shares[best] > 0.04 * words.total() else ""
