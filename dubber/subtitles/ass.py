"""Advanced SubStation Alpha (.ass) and its forerunner (.ssa), through pysubs2 behind a repairing reader.

pysubs2 takes the fields in their usual order whatever the Format line says, and gives up a whole file for one bad
colour or time. So events are read by their Format line here and handed over in the usual order, without styles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from dubber.errors import InputError
from dubber.model import LeftOut, Window
from dubber.subtitles.blocks import Block, Draft, Part, Row, milliseconds, rows, window
from dubber.subtitles.markup import tidy, unescape, untagged
from dubber.subtitles.settings import Reading
from dubber.subtitles.styles import Happening, person, style_speakers, without_signs
from dubber.timecode import clock

SUFFIXES = (".ass", ".ssa")
SECTION = re.compile(r"\[([^\[\]]{1,40})\]\s*")
STYLE = re.compile(r"^Style:[ \t]*([^,\n]+?)[ \t]*,", re.MULTILINE | re.IGNORECASE)
EVENT = re.compile(r"(Dialogue|Comment|Format)\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
# An event inside an event's text, as programs leave it that export twice.
NESTED = re.compile(
    r"\s*(?:(?:Dialogue|Comment)\s*:\s*)?(?:Marked\s*=\s*)?\d{1,4}(?:\s*,\s*\d{1,6}:\d\d:\d\d[.,]\d{1,3}){2}\s*,(?:[^,{}]*,){6}",
    re.IGNORECASE,
)
# A line of its own that is no event: a remark, a picture, a sound, a command.
OTHER = re.compile(r"\s*(?:;|!:|(?:Picture|Sound|Movie|Command)\s*:)", re.IGNORECASE)
USUAL = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
KEPT = ("style", "name", "effect", "text")
STAMP = re.compile(r"(-?)(\d{1,6}):(\d{1,5}):(\d{1,5})(?:[.,:](\d{1,9}))?")
PLACED = re.compile(r"\\(?:pos|move)\s*\(")
DRAWING = re.compile(r"\\p\s*(\d+)")
FLASH = 150  # ms: shorter than anything that can be read, so a step of an animation


def looks(text: str) -> int:
    """Surely (2) by its sections; perhaps (1) when there are bare events."""
    head = text[:100_000].casefold()
    return 2 if "[script info]" in head or "[events]" in head else int("\ndialogue:" in "\n" + head)


def parse(text: str, reading: Reading) -> Draft:
    draft = Draft()
    events = list(_events(text, reading, draft))
    if not events and not looks(text):
        raise InputError("there is no event in it", advice="it does not seem to be an ASS or SSA file")
    chosen = _without_layers(without_signs(events, reading, draft), draft)
    draft.notes += [note] if (note := _languages(chosen)) else []
    speakers = style_speakers(chosen, STYLE.findall(text), reading)
    for event in chosen:
        speaker = person(event.name, reading) or speakers.get(event.style)
        draft.blocks.append(Block(event.number, event.window, (Part(speaker, event.text),), event.style))
    return draft


def _events(source: str, reading: Reading, draft: Draft) -> Iterator[Happening]:
    """The Dialogue events that hold words."""
    comments = drawings = 0
    raw: list[tuple[int, dict[str, str]]] = []
    for number, kind, fields in _lines(source, reading, draft):
        if kind == "comment":
            comments += 1
        elif len(raw) >= reading.max_cues * 3:  # most events of a typeset film are drawings and layers
            raise InputError(f"more than {reading.max_cues * 3} events", advice="reading.max_cues sets the limit")
        else:
            raw.append((number, fields))
    for number, place, (style, name, effect, text) in _through_pysubs2(raw, draft):
        words, aside, drawn = _without_overrides(text)
        draft.left_out += [LeftOut(number, aside, "an override block that is not closed")] if aside else []
        drawings += drawn and not words
        if words:
            yield Happening(number, place, style, name, effect, words, bool(PLACED.search(text)))
    if comments or drawings:
        draft.notes.append(f"{comments} comments and {drawings} drawings are not spoken")


def _lines(text: str, reading: Reading, draft: Draft) -> Iterator[tuple[int, str, dict[str, str]]]:
    """(line, "dialogue" or "comment", fields by name) for each event line; fonts and pictures are passed over."""
    fields: tuple[str, ...] = USUAL
    section, event = "events", None
    for row in rows(text, reading, draft):
        heading = SECTION.fullmatch(row.text)
        if heading:
            section, event, fields = heading.group(1).strip().casefold(), None, USUAL
            continue
        match = EVENT.match(row.text) if section not in ("fonts", "graphics") else None
        if not match:
            if event and section == "events" and not OTHER.match(row.text):
                event["text"] += f"\\N{row.text}"  # somebody pressed Return inside the text
            continue
        kind, rest = match.group(1).casefold(), match.group(2)
        if kind == "format":
            fields = _format(rest) or fields
            continue
        values = rest.split(",", len(fields) - 1)
        event = None
        if len(values) == len(fields):
            event = dict(zip(fields, values, strict=True))
            event["text"] = _unnested(event["text"])
            yield row.number, kind, event
        elif kind == "dialogue":
            draft.broken.append(_broken(row, values))


def _unnested(text: str) -> str:
    while match := NESTED.match(text):
        text = text[match.end() :]
    return text


def _format(rest: str) -> tuple[str, ...] | None:
    names = tuple("name" if name == "actor" else name for name in rest.casefold().replace(" ", "").split(","))
    return names if {"start", "end", "text"} <= set(names) else None


def _broken(row: Row, values: list[str]) -> LeftOut:
    words, aside, _ = _without_overrides(values[-1])
    return LeftOut(row.number, f"{words} {aside}".strip() or row.text, "fields of the event are missing")


def _with_lengths(raw: list[tuple[int, dict[str, str]]], draft: Draft) -> list[tuple[int, dict[str, str]]]:
    """The events that last. One that does not is never shown: its words belong to the event of its style that it
    touches; where there is none they are somebody's note."""
    lasting = [(number, fields) for number, fields in raw if _time(fields["start"]) != _time(fields["end"])]
    if len(lasting) == len(raw):
        return raw
    ends = {(fields.get("style"), _time(fields["end"])): (number, fields) for number, fields in lasting}
    starts = {(fields.get("style"), _time(fields["start"])): (number, fields) for number, fields in reversed(lasting)}
    for number, fields in raw:
        time = _time(fields["start"])
        if time != _time(fields["end"]):
            continue
        if time is None:
            lasting.append((number, fields))
            continue
        place = (fields.get("style"), time)
        before, after = ends.get(place), starts.get(place)
        neighbour = before or after
        texts = [neighbour[1]["text"], fields["text"]][:: 1 if before else -1] if neighbour else [fields["text"]]
        if neighbour and texts[0].rfind("{") <= texts[0].rfind("}"):  # a block left open would swallow what follows
            neighbour[1]["text"] = "\\N".join(texts)
            draft.joined[number] = neighbour[0]
        elif words := " ".join(_without_overrides(fields["text"])[:2]).strip():
            draft.left_out.append(LeftOut(number, words, "it has no length: it is never shown"))
    return lasting


