"""A stranger's profile is data: whatever it holds, it is read, or refused in words, quickly."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dubber.config import profile
from dubber.errors import InputError

GOOD = """
about = "one voice"
language = "en"

[voices.anna]
backend = "espeak"

[casting]
narrator = "anna"

[cast]
"Mr. Grey" = "anna"
"""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(text: str | bytes, **options: Any) -> profile.Profile:
    path = Path("stranger.toml")
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return profile.load(str(path), environ={}, **options)


def refusal(text: str | bytes) -> str:
    with pytest.raises(InputError) as refused:
        load(text)
    return str(refused.value)


def test_the_good_one_is_good() -> None:
    cast = load(GOOD).cast
    assert cast.narrator is not None
    assert cast.narrator.name == "anna"
    assert [pattern for pattern, _ in cast.roles] == ["Mr. Grey"]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("[mixing.bed]\ndepth = -12", "mixing.bed.depth"),
        ("[backends.espeak.more]\nslots = 2", "backends.espeak.more.slots"),
        ("[voices.anna.more]\npitch = 2", "voices.anna.more.pitch"),
        ("[cast.ANNA]\nvoice = 'anna'", "cast.ANNA.voice"),
        ("[voices.carl]\nbackend = 'espeak'\nlanguage = 3", "voices.carl.language"),
        ("[voices.carl]\nbackend = ['espeak']", "voices.carl.backend"),
        ("[voices.carl]", "voices.carl.backend"),
        ("[mixin]\ndepth = 3", "mixin.depth"),
    ],
)
def test_no_key_is_passed_over_in_silence(written: str, key: str) -> None:
    assert key in refusal(GOOD.replace("[cast]", f"{written}\n[cast]"))


@pytest.mark.parametrize("name", ["api_key", "token", "access_token", "password", "key"])
def test_a_key_does_not_belong_in_a_profile_and_is_not_repeated(name: str) -> None:
    told = refusal(f"{GOOD}\n[backends.espeak]\n{name} = 'sk-very-secret'")
    assert name in told
    assert "environment" in told
    assert "sk-very-secret" not in told


BOMBS = {
    "a chain of keys": "a." * 300_000 + "a = 1",
    "a chain of quoted keys": '"a" . ' * 150_000 + "a = 1",
    "a chain in a heading": "[" + "a." * 200_000 + "a]",
    "a chain inside": "x = {" + "a." * 200_000 + "a = 1}",
    "deep lists": "a = " + "[" * 5_000 + "]" * 5_000,
    "deep tables": "a = " + "{a = " * 5_000 + "1" + "}" * 5_000,
    "a number of many digits": "language = " + "1" * 5_000,
    "too large": "# " + "x" * 2_000_000,
    "many voices": "\n".join(f"[voices.a{number}]" for number in range(20_000)),
    "a word without end": "x" * 900_000 + " = 1",
    "quotes without end": "x = '" + '"' * 900_000 + "'",
    "not text": bytes(range(256)),
    "UTF-16": GOOD.encode("utf-16"),
    "a name too long": f'extends = "{"a" * 5_000}"',
    "a path too long": f'extends = "{"a" * 5_000}.toml"',
    "a name with a NUL": 'extends = "a\\u0000.toml"',
    "a device": 'extends = "/dev/zero/x.toml"',
    "itself": 'extends = "stranger.toml"',
    "twice": "[cast]\nA = 'anna'\nA = 'anna'",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_within_seconds(text: str | bytes) -> None:
    begun = time.process_time()
    assert refusal(text)
    assert time.process_time() - begun < 5


def test_a_pipe_in_the_place_of_a_profile_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(InputError):
        profile.load(str(tmp_path / "pipe.toml"), environ={})


SIMPLE = st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=12) | st.just("anna")
TABLE = st.dictionaries(
    st.sampled_from(["backend", "language", "pitch", "depth", "pool", "narrator", "merge", "A*", "x.y", ""]),
    SIMPLE | st.lists(SIMPLE, max_size=3),
    max_size=4,
)
TABLES = "reading casting synthesis fitting mixing output cast voices.anna voices.bob backends.espeak backends.x other"
patient = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def toml(value: object) -> str:
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def written(tables: dict[str, dict[str, object]]) -> str:
    return "\n".join(
        f"[{name}]\n" + "\n".join(f"{toml(key)} = {toml(value)}" for key, value in rows.items())
        for name, rows in tables.items()
    )


@patient
@given(st.dictionaries(st.sampled_from(TABLES.split()), TABLE, max_size=5))
def test_odd_values_are_read_or_refused_in_words(tables: dict[str, dict[str, object]]) -> None:
    read_or_refused(written(tables).encode(errors="replace"))


@patient
@given(st.data())
def test_a_damaged_profile_is_read_or_refused_in_words(data: st.DataObject) -> None:
    text = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(text)))
        text[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=6))
    read_or_refused(bytes(text))


def read_or_refused(text: bytes) -> None:
    try:
        found = load(text)
    except InputError as refused:
        assert str(refused)
    else:
        assert all(voice.name in found.voices for _, voice in found.cast.roles)
