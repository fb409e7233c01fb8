"""The inference web UI of GPT-SoVITS: weights and references that everybody shares, languages by another name."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dubber.backends import _gptsovits_weights
from dubber.backends.gptsovits import GPTSoVITS
from dubber.errors import BackendError, Cancelled, InputError
from dubber.model import Audio, Line, Phrase, Voice, Window
from dubber.net.gradio import GradioServer
from tests.servers import coding
from tests.servers.launch import Running, pythons, shared
from tests.servers.recordings import recording

TEXT = "Close the gate before the tide comes in."
ANNA: dict[str, Any] = {"sovits": "anna_e8_s96", "gpt": "anna-e15.ckpt"}
BOB: dict[str, Any] = {"sovits": "SoVITS_weights_v2/bob_e8_s112.pth", "gpt": "GPT_weights_v2/bob-e15.ckpt"}
FIRST: dict[str, Any] = {"sovits": "s2G488k", "gpt": "s1bert25hz-2kh-longer-epoch=68e-step=50232"}


def line(text: str = TEXT, speed: float = 1.0, language: str = "en", **settings: Any) -> Line:
    voice = Voice("gptsovits", "x", tuple(sorted(settings.items())))
    return Line(1, "x", voice, (Phrase(1, Window(0, 2000), text),), language, speed)


def says(audio: Audio, weights: str, reference: str, text: str = TEXT) -> bool:
    return coding.carries(audio.samples, audio.rate, f"{weights}+{coding.voice_number(reference)}", text)


def paths(pair: dict[str, Any]) -> str:
    name = "anna" if pair is ANNA else "bob"
    steps = {"anna": "e8_s96", "bob": "e8_s112"}[name]
    return f"SoVITS_weights_v2/{name}_{steps}.pth+GPT_weights_v2/{name}-e15.ckpt"


@pytest.fixture(params=pythons())
def server(request: pytest.FixtureRequest) -> Running:
    return shared("gptsovits", gradio=request.param)


@pytest.fixture
def open_(request: pytest.FixtureRequest) -> Any:
    def open_(server: Running, **more: Any) -> GPTSoVITS:
        backend = GPTSoVITS(servers=(server.url,), **more)
        request.addfinalizer(backend.close)
        return backend

    return open_


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return recording(tmp_path / "mine.mp3", "my voice", seconds=5.0)


def test_weights_and_reference_make_the_voice(server: Running, open_: Any, mine: Path) -> None:
    backend = open_(server)
    for pair in (ANNA, BOB, ANNA):
        assert says(backend.synthesize(line(reference=mine, **pair)), paths(pair), "my voice")


@pytest.mark.parametrize("flavour", ["", "new"])
@pytest.mark.parametrize("named", [{}, {"sovits": "anna_e8_s96"}, {"gpt": "anna-e15"}])
def test_a_voice_without_its_pair_is_refused_for_the_server_does_not_tell_what_it_has_loaded(
    open_: Any, mine: Path, named: dict[str, Any], flavour: str
) -> None:
    """What the page shows as chosen is the first of a list: neither what is loaded nor what the last voice had."""
    backend = open_(shared("gptsovits", "--flavour", flavour))
    for speak in (backend.preflight, backend.synthesize):
        with pytest.raises(InputError, match="does not tell which it has loaded") as caught:
            speak(line(reference=mine, **named))
        for kind, neighbour in {"sovits": "bob_e8_s112.pth", "gpt": "bob-e15.ckpt"}.items():
            assert (neighbour in str(caught.value)) == (kind not in named)


@pytest.mark.parametrize(
    ("sovits", "gpt"),
    [("anna_e8_s96", FIRST["gpt"]), (FIRST["sovits"], "anna-e15"), (FIRST["sovits"], "s1v3")],
)
def test_weights_of_version_1_go_with_no_later_ones(
    server: Running, open_: Any, mine: Path, sovits: str, gpt: str
) -> None:
    for speak in (open_(server).preflight, open_(server).synthesize):
        with pytest.raises(InputError, match=r"do not fit.*\bv1\b"):
            speak(line(reference=mine, sovits=sovits, gpt=gpt))


def test_what_another_program_loaded_meanwhile_is_not_spoken_with(server: Running, open_: Any, mine: Path) -> None:
    backend, stranger = open_(server), GradioServer(server.url)
    backend.synthesize(line(reference=mine, **ANNA))
    load(stranger, **BOB)
    time.sleep(3.1)  # between two films, say
    assert says(backend.synthesize(line(reference=mine, **ANNA)), paths(ANNA), "my voice")
    stranger.close()


def test_on_a_server_that_is_shared_the_pair_is_loaded_before_each_line(
    server: Running, open_: Any, mine: Path
) -> None:
    backend, stranger = open_(server, shared=True), GradioServer(server.url)
    for _ in range(3):
        load(stranger, **BOB)
        assert says(backend.synthesize(line(reference=mine, **ANNA)), paths(ANNA), "my voice")
    stranger.close()


def load(stranger: GradioServer, sovits: str, gpt: str) -> None:
    """As somebody does who sits at the page."""
    stranger.call("/change_choices", {})
    stranger.call("/change_sovits_weights", {"sovits_path": sovits})
    stranger.call("/init_t2s_weights", {"weights_path": gpt})


def test_one_server_by_two_addresses_is_one_server(server: Running, open_: Any, mine: Path) -> None:
    def speak(pair: dict[str, Any], address: str) -> list[bool]:
        backend = GPTSoVITS(servers=(address,))
        texts = [f"{TEXT} {n}" for n in range(4)]
        heard = [says(backend.synthesize(line(t, reference=mine, **pair)), paths(pair), "my voice", t) for t in texts]
        backend.close()
        return heard

    with ThreadPoolExecutor(2) as pool:
        addresses = [server.url, server.url.replace("127.0.0.1", "localhost")]
        assert all(map(all, pool.map(speak, [ANNA, BOB], addresses)))


def test_two_runs_of_dub_never_speak_with_each_others_weights(server: Running, mine: Path) -> None:
    """Two terminals, one server: each run hears from the other what it loaded."""
    words = [[sys.executable, "-c", RUN, server.url, str(mine), *pair.values()] for pair in (ANNA, BOB)]
    runs = [subprocess.Popen(each, stdout=subprocess.PIPE, text=True) for each in words]
    heard = [run.communicate(timeout=120)[0].split() for run in runs]
    for pair, said in zip((ANNA, BOB), heard, strict=True):
        assert said == [str(coding.voice_number(f"{paths(pair)}+{coding.voice_number('my voice')}"))] * 6


RUN = """
import sys
from pathlib import Path
from dubber.backends.gptsovits import GPTSoVITS
from tests.backends.test_gptsovits import line
from tests.servers import coding
url, mine, sovits, gpt = sys.argv[1:]
backend = GPTSoVITS(servers=(url,))
for number in range(6):
    audio = backend.synthesize(line(f"Line {number} of a film.", reference=Path(mine), sovits=sovits, gpt=gpt))
    print((coding.decode(audio.samples, audio.rate) or "?")[0])