def _through_pysubs2(raw: list[tuple[int, dict[str, str]]], draft: Draft) -> Iterator[tuple[int, Window, list[str]]]:
    """(line, window, KEPT fields) of each event, as pysubs2 reads it; events that it does not take are read here."""
    import pysubs2

    good: list[tuple[int, Window, list[str]]] = []
    lines = ["[Events]", "Format: " + ", ".join(name.title() for name in USUAL)]
    for number, fields in _with_lengths(raw, draft):
        start, end = _time(fields["start"]), _time(fields["end"])
        place = "its times cannot be read" if start is None or end is None else window(start, end)
        if isinstance(place, Window):
            style, name, effect, text = kept = [fields.get(key, "").strip() for key in KEPT]
            times = f"{clock(place.start)},{clock(place.end)}"
            if "," in style + name + effect:
                style, name, effect = (field.replace(",", " ") for field in (style, name, effect))
            lines.append(f"Dialogue: {len(good)},{times},{style},{name},0,0,0,{effect},{text}")
            good.append((number, place, kept))
            continue
        words, aside, _ = _without_overrides(fields["text"])
        if words or aside:
            draft.broken.append(LeftOut(number, f"{words} {aside}".strip(), place))
    try:
        read = {event.layer: event for event in pysubs2.SSAFile.from_string("\n".join(lines), format_="ass")}
    except (ValueError, pysubs2.Pysubs2Error):  # an hour of three digits: nothing is lost, the fields are here
        read = {}
    for count, (number, place, kept) in enumerate(good):
        event = read.get(count)
        if event is not None and (event.start, event.end) == (place.start, place.end):
            kept = [event.style, event.name, event.effect, event.text]
        yield number, place, kept


