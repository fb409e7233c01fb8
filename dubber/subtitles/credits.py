"""Credits, adverts, watermarks and translators' notes: text of a subtitle file that nobody in the film says.

The rules are data (credits.toml, each with its source). A short line that begins with "#" and comes back, "#GROUP", is
a watermark.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from dubber.errors import InputError
from dubber.model import LeftOut
from dubber.subtitles.blocks import Block
from dubber.subtitles.settings import Reading
from dubber.subtitles.vocabulary import ARTICLES, words

CREDIT = "a credit or an advert"
NOTE = "a translator's note"
WATERMARK = re.compile(r"[#@][^\W\d][\w.-]{1,30}(?:[ _-]\w+)?|\W*(?:https?://|www\.)\S+\W*")
ENDED = re.compile(r"[.?!…。？！♪][\"”’»)\]]*\s*$")
OFTEN = 2  # times that a file shows a watermark
DECORATION = re.compile(r"^\W+")
DOTTED = re.compile(r"\w\.[A-Za-z]{2}")
JOINED = r"\s?(?:[,/&+-]|\b(?:and|und|et|e|y|en|og|och|a|i|и|és|ve)\b)\s?"  # "Synced & corrected"
EDGE = 5  # cues at either end of a file, where credits stand
ENDING = r"\.(?:org|com|net|biz|info|tv|eu|[a-z]{2})\b"
# Behind "by": somebody who is named, not "my sister" or "hand".
NOBODY = words(
    "a an the my your his her its our their this that these those hand me you him us them it mistake heart machine "
    "god day "
    "night law force itself himself herself myself then now who what someone somebody anyone everyone default "
    "der die das den dem einem einer mir dir ihm ihr uns le la les un une moi toi lui el los una mí ti él ella mim "
    "você ele ela "
    "il lo gli me te lui lei"
)
# Capitals, digits, an address, or a script without capitals.
NAMED = re.compile(r"[\W_]*[^\W\d_a-zß-öø-ÿ]|.*[\d_@]|.*\.\w|[^a-z]+$")
BRACKETED = re.compile(r"\W*(?:\[[^\[\]]*\]|\([^()]*\)|\{[^{}]*\}|（[^（）]*）|【[^【】]*】)\W*")


@dataclass(frozen=True, slots=True)
class _Rules:
    """The data, made ready. starts: the first letters of all that a line may begin with, to pass over most lines."""

    starts: frozenset[str]
    notes: re.Pattern[str]
    begins: re.Pattern[str]
    roles: re.Pattern[str]
    sites: re.Pattern[str]
    holds: tuple[str, ...]


@cache
def _rules() -> _Rules:
    rules: list[dict[str, Any]] = tomllib.loads(files("dubber.subtitles").joinpath("credits.toml").read_text("utf-8"))[
        "rule"
    ]
    phrases = [phrase for rule in rules for phrase in (*rule.get("begins", ()), *rule.get("roles", ()))]
    done = "|".join(
        rf"{_any(rule['roles'])}(?:{JOINED}[\w-]+){{0,4}}\s?(?:[:：]|\b{_any(rule['by'])}\b)"
        for rule in rules
        if "roles" in rule
    )
    return _Rules(
        starts=frozenset(_start(phrase.lstrip("[(")) for phrase in phrases),
        notes=_regex(_any(_all(rules, "begins", note=True))),
        begins=_regex(_any(_all(rules, "begins", note=False), whole=True)),
        roles=_regex(rf"(?:{done})\s*(?P<name>\S[^\n]{{0,80}})"),
        sites=_regex(rf"(?<![\w@-])(?:www\.)?{_any(_all(rules, 'sites'))}{ENDING}"),
        holds=tuple(_all(rules, "holds")),
    )


def _all(rules: list[dict[str, Any]], key: str, note: bool = False) -> list[str]:
    return [phrase for rule in rules if rule.get("note", False) is note for phrase in rule.get(key, ())]


def _any(phrases: Iterable[str], whole: bool = False) -> str:
    """A pattern for one of the phrases. whole: a letter at its end ends a word, where blanks stand between words."""
    longest = sorted(phrases, key=len, reverse=True)
    ends = [r"\b" if whole and "a" <= phrase[-1].casefold() < "\u2e80" else "" for phrase in longest]
    return "(?:" + "|".join(re.escape(phrase) + end for phrase, end in zip(longest, ends, strict=True)) + ")"


def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _start(text: str) -> str:
    return text[:2].casefold()


def without_credits(blocks: Sequence[Block], reading: Reading) -> tuple[list[Block], list[LeftOut]]:
    """The blocks as far as they are dialogue, and the rest with its reason."""
    if reading.credits == "speak":
        return list(blocks), []
    own = _own(reading.credit_patterns)
    texts = ["\n".join(part.text for part in block.parts) for block in blocks]
    marks = Counter(text for text in texts if text[:1] in "#@" or "www." in text or "://" in text)
    kept, left = [], []
    for place, (block, text) in enumerate(zip(blocks, texts, strict=True)):
        edge = place < EDGE or place >= len(blocks) - EDGE
        found = _found(text, own, edge)
        if marks[text] >= OFTEN and WATERMARK.fullmatch(text):
            found = _Found("a watermark that repeats", 0)
        if not found:
            kept.append(block)
            continue
        lines = text.split("\n")
        end = found.end or len(lines)
        dialogue = "\n".join([*lines[: found.line], *lines[end:]])
        before = not found.line or ENDED.search(lines[found.line - 1])
        whole = not dialogue or len(block.parts) > 1 or not before
        words = text if whole else "\n".join(lines[found.line : end])
        left.append(LeftOut(block.number, " ".join(words.split()), found.reason))
        kept.append(replace(block, parts=() if whole else (block.parts[0]._replace(text=dialogue, colours=()),)))
    return kept, left


def _own(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """The profile's patterns as one. Raises InputError for one that is no regular expression."""
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            advice = "reading.credit_patterns takes regular expressions of Python"
            raise InputError(f"{pattern!r} is no regular expression: {error}", advice=advice) from None
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE) if patterns else None


