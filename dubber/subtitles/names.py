"""Who speaks, learned from the whole file: "ANNA: Hi", "[ANNA] Hi", "(ANNA) Hi".

One line proves little: "Note: this" looks like a speaker and "[Sighs] I know" like another. So every line's beginning
is collected first, and a name has to be spelled like one, come back, and never be used as a sound.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from dubber.subtitles.vocabulary import NOT_NAMES, SOUNDS

# A name and its colon; in between perhaps how it is said: "MARTA (whispering): ..."
COLON = re.compile(
    r"(?P<name>[^\s:：\[\](){}<>♪♫\"“”?!…,;][^:：\[\](){}<>♪♫\"“”?!…,;\n]{0,39})"
    r"(?:\s?(?P<how>\([^()\n]{0,60}\)|\[[^\[\]\n]{0,60}\]))?\s?(?::(?=\s|$|[^\W\d_A-Za-z]|[\"“'‘¿¡.…-])|：)\s*"
)
BRACKET = re.compile(
    r"(?:\[(?P<square>[^\[\]\n]{1,40})\]|\((?P<round>[^()\n]{1,40})\)|【(?P<thick>[^【】\n]{1,40})】|"
    r"（(?P<wide>[^（）\n]{1,40})）|［(?P<broad>[^［］\n]{1,40})］)\s*"
    r"(?P<colon>[:：]?)\s*"
)
OPENING = ("[", "(", "【", "（", "［")
MARKS = re.compile(r"^(?:\s|>>+|[-‐‑–—−](?![-\d]))+")
INSIDE = re.compile(r"(?<![\[(\w])[^\W\d_]+(?![\])\w:])")  # a word that is neither bracketed nor before a colon
WORDS = 4


@dataclass(frozen=True, slots=True)
class Prefix:
    """A speaker at the beginning of a line: the name as it stands there and as the file spells it mostly, the sound
    between name and colon, the rest of the line."""

    label: str
    name: str
    how: str
    rest: str


@dataclass(frozen=True, slots=True)
class Names:
    """The speakers that a file's prefixes name: folded name → spelling, by colon and by bracket."""

    colon: Mapping[str, str] = field(default_factory=dict)
    bracket: Mapping[str, str] = field(default_factory=dict)

    def prefix(self, line: str) -> Prefix | None:
        """The speaker whom a line begins with; None when it begins with none."""
        bracket = BRACKET.match(line) if line[:1] in OPENING else None
        if bracket:
            name = fold(_inside(bracket))
            known = self.bracket.get(name) or self.colon.get(name)
            return Prefix(_inside(bracket), known, "", line[bracket.end() :]) if known else None
        colon = COLON.match(line) if ":" in line or "：" in line else None
        if not colon:
            return None
        known = self.colon.get(fold(colon["name"])) or self.bracket.get(fold(colon["name"]))
        return Prefix(colon["name"], known, colon["how"] or "", line[colon.end() :]) if known else None


@lru_cache(maxsize=4096)  # a file has few names, and a line for each of them again and again
def fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(slots=True)
class _Evidence:
    """What a file shows of one name: how often it begins a line, its spellings, whether it ever stands alone."""

    count: int = 0
    alone: int = 0
    colon: int = 0
    spellings: Counter[str] = field(default_factory=Counter)

    @property
    def spelling(self) -> str:
        return min(self.spellings, key=lambda spelling: (-self.spellings[spelling], spelling))


def learn(texts: Iterable[str], known: Iterable[str] = ()) -> Names:
    """The names that the texts (one a cue or voice, lines kept) use as prefixes. known: names given beforehand."""
    texts = list(texts)
    colons: dict[str, _Evidence] = {}
    brackets: dict[str, _Evidence] = {}
    shouting = cased = 0
    for text in texts:
        lines = [MARKS.sub("", line) for line in text.split("\n")]
        for place, line in enumerate(lines):
            shouting += line.isupper()
            cased += not line.isupper() and line.upper() != line
            if line[:1] in OPENING or ":" in line or "：" in line:
                _note(line, "".join(lines[place + 1 :]), colons, brackets)
    capitals = shouting <= cased  # in a file that shouts all the time capitals mean nothing
    given = {fold(name): " ".join(name.split()) for name in known if name.strip()}
    accepted = _colons(colons, capitals, len(texts))
    accepted = {**accepted, **{name: given[name] for name in given if name in colons}}
    squared = _brackets(brackets, {**given, **accepted}, capitals, texts)
    return Names(accepted, squared)


