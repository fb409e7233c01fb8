"""espeak-ng in this process: what is written is said, in the language that was asked for, and nothing else happens."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from hashlib import md5
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dubber.backends.espeak import Espeak
from dubber.errors import InputError
from dubber.model import Audio, Line, Phrase, Voice, Window


def line(*texts: str, language: str = "en", speed: float = 1.0, **settings: str | int) -> Line:
    voice = Voice("espeak", "v", tuple(sorted(settings.items())))
    return Line(1, "A", voice, tuple(Phrase(1, Window(0, 1000), text) for text in texts), language, speed)


def say(*texts: str, language: str = "en", speed: float = 1.0, **settings: str | int) -> Audio:
    return Espeak().synthesize(line(*texts, language=language, speed=speed, **settings))


def test_phonemes_in_brackets_are_read_as_text() -> None:
    assert say("[[h@'loU]]").milliseconds > 1.5 * say("hello").milliseconds


def test_markup_is_read_as_text() -> None:
    assert say("<b>bold</b>").milliseconds > say("bold").milliseconds + 300
    assert say("a <break time='9s'/> pause").milliseconds < 8000


def test_an_option_in_a_subtitle_is_only_words() -> None:
    assert say("-f/etc/hostname").milliseconds > 1000


def test_a_line_that_holds_a_nul_is_spoken_to_its_end() -> None:
    assert say("one\0two three four").milliseconds > say("one").milliseconds + 400


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh-Hans", "en-gb", "en-US", "fr-fr", "pt-BR", "yue", "ja", "nb", "eo"])
def test_a_language_finds_its_voice(tag: str) -> None:
    assert np.abs(say("123", language=tag).samples).max() > 0.05


def test_languages_sound_different() -> None:
    assert len({say("123 Paris", language=tag).milliseconds for tag in ("en", "fr", "de", "zh")}) == 4


def test_the_voices_language_is_stronger_than_the_jobs() -> None:
    german = Line(1, "A", Voice("espeak", "v", (), "de"), line("Guten Tag").phrases, "en")
    assert Espeak().synthesize(german).milliseconds == pytest.approx(
        say("Guten Tag", language="de").milliseconds, abs=20
    )


def test_a_variant_is_another_speaker() -> None:
    plain, variant = say("Hello there", variant=""), say("Hello there", variant="f3")
    count = min(len(plain.samples), len(variant.samples))
    assert np.abs(plain.samples[:count] - variant.samples[:count]).max() > 0.1
    by_name = say("Hello there", voice="en+f3")
    assert np.allclose(by_name.milliseconds, variant.milliseconds, atol=5)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"variant": "nobody"}, "no variant 'nobody'"), ({"voice": "klingonese"}, "no voice for 'klingonese'")],
)
def test_a_voice_that_is_not_there_is_told(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        say("Hello", **settings)


def test_an_unknown_language_is_told() -> None:
    with pytest.raises(InputError, match="no voice for 'xx'"):
        say("Hello", language="xx")


def test_settings_of_one_line_do_not_stay_for_the_next() -> None:
    before = say("Hello there, my friend").milliseconds
    say("Hello", language="de", variant="f3", rate=400, pitch=99)
    assert say("Hello there, my friend").milliseconds == pytest.approx(before, abs=10)


def test_native_speed_keeps_within_what_espeak_can_say() -> None:
    text = "This is a sentence that takes a while to say."
    usual = say(text).milliseconds
    assert usual / say(text, speed=2).milliseconds == pytest.approx(2, rel=0.25)
    assert say(text, speed=100).milliseconds == pytest.approx(say(text, rate=450).milliseconds, rel=0.02)
    assert Espeak.speeds(line(text, rate=300).voice) == pytest.approx((80 / 300, 1.5))


def test_word_events_tell_where_the_second_phrase_begins() -> None:
    spoken = line("Wörter wie Ärger,", "then silence and then", "the end.", language="en")
    espeak = Espeak()
    audio = espeak.synthesize(spoken)
    first, second = espeak.marks(spoken, audio) or (0, 0)
    alone = say("Wörter wie Ärger,").milliseconds
    assert first == pytest.approx(alone, rel=0.25)
    assert first + 500 < second < audio.milliseconds - 200


TEXTS = ["Hello there, my friend.", "No!", "Is it raining?", "We changed only this line.", "Nobody minds it at all."]


def sounds(order: list[int]) -> dict[int, str]:
    """What each text sounds like, spoken in this order."""
    espeak = Espeak()
    return {at: md5(espeak.synthesize(line(TEXTS[at])).samples.tobytes()).hexdigest() for at in order}


def test_a_take_does_not_depend_on_the_lines_before_it() -> None:
    first = sounds([0, 1, 2, 3, 4])
    say("Guten Tag", language="de", variant="f3", rate=400, pitch=99)
    assert sounds([4, 2, 0, 3, 1]) == first
    assert sounds([2, 2, 2]) == {2: first[2]}


@pytest.mark.parametrize("workers", [1, 3])
def test_a_take_is_the_same_in_every_process(workers: int) -> None:
    """Each with another share of the lines, as the workers of a film have."""
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        shares = pool.map(sounds, [list(range(5))[at::workers] for at in range(workers)])
        assert {at: sound for share in shares for at, sound in share.items()} == sounds([3, 1, 4, 0, 2])


def test_a_voice_that_breathes_does_so_in_the_same_way_on_every_run() -> None:
    """The noise in some variants began by the clock: a second later the same line was another sound."""
    voices = ["f2", "f3", "f5", "whisper", "klatt", "m7"]
    first = [md5(say("Hello there", variant=one).samples.tobytes()).hexdigest() for one in voices]
    time.sleep(1.1)
    say("Guten Tag", language="de", variant="whisper")
    assert [md5(say("Hello there", variant=one).samples.tobytes()).hexdigest() for one in voices] == first


def test_speaking_a_film_needs_no_more_memory_than_a_scene() -> None:
    """The library is loaded anew for each line: what it left behind would add up."""
    script = (
        "import resource\n"
        "from dubber.backends.espeak import Espeak\n"
        "from dubber.model import *\n"
        "line = Line(1, 'A', Voice('espeak', 'v'), (Phrase(1, Window(0, 1), 'Hello there'),), 'en')\n"
        "espeak = Espeak()\n"
        "def most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for _ in range(50): espeak.synthesize(line)\n"
        "before = most()\n"
        "for _ in range(500): espeak.synthesize(line)\n"
        "print(most() - before)\n"
    )
    if sys.platform != "linux":
        pytest.skip("ru_maxrss is in kB on Linux alone")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 6000  # kB


def test_several_threads_may_ask_at_once() -> None:
    spoken: list[float] = []
    threads = [
        threading.Thread(target=lambda: spoken.append(say("Hello there, my old friend").milliseconds)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spoken) == 8 and max(spoken) - min(spoken) < 10


def test_it_speaks_with_an_empty_path_and_no_system_library() -> None:
    """As on a fresh machine: the wheel's library, the wheel's data."""
    script = (
        "import dubber.backends.espeak as e\n"
        "places = list(e._places())\n"
        "e._places = lambda: places[:1]\n"
        "import sys; sys.path.insert(0, 'tests/backends')\n"
        "from dubber.model import *\n"
        "line = Line(1, 'A', Voice('espeak', 'v'), (Phrase(1, Window(0, 1), 'Hello there'),), 'en')\n"
        "print(e.Espeak().synthesize(line).milliseconds)\n"
    )
    root = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PATH": "", "PYTHONPATH": root}, capture_output=True, text=True, check=True
    )
    assert 500 < float(done.stdout) < 1500


def test_a_sentence_of_three_seconds_is_spoken_in_a_fiftieth_of_that() -> None:
    text = "This is a sentence of roughly three seconds, spoken to nobody."
    say(text)
    began = time.perf_counter()
    for _ in range(10):
        say(text)
    assert (time.perf_counter() - began) / 10 < 0.060


def test_it_lists_languages_and_variants() -> None:
    voices = list(Espeak().voices())
    assert {"de", "fr-fr", "cmn", "+f3"} <= set(voices)
    assert len(voices) == len(set(voices)) > 150


def test_threads_that_ask_at_once_share_one_library() -> None:
    """In a process of its own, where nobody has opened it yet: films side by side look at their voices at once."""
    import subprocess
    import sys

    program = (
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "from dubber.backends.espeak import _library\n"
        "with Pool(8) as pool: found = {id(one) for one in pool.map(lambda _: _library(), range(8))}\n"
        "assert len(found) == 1, found\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("language", "text", "what"),
    [
        ("ja", "明日は早い。", "Chinese characters"), ("ja", "コーヒーをください。", ""), ("zh", "明天见。", ""),
        ("en", "明天见。", "Chinese characters"), ("ko", "안녕하세요", ""), ("de", "こんにちは", "Kana letters"),
        ("en", "สวัสดี", "Thai letters"), ("th", "สวัสดีครับ", ""), ("ru", "Привет", ""), ("de", "Straße", ""),
        ("el", "Καλημέρα", ""), ("he", "שלום עולם", ""), ("ar", "مرحبا بالعالم", ""), ("hi", "कल रात", ""),
    ],
)  # fmt: skip
def test_what_a_voice_would_spell_is_known_before_it_speaks(language: str, text: str, what: str) -> None:
    line = Line(1, "narrator", Voice("espeak", "v"), (Phrase(1, Window(0, 1000), text),), language)
    assert Espeak.cannot_read(line) == what
