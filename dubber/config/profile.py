"""TOML → Profile: checked, every fault at once, each with its key.

    extends  = "narrator"
    language = "en"
    [backends.espeak]            how to reach a voice system: its constructor's keywords
    [voices.anna]                a voice: backend = "espeak" and that backend's voice settings
    [cast]                       "ANNA" = "anna"; "Guard *" = "bob"
    [reading] [casting] [synthesis] [fitting] [mixing] [output]

Precedence: defaults < what it extends < the profile < the cast file < the environment < the command line.
A profile may be a stranger's: it is data. It holds no keys, and names no recording outside its own folder unless the
user says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from dubber import addresses, backends, schema, training
from dubber.backends.base import Backend
from dubber.casting.assign import Casting
from dubber.config import layers
from dubber.config.layers import TABLES, Layer
from dubber.errors import InputError, InputErrors
from dubber.fitting import Fitting
from dubber.mixing.settings import Mixing
from dubber.model import Cast, Voice
from dubber.muxing.settings import Output
from dubber.paths import USUAL_PROFILE
from dubber.schema import Setting
from dubber.subtitles import Reading
from dubber.synthesis.settings import Synthesis


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The voices that [casting] names: for cues that name nobody, and for speakers whom the cast does not know."""

    narrator: Annotated[str, Setting("voice of cues that name nobody; empty: the pool's first")] = ""
    pool: Annotated[tuple[str, ...], Setting("voices for speakers whom the cast does not name")] = ()


@dataclass(frozen=True, slots=True)
class General:
    """What every voice may have, whatever speaks it; a system's own setting of that name comes first."""

    speed: Annotated[float, Setting("how fast it reads; 1 is as it does by itself", low=0.5, high=2)] = 1.0


SCHEMAS: Mapping[str, type] = dict(zip(TABLES, (Reading, Casting, Synthesis, Fitting, Mixing, Output), strict=True))
SECRET = re.compile(r"(^|_)(api_?key|key|token|secret|password)$")
DEFAULTS = "default"
SUGGESTIONS = 50  # faults for which the nearest name is looked up: each look costs as much as there are voices


@dataclass(frozen=True)
class Profile:
    """All that a user has set, checked. sources: dotted key → who set it (no entry: the default).

    files: what it was read from. confined: the folder of a profile that may be a stranger's and names where outputs go:
    they lie below it or below the film's folder; None: the user said where. foreign: the dotted keys that somebody else
    than the user may have set. remarks: sentences for the user.
    """

    name: str
    about: str = ""
    language: str = ""
    backends: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    voices: Mapping[str, Voice] = field(default_factory=dict)
    cast: Cast = field(default_factory=Cast)
    reading: Reading = field(default_factory=Reading)
    roles: Roles = field(default_factory=Roles)
    casting: Casting = field(default_factory=Casting)
    synthesis: Synthesis = field(default_factory=Synthesis)
    fitting: Fitting = field(default_factory=Fitting)
    mixing: Mixing = field(default_factory=Mixing)
    output: Output = field(default_factory=Output)
    sources: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    confined: Path | None = None
    foreign: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()

    @classmethod
    def load(
        cls,
        name: str | os.PathLike[str] = USUAL_PROFILE,
        *,
        cast: str | os.PathLike[str] | None = None,
        settings: Mapping[str, object] | None = None,
        trusted: bool = False,
        trusted_output: bool = False,
    ) -> Profile:
        """The profile of that name, or in that file. cast: a file that says who speaks with which voice. settings: what
        is set beside, {"mixing.depth": 12}. trusted, trusted_output: its recordings, its outputs may lie anywhere.

        Raises InputErrors with every fault that it has.
        """
        file = Path(cast) if cast is not None else None
        return load(os.fspath(name), cast=file, overrides=settings, trusted=trusted, trusted_output=trusted_output)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files that it was read from, and the recordings that its voices speak like."""
        values = [value for voice in self.voices.values() for _, value in voice.settings]
        members = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
        return (*self.files, *(one for one in members if isinstance(one, Path)))


@dataclass
class _Draft:
    """The layers merged: values by trail, and who said each; faults found so far."""

    values: dict[tuple[str, ...], Any] = field(default_factory=dict)
    said: dict[tuple[str, ...], Layer] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    tables: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)
    faults: list[InputError] = field(default_factory=list)

    def lay(self, layer: Layer) -> None:
        self.files += [layer.file] if layer.file else []
        for trail, value in layers.walk(layer.values):
            self.values[trail] = value
            self.said[trail] = layer
            self.tables.setdefault(trail[:-1], {})[trail[-1]] = value

    def by_stranger(self, *trail: str) -> Layer | None:
        """The layer that set a key, when it may be a stranger's."""
        layer = self.said.get(trail)
        return layer if layer and not layer.user else None

    def table(self, *trail: str) -> dict[str, Any]:
        """The leaves directly in a table."""
        return dict(self.tables.get(trail, {}))

    def names(self, table: str) -> list[str]:
        """The tables in a table, in the order written."""
        return list(dict.fromkeys(keys[1] for keys in self.values if keys[0] == table and len(keys) > 1))

    def fault(self, message: str, *trail: str, advice: str = "") -> None:
        layer = self.said.get(trail)
        place = f"{layer.source}: {'.'.join(trail)}" if layer else ".".join(trail)
        self.faults.append(InputError(message, where=place, advice=advice))


