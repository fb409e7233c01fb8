"""Who speaks, learned from the whole file: "ANNA: Hi", "[ANNA] Hi", "[SPEAKER_00]: Hi", "(MAN ON RADIO): Hi".

One line proves little: "Note: this" looks like a speaker and "[Sighs] I know" like another. So every line's beginning
is collected first, and a name has to be spelled like one, come back or stand among its like, and never be a sound.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from dubber.subtitles.sounds import listed
from dubber.subtitles.titles import titled
from dubber.subtitles.vocabulary import CLAUSES, JOINERS, LANGUAGES, LIKE_VERBS, NOT_NAMES, PERSONS, PRONOUNS, QUIETLY

# A name and its colon; in between perhaps how it is said: "MARTA (whispering): ..."
COLON = re.compile(
    r"(?P<name>[^\s:：\[\](){}<>♪♫\"“”?!…,;][^:：\[\](){}<>♪♫\"“”?!…,;\n]{0,39}"
    r"(?:, [^\W\d_][\w'’.-]{1,20}(?: [^\W\d_][\w'’.-]{0,20})?)?)"  # Weber, Anna
    r"(?:\s?(?P<how>\([^()\n]{0,60}\)|\[[^\[\]\n]{0,60}\]))?\s?(?::(?=\s|$|[^\W\d_A-Za-z]|[\"“'‘¿¡.…-])|：)\s*"
)
# What speech recognisers call their speakers: whisperX SPEAKER_00, whisper.cpp (speaker 1), NeMo speaker_0, Amazon
# spk_0,
# AssemblyAI Speaker A, Azure Guest-1.
LABEL = re.compile(
    r"(?:(?:speaker|spkr?|guest|participant|caller|sprecher(?:in)?|locut(?:eur|rice|or|ora)|intervenante?|hablante|orador|falante|"
    r"parlante|spreker|talare|mówca|mluvčí|beszélő|konuşmacı|спикер|говорящий|диктор|话者|話者|说话人|說話人|发言人|화자)"
    r"[\s_:#-]*(?:\d{1,3}|[a-z?]|unknown)|unknown speaker|s\d{1,2})"
)
BRACKET = re.compile(
    r"(?:\[(?P<square>[^\[\]\n]{1,40})\]|\((?P<round>[^()\n]{1,40})\)|【(?P<thick>[^【】\n]{1,40})】|"
    r"（(?P<wide>[^（）\n]{1,40})）|［(?P<broad>[^［］\n]{1,40})］|{(?P<curly>[^{}\n]{1,40})}|"
    rf"[{{<](?P<label>(?i:{LABEL.pattern}))\s?:?[}}>])\s*"  # of these only labels are names
    r"(?P<colon>[:：]?)\s*"
)
OPENING = ("[", "(", "【", "（", "［", "{", "<")
# A line with nothing but a name, and on the next how it is said: "[whispering]: ..."
SPLIT = re.compile(
    r"^(?P<name>[^:：\[\](){}<>.?!…\n]{1,40})\n(?=[\[(](?P<how>[^\[\]()\n]{1,60})[\])]\s?[:：])", re.MULTILINE
)
MARKS = re.compile(r"^(?:\s|>>+|[-‐‑–—−―－](?![-\d]))+")
INSIDE = re.compile(r"(?<![\[(\w])[^\W\d_]+(?![\])\w:])")  # a word that is neither bracketed nor before a colon
GADGET = re.compile(r"\S*(?:[^\W\d_][-_\d]|[a-zß-öø-ÿ][A-ZÀ-Þ])\S*")  # cora-iPhone, user_1, iPad
DEVICE = re.compile(
    r"\s+(?:(?:on|over|via|through)\s+\S.*|in\s+(?:" + "|".join(sorted(LANGUAGES)) + r")\b.*)$", re.IGNORECASE
)
# Manners of speaking that no thunder and no dog has; languages are others.
VOICED = ("whisper", "mutter", "mumbl", "murmur", "shout", "yell")
PARTICLE = re.compile(r"\b(?:Mc|Mac|Di|De|Du|La|Le|Van|Fitz)(?=[A-ZÀ-Þ]{2})")  # McGEE is all capitals
SMALL = frozenset(
    ("of", "the", "de", "la", "van", "von", "der", "di", "da", "do", "dos", "du", "le", "el", "bin", "al", "on", "over")
)
PREPOSITIONS = frozenset(("in", "on", "over", "from", "with", "to", "at", "into", "through", "off", "by"))
WORDS = 4
LONGEST = 6  # words of "[FIRST MAN OVER THE RADIO]"
MANY = 4  # lines that begin with names, before a name that occurs once is one more of them


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
        if not (line[:1] in OPENING or ":" in line or "：" in line):
            return None
        start = _start(line)
        if not start:
            return None
        first, second = (self.bracket, self.colon) if start.bracket else (self.colon, self.bracket)
        name = fold(start.name)
        known = first.get(name) or second.get(name)
        return Prefix(start.name, known, start.how, start.rest) if known else None


class _Start(NamedTuple):
    """What a line begins with that may be a name: in a bracket, perhaps with a colon behind it, or before a colon."""

    name: str
    how: str
    rest: str
    bracket: bool
    colon: bool


def _start(line: str) -> _Start | None:
    bracket = BRACKET.match(line) if line[:1] in OPENING else None
    match = bracket or COLON.match(line)
    if not match:
        return None
    name = _inside(bracket) if bracket else match["name"].strip()
    how = "" if bracket else match["how"] or ""
    if bracket and "," in name:
        name, how = _manner(name)
    device = DEVICE.search(name)  # "MAN ON RADIO" is a man, "SAM IN ENGLISH" is Sam
    if device and device.start():
        name, how = name[: device.start()], f"{device.group().strip()} {how}".strip()
    return _Start(name, how, line[match.end() :], bool(bracket), not bracket or bool(bracket["colon"]))


def _manner(inside: str) -> tuple[str, str]:
    """Of "[ANNA, WHISPERING]" the "ANNA" and the "WHISPERING"; other commas stay."""
    name, _, how = inside.partition(",")
    return (name.strip(), how.strip()) if _tells_how(how) else (inside, "")


def _tells_how(text: str) -> bool:
    """Whether words say how something is said: "whispering", "on radio"."""
    words = text.casefold().split()
    return bool(words) and (words[0] in PREPOSITIONS or listed(text) or any(word in QUIETLY for word in words))


def with_manners(text: str) -> str:
    """A cue's text with "Anna" and "[whispering]: Come here." below it on one line."""
    return SPLIT.sub(_with_manner, text) if "\n[" in text or "\n(" in text else text


