"""Which recogniser of speech is used, as a value that a worker process can open: faster-whisper with a model that lies
here, or a server with /v1/audio/transcriptions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from dubber.errors import InputError
from dubber.models import weights
from dubber.models.heard import Recogniser
from dubber.workers import malloc

INSTALL = "pip install 'dubber[verify]'"
ADVICE = f"{INSTALL}, and name a model or a server in synthesis.recogniser"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which recogniser. name: for people, and for takes that it has heard. folder: of a Whisper model; or url and model
    of a server. languages: those that it knows; empty: any."""

    name: str
    folder: Path | None = None
    url: str = ""
    model: str = ""
    languages: tuple[str, ...] = ()
    threads: int = 1

    def knows(self, language: str) -> bool:
        return weights.known(language, self.languages)


def choose(wanted: str, model: str, language: str, threads: int) -> Choice | None:
    """The recogniser that is wanted; "": one that is here and knows the language, or None.

    wanted: a server's address, a folder, OWNER/NAME of the hub. Raises InputError when it is not to be had.
    """
    if wanted.startswith(("http://", "https://")):
        return Choice(f"{model} at {wanted}", url=wanted, model=model)
    found = _found(wanted, language)
    return Choice(found.name, found.folder(), languages=found.languages, threads=threads) if found else None


def described(wanted: str, model: str, language: str) -> str:
    """Which recogniser choose() would give, and where it lies; "" for none that knows the language.

    Nothing is fetched, and no server is asked. Raises InputError as choose() does.
    """
    if wanted.startswith(("http://", "https://")):
        return f"{model} at {wanted}"
    if wanted and find_spec("faster_whisper") and weights.to_be_fetched(wanted):
        return f"{weights.on_hub(wanted)}, which is fetched from the hub before the first line"
    found = _found(wanted, language)
    return f"{found.name}, {found.parts[0]}" if found and found.knows(language) else ""


def _found(wanted: str, language: str) -> weights.Weights | None:
    if find_spec("faster_whisper") is not None:
        return weights.find(wanted) if wanted else weights.here(language)
    if wanted:
        raise InputError("faster-whisper is not installed", where="synthesis.recogniser", advice=INSTALL)
    return None


@cache
def opened(choice: Choice) -> Recogniser:
    """The recogniser, opened once in this process."""
    if choice.url:
        from dubber.models.transcriptions import TranscriptionServer

        return TranscriptionServer(choice.url, choice.model)
    from dubber.models.whisper import Whisper

    malloc.limit_malloc_retention(malloc.HEARING)
    assert choice.folder is not None
    return Whisper(choice.folder, choice.threads)
