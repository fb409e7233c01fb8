"""`/v1/audio/transcriptions`, the interface that OpenAI began and many servers speak (speaches, LocalAI, vLLM).

Source: https://developers.openai.com/api/reference/resources/audio/subresources/transcriptions/methods/create
"""

from __future__ import annotations

from typing import Any

from dubber.api_keys import key_advice, key_of
from dubber.errors import BackendError
from dubber.languages import base
from dubber.media.wav import encode_wav
from dubber.model import Audio
from dubber.models.heard import Heard, Word
from dubber.net.rest import Door

HOMES = ("api.openai.com",)


class TranscriptionServer:
    """A server that hears words. url: its address, up to /v1."""

    def __init__(self, url: str, model: str) -> None:
        key, advice = key_of("openai", url, HOMES), key_advice("openai", url, HOMES)
        self._door, self._model = Door(url, key=key, advice=advice), model

    def transcribe(self, audio: Audio, language: str, *, times: bool = False) -> Heard:
        fields = {"model": self._model, "language": base(language), "response_format": "json", "temperature": "0"}
        if times:
            fields |= {"response_format": "verbose_json", "timestamp_granularities[]": "word"}
        answer = self._door.upload("audio/transcriptions", {"file": encode_wav(audio)}, fields)
        if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
            raise BackendError("answered without a text", where=self._door.server)
        return Heard(answer["text"], _words(answer.get("words")))

    def language(self, audio: Audio) -> str:
        """No answer says how certain its language is."""
        return ""


def _words(found: Any) -> tuple[Word, ...]:
    try:
        return tuple(Word(str(each["word"]), 1000.0 * each["start"], 1000.0 * each["end"]) for each in found or ())
    except (KeyError, TypeError):
        return ()