class _Found(NamedTuple):
    """Why a cue is no dialogue, the line on which that begins, and the line before which it ends (None: the last)."""

    reason: str
    line: int
    end: int | None = None


def _found(text: str, own: re.Pattern[str] | None, edge: bool) -> _Found | None:
    """What of a cue's text is no dialogue. edge: the cue is among the file's first or last."""
    rules = _rules()
    if (own and own.search(text)) or (DOTTED.search(text) and rules.sites.search(text)):
        return _Found(CREDIT, 0)
    folded = text.casefold()
    if any(phrase in folded for phrase in rules.holds):
        return _Found(CREDIT, 0)
    raw = text.split("\n")
    lines = [DECORATION.sub("", line) for line in raw]
    roles = []
    for place, line in enumerate(lines):
        if _start(line) not in rules.starts or (place and _goes_on(raw[place - 1], line)):
            continue
        if rules.notes.match(line) or rules.notes.match(raw[place].lstrip()):
            return _Found(NOTE, place)
        closed = bool(BRACKETED.fullmatch(raw[place]))
        if rules.begins.match(line):
            return _Found(CREDIT, place, place + 1 if closed else None)
        role = rules.roles.match(line if closed else "\n".join(lines[place : place + 2]))
        if role and _names(role["name"]):
            if closed:
                return _Found(CREDIT, place, place + 1)
            sure = edge or role.group()[: role.start("name")].rstrip()[-1] not in ":："
            roles += [place] * (2 if sure else 1)  # "Correction: Anna" in the middle of a film may be said
    return _Found(CREDIT, roles[0]) if len(roles) >= 2 else None


def _goes_on(before: str, line: str) -> bool:
    """Whether a line goes on with a sentence, as "edited by Anna." does with "The film was"."""
    last = before.split()[-1:]
    return line[:1].islower() and bool(last) and last[0].isalpha() and last[0].islower()


def _names(rest: str) -> bool:
    """Whether the words behind "translated by" are a name: few, capitals or one word, no sentence."""
    rest = rest.strip(" =~*-–—|<>()[]{}（）【】♪")
    said = rest.split()
    if len(said) > 1 and said[0].casefold() in ARTICLES and NAMED.match(said[1]) and not rest.endswith("."):
        said = said[1:]  # "the Harbour Society"
    if not said or len(said) > 8 or rest[-1] in "?!" or said[0].casefold().strip(".,;:") in NOBODY:
        return False
    if len(said) == 1:
        return not rest.endswith(".")
    named = [word for word in said if NAMED.match(word)]
    return len(named) * 3 >= len(said) * 2 and not (rest.endswith(".") and len(said) > 4)
