"""A key, and texts without it: what a server says goes into messages, logs and reports, and some repeat the key.

A key is found in whatever way it is written: plain, URL-quoted, JSON- or HTML-escaped, in base64 as basic
authentication has it, and any mixture. Its beginning alone is found too, for texts that somebody cut in its middle.
Texts are scrubbed first and cut afterwards.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cached_property
from html.entities import codepoint2name
from typing import Any

from dubber.errors import InputError

SHOWN = "<key>"
BEGINNING = 8  # characters of a key that give it away; shorter beginnings ("sk-") are those of every key


class Key:
    """A secret that no repr, log or message shows. Raises InputError for what cannot be a key."""

    def __init__(self, value: str | None) -> None:
        if value and not re.fullmatch(r"[\x21-\x7e]+", value):
            raise InputError("a key has characters that no key has (a space, a line break?)", advice="copy it again")
        self.value = value

    def __repr__(self) -> str:
        return SHOWN

    def scrub(self, text: str) -> str:
        """The text without the key, and without what of it was left by whoever cut it."""
        for form in self._forms:
            text = _scrubbed(text, form)
        return text

    def cleaned(self, value: Any) -> Any:
        """What JSON says, its texts without the key. A key of fewer characters than BEGINNING is no secret (many
        servers take any) and may be a word of the answer."""
        if not self.value or len(self.value) < BEGINNING:
            return value
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, list):
            return [self.cleaned(item) for item in value]
        if isinstance(value, dict):
            return {self.cleaned(key): self.cleaned(item) for key, item in value.items()}
        return value

    @cached_property
    def _forms(self) -> tuple[tuple[re.Pattern[str], ...], ...]:
        """The key's spellings, each as one pattern for each character."""
        spellings = (self.value, *_in_base64(self.value)) if self.value else ()
        return tuple(tuple(map(_escaped, spelling)) for spelling in spellings)


def _scrubbed(text: str, form: tuple[re.Pattern[str], ...]) -> str:
    least, kept, done = min(BEGINNING, len(form)), [], 0
    for start in form[0].finditer(text):
        if start.start() < done:
            continue
        length, end = _follow(text, start.start(), form)
        if length >= least:
            kept.append(text[done : start.start()])
            done = end
    return SHOWN.join([*kept, text[done:]])


def _follow(text: str, place: int, form: tuple[re.Pattern[str], ...]) -> tuple[int, int]:
    """How many characters of the form stand at a place, and where they end."""
    for length, pattern in enumerate(form):
        found = pattern.match(text, place)
        if not found:
            return length, place
        place = found.end()
    return len(form), place


def _escaped(char: str) -> re.Pattern[str]:
    r"""A character, as it is or as %41, %2541, \u0041, \x41, &#65;, &#x41; or &amp; has it; base64 has 2 alphabets."""
    code = ord(char)
    ways = [rf"%(?:25)*{code:02x}", rf"\\+(?:u00|x){code:02x}", rf"&(?:amp;)*#(?:0*{code}|x0*{code:x});?"]
    if name := codepoint2name.get(code):
        ways.append(f"&(?:amp;)*{name};")
    plain = {char, {"+": "-", "/": "_"}.get(char, char)}
    return re.compile(rf"(?i:{'|'.join(ways)})|\\*(?:{'|'.join(map(re.escape, plain))})")


def _in_base64(value: str) -> list[str]:
    """What of the key stands in the base64 of any text around it: three alignments, without the ends that depend on
    what stands there (RFC 4648)."""
    data, found = value.encode(), []
    for before in range(3):
        whole = b64encode(b"\0" * before + data).decode().rstrip("=")
        first = (before * 8 + 5) // 6
        last = (before + len(data)) * 8 // 6
        found.append(whole[first:last])
    return [spelling for spelling in found if len(spelling) >= BEGINNING]
