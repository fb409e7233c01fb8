"""`dub doctor` knows what a job would find out: servers, what they are, voices that they lack, keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubber.models import weights
from tests.servers.gptsovits_api import GptSovitsApi
from tests.servers.higgs302 import KEY, HiggsServer
from tests.servers.launch import free_port, shared
from tests.servers.openai import OpenAiServer
from tests.servers.recordings import recording
from tests.typed import Dub


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "p.toml"


def row(out: str, what: str, words: str) -> str:
    """The line of the table about a thing that says these words."""
    (found,) = (line for line in out.splitlines() if line[4:].startswith(what) and words in line)
    return found


def test_every_server_of_a_system_is_asked_and_says_what_it_is(dub: Dub, profile: Path, tmp_path: Path) -> None:
    page, nobody = shared("indextts", "--flavour", "2.5", "--language", "en"), f"http://127.0.0.1:{free_port()}"
    recording(tmp_path / "anna.wav", "anna")
    profile.write_text(
        f'[backends.indextts]\nservers = ["{page.url}", "{nobody}"]\n'
        '[voices.anna]\nbackend = "indextts"\nreference = "anna.wav"\n'
    )
    said = dub("doctor", "-p", profile)
    assert said.status == 1
    assert row(said.out, "indextts", f"{page.url}: speaks; IndexTTS 2.5, gradio ").startswith("ok")
    assert row(said.out, "indextts", f"{nobody}/: nobody answers there").startswith("NO")


def test_a_server_that_a_profile_from_elsewhere_names_is_told_before_it_is_asked(dub: Dub, profile: Path) -> None:
    spoken, unused = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    profile.write_text(
        f'[backends.openai]\nservers = ["http://{spoken}/v1"]\n[voices.anna]\nbackend = "openai"\nvoice = "alloy"\n'
        f'[backends.voicelibrary]\nservers = ["http://{unused}"]\n'
    )
    said = dub("doctor", "-p", profile)
    for place in (spoken, unused):
        assert f"new: your subtitle text will be sent to {place}, a server of this computer" in said.err
    assert "new:" not in dub("doctor", "-p", profile).err, "once"


def test_voices_that_a_server_lacks_are_named(dub: Dub, profile: Path) -> None:
    page = shared("indextts")
    profile.write_text(
        f'[backends.indextts]\nservers = ["{page.url}"]\n'
        '[voices.anna]\nbackend = "indextts"\npreset = "男-云希"\n'
        '[voices.bob]\nbackend = "indextts"\npreset = "0000"\n'
        '[voices.eve]\nbackend = "indextts"\n'
    )
    said = dub("doctor", "-p", profile)
    assert said.status == 1
    assert "男-云希-推文配音" in row(said.out, "indextts", "voices.anna")
    assert "either a preset or a reference" in row(said.out, "indextts", "voices.eve")
    assert "voices.bob" not in said.out


def test_a_recording_that_is_missing_is_named(dub: Dub, profile: Path) -> None:
    profile.write_text('[voices.anna]\nbackend = "indextts"\nreference = "anna.wav"\n')
    said = dub("doctor", "-p", profile)
    assert said.status == 2 and "voices.anna.reference" in said.err and "does not exist" in said.err


def test_the_kind_of_api_is_said(dub: Dub, profile: Path) -> None:
    with GptSovitsApi() as server:
        profile.write_text(f'[backends.gptsovits]\nservers = ["{server.url}"]\n')
        assert row(dub("doctor", "-p", profile).out, "gptsovits", f"{server.url}: speaks; api_v2").startswith("ok")


def test_an_address_without_v1_gets_the_hint(dub: Dub, profile: Path) -> None:
    with OpenAiServer() as server:
        profile.write_text(
            f'[backends.openai]\nservers = ["{server.url}"]\n[voices.a]\nbackend = "openai"\nvoice = "af_heart"\n'
        )
        said = dub("doctor", "-p", profile)
        assert said.status == 1 and f'servers = ["{server.url}/v1"]' in row(said.out, "openai", "its interface is at")
        profile.write_text(profile.read_text().replace(server.url, f"{server.url}/v1"))
        assert row(dub("doctor", "-p", profile).out, "openai", f"{server.url}/v1: speaks").startswith("ok")


def test_the_training_page_of_a_profile_is_asked(dub: Dub, profile: Path, tmp_path: Path) -> None:
    page = shared("sovits_training", "--root", str(tmp_path))
    profile.write_text(f'[backends.webui]\nservers = ["{page.url}"]\n')
    said = dub("doctor", "-p", profile)
    assert said.status == 0, said.out
    assert row(said.out, "webui", f"{page.url}: trains; gradio ").startswith("ok")


def test_keys_are_set_or_not_and_never_shown(dub: Dub, profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with HiggsServer() as server:
        profile.write_text(
            f'[backends.higgs302]\nservers = ["{server.url}", "https://api.302.ai"]\n'
            'smart_path = "302/smart"\nsmart_query_path = "302/smart"\n[backends.openai]\n'
        )
        said = dub("doctor", "-p", profile, "--set", f"backends.higgs302.servers={server.url}")
        assert "DUB_302AI_127_0_0_1_" in row(said.out, "higgs302 key", "127.0.0.1: not set")
        monkeypatch.setenv("DUB_302AI_127_0_0_1_KEY", KEY)
        said = dub("doctor", "-p", profile, "--set", f"backends.higgs302.servers={server.url}")
        assert row(said.out, "higgs302 key", "127.0.0.1: set (DUB_302AI_127_0_0_1_KEY)").startswith("ok")
        assert row(said.out, "higgs302", f"{server.url}: speaks").startswith("ok")
        assert row(said.out, "openai key", "127.0.0.1: not set").startswith("--")  # few servers at home want one
        assert KEY not in said.out + said.err and server.paid == 0


def test_who_would_hear_the_words_is_said_and_how_to_get_somebody(
    dub: Dub, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile.write_text('[voices.anna]\nbackend = "espeak"\nlanguage = "en-GB"\n')
    assert row(dub("doctor", "-p", profile).out, "recogniser", "(verify = off)").startswith("ok")
    monkeypatch.setenv("DUB_MODELS", str(tmp_path / "none"))
    monkeypatch.setattr(weights, "CARRIED", ())
    for verify, mark, status in (("off", "--", 0), ("suspects", "--", 0), ("all", "NO", 1)):
        said = dub("doctor", "-p", profile, "--set", f"synthesis.verify={verify}")
        found = row(said.out, "recogniser", f"none here knows en, en-GB (verify = {verify})")
        assert said.status == status and found.startswith(mark) and "dubber[verify]" in found
    wanted = dub("doctor", "-p", profile, "--set", "synthesis.recogniser=base")
    assert "faster-whisper-base, which is fetched from the hub" in row(wanted.out, "recogniser", "base")
    assert not (tmp_path / "none").exists()
