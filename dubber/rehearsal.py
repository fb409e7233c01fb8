"""Before the first line: does each voice system answer, and has it the voices that the cast names?

A job of hours must not find out at its last speaker that his voice is missing, nor wait minutes for a server that is
down. Only lines that are not stored yet are asked about; no system is opened for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dubber.backends import find
from dubber.backends.base import Backend
from dubber.errors import BackendError, BackendUnavailable, DubError, InputError, InputErrors
from dubber.model import Event, Line, Voice
from dubber.settings import schema
from dubber.store import Store


def rehearse(
    lines: Iterable[Line],
    options: Mapping[str, Mapping[str, Any]],
    store: Store,
    on_event: Callable[[Event], None] = lambda event: None,
) -> dict[str, str]:
    """Open each voice system once and let it look at one line of each voice. Gives what each server says that it is.

    Raises BackendUnavailable when none of a system's servers answers, InputErrors when voices cannot speak. A server
    that is down beside others that answer is a warning.
    """
    asked: dict[str, dict[Voice, Line]] = {}
    for line in lines:
        known = asked.setdefault(line.voice.backend, {})
        if line.voice not in known and not store.has(store.key(line, find(line.voice.backend))):
            known[line.voice] = line
    faults: list[InputError] = []
    answered: dict[str, str] = {}
    for name, voices in asked.items():
        if voices:
            answered |= _rehearse(find(name), options.get(name, {}), list(voices.values()), faults, on_event)
    if faults:
        raise InputErrors(faults)
    return answered


def _rehearse(
    kind: type[Backend],
    options: Mapping[str, Any],
    lines: list[Line],
    faults: list[InputError],
    on_event: Callable[[Event], None],
) -> dict[str, str]:
    down: list[str] = []
    answered: dict[str, str] = {}
    for one in _servers(kind, options):
        backend = kind(**one)
        try:
            trouble = backend.check()
            if trouble:
                down.append(trouble)
                continue
            answered[", ".join(one.get("servers", ())) or kind.name] = backend.about()
            found = _refused(backend, lines)
        finally:
            backend.close()
        faults += [fault for fault in found if str(fault) not in map(str, faults)]
    if not answered:
        raise BackendUnavailable(
            "; ".join(down), where=kind.name, advice="start it, or correct its servers; see `dub doctor`"
        )
    for trouble in down:
        on_event(Event("warning", "synthesis", f"{kind.name}: {trouble}; the others take its lines"))
    return {server: about for server, about in answered.items() if about}


def _servers(kind: type[Backend], options: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The options for each server by itself."""
    usual = schema(kind).get("servers")
    servers = options.get("servers") or (usual.default if usual else ())
    return [{**options, "servers": (server,)} for server in servers] or [options]


def _refused(backend: Backend, lines: list[Line]) -> list[InputError]:
    found = []
    for line in lines:
        try:
            backend.rehearse(line)
        except InputError as error:
            place = f"voices.{line.voice.name}"
            where = place if not error.where or place in error.where else f"{place}: {error.where}"
            found.append(InputError(error.message, where=where, advice=error.advice))
        except BackendError:
            pass  # busy or stumbling: the pool will try again
        except DubError as error:
            found.append(InputError(error.message, where=f"voices.{line.voice.name}", advice=error.advice))
    return found
