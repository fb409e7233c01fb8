"""What the styles and names of ASS events mean: speech or a sign, a song, a note; a person or a layout."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import Draft
from dubber.subtitles.settings import SONG_STYLES, Reading
from dubber.subtitles.speakers import shape

MOST = 0.8  # a file with more of its text placed than this uses places as layout
SENTENCE = 4  # words; a Name of more is no name
LAYOUT = 0.7  # of a file's events: the style that has more than this is its layout, whatever it is called
SUNG = 0.8  # of a style's events shown together with a song's, before they are its translation
FEW = 3  # events of a style that prove nothing about songs
# As Name of an event, where Aegisub's actor field marks what the style does not.
SIGNS = ("sign", "sign[-_ 0-9]*", "signs", "signs[-_ 0-9]*")
NOTES = (
    "note",
    "notes",
    "nota",
    "notas",
    "comment*",
    "coment*",
    "kommentar*",
    "remarque*",
    "anmerkung*",
    "notiz*",
    "tn",
    "t/n",
    "tl note*",
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One Dialogue event. text: without codes and drawings; placed: at a position of its own."""

    number: int
    window: Window
    style: str
    name: str
    effect: str
    text: str
    placed: bool


@lru_cache(maxsize=4096)  # a file has few styles and names, and a cue for each of them again and again
def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name fits one of the wildcards; case and accents do not count."""
    folded = _folded(name.strip())
    return any(fnmatchcase(folded, _folded(pattern)) for pattern in patterns)


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )


def without_signs(events: Sequence[Happening], reading: Reading, draft: Draft) -> list[Happening]:
    """The events that are speech, by the profile's rule; the others go on the list."""
    placed = sum(event.placed for event in events)
    layout = reading.positioned == "auto" and placed > MOST * len(events)
    if layout and placed:
        draft.notes.append("nearly all text has a place of its own, so places are layout and are spoken")
    skip_placed = reading.positioned == "skip" or (reading.positioned == "auto" and not layout)
    talkers = {event.name for event in events if not event.placed and person(event.name, reading)}
    sung = _translations(events, reading)
    kept = []
    for event in events:
        reason = _sign(event, reading, skip_placed and event.name not in talkers)
        if not reason and event.style in sung:
            reason = f"style {event.style}: shown with a song, as its translation"
        if reason:
            draft.left_out.append(LeftOut(event.number, event.text.replace("\n", " "), reason))
        else:
            kept.append(event)
    return kept


def _sign(event: Happening, reading: Reading, skip_placed: bool) -> str:
    style = event.style.lstrip("*")
    if matches(style, reading.sign_styles):
        return f"style {event.style}: a sign, a song or a note"
    if matches(event.name, SIGNS):
        return f"name {event.name}: a sign"
    if matches(event.name, NOTES):
        return "a translator's note"
    if skip_placed and event.placed:
        return "a sign: text at a place in the picture"
    if reading.only_styles and not matches(style, reading.only_styles):
        return f"style {event.style}: not among the styles to speak"
    if event.effect.casefold() == "fx":
        return "made by a karaoke template"
    return ""


def _translations(events: Sequence[Happening], reading: Reading) -> set[str]:
    """The styles that are shown nearly always while a song is: its translation."""
    songs = tuple(pattern for pattern in reading.sign_styles if pattern in SONG_STYLES)
    styles = {event.style: matches(event.style.lstrip("*"), songs) for event in events}
    sung = _joined(event.window for event in events if styles[event.style])
    if not sung:
        return set()
    starts = [window.start for window in sung]
    shown = Counter(event.style for event in events)
    together: Counter[str] = Counter()
    for event in events:
        place = bisect_left(starts, event.window.end) - 1
        together[event.style] += place >= 0 and sung[place].overlaps(event.window)
    return {
        style
        for style, count in shown.items()
        if not styles[style] and FEW < count < LAYOUT * len(events) and together[style] >= SUNG * count
    }


def _joined(windows: Iterable[Window]) -> list[Window]:
    """The stretches of time that the windows cover, in order."""
    joined: list[Window] = []
    for window in sorted(windows):
        if joined and window.start <= joined[-1].end:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return joined


def person(name: str, reading: Reading) -> str | None:
    """The speaker whom an event's Name names: not "NTP", a number, a sentence, or a remark in brackets."""
    name = " ".join(name.split())
    if not name or not name[0].isalnum() or not any(letter.isalpha() for letter in name):
        return None
    if len(name.split()) > SENTENCE or name[-1] in "!?…:," or matches(name, reading.nobody):
        return None
    return name


def style_speakers(events: Sequence[Happening], declared: Iterable[str], reading: Reading) -> dict[str, str]:
    """The styles that stand for a person: spelled like a name, never used with a Name, not the file's main style, and
    not the only one, since layouts are spelled so too. declared: the styles in the file's head, which are the same in
    all episodes of a series, so that all are read alike."""
    told = [event for event in events if person(event.name, reading)]
    if not reading.style_speakers or 2 * len(told) > len(events):
        return {}  # the file names its speakers: whoever has no name in it is nobody
    shown = Counter(event.style for event in events)
    styles = {*shown, *declared} - {event.style for event in told}
    people = {style: " ".join(style.lstrip("*").split()) for style in styles if shown[style] <= LAYOUT * len(events)}
    people = {style: name for style, name in people.items() if _personal(name, reading)}
    return people if len(people) >= 2 else {}


def _personal(name: str, reading: Reading) -> bool:
    letters = name.replace(" ", "").replace(".", "")
    if len(letters) <= 2 or not letters.isalpha() or not shape(name):
        return False
    return not matches(name, (*reading.plain_styles, *reading.sign_styles, *reading.nobody))
