"""Profiles: found by name, laid over each other, checked as a whole."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dubber import paths, schema
from dubber.backends import find
from dubber.config import profile
from dubber.config.profile import SCHEMAS, Profile
from dubber.config.toml_writer import commented, resolved
from dubber.errors import InputError, InputErrors

Write = Callable[..., Path]
SHIPPED = ("narrator", "cast", "voiceover", "replace")
VOICE = '[voices.anna]\nbackend = "espeak"\n'


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder and a config folder of one's own."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("DUB_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(place: str, text: str | bytes) -> Path:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def load(name: object, **options: Any) -> Profile:
    return profile.load(str(name), environ=options.pop("environ", {}), **options)


def faults(name: object, **options: Any) -> str:
    with pytest.raises(InputError) as refused:
        load(name, **options)
    return str(refused.value)


# ---- finding


def test_a_profile_is_found_here_first_then_with_the_user_then_with_dub(write: Write) -> None:
    assert load("narrator").about == load(paths.shipped_folder() / "narrator.toml").about
    write("config/profiles/narrator.toml", 'about = "mine"')
    assert load("narrator").about == "mine"
    write("here/profiles/narrator.toml", 'about = "this film\'s"')
    assert load("narrator").about == "this film's"


def test_a_path_is_a_profile_too(write: Write) -> None:
    assert load(write("else/where.toml", 'about = "elsewhere"')).about == "elsewhere"


def test_a_name_that_is_nearly_right_is_told_the_right_one() -> None:
    assert "did you mean narrator?" in faults("naratr")
    assert "voiceover" in faults("zzzzz")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_has_voices_and_says_in_a_line_what_it_is_for(name: str) -> None:
    found = load(name)
    assert 20 < len(found.about) < 90
    assert found.cast.narrator is not None
    assert found.cast.pool


def test_the_shipped_cast_gives_neighbours_in_the_pool_voices_that_differ() -> None:
    pool = load("cast").cast.pool
    assert len(pool) >= 6
    assert len({voice.settings for voice in pool}) == len(pool)
    assert len({voice.get("variant") for voice in pool}) == len(pool)


def test_what_the_shipped_profiles_promise_of_the_original_sound_is_set() -> None:
    beds = {name: (load(name).mixing.bed, load(name).output.original) for name in SHIPPED}
    assert beds["narrator"][0] == beds["cast"][0] == "duck"
    assert beds["replace"] == ("none", "replace")
    assert load("voiceover").mixing.depth < load("narrator").mixing.depth


# ---- layers


def test_each_layer_is_heard_over_the_one_before(write: Write) -> None:
    write("here/base.toml", "[fitting]\nfastest = 1.1\nslowest = 0.9\nlate_max = 100\nearly = 10\n[mixing]\ndepth = 1")
    write("here/mine.toml", 'extends = "base"\n[fitting]\nfastest = 1.2\nslowest = 0.91\nlate_max = 200\n')
    cast = write("here/cast.toml", "[fitting]\nfastest = 1.3\nslowest = 0.92")
    environ = {"DUB_FITTING_FASTEST": "1.4", "DUB_FITTING_SLOWEST": "0.93", "DUB_UNRELATED": "x"}
    found = load("mine.toml", cast=cast, environ=environ, overrides={"fitting.fastest": "1.45"}).fitting
    assert (found.fastest, found.slowest, found.late_max, found.early) == (1.45, 0.93, 200, 10)
    assert load("mine.toml").mixing.depth == 1


def test_where_each_value_came_from_is_known(write: Write) -> None:
    write("here/base.toml", "[mixing]\ndepth = 1\n[fitting]\nearly = 10")
    write("here/mine.toml", 'extends = "base"\n[fitting]\nfastest = 1.2')
    found = load("mine.toml", environ={"DUB_MIXING_DEPTH": "2"}, overrides={"language": "fr"})
    assert "base.toml" in found.sources["fitting.early"]
    assert "mine.toml" in found.sources["fitting.fastest"]
    assert "environment" in found.sources["mixing.depth"]
    assert "command line" in found.sources["language"]
    assert "fitting.late_max" not in found.sources


def every_key() -> list[str]:
    return [f"{table}.{key}" for table, kind in SCHEMAS.items() for key in schema.fields_of(kind)]


@pytest.mark.parametrize("dotted", every_key())
def test_every_key_can_be_set_in_the_environment_and_on_the_command_line(dotted: str) -> None:
    table, key = dotted.split(".")
    default = getattr(getattr(load("narrator"), table), key)
    typed = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
    variable = f"DUB_{table}_{key}".upper()
    if default is None:
        typed = "odd"  # whatever it says, the key itself is known
    for options in ({"environ": {variable: typed}}, {"overrides": {dotted: typed}}):
        try:
            assert getattr(getattr(load("narrator", **options), table), key) == default
        except InputErrors as refused:
            assert typed == "odd"
            assert "no such key" not in str(refused)


def test_a_misspelt_variable_of_ours_is_told() -> None:
    assert "mixing.deph: no such key (did you mean depth?)" in faults("narrator", environ={"DUB_MIXING_DEPH": "3"})


def test_a_profile_that_extends_itself_in_a_circle_is_refused(write: Write) -> None:
    write("here/one.toml", 'extends = "two"')
    write("here/two.toml", 'extends = "one"')
    assert "extends itself" in faults("one.toml")


def test_a_profile_may_extend_the_shipped_one_of_its_own_name(write: Write) -> None:
    write("here/profiles/narrator.toml", 'extends = "narrator"\nlanguage = "fr"')
    found = load("narrator")
    assert found.language == "fr"
    assert found.cast.narrator is not None


# ---- faults


def test_any_voice_can_be_given_a_speed_and_the_whole_cast_too(write: Write) -> None:
    write("here/profiles/brisk.toml", '[casting]\nspeed = 1.1\n[voices.anna]\nbackend = "espeak"\nspeed = 1.2\n')
    profile = load("brisk")
    assert (profile.voices["anna"].speed, profile.casting.speed) == (1.2, 1.1)
    assert "speed = 1.2" in resolved(profile)
    assert "speed = 1.0" in commented("new", "espeak")


def test_a_system_that_has_a_speed_of_its_own_keeps_it(write: Write) -> None:
    write("here/profiles/own.toml", '[voices.anna]\nbackend = "openai"\nmodel = "m"\nvoice = "v"\nspeed = 1.2\n')
    anna = load("own").voices["anna"]
    assert (anna.get("speed"), anna.speed) == (1.2, 1.0)


def test_a_speed_that_nobody_could_follow_is_refused(write: Write) -> None:
    write("here/profiles/wild.toml", '[voices.anna]\nbackend = "espeak"\nspeed = 5\n')
    assert "voices.anna.speed" in faults("wild") and "0.5 to 2" in faults("wild")


def test_all_faults_are_told_at_once_with_file_key_value_and_what_is_allowed(write: Write) -> None:
    told = faults(
        write(
            "here/bad.toml",
            VOICE + 'pitch = 300\nvarient = "f2"\n'
            '[fitting]\nfastest = 99\n[mixing]\nbed = "loud"\n[cast]\nANNA = "ana"\n[casting]\npool = ["bob"]\n',
        )
    ).splitlines()
    assert len(told) == 6
    assert all("bad.toml: " in fault for fault in told)
    for part in (
        "voices.anna.pitch: 300 is outside its range: 0 to 99",
        "voices.anna.varient: no such key (did you mean variant?)",
        "fitting.fastest: 99 is outside its range",
        "mixing.bed: 'loud' is not allowed",
        "cast.ANNA: there is no voice 'ana' (did you mean anna?)",
        "casting.pool: there is no voice 'bob' (there are: anna)",
    ):
        assert any(part in fault for fault in told), part


@pytest.mark.parametrize("text", ["a = ", b"\xff\xfe\x00", "[a]\n[a]"])
def test_what_is_not_toml_is_told_with_the_file(text: str | bytes, write: Write) -> None:
    assert "bad.toml" in faults(write("here/bad.toml", text))


def test_a_cast_file_brings_voices_and_roles(write: Write) -> None:
    cast = write("season/cast.toml", '[voices.eve]\nbackend = "espeak"\n[cast]\nEVE = "eve"\n"Guard *" = "narrator"\n')
    found = load("narrator", cast=cast).cast
    assert [(pattern, voice.name) for pattern, voice in found.roles] == [("EVE", "eve"), ("Guard *", "narrator")]


# ---- a stranger's recordings


def server_voice(recording: str) -> str:
    return f'[voices.eve]\nbackend = "indextts"\n{reference()} = "{recording}"\n'


def reference() -> str:
    """The key of IndexTTS's voice that holds a recording."""
    fields = schema.fields_of(find("indextts").voice)
    return next(key for key, item in fields.items() if "Path" in str(item.kind))


