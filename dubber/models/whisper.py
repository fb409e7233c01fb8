"""faster-whisper: OpenAI's Whisper on CTranslate2. The only module that imports it (extra `dubber[verify]`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dubber.errors import BackendError
from dubber.languages import base
from dubber.media.audio import mono, resample
from dubber.model import Audio
from dubber.models.heard import Heard, Word

RATE = 16_000
# How certain it must be of a language. It takes espeak-ng in Swedish and Turkish for Thai with up to 0.91; English
# where German or French was asked for it names with 0.98 and more (docs/verification.md).
SURE = 0.95


class Whisper:
    """A model of a folder, on the processor. Deterministic: no sampling, nothing carried over from other takes."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Raises BackendError when the folder holds no such model."""
        from faster_whisper import WhisperModel

        try:
            self._model: Any = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise BackendError(f"no Whisper model: {error}", where=str(folder)) from error

    def transcribe(self, audio: Audio, language: str, *, times: bool = False) -> Heard:
        try:
            segments, _ = self._model.transcribe(
                _samples(audio), language=base(language), beam_size=1, temperature=0.0,
                condition_on_previous_text=False, without_timestamps=not times, word_timestamps=times,
            )  # fmt: skip
            every = list(segments)
        except (RuntimeError, ValueError) as error:
            raise BackendError(f"the recogniser failed: {error}") from error
        words = (word for segment in every for word in segment.words or ())
        return Heard(
            " ".join(segment.text.strip() for segment in every),
            tuple(Word(word.word.strip(), 1000.0 * word.start, 1000.0 * word.end) for word in words),
        )

    def language(self, audio: Audio) -> str:
        if not self._model.model.is_multilingual:
            return ""
        try:
            language, certainty, _ = self._model.detect_language(_samples(audio))
        except (RuntimeError, ValueError) as error:
            raise BackendError(f"the recogniser failed: {error}") from error
        return str(language) if certainty > SURE else ""


def _samples(audio: Audio) -> Any:
    return np.ascontiguousarray(resample(mono(audio), RATE).samples, np.float32)
