"""GPT-SoVITS without its web UI: api_v2, which takes no upload and fails with a second of silence."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dubber.backends.gptsovits import GPTSoVITS
from dubber.errors import BackendError, InputError
from dubber.model import Audio, Line, Phrase, Voice, Window
from tests.servers import coding
from tests.servers.gptsovits_api import GptSovitsApi
from tests.servers.launch import pythons, shared

TEXT = "Close the gate before the tide comes in."
ANNA: dict[str, Any] = {"server_reference": "refs/anna.wav", "sovits": "weights/a.pth", "gpt": "weights/a.ckpt"}
BOB: dict[str, Any] = {"server_reference": "refs/bob.wav", "sovits": "weights/b.pth", "gpt": "weights/a.ckpt"}


@pytest.fixture
def server() -> Iterator[GptSovitsApi]:
    with GptSovitsApi() as server:
        yield server


@pytest.fixture
def backend(server: GptSovitsApi) -> Iterator[GPTSoVITS]:
    backend = GPTSoVITS(servers=(server.url,), api="api_v2")
    yield backend
    backend.close()


def line(text: str = TEXT, speed: float = 1.0, language: str = "en", **settings: Any) -> Line:
    voice = Voice("gptsovits", "x", tuple(sorted(settings.items())))
    return Line(1, "x", voice, (Phrase(1, Window(0, 2000), text),), language, speed)


def says(audio: Audio, voice: str, text: str = TEXT) -> bool:
    return coding.carries(audio.samples, audio.rate, voice, text)


def test_weights_are_switched_only_when_the_voice_changes(backend: GPTSoVITS, server: GptSovitsApi) -> None:
    for settings in (ANNA, ANNA, BOB, BOB):
        name = settings["server_reference"].removeprefix("refs/").removesuffix(".wav")
        assert says(backend.synthesize(line(**settings)), f"{settings['sovits']}+{settings['gpt']}+{name}")
    assert server.switches == ["weights/a.pth", "weights/a.ckpt", "weights/b.pth"]


def test_language_seed_and_speed_arrive(backend: GPTSoVITS) -> None:
    heard = backend.synthesize(line("In LANGUAGE with SEED.", language="ja", seed=5, **ANNA))
    assert says(heard, "weights/a.pth+weights/a.ckpt+anna", "In all_ja with 5.")
    slow, fast = (backend.synthesize(line(speed=speed, **ANNA)).milliseconds for speed in (1.0, 1.5))
    assert slow / fast == pytest.approx(1.5, abs=0.01)


def test_a_second_of_silence_is_a_failure(backend: GPTSoVITS) -> None:
    with pytest.raises(BackendError, match="silence"):
        backend.synthesize(line(f"{TEXT} FAULT", **ANNA))


def test_what_the_user_must_change_is_said(backend: GPTSoVITS, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="takes no upload"):
        backend.synthesize(line(reference=tmp_path / "a.wav"))
    with pytest.raises(InputError, match="does not load 'x.pth'"):
        backend.synthesize(line(server_reference="refs/anna.wav", sovits="x.pth", gpt="weights/a.ckpt"))
    halves: tuple[dict[str, Any], ...] = ({"sovits": "weights/a.pth"}, {"gpt": "weights/a.ckpt"}, {})
    for named in halves:
        with pytest.raises(InputError, match="does not tell which it has loaded"):
            backend.preflight(line(server_reference="refs/anna.wav", **named))
    with pytest.raises(InputError, match="do not fit.*v2.*v1"):
        backend.preflight(line(server_reference="refs/anna.wav", sovits="SoVITS_weights_v2/a.pth",
                              gpt="GPT_weights/a.ckpt"))  # fmt: skip


def test_what_another_program_loaded_meanwhile_is_not_spoken_with(backend: GPTSoVITS, server: GptSovitsApi) -> None:
    backend.synthesize(line(**ANNA))
    server.loaded.update(sovits="weights/b.pth", gpt="weights/b.ckpt")
    time.sleep(3.1)
    assert says(backend.synthesize(line(**ANNA)), "weights/a.pth+weights/a.ckpt+anna")


def test_it_is_checked_without_a_word_being_spoken(backend: GPTSoVITS, server: GptSovitsApi) -> None:
    assert backend.check() is None
    server.die()
    assert backend.check()
    with pytest.raises(BackendError):
        backend.synthesize(line(**ANNA))


def test_it_is_recognised_where_the_profile_does_not_say_what_it_is(server: GptSovitsApi) -> None:
    backend = GPTSoVITS(servers=(server.url,))
    assert backend.check() is None and backend.about() == "api_v2"
    assert "/tts" in {one.name for one in backend.endpoints()}
    assert says(backend.synthesize(line(**ANNA)), "weights/a.pth+weights/a.ckpt+anna")
    backend.close()


@pytest.mark.parametrize("gradio", pythons())
def test_a_web_ui_is_recognised_too(gradio: str) -> None:
    page = shared("gptsovits", gradio=gradio)
    backend, wrong = GPTSoVITS(servers=(page.url,)), GPTSoVITS(servers=(page.url,), api="api_v2")
    assert backend.check() is None and backend.about().startswith("gradio ")
    assert "it has no /tts" in (wrong.check() or "")
    backend.close()
    wrong.close()


def test_which_it_is_is_asked_again_when_nobody_answered() -> None:
    with GptSovitsApi() as server:
        address = server.url
        backend = GPTSoVITS(servers=(address,))
        server.die()
        assert "nobody answers" in (backend.check() or "")
        server.revive()
        assert backend.check() is None and backend.about() == "api_v2"
        backend.close()


def test_files_that_a_server_on_this_computer_reads_are_known_by_their_contents(
    backend: GPTSoVITS, tmp_path: Path
) -> None:
    """Weights that were trained again under their old name, a reference that was recorded again."""
    files = {name: tmp_path / name for name in ("a.pth", "a.ckpt", "anna.wav")}
    for path in files.values():
        path.write_bytes(b"first")
    settings: dict[str, Any] = {
        "sovits": str(files["a.pth"]),
        "gpt": str(files["a.ckpt"]),
        "server_reference": str(files["anna.wav"]),
    }
    seen = [backend.content(line(**settings).voice)]
    for path in files.values():
        path.write_bytes(b"again")
        os.utime(path, ns=(path.stat().st_mtime_ns + 1, path.stat().st_mtime_ns + 1))
        seen.append(backend.content(line(**settings).voice))
    assert len(set(seen)) == 4
    assert backend.content(line(**ANNA).voice) == ""  # a folder that only the server knows
