"""The voice that is always there: espeak-ng as a library in this process, no program and no network.

The system's library is used where there is one, else the one that the wheel `espeakng-loader` carries. The library
has one global state, so all speaking goes through one lock; several lines at once need several processes.
Calls and constants: espeak-ng `src/include/espeak-ng/speak_lib.h`.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from dubber.backends.base import Backend
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.model import Audio, Line, Voice
from dubber.settings import Setting

SLOWEST, FASTEST = 80, 450  # words per minute that espeak-ng speaks well

# speak_lib.h; spoken text is utf-8 with no SSML (0x10) and no [[phonemes]] (0x100)
_SYNCHRONOUS, _NO_EXIT, _UTF8 = 2, 0x8000, 1
_RATE, _VOLUME, _PITCH, _RANGE, _WORDGAP = 1, 2, 3, 4, 7
_END, _WORD = 0, 1


@dataclass(frozen=True)
class EspeakVoice:
    """How espeak-ng reads a line."""

    voice: Annotated[str, Setting("a name that `dub voices espeak` lists (en-us, de, ...); empty: by language")] = ""
    variant: Annotated[str, Setting("a speaker: m1 to m8, f1 to f5, croak, whisper, klatt2, ...")] = ""
    rate: Annotated[int, Setting("reading speed", unit="words/minute", low=SLOWEST, high=FASTEST)] = 175
    pitch: Annotated[int, Setting("how high the voice is", low=0, high=99)] = 50
    range: Annotated[int, Setting("how much the pitch moves; 0 is monotone", low=0, high=99)] = 50
    volume: Annotated[int, Setting("100 is full", low=0, high=200)] = 100
    gap: Annotated[int, Setting("extra pause between words", unit="ms at the default rate", low=0, high=1000)] = 0


class Espeak(Backend):
    """espeak-ng, built in: over a hundred languages, robotic, instant; needs no server."""

    name = "espeak"
    voice = EspeakVoice
    speed_range = (SLOWEST / 175, FASTEST / 175)
    runs = "process"

    def __init__(self) -> None:
        self._marks: tuple[tuple[int, float], ...] = ()

    def synthesize(self, line: Line) -> Audio:
        """Speak as text whatever the line holds; native speed by words per minute."""
        spoken = _library().speak(line.text, self.settings_of(line.voice), _language(line), line.speed)
        self._marks = spoken.words
        return spoken.audio

    def marks(self, line: Line, audio: Audio) -> tuple[float, ...] | None:
        """From the library's word events: the first word at or after each phrase's first character."""
        starts, at = [], 0
        for phrase in line.phrases[:-1]:
            at += len(phrase.text) + 1
            starts.append(next((time for place, time in self._marks if place >= at), None))
        return tuple(start for start in starts if start is not None) if None not in starts else None

    @classmethod
    def speeds(cls, voice: Voice) -> tuple[float, float]:
        rate = cls.settings_of(voice).rate
        return SLOWEST / rate, FASTEST / rate

    def rehearse(self, line: Line) -> None:
        _library().rehearse(self.settings_of(line.voice), _language(line))

    def stop(self) -> None:
        _library().stop()

    def check(self) -> str | None:
        try:
            _library()
        except BackendUnavailable as error:
            return str(error)
        return None

    def voices(self) -> Iterable[str]:
        """Languages first, then every speaker as `+name`, to be added to any of them."""
        library = _library()
        return [*library.languages, *(f"+{name}" for name in library.variants)]


def _language(line: Line) -> str:
    return line.voice.language or line.language


@dataclass(frozen=True)
class _Spoken:
    audio: Audio
    words: tuple[tuple[int, float], ...]  # (character from 0, ms)


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("unique", ctypes.c_uint), ("position", ctypes.c_int), ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int), ("user", ctypes.c_void_p), ("id", ctypes.c_char * 8),
    ]  # fmt: skip


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte), ("age", ctypes.c_ubyte), ("variant", ctypes.c_ubyte), ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int), ("spare", ctypes.c_void_p),
    ]  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass
class _Library:
    """libespeak-ng, initialised. One for each process."""

    call: Any
    rate: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._samples, self._words, self._stopped = bytearray(), list[tuple[int, float]](), False
        self._heard = _Callback(self._hear)  # kept: the library calls it for as long as it lives
        self.call.espeak_SetSynthCallback(self._heard)
        self.languages = tuple(dict.fromkeys(_text(voice.languages, 1) for voice in self._listed(None)))
        self.variants = tuple(
            sorted(_text(voice.identifier).rpartition("/")[2] for voice in self._listed(_Voice(languages=b"variant")))
        )

    def rehearse(self, voice: EspeakVoice, language: str) -> None:
        with self.lock:
            self._choose(voice, language)

    def speak(self, text: str, voice: EspeakVoice, language: str, speed: float) -> _Spoken:
        with self.lock:
            self._choose(voice, language)
            words_per_minute = min(FASTEST, max(SLOWEST, round(voice.rate * speed)))
            for parameter, value in (
                (_RATE, words_per_minute), (_VOLUME, voice.volume), (_PITCH, voice.pitch),
                (_RANGE, voice.range), (_WORDGAP, voice.gap // 10),
            ):  # fmt: skip
                self.call.espeak_SetParameter(parameter, value, 0)
            self._samples.clear()
            self._words.clear()
            self._stopped = False
            data = text.replace("\0", " ").encode("utf-8", "replace")
            status = self.call.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
            if status or self._stopped:
                raise BackendError("was stopped" if self._stopped else f"espeak-ng refused the line (status {status})")
            return self._spoken()

    def stop(self) -> None:
        self._stopped = True

    def _spoken(self) -> _Spoken:
        import numpy as np

        samples = np.frombuffer(bytes(self._samples), np.int16).astype(np.float32) / 32768.0
        return _Spoken(Audio(samples, self.rate), tuple(self._words))

    def _hear(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, 2 * count)
        place = 0
        while events[place].type != _END:
            event = events[place]
            if event.type == _WORD and event.length:
                self._words.append((event.position - 1, 1000.0 * event.sample / self.rate))
            place += 1
        return int(self._stopped)

    def _choose(self, voice: EspeakVoice, language: str) -> None:
        """By name, else by the language's properties, which knows what a name does not (zh, en-gb, fr-fr)."""
        name, _, variant = (voice.voice or language or "en").partition("+")
        variant = voice.variant.lstrip("+") or variant
        if variant and variant not in self.variants:
            raise InputError(f"espeak-ng has no variant {variant!r}", advice="there are: " + ", ".join(self.variants))
        asked = _Voice(languages=name.lower().encode())
        if not (self._by_properties(asked) or (voice.voice and self._by_name(name))):
            raise InputError(f"espeak-ng has no voice for {name!r}", advice=_nearest(name, self.languages))
        if variant:
            self.call.espeak_GetCurrentVoice.restype = ctypes.POINTER(_Voice)
            self._by_name(_text(self.call.espeak_GetCurrentVoice().contents.identifier) + "+" + variant)

    def _by_properties(self, asked: _Voice) -> bool:
        return not self.call.espeak_SetVoiceByProperties(ctypes.byref(asked))

    def _by_name(self, name: str) -> bool:
        return not self.call.espeak_SetVoiceByName(name.encode())

    def _listed(self, kind: _Voice | None) -> list[_Voice]:
        self.call.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        listed = self.call.espeak_ListVoices(ctypes.byref(kind) if kind else None)
        voices: list[_Voice] = []
        while listed[len(voices)]:
            voices.append(listed[len(voices)].contents)
        return voices