def _note(line: str, below: str, colons: dict[str, _Evidence], brackets: dict[str, _Evidence]) -> None:
    bracket = BRACKET.match(line)
    if bracket:
        evidence = brackets.setdefault(fold(_inside(bracket)), _Evidence())
        evidence.spellings[" ".join(_inside(bracket).split())] += 1
        evidence.colon += bool(bracket["colon"])
        if line[bracket.end() :].strip() or below.strip():
            evidence.count += 1
        else:
            evidence.alone += 1
        return
    colon = COLON.match(line)
    if colon and (line[colon.end() :].strip() or below.strip()):
        evidence = colons.setdefault(fold(colon["name"]), _Evidence())
        evidence.spellings[" ".join(colon["name"].split())] += 1
        evidence.count += 1


def _inside(bracket: re.Match[str]) -> str:
    return next(filter(None, bracket.group("square", "round", "thick", "wide", "broad")), "").rstrip(":： ")


def shape(name: str) -> str:
    """How a name is spelled: CAPITALS, Title, caseless (a script without capitals), or nothing like a name."""
    words = name.split()
    if not 1 <= len(words) <= WORDS or not name[0].isalpha() or {fold(word.strip(".")) for word in words} & NOT_NAMES:
        return ""
    letters = [letter for letter in name if letter.isalpha()]
    if all(letter.isupper() for letter in letters):
        return "capitals"
    cased = [place for place, letter in enumerate(letters) if letter.isupper() or letter.islower()]
    if not cased or (cased == [len(letters) - 1] and len(letters) > 1):  # 男Ａ, 男Ｂ: the first and the second man
        return "caseless" if len(name) <= 12 else ""
    small = {"of", "the", "and", "de", "la", "van", "von", "der", "di", "da", "du", "le", "el"}
    titled = all(word[0].isupper() or not word[0].isalpha() or word in small for word in words)
    return "title" if titled and words[0][0].isupper() else ""


def _colons(found: dict[str, _Evidence], capitals: bool, cues: int) -> dict[str, str]:
    """Which "NAME:" are speakers: capitals where the file has the habit, other spellings when they come back."""
    shapes = {name: shape(evidence.spelling) for name, evidence in found.items()}
    if not capitals:
        shapes = {name: "title" if spelled == "capitals" else spelled for name, spelled in shapes.items()}
    habits = Counter(shapes[name] for name, evidence in found.items() for _ in range(evidence.count))
    good = {}
    for name, evidence in found.items():
        spelled = shapes[name]
        returns = evidence.count >= 2
        habit = habits["capitals"] >= 2 or habits["capitals"] * 5 >= cues
        often = habits[spelled] >= 3 and habits[spelled] * 3 >= cues
        if (spelled == "capitals" and habit) or (spelled and (returns or often)):
            good[name] = evidence.spelling
    return good


def _brackets(
    found: dict[str, _Evidence], known: Mapping[str, str], capitals: bool, texts: list[str]
) -> dict[str, str]:
    """Which "[NAME]" are speakers; all others are sounds."""
    good = {}
    likely = {}
    for name, evidence in found.items():
        if name in known:
            good[name] = known[name]
            continue
        spelled = shape(evidence.spelling)
        if (
            not spelled
            or evidence.alone > evidence.count // 10
            or SOUNDS.search(name)
            or name.split()[0].endswith("ing")
        ):
            continue
        likely[name] = spelled
    said = mentions(texts) if likely else set()
    for name, spelled in likely.items():
        evidence = found[name]
        plural = name.endswith("s") and " " not in name and name not in said
        returns = evidence.count >= 2 and not plural
        if evidence.colon or returns or (name in said and spelled != "caseless"):
            good[name] = evidence.spelling
    learned = [name for name in good if name in likely]
    for name, spelled in likely.items():  # one line of a speaker among others who are spelled the same way
        if name not in good and len(learned) >= 2 and not name.endswith("s") and spelled == likely[learned[0]]:
            good[name] = found[name].spelling
    return good


def mentions(texts: Iterable[str]) -> set[str]:
    """Capitalised words inside the speech: people are called by their names."""
    called: set[str] = set()
    common: set[str] = set()  # also written small: "[It] is so" names nobody, though sentences begin with "It"
    for text in texts:
        for word in INSIDE.findall(text):
            (called if word[0].isupper() else common).add(word.casefold())
    return called - common