def load(
    name: str,
    *,
    cast: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    trusted: bool = False,
    trusted_output: bool = False,
) -> Profile:
    """The profile of that name or path. Raises InputErrors with every fault that it has.

    cast: a file with [cast] and [voices] of its own. overrides: dotted key → value, from the command line.
    trusted: the user vouches for recordings that lie outside the profile's folder. trusted_output: and lets it say
    where outputs go and whether files are replaced, wherever the profile lies.
    """
    draft = _Draft()
    for layer in layers.chain(name):
        draft.lay(layer)
    if cast is not None:
        draft.lay(layers.of_file(cast, layers.read(cast)))
    draft.lay(layers.from_environment(os.environ if environ is None else environ, _systems))
    draft.lay(layers.from_dotted(overrides or {}))
    profile = _checked(Path(name).stem, draft, trusted)
    if not trusted_output:
        profile = _confined(profile, draft)
    if draft.faults:
        raise InputErrors(draft.faults)
    return profile


def _confined(profile: Profile, draft: _Draft) -> Profile:
    """The profile without what only the user may say: that files are replaced, and where outputs go at will."""
    replacing, placing = draft.by_stranger("output", "overwrite"), draft.by_stranger("output", "folder")
    if replacing and profile.output.overwrite:
        remark = f"{replacing.source}: output.overwrite is not heeded: say --overwrite, or --trust-output"
        profile = replace(profile, output=replace(profile.output, overwrite=False), remarks=(remark,))
    return replace(profile, confined=placing.folder if placing else None)


def _checked(name: str, draft: _Draft, trusted: bool) -> Profile:
    _no_strangers(draft)
    voices = {voice: _voice(voice, draft, trusted) for voice in draft.names("voices")}
    known = {key: voice for key, voice in voices.items() if voice is not None}
    own = schema.fields_of(Roles)
    given = draft.table("casting")
    roles = Roles(**_read(Roles, {key: given[key] for key in own if key in given}, ("casting",), draft))
    tables = {table: _settings(table, kind, draft) for table, kind in SCHEMAS.items()}
    reach = {backend: _reach(backend, draft) for backend in draft.names("backends")}
    if tables["synthesis"].farm and draft.by_stranger("synthesis", "farm"):
        advice = "say --set synthesis.farm=ADDRESS, or put it into a profile in your config folder"
        message = "only you may name a scheduler: what it answers runs as code here"
        draft.fault(message, "synthesis", "farm", advice=advice)
    if "//" in tables["synthesis"].recogniser:
        _addressed(tables["synthesis"].recogniser, draft, "synthesis", "recogniser")
    return Profile(
        name=name,
        about=_text("about", draft),
        language=_text("language", draft),
        backends=reach,
        voices=known,
        roles=roles,
        cast=_cast(known, roles, draft),
        sources={".".join(trail): layer.source for trail, layer in draft.said.items()},
        foreign=frozenset(".".join(trail) for trail, layer in draft.said.items() if not layer.user),
        files=tuple(draft.files),
        **tables,
    )