def _with_manner(match: re.Match[str]) -> str:
    named = shape(MARKS.sub("", match["name"]) or "-") and _tells_how(match["how"])
    return f"{match['name']} " if named else match.group()


@lru_cache(maxsize=4096)  # a file has few names, and a line for each of them again and again
def fold(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(slots=True)
class _Evidence:
    """What a file shows of one name: how often it begins a line, a cue, stands alone, has a colon, follows ">>" or is
    told how it speaks (marked before a colon, told in a bracket), and how often a sentence begins behind it."""

    count: int = 0
    first: int = 0
    alone: int = 0
    colon: int = 0
    marked: int = 0
    told: int = 0
    begun: int = 0
    spellings: Counter[str] = field(default_factory=Counter)

    @property
    def spelling(self) -> str:
        return min(self.spellings, key=lambda spelling: (-self.spellings[spelling], spelling))


@dataclass(slots=True)
class _File:
    """What a file's texts show: prefixes by folded name, whether capitals mean something, the words of its speech."""

    texts: list[str]
    colons: dict[str, _Evidence] = field(default_factory=dict)
    brackets: dict[str, _Evidence] = field(default_factory=dict)
    capitals: bool = True
    said: tuple[set[str], set[str]] | None = None

    def called(self, name: str) -> bool:
        """Whether the speech calls somebody by this name: people are called by their names."""
        return name in self._words()[0] - self._words()[1]

    def common(self, name: str) -> bool:
        """Whether all words of a name are ordinary words of the speech: "[It] is so", "Fine: go"."""
        return all(word in self._words()[1] for word in name.split())

    def _words(self) -> tuple[set[str], set[str]]:
        if self.said is None:
            self.said = _words(self.texts)
        return self.said


def learn(texts: Iterable[str], known: Iterable[str] = ()) -> Names:
    """The names that the texts (one a cue or voice, lines kept) use as prefixes. known: names given beforehand."""
    file = _File(list(texts))
    shouting = cased = 0
    for text in file.texts:
        lines = text.split("\n")
        for place, line in enumerate(lines):
            shouting += line.isupper()
            cased += not line.isupper() and line.upper() != line
            bare = MARKS.sub("", line)
            if bare[:1] in OPENING or ":" in bare or "：" in bare:
                _note(
                    bare,
                    file,
                    first=place == 0,
                    below="".join(lines[place + 1 :]),
                    marked=line.lstrip().startswith(">>"),
                )
    file.capitals = shouting <= cased  # in a file that shouts all the time capitals mean nothing
    given = {fold(name): " ".join(name.split()) for name in known if name.strip()}
    accepted = {**_colons(file), **{name: given[name] for name in given if name in file.colons}}
    return Names(accepted, _brackets(file, {**given, **accepted}))


def _note(line: str, file: _File, *, first: bool, below: str, marked: bool) -> None:
    start = _start(line)
    speech = bool(start and (start.rest.strip() or below.strip()))
    if not start or not start.name:
        return
    evidence = (file.brackets if start.bracket else file.colons).setdefault(fold(start.name), _Evidence())
    evidence.spellings[" ".join(start.name.split())] += 1
    evidence.colon += start.bracket and start.colon
    evidence.count += speech
    evidence.alone += not speech
    evidence.first += first
    evidence.marked += marked or (not start.bracket and _tells_how(start.how.strip("[]()")))
    manner = start.how.casefold().split() if start.bracket else []
    evidence.told += any(word.startswith(VOICED) or word in LANGUAGES for word in manner)
    evidence.begun += not next(filter(str.isalpha, start.rest + below), "-").islower()


def _inside(bracket: re.Match[str]) -> str:
    return next(filter(None, bracket.group("square", "round", "thick", "wide", "broad", "curly", "label")), "").rstrip(
        ":： "
    )


def labels(name: str) -> bool:
    """Whether a speech recogniser names a speaker so: "SPEAKER_00"."""
    return bool(LABEL.fullmatch(fold(name).rstrip(": ")))


def shape(name: str, most: int = WORDS) -> str:
    """How a name is spelled: CAPITALS, Title, caseless (a script without capitals), label (a recogniser's), or nothing
    like a name."""
    if labels(name):
        return "label"
    parts = [word for word in name.split() if fold(word) not in JOINERS] if name[0].isalpha() else []
    plain = {fold(word.strip(".")) for word in parts}
    if not 1 <= len(parts) <= most or (plain & NOT_NAMES and not plain & PERSONS):
        return ""
    letters = [letter for letter in PARTICLE.sub("X", name) if letter.isalpha()]
    if all(letter.isupper() for letter in letters):
        return "capitals"
    cased = [place for place, letter in enumerate(letters) if letter.isupper() or letter.islower()]
    if not cased or (cased == [len(letters) - 1] and len(letters) > 1):  # 男Ａ, 男Ｂ: the first and the second man
        return "caseless" if len(name) <= 12 else ""
    titled = all(word[0].isupper() or not word[0].isalpha() or word in SMALL for word in parts)
    return "title" if titled and parts[0][0].isupper() else ""


def _colons(file: _File) -> dict[str, str]:
    """Which "NAME:" are speakers: capitals where the file has the habit, other spellings when they come back."""
    found, cues = file.colons, len(file.texts)
    shapes = {name: shape(evidence.spelling) for name, evidence in found.items()}
    if not file.capitals:
        shapes = {name: "title" if spelled == "capitals" else spelled for name, spelled in shapes.items()}
    habits = Counter(shapes[name] for name, evidence in found.items() for _ in range(evidence.count))
    begun = any(COLON.match(MARKS.sub("", text)) for text in file.texts[:1])
    often = {spelled for spelled in habits if habits[spelled] >= 3 - begun and habits[spelled] * 3 >= cues}
    good = {}
    for name, evidence in found.items():
        spelled = shapes[name]
        habit = habits["capitals"] >= 2 or habits["capitals"] * 5 >= cues
        returns = evidence.count >= 2 or (spelled in often and not file.common(name))
        person = spelled == "capitals" and all(word in PERSONS or not word.isalpha() for word in name.split())
        if (
            spelled == "label"
            or person
            or (spelled == "capitals" and habit)
            or (spelled and (returns or evidence.marked))
        ):
            good[name] = evidence.spelling
    return {**good, **_once(file, good, shapes)}


def _once(file: _File, good: Mapping[str, str], shapes: Mapping[str, str]) -> dict[str, str]:
    """Names that occur once in a file with many such lines: of the same spelling, or of any where nearly every cue
    begins with a name, as meeting tools write them."""
    lines = sum(file.colons[name].count for name in good)
    if lines < MANY:
        return {}
    transcript = 2 * sum(file.colons[name].first for name in good) >= len(file.texts)
    usual = Counter(shapes[name] for name in good if file.colons[name].count >= 2)
    once = {}
    for name, evidence in file.colons.items():
        spelled = shapes[name]
        like = usual[spelled] >= 2 if spelled else False
        device = bool(GADGET.search(evidence.spelling)) or (" " not in name and name not in NOT_NAMES)
        if name in good or file.common(name) or not (like or (transcript and evidence.first and (spelled or device))):
            continue
        once[name] = evidence.spelling
    return once


def _brackets(file: _File, known: Mapping[str, str]) -> dict[str, str]:
    """Which "[NAME]" are speakers; all others are sounds or speech."""
    good = {name: known[name] for name in file.brackets if name in known}
    likely = {}
    for name, evidence in file.brackets.items():
        spelled = shape(evidence.spelling, LONGEST if evidence.colon else WORDS)
        if name in good or not evidence.count:
            continue
        if _surely(name, spelled, evidence):
            good[name] = evidence.spelling
        elif evidence.alone <= evidence.count // 10 and not listed(name):
            title = not spelled and titled(evidence.spelling) and 2 * evidence.begun > evidence.count
            if title and evidence.count >= 2:
                good[name] = evidence.spelling
            elif spelled or title:
                likely[name] = spelled or "title"
    sounding = {shape(file.brackets[name].spelling) for name in file.brackets if listed(name)}
    good |= {name: file.brackets[name].spelling for name, spelled in likely.items() if _returns(name, spelled, file)}
    learned = Counter(shape(spelling) or "title" for spelling in good.values())
    for name, spelled in likely.items():  # "[Adams]" or one line of "[Ben]", among others who are spelled the same way
        again = file.brackets[name].count >= 2
        enough = learned[spelled] >= 1 + (spelled in sounding)
        if enough and not (_doubtful(name, again, spelled in sounding) or (again and file.common(name))):
            good[name] = file.brackets[name].spelling
    return good


def _surely(name: str, spelled: str, evidence: _Evidence) -> bool:
    """Whether one line is enough: a recogniser's label, a colon behind the bracket, a person without a name."""
    said = name.split()
    if spelled == "label" or (spelled and evidence.told and not listed(name) and not set(name.split()) & QUIETLY):
        return True
    person = (
        len(said) <= LONGEST
        and said[0] not in PREPOSITIONS
        and not set(said) & (CLAUSES | PRONOUNS)
        and any(word in PERSONS for word in said)
    )
    if listed(name) and not (person and evidence.colon):
        return False
    if evidence.colon and (spelled or person or GADGET.fullmatch(evidence.spelling)):
        return True
    doing = said[-1] not in PERSONS and (_described(name) or said[-1].endswith("s"))
    return person and not doing and not evidence.alone and said[0] not in QUIETLY - PERSONS


def _returns(name: str, spelled: str, file: _File) -> bool:
    """Whether a bracketed name comes back as names do, or is heard in the speech."""
    if spelled != "caseless" and file.called(name):
        return True
    return file.brackets[name].count >= 2 and not _described(name) and not file.common(name)


def _doubtful(name: str, again: bool, sounding: bool) -> bool:
    """Whether a bracket that stands before speech once, or again, may as well be a sound: "[Bell]", "[Pleading]".
    sounding: the file's sounds are spelled like it."""
    if any(word in QUIETLY for word in name.split()):
        return sounding or _described(name)
    return name.split()[0] in PREPOSITIONS or (_described(name) and (sounding or not again))


def _described(name: str) -> bool:
    """Whether a name reads like a description: "[Pleading]", "[Warbles]", "[Wearily]", "[Guns cocking]"."""
    said = name.split()
    if said[0] in PREPOSITIONS or said[0].endswith("ing") or said[-1].endswith("ing"):
        return True
    return len(said) == 1 and name.endswith(("s", "ly", "ed")) and name not in LIKE_VERBS


def _words(texts: Iterable[str]) -> tuple[set[str], set[str]]:
    """The words of the speech that begin with a capital, and those that do not."""
    called: set[str] = set()
    common: set[str] = set()
    for text in texts:
        for word in INSIDE.findall(text):
            if word[0].isupper():
                called.add(word.casefold())
            elif word[0].islower():
                common.add(word)
    return called, common
