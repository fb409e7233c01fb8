"""302.AI's Higgs Audio: tasks that cost money, against a server that counts what is paid."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dubber.backends import higgs302
from dubber.backends._higgs import instruction, normalised, tokens
from dubber.backends._tasks302 import link_of, status_of, task_id_of
from dubber.backends.higgs302 import Higgs302, HiggsVoice
from dubber.config.profile import load
from dubber.errors import BackendError, BackendUnavailable, Cancelled, InputError
from dubber.job import estimate, pipeline
from dubber.job.job import Job
from dubber.model import Line, Phrase, Voice, Window
from dubber.schema import read
from tests.servers.casts import CASTS
from tests.servers.coding import RATE, carries, encode
from tests.servers.higgs302 import KEY, HiggsServer
from tests.servers.rest import Asked, Handler
from tests.servers.sounds import wav

TEXT = "Close the gate before the tide comes in."
PATHS = {
    "clone_path": "302/clone",
    "clone_query_path": "302/clone",
    "smart_path": "302/smart",
    "smart_query_path": "302/smart",
}
Opener = Callable[..., Higgs302]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A store and a key of this test; nothing is remembered from another."""
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DUB_302AI_127_0_0_1_KEY", KEY)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr(higgs302, "_given", set())
    monkeypatch.setattr(higgs302, "_links", {})


@pytest.fixture
def server() -> Iterator[HiggsServer]:
    with HiggsServer() as server:
        yield server


@pytest.fixture
def opened(server: HiggsServer) -> Iterator[Opener]:
    backends: list[Higgs302] = []

    def opened(**how: Any) -> Higgs302:
        quick = {"poll": 0.01, "slowest_poll": 0.02, "task_timeout": 5.0, **PATHS, **how}
        backends.append(Higgs302(**{"servers": (server.url,), **quick}))
        return backends[-1]

    yield opened
    for backend in backends:
        backend.close()


@pytest.fixture
def anna(tmp_path: Path) -> Path:
    path = tmp_path / "my secret recording.wav"
    path.write_bytes(wav(encode("anna", "I am Anna.", 2.0), RATE))
    return path


def line(text: str = TEXT, redo: int = 0, **settings: Any) -> Line:
    voice = Voice("higgs302", "anna", tuple(sorted(settings.items())))
    return Line(1, "Anna", voice, (Phrase(1, Window(0, 2000), text),), "en", 1.0, redo)


def clone(path: Path, **more: Any) -> Line:
    return line(references=(path,), transcripts=("I am Anna.",), **more)


def forget(backend: Higgs302) -> None:
    """As a new process would be: what was handed over is forgotten, the receipts stay."""
    higgs302._given.clear()


def test_a_recording_is_uploaded_and_speaks(server: HiggsServer, opened: Opener, anna: Path) -> None:
    backend = opened()
    audio = backend.synthesize(clone(anna))
    assert carries(audio.samples, audio.rate, "anna", TEXT)
    upload = next(asked for asked in server.asked if asked.path == "/302/upload-file")
    assert upload.names == {"file": "file.wav"}
    assert server.syntheses[0].body["ref_audio_text"] == ["I am Anna."]
    assert "secret" not in str(server.syntheses[0].body)


@pytest.mark.parametrize("dialect", [1, 2])
def test_both_dialects_of_the_service_are_read(server: HiggsServer, opened: Opener, dialect: int) -> None:
    server.dialect = dialect
    audio = opened().synthesize(line(description="feminine", scene="A quiet room."))
    prompt = instruction("A quiet room.", ["feminine"])
    assert carries(audio.samples, audio.rate, prompt, TEXT)
    assert server.syntheses[0].body["is_multi_speaker"] is False


def test_a_recording_is_uploaded_once_for_all_lines(server: HiggsServer, opened: Opener, anna: Path) -> None:
    backend, other = opened(), opened()
    backend.synthesize(clone(anna))
    other.synthesize(clone(anna, text="Another line."))
    assert sum(asked.path == "/302/upload-file" for asked in server.asked) == 1


