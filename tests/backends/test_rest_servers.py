"""Whole jobs of lines against REST servers: the right voice and text, faults, many servers, speed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dubber.errors import BackendUnavailable
from dubber.files.store import Store
from dubber.model import Event, Line, Phrase, Take, Voice, Window
from dubber.synthesis.settings import Synthesis
from dubber.synthesis.synthesize import Failure, synthesize
from tests.servers.coding import carries
from tests.servers.openai import VOICES, OpenAiServer
from tests.servers.sounds import BROKEN

pytestmark = pytest.mark.usefixtures("keyless")

QUICK = Synthesis(backoff=0.02, rest=0.2, patience=5.0, timeout=10.0)


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer() as server:
        yield server


def lines(count: int) -> list[Line]:
    """So many lines, each with words of its own, the voices taking turns."""
    made = []
    for index in range(1, count + 1):
        voice = Voice("openai", VOICES[index % 3], (("voice", VOICES[index % 3]),))
        text = f"This is line number {index} of the film."
        made.append(Line(index, voice.name, voice, (Phrase(index, Window(0, 2500), text),), "en"))
    return made


def spoken(folder: Path, servers: list[str], count: int, **options: object) -> list[Take | Failure]:
    quick = {"servers": tuple(servers), "read_timeout": 1.0, "total_timeout": 2.0, **options}
    return list(synthesize(lines(count), {"openai": quick}, Store(folder), QUICK))


def all_right(takes: list[Take | Failure], folder: Path) -> bool:
    """Does each line's sound say its words in its voice?"""
    for take in takes:
        assert isinstance(take, Take), take
        audio = Store(folder).load(take.key)
        assert audio and carries(audio.samples, audio.rate, take.line.voice.name, take.line.text), take.line
    return True


def test_each_line_carries_the_right_voice_and_text(server: OpenAiServer, tmp_path: Path) -> None:
    takes = spoken(tmp_path, [f"{server.url}/v1"], 12)
    assert len(takes) == 12 and all_right(takes, tmp_path)


NOTICED = sorted(set(BROKEN) - {"half-the-words"})  # half the words: only beside the voice's other takes


@pytest.mark.parametrize("fault", NOTICED + ["500", "503", "429", "reset", "hang", "drip", "short", "gzip-bomb"])
def test_a_fault_is_noticed_and_the_line_asked_for_again(server: OpenAiServer, tmp_path: Path, fault: str) -> None:
    server.faults.append(fault)
    takes = spoken(tmp_path, [f"{server.url}/v1"], 1)
    assert all_right(takes, tmp_path)
    assert len(server.syntheses) == 2


def test_half_the_words_are_noticed_once_the_voice_is_known(server: OpenAiServer, tmp_path: Path) -> None:
    spoken(tmp_path, [f"{server.url}/v1"], 30)
    server.faults.append("half-the-words")
    server.asked.clear()
    takes = spoken(tmp_path, [f"{server.url}/v1"], 31)
    assert all_right(takes, tmp_path)
    assert len(server.syntheses) == 2


def test_a_server_that_is_always_bad_leaves_the_line_named(server: OpenAiServer, tmp_path: Path) -> None:
    server.fault = "silence"
    (failure,) = spoken(tmp_path, [f"{server.url}/v1"], 1)
    assert isinstance(failure, Failure) and failure.line.index == 1
    assert len(server.syntheses) == 3


def test_a_wrong_voice_costs_its_line_and_no_other(server: OpenAiServer, tmp_path: Path) -> None:
    server.voices = VOICES[:2]
    takes = spoken(tmp_path, [f"{server.url}/v1"], 9)
    failures = [take for take in takes if isinstance(take, Failure)]
    assert len(failures) == 3 and all("not found" in failure.reason for failure in failures)
    assert all_right([take for take in takes if isinstance(take, Take)], tmp_path)
    assert len(server.syntheses) == 9


def test_a_wrong_key_ends_the_job_at_once(server: OpenAiServer, tmp_path: Path) -> None:
    server.key = "sk-another"
    with pytest.raises(BackendUnavailable, match=r"DUB_OPENAI_127_0_0_1_\d+_KEY"):
        spoken(tmp_path, [f"{server.url}/v1"], 20)
    assert len(server.syntheses) <= 2


def test_a_server_that_dies_in_the_middle_and_comes_back_finishes_the_job(server: OpenAiServer, tmp_path: Path) -> None:
    server.seconds = 0.05

    def accident() -> None:
        while len(server.syntheses) < 6:
            time.sleep(0.01)
        server.die()
        time.sleep(0.5)
        server.revive()

    thread = threading.Thread(target=accident)
    thread.start()
    takes = spoken(tmp_path, [f"{server.url}/v1"], 20)
    thread.join()
    assert len(takes) == 20 and all_right(takes, tmp_path)


def test_of_three_servers_one_is_broken_and_the_others_take_its_lines(tmp_path: Path) -> None:
    events: list[Event] = []
    with OpenAiServer() as one, OpenAiServer(fault="500") as broken, OpenAiServer() as two:
        servers = tuple(f"{server.url}/v1" for server in (one, broken, two))
        takes = list(
            synthesize(lines(30), {"openai": {"servers": servers}}, Store(tmp_path), QUICK, on_event=events.append)
        )
        assert len(takes) == 30 and all_right(takes, tmp_path)
        assert len(one.syntheses) + len(two.syntheses) == 30
        assert any(broken.url in event.message for event in events if event.kind == "warning")


def test_ctrl_c_leaves_nothing_under_way(server: OpenAiServer, tmp_path: Path) -> None:
    server.fault = "hang"
    job = synthesize(lines(4), {"openai": {"servers": (f"{server.url}/v1",)}}, Store(tmp_path), QUICK)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        next(job)
    assert time.monotonic() - begin < 2.5
    time.sleep(0.3)
    assert not [thread for thread in threading.enumerate() if "ThreadPool" in thread.name and thread.is_alive()]


class Together(OpenAiServer):
    """Speaks one line at a time, and none before every server of its street has one."""

    street = threading.Barrier(4, timeout=60)

    def __init__(self) -> None:
        self.speaking = threading.Lock()
        super().__init__()

    def spoken(self, *words: Any, **how: Any) -> tuple[bytes, str]:
        with self.speaking:
            self.street.wait()
            return super().spoken(*words, **how)


def test_four_servers_speak_side_by_side_all_the_time(tmp_path: Path) -> None:
    """`python -m benchmarks servers` measures what that saves."""
    with ExitStack() as stack:
        servers = [stack.enter_context(Together()) for _ in range(4)]
        one_each = {"servers": tuple(f"{server.url}/v1" for server in servers), "in_flight": 1}
        takes = list(synthesize(lines(24), {"openai": one_each}, Store(tmp_path), Synthesis(timeout=120)))
        assert len(takes) == 24 and all_right(takes, tmp_path)
        assert [len(server.syntheses) for server in servers] == [6, 6, 6, 6]
