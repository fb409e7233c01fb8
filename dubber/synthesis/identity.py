"""What speaks, and which takes are its own.

Each take notes what spoke it (Backend.identity: product, version, weights, a preset's content), as a part of its name
in the store: a take is used while the same would speak it now, and what something else spoke is kept beside it. Servers
are asked once for each job, side by side. One that cannot be asked is what was last seen at its address. Takes of an
older dub, which noted nothing, are used too, and are told apart by their name.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dubber.backends import find
from dubber.backends.base import Backend, servers
from dubber.errors import DubError, InputError
from dubber.files.atomic import make_folder, write_whole
from dubber.files.store import Store
from dubber.model import Event, Line, Voice
from dubber.synthesis import take_key

LOOK = 1.0  # s in which an address takes a connection; later it counts as off
PATIENCE = 10.0  # s for what answers there to say what it is
SHOWN = 8  # cues, or identities, that a sentence names

Options = Mapping[str, Mapping[str, Any]]
Tell = Callable[[Event], None]


class Identity(NamedTuple):
    """What speaks with a voice. kept: the content behind the voice's name, where dub uploaded it or can see it. host:
    where, for servers that do not say what they are."""

    what: str
    kept: str = ""
    host: str = ""

    def __str__(self) -> str:
        kept = f", voice {self.kept}" if self.kept else ""
        return f"{self.what}{kept}{f' at {self.host}' if self.host else ''}"

    def same(self, other: Identity) -> bool:
        """Whether two servers are one and the same to a listener, as far as is known of them."""
        return self.what == other.what and (self.kept == other.kept or not (self.kept and other.kept))


@dataclass(frozen=True, slots=True)
class Identities:
    """What speaks with each voice now, at any of its servers. Of a voice that is not here nothing is known, and any
    take is its own. differ: of a backend whose servers are not the same, where and how."""

    now: Mapping[Voice, tuple[Identity, ...]] = field(default_factory=dict)
    differ: Mapping[str, str] = field(default_factory=dict)

    def stored(self, line: Line, store: Store) -> str | None:
        """The name of the line's take in the store, or None when it is to be spoken. A take that a person chose is
        used whoever spoke it."""
        asked = take_key.asked(line, find(line.voice.backend))
        known = self.now.get(line.voice, ())
        for identity in known:
            if store.has(key := take_key.of(asked, str(identity))):
                return key
        if not known or (line.edit and line.edit.take):
            others = store.takes_of([asked])
            return others[asked][-1] if asked in others else None
        return asked if store.has(asked) else None

    def speakers(self, voice: Voice) -> frozenset[str]:
        """What may speak with a voice while the job lasts; empty: anything."""
        return frozenset(identity.what for identity in self.now.get(voice, ()))


def noted(key: str) -> bool:
    """Whether a take's name says what spoke it: an older dub did not note it."""
    return "." in key


def of(system: Backend, options: Mapping[str, Any], voice: Voice, store: Store) -> Identity:
    """What a system is that is open and was asked, for one voice. Raises what the system raises."""
    place, name = address(options), system.keeps(voice)
    return Identity(
        system.identity(voice),
        system.content(voice) or (uploads(store, system.name, place).get(name, "") if name else ""),
        urlsplit(place).netloc or place if system.hosted else "",
    )


# --- before a job -----------------------------------------------------------------------------------------------------


def ask(lines: Iterable[Line], options: Options, store: Store, on_event: Tell = lambda event: None) -> Identities:
    """Ask every server that the lines' voices have what it is. Takes no longer than PATIENCE."""
    from dubber.workers import executors  # here: who only foresees a job starts nothing

    places = list(_places(lines, options))
    answers: dict[_Place, dict[Voice, Identity]] = {}
    end = monotonic() + PATIENCE
    with executors.open_executor("threads", max(1, len(places))) as executor:
        running = {executor.submit(_asked, place, store): place for place in places}
        while running and (left := end - monotonic()) > 0:
            for future in executors.first(running, left):
                place = running.pop(future)
                with suppress(DubError):
                    answers[place] = future.result()
    for place, answer in answers.items():
        _remember(store, place, answer)
    for place in places:
        if place not in answers:
            on_event(Event("note", "synthesis", _unasked(place, _seen(store, place))))
    return _joined(places, answers, store)


def seen(lines: Iterable[Line], options: Options, store: Store) -> Identities:
    """What was last seen where the lines' voices speak, asking nobody."""
    return _joined(list(_places(lines, options)), {}, store)


@dataclass(frozen=True, eq=False)
class _Place:
    """One server of a voice system, and the voices of a job that could speak there."""

    kind: type[Backend]
    options: Mapping[str, Any]
    voices: tuple[Voice, ...]

    @property
    def address(self) -> str:
        return address(self.options)


def _places(lines: Iterable[Line], options: Options) -> Iterator[_Place]:
    voices: dict[str, dict[Voice, None]] = {}
    for line in lines:
        voices.setdefault(line.voice.backend, {})[line.voice] = None
    for name, some in voices.items():
        for one in each_server(find(name), options.get(name, {})):
            yield _Place(find(name), one, tuple(some))


