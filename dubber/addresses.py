"""Addresses of servers as a profile may name them: http or https, a host, perhaps a port and a path; nothing else.

Characters that two readers of addresses could take differently are refused. So the host that a key is kept for is the
host that is asked, and what dub appends to an address is the end of the request's path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

_PORTS = {"http": 80, "https": 443}
_FAULTS = (
    (re.compile(r"//[^/]*@"), "has a user name or a password in it; keys come from the environment or the keyring"),
    (re.compile(r"[?#]"), "has a ? or # in it; it ends with its path"),
    (re.compile(r"[%\\]"), "has a % or \\ in it; it is written plainly"),
    (re.compile(r"/\.\.?(/|$)"), "has . or .. as a part of its path"),
)
_ADDRESS = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?(/.*)?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Address:
    """A server. host: in small letters, an IPv6 address without its brackets; port: always there."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def usual(self) -> bool:
        """Whether the port is the scheme's own, which nobody writes."""
        return self.port == _PORTS[self.scheme]

    @property
    def place(self) -> str:
        """The host, and the port where it is not the scheme's own: "127.0.0.1:8880", "[::1]:8880"."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.usual else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        return f"{self.scheme}://{self.place}{self.path}"

    @property
    def here(self) -> bool:
        """Whether it is this computer (loopback)."""
        return is_local(self.host)


def read(text: str) -> Address:
    """An address. Raises ValueError with a sentence that says what is wrong, and shows no password."""
    if any(char.isspace() or not char.isprintable() for char in text):
        raise ValueError("has a space or a control character in it")
    for pattern, fault in _FAULTS:
        if pattern.search(text):
            raise ValueError(fault)
    found = _ADDRESS.fullmatch(text)
    if not found or not _is_host(found[2]) or not 0 < int(found[3] or 1) <= 65_535:
        raise ValueError("is no address of a server; it begins with http:// or https://")
    scheme = found[1].lower()
    return Address(scheme, found[2].lower().strip("[]"), int(found[3] or _PORTS[scheme]), found[4] or "")


def is_local(host: str) -> bool:
    """Is this host this computer (loopback)?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def spelled(place: str) -> str:
    """A place (Address.place) as a part of an environment variable's name, each place another: dots and the colon
    become _, a hyphen __, letters capitals. "" for one that has no such name (IPv6, names that are no host names)."""
    host, _, port = place.partition(":")
    labels = host.split(".")
    if not all(map(_LABEL.fullmatch, labels)) or (port and not port.isdigit()):
        return ""
    if labels[-1].isdigit() and not _is_ip(host):  # 127.1, which some take for 127.0.0.1
        return ""
    return place.replace("-", "__").replace(".", "_").replace(":", "_").upper()


def _is_host(text: str) -> bool:
    return _is_ip(text[1:-1]) if text.startswith("[") else bool(text.strip("."))


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
