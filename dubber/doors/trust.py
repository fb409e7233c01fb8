"""Where a profile sends things. A profile may be a stranger's, so a host that the user never used is named, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dubber import backends, settings
from dubber.layers import config_folder
from dubber.profile import Profile

if TYPE_CHECKING:
    from dubber.backends.base import Backend
    from dubber.doors.webui import Page


@dataclass(frozen=True, slots=True)
class Destination:
    """A host of somebody else's, and what of the user's goes there beside the subtitles' text."""

    host: str
    recordings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"your subtitle text{self._recordings} will be sent to {self.host}"

    @property
    def _recordings(self) -> str:
        if not self.recordings:
            return ""
        return f" and the recording{'s' if len(self.recordings) > 1 else ''} {', '.join(self.recordings)}"


def destinations(profile: Profile, system: str = "") -> tuple[Destination, ...]:
    """Every host but this machine that hears or speaks the profile's lines, in the order of the voices.

    system: the hosts of that voice system alone, which somebody calls by its name.
    """
    if system:
        return tuple(map(Destination, dict.fromkeys(_hosts(_system(system), profile))))
    found: dict[str, dict[str, None]] = {host: {} for host in _listeners(profile)}
    for voice in profile.voices.values():
        for host in _hosts(backends.find(voice.backend), profile):
            found.setdefault(host, {}).update(dict.fromkeys(_recordings(voice.settings)))
    return tuple(Destination(host, tuple(names)) for host, names in found.items())


def news(profile: Profile, system: str = "") -> tuple[Destination, ...]:
    """Those destinations that the user was never told of; from now on they are told of."""
    known = config_folder() / "hosts"
    told = set(_lines(known))
    new = tuple(one for one in destinations(profile, system) if not _told(one) <= told)
    if new:
        _remember(known, sorted(told.union(*map(_told, new))))
    return new


def _told(one: Destination) -> set[str]:
    """What is remembered of a destination: the host alone, and with each recording."""
    return {one.host, *(f"{one.host} {name}" for name in one.recordings)}


def _system(name: str) -> type[Backend] | type[Page]:
    """What trains or speaks under this name. Trainers are looked for only here: their doors take long to import."""
    from dubber import training

    return training.find(name) or backends.find(name)


def _hosts(system: type[Backend] | type[Page], profile: Profile) -> Iterator[str]:
    item = settings.schema(system).get("servers")
    servers = profile.backends.get(system.name, {}).get("servers", item.default if item else ())
    for server in servers:
        host = _host(server)
        if host and not _here(host):
            yield host


def _listeners(profile: Profile) -> Iterator[str]:
    """The host of a recogniser that hears what is spoken."""
    server = profile.synthesis.recogniser if profile.synthesis.verify != "off" else ""
    if "//" in server and (host := _host(server)) and not _here(host):
        yield host


def _host(server: str) -> str:
    """The host of an address; nothing where the address is none, which the backend itself will say."""
    try:
        return urlsplit(server if "//" in server else f"//{server}").hostname or ""
    except ValueError:
        return ""


def _here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _recordings(pairs: Iterable[tuple[str, Any]]) -> Iterator[str]:
    for _, value in pairs:
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Path):
                yield one.name


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []


def _remember(path: Path, lines: Iterable[str]) -> None:
    """A folder that cannot be written only means that the user is told again."""
    from dubber.whole import write_whole

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, ("\n".join(lines) + "\n").encode())
    except OSError:
        return
