"""Where a profile sends things. A profile may be a stranger's, so a host that the user never used is named, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dubber import addresses, backends
from dubber.backends.base import servers
from dubber.config.profile import Profile
from dubber.models import weights
from dubber.paths import config_folder

if TYPE_CHECKING:
    from dubber.backends._webui import Page
    from dubber.backends.base import Backend


@dataclass(frozen=True, slots=True)
class Destination:
    """A host of somebody else's, or a port of this computer that a profile of somebody else's names, and what of the
    user's goes there beside the subtitles' text."""

    host: str
    recordings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"your subtitle text{self._recordings} will be sent to {self.host}"

    @property
    def marks(self) -> frozenset[str]:
        """What is remembered of it: the host alone, and with each recording."""
        return frozenset((self.host, *(f"{self.host} {name}" for name in self.recordings)))

    @property
    def _recordings(self) -> str:
        if not self.recordings:
            return ""
        return f" and the recording{'s' if len(self.recordings) > 1 else ''} {', '.join(self.recordings)}"


@dataclass(frozen=True, slots=True)
class Download:
    """A model that a profile names and that does not lie on this computer yet."""

    model: str

    def __str__(self) -> str:
        return f"the model {self.model} will be fetched from the hub (Hugging Face)"

    @property
    def marks(self) -> frozenset[str]:
        return frozenset((f"model {self.model}",))


def destinations(profile: Profile, system: str = "") -> tuple[Destination, ...]:
    """Every host that hears or speaks the profile's lines, in the order of the voices. This machine is one only where
    a profile that may be a stranger's names a server of it which dub does not name by itself.

    system: the hosts of that voice system alone, which somebody calls by its name.
    """
    if system:
        return tuple(map(Destination, dict.fromkeys(_hosts(_system(system), profile))))
    found: dict[str, dict[str, None]] = {host: {} for host in _listeners(profile)}
    for voice in profile.voices.values():
        for host in _hosts(backends.find(voice.backend), profile):
            found.setdefault(host, {}).update(dict.fromkeys(_recordings(voice.settings)))
    return tuple(Destination(host, tuple(names)) for host, names in found.items())


def news(profile: Profile, system: str = "") -> tuple[Destination | Download, ...]:
    """Those destinations, and models to be fetched, that the user was never told of; from now on they are told of."""
    known = config_folder() / "hosts"
    told = set(_lines(known))
    every = (*destinations(profile, system), *(() if system else _downloads(profile)))
    new = tuple(one for one in every if not one.marks <= told)
    if new:
        _remember(known, sorted(told.union(*(one.marks for one in new))))
    return new


def sentences(profile: Profile, system: str = "") -> Iterator[str]:
    """To whom the user's words and recordings go, what is fetched, and what is sent no key, as far as he was never told
    of it. system: only that voice system's servers are asked, whoever speaks in the profile."""
    yield from (f"new: {one}" for one in news(profile, system))
    yield from unsent(profile, system)


def _downloads(profile: Profile) -> Iterator[Download]:
    """The model of a recogniser that hears what is spoken, when the hub is to be asked for it."""
    wanted = profile.synthesis.recogniser if profile.synthesis.verify != "off" else ""
    if wanted and "//" not in wanted and find_spec("faster_whisper") and weights.to_be_fetched(wanted):
        yield Download(weights.on_hub(wanted))


def unsent(profile: Profile, system: str = "") -> tuple[str, ...]:
    """A sentence for each server of the user's own that is sent no key although the service's plain one is set, which
    earlier dubs sent there. Each is told once."""
    from dubber import api_keys

    mine = [one for one in _keyed(profile, system) if one[0] not in profile.foreign]
    told = {server: api_keys.unsent(service, server, homes) for _, service, server, homes in mine}
    known = config_folder() / "hosts"
    before = set(_lines(known))
    new = {f"{server} sent no key": sentence for server, sentence in told.items() if sentence}
    if not new.keys() <= before:
        _remember(known, sorted(before | new.keys()))
    return tuple(sentence for mark, sentence in new.items() if mark not in before)


def holds_key(profile: Profile) -> bool:
    """Whether a server that speaks for this profile, or hears what is spoken, is sent a key of the user's."""
    from dubber import api_keys

    return any(api_keys.key_of(service, server, homes) for _, service, server, homes in _keyed(profile))


def _keyed(profile: Profile, system: str = "") -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """The servers of services that have keys: the profile's key that names them, the service, address and homes."""
    for name in dict.fromkeys([system] if system else (voice.backend for voice in profile.voices.values())):
        if name in backends.names() and (kind := backends.find(name)).key_name:
            for server in _servers(kind, profile):
                yield f"backends.{name}.servers", kind.key_name, server, kind.homes
    if not system and profile.synthesis.verify != "off" and "//" in profile.synthesis.recogniser:
        yield "synthesis.recogniser", "openai", profile.synthesis.recogniser, backends.find("openai").homes


def _system(name: str) -> type[Backend] | type[Page]:
    """What trains or speaks under this name. Trainers are looked for only here: their doors take long to import."""
    from dubber import training

    return training.find(name) or backends.find(name)


def _hosts(system: type[Backend] | type[Page], profile: Profile) -> Iterator[str]:
    foreign = f"backends.{system.name}.servers" in profile.foreign
    for server in _servers(system, profile):
        yield from _host(server, foreign and server not in servers(system, {}))


def _servers(system: type[Backend] | type[Page], profile: Profile) -> tuple[str, ...]:
    return servers(system, profile.backends.get(system.name, {}))


def _listeners(profile: Profile) -> Iterator[str]:
    """The host of a recogniser that hears what is spoken."""
    server = profile.synthesis.recogniser if profile.synthesis.verify != "off" else ""
    if "//" in server:
        yield from _host(server, "synthesis.recogniser" in profile.foreign)


def _host(server: str, foreign: bool) -> Iterator[str]:
    """The host of an address, of this computer only where a stranger names it; nothing where the address is none, which
    the backend itself will say."""
    with suppress(ValueError):
        address = addresses.read(server if "//" in server else f"http://{server}")  # a plug-in's may be a bare host
        if not address.here:
            yield address.host
        elif foreign:
            yield f"{address.place}, a server of this computer"


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
    from dubber.files.atomic import write_whole

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, ("\n".join(lines) + "\n").encode())
    except OSError:
        return
