"""A key belongs to a host and goes nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubber.api_keys import key_advice, key_name, key_of, key_place, unsent
from tests.servers.openai import OpenAiServer
from tests.typed import Dub

KEY, OWN = "sk-plain-0123456789", "its-own-0123456789"
HOMES = ("api.openai.com",)


@pytest.fixture(autouse=True)
def without_keys(keyless: None) -> None:
    """Nothing is set but what a test sets."""


def to(server: str) -> str | None:
    return key_of("openai", server, HOMES)


@pytest.mark.parametrize("plain", ["DUB_OPENAI_KEY", "OPENAI_API_KEY"])
def test_a_plain_key_goes_to_the_services_own_hosts_over_https(plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(plain, KEY)
    assert to("https://api.openai.com/v1") == KEY
    assert key_place("openai", "https://api.openai.com/v1", HOMES) == plain


@pytest.mark.parametrize(
    "server",
    [
        "http://api.openai.com/v1", "http://127.0.0.1:8880/v1", "http://localhost:8880/v1", "http://[::1]:8880/v1",
        "https://127.0.0.1/v1", "https://tts.example.org/v1", "https://api.openai.com.evil.example/v1",
        "https://api-openai.com/v1", "https://api.openai.com@evil.example/v1", "https://evil.example/api.openai.com/v1",
        "https://evil.example?https://api.openai.com/v1", "https://api.openai.com./v1", "nonsense",
    ],
)  # fmt: skip
def test_a_plain_key_goes_nowhere_else(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_OPENAI_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert to(server) is None


def test_302ais_plain_keys_are_its_own_hosts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from dubber.backends.higgs302 import HOMES

    for plain in ("DUB_302AI_KEY", "API_302_KEY"):
        with monkeypatch.context() as patch:
            patch.setenv(plain, KEY)
            assert [key_of("302ai", f"https://{home}", HOMES) for home in HOMES] == [KEY, KEY]
            assert key_of("302ai", "http://127.0.0.1:1234", HOMES) is None


def test_every_other_server_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_OPENAI_TTS_EXAMPLE_ORG_KEY", OWN)
    monkeypatch.setenv("DUB_OPENAI_127_0_0_1_8880_KEY", KEY)
    assert to("https://tts.example.org/v1") == to("https://tts.example.org:8443/v1") == OWN
    assert to("https://tts-example.org/v1") is None
    assert to("http://127.0.0.1:8880/v1") == KEY
    assert to("http://127.0.0.1:8881/v1") is None, "another port of this computer is another server"
    assert to("http://localhost:8880/v1") is None


def test_a_key_of_a_host_is_for_all_its_ports_and_that_of_a_port_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_OPENAI_127_0_0_1_KEY", KEY)
    monkeypatch.setenv("DUB_OPENAI_127_0_0_1_8880_KEY", OWN)
    assert to("http://127.0.0.1:8880/v1") == OWN and to("http://127.0.0.1:9999/v1") == KEY


def test_the_keyring_has_an_entry_for_each_host(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"openai": KEY, "openai@[::1]:8880": OWN, "openai@tts.example.org": OWN}
    monkeypatch.setattr("keyring.get_password", lambda service, name: kept.get(name) if service == "dub" else None)
    assert to("https://api.openai.com/v1") == KEY
    assert to("http://[::1]:8880/v1") == to("https://tts.example.org/v1") == OWN
    assert to("http://127.0.0.1:8880/v1") is None
    assert key_name("openai", "http://[::1]:1234", HOMES) == "openai@[::1]:1234 of the keyring's service dub"


def test_the_advice_names_what_to_set_and_why_the_plain_key_does_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    server = "http://127.0.0.1:8880/v1"
    assert key_advice("openai", server, HOMES) == "set DUB_OPENAI_127_0_0_1_8880_KEY to its key"
    assert unsent("openai", server, HOMES) == ""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert unsent("openai", server, HOMES) == (
        f"{server} is sent no key (OPENAI_API_KEY goes to https://api.openai.com only): "
        "if it wants one, set DUB_OPENAI_127_0_0_1_8880_KEY"
    )
    assert "OPENAI_API_KEY goes to" in key_advice("openai", server, HOMES)
    assert unsent("openai", "https://api.openai.com/v1", HOMES) == ""
    monkeypatch.setenv("DUB_OPENAI_127_0_0_1_8880_KEY", OWN)
    assert unsent("openai", server, HOMES) == ""


# at the command line

SPEAKS = '[backends.openai]\nservers = ["{url}/v1"]\n[voices.emma]\nbackend = "openai"\nvoice = "bf_emma"\n'


def test_a_server_of_ones_own_with_only_a_plain_key_is_told_the_new_name_once(
    dub: Dub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUB_OPENAI_KEY", KEY)
    own = tmp_path / "config" / "profiles"
    own.mkdir(parents=True)
    with OpenAiServer() as server:
        (own / "mine.toml").write_text(SPEAKS.format(url=server.url))
        said = dub("voices", "say", "emma", "Good evening.", "-p", "mine", "-o", "a.wav")
        name = f"DUB_OPENAI_127_0_0_1_{server.url.rpartition(':')[2]}_KEY"
        assert said.status == 0 and said.err.count(name) == 1 and KEY not in said.err
        assert len([line for line in said.err.splitlines() if name in line]) == 1
        assert name not in dub("voices", "say", "emma", "Good night.", "-p", "mine", "-o", "b.wav").err
        assert all("Authorization" not in asked.headers for asked in server.asked)


def test_a_strangers_profile_gets_no_plain_key_and_asks_for_none(
    dub: Dub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with OpenAiServer() as server:
        Path("theirs.toml").write_text(SPEAKS.format(url=server.url))
        said = dub("voices", "say", "emma", "Good evening.", "-p", "theirs.toml", "-o", "a.wav")
        assert said.status == 0 and "OPENAI" not in said.err
        assert "a server of this computer" in said.err
        assert server.asked and all("Authorization" not in asked.headers for asked in server.asked)


def test_a_server_that_wants_a_key_names_the_variable_in_its_one_line(
    dub: Dub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OpenAiServer(key=OWN) as server:
        Path("p.toml").write_text(SPEAKS.format(url=server.url))
        said = dub("voices", "say", "emma", "Good evening.", "-p", "p.toml", "-o", "a.wav")
        name = f"DUB_OPENAI_127_0_0_1_{server.url.rpartition(':')[2]}_KEY"
        assert said.status == 1 and f"set {name} to its key" in said.err.splitlines()[-1]
        monkeypatch.setenv(name, OWN)
        assert dub("voices", "say", "emma", "Good evening.", "-p", "p.toml", "-o", "a.wav").status == 0


@pytest.mark.parametrize("bad", ["http://127.0.0.1:1/v1?x=", "http://127.0.0.1:1/#", "http://me:pass@127.0.0.1:1"])
@pytest.mark.parametrize("system", ["openai", "higgs302", "indextts", "gptsovits", "voicelibrary", "webui"])
def test_an_address_that_ends_otherwise_is_one_line_with_its_key(dub: Dub, system: str, bad: str) -> None:
    Path("p.toml").write_text(f'[backends.{system}]\nservers = ["{bad}"]\n')
    said = dub("doctor", "-p", "p.toml")
    (line,) = said.err.splitlines()
    assert said.status == 2 and f"p.toml: backends.{system}.servers: " in line and "pass" not in line.split("has a")[0]
    said = dub("server", system, "--server", bad)
    assert said.status == 2 and f"backends.{system}.servers" in said.err and "pass@" not in said.err


def test_a_recognisers_address_is_looked_at_too(dub: Dub) -> None:
    Path("p.toml").write_text('[synthesis]\nrecogniser = "http://127.0.0.1:1/v1?a"\n')
    said = dub("doctor", "-p", "p.toml")
    assert said.status == 2 and "synthesis.recogniser" in said.err


def test_a_training_server_is_looked_at_too(dub: Dub, tmp_path: Path) -> None:
    said = dub("train", "anna", tmp_path, "--language", "en", "--server", "http://127.0.0.1:1/?x")
    assert said.status == 2 and "--server: " in said.err and "? or #" in said.err


def test_the_document_has_the_names_that_are_read() -> None:
    document = (Path(__file__).parent.parent / "docs" / "security.md").read_text()
    rows = [row.strip("|").split("|") for row in document.splitlines() if row.startswith("| http")]
    assert len(rows) == 5
    for servers, variables, entries in rows:
        for server in servers.split(","):
            service = "302ai" if "302" in server else "openai"
            home = server.strip().removeprefix("https://") if "302" in server else HOMES[0]
            assert f"`{key_name(service, server.strip(), (home,))}`" in variables
            assert all(f"`{service}" in entry for entry in entries.split(","))
