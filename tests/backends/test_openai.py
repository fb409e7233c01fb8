"""OpenAI's speech interface, as Kokoro-FastAPI and its like speak it: a real server, its sound decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from dubber.backends.openai import OPENAI_VOICES, OpenAi, OpenAiVoice
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.model import Line, Phrase, Voice, Window
from dubber.schema import read
from tests.servers.coding import carries, seconds_of
from tests.servers.openai import VOICES, OpenAiServer
from tests.servers.sounds import BROKEN, ODD

pytestmark = pytest.mark.usefixtures("keyless")

TEXT = "Close the gate before the tide comes in."


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer() as server:
        yield server


Opener = Callable[..., OpenAi]


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Opens backends on a test server (or an address) and closes them after the test."""
    backends: list[OpenAi] = []

    def opened(server: OpenAiServer | str, path: str = "/v1") -> OpenAi:
        backends.append(OpenAi(servers=(server if isinstance(server, str) else server.url + path,)))
        return backends[-1]

    yield opened
    for backend in backends:
        backend.close()


def line(text: str = TEXT, *, speed: float = 1.0, **settings: Any) -> Line:
    settings = {"voice": "bm_george", **settings}
    voice = Voice("openai", "george", tuple(sorted(settings.items())))
    return Line(1, "George", voice, (Phrase(1, Window(0, 2000), text),), "en", speed)


@pytest.mark.parametrize("form", ["wav", "flac", "mp3", "opus", "aac", "pcm"])
def test_each_format_carries_the_right_voice_and_text(server: OpenAiServer, form: str, opened: Opener) -> None:
    backend = opened(server)
    audio = backend.synthesize(line(response_format=form))
    assert carries(audio.samples, audio.rate, "bm_george", TEXT)
    assert audio.milliseconds == pytest.approx(1000 * seconds_of(TEXT), abs=90)
    assert audio.samples.ndim == 1 and audio.samples.dtype == np.float32


def test_a_faster_reading_is_asked_of_the_server(server: OpenAiServer, opened: Opener) -> None:
    backend = opened(server)
    audio = backend.synthesize(line(speed=1.5))
    assert audio.milliseconds == pytest.approx(1000 * seconds_of(TEXT) / 1.5, abs=2)
    assert server.asked[-1].body["speed"] == 1.5
    voice = line(speed=1.2, instructions="Whisper.")
    backend.synthesize(voice)
    assert server.asked[-1].body == {
        "model": "tts-1", "voice": "bm_george", "input": TEXT, "response_format": "wav", "speed": 1.2,
        "instructions": "Whisper.",
    }  # fmt: skip


def test_what_one_server_alone_knows_is_passed_on(server: OpenAiServer, opened: Opener) -> None:
    backend = opened(server)
    backend.synthesize(line(extra='{"lang_code": "b", "voice": "not this"}', model="kokoro"))
    assert server.asked[-1].body["lang_code"] == "b"
    assert server.asked[-1].body["voice"] == "bm_george"
    with pytest.raises(InputError, match="no JSON object"):
        backend.synthesize(line(extra="lang_code: b"))


def test_a_voice_of_ones_own_goes_by_its_id(server: OpenAiServer, opened: Opener) -> None:
    backend = opened(server)
    backend.synthesize(line(custom=True))
    assert server.asked[-1].body["voice"] == {"id": "bm_george"}


@pytest.mark.parametrize("fault", sorted(ODD))
def test_odd_sound_is_understood(server: OpenAiServer, fault: str, opened: Opener) -> None:
    backend = opened(server, f"/fault/{fault}/v1")
    audio = backend.synthesize(line())
    assert carries(audio.samples, audio.rate, "bm_george", TEXT)


PLAUSIBLE = {"silence", "one-second-of-silence", "minute", "half-the-words"}  # sound, but not the words: for the checks


@pytest.mark.parametrize("fault", sorted(set(BROKEN) - PLAUSIBLE))
def test_what_is_no_sound_is_an_error_that_may_pass(server: OpenAiServer, fault: str, opened: Opener) -> None:
    backend = opened(server, f"/fault/{fault}/v1")
    with pytest.raises(BackendError) as caught:
        backend.synthesize(line())
    assert not isinstance(caught.value, BackendUnavailable)
    assert server.url in str(caught.value)


