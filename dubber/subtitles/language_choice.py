"""In which language a version is spoken: what was said of it, compared with what its text is. PURE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dubber import languages, writing_systems
from dubber.languages import Detect, Detected
from dubber.model import Cue

NO_LANGUAGE = frozenset({"", "und", "mul", "mis", "zxx", "unk"})
ODD_LETTERS = 4  # of another script, before a single line is named
LONG_LINE = 25  # letters from which a single line's language can be told: wrong for none of 100,000 real lines
CLEARLY = 0.97  # the certainty that this holds for
LINES_LOOKED_AT = 3000  # of a file; that takes half a second
NAMED = 5  # odd lines that a warning names
WORD = re.compile(r"\w+")


class Said(NamedTuple):
    """A language that somebody gave: its tag, and who says so ("--language", "the file's name")."""

    tag: str
    source: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The language of a version, a sentence about how it was found, what contradicts it ("" when nothing does), and the
    language that is seen instead, where it is known."""

    language: str
    note: str = ""
    doubt: str = ""
    seen: str = ""


def choose(said: Sequence[Said], found: Detected, texts: Sequence[str], default: str) -> Choice:
    """What was said first decides; where nothing was said the text does, and where that is no help, the default, or the
    likeliest language of the text's letters when the default is not written in them.

    A text that is surely in another language than was said is a doubt; so are two languages that were said of one
    file. Between languages that are too alike to be told apart nothing contradicts what was said.
    """
    given = [one for one in said if languages.base(one.tag) not in NO_LANGUAGE]
    if given:
        doubt = _doubt(given, found, texts)
        return Choice(given[0].tag, doubt=doubt, seen=found.language if doubt and found.sure else "")
    if not found.sure:
        return _guess(found.language, texts, default) or Choice(default, _unsure(default), _script(default, texts))
    if languages.close(found.language, default):
        return Choice(default, f"spoken as {default!r}, which the text is in")
    note = f"spoken as {found.language!r}, which the text is in: --language or the file's name may say otherwise"
    return Choice(found.language, note)


def _guess(likeliest: str, texts: Sequence[str], default: str) -> Choice | None:
    """The likeliest language of a short text in letters that the default is not written in; None for Latin ones."""
    script, _ = writing_systems.main(texts)
    if script in ("", "Latin") or not likeliest or writing_systems.may_be(default, script):
        return None
    if not writing_systems.may_be(likeliest, script):
        return None
    note = f"spoken as {likeliest!r}, a guess by its {script} letters, since the text is too short to tell"
    return Choice(likeliest, f"{note}: --language or the file's name may say otherwise")


def odd_lines(cues: Sequence[Cue], language: str, detect: Detect) -> str:
    """The lines that are in another script or language than all the others, in a sentence; "" when there are none."""
    step = len(cues) // LINES_LOOKED_AT + 1
    known = set[str]()  # words of lines that are surely in the language: a line of such words needs no look
    found = [(cue, what) for cue in cues[::step] if (what := _other(cue.text, language, detect, known))]
    if not found or 2 * len(found) > len(cues[::step]):
        return ""
    shown = ", ".join(f"line {cue.number} is in {what}" for cue, what in found[:NAMED])
    more = f" and {len(found) - NAMED} more are not" if len(found) > NAMED else ""
    return f"not all is in {languages.called(language)}: {shown}{more}; the voice will read that as it can"


def _other(text: str, language: str, detect: Detect, known: set[str]) -> str:
    if not text.isascii() or not writing_systems.may_be(language, "Latin"):
        script, count = writing_systems.main([text])
        if count >= ODD_LETTERS and not writing_systems.may_be(language, script):
            return f"{script} letters"
    if len(text) < LONG_LINE or sum(map(str.isalpha, text)) < LONG_LINE:
        return ""
    words = WORD.findall(text.casefold())
    if known.issuperset(words):
        return ""
    found = detect([text])
    if found.certainty < CLEARLY:
        return ""
    if not languages.close(found.language, language):
        return languages.called(found.language)
    known.update(words)
    return ""


def _doubt(given: Sequence[Said], found: Detected, texts: Sequence[str]) -> str:
    tag, source = given[0]
    spoken = f"and so it will be spoken and labelled as {tag!r}"
    if found.sure and not languages.close(found.language, tag):
        return f"the text is in {languages.called(found.language)}, but {source} says {tag!r}, {spoken}"
    other = next((one for one in given if not found.sure and not languages.close(one.tag, tag)), None)
    if other:
        return f"{other.source} says {other.tag!r}, but {source} says {tag!r}, {spoken}"
    return "" if found.sure else _script(tag, texts)


def _script(tag: str, texts: Sequence[str]) -> str:
    seen = writing_systems.strange(texts, tag)
    return f"most letters are {seen}, but it will be spoken and labelled as {tag!r}" if seen else ""


def _unsure(default: str) -> str:
    return f"spoken as {default!r}: nothing says which language it is, and the text is too short to tell"