def _time(text: str) -> int | None:
    match = STAMP.fullmatch(text.strip().replace(" ", ""))
    if match:
        return milliseconds(*match.groups())
    return 0 if text.strip() == "0" else None


def _without_overrides(text: str) -> tuple[str, str, bool]:
    r"""(what a viewer reads, what hangs in an unclosed block, whether something is drawn).

    A block runs from "{" to the first "}"; between \p1 and \p0 the text is a drawing. Karaoke syllables join
    because the blocks between them vanish.
    """
    said, end, drawing, drawn = [], 0, False, False
    while (start := text.find("{", end)) >= 0 and (stop := text.find("}", start)) >= 0:
        if not drawing:
            said.append(text[end:start])
        for scale in DRAWING.findall(text, start, stop):
            drawing = int(scale[:9]) > 0
            drawn = drawn or drawing
        end = stop + 1
    tail, aside = text[end:], ""
    if "{\\" in tail:
        tail, _, aside = tail.partition("{\\")
    if not drawing:
        said.append(tail)
    words = "".join(said).replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    words = words.replace("{", " ").replace("}", " ")
    return tidy(untagged(unescape(words))), aside.strip(), drawn


def _without_layers(events: list[Happening], draft: Draft) -> list[Happening]:
    """The same text stacked in layers, or redrawn frame by frame, once: over all the time that it shows."""
    kept: list[Happening] = []
    last: dict[tuple[str, str], int] = {}
    for event in sorted(events, key=lambda event: (event.window, event.number)):
        key = (event.name.casefold(), event.text)
        place = last.get(key)
        if place is not None and _same(kept[place], event):
            first = kept[place]
            whole = Window(first.window.start, max(first.window.end, event.window.end))
            kept[place] = replace(first, window=whole)
            text = event.text.replace("\n", " ")
            reason = f"the same text in another layer (line {first.number})"
            draft.left_out.append(LeftOut(event.number, text, reason, "repeated"))
        else:
            last[key] = len(kept)
            kept.append(event)
    return kept


def _same(first: Happening, second: Happening) -> bool:
    if first.window.overlaps(second.window):
        return True
    flash = min(first.window.length, second.window.length) <= FLASH
    return flash and 0 <= second.window.start - first.window.end <= 10


def _languages(events: list[Happening]) -> str:
    """A sentence about a file that shows two languages at once, in two styles; "" when it is not one."""
    together: dict[Window, set[str]] = {}
    for event in events:
        together.setdefault(event.window, set()).add(event.style)
    pairs = Counter(tuple(sorted(styles)) for styles in together.values() if len(styles) == 2)
    pair, count = pairs.most_common(1)[0] if pairs else ((), 0)
    if count * 2 < len(together) or count < 10:
        return ""
    return f"styles {' and '.join(pair)} show together, as two languages do: reading.only_styles chooses one"
