"""The seam to a recogniser of speech: one verb on values, `transcribe(audio, language) -> Heard`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from dubber.model import Audio


@dataclass(frozen=True, slots=True)
class Word:
    """A word that was heard, and when, in ms of the audio."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard. words: with their times, where they were asked for."""

    text: str
    words: tuple[Word, ...] = ()


class Recogniser(Protocol):
    """Hears words. Opened by the process that uses it."""

    def transcribe(self, audio: Audio, language: str, *, times: bool = False) -> Heard:
        """What is said, taken for the language (a BCP 47 tag). times: of each word too. Raises BackendError."""
        ...

    def language(self, audio: Audio) -> str:
        """Which language it is, where that is sure; "" where it is not, or the recogniser knows one alone.
        Raises BackendError."""
        ...
