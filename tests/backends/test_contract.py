"""What every backend must do, whatever speaks behind it."""

from __future__ import annotations

import inspect
import pickle
import socket
import threading
from pathlib import Path

import numpy as np
import pytest

from dubber.backends import find, names
from dubber.backends.base import Backend, describe
from dubber.errors import BackendError, InputError
from dubber.schema import REQUIRED, fields_of
from dubber.synthesis.validate import complaint
from tests.backends.stands import Stage

HERE = Path(__file__).parent
SHORT = "Good morning, everybody."
LONG = "Good morning, everybody, and welcome to the longest day of the year, which nobody here expected."
STRANGE = ["-f/etc/hostname", "[[h@'loU]] my friend", "<speak>hello</speak> there", "one\x1b[31m two", "a & b; c | d"]


@pytest.mark.parametrize("name", names())
def test_every_backend_has_its_tests_and_says_what_it_is_in_one_line(name: str) -> None:
    kind = find(name)
    assert kind.name == name
    assert 20 < len(describe(kind)) <= 120 and describe(kind).endswith(".")
    assert (HERE / f"test_{name}.py").exists()


@pytest.mark.parametrize("name", names())
def test_every_setting_says_what_it_means_and_only_keywords_are_taken(name: str) -> None:
    kind = find(name)
    for field in [*fields_of(kind).values(), *fields_of(kind.voice).values()]:
        assert field.setting.about, field.key
    for parameter in list(inspect.signature(kind).parameters.values()):
        assert parameter.kind is parameter.KEYWORD_ONLY, parameter


@pytest.mark.parametrize("name", names())
def test_opening_a_backend_asks_nobody(name: str) -> None:
    """A slot is opened for each server before it is known which of them live."""
    kind = find(name)
    needed = {key: field for key, field in fields_of(kind).items() if field.default is REQUIRED}
    if needed:
        pytest.skip(f"{name} has no default for {', '.join(needed)}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        kind(**({"servers": (address,)} if "servers" in fields_of(kind) else {})).close()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody has connected
            server.accept()


def test_an_unknown_backend_is_told_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean espeak"):
        find("espaek")
    with pytest.raises(InputError, match="there is no backend"):
        find("../model")


def test_the_system_is_there(stage: Stage) -> None:
    assert stage.backend.check() is None


def test_a_line_becomes_sound_that_is_speech_of_its_length(stage: Stage) -> None:
    line = stage.line(SHORT)
    audio = stage.backend.synthesize(line)
    assert audio.samples.ndim == 1 and audio.samples.dtype == np.float32
    assert 8_000 <= audio.rate <= 192_000
    assert complaint(line, audio) is None


def test_a_longer_line_takes_longer(stage: Stage) -> None:
    if not stage.kind.judged:
        pytest.skip(f"{stage.kind.name} plays what a person said")
    short, long = (stage.backend.synthesize(stage.line(text)) for text in (SHORT, LONG))
    assert long.milliseconds > 1.3 * short.milliseconds


def test_a_native_speed_shortens_the_line(stage: Stage) -> None:
    line = stage.line(LONG)
    fastest = stage.kind.speeds(line.voice)[1]
    if fastest < 1.3:
        pytest.skip(f"{stage.kind.name} has no native speed")
    usual, fast = stage.backend.synthesize(line), stage.backend.synthesize(stage.line(LONG, speed=1.3))
    assert 1.15 < usual.milliseconds / fast.milliseconds < 1.45


@pytest.mark.parametrize("text", STRANGE)
def test_text_is_spoken_and_never_obeyed(stage: Stage, text: str) -> None:
    line = stage.line(text)
    assert complaint(line, stage.backend.synthesize(line)) is None


def test_a_line_of_two_phrases_says_where_the_second_begins_or_does_not_say(stage: Stage) -> None:
    line = stage.line("I never said that she", "had stolen all of the money.")
    audio = stage.backend.synthesize(line)
    marks = stage.backend.marks(line, audio)
    assert marks is None or (len(marks) == 1 and 0.2 < marks[0] / audio.milliseconds < 0.8)


def test_the_voices_have_names(stage: Stage) -> None:
    assert all(isinstance(name, str) and name for name in stage.backend.voices())


def test_stopping_while_nothing_runs_harms_nothing(stage: Stage) -> None:
    thread = threading.Thread(target=stage.backend.stop)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert len(stage.backend.synthesize(stage.line(SHORT)).samples)


def test_a_server_that_is_not_there_is_told_as_our_own_error(stage: Stage) -> None:
    if "servers" not in fields_of(stage.kind):
        pytest.skip(f"{stage.kind.name} has no servers")
    dead: Backend = stage.kind(**{**stage.stand.options, "servers": ("http://127.0.0.1:9",)})
    with pytest.raises(BackendError) as caught:
        dead.synthesize(stage.line(SHORT))
    dead.close()
    assert "127.0.0.1:9" in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert dead.check()
