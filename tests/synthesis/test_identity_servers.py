"""Voice systems as they are reached: which of them is another to a listener, and which is the same at another place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from dubber.backends import find, names
from dubber.backends.indextts import IndexTTS
from dubber.files.store import Store
from dubber.model import Line, Phrase, Take, Voice, Window
from dubber.synthesis import identity
from dubber.synthesis.identity import Identities
from dubber.synthesis.synthesize import synthesize
from tests.servers import coding
from tests.servers.launch import Running, shared
from tests.servers.openai import OpenAiServer
from tests.servers.recordings import recording
from tests.typed import Dub

TEXT = "Close the gate before the tide comes in."


@pytest.fixture(autouse=True)
def own_store(keyless: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "store"))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def line(backend: str, **settings: Any) -> Line:
    voice = Voice(backend, "hero", tuple(sorted(settings.items())))
    return Line(1, "hero", voice, (Phrase(1, Window(0, 3000), TEXT),), "en")


def spoken(store: Store, one: Line, *servers: str) -> tuple[str, str, int]:
    """Where its take comes from, what spoke it, and the number of the voice that is heard."""
    options = {one.voice.backend: {"servers": servers}}
    (take,) = synthesize([one], options, store, identities=identity.ask([one], options, store))
    assert isinstance(take, Take), take
    sound = store.load(take.key)
    assert sound is not None
    heard = coding.decode(sound.samples, sound.rate)
    return take.origin, take.by, heard[0] if heard else -1


@pytest.mark.parametrize("name", names())
def test_every_backend_says_what_it_is(name: str) -> None:
    kind = find(name)
    assert isinstance(kind.hosted, bool)
    if kind.runs == "process":
        assert kind().identity(Voice(name, "a")) == kind().identity(Voice(name, "a")) != ""


def test_each_indextts_is_another_and_a_restarted_one_is_the_same(tmp_path: Path) -> None:
    store, mine = Store(tmp_path / "store"), recording(tmp_path / "mine.wav", "mine", seconds=4.0)
    one, voice = line("indextts", reference=mine), coding.voice_number("mine")
    servers = {version: shared("indextts", "--flavour", version, "--language", "en") for version in ("1.5", "2", "2.5")}
    for version, server in servers.items():
        assert spoken(store, one, server.url) == ("fresh", f"IndexTTS {version}", voice)
    for version, server in servers.items():
        assert spoken(store, one, server.url) == ("stored", f"IndexTTS {version}", voice)
    with Running("indextts", "--flavour", "2", "--language", "en") as moved:
        assert spoken(store, one, moved.ready().url)[:2] == ("stored", "IndexTTS 2")


def test_indextts_servers_of_two_versions_are_not_one_pool(tmp_path: Path) -> None:
    store, mine = Store(tmp_path / "store"), recording(tmp_path / "mine.wav", "mine", seconds=4.0)
    urls = tuple(shared("indextts", "--flavour", version, "--language", "en").url for version in ("2", "2.5"))
    asked = identity.ask([line("indextts", reference=mine)], {"indextts": {"servers": urls}}, store)
    assert all(told in asked.differ["indextts"] for told in (*urls, "IndexTTS 2,", "IndexTTS 2.5"))


def test_a_preset_that_was_replaced_speaks_anew_whoever_replaced_it(tmp_path: Path) -> None:
    store, one = Store(tmp_path / "store"), line("indextts", preset="0000")
    with Running("indextts") as server:
        backend = IndexTTS(servers=(server.ready().url,))
        assert spoken(store, one, server.url)[::2] == ("fresh", coding.voice_number("0000"))
        assert spoken(store, one, server.url)[0] == "stored"
        backend.add_voice("0000", recording(tmp_path / "v2.wav", "another", seconds=4.0))
        assert spoken(store, one, server.url)[::2] == ("fresh", coding.voice_number("another"))
        server.kill()
        assert spoken(store, one, server.url)[::2] == ("stored", coding.voice_number("another"))
        backend.close()


def test_a_saved_voice_is_replaced_only_when_that_is_meant_and_then_speaks_anew(dub: Dub, tmp_path: Path) -> None:
    store, one = Store(tmp_path / "store"), line("voicelibrary", saved="hero")
    first, second = (recording(tmp_path / f"{name}.wav", name, seconds=4.0) for name in ("v1", "v2"))
    with Running("voicelibrary") as here, Running("voicelibrary") as there:
        servers = (here.ready().url, there.ready().url)
        add = ("voices", "add", "hero", "--backend", "voicelibrary",
               "--set", f"backends.voicelibrary.servers={','.join(servers)}")  # fmt: skip
        assert dub(*add, first).status == 0
        assert spoken(store, one, *servers)[::2] == ("fresh", coding.voice_number("v1"))

        said = dub(*add, second)  # nobody is there to say yes
        assert said.status == 2 and "has a voice 'hero' already" in said.err and "--overwrite" in said.err
        assert spoken(store, one, *servers)[::2] == ("stored", coding.voice_number("v1"))

        assert dub(*add, second, "--overwrite").status == 0
        assert spoken(store, one, *servers)[::2] == ("fresh", coding.voice_number("v2"))
        for server in (here, there):
            server.kill()
        assert spoken(store, one, *servers)[::2] == ("stored", coding.voice_number("v2"))


def test_a_name_is_somebody_else_s_voice_at_another_host(stack: ExitStack, tmp_path: Path) -> None:
    store, one = Store(tmp_path / "store"), line("openai", voice="alloy")
    here, there = (f"{stack.enter_context(OpenAiServer(voices=('alloy',))).url}/v1" for _ in range(2))
    assert spoken(store, one, here)[:2] == ("fresh", f"model tts-1 at {here[7:-3]}")
    assert spoken(store, one, there)[:2] == ("fresh", f"model tts-1 at {there[7:-3]}")
    assert spoken(store, one, here, there)[0] == "stored", "who names both says that they are one"
    assert not identity.ask([one], {"openai": {"servers": (here, there)}}, store).differ


def test_what_is_not_known_of_a_voice_admits_every_take(tmp_path: Path) -> None:
    store, one = Store(tmp_path / "store"), line("tone")
    (take,) = synthesize([one], {}, store)
    assert isinstance(take, Take) and take.by == "tone 1"
    assert Identities().stored(one, store) == take.key
