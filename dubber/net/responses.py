"""What an HTTP answer and an address say, read without any network: waits, sentences, text or sound, private or not."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_WAIT = 3600.0  # seconds of a Retry-After that are believed
_TEXT_KINDS = ("application/json", "text/", "application/xml", "application/xhtml")
_PAGE = (b"<!doctype", b"<html")


def is_private(host: str) -> bool:
    """Is this an address that is not on the public Internet? A name is not."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global or (mapped or address).is_multicast


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks us to wait, from a number or a date; None when it does not (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
            seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, IndexError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None


def looks_like_text(kind: str, body: bytes) -> bool:
    """Some servers send audio as text/plain, others a web page as audio/wav: the bytes decide, then the type."""
    start = body[:256].lstrip().lower()
    if start.startswith((*_PAGE, b"<?xml", b'{"')):
        return True
    binary = any(byte < 9 or byte > 126 for byte in body[:256])
    return kind.startswith(_TEXT_KINDS) and not binary


def named(kind: str, body: bytes) -> str:
    """What came, in a word for people."""
    page = body[:256].lstrip().lower().startswith(_PAGE)
    return "a web page" if page else (kind.partition(";")[0].strip()[:60] or "something")


def sentence(body: bytes, kind: str, scrub: Callable[[str], str] = str) -> str:
    """What an error's body says to a person: the usual JSON shapes, else its first line; no page of HTML.

    scrub: takes secrets out of it, before it is cut."""
    text = body[:64_000].decode("utf-8", "replace").strip()
    try:
        found = _message(json.loads(text))
    except (ValueError, RecursionError):
        found = "" if "html" in kind or text.startswith("<") else text
    printable = "".join(char if char.isprintable() else " " for char in scrub(found))
    return " ".join(printable.split())[:300]


def _message(value: Any) -> str:
    """{"error": {"message"}}, {"detail": [{"msg"}]}, {"message", "Exception"} and their like."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(_message(item) for item in value[:3])
    if isinstance(value, dict):
        parts = [_message(value[name]) for name in ("error", "detail", "message", "msg", "Exception") if name in value]
        return ": ".join(part for part in dict.fromkeys(parts) if part)
    return ""
