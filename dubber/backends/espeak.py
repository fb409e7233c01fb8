"""The voice that is always there: espeak-ng as a library in this process, no program and no network.

The library is the one that the wheel `espeakng-loader` carries, the same on every machine; the system's is used only
where that does not load. It has one global state, so all speaking goes through one lock; several lines at once need
several processes. Part of that state (the place in the flutter of the pitch, the noise) goes on from line to line and
no call resets it: so the wheel's library is loaded anew for each line, and a take depends on its line alone.
Calls and constants: espeak-ng `src/include/espeak-ng/speak_lib.h`.
"""

from __future__ import annotations

import ctypes
import os
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from dubber import writing_systems as scripts
from dubber.backends.base import Backend
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.model import Audio, Gender, Line, Voice
from dubber.schema import Setting

SLOWEST, FASTEST = 80, 450  # words per minute that espeak-ng speaks well

# speak_lib.h; spoken text is utf-8 with no SSML (0x10) and no [[phonemes]] (0x100)
_SYNCHRONOUS, _NO_EXIT, _UTF8 = 2, 0x8000, 1
_RATE, _VOLUME, _PITCH, _RANGE, _WORDGAP = 1, 2, 3, 4, 7
_END, _WORD = 0, 1
_IPA = 2
DESCRIPTION = 6  # sounds with which two letters begin, before these are words about them


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

    @classmethod
    def gender(cls, voice: Voice) -> Gender:
        """Of the variants "f1" to "f5" and "m1" to "m8"."""
        kinds: dict[str, Gender] = {"f": "female", "m": "male"}
        variant = str(voice.get("variant", ""))
        return kinds.get(variant[:1], "") if variant[1:].isdigit() else ""

    def synthesize(self, line: Line) -> Audio:
        """Speak as text whatever the line holds; native speed by words per minute."""
        spoken = _library().speak(line.text, self.settings_of(line.voice), line.tongue, line.speed)
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

    @classmethod
    def cannot_read(cls, line: Line) -> str:
        """Letters that espeak-ng has only descriptions of in this voice: kanji in Japanese ("Chinese letter"), Chinese
        before its version 1.52."""
        if line.text.isascii():
            return ""
        voice, language = cls.settings_of(line.voice), line.tongue
        described = [script for script, some in _letters(line.text) if _library().describes(some, voice, language)]
        return " and ".join("Chinese characters" if script == "Han" else f"{script} letters" for script in described)

    def identity(self, voice: Voice) -> str:
        return f"espeak-ng {_library().version}"

    def preflight(self, line: Line) -> None:
        _library().preflight(self.settings_of(line.voice), line.tongue)

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


class _Place(NamedTuple):
    """Where a library and its data are. reloads: it can be loaded anew, in 1 ms; the system's has threads of its own
    and would hang."""

    path: str
    data: bytes | None
    reloads: bool


