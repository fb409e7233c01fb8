"""XML as a stream of events, from files that nobody vouches for.

No entity of the file's own is ever expanded and nothing is fetched, so that neither a billion laughs nor a file of this
computer can be in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

from dubber.errors import InputError

DEEPEST = 200  # elements within elements; real files have a dozen
PIECE = 1 << 16
DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
BARE = re.compile(r"&(?!#\d+;|#x[0-9a-fA-F]+;|\w+;)")  # written by hand: "Fish & chips"
HTML = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;)(\w+);")  # &nbsp; and the like, which XML does not know


class Opened(NamedTuple):
    """An element begins. name without its namespace; attributes likewise. line: from 1."""

    name: str
    attributes: dict[str, str]
    line: int


class Closed(NamedTuple):
    """The end of an element."""

    name: str


Event = Opened | Closed | str


def events(text: str) -> Iterator[Event]:
    """What is in an XML text, in order; words as they come, in pieces. Raises InputError where it is none."""
    text = DECLARED.sub(lambda it: "\n" * it[0].count("\n"), text)  # names the encoding that it had before decoding
    text = HTML.sub(r"&amp;\1;", BARE.sub("&amp;", text))
    found: list[Event] = []
    parser = expat.ParserCreate("utf-8", "\n")
    parser.buffer_text = True
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise InputError(f"line {parser.CurrentLineNumber}: more than {DEEPEST} elements within elements")
        plain = {_local(key): value for key, value in attributes.items()}
        found.append(Opened(_local(name), plain, parser.CurrentLineNumber))

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        found.append(Closed(_local(name)))

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = opened, closed, found.append
    parser.EntityDeclHandler = _refused
    parser.ExternalEntityRefHandler = _refused
    for start in range(0, len(text) + 1, PIECE):
        try:
            parser.Parse(text[start : start + PIECE].encode(), start + PIECE > len(text))
        except expat.ExpatError as error:
            yield from found
            what = expat.ErrorString(error.code)
            raise InputError(f"line {error.lineno}: is no XML: {what}", advice="is the file whole?") from None
        yield from found
        found.clear()


def _local(name: str) -> str:
    return name.rpartition("\n")[2]


def _refused(*_: object) -> int:
    raise InputError("declares entities of its own, which a subtitle file has no need of", advice="remove its DOCTYPE")
