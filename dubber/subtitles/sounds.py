"""What is heard and not said: [door slams], (sighs), *coughs*, HE SIGHS; and which brackets hold speech.

A bracket is speech when it stands inside a sentence or holds one: "Geneva (Switzerland)", "f(x)", "(He told me.)". It
is a sound by its words, by CAPITALS, by standing alone, and by what the other brackets of the file hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from dubber.subtitles.vocabulary import CLAUSES, LANGUAGES, NOISES, PRONOUNS, QUIETLY, STEMS, TRANSCRIBED, VERBS

INNERMOST = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|（[^（）]*）|【[^【】]*】|［[^［］]*］|\{[^{}]*\}")
STARRED = re.compile(
    r"(?<![\w*])\*([^*\n]{1,60})\*(?![\w*])|(?<!\w)<([^<>\n]{1,60})>|(?<![\w_~])([_~])([^_~\n]{1,60})\3(?![\w_~])"
)
MARKED = re.compile("[*<_~]")
TAGLIKE = re.compile(r"[a-z][a-z0-9-]*")  # <static>: only a listed word makes it a sound
LEFT_COLON = re.compile(r"^\s+[:：]\s", re.MULTILINE)  # of "[in Spanish]: Hola."
CODE = re.compile(r"[=/_\"]")
BRACKET = re.compile(r"[\[\](){}（）【】［］]")
UNBRACKETED = dict.fromkeys(map(ord, "[](){}（）【】［］"), " ")
# Brackets that are speech, while others are looked for: round ones stay as they are, of others the words stay.
KEPT = {ord("\ue000"): "(", ord("\ue001"): ")", ord("\ue002"): " ", ord("\ue003"): ""}
CLOSED = re.compile("\ue003(?=\\w)")
WORD = re.compile(r"[^\W_]")
WORDS = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
CAPITALS = re.compile("[A-ZÀ-ÞА-ЯЁ]{4}")
ENDS = re.compile(r"[.?!…。？！][\"”’»)\]]*\s*$")
OPENS = re.compile(r"[.?!…。？！:;：♪\"”’»>)\]–—-]\s*$")  # behind it something new begins, so a bracket is no insertion
TITLED = re.compile(r"\W*(?:THEME )?(?:MUSIC|SONG)(?: PLAYS)?: ")  # MUSIC: "Sea Song" by The Lanterns
REFUSALS = frozenset(("no", "not", "don't", "stop", "never", "please"))
KANA = re.compile(r"[\u3040-\u30ff]+")
EASTERN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
THOUGHT = 12  # letters of Chinese or Japanese that are more than the name of a sound
SHOUTED = re.compile(r"[^\W\d_]{3}")
FORMULA = re.compile(r"[\d=+*/^<>≈√∞∂∑∫λπθ]")
NEAR = 300  # letters on either side of a bracket that say where it stands
SHORT = 3  # words in round brackets that are a sound where nothing else is said and the file shows no habit
LEAST = 2  # bracketed sounds, before a file is one that describes sounds


def forms(verb: str) -> Iterator[str]:
    """Of "sigh" its "sighs" and "sighing"; of "hum" its "hums" and "humming"."""
    hissing = verb.endswith(("s", "sh", "ch", "x", "z"))
    yield verb[:-1] + "ies" if verb.endswith("y") and verb[-2] not in "aeou" else verb + ("es" if hissing else "s")
    yield (verb[:-1] if verb.endswith("e") else verb) + "ing"
    if re.search(r"(?:^|[^aeiou])[aeiou][bdgmnpt]$", verb):
        yield verb + verb[-1] + "ing"


QUIET = QUIETLY | LANGUAGES
SOUNDS = NOISES | {form for verb in VERBS for form in forms(verb)}


class Place(NamedTuple):
    """Where a bracket stands. opening: the character that opens it; alone: nothing else is said; start, end: nothing is
    said before or behind it in its sentence; glued: it touches the word before, as in f(x)."""

    opening: str
    alone: bool
    start: bool
    end: bool
    glued: bool


@dataclass(frozen=True, slots=True)
class Habits:
    """How a file describes sounds. shouting: it is all in capitals, which then mean nothing; described: the kinds of
    brackets that hold its sounds."""

    shouting: bool = False
    described: frozenset[str] = field(default_factory=frozenset)


def habits(texts: Iterable[str]) -> Habits:
    """What the texts of a file (one a cue) show of its brackets and capitals."""
    shouting = cased = 0
    sounds: Counter[str] = Counter()
    spoken: Counter[str] = Counter()
    for text in texts:
        shouting += text.isupper()
        cased += not text.isupper() and text.upper() != text
        if not BRACKET.search(text):
            continue
        for match in INNERMOST.finditer(text):
            place, inside = _place(text, match), match.group()[1:-1]
            if listed(inside) and not set(inside.casefold().split()) & TRANSCRIBED:
                sounds[place.opening] += 1
            elif WORD.search(inside) and (place.glued or not place.start):
                spoken[place.opening] += 1
    described = frozenset(kind for kind in sounds if sounds[kind] >= max(LEAST, 2 * spoken[kind]))
    return Habits(shouting > cased, described)


@lru_cache(maxsize=4096)  # a file has few descriptions, and a cue for each of them again and again
def listed(inside: str) -> bool:
    """Whether words are surely those of a sound: "sighs", "DOOR SLAMS", "seufzt", "笑"."""
    folded = inside.casefold()
    words = WORDS.findall(folded)
    if any(word in SOUNDS for word in words) or (len(words) > 1 and words[-1] in VERBS):
        return True
    return bool(STEMS.search(folded))


def without_sounds(text: str, habits: Habits) -> tuple[str, list[str]]:
    """What is said of a turn (lines kept), and the sounds in it."""
    found: list[str] = []
    if MARKED.search(text):
        text = STARRED.sub(lambda match: _starred(match, found), text)
    for _ in range(5 if BRACKET.search(text) else 0):
        text, count = INNERMOST.subn(lambda match: _bracket(match, habits, found), text)
        if not count:
            break
    if found:
        text = LEFT_COLON.sub("", text)
    text = CLOSED.sub(" ", text).translate(UNBRACKETED).translate(KEPT)  # what is left was never closed
    if not habits.shouting and CAPITALS.search(text):
        text = "\n".join(_without_capitals(line, found) for line in text.split("\n"))
    return text, found


def with_sounds(text: str) -> str:
    """What is said of a turn when its sounds are said too: the marks around them go."""
    text = STARRED.sub(lambda match: match.group()[1:-1] if _sound_in(match) else match.group(), text)
    return text.translate(UNBRACKETED)


def _starred(match: re.Match[str], found: list[str]) -> str:
    if not _sound_in(match):
        return match.group()
    found.append(match.group())
    return " "


def _sound_in(match: re.Match[str]) -> bool:
    starred, angled, _, waved = match.groups()
    inside = starred or waved
    return in_angles(angled) if angled else listed(inside) and not _sentence(inside, _folded(inside))


def in_angles(inside: str) -> bool:
    """Whether what stands between "<" and ">" is a sound: "Gasps", "door slams", "clears throat"; no tag."""
    if CODE.search(inside):
        return False
    words = _folded(inside)
    if listed(inside):
        return not _sentence(inside, words)
    return not TAGLIKE.fullmatch(inside) and bool(words) and QUIET.issuperset(words)


def _folded(text: str) -> list[str]:
    return WORDS.findall(text.casefold())


def _bracket(match: re.Match[str], habits: Habits, found: list[str]) -> str:
    inside = match.group()[1:-1]
    if not WORD.search(inside):
        return " "
    if _sounds(inside, _place(match.string, match), habits):
        found.append(match.group())
        return " "
    return f"\ue000{inside}\ue001" if match.group()[0] in "(（" else f"\ue002{inside}\ue003"


def _place(text: str, match: re.Match[str]) -> Place:
    before, after = text[max(match.start() - NEAR, 0) : match.start()], text[match.end() : match.end() + NEAR]
    nothing_before = not WORD.search(INNERMOST.sub(" ", before))
    nothing_after = not WORD.search(INNERMOST.sub(" ", after))
    start = nothing_before or bool(OPENS.search(before))
    glued = before[-1:].isalnum()
    return Place(match.group()[0], nothing_before and nothing_after, start, nothing_after, glued)


def _sounds(inside: str, place: Place, habits: Habits) -> bool:
    """Whether a bracket's words are a sound."""
    words = _folded(inside)
    if listed(inside):
        return not _sentence(inside, words)
    described = place.opening in habits.described
    if FORMULA.search(inside) or (place.glued and not EASTERN.search(inside)) or all(len(word) == 1 for word in words):
        return place.alone and described  # f(x), (L-1), [1], (1948)
    if place.opening in "（【［" or EASTERN.search(inside):
        return _eastern(inside, place, described)
    quiet = any(word in QUIETLY for word in words)
    if SHOUTED.search(inside) and inside.isupper() and not habits.shouting:
        return place.start or described or quiet
    if len(words) == 1 and words[0] in VERBS and (place.opening == "[" or place.start):
        return True  # [beep]
    if len(words) == 2 and words[0] in ("in", "speaking", "en", "em", "auf") and words[1] in LANGUAGES:
        return place.start
    if _says(inside, words):
        return False
    doing = len(words) > 1 and words[-1].endswith("ing")
    if described:
        return place.start or place.end or doing
    if place.alone:
        return place.opening == "[" or quiet or len(words) <= SHORT
    return place.start and (quiet or (place.opening == "[" and doing))