def test_the_key_stays_away_from_the_host_of_the_sounds(server: HiggsServer, opened: Opener) -> None:
    opened().synthesize(line())
    assert server.disk.asked
    assert all("Authorization" not in asked.headers for asked in server.disk.asked)


# Nothing is paid for twice


def test_a_crash_while_a_task_is_under_way_costs_nothing_more(
    server: HiggsServer, opened: Opener, tmp_path: Path
) -> None:
    server.ready_after = 10**6
    code = f"""
from dubber.backends.higgs302 import Higgs302
from dubber.model import Line, Phrase, Voice, Window
voice = Voice("higgs302", "anna", ())
line = Line(1, "Anna", voice, (Phrase(1, Window(0, 2000), {TEXT!r}),), "en", 1.0, 0)
Higgs302(servers=({server.url!r},), poll=0.01, slowest_poll=0.02, **{PATHS!r}).synthesize(line)
"""
    process = subprocess.Popen([sys.executable, "-c", code])
    while not any(task["looks"] for task in list(server.tasks.values())):
        time.sleep(0.02)
    process.kill()
    process.wait()
    server.ready_after = 0
    audio = opened().synthesize(line())
    assert carries(audio.samples, audio.rate, "somebody", TEXT)
    assert server.paid == 1


def test_a_crash_before_the_sound_was_kept_fetches_it_again(server: HiggsServer, opened: Opener) -> None:
    backend = opened()
    backend.synthesize(line())
    forget(backend)
    assert carries(backend.synthesize(line()).samples, RATE, "somebody", TEXT)
    assert server.paid == 1


def test_a_sound_that_was_no_good_is_bought_anew(server: HiggsServer, opened: Opener) -> None:
    backend = opened()
    backend.synthesize(line())
    backend.synthesize(line())
    assert server.paid == 2


def test_a_redone_line_is_bought_anew(server: HiggsServer, opened: Opener) -> None:
    backend = opened()
    backend.synthesize(line())
    forget(backend)
    backend.synthesize(line(redo=1))
    assert server.paid == 2


def test_a_lost_answer_is_not_asked_for_again_blindly(server: HiggsServer, opened: Opener) -> None:
    server.lose_answers = 1
    backend = opened()
    with pytest.raises(BackendError, match="broke off"):
        backend.synthesize(line())
    for _ in range(3):
        with pytest.raises(InputError, match="may have been paid for.*pay_again"):
            backend.synthesize(line())
    assert server.paid == 1
    assert opened(pay_again=True).synthesize(line())
    assert server.paid == 2


@pytest.mark.parametrize("fault", ["429", "500", "503", "400", "401", "404"])
def test_a_clear_no_may_be_followed_by_another_try(server: HiggsServer, opened: Opener, fault: str) -> None:
    server.faults.append(fault)
    backend = opened()
    with pytest.raises((BackendError, InputError)):
        backend.synthesize(line())
    assert backend.synthesize(line())
    assert server.paid == 1


@pytest.mark.parametrize("fault", ["502", "504", "hang", "short", "no-http"])
def test_an_unclear_no_may_not(server: HiggsServer, opened: Opener, fault: str) -> None:
    server.faults.append(fault)
    backend = opened(read_timeout=0.2)
    with pytest.raises(BackendError):
        backend.synthesize(line())
    with pytest.raises(InputError, match="may have been paid for"):
        backend.synthesize(line())


def test_trouble_while_asking_after_a_task_is_waited_out(server: HiggsServer, opened: Opener) -> None:
    server.looks = ["500", "reset", "502", "hang", "short"]
    begin = time.monotonic()
    assert opened(read_timeout=0.2).synthesize(line())
    assert server.paid == 1 and time.monotonic() - begin < 2