def test_a_voice_that_the_server_lacks_is_told_with_its_own_words(server: OpenAiServer, opened: Opener) -> None:
    backend = opened(server)
    with pytest.raises(InputError, match="Voice 'ann' not found. Available voices"):
        backend.synthesize(line(voice="ann"))


def test_too_long_a_text_and_too_fast_a_reading_are_not_sent(server: OpenAiServer, opened: Opener) -> None:
    backend = opened(server)
    with pytest.raises(InputError, match="4097 characters"):
        backend.synthesize(line("x" * 4097))
    with pytest.raises(InputError, match="speed 6"):
        backend.synthesize(fast())
    assert not server.asked


def test_the_voices_own_speed_narrows_what_can_be_asked_for() -> None:
    slowest, fastest = OpenAi.speeds(fast().voice)
    assert slowest == 0.25 and fastest == pytest.approx(4 / 3)


def fast() -> Line:
    voice = Voice("openai", "george", (("speed", 3.0), ("voice", "bm_george")))
    return Line(1, "George", voice, (Phrase(1, Window(0, 2000), TEXT),), "en", 2.0)


def test_voices_are_listed_where_the_server_lists_them(server: OpenAiServer, opened: Opener) -> None:
    backend = opened(server)
    assert backend.voices() == VOICES
    server.offers_voices = False
    assert backend.voices() == ()
    assert opened("https://api.openai.com/v1").voices() == OPENAI_VOICES


@pytest.mark.parametrize("answer", [["a", "b"], {"data": [{"id": "a"}, {"name": "b"}]}, {"voices": [{"id": "a"}, "b"]}])
def test_lists_of_voices_come_in_several_shapes(answer: Any) -> None:
    from dubber.backends.openai import _names

    assert _names(answer) == ("a", "b")


def test_a_server_that_wants_a_key_says_which_variable_to_set(monkeypatch: pytest.MonkeyPatch, opened: Opener) -> None:
    with OpenAiServer(key="sk-of-this-test") as server:
        backend = opened(server)
        assert "DUB_OPENAI_127_0_0_1_" in str(backend.check())
        monkeypatch.setenv("DUB_OPENAI_127_0_0_1_KEY", "sk-of-this-test")
        backend = opened(server)
        assert backend.check() is None
        assert backend.synthesize(line()).rate == 24_000
        monkeypatch.setenv("DUB_OPENAI_127_0_0_1_KEY", "sk-wrong")
        backend = opened(server)
        with pytest.raises(BackendUnavailable) as caught:
            backend.synthesize(line())
        assert "sk-wrong" not in str(caught.value) and "DUB_OPENAI_127_0_0_1_" in str(caught.value)


def test_a_server_that_is_not_there_is_found_out_in_seconds(server: OpenAiServer, opened: Opener) -> None:
    backend = opened(server)
    assert backend.check() is None
    server.die()
    assert "is it running" in str(backend.check())
    server.revive()


def test_every_call_of_the_interface_can_be_made_by_hand(server: OpenAiServer, opened: Opener) -> None:
    backend = opened(server)
    calls = {endpoint.name: endpoint for endpoint in backend.endpoints()}
    assert set(calls) == {"speech", "voices", "models"}
    audio = backend.call("speech", {"input": TEXT, "voice": "af_heart", "speed": 2.0})
    assert carries(audio.samples, audio.rate, "af_heart", TEXT)
    assert backend.call("voices", {}) == {"voices": list(VOICES)}
    assert backend.call("models", {})["data"][0]["id"] == "kokoro"
    with pytest.raises(InputError, match="no call 'sing'"):
        backend.call("sing", {})
    for endpoint in calls.values():
        assert endpoint.about
        assert all(field.setting.about for field in endpoint.fields.values())


def test_ranges_are_checked_before_anything_is_asked() -> None:
    faults: list[InputError] = []
    read(OpenAiVoice, {"voice": "x", "speed": 5, "response_format": "wma"}, "voices.x", faults)
    assert [fault.where for fault in faults] == ["voices.x.speed", "voices.x.response_format"]
    read(OpenAiVoice, {}, "voices.y", faults)
    assert faults[-1].where == "voices.y.voice"
