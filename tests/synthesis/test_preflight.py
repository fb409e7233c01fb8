"""Before the first line: voices that are missing and servers that are down are said at once."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from dubber.errors import BackendUnavailable, InputErrors
from dubber.files.store import Store
from dubber.model import Event, Line, Phrase, Voice, Window
from dubber.synthesis.preflight import preflight
from dubber.synthesis.synthesize import synthesize
from tests.servers.launch import shared
from tests.servers.openai import VOICES, OpenAiServer
from tests.servers.recordings import recording

pytestmark = pytest.mark.usefixtures("keyless")


def line(voice: str, backend: str = "openai", index: int = 1) -> Line:
    key = "voice"
    return Line(
        index, "ANNA", Voice(backend, voice, ((key, voice),)), (Phrase(index, Window(0, 2000), "Good evening."),), "en"
    )


def nowhere() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def test_a_voice_that_the_server_lacks_is_said_with_the_nearest_name(tmp_path: Path) -> None:
    with OpenAiServer() as server:
        options = {"openai": {"servers": (f"{server.url}/v1",)}}
        with pytest.raises(InputErrors, match=f"no voice '{VOICES[0]}x'.*{VOICES[0]}"):
            preflight([line(VOICES[0]), line(VOICES[0] + "x", index=2)], options, Store(tmp_path))
        assert not any(asked.path.endswith("speech") for asked in server.asked)


def test_a_voice_that_espeak_lacks_is_said_before_synthesis(tmp_path: Path) -> None:
    with pytest.raises(InputErrors, match="voices.qqx.*no voice for 'qqx'"):
        preflight([line("qqx", "espeak")], {}, Store(tmp_path))


def test_a_server_that_is_down_at_the_start_is_said_within_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(BackendUnavailable, match="dub doctor"):
        preflight([line(VOICES[0])], {"openai": {"servers": (nowhere(),)}}, Store(tmp_path))
    assert time.monotonic() - began < 10


def test_one_server_down_beside_one_that_answers_is_a_warning(tmp_path: Path) -> None:
    told: list[Event] = []
    with OpenAiServer() as server:
        both = {"openai": {"servers": (nowhere(), f"{server.url}/v1")}}
        preflight([line(VOICES[0])], both, Store(tmp_path), told.append)
    assert [event.kind for event in told] == ["warning"]
    assert "the others take its lines" in told[0].message


def test_nothing_is_asked_when_every_line_is_stored(tmp_path: Path) -> None:
    with OpenAiServer() as server:
        list(synthesize([line(VOICES[0])], {"openai": {"servers": (f"{server.url}/v1",)}}, Store(tmp_path)))
    preflight([line(VOICES[0])], {"openai": {"servers": (nowhere(),)}}, Store(tmp_path))


NEAR: dict[str, tuple[dict[str, Any], str]] = {  # a name with a slip, and what is offered instead
    "indextts": ({"preset": "女-晓晨-推文"}, "女-晓晨-推文配音"),
    "voicelibrary": ({"saved": "Lay"}, "Lei.pt"),
    "gptsovits": ({"sovits": "anna_e8_s97", "gpt": "anna-e15"}, "anna_e8_s96"),
}


@pytest.mark.parametrize("backend", NEAR)
def test_a_web_ui_is_asked_for_its_voices_before_the_first_line(backend: str, tmp_path: Path) -> None:
    settings, near = NEAR[backend]
    if backend == "gptsovits":
        settings = {**settings, "reference": recording(tmp_path / "anna.wav", "anna")}
    voice = Voice(backend, "anna", tuple(sorted(settings.items())))
    one = Line(1, "ANNA", voice, (Phrase(1, Window(0, 2000), "Good evening."),), "en")
    options = {backend: {"servers": (shared(backend).url,)}}
    with pytest.raises(InputErrors) as caught:
        preflight([one], options, Store(tmp_path / "store"))
    assert "voices.anna" in str(caught.value) and near in str(caught.value)