def test_a_wrong_key_while_asking_is_told_and_the_task_kept(
    server: HiggsServer, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.looks = ["401"]
    backend = opened()
    with pytest.raises(BackendUnavailable, match=r"DUB_302AI_127_0_0_1_\d+_KEY") as caught:
        backend.synthesize(line())
    assert KEY not in str(caught.value)
    assert backend.synthesize(line())
    assert server.paid == 1


def test_a_failed_task_is_told_and_bought_anew_at_the_next_try(server: HiggsServer, opened: Opener) -> None:
    server.outcome = "FAILURE"
    backend = opened()
    with pytest.raises(BackendError, match="out of memory"):
        backend.synthesize(line())
    server.outcome = "SUCCESS"
    assert backend.synthesize(line())
    assert server.paid == 2


def test_garbage_is_fetched_once_more_before_another_is_bought(server: HiggsServer, opened: Opener) -> None:
    backend = opened()
    server.sounds = ["cut"]
    with pytest.raises(BackendError):
        backend.synthesize(line())
    assert backend.synthesize(line())
    assert server.paid == 1
    server.sounds = ["garbage", "garbage"]
    for _ in range(2):
        with pytest.raises(BackendError):
            backend.synthesize(line("Another line."))
    assert backend.synthesize(line("Another line."))
    assert server.paid == 3


@pytest.mark.parametrize("status", ["404", "410", "403"])
def test_a_sound_that_is_not_there_is_asked_for_again_and_not_bought_again(
    server: HiggsServer, opened: Opener, status: str
) -> None:
    """The link of a task may be dead; that says nothing about the service, whose task is asked for another."""
    server.sounds = [status] * 5
    for _ in range(5):
        with pytest.raises(BackendError, match=f"paid for cannot be fetched: answered {status}.*pay_again") as failure:
            opened().synthesize(line())
        assert failure.value.line_only and not isinstance(failure.value, BackendUnavailable)
        forget(opened())  # the next run of the program is no less careful
    assert opened().synthesize(line())
    assert server.paid == 1


def test_a_sound_that_is_not_there_twice_is_bought_again_where_that_is_allowed(
    server: HiggsServer, opened: Opener
) -> None:
    backend = opened(pay_again=True)
    server.sounds = ["404", "404"]
    for paid in (1, 1):
        with pytest.raises(BackendError):
            backend.synthesize(line())
        assert server.paid == paid
    assert backend.synthesize(line())
    assert server.paid == 2


def test_a_service_that_wants_to_be_left_alone_for_long_keeps_the_task(server: HiggsServer, opened: Opener) -> None:
    server.looks = ["429-tomorrow"]
    began = time.monotonic()
    with pytest.raises(BackendError) as failure:
        opened().synthesize(line())
    assert failure.value.retry_after == 3600.0 and time.monotonic() - began < 2.0
    assert opened().synthesize(line())
    assert server.paid == 1


def test_a_task_that_never_ends_is_left_and_asked_after_next_time(server: HiggsServer, opened: Opener) -> None:
    server.ready_after = 10**6
    with pytest.raises(BackendError, match="not done in 1 s"):
        opened(task_timeout=1.0).synthesize(line())
    server.ready_after = 0
    assert opened().synthesize(line())
    assert server.paid == 1


def test_two_runs_do_not_pay_for_one_line_side_by_side(server: HiggsServer, opened: Opener) -> None:
    server.ready_after = 30
    first, second = opened(), opened()
    thread = threading.Thread(target=first.synthesize, args=(line(),))
    thread.start()
    while not server.paid:
        time.sleep(0.01)
    with pytest.raises(BackendError, match="another run"):
        second.synthesize(line())
    thread.join()
    assert server.paid == 1


def test_ctrl_c_lets_a_purchase_end_so_that_its_id_is_known(
    server: HiggsServer, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = opened(poll=30.0, slowest_poll=30.0)
    real = server.answer

    def late(handler: Handler, asked: Asked) -> None:
        time.sleep(0.5)
        real(handler, asked)

    monkeypatch.setattr(server, "answer", late)
    threading.Timer(0.2, backend.stop).start()
    with pytest.raises(Cancelled):
        backend.synthesize(line())
    server.answer = real  # type: ignore[method-assign]
    assert opened().synthesize(line())
    assert server.paid == 1


def test_ctrl_c_ends_the_waiting_at_once(server: HiggsServer, opened: Opener) -> None:
    server.ready_after = 10**6
    backend = opened(poll=30.0, slowest_poll=30.0, task_timeout=100.0)
    threading.Timer(0.3, backend.stop).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        backend.synthesize(line())
    assert time.monotonic() - begin < 2


# What is said before anything is asked


def test_the_paths_are_asked_of_the_user(server: HiggsServer, opened: Opener, anna: Path) -> None:
    backend = opened(**dict.fromkeys(PATHS, ""))
    assert "no paths are set" in str(backend.check())
    with pytest.raises(InputError, match="smart_path: is required"):
        backend.synthesize(line())
    with pytest.raises(InputError, match="clone_query_path: is required"):
        opened(clone_query_path="").synthesize(clone(anna))
    assert not server.asked
    assert opened().check() is None


def test_without_a_key_the_variable_is_named(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DUB_302AI_127_0_0_1_KEY")
    assert "set DUB_302AI_127_0_0_1_" in str(opened().check())


def test_recordings_are_looked_at_first(server: HiggsServer, opened: Opener, tmp_path: Path, anna: Path) -> None:
    short, text = tmp_path / "short.wav", tmp_path / "text.wav"
    short.write_bytes(wav(encode("anna", "x", 0.5), RATE))
    text.write_text("not a sound at all")
    for path, why in ((short, "lasts 0.5 s"), (text, "no recording"), (tmp_path / "none.wav", "none.wav")):
        with pytest.raises(InputError, match=why):
            opened().synthesize(clone(path))
    with pytest.raises(InputError, match="1 references and 2 transcripts"):
        opened().synthesize(line(references=(anna,), transcripts=("a", "b")))
    assert not server.asked


def test_every_documented_parameter_has_its_range() -> None:
    faults: list[InputError] = []
    read(HiggsVoice, {"temperature": 1.6, "top_k": -2, "top_p": 0.05}, "voices.x", faults)
    assert len(faults) == 3
    assert (HiggsVoice().temperature, HiggsVoice().top_k, HiggsVoice().top_p) == (1.0, 50, 0.95)


# By hand


def test_every_call_of_the_document_can_be_made_by_hand(server: HiggsServer, opened: Opener, anna: Path) -> None:
    backend = opened()
    calls = {endpoint.name: endpoint for endpoint in backend.endpoints()}
    assert set(calls) == {"clone", "clone_task", "smart", "smart_task", "upload"}
    for endpoint in calls.values():
        assert endpoint.about and all(field.setting.about for field in endpoint.fields.values())
    made = backend.call("clone", {"input_text": TEXT, "recordings": (anna,), "ref_audio_text": ("I am Anna.",)})
    assert backend.call("clone_task", {"task_id": made["task_id"]})["state"] == "PENDING"
    audio = backend.call("clone_task", {"task_id": made["task_id"], "sound": True})
    assert carries(audio.samples, audio.rate, "anna", TEXT)
    link = backend.call("upload", {"recording": anna})["url"]
    assert backend.call("clone", {"input_text": TEXT, "ref_audio_links": (link,), "ref_audio_text": ("I am Anna.",)})
    with pytest.raises(InputError, match="no call"):
        backend.call("sing", {})


def test_several_speakers_and_a_scene_can_be_made_by_hand(server: HiggsServer, opened: Opener) -> None:
    turns = "[SPEAKER0] Good evening.\n[SPEAKER1] Is it?"
    speakers = ("feminine", "masculine; british accent")
    values = {"input_text": turns, "is_multi_speaker": True, "scene": "A harbour.", "speakers": speakers}
    made = opened().call("smart", values)
    assert opened().call("smart_task", {"task_id": made["task_id"], "sound": True}).rate == RATE
    body = server.syntheses[0].body
    assert body["input_text"] == turns and body["is_multi_speaker"] is True
    described = "A harbour.\n\nSPEAKER0: feminine\nSPEAKER1: masculine; british accent"
    assert body["system_prompt"].endswith(f"<|scene_desc_start|>\n{described}\n<|scene_desc_end|>")
    assert "[SPEAKER*]" in body["system_prompt"]


# Words


@pytest.mark.parametrize(
    ("written", "read_out"),
    [
        ("你好，世界。", "你好, 世界."),
        ("He said (quietly) no", "He said quietly no."),
        ("It is 21 °C, not 70°F!", "It is 21 degrees Celsius, not 70 degrees Fahrenheit!"),
        ("[laugh] Really?", "[laugh] Really?"),
        ("[SPEAKER0] 真的吗？\n[SPEAKER1] Yes", "[SPEAKER0] 真的吗?\n[SPEAKER1] Yes."),
        ("  ", ""),
    ],
)
def test_words_are_written_as_the_model_learned_them(written: str, read_out: str) -> None:
    assert normalised(written) == read_out


def test_an_instruction_is_written_as_in_the_document() -> None:
    assert instruction("Audio is recorded from a quiet room.", []) == (
        "Generate audio following instruction.\n\n<|scene_desc_start|>\nAudio is recorded from a quiet room.\n"
        "<|scene_desc_end|>"
    )
    assert instruction("", []) == ""


def test_the_price_is_told_with_its_reckoning() -> None:
    assert tokens("x" * 60) == 15 + 100
    assert Higgs302.cost([]) == ""
    told = Higgs302.cost([line("x" * 60)] * 100)
    assert "11,500 tokens" in told and "0.34 PTC" in told and "estimate" in told


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"state": "PENDING"}, ""),
        ({"state": "STARTED"}, ""),
        ({"state": "SUCCESS"}, "DONE"),
        ({"status": "completed"}, "DONE"),
        ({"data": {"status": "succeeded"}}, "DONE"),
        ({"status": "failed"}, "FAILED"),
        ({"state": "REVOKED"}, "FAILED"),
        ({}, ""),
        ([], ""),
        ({"code": 200, "data": "x"}, ""),
    ],
)
def test_states_are_read_in_either_dialect(answer: Any, status: str) -> None:
    assert status_of(answer) == status


