"""TTML, IMSC and DFXP (.ttml, .dfxp): timed text of broadcasters and streaming services, read as a tree of times.

Times are those of https://www.w3.org/TR/ttml2: clocks and offsets in hours to ticks and frames; a time counts from its
container's begin, or, in a sequence, from the end of what stands before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from dubber.errors import InputError
from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import Block, Draft, Part, window
from dubber.subtitles.elements import Closed, Opened, events
from dubber.subtitles.markup import escaped, tidy, wash
from dubber.subtitles.settings import Reading

SUFFIXES = (".ttml", ".dfxp", ".itt")
ROOT = re.compile(r"<(?:\w+:)?tt[\s>]")
ENDED = re.compile(r"</(?:\w+:)?tt\s*>")
CLOCK = re.compile(r"(\d{1,6}):(\d\d):(\d\d)(?:(\.\d{1,12})|[:;](\d{1,6})(?:\.\d{1,6})?)?")
OFFSET = re.compile(r"(\d{1,18}(?:\.\d{1,12})?)(h|m|s|ms|f|t)")
UNITS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
TIMED = ("body", "div", "p", "span", "region")
UNSPOKEN = ("metadata", "styling", "layout", "title", "desc", "copyright", "agent", "name")


@dataclass(slots=True)
class Clock:
    """How a document counts: frames and ticks a second."""

    frames: Fraction = Fraction(30)
    ticks: Fraction = Fraction(1)

    def seconds(self, text: str) -> Fraction | None:
        """The time that an attribute says; None when it is none."""
        if clock := CLOCK.fullmatch(text.strip()):
            hours, minutes, seconds, fraction, frames = clock.groups()
            whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
            return whole + (Fraction(fraction) if fraction else Fraction(int(frames or 0)) / self.frames)
        if offset := OFFSET.fullmatch(text.strip()):
            return Fraction(offset[1]) * self._unit(offset[2])
        return None

    def _unit(self, name: str) -> Fraction:
        return {"f": 1 / self.frames, "t": 1 / self.ticks}[name] if name in "ft" else UNITS[name]


@dataclass(slots=True)
class Element:
    """An element that is open. begin, end: in the document's time (None: as long as what it is in). after: where the
    next one in a sequence begins."""

    name: str
    line: int
    begin: Fraction = Fraction(0)
    end: Fraction | None = None
    sequence: bool = False
    after: Fraction = Fraction(0)
    speaker: str | None = None
    preserve: bool = False
    language: str = ""
    fault: str = ""


@dataclass(slots=True)
class Pieces:
    """A paragraph's text so far: pieces of one time and speaker each."""

    said: list[tuple[Element, list[str]]] = field(default_factory=list)

    def add(self, element: Element, text: str) -> None:
        last = self.said[-1][0] if self.said else None
        same = last and (last.begin, last.end, last.speaker, last.fault) == (
            element.begin, element.end, element.speaker, element.fault)  # fmt: skip
        if not same:
            self.said.append((element, []))
        self.said[-1][1].append(text)


def looks(text: str) -> int:
    """Surely (2), by its root element."""
    return 2 if ROOT.search(text[:20_000]) else 0


