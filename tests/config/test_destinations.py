"""A host that the user never used is named before anything goes there, with what goes there; once."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubber.config import destinations, profile

HERE = ["http://localhost:7866", "http://127.0.0.1:7866", "http://[::1]:7866", "http://voice.localhost"]
AWAY = [
    "http://192.168.1.7:7866",
    "https://voices.example.org",
    "https://127.0.0.1.example.org",
    "http://[2001:db8::1]:1",
]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUB_CONFIG", str(tmp_path / "config"))


def speaking_through(*servers: str, recordings: tuple[str, ...] = ("anna.wav",)) -> profile.Profile:
    voices = ""
    for name in recordings:
        Path(name).write_bytes(b"RIFF")
        voices += f'[voices.{Path(name).stem}]\nbackend = "indextts"\nreference = "{name}"\n'
    Path("p.toml").write_text(f"[backends.indextts]\nservers = {list(servers)}\n{voices}")
    return profile.load("p.toml", environ={})


@pytest.mark.parametrize("server", HERE)
def test_this_machine_is_nobody_else_where_the_user_names_it(server: str) -> None:
    speaking_through("http://h")
    mine = profile.load("p.toml", environ={}, overrides={"backends.indextts.servers": server})
    assert destinations.news(mine) == ()


def test_a_port_of_this_machine_that_a_profile_from_elsewhere_names_is_told_like_a_host() -> None:
    (one,) = destinations.news(speaking_through("http://127.0.0.1:4321", "http://127.0.0.1:7866"))
    assert str(one).endswith("anna.wav will be sent to 127.0.0.1:4321, a server of this computer")
    assert destinations.news(speaking_through("http://127.0.0.1:4321")) == ()
    assert len(destinations.news(speaking_through("http://127.0.0.1:4322"))) == 1


def test_a_profile_of_ones_own_may_name_any_port_of_this_machine(tmp_path: Path) -> None:
    own = tmp_path / "config" / "profiles"
    own.mkdir(parents=True)
    speaking_through("http://127.0.0.1:4321")
    Path("p.toml").rename(own / "p.toml")
    Path("anna.wav").rename(own / "anna.wav")
    assert destinations.news(profile.load("p", environ={})) == ()


@pytest.mark.parametrize("server", AWAY)
def test_every_other_host_is_named_with_what_goes_there(server: str) -> None:
    (one,) = destinations.news(speaking_through("http://127.0.0.1:7866", server, recordings=("anna.wav", "bob.wav")))
    assert isinstance(one, destinations.Destination) and one.host in server
    assert str(one) == f"your subtitle text and the recordings anna.wav, bob.wav will be sent to {one.host}"


def test_a_host_is_named_once_and_again_when_a_new_recording_would_go_there() -> None:
    away = "https://voices.example.org"
    assert len(destinations.news(speaking_through(away))) == 1
    assert destinations.news(speaking_through(away)) == ()
    assert len(destinations.news(speaking_through(away, recordings=("anna.wav", "bob.wav")))) == 1
    assert len(destinations.news(speaking_through(away, "https://other.example.org"))) == 1


def test_a_plug_in_s_server_is_a_host_too() -> None:
    mine = profile.Profile("p", backends={"indextts": {"servers": ("gpu.example:9000",)}})
    assert [one.host for one in destinations.destinations(mine, "indextts")] == ["gpu.example"]


def test_the_embedded_voice_sends_nothing_anywhere() -> None:
    assert destinations.destinations(profile.load("cast", environ={})) == ()


def test_a_folder_that_cannot_be_written_only_means_to_be_told_again(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("in the way")
    away = "https://voices.example.org"
    assert len(destinations.news(speaking_through(away))) == len(destinations.news(speaking_through(away))) == 1


def test_a_model_that_is_to_be_fetched_is_named_once_and_one_that_lies_here_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("faster_whisper")
    monkeypatch.setenv("DUB_MODELS", str(tmp_path / "models"))
    Path("p.toml").write_text('[synthesis]\nverify = "suspects"\nrecogniser = "somebody/whisper-odd"\n')
    (one,) = destinations.news(profile.load("p.toml", environ={}))
    assert str(one) == "the model somebody/whisper-odd will be fetched from the hub (Hugging Face)"
    assert destinations.news(profile.load("p.toml", environ={})) == ()
    unheard = profile.load("p.toml", environ={}, overrides={"synthesis.verify": "off", "synthesis.recogniser": "base"})
    assert destinations.news(unheard) == ()
    here = tmp_path / "own"
    here.mkdir()
    assert destinations.news(profile.load("p.toml", environ={}, overrides={"synthesis.recogniser": str(here)})) == ()