def _text(data: bytes | None, skip: int = 0) -> str:
    return (data or b"")[skip:].decode("utf-8", "replace")


def _nearest(name: str, names: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=3)
    return "did you mean " + " or ".join(near) + "?" if near else "`dub voices espeak` lists the names"


_opening = threading.Lock()


def _library() -> _Library:
    """This process's espeak-ng. Films that are dubbed side by side ask for it at once, and opening it twice would spoil
    its one global state. Raises BackendUnavailable when there is none."""
    with _opening:
        return _opened()


@cache
def _opened() -> _Library:
    """Raises BackendUnavailable with the reason of each place looked at."""
    reasons = []
    for path, data in _places():
        try:
            library = ctypes.CDLL(path)
            rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data, _NO_EXIT)
        except (OSError, AttributeError) as error:
            reasons.append(str(error))
            continue
        if rate > 0:
            return _Library(library, rate)
        reasons.append(f"{path} does not find its data")
    raise BackendUnavailable(
        "espeak-ng is not here: " + "; ".join(reasons or ["no library"]), advice="pip install espeakng-loader"
    )


def _places() -> Iterable[tuple[str, bytes | None]]:
    """The system's library with its own data, then the wheel's with the wheel's."""
    for name in ("libespeak-ng.so.1", "libespeak-ng.so", "libespeak-ng.1.dylib"):
        yield name, None
    try:
        import espeakng_loader

        yield espeakng_loader.get_library_path(), str(Path(espeakng_loader.get_data_path())).encode()
    except (ImportError, RuntimeError):
        return