def _no_strangers(draft: _Draft) -> None:
    """Keys that no profile has, and keys that must never stand in one."""
    top = {"extends", "about", "language"}
    tables = {*TABLES, "backends", "voices", "cast"}
    for trail, value in draft.values.items():
        if trail[0] not in (top if len(trail) == 1 and not isinstance(value, dict) else tables):
            draft.fault("no such key", *trail, advice="allowed: " + ", ".join(sorted(top | tables)))
        elif trail[0] in ("backends", "voices") and len(trail) < 3 and value != {}:
            draft.fault("must be a table", *trail, advice=f"write [{trail[0]}.NAME]")
        elif len(trail) > (3 if trail[0] in ("backends", "voices") else 2):
            draft.fault("a table stands where a value belongs", *trail)
        elif trail[0] not in ("cast",) and SECRET.search(trail[-1]) and isinstance(value, str):
            advice = "set it in the environment or the system's keyring; `dub doctor` names the variable"
            draft.fault("a key does not belong in a profile", *trail, advice=advice)


def _text(key: str, draft: _Draft) -> str:
    value = draft.values.get((key,), "")
    if isinstance(value, str):
        return value
    draft.fault(f"{value!r} is not a text", key)
    return ""


def _read(kind: Any, values: Mapping[str, Any], trail: tuple[str, ...], draft: _Draft) -> dict[str, Any]:
    """settings.read, each fault with the file it stands in."""
    found: list[InputError] = []
    good = schema.read(kind, values, ".".join(trail), found)
    for fault in found:
        layer = draft.said.get(tuple(fault.where.split(".")))
        place = f"{layer.source}: {fault.where}" if layer else fault.where
        draft.faults.append(InputError(fault.message, where=place, advice=fault.advice))
    return good


def _settings(table: str, kind: type, draft: _Draft) -> Any:
    voices = schema.fields_of(Roles) if table == "casting" else {}
    given = {key: value for key, value in draft.table(table).items() if key not in voices}
    return _built(kind, _read(kind, given, (table,), draft), (table,), draft)


def _built(kind: type, good: Mapping[str, Any], trail: tuple[str, ...], draft: _Draft) -> Any:
    """The settings object; what it refuses as a whole (two values that contradict) is a fault of its table."""
    try:
        return kind(**good)
    except (InputError, ValueError) as error:
        draft.fault(str(error), *trail)
        return kind()


def _systems() -> tuple[str, ...]:
    """What [backends.NAME] may say how to reach: what speaks, and what trains."""
    return (*backends.names(), *training.names())


def _reach(name: str, draft: _Draft) -> dict[str, Any]:
    kind = training.find(name) if name not in backends.names() else None
    system = kind or _backend(name, draft, "backends", name)
    if not system:
        return {}
    good = _read(system, draft.table("backends", name), ("backends", name), draft)
    usual = schema.fields_of(system).get("servers")
    plugged_in = usual is None or not any("//" in address for address in usual.default or ())
    for server in good.get("servers", ()):
        if "//" in server or not plugged_in:  # a plug-in may name its servers otherwise
            _addressed(server, draft, "backends", name, "servers")
    return good


def _addressed(server: str, draft: _Draft, *trail: str) -> None:
    """A fault where an address is none, or would end a request otherwise than dub does; no password in it is shown."""
    try:
        addresses.read(server)
    except ValueError as error:
        shown = "an address" if "@" in server else repr(server)[:80]
        draft.fault(f"{shown} {error}", *trail, advice="like http://127.0.0.1:8880/v1")