"""


def test_two_workers_never_speak_with_each_others_weights(server: Running, open_: Any, mine: Path) -> None:
    def speak(pair: dict[str, Any]) -> list[bool]:
        backend = open_(server)
        texts = [f"{TEXT} {n}" for n in range(4)]
        return [says(backend.synthesize(line(t, reference=mine, **pair)), paths(pair), "my voice", t) for t in texts]

    with ThreadPoolExecutor(2) as pool:
        assert all(map(all, pool.map(speak, [ANNA, BOB])))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("flavour", ["", "new"])
def test_languages_and_cuts_are_found_in_any_language_of_the_buttons(
    open_: Any, mine: Path, flavour: str, language: str
) -> None:
    backend = open_(shared("gptsovits", "--flavour", flavour, "--language", language))
    for tag, code in {"en-GB": "en", "zh": "all_zh", "ja": "all_ja", "yue": "all_yue", "ko": "all_ko"}.items():
        heard = backend.synthesize(line("In LANGUAGE we speak.", language=tag, reference=mine, **ANNA))
        assert says(heard, paths(ANNA), "my voice", f"In {code} we speak.")
    heard = backend.synthesize(line("In LANGUAGE.", language="fr", reference=mine, text_language="any", **ANNA))
    assert says(heard, paths(ANNA), "my voice", "In auto.")
    with pytest.raises(InputError, match="does not speak fr"):
        backend.synthesize(line(language="fr", reference=mine, **ANNA))


def test_weights_of_version_1_do_not_know_korean(server: Running, open_: Any, mine: Path) -> None:
    with pytest.raises(InputError, match="do not know"):
        open_(server).synthesize(line(language="ko", reference=mine, **FIRST))


def test_every_setting_is_taken(server: Running, open_: Any, mine: Path, tmp_path: Path) -> None:
    more = recording(tmp_path / "more.wav", "another", seconds=4.0)
    settings: dict[str, Any] = {
        "transcript": "A recording.", "reference_language": "zh+en", "auxiliary": (more, mine), "top_k": 15,
        "top_p": 0.9, "temperature": 0.8, "repetition_penalty": 1.2, "cut": "punctuation", "batch_size": 4,
        "fragment_interval": 0.01,
        "without_transcript": True, "split_bucket": False, "parallel_infer": False, "seed": 77, "sample_steps": 16,
        "super_sampling": True,
    }  # fmt: skip
    heard = open_(server).synthesize(line("Number SEED.", reference=mine, **settings, **BOB))
    assert says(heard, paths(BOB), "my voice", "Number 77.")


def test_speed_is_the_models_own(server: Running, open_: Any, mine: Path) -> None:
    backend = open_(server)
    natural, faster = (backend.synthesize(line(speed=speed, reference=mine, **ANNA)) for speed in (1.0, 1.5))
    assert natural.milliseconds / faster.milliseconds == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("seconds", [2.0, 11.0])
def test_a_reference_that_the_server_would_refuse_is_never_sent(
    server: Running, open_: Any, tmp_path: Path, seconds: float
) -> None:
    wrong = recording(tmp_path / "wrong.wav", "x", seconds=seconds)
    with pytest.raises(InputError, match="3 to 10 s"):
        open_(server).synthesize(line(reference=wrong, **ANNA))


def test_version_4_without_its_transcript_is_refused_before_the_first_line(
    server: Running, open_: Any, mine: Path
) -> None:
    both: tuple[dict[str, Any], ...] = ({}, {"transcript": "A recording.", "without_transcript": True})
    for more in both:
        with pytest.raises(InputError, match=r"v4, which needs the transcript.*transcript ="):
            open_(server).preflight(line(reference=mine, sovits="anna_e2_s30", gpt="s1v3", **more))
    heard = open_(server).synthesize(line(reference=mine, transcript="A recording.", sovits="anna_e2_s30", gpt="s1v3"))
    assert heard.milliseconds > 1000


def test_weights_of_an_unknown_version_without_a_transcript_never_put_their_server_to_rest(
    open_: Any, mine: Path, tmp_path: Path
) -> None:
    (tmp_path / "anna_v4.pth").touch()
    backend = open_(shared("gptsovits", "--root", str(tmp_path)))
    asked: dict[str, Any] = {"reference": mine, "sovits": "weights/anna_v4.pth", "gpt": "s1v3"}
    with pytest.raises(BackendError, match=r"without a transcript: it says v4 needs.*version 3 and 4 need") as caught:
        backend.synthesize(line(**asked))
    assert caught.value.line_only
    assert backend.synthesize(line(transcript="A recording.", **asked)).milliseconds > 1000


def test_a_failure_inside_the_model_is_to_be_tried_again(server: Running, open_: Any, mine: Path) -> None:
    text = f"{TEXT} FAULT raise once {time.time()}"
    backend = open_(server)
    with pytest.raises(BackendError, match="console"):
        backend.synthesize(line(text, reference=mine, **ANNA))
    assert says(backend.synthesize(line(text, reference=mine, **ANNA)), paths(ANNA), "my voice", text)


def test_weights_that_are_not_there_are_told_with_their_neighbours(server: Running, open_: Any, mine: Path) -> None:
    with pytest.raises(InputError, match="anna-e15"):
        open_(server).synthesize(line(reference=mine, sovits="anna_e8_s96", gpt="anna-e16"))


@pytest.mark.parametrize("gradio", pythons())
def test_weights_that_come_while_the_server_runs_are_found(open_: Any, mine: Path, tmp_path: Path, gradio: str) -> None:
    with Running("gptsovits", "--root", str(tmp_path), python=pythons()[gradio]) as server:
        server.ready()
        backend = open_(server)
        backend.synthesize(line(reference=mine, **ANNA))
        (tmp_path / "eva.pth").touch()
        heard = backend.synthesize(line(reference=mine, sovits="eva", gpt="anna-e15"))
        assert says(heard, "weights/eva.pth+GPT_weights_v2/anna-e15.ckpt", "my voice")


def test_a_server_started_anew_gets_its_weights_again(open_: Any, mine: Path) -> None:
    with Running("gptsovits") as server:
        server.ready()
        backend = open_(server)
        assert says(backend.synthesize(line(reference=mine, **ANNA)), paths(ANNA), "my voice")
        server.restart()
        server.ready()
        time.sleep(3.1)  # no server loads its models faster
        assert says(backend.synthesize(line(reference=mine, **ANNA)), paths(ANNA), "my voice")


@pytest.mark.parametrize("gradio", sorted(set(pythons()) - {"gradio4"}))  # which checks no choices that it offered
def test_weights_that_a_server_no_longer_knows_to_be_there_are_looked_for_again(
    open_: Any, mine: Path, tmp_path: Path, gradio: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was started anew, sooner than we look for that, takes no name that it did not offer since."""
    monkeypatch.setattr(_gptsovits_weights, "IDLE", 3600.0)
    (tmp_path / "eva.pth").touch()
    with Running("gptsovits", "--root", str(tmp_path), python=pythons()[gradio]) as server:
        server.ready()
        backend = open_(server)
        backend.synthesize(line(reference=mine, **ANNA))
        server.restart()
        server.ready()
        asked = recorded(backend, monkeypatch)
        heard = backend.synthesize(line(reference=mine, sovits="eva", gpt="bob-e15"))
        assert says(heard, "weights/eva.pth+GPT_weights_v2/bob-e15.ckpt", "my voice")
        assert asked[:3] == ["/change_sovits_weights", "/change_choices", "/change_sovits_weights"]


