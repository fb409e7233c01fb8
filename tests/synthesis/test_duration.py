"""How long a line takes is known well enough before anybody has spoken it, and better with every take."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dubber.backends.espeak import Espeak
from dubber.files.store import Store
from dubber.media.speech import speech_span
from dubber.model import Line, Phrase, Voice, Window
from dubber.synthesis.duration import TRUSTED, Pace, count

SUBJECTS = ["my old friend", "the captain", "nobody", "every child in the village", "she", "the light on the rock"]
VERBS = ["has never seen", "waits for", "will remember", "told us about", "is afraid of", "sold"]
OBJECTS = ["the sea.", "that terrible night in October!", "you?", "a boat, a rope and two oars.", "it.", "her brother."]


def line(text: str, speed: float = 1.0, language: str = "en", backend: str = "espeak", **settings: Any) -> Line:
    voice = Voice(backend, "v", tuple(sorted(settings.items())))
    return Line(1, "A", voice, (Phrase(1, Window(0, 1), text),), language, speed)


def sentences(number: int) -> list[str]:
    chance = random.Random(7)
    every = [f"{one.capitalize()} {two} {three}" for one in SUBJECTS for two in VERBS for three in OBJECTS]
    return chance.sample(every, number)


def spoken(text: str, **settings: Any) -> float:
    span = speech_span(Espeak().synthesize(line(text, **settings)))
    assert span
    return span.length


@pytest.fixture
def pace(tmp_path: Path) -> Pace:
    return Pace(Store(tmp_path))


def error(pace: Pace, texts: list[str], **settings: Any) -> float:
    return float(
        np.median([abs(pace.estimate(line(text, **settings)) / spoken(text, **settings) - 1) for text in texts])
    )


@pytest.mark.parametrize("settings", [{}, {"rate": 280}, {"rate": 110, "gap": 100}])
def test_fifty_takes_of_a_new_voice_bring_the_error_under_eight_percent(pace: Pace, settings: dict[str, Any]) -> None:
    texts = sentences(100)
    for text in texts[:50]:
        pace.learn(line(text, **settings), spoken(text, **settings))
    assert error(pace, texts[50:], **settings) < 0.08


def test_before_the_first_take_the_languages_rate_is_used(pace: Pace) -> None:
    assert error(pace, sentences(40)) < 0.2


def test_a_second_voice_of_the_language_starts_from_the_first(pace: Pace) -> None:
    texts = sentences(60)
    before = error(pace, texts[30:], gap=60)
    for text in texts[:30]:
        pace.learn(line(text, gap=60, pitch=20), spoken(text, gap=60))
    assert error(pace, texts[30:], gap=60) < before / 3


def test_what_was_learned_is_there_in_the_next_run(tmp_path: Path) -> None:
    first = Pace(Store(tmp_path))
    for text in sentences(TRUSTED):
        first.learn(line(text), 3333.0)
    first.save()
    second = Pace(Store(tmp_path))
    assert second.takes(line("x")) == TRUSTED
    assert second.estimate(line("Hello there.")) == pytest.approx(first.estimate(line("Hello there.")))


def test_a_damaged_file_is_learned_anew(tmp_path: Path) -> None:
    pace = Pace(Store(tmp_path))
    usual = pace.estimate(line("Hello."))
    pace.learn(line("Hello."), 5000)
    pace.save()
    for path in (tmp_path / "pace").iterdir():
        path.write_text(path.read_text()[:50])
    assert Pace(Store(tmp_path)).estimate(line("Hello.")) == pytest.approx(usual)


def test_few_takes_do_not_judge_others_their_language_does(pace: Pace) -> None:
    pace.learn(line("Hello there."), 9000.0)
    assert pace.expected(line("Hello there.")) == (pace.usual(line("Hello there.")), False)
    assert pace.expected(line("สวัสดี", language="th")) is None  # nobody measured how fast it is spoken
    for text in sentences(TRUSTED):
        pace.learn(line(text), spoken(text))
    assert pace.expected(line("Hello there.")) == (pace.estimate(line("Hello there.")), True)


@pytest.mark.parametrize("settings", [{"rate": 90}, {"rate": 400}])
def test_a_voice_that_is_set_to_read_fast_or_slowly_is_not_taken_for_one_that_lacks_words(
    pace: Pace, settings: dict[str, Any]
) -> None:
    shares = [spoken(text, **settings) / pace.usual(line(text, **settings)) for text in sentences(12)]
    assert 0.75 < np.median(shares) < 1.3


def test_a_faster_reading_is_shorter_and_teaches_the_natural_pace(pace: Pace) -> None:
    assert pace.estimate(line("Hello there.", speed=2)) == pytest.approx(pace.estimate(line("Hello there.")) / 2)
    for text in sentences(20):
        pace.learn(line(text, speed=2), spoken(text) / 2)
    assert error(pace, sentences(40)[20:]) < 0.1


def test_one_absurd_take_does_not_spoil_the_pace(pace: Pace) -> None:
    for text in sentences(30):
        pace.learn(line(text), spoken(text))
    before = pace.estimate(line("The captain waits for the sea."))
    pace.learn(line("The captain sold it."), 60_000)
    assert pace.estimate(line("The captain waits for the sea.")) == pytest.approx(before, rel=0.1)


@pytest.mark.parametrize(
    "text", ["你好，世界。", "こんにちは", "안녕하세요", "สวัสดี", "مرحبا", "Привет", "1984", "A", "..."]
)
def test_every_script_has_a_length(pace: Pace, text: str) -> None:
    assert 50 < pace.estimate(line(text)) < 5000


def test_a_text_is_counted_once_and_by_what_is_heard() -> None:
    found = count("Well, I saw 12 of the 灯台… did you?")
    assert (found.digits, found.han, found.commas, found.stops) == (2, 2, 1, 1)
    assert count("don't").letters == 4 and count("—…?!").weight == 0 and not count(" . ").spoken
    assert count("naïve café") == count("naïve café".replace("ï", "i\u0308"))