def _eastern(inside: str, place: Place, described: bool) -> bool:
    """The same for Chinese and Japanese, where no blanks show what is glued: a reading behind its word is not said
    twice, a thought is said."""
    if KANA.fullmatch(inside) and not place.start:
        return True
    thought = ENDS.search(inside) or len(inside) >= THOUGHT or (len(inside) >= 8 and KANA.match(inside[-1]))
    return described and place.start and not thought


def _says(inside: str, words: list[str]) -> bool:
    """Whether words that describe no sound are a sentence or a part of one."""
    if len(words) >= 2 and (words[0] in CLAUSES or any(word in PRONOUNS for word in words)):
        return True
    return len(words) >= 3 and bool(ENDS.search(inside))


def _sentence(inside: str, words: list[str]) -> bool:
    """Whether a sentence only tells of a sound, as "(I heard her laughing all night.)" does."""
    if inside.isupper() or not ENDS.search(inside):
        return len(words) >= 4 and words[0] in PRONOUNS and not inside.isupper()
    return len(words) >= 6 or (len(words) >= 4 and any(word in PRONOUNS for word in words))


def _without_capitals(line: str, found: list[str]) -> str:
    """A line without the sound that British captions set in CAPITALS: "HE SIGHS", "What?! LAUGHTER"."""
    if TITLED.match(line):
        found.append(line)
        return ""
    words = line.split()
    upper = [word.isupper() for word in words]
    leading = next((place for place, big in enumerate(upper) if not big), len(words))
    if leading and (_is_bare_sound(words[:leading]) or (leading == len(words) and _all_quiet(words))):
        found.append(" ".join(words[:leading]))
        return " ".join(words[leading:])
    trailing = len(words) - next((place for place, big in enumerate(reversed(upper)) if not big), len(words))
    if trailing < len(words) and ENDS.search(words[trailing - 1]) and _is_bare_sound(words[trailing:]):
        found.append(" ".join(words[trailing:]))
        return " ".join(words[:trailing])
    return line


def _is_bare_sound(words: list[str]) -> bool:
    plain = [word.casefold() for word in words]
    if len(plain) > 6 or not all(WORDS.fullmatch(word) for word in plain):
        return False  # with "!" or "?" somebody shouts it
    if set(plain) & (PRONOUNS | REFUSALS):
        return False
    foreign = plain[-1] in LANGUAGES and any(word in ("speaks", "speak", "speaking") for word in plain)
    return foreign or listed(" ".join(plain))


def _all_quiet(words: list[str]) -> bool:
    """Whether a whole line is "MUSIC" or "DOOR OPENS": words that are a sound only where nothing else is said."""
    return all(word.casefold() in QUIETLY for word in words)
