"""SAMI (.smi): <SYNC Start=1000><P Class=ENCC>words; what shows lasts until the next SYNC of its class.

Classes are versions of the text that a viewer chooses from. Of two in one language at the same times the one with the
most cues is read; of two languages the caller chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dubber.model import LeftOut
from dubber.subtitles.blocks import Draft, Row
from dubber.subtitles.cuts import Cut, bare
from dubber.subtitles.listed import UNTOLD, laid
from dubber.subtitles.markup import tidy
from dubber.subtitles.settings import Reading

SUFFIXES = (".smi", ".sami")
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
SYNC = re.compile(r"<\s*SYNC\b([^<>]*)>", re.IGNORECASE)
PARAGRAPH = re.compile(r"<\s*P\b([^<>]*)>", re.IGNORECASE)
START = re.compile(r"""start\s*=\s*["']?\s*(-?\d{1,12})\b""", re.IGNORECASE)
CLASS = re.compile(r"""class\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
NAMED = re.compile(r"\.([\w-]+)\s*\{([^{}]*)\}")
LANGUAGE = re.compile(r"lang\s*:\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)", re.IGNORECASE)
TAG = re.compile(r"</?\s*(?:sync|p|body|sami|head|style|table|tr|td)\b[^<>]*>", re.IGNORECASE)
SHARE = 0.4  # of a class's cues that begin with one of another class, where both are versions of one text
BLANKS = re.compile(r"\s+")


def looks(text: str) -> int:
    """Surely (2), by its heading."""
    return 2 if re.match(r"\s*(?:<\?xml[^>]*>|<!--.*?-->)?\s*<\s*SAMI\b", text[:5000], re.IGNORECASE | re.DOTALL) else 0


def parse(text: str, reading: Reading) -> Draft:
    draft, cuts = Draft(), list[Cut]()
    head = text[: found.start()] if (found := SYNC.search(text)) else text
    languages = {name.casefold(): said[1] for name, rules in NAMED.findall(head) if (said := LANGUAGE.search(rules))}
    if heading := _line(re.sub(r"<[^<>]*>", " ", COMMENT.sub("", head))):
        draft.left_out.append(LeftOut(1, heading, "the file's heading"))
    last, classes = dict[str, Cut](), dict[str, list[Cut]]()
    body = COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), text)
    for number, start, name, words in _shown(body):
        shown = _line(words)
        if start is None:
            draft.broken += [LeftOut(number, shown, "its time cannot be read")] if shown else []
            continue
        if name in last and last[name].end == UNTOLD:
            last[name].end = start
        if shown:
            row, language = Row(number, shown, False), languages.get(name, "")
            last[name] = Cut(number, start, UNTOLD, "", None, [row], language=language)
            cuts.append(last[name])
            classes.setdefault(name, []).append(last[name])
    others = _others(classes, languages, draft)
    return laid([piece for piece in cuts if id(piece) not in others], reading, draft)


def _others(classes: dict[str, list[Cut]], languages: dict[str, str], draft: Draft) -> set[int]:
    """The ids of the cues of classes that show a language at the times of its largest class; they are left out."""
    largest: dict[str, str] = {}  # by language
    others: list[Cut] = []
    for name in sorted(classes, key=lambda name: -len(classes[name])):
        first = largest.setdefault(languages.get(name, "").casefold(), name)
        starts = {piece.start for piece in classes[first]}
        at_once = sum(piece.start in starts for piece in classes[name]) >= SHARE * len(classes[name])
        if name != first and name in languages and at_once:
            reason = f"of class {name!r}: {first!r} has the same language at the same times"
            draft.left_out += [LeftOut(piece.number, bare(piece), reason) for piece in classes[name]]
            others += classes[name]
    return set(map(id, others))


def _line(words: str) -> str:
    """The words of a paragraph, which is HTML: its newlines are blanks, and only <br> breaks a line."""
    words = BLANKS.sub(" ", TAG.sub(" ", words).replace("&nbsp;", " "))
    return tidy(words)


def _shown(text: str) -> Iterator[tuple[int, int | None, str, str]]:
    """(line, start in ms, class, words) for each paragraph of each SYNC."""
    syncs = list(SYNC.finditer(text))
    line = at = 0
    for place, sync in enumerate(syncs):
        line, at = line + text.count("\n", at, sync.start()), sync.start()
        end = syncs[place + 1].start() if place + 1 < len(syncs) else len(text)
        told = START.search(sync[1])
        start = int(told[1]) if told else None
        inside = text[sync.end() : end]
        paragraphs = list(PARAGRAPH.finditer(inside))
        if not paragraphs:
            yield line + 1, start, "", inside
        for number, one in enumerate(paragraphs):
            until = paragraphs[number + 1].start() if number + 1 < len(paragraphs) else len(inside)
            name = CLASS.search(one[1])
            yield line + 1, start, name[1].casefold() if name else "", inside[one.end() : until]