def parse(text: str, reading: Reading) -> Draft:
    draft = Draft()
    for start, document in _documents(text):
        _Document(draft, reading, start).read(document)
    if not draft.blocks and not draft.broken:
        raise InputError("there is no paragraph with text in it")
    return draft


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Each document with the lines before it: segments of a stream, or samples of an MP4, are often joined."""
    begin = 0
    for ended in ENDED.finditer(text):
        piece = text[begin : ended.end()]
        lead = len(piece) - len(piece.lstrip())
        yield text.count("\n", 0, begin + lead), piece[lead:]
        begin = ended.end()
    if text[begin:].strip():
        yield text.count("\n", 0, begin), text[begin:]


class _Document:
    """One document's walk. lines: of the file that lie before it."""

    def __init__(self, draft: Draft, reading: Reading, lines: int) -> None:
        self.draft, self.reading, self.lines = draft, reading, lines
        self.clock, self.names, self.open = Clock(), dict[str, str](), list[Element]()
        self.agent, self.pieces, self.ruby = "", Pieces(), 0

    def read(self, text: str) -> None:
        for event in events(text):
            if isinstance(event, Opened):
                self._opened(event)
            elif isinstance(event, Closed):
                self._closed()
            else:
                self._words(event)

    def _opened(self, event: Opened) -> None:
        told = event.attributes
        if event.name == "tt":
            self._heading(told)
        elif event.name == "agent":
            self.agent = told.get("id", "")
        element = self._timed(event) if self.open else Element(event.name, event.line, language=told.get("lang", ""))
        self.open.append(element)
        if event.name == "br" and self._in("p"):
            self.pieces.add(self.open[-2], "\n")

    def _heading(self, told: dict[str, str]) -> None:
        above, _, below = told.get("frameRateMultiplier", "1 1").replace(":", " ").partition(" ")
        rate = _number(told.get("frameRate", ""), 30) * _number(above, 1) / _number(below, 1)
        self.clock = Clock(rate, _number(told.get("tickRate", ""), 1))
        self.draft.language = told.get("lang") or self.draft.language

    def _timed(self, event: Opened) -> Element:
        parent, told = self.open[-1], event.attributes
        times = {key: self.clock.seconds(told[key]) for key in ("begin", "dur", "end") if key in told}
        begin, length, end = (times.get(key) for key in ("begin", "dur", "end"))
        zero = parent.after if parent.sequence else parent.begin
        element = Element(event.name, event.line + self.lines, sequence=told.get("timeContainer") == "seq")
        element.begin = element.after = zero + (begin or 0)
        ends = [zero + end] if end is not None else []
        ends += [element.begin + length] if length is not None else []
        element.end = min([*ends, *([parent.end] if parent.end is not None else [])], default=None)
        element.speaker = self.names.get(told.get("agent", "").split(" ")[0], told.get("speaker")) or parent.speaker
        element.language = told.get("lang", parent.language)
        element.preserve = told.get("space", "preserve" if parent.preserve else "") == "preserve"
        wrong = [told[key] for key, time in times.items() if time is None]
        element.fault = f"its time {wrong[0]!r} cannot be read" if wrong and event.name in TIMED else parent.fault
        if told.get("ruby") in ("text", "delimiter"):
            element.name = "rt"
        return element

    def _closed(self) -> None:
        element = self.open.pop()
        if element.name == "p":
            self._paragraph(element)
        if self.open and self.open[-1].sequence and element.end is not None:
            self.open[-1].after = element.end

    def _words(self, text: str) -> None:
        names = {element.name for element in self.open}
        if self.open and self.open[-1].name == "name" and self.agent:
            self.names[self.agent] = self.names.get(self.agent, "") + text.strip()
            self.draft.left_out.append(LeftOut(self.open[-1].line, tidy(text), "a speaker's name", "name"))
        elif "p" not in names or names & set(UNSPOKEN):
            if text.strip():
                line = self.open[-1].line if self.open else 1
                self.draft.left_out.append(LeftOut(line, tidy(text), "in no paragraph"))
        elif "rt" in names or "rp" in names:
            if text.strip():
                self.draft.left_out.append(LeftOut(self.open[-1].line, tidy(text), "ruby reading"))
        else:
            self.pieces.add(self.open[-1], text if self.open[-1].preserve else re.sub(r"\s+", " ", text))

    def _in(self, name: str) -> bool:
        return any(element.name == name for element in self.open)

    def _paragraph(self, paragraph: Element) -> None:
        said, self.pieces = self.pieces.said, Pieces()
        for element, texts in said:
            for part in wash(escaped("".join(texts))).parts:
                self._block(paragraph, element, part.text)

    def _block(self, paragraph: Element, element: Element, text: str) -> None:
        fault = element.fault or ("it has no end" if element.end is None else "")
        place = fault or window(_ms(element.begin), _ms(element.end or Fraction(0)))
        if isinstance(place, str):
            self.draft.broken.append(LeftOut(paragraph.line, text.replace("\n", " "), place))
            return
        blocks = self.draft.blocks
        last = blocks[-1] if blocks else None
        if last and _goes_on(last, paragraph, place):  # another speaker, or a mended piece
            blocks[-1] = replace(last, parts=(*last.parts, Part(element.speaker, text)))
            return
        if len(blocks) >= self.reading.max_cues:
            raise InputError(f"more than {self.reading.max_cues} cues", advice="reading.max_cues sets the limit")
        part = Part(element.speaker, text)
        blocks.append(Block(paragraph.line, place, (part,), language=paragraph.language))


def _goes_on(last: Block, paragraph: Element, place: Window) -> bool:
    return (last.number, last.window, last.language) == (paragraph.line, place, paragraph.language)


def _number(text: str, usual: int) -> Fraction:
    """A whole number above zero, else the usual one."""
    return Fraction(int(text)) if re.fullmatch(r"0*[1-9]\d{0,11}", text.strip(), re.ASCII) else Fraction(usual)


def _ms(seconds: Fraction) -> int:
    return round(1000 * seconds)