def test_a_recording_beside_the_profile_is_found_from_anywhere(write: Write) -> None:
    sound = write("set/voices/eve.wav", b"RIFF")
    found = load(write("set/eve.toml", server_voice("voices/eve.wav")))
    assert found.voices["eve"].get(reference()) == sound


@pytest.mark.parametrize("said", ["../secret.wav", "voices/../../secret.wav", "link.wav", "{tmp}/secret.wav"])
def test_a_recording_outside_the_profile_s_folder_needs_the_user_s_word(
    said: str, write: Write, tmp_path: Path
) -> None:
    secret = write("secret.wav", b"RIFF")
    path = write("set/eve.toml", server_voice(said.format(tmp=tmp_path)))
    (tmp_path / "set" / "voices").mkdir()
    (tmp_path / "set" / "link.wav").symlink_to(secret)
    assert "outside the profile's folder" in faults(path)
    assert load(path, trusted=True).voices["eve"].get(reference()) == secret


@pytest.mark.parametrize("said", ["~/secret.wav", "$HOME/secret.wav", "file:///etc/hostname", "nothere.wav"])
def test_nothing_in_a_recording_s_name_is_expanded(said: str, write: Write) -> None:
    assert "does not exist" in faults(write("set/eve.toml", server_voice(said)))


