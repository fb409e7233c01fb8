"""The saved-voice web UI: one slot for the last clone, choices bound to a session, silence for a refusal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dubber.backends.voicelibrary import VoiceLibrary
from dubber.errors import BackendError, InputError
from dubber.model import Audio, Line, Phrase, Voice, Window
from tests.servers import coding
from tests.servers.launch import Running, pythons, shared
from tests.servers.recordings import recording

TEXT = "Close the gate before the tide comes in."


def line(text: str = TEXT, speed: float = 1.0, **settings: Any) -> Line:
    voice = Voice("voicelibrary", "x", tuple(sorted(settings.items())))
    return Line(1, "x", voice, (Phrase(1, Window(0, 2000), text),), "en", speed)


def says(audio: Audio, voice: str, text: str = TEXT) -> bool:
    return coding.carries(audio.samples, audio.rate, voice, text)


@pytest.fixture(params=pythons())
def server(request: pytest.FixtureRequest) -> Running:
    return shared("voicelibrary", gradio=request.param)


@pytest.fixture
def backend(server: Running, request: pytest.FixtureRequest) -> VoiceLibrary:
    opened = VoiceLibrary(servers=(server.url,))
    request.addfinalizer(opened.close)
    return opened


def test_a_saved_voice_speaks_under_either_form_of_its_name(backend: VoiceLibrary) -> None:
    for name in ("叶奈法", "叶奈法.pt"):
        assert says(backend.synthesize(line(saved=name)), "叶奈法.pt")


def test_speed_is_the_servers_own(backend: VoiceLibrary) -> None:
    natural = backend.synthesize(line(saved="Lei"))
    faster = backend.synthesize(line(saved="Lei", speed=1.5))
    assert natural.milliseconds / faster.milliseconds == pytest.approx(1.5, abs=0.01)
    assert says(backend.synthesize(line(saved="Lei", speed=4.0)), "Lei.pt")  # beyond what it can: the most it can
    assert VoiceLibrary.speeds(Voice("voicelibrary", "x", (("speed", 1.25),))) == (0.4, 1.6)


def test_a_recording_becomes_a_saved_voice_that_other_sessions_can_use_at_once(
    backend: VoiceLibrary, server: Running, tmp_path: Path
) -> None:
    other = VoiceLibrary(servers=(server.url,))
    assert "eva.pt" not in other.voices()
    backend.add_voice("eva", recording(tmp_path / "e.wav", "eva"))
    assert says(backend.synthesize(line(saved="eva")), "eva")
    other.close()
    later = VoiceLibrary(servers=(server.url,))
    assert says(later.synthesize(line(saved="eva")), "eva")
    later.close()


def test_two_recordings_cloned_at_once_are_not_mixed_up(server: Running, tmp_path: Path) -> None:
    def speak(name: str) -> bool:
        opened = VoiceLibrary(servers=(server.url,))
        mine = recording(tmp_path / f"{name}.wav", name)
        heard = [says(opened.synthesize(line(f"{TEXT} {n}", reference=mine)), name, f"{TEXT} {n}") for n in range(3)]
        opened.close()
        return all(heard)

    with ThreadPoolExecutor(2) as pool:
        assert all(pool.map(speak, ["anna", "bob"]))


@pytest.mark.parametrize(
    ("fault", "said"), [("second", "语言不支持"), ("silence", "silence"), ("none", "no sound"), ("raise", "console")]
)
def test_a_refusal_that_looks_like_success_is_told(backend: VoiceLibrary, fault: str, said: str) -> None:
    with pytest.raises(BackendError, match=said):
        backend.synthesize(line(f"{TEXT} FAULT {fault}", saved="Lei"))


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a\\b", "x\n", "."])
def test_a_voices_name_never_becomes_a_path(backend: VoiceLibrary, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be a voice's name"):
        backend.add_voice(name, recording(tmp_path / "e.wav", "eva"))


def test_a_voice_that_is_not_there_is_told_with_its_neighbours(backend: VoiceLibrary) -> None:
    with pytest.raises(InputError, match="did you mean Lei.pt"):
        backend.synthesize(line(saved="Lej"))


def test_a_server_started_anew_is_told_the_names_again() -> None:
    with Running("voicelibrary") as server:
        server.ready()
        backend = VoiceLibrary(servers=(server.url,))
        assert says(backend.synthesize(line(saved="Lei")), "Lei.pt")
        server.restart()
        server.ready()
        assert says(backend.synthesize(line(saved="Lei")), "Lei.pt")
        backend.close()
