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
UNSURE = -0.8  # mean log probability of a segment's words; below it the language is looked at too
SURE = 0.8


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
        samples = np.ascontiguousarray(resample(mono(audio), RATE).samples, np.float32)
        try:
            segments, _ = self._model.transcribe(
                samples, language=base(language), beam_size=1, temperature=0.0,
                condition_on_previous_text=False, without_timestamps=not times, word_timestamps=times,
            )  # fmt: skip
            every = list(segments)
            strange = any(segment.avg_logprob < UNSURE for segment in every)
            sounds = self._language(samples) if strange else ""
        except (RuntimeError, ValueError) as error:
            raise BackendError(f"the recogniser failed: {error}") from error
        words = (word for segment in every for word in segment.words or ())
        return Heard(
            " ".join(segment.text.strip() for segment in every),
            tuple(Word(word.word.strip(), 1000.0 * word.start, 1000.0 * word.end) for word in words),
            sounds if sounds != base(language) else "",
        )

    def _language(self, samples: Any) -> str:
        """Which language it sounds like, where the model knows several and is sure."""
        if not self._model.model.is_multilingual:
            return ""
        language, certainty, _ = self._model.detect_language(samples)
        return str(language) if certainty > SURE else ""
