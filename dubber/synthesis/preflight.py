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
from dubber.files.store import Store
from dubber.model import Event, Line, Voice
from dubber.synthesis.identity import Identities, each_server

Options = Mapping[str, Mapping[str, Any]]
Tell = Callable[[Event], None]
Preflight = Callable[[Iterable[Line], Options, Store, Tell, Identities], dict[str, str]]


class Preflights:
    """The preflights of a batch. A voice that was looked at is not asked for again; a system that has answered an
    earlier film and is silent now only rests, and the pool knows how to wait for it."""

    def __init__(self) -> None:
        self._voices: set[tuple[str, Voice]] = set()
        self._answered: dict[str, dict[str, str]] = {}

    def __call__(
        self, lines: Iterable[Line], options: Options, store: Store, on_event: Tell, identities: Identities
    ) -> dict[str, str]:
        unspoken = _unspoken(lines, store, identities)
        faults = _unlike(unspoken, identities)
        answered: dict[str, str] = {}
        for name, asked in unspoken.items():
            reach = f"{name} {sorted(options.get(name, {}).items())!r}"
            new = {voice: line for voice, line in asked.items() if (reach, voice) not in self._voices}
            try:
                told = preflight(new.values(), options, store, on_event)
                self._answered[reach] = self._answered.get(reach, {}) | told
                self._voices.update((reach, voice) for voice in new)
            except InputErrors as fault:
                faults += fault.faults
            except BackendUnavailable as silence:
                if reach not in self._answered:
                    raise
                on_event(Event("warning", "synthesis", f"its servers are waited for: {silence}"))
            answered |= self._answered.get(reach, {})
        if faults:
            raise InputErrors(faults)
        return answered


def _unspoken(lines: Iterable[Line], store: Store, identities: Identities) -> dict[str, dict[Voice, Line]]:
    """For each voice system the voices that have something to say, with a line that is not stored."""
    asked: dict[str, dict[Voice, Line]] = {}
    for line in lines:
        known = asked.setdefault(line.voice.backend, {})
        if line.voice not in known and identities.stored(line, store) is None:
            known[line.voice] = line
    return {name: voices for name, voices in asked.items() if voices}


def preflight(
    lines: Iterable[Line],
    options: Options,
    store: Store,
    on_event: Tell = lambda event: None,
    identities: Identities | None = None,
) -> dict[str, str]:
    """Open each voice system once and let it look at one line of each voice. Gives what each server says that it is.

    Raises BackendUnavailable when none of a system's servers answers, InputErrors when voices cannot speak, or servers
    that share a job are not the same. A server that is down beside others that answer is a warning.
    """
    unspoken = _unspoken(lines, store, identities or Identities())
    faults = _unlike(unspoken, identities or Identities())
    answered: dict[str, str] = {}
    for name, voices in unspoken.items():
        answered |= _ask(find(name), options.get(name, {}), list(voices.values()), faults, on_event)
    if faults:
        raise InputErrors(faults)
    return answered


def _unlike(names: Iterable[str], identities: Identities) -> list[InputError]:
    """The voice systems whose servers are not the same: which of them speaks a line would be chance."""
    return [
        InputError(identities.differ[name], where=f"backends.{name}.servers", advice="make them the same, or name one")
        for name in names
        if name in identities.differ
    ]


def _ask(
    kind: type[Backend],
    options: Mapping[str, Any],
    lines: list[Line],
    faults: list[InputError],
    on_event: Callable[[Event], None],
) -> dict[str, str]:
    down: list[str] = []
    answered: dict[str, str] = {}
    for one in each_server(kind, options):
        backend = kind(**one)
        try:
            trouble = backend.check()
            if trouble:
                down.append(trouble)
                continue
            answered[", ".join(one.get("servers", ())) or kind.name] = backend.about()
            found = refused(backend, lines)
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


def refused(backend: Backend, lines: list[Line]) -> list[InputError]:
    """Why this server cannot speak with the voices of these lines, a sentence each."""
    found = []
    for line in lines:
        try:
            backend.preflight(line)
        except InputError as error:
            place = f"voices.{line.voice.name}"
            where = place if not error.where or place in error.where else f"{place}: {error.where}"
            found.append(InputError(error.message, where=where, advice=error.advice))
        except BackendError:
            pass  # busy or stumbling: the pool will try again
        except DubError as error:
            found.append(InputError(error.message, where=f"voices.{line.voice.name}", advice=error.advice))
    return found
