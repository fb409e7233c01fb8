"""What a machine has of all that dub can use."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass

from dubber import __version__, backends
from dubber.doors import secrets
from dubber.errors import DubError
from dubber.media import ffmpeg
from dubber.profile import Profile
from dubber.store import Store
from dubber.studio import opened


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
    return [*_programs(), *_systems(profile), *_keys(profile), _kept()]


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


def _systems(profile: Profile) -> Iterator[Finding]:
    """Each voice system that a voice of the profile speaks with, opened and asked."""
    for name in dict.fromkeys([*(voice.backend for voice in profile.voices.values()), *profile.backends]):
        try:
            with opened(name, profile) as backend:
                trouble = backend.check()
                voices = 0 if trouble else sum(1 for _ in backend.voices())
                facts = [f"{voices} voices" if voices else "", "" if trouble else backend.about()]
        except DubError as error:
            yield Finding(name, error.message, works=False, advice=error.advice)
            continue
        yield Finding(name, trouble or "; ".join(filter(None, ["speaks", *facts])), works=not trouble)


def _keys(profile: Profile) -> Iterator[Finding]:
    for name in {voice.backend for voice in profile.voices.values()} | set(profile.backends):
        service = getattr(backends.find(name), "key_name", "")
        if service:
            held = secrets.key(service) is not None
            advice = "" if held else f"set {secrets.variable_of(service)}, or store it in the system's keyring"
            yield Finding(f"{name} key", "set" if held else "not set", held, True, advice)


def _kept() -> Finding:
    store = Store()
    usage = store.usage()
    return Finding("takes", f"{usage.takes:,} stored in {store.root}")
