"""The door to REST servers, against a real server with every fault, some of them hostile."""

from __future__ import annotations

import logging
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import numpy as np
import pytest

from dubber.errors import BackendError, BackendUnavailable, Cancelled, DubError, InputError
from dubber.net import rest
from dubber.net.redaction import Key
from dubber.net.responses import retry_after
from dubber.net.rest import Door, Limits, RequestRefused, Unanswered, translate
from tests.servers.coding import carries, decode
from tests.servers.openai import OpenAiServer
from tests.servers.rest import Asked, Handler, RestServer

Opener = Callable[..., Door]
KEY = "sk-very-secret-0123456789"
QUICK = Limits(connect=1, read=0.4, total=0.8, text=100_000, audio=1_000_000)
WORDS = {"model": "m", "voice": "af_heart", "input": "Good evening.", "response_format": "pcm"}


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer() as server:
        yield server


@pytest.fixture
def door_to() -> Iterator[Opener]:
    """Opens doors and closes them after the test."""
    opened: list[Door] = []

    def door_to(address: str, **how: Any) -> Door:
        opened.append(Door(address, **how))
        return opened[-1]

    yield door_to
    for door in opened:
        door.close()


def ask(server: RestServer, fault: str, limits: Limits = QUICK) -> bytes:
    door = Door(f"{server.url}/fault/{fault}/v1", key=KEY, limits=limits, advice="set DUB_OPENAI_KEY to its key")
    try:
        return door.sound("audio/speech", WORDS).data
    finally:
        door.close()


def test_a_line_is_asked_for_and_comes_back(server: OpenAiServer, door_to: Opener) -> None:
    body = door_to(f"{server.url}/v1/").sound("/audio/speech", WORDS)
    assert carries((np.frombuffer(body.data, "<i2") / 32768).astype(np.float32), 24_000, "af_heart", "Good evening.")
    assert body.kind == "audio/pcm"
    assert server.asked[0].body == WORDS


def test_many_lines_use_one_connection(server: OpenAiServer, door_to: Opener) -> None:
    door = door_to(f"{server.url}/v1")
    for _ in range(5):
        door.get("models")
    assert len(server.connections) == 1


@pytest.mark.parametrize("fault", ["401", "402", "403", "404", "429-quota"])
def test_a_server_that_wants_something_from_the_user_is_not_asked_again(server: OpenAiServer, fault: str) -> None:
    with pytest.raises(BackendUnavailable) as caught:
        ask(server, fault)
    assert fault[:3] in str(caught.value) and caught.value.lasting
    assert caught.value.where.startswith(server.url)


def test_a_missing_key_names_the_variable_to_set(server: OpenAiServer) -> None:
    with pytest.raises(BackendUnavailable, match="set DUB_OPENAI_KEY"):
        ask(server, "401")


@pytest.mark.parametrize("fault", ["408", "429", "500", "502", "503", "504"])
def test_a_server_in_trouble_is_asked_again(server: OpenAiServer, fault: str) -> None:
    with pytest.raises(BackendError) as caught:
        ask(server, fault)
    assert type(caught.value) is (Unanswered if fault in ("502", "504") else BackendError)


@pytest.mark.parametrize(("fault", "seconds"), [("429", 1.0), ("503-later", 2.0), ("429-date", 3600.0), ("500", None)])
def test_a_server_says_how_long_to_wait(server: OpenAiServer, fault: str, seconds: float | None) -> None:
    with pytest.raises(BackendError) as caught:
        ask(server, fault)
    assert caught.value.retry_after == seconds


def test_a_wait_is_a_number_or_a_date_and_nothing_else() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=90)
    assert retry_after({"retry-after": format_datetime(soon, usegmt=True)}) == pytest.approx(90, abs=2)
    assert retry_after({"retry-after": "0.5"}) == 0.5
    assert retry_after({"retry-after": "-3"}) == 0.0
    assert retry_after({"retry-after": "1e99"}) == 3600.0
    for nonsense in ("", "soon", "nan", "Wed, 99 Foo", "0x10"):
        assert retry_after({"retry-after": nonsense}) is None


def test_a_request_that_the_server_refuses_carries_its_words(
    server: OpenAiServer, door_to: Callable[..., Door]
) -> None:
    door = door_to(f"{server.url}/v1")
    with pytest.raises(RequestRefused, match="Voice 'ann' not found. Available voices: af_heart") as caught:
        door.sound("audio/speech", {**WORDS, "voice": "ann"})
    assert caught.value.status == 400
    assert pickle.loads(pickle.dumps(caught.value)).status == 400
    with pytest.raises(RequestRefused, match="Field required"):
        door.sound("audio/speech", {})


