"""Markup away, words kept: one pass over the text, whatever it holds.

Every pattern is linear in the text's length (possessive groups, negated classes): ten megabytes of "<" cost a second.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from dubber.subtitles.blocks import Part, visible
from dubber.subtitles.colours import line_colours
from dubber.subtitles.sounds import in_angles
from dubber.subtitles.speakers import labels
from dubber.subtitles.vocabulary import words

# <name rest>, </name>; the name may follow blanks, as hand-typed files have it.
TAG = re.compile(r"<\s*+(/?)\s*+([^<>\s./=]*+)([^<>]*+)>")
OPEN_STAMP = re.compile(r"<(?:\d{1,3}:)?\d{1,2}:\d\d[.,]\d{1,3}(?!\d|[^<>\n]*>)")
STAMP = re.compile(r"[\d:.,]+")
KNOWN = words("i b u s em strong strike del font c v lang ruby rt rp rb span p div a tt small big sub sup")
BREAKS = frozenset(("br",))
BARE = re.compile(r"[\s/]*(?:\.[^\s=]*\s*)?")  # nothing behind the name, or classes: <i>, <i/>, <c.yellow>
TAKES_WORDS = frozenset(("v", "lang"))
CUT_TAG = re.compile(r"<(?=[^<>\n]{0,8}$)[ /]*+(?:i|b|u|s|font)?[ ]*+$", re.IGNORECASE | re.MULTILINE)

OVERRIDE = re.compile(r"\{\s*+\\[^{}]*+\}|\{[A-Za-z]:[^{}\s]*+\}")  # ASS in an SRT file, MicroDVD codes
BRACES = re.compile(r"[{}]")
MARKUP = re.compile(r"[<{&\\]|-->")
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# What may hold a line break of ASS, \N or \n, or be a path of Windows.
BACKSLASHED = re.compile(r"(?<!\S)[^\s\\]*+\\\S*")
PATH = re.compile(r"(?<![A-Za-z])[A-Za-z]:\\|^\\\\\w")
BREAK = re.compile(r"\\[nN]")
# Markup of a whole line that a converter has escaped; anything else that is escaped is text: "Open a &lt;div&gt;".
WRAPPED = re.compile(
    r"^([^\w<>\n]{0,9})<\s?(i|b|u|font)(?:\s[^<>\n]*)?>([^<>]*)<\s?/\s?\2\s?>(?=[^\w<>\n]{0,9}$)",
    re.IGNORECASE | re.MULTILINE,
)


class Aside(NamedTuple):
    """Words that the markup hides, and why they are not spoken."""

    text: str
    reason: str


class Washed(NamedTuple):
    """A text without its markup: what is said, by whom, and what stood beside it."""

    parts: tuple[Part, ...]
    asides: tuple[Aside, ...]


def wash(text: str) -> Washed:
    """The text of an SRT or VTT cue: markup gone, entities decoded after that, a part for each voice span."""
    if not MARKUP.search(text):
        text = tidy(text)
        return Washed((Part(None, text),) if text else (), ())
    if "\\" in text or "{" in text:
        text = BACKSLASHED.sub(_broken_lines, OVERRIDE.sub("", text))
    text = OPEN_STAMP.sub("", text).replace("-->", " ")
    asides: list[Aside] = []
    parts: list[Part] = []
    for speaker, piece in _spans(text, asides):
        plain = tidy(unescape(CUT_TAG.sub("", piece) if "<" in piece else piece))
        if parts and parts[-1].speaker == speaker and speaker is None:
            parts[-1] = Part(None, tidy(f"{parts[-1].text}\n{plain}"))
        elif plain:
            parts.append(Part(speaker, plain))
    if len(parts) == 1 and parts[0].speaker is None:
        parts = [parts[0]._replace(colours=line_colours(text))]
    return Washed(tuple(parts), tuple(asides))


def _broken_lines(match: re.Match[str]) -> str:
    token = match.group()
    return token if PATH.search(token) else BREAK.sub("\n", token).replace("\\h", " ")


def _spans(text: str, asides: list[Aside]) -> Iterator[tuple[str | None, str]]:
    """(speaker, text) for each stretch between voice tags; what unknown tags and ruby readings hold goes aside."""
    speakers: list[str | None] = []
    said: list[str] = []
    reading: list[str] | None = None  # the small letters over a word: they would say it twice
    end = 0
    for match in TAG.finditer(text):
        (said if reading is None else reading).append(text[end : match.start()])
        end = match.end()
        closing, name, rest = match.group(1), match.group(2).casefold(), match.group(3)
        if name in ("rt", "rp"):
            reading = _ruby(reading, closing, asides)
        elif name == "v":
            yield (speakers[-1] if speakers else None), "".join(said)
            said = []
            if closing:
                speakers = speakers[:-1]
            else:
                speakers.append(_annotation(rest))
        elif name in BREAKS:
            said.append("\n")
        elif name == "ruby" and closing:
            reading = _ruby(reading, "/", asides)
        elif not _is_tag(match.group(), closing, name, rest):
            shown = not closing and (labels(name + rest) or in_angles(match.group()[1:-1].strip()))
            if shown or _speakable(name + rest) or text[match.start() - 1 : match.start()].isalnum():  # List<String>
                (said if reading is None else reading).append(match.group())
            elif name + rest.strip():
                asides.append(Aside(tidy(unescape(match.group().strip("<>"))), "in angle brackets"))
    (said if reading is None else reading).append(text[end:])
    _ruby(reading, "/", asides)
    yield (speakers[-1] if speakers else None), "".join(said)


def _ruby(reading: list[str] | None, closing: str, asides: list[Aside]) -> list[str] | None:
    if reading is not None and tidy("".join(reading)):
        asides.append(Aside(tidy(unescape("".join(reading))), "ruby reading"))
    return None if closing else []


def _is_tag(whole: str, closing: str, name: str, rest: str) -> bool:
    """Whether <name rest> is markup; "<Gasps>" and "<3 you >" are not."""
    if name in KNOWN:
        return bool(closing or name in TAKES_WORDS or "=" in rest or BARE.fullmatch(rest))
    return bool(STAMP.fullmatch((name + rest).strip())) and ":" in whole


def _speakable(inner: str) -> bool:
    """Whether "<...>" is arithmetic or a heart rather than a tag: it does not begin with a letter."""
    return not inner[:1].isalpha()


def _annotation(rest: str) -> str | None:
    """The name in <v.loud Mary Ann>."""
    classes, _, name = rest.partition(" ") if rest.startswith(".") else ("", "", rest)
    name = " ".join(visible(unescape(name)).split())
    return name or None


def unescape(text: str) -> str:
    """Entities to characters, twice, since files are escaped twice."""
    for _ in range(2):
        if "&" not in text:
            return text
        text = OVERRIDE.sub("", visible(ENTITY.sub(lambda match: html.unescape(match.group()), text)))
        for _ in range(2 if "<" in text else 0):  # <font><i>
            text = WRAPPED.sub(r"\1\3", text)
    return text


def escaped(text: str) -> str:
    """Text that XML or JSON has decoded, as wash() takes it: its "<" and "&" are what is shown, and begin no markup."""
    return html.escape(text, quote=False)


def untagged(text: str) -> str:
    """Text of another format without tags: "<i>" in ASS is markup too."""
    return TAG.sub(_without_tag, text) if "<" in text else text


def _without_tag(match: re.Match[str]) -> str:
    closing, name, rest = match.groups()
    return "" if _is_tag(match.group(), closing, name.casefold(), rest) else match.group()


def tidy(text: str) -> str:
    """One blank between words, one newline between lines, none outside."""
    return "\n".join(filter(None, [" ".join(line.split()) for line in text.split("\n")]))
