"""What a machine has of all that dub can use."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dubber import __version__, backends
from dubber.backends.base import Backend
from dubber.config.profile import Profile
from dubber.errors import DubError
from dubber.files.store import Store
from dubber.media import ffmpeg
from dubber.model import Line, Phrase, Voice, Window
from dubber.models.recogniser import ADVICE, described
from dubber.synthesis.identity import each_server
from dubber.synthesis.preflight import refused
from dubber.training import find as trainer
from dubber.workers import executors

if TYPE_CHECKING:
    from dubber.backends._webui import Page


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked for. optional: dub does its work without it."""

    what: str
    found: str
    works: bool = True
    optional: bool = False
    advice: str = ""

    @property
    def mark(self) -> str:
        return "ok" if self.works else "--" if self.optional else "NO"


def findings(profile: Profile) -> list[Finding]:
    """Everything, in the order in which a film needs it; the voice systems are those that the profile names."""
    return [
        *_programs(),
        *_plugins(profile),
        *_systems(profile),
        *_keys(profile),
        _recogniser(profile),
        _stored_takes(),
    ]


def _programs() -> Iterator[Finding]:
    yield Finding("dub", f"{__version__}, Python {platform.python_version()}, {platform.machine()}")
    try:
        found, version = ffmpeg.tools(), ffmpeg.version()
    except DubError as error:
        yield Finding("ffmpeg", error.message, works=False, advice=error.advice)
        return
    yield Finding("ffmpeg", f"{version}, {found.ffmpeg}")
    none = "none beside it: films are probed with ffmpeg itself"
    yield Finding("ffprobe", str(found.ffprobe or none), bool(found.ffprobe), True)
    missing = "not installed: clips are stretched in process instead"
    yield Finding("rubberband", str(found.rubberband or missing), bool(found.rubberband), True)


def _plugins(profile: Profile) -> Iterator[Finding]:
    """The backends of other packages. One that does not load stands in the way of the profiles that name it alone."""
    named = {voice.backend for voice in profile.voices.values()} | profile.backends.keys()
    for name, package, fault in backends.plugged_in():
        advice = backends.REINSTALL if fault else ""
        yield Finding(f"plug-in {name}", fault or package, not fault, name not in named, advice)


def _systems(profile: Profile) -> Iterator[Finding]:
    """Each server of each voice system and trainer that the profile names, asked side by side: what a job would find
    out before its first line."""
    named = dict.fromkeys([*(voice.backend for voice in profile.voices.values()), *profile.backends])
    asked = [(name, one) for name in named for one in each_server(_kind(name), profile.backends.get(name, {}))]
    if not asked:
        return
    with executors.open_executor("threads", len(asked)) as executor:
        for found in executors.in_order(executor, partial(_asked, profile), asked, ahead=len(asked)):
            yield from found


def _kind(name: str) -> type[Backend] | type[Page]:
    return trainer(name) or backends.find(name)


def _asked(profile: Profile, server: tuple[str, Mapping[str, Any]]) -> list[Finding]:
    """What one server says of itself, and why it cannot speak with voices of the profile."""
    name, options = server
    try:
        system = _kind(name)(**options)
        try:
            return list(_look(system, name, options, profile))
        finally:
            system.close()
    except DubError as error:
        return [Finding(name, error.message, works=False, advice=error.advice)]


def _look(system: Backend | Page, name: str, options: Mapping[str, Any], profile: Profile) -> Iterator[Finding]:
    trouble = system.check()
    if trouble:
        yield Finding(name, trouble, works=False)
        return
    address = ", ".join(map(str, options.get("servers", ())))
    speaks = isinstance(system, Backend)
    voices = sum(1 for _ in system.voices()) if isinstance(system, Backend) else 0
    facts = ["speaks" if speaks else "trains", system.about(), f"{voices} voices" if voices else ""]
    yield Finding(name, (f"{address}: " if address else "") + "; ".join(filter(None, facts)))
    if isinstance(system, Backend):
        lines = [_line(voice, profile) for voice in profile.voices.values() if voice.backend == name]
        for fault in refused(system, lines):
            yield Finding(name, f"{fault.where}: {fault.message}", works=False, advice=fault.advice)


def _line(voice: Voice, profile: Profile) -> Line:
    phrase = Phrase(1, Window(0, 60_000), "1, 2, 3.")
    return Line(1, voice.name, voice, (phrase,), voice.language or profile.language or "en")


def _keys(profile: Profile) -> Iterator[Finding]:
    """Whether each server's key is set; only the services' own hosts answer nobody without one. No key is shown."""
    for name in dict.fromkeys([*(voice.backend for voice in profile.voices.values()), *profile.backends]):
        kind = _kind(name)
        if issubclass(kind, Backend) and kind.key_name:
            for options in each_server(kind, profile.backends.get(name, {})):
                yield _key(kind, str(options.get("servers", ("",))[0]))


def _key(kind: type[Backend], server: str) -> Finding:
    from dubber.api_keys import key_advice, key_name, key_place

    asked = (kind.key_name, server, kind.homes)
    what, host, place = f"{kind.name} key", urlsplit(server).hostname or server, key_place(*asked)
    advice = "" if place else f"{key_advice(*asked)}, or store it in the system's keyring"
    state = f"set ({place})" if place else f"not set ({key_name(*asked)})"
    return Finding(what, f"{host}: {state}", bool(place), host not in kind.homes, advice)


def _recogniser(profile: Profile) -> Finding:
    """Who hears the words of takes in the profile's languages. A job that wants all heard does not begin without."""
    asked, optional = profile.synthesis, profile.synthesis.verify != "all"
    languages = [profile.language or "en", *(voice.language for voice in profile.voices.values())]
    try:
        found = {
            one: described(asked.recogniser, asked.recogniser_model, one)
            for one in dict.fromkeys(languages) if one
        }  # fmt: skip
    except DubError as error:
        return Finding("recogniser", error.message, works=False, optional=optional, advice=error.advice)
    unknown = [language for language, name in found.items() if not name]
    if unknown:
        told = f"none here knows {', '.join(unknown)} (verify = {asked.verify})"
        return Finding("recogniser", told, works=False, optional=optional, advice=ADVICE)
    return Finding("recogniser", f"{'; '.join(dict.fromkeys(found.values()))} (verify = {asked.verify})")


def _stored_takes() -> Finding:
    store = Store()
    usage = store.usage()
    return Finding("takes", f"{usage.takes:,} stored in {store.root}")
