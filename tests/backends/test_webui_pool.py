"""A film's lines over several web UIs: each line carries its voice and its words, whichever server dies."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dubber.files.store import Store
from dubber.model import Line, Phrase, Take, Voice, Window
from dubber.synthesis.synthesize import synthesize
from tests.servers import coding
from tests.servers.launch import Running
from tests.servers.recordings import recording

Start = Callable[..., list[Running]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers side by side, one for each list of options."""
    with ExitStack() as stack:

        def start(module: str, *options: tuple[str, ...]) -> list[Running]:
            servers = [stack.enter_context(Running(module, *one)) for one in options]
            return [server.ready() for server in servers]

        yield start


def film(folder: Path, backend: str, count: int, **settings: Any) -> list[Line]:
    """Lines of three speakers in turn, each with a recording of its own."""
    people = ["anna", "bob", "carla"]
    references = {name: recording(folder / f"{name}.wav", name, seconds=4.0) for name in people}
    lines = []
    for number in range(1, count + 1):
        name = people[number % 3]
        own = {key: value[name] if isinstance(value, dict) else value for key, value in settings.items()}
        voice = Voice(backend, name, tuple(sorted({"reference": references[name], **own}.items())))
        phrase = Phrase(number, Window(number * 2000, number * 2000 + 1800), f"This is line number {number}.")
        lines.append(Line(number, name, voice, (phrase,), "en"))
    return lines


def heard(store: Store, take: Take) -> tuple[int, int] | None:
    audio = store.load(take.key)
    assert audio is not None
    return coding.decode(audio.samples, audio.rate)


def test_one_server_of_three_dies_and_the_others_speak_its_lines(start: Start, tmp_path: Path) -> None:
    servers = start("indextts", ("--die-after", "2"), (), ())
    lines, store = film(tmp_path, "indextts", 15), Store(tmp_path / "store")
    takes = list(synthesize(lines, {"indextts": {"servers": tuple(server.url for server in servers)}}, store))
    assert len(takes) == len(lines)
    for take in takes:
        assert isinstance(take, Take), take
        assert heard(store, take) == (coding.voice_number(take.line.speaker), coding.text_number(take.line.text))


def test_the_only_server_dies_in_the_middle_and_the_job_goes_on_when_it_is_back(start: Start, tmp_path: Path) -> None:
    [server] = start("gptsovits", ("--die-after", "4"))
    weights = {
        "sovits": {"anna": "anna_e8_s96", "bob": "bob_e8_s112", "carla": "anna_e8_s96"},
        "gpt": {"anna": "anna-e15", "bob": "bob-e15", "carla": "anna-e15"},
    }
    lines, store = film(tmp_path, "gptsovits", 9, **weights), Store(tmp_path / "store")
    threading.Timer(4.0, server.restart, ("--die-after", "0")).start()
    takes = list(synthesize(lines, {"gptsovits": {"servers": (server.url,)}}, store))
    paths = {"anna": "anna_e8_s96", "bob": "bob_e8_s112", "carla": "anna_e8_s96"}
    assert len(takes) == len(lines)
    for take in takes:
        assert isinstance(take, Take), take
        who = take.line.speaker
        pair = f"SoVITS_weights_v2/{paths[who]}.pth+GPT_weights_v2/{paths[who].partition('_')[0]}-e15.ckpt"
        voice = coding.voice_number(f"{pair}+{coding.voice_number(who)}")
        assert heard(store, take) == (voice, coding.text_number(take.line.text))


@pytest.mark.parametrize("backend", ["indextts", "voicelibrary"])
def test_a_server_is_asked_voice_by_voice(start: Start, tmp_path: Path, backend: str) -> None:
    """They keep the features of the recording that they heard last: each change of voice costs them its reading."""
    [server] = start(backend, ())
    lines = film(tmp_path, backend, 12)
    takes = list(synthesize(lines, {backend: {"servers": (server.url,)}}, Store(tmp_path / "store")))
    assert all(isinstance(take, Take) for take in takes)
    spoken = [int(number) % 3 for number in re.findall(r"speaks This is line number (\d+)", server.log())]
    assert len(spoken) == 12
    changes = sum(one != other for one, other in pairwise(spoken))
    assert changes <= 2 + 4  # of the two lines in flight where the voice changes, the later may be the first to arrive
