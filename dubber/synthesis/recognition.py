"""Takes to what a recogniser hears in them, beside the synthesis of the next ones: stored with each take, once.

One process computes; a server is asked by threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dubber.backends import find
from dubber.errors import DubError, InputError
from dubber.files.store import Store, gone
from dubber.languages import close
from dubber.model import Event, Line, Take
from dubber.models.recogniser import ADVICE, Choice, choose, described, opened
from dubber.synthesis import words
from dubber.synthesis.settings import Synthesis
from dubber.synthesis.validate import judgeable
from dubber.synthesis.worker import measure, natural
from dubber.workers import executors

ASKED = 4  # takes under way at a server
THREADS = 4  # of a model, at most: short takes use no more


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a worker is asked: a take, and who is to hear it."""

    choice: Choice
    root: Path
    line: Line
    key: str


def hear(task: Hearing) -> dict[str, Any]:
    """The facts of a take, with what was heard: kept in the store. Raises BackendError, ToolError."""
    store, line = Store(task.root), task.line
    facts, audio = store.facts(task.key), store.load(task.key)
    if facts is None or audio is None:
        raise gone(line.index)
    guessed, recogniser = bool(facts.get("guessed")), opened(task.choice)
    heard = recogniser.transcribe(audio, line.tongue, times=guessed)
    told = {"text": heard.text, "by": task.choice.name}
    if _strange(line, heard.text) and (language := recogniser.language(audio)) and not close(language, line.tongue):
        told["language"] = language
    more: dict[str, Any] = {"heard": told, "verified": None, "doubt": None, "off": None}
    pairs = [(word.text, word.start) for word in heard.words]
    marks = words.starts([phrase.text for phrase in line.phrases], pairs) if guessed and pairs else None
    if marks:
        more |= {**measure(line, audio, marks), "guessed": None}
        more["natural"] = natural(line, {**facts, **more}, store)
    store.copy(task.key, task.key, more)
    return {name: value for name, value in {**facts, **more}.items() if value is not None}


def _strange(line: Line, heard: str) -> bool:
    """Whether so much of a line is other than its words that it may be another language; of few words nobody can tell
    that."""
    return judgeable(line.text) and words.difference(line.text, heard).share > words.UNDERSTOOD


def refused(settings: Synthesis, languages: Iterable[str]) -> list[str]:
    """Why a job would be refused before its first line, in sentences: every word is to be heard, and nobody here can.
    Nothing is fetched for the answer."""
    faults: dict[str, None] = {}
    for language in languages if settings.verify == "all" else ():
        try:
            if not described(settings.recogniser, settings.recogniser_model, language):
                faults[str(_unknown(language))] = None
        except InputError as fault:
            faults[str(fault)] = None
    return list(faults)


def _unknown(language: str) -> InputError:
    return InputError(f"no recogniser here knows {language!r}", where="synthesis.verify", advice=ADVICE)


class Listening:
    """Hears the takes of a job. A context manager: leaving it ends what is under way."""

    def __init__(self, store: Store, settings: Synthesis, on_event: Callable[[Event], None]) -> None:
        self._store, self._settings, self._on_event = store, settings, on_event
        self._choices: dict[str, Choice | None] = {}
        self._pending: dict[str, executors.Future[dict[str, Any]]] = {}
        self._executors: dict[executors.Kind, executors.Executor] = {}
        self._stack, self._failed = ExitStack(), ""

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            for executor in self._executors.values():
                executors.abandon(executor)
        self._stack.close()

    def prepare(self, languages: Iterable[str]) -> None:
        """Find who hears each language. Raises InputError when every word is to be heard and nobody can."""
        for language in languages if self._settings.verify != "off" else ():
            if self._choice(language) is None:
                fault = _unknown(language)
                if self._settings.verify == "all":
                    raise fault
                told = f"{fault}: its takes are judged by their lengths alone"
                self._on_event(Event("warning", "verification", told))

    @property
    def recognisers(self) -> dict[str, str]:
        """Who hears each language."""
        return {language: choice.name for language, choice in self._choices.items() if choice}

    def begin(self, take: Take) -> None:
        """Start to hear a take, if every take is to be heard."""
        if self._settings.verify == "all":
            self._submit(take)

    def heard(self, takes: Sequence[Take]) -> list[Take]:
        """These takes with what was heard in them; those that nobody can hear as they are."""
        for take in takes:
            self._submit(take)
        waited = sum(map(self._awaited, takes))
        if not waited:
            return list(takes)
        self._on_event(Event("stage", "verification", total=waited))
        told, done = list[Take](), 0
        for take in takes:
            told.append(self._with_words(take))
            if self._awaited(take):
                done += 1
                self._on_event(Event("step", "verification", done=done, total=waited, detail=take.line.place))
        return told

    def _awaited(self, take: Take) -> bool:
        return take.heard is None and take.key in self._pending

    def _submit(self, take: Take) -> None:
        backend, choice = find(take.line.voice.backend), self._choice(take.line.tongue)
        wanted = take.heard is None and backend.speech and backend.judged
        if not wanted or choice is None or self._failed or take.key in self._pending:
            return
        task = Hearing(choice, self._store.root, take.line, take.key)
        self._pending[take.key] = self._executor("threads" if choice.url else "processes").submit(hear, task)

    def _with_words(self, take: Take) -> Take:
        if not self._awaited(take):
            return take
        try:
            return Take.known(take.line, take.key, self._pending[take.key].result(), take.origin)
        except (DubError, executors.BrokenExecutor) as error:
            if not self._failed:
                self._failed = str(error) or "its process was ended"
                self._on_event(Event("warning", "verification", f"words are not verified: {self._failed}"))
            return take

    def _choice(self, language: str) -> Choice | None:
        if language not in self._choices:
            one = self._settings
            threads = one.recogniser_threads or min(THREADS, executors.cores())
            found = choose(one.recogniser, one.recogniser_model, language, threads) if one.verify != "off" else None
            self._choices[language] = found if found and found.knows(language) else None
        return self._choices[language]

    def _executor(self, kind: executors.Kind) -> executors.Executor:
        if kind not in self._executors:
            workers = ASKED if kind == "threads" else 1
            opened = executors.open_executor(kind, workers, preload=())
            self._executors[kind] = self._stack.enter_context(opened)
        return self._executors[kind]