def _backend(name: Any, draft: _Draft, *trail: str) -> type[Backend] | None:
    try:
        return backends.find(str(name))
    except InputError as error:
        draft.fault(error.message, *trail, advice=error.advice)
        return None


def _voice(name: str, draft: _Draft, trusted: bool) -> Voice | None:
    values = draft.table("voices", name)
    kind, language, gender = values.pop("backend", None), values.pop("language", ""), values.pop("gender", "")
    if kind is None:
        draft.fault("is required", "voices", name, "backend", advice="which voice system speaks: " + _listed())
        return None
    backend = _backend(kind, draft, "voices", name, "backend")
    if not isinstance(language, str):
        draft.fault(f"{language!r} is not a text", "voices", name, "language", advice="a language tag, such as pt-BR")
        return None
    if gender not in ("", "female", "male"):
        draft.fault(f"{gender!r} is not allowed", "voices", name, "gender", advice="female or male")
        return None
    if backend is None:
        return None
    own = schema.fields_of(backend.voice)
    every = {key: values.pop(key) for key in schema.fields_of(General) if key in values and key not in own}
    general = _built(General, _read(General, every, ("voices", name), draft), ("voices", name), draft)
    good = _read(backend.voice, values, ("voices", name), draft)
    good = {key: _recordings(value, ("voices", name, key), draft, trusted) for key, value in good.items()}
    voice = Voice(backend.name, name, tuple(sorted(good.items())), language, speed=general.speed)
    return replace(voice, gender=gender or backend.gender(voice))


def _listed() -> str:
    return ", ".join(backends.names())


def _recordings(value: Any, trail: tuple[str, ...], draft: _Draft, trusted: bool) -> Any:
    """Paths made absolute; they must exist, and lie with the profile unless the user vouches for it."""
    if isinstance(value, tuple):
        return tuple(_recordings(item, trail, draft, trusted) for item in value)
    if not isinstance(value, Path):
        return value
    folder = draft.said[trail].folder if trail in draft.said else None
    path = (folder or Path.cwd()) / (value.expanduser() if trusted or folder is None else value)
    if not layers.is_file(path) and not os.path.lexists(path):
        draft.fault(f"{str(value)!r} does not exist", *trail, advice=f"looked in {path.parent}")
    elif not layers.is_file(path):
        draft.fault(f"{str(value)!r} is not a file", *trail)
    elif folder and not trusted and not path.resolve().is_relative_to(folder):
        advice = "copy it beside the profile, or say --trust if the profile is your own"
        draft.fault(f"{str(value)!r} lies outside the profile's folder", *trail, advice=advice)
    return path.resolve()


def _cast(voices: Mapping[str, Voice], chosen: Roles, draft: _Draft) -> Cast:
    roles = []
    for pattern, name in draft.table("cast").items():
        voice = _voice_named(name, voices, ("cast", pattern), draft)
        roles += [(pattern, voice)] if voice else []
    pool = [_voice_named(name, voices, ("casting", "pool"), draft) for name in chosen.pool]
    narrator = _voice_named(chosen.narrator, voices, ("casting", "narrator"), draft) if chosen.narrator else None
    by_name = () if roles else tuple(voices.values())  # where nobody wrote a cast, names that match are meant
    return Cast(tuple(roles), tuple(voice for voice in pool if voice), narrator, by_name)


def _voice_named(name: Any, voices: Mapping[str, Voice], trail: tuple[str, ...], draft: _Draft) -> Voice | None:
    if isinstance(name, str) and name in voices:
        return voices[name]
    from difflib import get_close_matches

    near = get_close_matches(str(name), voices, n=1) if len(draft.faults) < SUGGESTIONS else []
    have = f"did you mean {near[0]}?" if near else "there are: " + (", ".join(voices) or "none; write [voices.NAME]")
    draft.fault(f"there is no voice {name!r}", *trail, advice=have)
    return None
