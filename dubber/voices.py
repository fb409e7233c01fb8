"""One voice system opened for a person: list its voices, try one, call an endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dubber import backends, paths, schema
from dubber.backends.base import Backend
from dubber.config import layers
from dubber.config.profile import Profile
from dubber.errors import DubError, InputError, InputErrors
from dubber.files import scratch, written
from dubber.files.store import Store
from dubber.model import Audio, Line, Phrase, Window
from dubber.schema import Endpoint
from dubber.synthesis import identity
from dubber.training import find as trainer

if TYPE_CHECKING:
    from dubber.backends._webui import Page


@contextmanager
def _reached(name: str, profile: Profile | None = None) -> Iterator[Backend | Page]:
    """A backend or a trainer: what has endpoints() and call()."""
    kind = trainer(name) or backends.find(name)
    system = kind(**(profile.backends.get(name, {}) if profile else {}))
    try:
        yield system
    finally:
        system.close()


@contextmanager
def opened(name: str, profile: Profile | None = None) -> Iterator[Backend]:
    """The backend, reached as the profile says; closed when the block ends."""
    with _open(name, profile.backends.get(name, {}) if profile else {}) as backend:
        yield backend


def offered(name: str, profile: Profile | None = None) -> list[str]:
    """The voice names that a system offers."""
    with opened(name, profile) as backend:
        return list(backend.voices())


def first_voice(name: str, profile: Profile) -> dict[str, Any]:
    """Settings with which a voice of this system speaks: those of the profile that comes with dub, with a name that the
    server has, where one answers."""
    shipped = paths.shipped_folder() / f"{name}.toml"
    voices = layers.read(shipped).get("voices", {}) if shipped.is_file() else {}
    own = {key: value for key, value in voices.get("narrator", {}).items() if key != "backend"}
    key = backends.find(name).named_by
    there = _answering(name, profile) if key else []
    return {**own, key: there[0]} if there and own.get(key) not in there else own


def _answering(name: str, profile: Profile) -> list[str]:
    """The voices of a system whose server answers now."""
    try:
        with opened(name, profile) as backend:
            return [] if backend.check() else list(backend.voices())
    except DubError:
        return []


def add_voice(backend: str, name: str, recording: Path, profile: Profile, may: Callable[[str], bool]) -> list[str]:
    """Make a recording a voice of every server of a voice system; gives what must be known to use it.

    may: is asked, with a server's address, before a voice of that name is replaced there. Raises InputError when it
    says no, and nothing is added anywhere.
    """
    with ExitStack() as stack:
        systems = [(place, stack.enter_context(_open(backend, one))) for place, one in _servers(backend, profile)]
        for address, system in systems:
            there = {*system.voices(), *identity.uploads(Store(), backend, address)}
            if there & {name, f"{name}.pt"} and not may(address):
                advice = "--overwrite replaces it; another name keeps both"
                raise InputError(f"the server has a voice {name!r} already", where=address, advice=advice)
        told = []
        for address, system in systems:
            told.append(system.add_voice(name, recording))
            identity.uploaded(Store(), backend, address, name.removesuffix(".pt"), recording)
    return list(dict.fromkeys(filter(None, told)))


def remove_voice(backend: str, name: str, profile: Profile) -> None:
    """Remove a voice from every server of a voice system, for good."""
    for address, one in _servers(backend, profile):
        with _open(backend, one) as system:
            system.remove_voice(name)
            identity.removed(Store(), backend, address, name.removesuffix(".pt"))


def _servers(backend: str, profile: Profile) -> list[tuple[str, Mapping[str, Any]]]:
    options = identity.each_server(backends.find(backend), profile.backends.get(backend, {}))
    return [(identity.address(one), one) for one in options]


@contextmanager
def _open(backend: str, options: Mapping[str, Any]) -> Iterator[Backend]:
    system = backends.find(backend)(**options)
    try:
        yield system
    finally:
        system.close()


def say(profile: Profile, voice: str, text: str, output: Path, *, language: str = "", overwrite: bool = False) -> float:
    """Speak a text with a voice of the profile into a file (WAV, MP3, M4A, FLAC, OGG); gives its length in seconds."""
    _check_place(output, profile.inputs, overwrite)
    if voice not in profile.voices:
        near = get_close_matches(voice, profile.voices, n=1)
        advice = f"did you mean {near[0]}?" if near else "there are: " + ", ".join(profile.voices)
        raise InputError(f"the profile has no voice {voice!r}", advice=advice)
    chosen = profile.voices[voice]
    phrase = Phrase(1, Window(0, 60_000), text)
    line = Line(1, voice, chosen, (phrase,), chosen.language or language or profile.language or "en")
    with opened(chosen.backend, profile) as backend:
        audio = backend.synthesize(line)
    _write(audio, output, title=text)
    return audio.milliseconds / 1000


def export(key: str, output: Path, *, overwrite: bool = False) -> None:
    """Write a stored take as a file: WAV of 16 bits, MP3, M4A, FLAC, Ogg.

    Raises InputError for another kind, or when the take has gone; ToolError when it cannot be written.
    """
    _check_place(output, (), overwrite)
    audio = Store().load(key)
    if audio is None:
        raise InputError("the take has gone from the store", where=key, advice="dub the film again: it is spoken anew")
    _write(audio, output)


@contextmanager
def as_file(key: str) -> Iterator[Path]:
    """A stored take as a WAV file that is there while the block runs."""
    with scratch.folder() as folder:
        path = folder / "take.wav"
        export(key, path)
        yield path


def endpoints(name: str, profile: Profile | None = None) -> Sequence[Endpoint]:
    """Every documented call of a system, reached as the profile says: one may have several doors (gptsovits: api).
    Where its server answers, the calls that it has beside those too."""
    with _reached(name, profile) as system:
        return list(_calls(system).values())


@dataclass(frozen=True, slots=True)
class Called:
    """What a call gave, as JSON can say it. wrote: its sound went to the file that it was asked for."""

    answer: Any
    wrote: bool


def call(
    name: str,
    endpoint: str,
    values: Mapping[str, str],
    profile: Profile,
    output: Path | None,
    *,
    overwrite: bool = False,
) -> Called:
    """Make a call with values as typed; sound goes to output, and the answer says where."""
    if output is not None:
        _check_place(output, profile.inputs, overwrite)
    with _reached(name, profile) as system:
        known = _calls(system)
        one = known.get(endpoint.lstrip("/"))
        if one is None:
            near = get_close_matches(endpoint.lstrip("/"), known, n=1)
            advice = f"did you mean {near[0]}?" if near else "there are: " + ", ".join(known)
            raise InputError(f"{name} has no call {endpoint!r}", advice=advice)
        answer = system.call(one.name, _typed(one, values))
    if not isinstance(answer, Audio):
        return Called(answer, False)
    if output is not None:
        _write(answer, output)
    kept = str(output) if output is not None else "not kept: -o FILE.wav writes it"
    return Called({"audio": kept, "seconds": round(answer.milliseconds / 1000, 3)}, output is not None)


def _calls(system: Backend | Page) -> dict[str, Endpoint]:
    """The documented calls by name, as the server has them where it says so."""
    return {one.name.lstrip("/"): one for one in (*system.endpoints(), *system.discovered())}


def _typed(one: Endpoint, values: Mapping[str, str]) -> dict[str, Any]:
    faults: list[InputError] = []
    good: dict[str, Any] = {}
    for key, text in values.items():
        if key not in one.fields:
            faults.append(InputError("no such parameter", where=key, advice="allowed: " + ", ".join(one.fields)))
            continue
        try:
            good[key] = schema.convert(text, one.fields[key])
        except ValueError as error:
            faults.append(InputError(str(error), where=key))
    for key, item in one.fields.items():
        if item.default is schema.REQUIRED and key not in values:
            faults.append(InputError("is required", where=key, advice=item.setting.about))
    if faults:
        raise InputErrors(faults)
    return good


def _check_place(output: Path, inputs: Iterable[Path], overwrite: bool) -> None:
    """Refuse a file that may not be replaced, and a name that would promise another kind of file than is written."""
    from dubber.media import clip_files

    clip_files.check(output)
    written.check(output, inputs, overwrite)


def _write(audio: Audio, output: Path, title: str = "") -> None:
    """Write to a place that was checked, as the kind of file that its name says."""
    from dubber.media import clip_files

    written.write(output, clip_files.encoded(audio, output.suffix, {"title": title} if title else None), overwrite=True)