def recorded(backend: GPTSoVITS, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that it makes from now on."""
    asked: list[str] = []
    ask = backend.ask

    def noted(name: str, values: dict[str, Any]) -> Any:
        asked.append(name)
        return ask(name, values)

    monkeypatch.setattr(backend, "ask", noted)
    return asked


@pytest.mark.parametrize("gradio", pythons())
def test_a_line_that_takes_too_long_is_stopped_and_the_next_is_spoken(
    open_: Any, mine: Path, gradio: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "dubber.backends._gptsovits_weights.IDLE", 60.0
    )  # on a slow machine too: the weights stay loaded
    with Running("gptsovits", "--delay", "2.5", python=pythons()[gradio]) as server:
        server.ready()
        backend = open_(server)
        backend.synthesize(line(reference=mine, **ANNA))  # its weights are loaded, which takes longer still
        monkeypatch.setattr(backend, "_timeout", 1.0)
        with pytest.raises(BackendError, match="no answer within 1 s"):
            backend.synthesize(line("It goes on and on.", reference=mine, **ANNA))
        told(server, "was stopped")
        assert says(open_(server).synthesize(line(reference=mine, **ANNA)), paths(ANNA), "my voice")


@pytest.mark.parametrize("gradio", pythons())
def test_ctrl_c_stops_what_the_server_speaks(open_: Any, mine: Path, gradio: str) -> None:
    with Running("gptsovits", "--delay", "3", python=pythons()[gradio]) as server:
        server.ready()
        backend = open_(server)

        def stop_as_it_speaks() -> None:
            told(server, "speaks")
            backend.stop()

        stopper = threading.Thread(target=stop_as_it_speaks)
        stopper.start()
        with pytest.raises(Cancelled):
            backend.synthesize(line(reference=mine, **ANNA))
        stopper.join()
        told(server, "was stopped")


def told(server: Running, words: str) -> None:
    """Wait until the server has said so."""
    end = time.monotonic() + 60
    while words not in server.log():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_voice_without_a_recording_never_speaks_with_the_last_callers(server: Running, open_: Any) -> None:
    with pytest.raises(InputError, match="needs a reference recording"):
        open_(server).synthesize(line(**ANNA))