@dataclass
class _Library:
    """libespeak-ng, initialised. One for each process."""

    place: _Place
    call: Any
    rate: int
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._samples, self._words, self._stopped = bytearray(), list[tuple[int, float]](), False
        self._heard = _Callback(self._hear)  # kept: the library calls it for as long as it lives
        self._files = dict[tuple[str, str], str]()
        self._described = dict[tuple[str, str], bool]()
        self.call.espeak_Info.restype = ctypes.c_char_p
        self.version = _text(self.call.espeak_Info(None))
        self.languages = tuple(dict.fromkeys(_text(voice.languages, 1) for voice in self._listed(None)))
        self.variants = tuple(
            sorted(_text(voice.identifier).rpartition("/")[2] for voice in self._listed(_Voice(languages=b"variant")))
        )

    def preflight(self, voice: EspeakVoice, language: str) -> None:
        with self.lock:
            self._file(voice, language)

    def speak(self, text: str, voice: EspeakVoice, language: str, speed: float) -> _Spoken:
        with self.lock:
            file = self._file(voice, language)
            self._renew()
            self._by_name(file)
            words_per_minute = min(FASTEST, max(SLOWEST, round(voice.rate * speed)))
            for parameter, value in (
                (_RATE, words_per_minute), (_VOLUME, voice.volume), (_PITCH, voice.pitch),
                (_RANGE, voice.range), (_WORDGAP, voice.gap // 10),
            ):  # fmt: skip
                self.call.espeak_SetParameter(parameter, value, 0)
            self._samples.clear()
            self._words.clear()
            self._stopped = False
            status = self._say(text)
            if status or self._stopped:
                raise BackendError("was stopped" if self._stopped else f"espeak-ng refused the line (status {status})")
            return self._spoken()

    def stop(self) -> None:
        self._stopped = True

    def describes(self, letters: str, voice: EspeakVoice, language: str) -> bool:
        """Whether a voice says what letters of one script are instead of reading them: it falls into English, or begins
        each with the same words ("Chinese letter", "Thai letter E to A")."""
        with self.lock:
            asked = self._file(voice, language), unicodedata.name(letters[0]).split(" ")[0]
            if asked not in self._described:
                self._by_name(asked[0])
                said = [self._phonemes(letter) for letter in _some(letters)]
                english = 2 * sum("(en)" in one for one in said) > len(said)
                self._described[asked] = english or len(os.path.commonprefix(said)) >= DESCRIPTION
            return self._described[asked]

    def _phonemes(self, text: str) -> str:
        """What the current voice would say, in IPA; speak_lib.h: espeak_TextToPhonemes moves the pointer on."""
        call = self.call.espeak_TextToPhonemes
        call.restype = ctypes.c_char_p
        data = ctypes.create_string_buffer(text.encode())
        return _text(call(ctypes.byref(ctypes.c_void_p(ctypes.addressof(data))), _UTF8, _IPA))

    def _say(self, text: str) -> int:
        data = text.replace("\0", " ").encode("utf-8", "replace")
        return int(self.call.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None))

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

    def _renew(self) -> None:
        """As if nothing had been said yet. A line with foreign words leaves 180 kB: their dictionary is never freed."""
        if self.place.reloads:
            self.call.espeak_Terminate()
            _unload(self.call)
            self.call, self.rate = _load(self.place)
        self.call.espeak_SetSynthCallback(self._heard)
        with suppress(AttributeError):  # a library older than 1.52
            self.call.espeak_ng_SetRandSeed(ctypes.c_long(1))  # of its noise, which began by the clock

    def _file(self, voice: EspeakVoice, language: str) -> str:
        """The voice's file, with its variant. By name, else by the language's properties, which knows what a name does
        not (zh, en-gb, fr-fr)."""
        name, _, variant = (voice.voice or language or "en").partition("+")
        variant = voice.variant.lstrip("+") or variant
        if variant and variant not in self.variants:
            raise InputError(f"espeak-ng has no variant {variant!r}", advice="there are: " + ", ".join(self.variants))
        if (name, voice.voice) not in self._files:
            asked = _Voice(languages=name.lower().encode())
            if not (self._by_properties(asked) or (voice.voice and self._by_name(name))):
                raise InputError(f"espeak-ng has no voice for {name!r}", advice=_nearest(name, self.languages))
            self.call.espeak_GetCurrentVoice.restype = ctypes.POINTER(_Voice)
            self._files[name, voice.voice] = _text(self.call.espeak_GetCurrentVoice().contents.identifier)
        return self._files[name, voice.voice] + ("+" + variant if variant else "")

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


def _letters(text: str) -> Iterator[tuple[str, str]]:
    """The letters of a text that are not Latin, by script."""
    found: dict[str, str] = {}
    for char in dict.fromkeys(text):
        script, _ = scripts.main([char])
        if script and script != "Latin":
            found[script] = found.get(script, "") + char
    yield from found.items()


def _some(letters: str) -> list[str]:
    """A few different letters of one script: the first and the last, and those that follow the first in Unicode."""
    following = [chr(ord(letters[0]) + step) for step in (1, 2, 3)]
    return list(dict.fromkeys([letters[0], letters[-1], *filter(str.isalpha, following)]))


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
    for place in _places():
        try:
            return _Library(place, *_load(place))
        except (OSError, AttributeError) as error:
            reasons.append(str(error))
    raise BackendUnavailable(
        "espeak-ng is not here: " + "; ".join(reasons or ["no library"]), advice="pip install espeakng-loader"
    )


def _load(place: _Place) -> tuple[Any, int]:
    """The library, initialised, and its sample rate. Raises OSError or AttributeError when it is none."""
    library = ctypes.CDLL(place.path)
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, place.data, _NO_EXIT)
    if rate <= 0:
        raise OSError(f"{place.path} does not find its data")
    return library, rate


def _unload(library: Any) -> None:
    """What ctypes does with no call of its own."""
    import _ctypes

    close: Callable[[int], object] = getattr(_ctypes, "FreeLibrary" if os.name == "nt" else "dlclose")
    close(library._handle)


def _places() -> Iterable[_Place]:
    """The wheel's library with the wheel's data, then the system's with its own."""
    try:
        import espeakng_loader

        yield _Place(espeakng_loader.get_library_path(), str(Path(espeakng_loader.get_data_path())).encode(), True)
    except (ImportError, RuntimeError):
        pass
    for name in ("libespeak-ng.so.1", "libespeak-ng.so", "libespeak-ng.1.dylib"):
        yield _Place(name, None, False)