@pytest.mark.parametrize("fault", ["reset", "hang", "drip", "drip-headers", "short", "no-http"])
def test_an_answer_that_breaks_off_or_never_ends_is_given_up_in_time(server: OpenAiServer, fault: str) -> None:
    begin = time.monotonic()
    with pytest.raises(Unanswered):
        ask(server, fault)
    assert time.monotonic() - begin < 1.5


@pytest.mark.parametrize("fault", ["endless", "huge", "gzip-bomb"])
def test_an_answer_without_end_is_refused_in_bounded_memory(server: OpenAiServer, fault: str) -> None:
    import tracemalloc

    tracemalloc.start()
    with pytest.raises(BackendError, match="limit|compressed"):
        ask(server, fault, Limits(audio=1_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000 if fault == "gzip-bomb" else peak < 20_000_000


@pytest.mark.parametrize("fault", ["redirect-private", "redirect-metadata", "redirect-other", "redirect-file"])
def test_a_redirect_never_leaves_the_server(server: OpenAiServer, fault: str, door_to: Opener) -> None:
    door = door_to(f"{server.url}/fault/{fault}/v1", key=KEY, limits=QUICK)
    with pytest.raises(BackendError, match="not followed|none"):
        door.sound("audio/speech", WORDS)
    with pytest.raises(BackendError, match="not followed|none"):
        door.download(f"{server.url}/fault/{fault}/file.wav")


def test_a_redirect_in_a_circle_ends(server: OpenAiServer) -> None:
    with pytest.raises(BackendUnavailable, match="too many redirects"):
        ask(server, "redirect-loop")
    assert len(server.asked) == 4


@pytest.mark.parametrize("fault", ["html", "json", "text", "empty"])
def test_text_in_place_of_audio_is_told_as_text(server: OpenAiServer, fault: str) -> None:
    with pytest.raises(BackendError, match="where audio was expected"):
        ask(server, fault)


def test_a_web_page_in_place_of_json_is_told(server: OpenAiServer, door_to: Opener) -> None:
    with pytest.raises(BackendError, match="a web page where JSON was expected.*address of its API"):
        door_to(f"{server.url}/fault/html/v1").post("audio/speech", WORDS)


def test_the_error_inside_a_good_status_is_told(server: OpenAiServer) -> None:
    with pytest.raises(BackendError, match="CUDA out of memory"):
        ask(server, "json")


def test_nobody_at_the_address_is_told_at_once(door_to: Opener) -> None:
    with OpenAiServer() as server:
        address = server.url
    with pytest.raises(BackendError, match="is it running") as caught:
        door_to(address).get("models")
    assert not isinstance(caught.value, Unanswered | BackendUnavailable)


def test_a_server_that_comes_back_is_used_again(server: OpenAiServer, door_to: Opener) -> None:
    door = door_to(f"{server.url}/v1", limits=QUICK)
    door.get("models")
    server.die()
    with pytest.raises(BackendError):
        door.get("models")
    server.revive()
    assert door.get("models")["data"]


def test_ctrl_c_ends_what_is_under_way(server: OpenAiServer, door_to: Opener) -> None:
    door = door_to(f"{server.url}/fault/hang/v1")
    threading.Timer(0.2, door.stop).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        door.sound("audio/speech", WORDS)
    assert time.monotonic() - begin < 2


# What may leave this computer


class Files(RestServer):
    """Another host: keeps what it was sent and gives a sound."""

    def answer(self, handler: Handler, asked: Asked) -> None:
        handler.speak("anna", "Hello.")


def test_the_key_goes_to_its_own_server_only(server: OpenAiServer, door_to: Opener) -> None:
    with Files() as files:
        door = door_to(f"{server.url}/v1", key=KEY)
        door.get("models")
        assert decode_wav(door.download(f"{files.url}/a.wav").data)
        assert server.asked[0].headers["Authorization"] == f"Bearer {KEY}"
        assert KEY not in str(files.asked[0].headers)


def decode_wav(data: bytes) -> tuple[int, int] | None:
    return decode((np.frombuffer(data[44:], "<i2") / 32768).astype(np.float32), 24_000)


@pytest.mark.parametrize("host", ["127.0.0.2", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "localhost"])
def test_a_server_cannot_make_us_ask_a_private_address(
    server: OpenAiServer, host: str, door_to: Callable[..., Door]
) -> None:
    with pytest.raises(BackendUnavailable, match="private address"):
        door_to(server.url).download(f"http://{host}:1/a.wav")


def test_a_public_name_for_a_private_address_is_found_out(
    server: OpenAiServer, monkeypatch: pytest.MonkeyPatch, door_to: Callable[..., Door]
) -> None:
    import socket

    port = int(server.url.rpartition(":")[2])
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1", *rest, **more))
    with pytest.raises(BackendUnavailable, match="private address"):
        door_to("http://127.0.0.9:1").download(f"http://files.example.com:{port}/a.wav")
    assert not server.asked


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://h/a", "a.wav", "http://u:p@h/a", "http://", "http://h:99999"]
)
def test_only_web_addresses_without_passwords_are_asked(url: str, door_to: Opener) -> None:
    with pytest.raises(InputError):
        door_to(url)
    with pytest.raises(BackendError):
        door_to("http://127.0.0.1:1").download(url)


def test_a_key_travels_over_plain_http_to_this_computer_only(door_to: Opener) -> None:
    with pytest.raises(InputError, match="plain http") as caught:
        door_to("http://tts.example.org", key=KEY)
    assert KEY not in str(caught.value)
    for allowed in ("http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://tts.example.org"):
        door_to(allowed, key=KEY)


def test_proxies_of_the_environment_are_not_asked_about_this_computer(
    server: OpenAiServer, monkeypatch: pytest.MonkeyPatch, door_to: Callable[..., Door]
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert door_to(f"{server.url}/v1").get("models")


def test_no_cookie_is_kept_and_no_name_of_a_local_file_told(server: OpenAiServer, door_to: Opener) -> None:
    class Biscuits(RestServer):
        def answer(self, handler: Handler, asked: Asked) -> None:
            handler.reply(b"{}", "application/json", headers={"Set-Cookie": "id=7; Path=/"})

    with Biscuits() as biscuits:
        door = door_to(biscuits.url)
        door.upload("file", {"file": b"RIFF"}, {"purpose": "reference"})
        door.get("x")
        assert "Cookie" not in biscuits.asked[1].headers
        assert biscuits.asked[0].files == {"file": b"RIFF"}
        assert biscuits.asked[0].names == {"file": "file.wav"}
        assert biscuits.asked[0].fields == {"purpose": "reference"}
        assert set(biscuits.asked[1].headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


@pytest.mark.parametrize("fault", ["400", "401", "429", "500", "reset", "no-http", "redirect-other", "html", "hang"])
def test_a_secret_is_in_no_text_log_or_picture_of_an_object(
    server: OpenAiServer, fault: str, caplog: pytest.LogCaptureFixture, door_to: Callable[..., Door]
) -> None:
    caplog.set_level(logging.DEBUG)
    door = door_to(f"{server.url}/fault/{fault}/v1", key=KEY, limits=QUICK)
    with pytest.raises(DubError) as caught:
        door.sound("audio/speech", WORDS)
    said = [str(caught.value), repr(caught.value), repr(vars(caught.value)), repr(door), str(vars(door)), caplog.text]
    assert KEY not in "".join(said)
    assert KEY.encode() not in pickle.dumps(caught.value)


def test_a_key_with_a_line_break_is_refused_without_being_shown(door_to: Opener) -> None:
    with pytest.raises(InputError) as caught:
        door_to("https://h", key=f"{KEY}\nX-Evil: 1")
    assert KEY not in str(caught.value)


# Foreign exceptions


NAMED = [getattr(httpx, name) for name in dir(httpx)]
ALL: set[type[Exception]] = {kind for kind in NAMED if isinstance(kind, type) and issubclass(kind, Exception)}


def name_of(kind: object) -> str:
    return getattr(kind, "__name__", "")


def made(kind: type[Exception]) -> Exception:
    error = kind.__new__(kind)
    Exception.__init__(error, f"it broke near {KEY}")
    return error


@pytest.mark.parametrize("kind", sorted({*ALL, OSError, ConnectionResetError}, key=name_of))
def test_every_exception_of_httpx_becomes_ours(kind: type[Exception]) -> None:
    assert issubclass(kind, rest.FOREIGN)
    error = translate(made(kind), "http://server", Key(KEY))
    assert isinstance(error, BackendError | InputError)
    assert KEY not in str(error)
    assert type(pickle.loads(pickle.dumps(error))) is type(error)


@pytest.mark.parametrize("kind", sorted(ALL, key=name_of))
def test_what_httpx_raises_below_the_door_comes_out_as_ours(kind: type[Exception]) -> None:
    def fails(request: httpx.Request) -> httpx.Response:
        raise made(kind)

    door = Door("http://127.0.0.1:1")
    door.close()
    door._inside = httpx.Client(transport=httpx.MockTransport(fails))
    with pytest.raises((BackendError, InputError)) as caught:
        door.get("x")
    assert caught.value.__suppress_context__
