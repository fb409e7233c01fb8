"""What a take is called: all that a user chose of its sound as a hash, then who spoke it."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from dubber.errors import InputError
from dubber.files.atomic import blocks
from dubber.model import Line, Voice
from dubber.schema import fields_of

if TYPE_CHECKING:
    from dubber.backends.base import Backend


def asked(line: Line, backend: type[Backend]) -> str:
    """All that a user chose of a line's sound: how it is split too, for the places of its phrases, and how often it was
    redone. What spoke it then makes a take's own name of it: of()."""
    return _digest([_utterance(line, backend), round(line.speed, 4), line.redo])


def of(asked: str, by: str) -> str:
    """The name of a take: of what was asked for, as it was spoken by whoever that is. A take of an older dub, which did
    not note who spoke it, has the name of what was asked for alone."""
    return f"{asked}.{blake2b(by.encode(), digest_size=6).hexdigest()}"


def utterance(line: Line, backend: type[Backend]) -> str:
    """A line as its voice says it, at whatever speed and however often it was redone."""
    return _digest(_utterance(line, backend))


def voice_of(line: Line, backend: type[Backend]) -> str:
    """The voice alone, with its language: what a reading pace is a property of."""
    return _digest(_voice(line, backend))


def settings_of(voice: Voice, backend: type[Backend]) -> str:
    """The voice's own settings."""
    return _digest(_settings(voice, backend))


def _utterance(line: Line, backend: type[Backend]) -> list[object]:
    return [[phrase.text for phrase in line.phrases], *_voice(line, backend)]


def _digest(value: object) -> str:
    return blake2b(_compact(value).encode(), digest_size=20).hexdigest()


_compact = json.JSONEncoder(ensure_ascii=False).encode


def _voice(line: Line, backend: type[Backend]) -> list[object]:
    """What a voice is: settings that differ from the default, so that a new setting leaves old takes valid."""
    return [backend.name, backend.version, _settings(line.voice, backend), line.voice.language or line.language]


def _settings(voice: Voice, backend: type[Backend]) -> list[object]:
    usual = _defaults(backend)
    return [[key, _json_value(value)] for key, value in sorted(voice.settings) if usual.get(key, ...) != value]


@lru_cache
def _defaults(backend: type[Backend]) -> dict[str, object]:
    return {key: field.default for key, field in fields_of(backend.voice).items()}


def _json_value(value: object) -> object:
    """A setting as JSON: a recording by its content."""
    if isinstance(value, Path):
        return ["recording", _recording(value)]
    return list(map(_json_value, value)) if isinstance(value, tuple) else value


def _recording(path: Path) -> str:
    try:
        status = path.stat()
        return _contents(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise InputError(f"the recording cannot be read: {error.strerror}", where=str(path)) from error


@lru_cache(maxsize=1024)
def _contents(path: Path, size: int, mtime: int) -> str:
    """A file's hash; size and mtime only say when to read it again within one run."""
    checksum = blake2b(digest_size=20)
    with path.open("rb") as file:
        for block in blocks(file):
            checksum.update(block)
    return checksum.hexdigest()