def test_ids_and_links_are_read_in_either_dialect() -> None:
    for answer in ({"task_id": "7"}, {"taskId": 7}, {"id": "7"}, {"code": 200, "data": {"task_id": "7"}}):
        assert task_id_of(answer) == "7"
    with pytest.raises(BackendError, match="names no task"):
        task_id_of({"message": "queue full"})
    link = "https://file.302.ai/a.wav"
    answers: list[dict[str, Any]] = [
        {"audio_url": link},
        {"audio_url": {"url": link}},
        {"url": link},
        {"result": [link]},
        {"data": link},
    ]
    for answer in answers:
        assert link_of(answer) == link
    assert link_of({"result": {"text": "no link"}}) == ""


def test_what_a_film_costs_is_said_before_and_after(tmp_path: Path) -> None:
    samples = Path(__file__).parent.parent.parent / "samples"
    with ExitStack() as stack:
        house = CASTS["higgs302"].start(stack)
        profile = load(str(CASTS["higgs302"].profile(tmp_path, [house])), environ={})
        film, texts = samples / "harbour.mp4", (samples / "harbour.srt",)
        job = Job(film, profile, texts, output=tmp_path / "film.mp4", store=tmp_path / "store")
        foreseen = estimate.preview(job).versions[0].cost
        assert "PTC at 0.03 PTC per 1,000" in foreseen and "an estimate" in foreseen
        assert house.spoken() == 0  # a dry run asks nobody
        assert pipeline.run(job).report.versions[0].cost == foreseen
        assert estimate.preview(replace(job, overwrite=True)).versions[0].cost == ""  # all is stored by now


@pytest.mark.parametrize("key", ["clone_path", "clone_query_path", "smart_path", "smart_query_path", "upload_path"])
def test_a_path_that_would_end_or_lead_elsewhere_is_named_with_its_key(opened: Opener, key: str) -> None:
    for path in ("302/x?to=evil", "302/x#", "../admin", "302/../x", "302/%2e%2e/x", "302/a b", "302\\x"):
        with pytest.raises(InputError, match=f"backends.higgs302.{key}: .* is no path"):
            opened(**{key: path})


def test_a_task_whose_name_is_a_path_is_not_asked_after(server: HiggsServer, opened: Opener) -> None:
    backend = opened(smart_query_path="302/smart/{task_id}")
    for task in ("..", "."):
        with pytest.raises(InputError, match="no path of a call"):
            backend.call("smart_task", {"task_id": task, "sound": False})
    assert not server.asked
