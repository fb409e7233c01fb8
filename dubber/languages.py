"""Language tags (BCP 47), whatever people and containers write for them: pt-BR, pt_br, por, ger, Deutsch. PURE.

The codes are ISO 639's and the names Unicode's (CLDR), both from langcodes. Importing it takes longer than reading a
subtitle file does, so that it is asked only about what the two-letter codes below do not answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

FLAGS = frozenset({"default", "forced", "foreign", "sdh", "hi", "cc"})  # what else a subtitle file's name says of it
BARE = re.compile(r"[a-z]{2}")
# ISO 639-1, with what was once in it.
TWO_LETTERS = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw "
    "ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt "
    "my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm "
    "sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
EXTENDED = re.compile(r"[a-z]+-[a-z]{3}\b")  # langcodes makes yue of zh-yue, so that one that is left is none
TAG = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.IGNORECASE)
# Two letters that have another code now.
RETIRED = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro", "sh": "sr-Latn", "tl": "fil"}
THREE_ALONE = frozenset({"fil", "cmn", "yue"})  # languages of many subtitles that have three letters only
SCENE = {
    "brazilian": "pt-BR",
    "zh-chs": "zh-Hans",
    "zh-cht": "zh-Hant",
}  # what files are called, and no list of languages has
SHORTEST_NAME = 4  # letters: a shorter word is a code or none
NAME = re.compile(rf"\D{{{SHORTEST_NAME}}}")  # how a language's name begins; s01e02 is none

# Languages so alike that a few lines of text do not tell them apart: there a name or a tag decides.
CLOSE = tuple(
    frozenset(group.split())
    for group in ("nb no nn da", "hr bs sr", "id ms", "cs sk", "gl pt", "zh yue", "hi mr ne", "tl fil")
)

SURE = 0.9  # certainty from which a text's language is believed: ten of 13,000 samples say otherwise than their label


class Detected(NamedTuple):
    """The language of a text (two letters, "" when the text says nothing) and how certain that is, 0 to 1."""

    language: str
    certainty: float

    @property
    def sure(self) -> bool:
        return self.certainty >= SURE


Detect = Callable[[Sequence[str]], Detected]  # of lines of one text


@cache
def standard(word: str) -> str:
    """The tag that a person's word for a language means: eng → en, pt_br → pt-BR, Français → fr; "" for none.

    Any code of ISO 639 counts, and any name of four letters or more, in any language.
    """
    word = word.strip()
    if BARE.fullmatch(word):
        return RETIRED.get(word) or (word if word in TWO_LETTERS.split() else "")
    return _coded(word) if TAG.fullmatch(word) else _by_name(word)


@cache
def tag_in_name(word: str) -> str:
    """The tag that a word of a file's name means, "" when it is no language: en, eng, pt-BR, German; not cut or x264.

    Nearly every word of three letters is some language's code, so that only those with two letters as well count.
    """
    tag = standard(word)
    short = len(_first(tag)) == 2 or _first(tag) in THREE_ALONE
    return tag if short else ""


@cache
def base(tag: str) -> str:
    """The language of a tag without region or script, two letters where there are two: pt-BR → pt, ger → de."""
    word = tag.strip().lower().replace("_", "-").split("-")[0]
    return word if BARE.fullmatch(word) and word not in RETIRED else _first(standard(word)) or word


def three_letters(tag: str) -> str:
    """What a container's language field holds (ISO 639-2/T): en-GB → eng; "und" for what has no code."""
    import langcodes

    try:
        return langcodes.Language.get(base(tag)).to_alpha3() if tag else "und"
    except (LookupError, ValueError):
        return "und"


def same(one: str, other: str) -> bool:
    """Whether two tags name one language: fr, fre, fra and fr-CA do."""
    return bool(one) and base(one) == base(other)


@cache
def close(one: str, other: str) -> bool:
    """Whether two tags name one language, or two that are too alike to be told apart by a few lines."""
    return same(one, other) or any({base(one), base(other)} <= group for group in CLOSE)


@cache
def called(tag: str) -> str:
    """A language for people, in English, with its tag: "German (de)"."""
    import langcodes

    name = langcodes.Language.get(tag).display_name() if tag else ""
    return f"{name} ({tag})" if name and not name.startswith("Unknown") else tag


def _first(tag: str) -> str:
    return tag.split("-")[0]


def _coded(word: str) -> str:
    import langcodes

    try:
        tag = langcodes.standardize_tag(word.replace("_", "-"))
    except ValueError:
        return ""
    if EXTENDED.match(tag) or ("-" in tag and not langcodes.tag_is_valid(tag)):  # my_own, no_way; my_film
        return _by_name(tag)
    return tag if len(_first(tag)) == 3 or _first(tag) in TWO_LETTERS.split() else _by_name(word)


def _by_name(word: str) -> str:
    known = SCENE.get(word.casefold())
    if known or (word.isascii() and not NAME.match(word)):
        return known or ""
    import langcodes

    try:
        return langcodes.find(word).to_tag()
    except LookupError:
        return ""
