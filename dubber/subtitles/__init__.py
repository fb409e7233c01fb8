r"""Bytes to cues; one format a file, found by being there.

To add a format, write one file here with SUFFIXES, looks(text) -> int (0 it is not, 1 perhaps, 2 surely) and
parse(text, reading) -> Draft. The text is decoded, has "\n" for newlines and no invisible characters. A format that is
no text has owns(data) -> bool and read(data, reading) -> Draft too, which are asked first. What the format leaves out
goes on the draft's lists: every spoken word of the file is in exactly one cue or there, with a reason.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Any

from dubber.errors import InputError
from dubber.model import Cue, LeftOut, Script
from dubber.subtitles.account import differences, lost, warning
from dubber.subtitles.bilingual import Bilingual, one_language
from dubber.subtitles.blocks import Block, Draft, normal
from dubber.subtitles.encoding import Decoded, decode
from dubber.subtitles.joining import joined
from dubber.subtitles.repeats import once
from dubber.subtitles.sentences import divided
from dubber.subtitles.settings import Reading
from dubber.subtitles.speech import speak
from dubber.workers.gc_pause import gc_paused

__all__ = ["Bilingual", "Reading", "parse", "read", "suffixes"]


@cache
def _formats() -> dict[str, Any]:
    """The modules of this package that are formats, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "SUFFIXES")}


def suffixes() -> tuple[str, ...]:
    """The file name endings that can be read, with their dots."""
    return tuple(sorted(suffix for module in _formats().values() for suffix in module.SUFFIXES))


def parse(
    data: bytes,
    suffix: str,
    reading: Reading,
    *,
    language: str = "",
    encoding: str = "",
    strict: bool = False,
    name: str = "",
    two: Bilingual | None = None,
) -> Script:
    """The cues of a subtitle file's bytes. name is for messages. Raises InputError and nothing else."""
    try:
        with gc_paused():
            return _parse(data, suffix.casefold(), reading, language, encoding, strict, two)
    except InputError as error:
        raise InputError(error.message, where=name or error.where, advice=error.advice) from None


def _parse(
    data: bytes, suffix: str, reading: Reading, language: str, encoding: str, strict: bool, two: Bilingual | None
) -> Script:
    if len(data) > reading.max_bytes:
        raise InputError(f"larger than {reading.max_bytes} bytes", advice="reading.max_bytes sets the limit")
    if not data.strip(b"\0 \t\r\n"):
        raise InputError("the file is empty")
    module, draft, decoded, notes = _drafted(data, suffix, reading, language, encoding)
    if two:
        draft.blocks, others, note = one_language(draft.blocks, two)
        draft.left_out += others
        draft.notes += [note] if note else []
    declared = {block.language for block in draft.blocks if block.language}
    draft.language = declared.pop() if len(declared) == 1 else draft.language
    blocks, repeated = once(draft.blocks) if reading.rolling else (draft.blocks, [])
    blocks = _in_sentences(blocks, draft) if reading.join_words else blocks
    if repeated:
        draft.notes.append(f"cues that show text again, which is said once: {len(repeated)}")
    spoken, left_out = speak(blocks, reading)
    cues = _of_bearable_length(spoken, reading, draft)
    broken = [replace(left, kind="broken") for left in draft.broken]
    everything = draft.left_out + broken + repeated + left_out
    form, words = module.__name__.rpartition(".")[2], decoded.text or data
    how: dict[str, Any] = {"headings": draft.headings, "joined": draft.joined, "longest": reading.max_cue}
    found = differences(form, words, cues, everything, **how)
    everything += lost(found)
    if strict and (faults := [left for left in everything if left.kind == "broken"]):
        raise _strictly(faults)
    return Script(
        cues=tuple(cues),
        left_out=tuple(_listed(everything)),
        warnings=(warning(found),) if found else (),
        notes=(*decoded.notes, *notes, *draft.notes),
        encoding=decoded.encoding,
        guessed=decoded.guessed,
        language=draft.language,
    )


def _in_sentences(blocks: list[Block], draft: Draft) -> list[Block]:
    sentences, moved = joined(blocks)
    draft.joined |= moved
    if moved:
        draft.notes.append(f"single words, one a cue, are joined to {len(sentences)} sentences")
    return sentences


def _of_bearable_length(spoken: list[Cue], reading: Reading, draft: Draft) -> list[Cue]:
    most = max(reading.max_cues, len(spoken))
    cues = list(islice(divided(spoken, reading.max_cue), most + 1))
    if len(cues) > most:
        raise InputError(f"more than {reading.max_cues} cues", advice="reading.max_cues sets the limit")
    long = sum(len(cue.text) > reading.max_cue for cue in spoken)
    if long:
        draft.notes.append(f"cues of more than {reading.max_cue} characters, spoken sentence by sentence: {long}")
    return cues


def _listed(everything: Iterable[LeftOut]) -> list[LeftOut]:
    """What is left out, in the file's order; the same text for the same reason (a sign that is redrawn for every frame)
    stands there once, with its count."""
    found: dict[tuple[str, str, str, int], list[LeftOut]] = {}
    for one in sorted(everything, key=lambda left: left.number):
        if one.kind != "name":
            number = one.number if one.kind == "broken" else 0  # each of these is to be mended
            found.setdefault((one.text, one.reason, one.kind, number), []).append(one)
    counts = [(same[0], len(same)) for same in found.values()]
    return [replace(one, reason=f"{one.reason} ({count} times)") if count > 1 else one for one, count in counts]


def _drafted(
    data: bytes, suffix: str, reading: Reading, language: str, encoding: str
) -> tuple[Any, Draft, Decoded, tuple[str, ...]]:
    """The file's format, what it reads, how that was decoded, and notes on both."""
    for module in _formats().values():
        if hasattr(module, "owns") and module.owns(data):
            return module, module.read(data, reading), Decoded("", "binary"), ()
    decoded = decode(data, language=language, encoding=encoding)
    text = normal(decoded.text)
    module, notes = _choose(text, suffix)
    return module, module.parse(text, reading), decoded, notes


def _strictly(broken: list[LeftOut]) -> InputError:
    first = min(broken, key=lambda left: left.number)
    more = f" (and {len(broken) - 1} more like it)" if len(broken) > 1 else ""
    return InputError(f"line {first.number}: {first.reason}{more}", advice="without --strict such cues are left out")


def _choose(text: str, suffix: str) -> tuple[Any, tuple[str, ...]]:
    """The format of a text: by its ending, unless the text itself is surely something else."""
    formats = _formats()
    named = next((module for module in formats.values() if suffix in module.SUFFIXES), None)
    best = max(formats.values(), key=lambda module: (module.looks(text), module is named))
    sure = best.looks(text)
    if named and (named is best or sure == 0 or (sure == 1 and named.looks(text))):
        return named, ()
    if sure and named:
        return best, (f"named {suffix}, but it is {_called(best)} inside and was read so",)
    if sure:
        return best, (f"read as {_called(best)}",)
    what = suffix or "a file without an ending"
    raise InputError(f"{what} is no subtitle format that can be read", advice=f"known: {', '.join(suffixes())}")


def _called(module: Any) -> str:
    return str(module.SUFFIXES[0]) if module.SUFFIXES else str(module.__name__).rpartition(".")[2]