# ---- profiles as text


@pytest.mark.parametrize("name", SHIPPED)
def test_a_profile_as_shown_says_the_same_when_it_is_read_again(name: str, write: Write) -> None:
    found = load(name)
    again = load(write("here/shown.toml", resolved(found)))
    for part in ("voices", "cast", *SCHEMAS):
        assert getattr(again, part) == getattr(found, part)


def test_a_commented_profile_names_every_key(write: Write) -> None:
    text = commented("mine", "espeak")
    assert load(write("here/mine.toml", text)).voices["first"].backend == "espeak"
    keys = {line.removeprefix("# ").partition(" = ")[0] for line in text.splitlines() if " = " in line}
    assert {dotted.split(".")[1] for dotted in every_key()} <= keys
    assert set(tomllib.loads(text)) >= {"about", "extends", "voices"}


def test_a_scheduler_is_named_by_the_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a Dask scheduler answers is unpickled here: a stranger's would run code."""
    monkeypatch.setenv("DUB_CONFIG", str(tmp_path / "config"))
    text = '[synthesis]\nfarm = "tcp://evil.example:8786"\n'
    (tmp_path / "theirs.toml").write_text(text)
    with pytest.raises(InputErrors, match=r"theirs.toml: synthesis.farm: only you may name a scheduler"):
        profile.load(str(tmp_path / "theirs.toml"), environ={})
    with pytest.raises(InputErrors, match="only you may name a scheduler"):
        profile.load("narrator", cast=tmp_path / "theirs.toml", environ={})
    own = tmp_path / "config" / "profiles" / "mine.toml"
    own.parent.mkdir(parents=True)
    own.write_text(text)
    assert profile.load("mine", environ={}).synthesis.farm == "tcp://evil.example:8786"
    mine = profile.load("narrator", environ={}, overrides={"synthesis.farm": "tls://farm:8786"})
    assert mine.synthesis.farm == "tls://farm:8786"
    said = profile.load("narrator", environ={"DUB_SYNTHESIS_FARM": "tls://farm:8786"})
    assert said.synthesis.farm == "tls://farm:8786"
