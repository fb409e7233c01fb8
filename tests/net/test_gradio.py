"""The door to web UIs against servers that mean harm, that are something else, and that are in trouble."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dubber.errors import BackendError, BackendUnavailable, Cancelled, DubError, InputError
from dubber.net.gradio import CallRefused, GradioServer, Remote, Upload
from dubber.net.gradio_api import cleaned
from dubber.net.gradio_guard import Sizes
from tests.servers import coding
from tests.servers.hostile import PREFIX, TARGET, Hostile
from tests.servers.launch import Running, shared
from tests.servers.recordings import recording

SPOKEN = {"text": "hello"}


@pytest.fixture
def secret(tmp_path: Path) -> str:
    (tmp_path / "id_rsa").write_text("a secret of this computer")
    return str(tmp_path / "id_rsa")


@pytest.fixture
def impatient() -> Iterator[list[GradioServer]]:
    opened: list[GradioServer] = []
    yield opened
    for server in opened:
        server.close()


SMALL = Sizes(page=1_000_000, sound=1_000_000, event=500_000, events=1_000_000)


def knock(hostile: Hostile, opened: list[GradioServer], silence: float = 10.0, sizes: Sizes = SMALL) -> GradioServer:
    opened.append(GradioServer(hostile.url, connect=1.0, silence=silence, sizes=sizes))
    return opened[-1]


def test_an_honest_server_is_heard(impatient: list[GradioServer]) -> None:
    with Hostile() as server:
        door = knock(server, impatient)
        answer = door.call("/say", SPOKEN)
        assert answer.values == [Remote("/x/a.wav", "a.wav")]
        assert b"hello" in next(body for _, path, _, body in server.asked if path.endswith("join"))
        assert len(door.fetch(answer[0])) > 40_000


@pytest.mark.parametrize("twist", ["reset", "torn", "mute"])
def test_events_that_break_off_are_one_line_and_no_traceback(
    twist: str, impatient: list[GradioServer], capfd: pytest.CaptureFixture[str]
) -> None:
    with Hostile(f"{twist} {PREFIX}/queue/data") as server:
        door = knock(server, impatient, silence=1.0)
        with pytest.raises(BackendError, match="broke off|silent for too long"):
            door.call("/say", SPOKEN)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("twist", ["default", "nested"])
def test_a_hidden_parameter_does_not_make_us_upload_a_file(
    twist: str, secret: str, impatient: list[GradioServer]
) -> None:
    with Hostile(twist, secret) as server:
        with pytest.raises(BackendUnavailable, match="asks for a file of this computer"):
            knock(server, impatient).call("/say", SPOKEN)
        assert not [path for _, path, _, _ in server.asked if "upload" in path or "join" in path]


@pytest.mark.parametrize("shape", ["plain", "list", "path"])
def test_only_an_upload_that_the_caller_made_sends_a_file(
    shape: str, secret: str, impatient: list[GradioServer]
) -> None:
    file = {"path": secret, "meta": {"_type": "gradio.FileData"}}
    values = {"plain": file, "list": [{"x": file}], "path": Path(secret)}
    with Hostile() as server:
        with pytest.raises(CallRefused, match="as an upload only"):
            knock(server, impatient).call("/say", {"text": values[shape]})
        knock(server, impatient).call("/say", {"text": secret})  # a text that looks like a path stays a text
        assert not [path for _, path, _, _ in server.asked if "upload" in path]
        knock(server, impatient).call("/say", {"text": Upload(Path(secret))})
        assert [path for _, path, _, _ in server.asked if "upload" in path]


def test_a_file_is_sent_once_until_it_changes(impatient: list[GradioServer], tmp_path: Path) -> None:
    def sent() -> list[bytes]:
        return [body for _, path, _, body in server.asked if "upload" in path]

    reference = recording(tmp_path / "anna.wav", "anna")
    with Hostile() as server:
        door = knock(server, impatient)
        for _ in range(3):
            door.call("/say", {"text": Upload(reference)})
        assert len(sent()) == 1 and reference.read_bytes() in sent()[0]
        named = [json.loads(body)["data"][0]["path"] for _, path, _, body in server.asked if path.endswith("join")]
        assert named == ["/x/stolen"] * 3
        recording(reference, "bob", seconds=2.0)
        door.call("/say", {"text": Upload(reference)})
        assert len(sent()) == 2 and reference.read_bytes() in sent()[1]
        knock(server, impatient).call("/say", {"text": Upload(reference)})  # another session has sent nothing
        assert len(sent()) == 3


def test_a_session_that_nobody_closes_leaves_no_connection(tmp_path: Path) -> None:
    door = GradioServer(shared("indextts").url)
    door.call(
        "/gen_single_with_status", {"prompt": Upload(recording(tmp_path / "r.wav", "anna")), "text": "FAULT warn"}
    )
    assert door._files is not None
    pool = door._files._http._transport._pool  # type: ignore[attr-defined]
    assert len(pool.connections) == 1
    door._files = None
    gc.collect()
    assert not pool.connections
    door.close()


def test_the_library_itself_sends_no_file(impatient: list[GradioServer], secret: str) -> None:
    """It would send any local file whose name stands in a value, if our own check ever let one pass."""
    with Hostile() as server:
        door = knock(server, impatient)
        assert door.endpoints
        file = {"path": secret, "meta": {"_type": "gradio.FileData"}}
        door._client.predict(file, [file], api_name="/say")
        assert not [path for _, path, _, _ in server.asked if "upload" in path]
        assert not [body for _, _, _, body in server.asked if b"a secret of" in body]


@pytest.mark.parametrize("answer", [b"[]", b'["a", "b"]', b'{"path": "a"}', b"[7]", b"<html>"])
def test_a_server_that_does_not_say_where_a_file_went_is_told(
    answer: bytes, impatient: list[GradioServer], secret: str
) -> None:
    with Hostile() as server:
        server.uploaded = answer
        with pytest.raises(BackendError, match=r"does not say where|the call failed"):
            knock(server, impatient).call("/say", {"text": Upload(Path(secret))})
        assert not [path for _, path, _, _ in server.asked if "join" in path]


def test_a_file_that_is_gone_or_too_large_is_named(impatient: list[GradioServer], tmp_path: Path) -> None:
    with Hostile() as server:
        server.most = 1_000
        door = knock(server, impatient)
        with pytest.raises(InputError, match=r"gone\.wav: cannot be read"):
            door.call("/say", {"text": Upload(tmp_path / "gone.wav")})
        with pytest.raises(InputError, match=r"large\.wav: the server takes no file above 1000 bytes"):
            door.call("/say", {"text": Upload(recording(tmp_path / "large.wav", "anna"))})
        assert len(door.call("/say", SPOKEN)) == 1


def test_no_token_and_no_header_of_this_computer_leaves(
    impatient: list[GradioServer], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_very_secret")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    (tmp_path / "token").write_text("hf_saved_secret")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password very_secret")
    monkeypatch.setenv("HOME", str(tmp_path))
    with Hostile() as server:
        knock(server, impatient).call("/say", {"text": Upload(tmp_path / "token"), "more": ""})
        for _, _, headers, _ in server.asked:
            assert not {"authorization", "x-hf-authorization", "cookie", "x-ip-token"} & set(headers)
            assert "secret" not in str(headers)


@pytest.mark.parametrize(
    "place", ["/config", f"{PREFIX}/info", f"{PREFIX}/queue/join", f"{PREFIX}/queue/data", f"{PREFIX}/file="]
)
def test_a_redirect_is_refused_and_told(place: str, impatient: list[GradioServer]) -> None:
    with Hostile(f"redirect {place}") as server:
        door = knock(server, impatient)
        with pytest.raises(BackendUnavailable, match=r"redirects us to http://127.0.0.2:9;"):
            door.fetch(door.call("/say", SPOKEN)[0])


def test_an_upload_is_not_sent_elsewhere(impatient: list[GradioServer], secret: str) -> None:
    with (
        Hostile(f"redirect {PREFIX}/upload") as server,
        pytest.raises(BackendUnavailable, match="redirects us"),
    ):
        knock(server, impatient).call("/say", {"text": Upload(Path(secret))})


def test_a_server_cannot_send_us_to_another_address(impatient: list[GradioServer]) -> None:
    with (
        Hostile("prefix") as server,
        pytest.raises(BackendUnavailable, match="sends us to another address") as refusal,
    ):
        knock(server, impatient).call("/say", SPOKEN)
    assert TARGET.rpartition("/")[0] in str(refusal.value)


@pytest.mark.parametrize("place", ["/config", f"{PREFIX}/info", f"{PREFIX}/queue/join"])
def test_a_page_without_end_is_cut_off_and_its_server_is_unusable(place: str, impatient: list[GradioServer]) -> None:
    with Hostile(f"endless {place}") as server:
        door = knock(server, impatient, silence=5.0)
        with pytest.raises(BackendUnavailable, match="a page of more than 1,000,000 bytes"):
            door.fetch(door.call("/say", SPOKEN)[0])
        assert server.sent < 20_000_000  # what the system's buffers hold


@pytest.mark.parametrize(("place", "what"), [("queue/data", "events of more than 500,0"), ("file=", "a sound of more")])
def test_a_sound_or_an_event_without_end_is_cut_off_and_is_that_line_s_failure(
    place: str, what: str, impatient: list[GradioServer]
) -> None:
    with Hostile(f"endless {PREFIX}/{place}") as server:
        door = knock(server, impatient, silence=5.0)
        with pytest.raises(BackendError, match=what) as caught:
            door.fetch(door.call("/say", SPOKEN)[0])
        assert not isinstance(caught.value, BackendUnavailable)
        assert server.sent < 20_000_000
        server.twist = ""
        assert door.fetch(door.call("/say", SPOKEN)[0])[:4] == b"RIFF"  # the next line is spoken


def test_events_without_end_are_cut_off_although_each_is_small(impatient: list[GradioServer]) -> None:
    with Hostile(f"chatty {PREFIX}/queue/data") as server:
        with pytest.raises(BackendError, match="events of more than 1,000,000 bytes"):
            knock(server, impatient, silence=5.0).call("/say", SPOKEN, timeout=20.0)
        assert server.sent < 20_000_000


@pytest.mark.parametrize("place", ["/config", f"{PREFIX}/queue/join", f"{PREFIX}/file="])
def test_an_answer_that_drips_is_cut_off(place: str, impatient: list[GradioServer]) -> None:
    with Hostile(f"drip {place}") as server:
        door = knock(server, impatient, silence=0.25)
        began = time.monotonic()
        with pytest.raises(BackendUnavailable, match="too slowly"):
            door.fetch(door.call("/say", SPOKEN)[0])
        assert time.monotonic() - began < 30  # the drip has no end


def test_events_that_only_drip_end_with_the_calls_time(impatient: list[GradioServer]) -> None:
    with (
        Hostile(f"drip {PREFIX}/queue/data") as server,
        pytest.raises(BackendError, match=r"within 0\.6 s"),
    ):
        knock(server, impatient, silence=5.0).call("/say", SPOKEN, timeout=0.6)


@pytest.mark.parametrize("place", ["/config", f"{PREFIX}/file="])
def test_a_small_answer_cannot_swell(place: str, impatient: list[GradioServer]) -> None:
    with Hostile(f"packed {place}") as server:
        door = knock(server, impatient)
        with pytest.raises(BackendUnavailable, match="encoding that we did not ask for"):
            door.fetch(door.call("/say", SPOKEN)[0])


def test_a_stream_of_pieces_is_not_followed(impatient: list[GradioServer]) -> None:
    with Hostile("stream") as server:
        door = knock(server, impatient)
        with pytest.raises(BackendError, match="stream of pieces"):
            door.fetch(door.call("/say", SPOKEN)[0])


@pytest.mark.parametrize(
    ("twist", "said"),
    [("page", "no Gradio web UI"), ("old", "gradio 3.50.2, which is too old"), ("status 401", "login"),
     ("status 404", "no Gradio web UI")],
)  # fmt: skip
def test_what_is_no_gradio_server_is_told(twist: str, said: str, impatient: list[GradioServer]) -> None:
    with Hostile(twist) as server:
        door = knock(server, impatient)
        with pytest.raises(BackendError, match=said):
            door.fetch(door.call("/say", SPOKEN)[0])


@pytest.mark.parametrize(
    "address", ["127.0.0.1:7860", "ftp://x/", "file:///etc/passwd", "abidlabs/whisper", "http://", "http://u:p@host/",
                "http://host/?token=x", ""]
)  # fmt: skip
def test_an_address_is_checked_before_anything_is_sent(address: str) -> None:
    with pytest.raises(InputError):
        GradioServer(address)


def test_nobody_at_home_is_said_within_a_second() -> None:
    began = time.monotonic()
    with pytest.raises(BackendUnavailable, match="nobody answers"):
        GradioServer("http://127.0.0.1:9").call("/say", SPOKEN)
    assert time.monotonic() - began < 20  # the first call imports gradio_client


def test_a_dead_proxy_does_not_stand_before_this_computer(
    impatient: list[GradioServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Hostile() as server:
        assert len(knock(server, impatient).call("/say", SPOKEN)) == 1


def test_a_call_that_is_stopped_ends_at_once(impatient: list[GradioServer]) -> None:
    with Hostile(f"drip {PREFIX}/queue/data") as server:
        door = knock(server, impatient, silence=30.0)
        assert door.endpoints
        threading.Timer(0.3, door.stop).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            door.call("/say", SPOKEN)
        assert time.monotonic() - began < 20  # of the 30 that it would wait


def test_a_silent_server_is_given_up(impatient: list[GradioServer], tmp_path: Path) -> None:
    with Running("indextts", "--delay", "60") as server:
        server.ready()
        door = GradioServer(server.url, silence=1.0)
        impatient.append(door)
        reference = Upload(recording(tmp_path / "r.wav", "anna"))
        with pytest.raises(DubError, match=r"silent|within"):
            door.call("/gen_single_with_status", {"prompt": reference, "text": "hello"}, timeout=4.0)


def test_a_full_queue_is_a_reason_to_come_back_later(tmp_path: Path) -> None:
    with Running("indextts", "--delay", "2", "--queue", "1") as server:
        server.ready()
        doors = [GradioServer(server.url) for _ in range(5)]
        values = {"prompt": Upload(recording(tmp_path / "r.wav", "anna")), "text": "hello"}
        faults: list[BackendError] = []

        def ask(door: GradioServer) -> None:
            try:
                door.call("/gen_single_with_status", values)
            except BackendError as error:
                faults.append(error)

        threads = [threading.Thread(target=ask, args=(door,)) for door in doors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for door in doors:
            door.close()
        assert faults and all("queue is full" in str(fault) and fault.retry_after for fault in faults)


def test_progress_and_warnings_of_a_real_server_arrive(tmp_path: Path) -> None:
    door = GradioServer(shared("indextts").url)
    heard: list[str] = []
    values = {"prompt": Upload(recording(tmp_path / "r.wav", "anna")), "text": "FAULT warn"}
    answer = door.call("/gen_single_with_status", values, on_status=heard.append)
    assert answer.warnings == ("the model is not loaded",)
    assert answer[0] is None
    door.close()


def test_an_unknown_call_or_parameter_is_told_with_what_there_is(impatient: list[GradioServer]) -> None:
    with Hostile() as server:
        door = knock(server, impatient)
        with pytest.raises(BackendUnavailable, match="it offers /say"):
            door.call("/shout", SPOKEN)
        with pytest.raises(CallRefused, match="takes no loud"):
            door.call("/say", {"loud": True})
        with pytest.raises(CallRefused, match="needs text"):
            door.call("/say", {})


def test_the_tests_ear_hears_the_hostile_sound() -> None:
    from dubber.media.audio import decode
    from tests.servers.hostile import sound

    heard = decode(sound())
    assert coding.carries(heard.samples, heard.rate, "mallory", "hello")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Value: 'x' (type: <class 'str'>) is not in the list", "Value: 'x' (type: <class 'str'>) is not in the list"),
        ("got <Anna> instead of <b>Bob</b>", "got <Anna> instead of Bob"),
        ("<div style='color:red'>&#10060; 3 &lt; 4<br/>again</div>", "❌ 3 < 4 again"),
        ("if a < b and b > c", "if a < b and b > c"),
        ("3 &lt; 4 stays as it was written", "3 &lt; 4 stays as it was written"),
    ],
)
def test_html_goes_from_a_servers_words_and_angle_brackets_of_the_text_stay(sent: str, shown: str) -> None:
    assert cleaned(sent) == shown