def each_server(kind: Callable[..., Any], options: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The options of a voice system or a trainer, for each of its servers by itself."""
    return [{**options, "servers": (address,)} for address in servers(kind, options)] or [options]


def _asked(place: _Place, store: Store) -> dict[Voice, Identity]:
    """What a server says for each voice that it can speak with."""
    if place.kind.identity is Backend.identity:  # says the same wherever it is
        return {voice: Identity(f"{place.kind.name} {place.kind.version}") for voice in place.voices}
    if not _listens(place.address):
        raise InputError("nobody listens there", where=place.address)
    system, found = place.kind(**place.options), dict[Voice, Identity]()
    try:
        for voice in place.voices:
            with suppress(InputError):  # one that it lacks: the preflight says so, where there is something to speak
                found[voice] = of(system, place.options, voice, store)
    finally:
        system.close()
    return found


def _listens(address: str) -> bool:
    """Whether an address takes connections; what is no address, or is reached through a proxy, is to be asked."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return True
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname, port), LOOK).close()
    except (OSError, ValueError):
        return False
    return True


def _joined(places: list[_Place], answers: Mapping[_Place, Mapping[Voice, Identity]], store: Store) -> Identities:
    now: dict[Voice, tuple[Identity, ...]] = {}
    differ: dict[str, str] = {}
    for voice in dict.fromkeys(voice for place in places for voice in place.voices):
        mine = [place for place in places if voice in place.voices]
        told = {place: found[voice] for place in mine if (found := answers.get(place, {})) and voice in found}
        last = [one for place in mine if place not in told and (one := _seen(store, place).get(_print(voice, store)))]
        first = next(iter(told.values()), None)
        if odd := next((place for place, one in told.items() if first and not one.same(first)), None):
            differ.setdefault(voice.backend, _difference(next(iter(told)), first, odd, told[odd], voice))
        known = [*told.values(), *(one for one in last if first is None or one.same(first))]
        if known:
            now[voice] = tuple(dict.fromkeys(known))
    return Identities(now, differ)


def _difference(one: _Place, first: Identity | None, other: _Place, second: Identity, voice: Voice) -> str:
    return (
        f"its servers are not the same for voices.{voice.name}: {one.address} is {first}, {other.address} is {second}"
    )


# --- what was seen ----------------------------------------------------------------------------------------------------


def _seen(store: Store, place: _Place) -> dict[str, Identity]:
    """What was there the last time, by the print of the voice."""
    kept = _read(_file(store, "seen", place.kind.name, place.address))
    with suppress(TypeError, ValueError):
        return {voice: Identity(*map(str, found)) for voice, found in kept.items()}
    return {}


def _remember(store: Store, place: _Place, answer: Mapping[Voice, Identity]) -> None:
    before = _seen(store, place)
    after = before | {_print(voice, store): identity for voice, identity in answer.items()}
    if after != before:
        _write(_file(store, "seen", place.kind.name, place.address), after)


def uploaded(store: Store, backend: str, address: str, name: str, recording: Path) -> None:
    """Note that a recording was made a voice of a server: what speaks under that name is another from now on."""
    content = blake2b(recording.read_bytes(), digest_size=8).hexdigest()
    _write(_file(store, "uploads", backend, address), {**uploads(store, backend, address), name: content})


def removed(store: Store, backend: str, address: str, name: str) -> None:
    """Note that a server has no voice of that name any more."""
    if name in (known := uploads(store, backend, address)):
        _write(_file(store, "uploads", backend, address), {other: known[other] for other in known if other != name})


def uploads(store: Store, backend: str, address: str) -> dict[str, str]:
    """The voices that dub made at a server, and what stands for the content of each."""
    return {str(name): str(content) for name, content in _read(_file(store, "uploads", backend, address)).items()}


def _file(store: Store, kind: str, backend: str, address: str) -> Path:
    place = blake2b(f"{backend} {address.rstrip('/')}".encode(), digest_size=12).hexdigest()
    return store.root / "servers" / f"{place}.{kind}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _write(path: Path, value: Mapping[str, Any]) -> None:
    """A store that cannot be written is said by whoever keeps a take in it."""
    with suppress(OSError):
        make_folder(path.parent)
        write_whole(path, json.dumps(value, ensure_ascii=False).encode())


def _print(voice: Voice, store: Store) -> str:
    return take_key.settings_of(voice, find(voice.backend))


def address(options: Mapping[str, Any]) -> str:
    """Where the one server of these options is; "" for this computer."""
    return str(next(iter(options.get("servers") or ()), ""))


# --- what is said -----------------------------------------------------------------------------------------------------


def _unasked(place: _Place, last: Mapping[str, Identity]) -> str:
    was = list(dict.fromkeys(one.what for one in last.values()))
    there = f"it is taken for what it was: {'; '.join(was[:SHOWN])}" if was else "its takes are used whoever spoke them"
    return f"{place.kind.name}: {place.address or 'it'} cannot be asked what it is; {there}"


def replaced(lines: Iterable[Line], identities: Identities, store: Store) -> tuple[str, ...]:
    """In a sentence, which takes are made anew because something else spoke them; () when none are."""
    new = [line for line in lines if identities.stored(line, store) is None]
    wanted = {take_key.asked(line, find(line.voice.backend)): line for line in new}
    counts: dict[tuple[str, str], int] = {}
    for asked, takes in store.takes_of(wanted).items():
        before = str((store.glance(takes[-1]) or {}).get("by", ""))
        now = "; ".join(map(str, identities.now.get(wanted[asked].voice, ())))
        counts[before, now] = counts.get((before, now), 0) + 1
    told = [f"{count} by {before} (now: {now})" for (before, now), count in counts.items()]
    return (f"takes that something else spoke are made anew: {', '.join(told[:SHOWN])}",) if told else ()
