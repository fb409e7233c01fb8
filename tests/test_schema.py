"""Settings: what is stated beside the code is what a profile is held to, and every fault says its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dubber import backends
from dubber.errors import InputError
from dubber.schema import REQUIRED, Field, Setting, convert, fields_of, read


@dataclass(frozen=True)
class Hum:
    """A voice as a backend's author would write it: one of each type that a profile can hold."""

    pitch: Annotated[int, Setting("how high", unit="Hz", low=50, high=500)]
    depth: Annotated[float, Setting("how much is lowered", unit="dB", low=-60, high=0)] = -12.0
    mood: Annotated[Literal["calm", "glad"], Setting("how it sounds")] = "calm"
    accent: Annotated[str, Setting("which accent", choices=("north", "south"))] = "north"
    echo: Annotated[bool, Setting("in a cave")] = False
    sample: Annotated[Path | None, Setting("a recording")] = None
    weights: Annotated[tuple[float, ...], Setting("of each formant", low=0, high=1)] = ()
    limit: Annotated[float | None, Setting("the loudest", unit="dB", high=0)] = None


FIELDS = fields_of(Hum)


def checked(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    faults: list[InputError] = []
    return read(Hum, values, "voices.anna", faults), [str(fault) for fault in faults]


def test_the_schema_is_the_class_as_it_is_written() -> None:
    assert list(FIELDS) == ["pitch", "depth", "mood", "accent", "echo", "sample", "weights", "limit"]
    assert FIELDS["pitch"].default is REQUIRED
    assert FIELDS["depth"] == Field("depth", float, -12.0, Setting("how much is lowered", "dB", -60, 0))


def test_a_constructor_s_keywords_are_a_schema_too() -> None:
    class Server:
        def __init__(
            self, *, url: Annotated[str, Setting("where it is")] = "http://localhost", **rest: str
        ) -> None: ...

    assert {key: field.default for key, field in fields_of(Server).items()} == {"url": "http://localhost"}


def test_good_values_come_back_in_their_types() -> None:
    values = {"pitch": 220, "depth": -6, "sample": "anna.wav", "weights": [0, 0.5], "limit": -1, "echo": True}
    good, faults = checked(values)
    assert not faults
    assert good == {
        "pitch": 220, "depth": -6.0, "sample": Path("anna.wav"), "weights": (0.0, 0.5), "limit": -1.0, "echo": True,
    }  # fmt: skip
    assert isinstance(good["depth"], float)


def test_the_text_of_a_variable_or_an_option_means_what_the_toml_value_means() -> None:
    texts = {"pitch": "220", "depth": "-6", "weights": "0, 0.5", "limit": "-1", "echo": "yes"}
    values = {"pitch": 220, "depth": -6, "weights": [0, 0.5], "limit": -1, "echo": True}
    assert checked(texts) == checked(values)


def test_an_empty_text_empties_a_list() -> None:
    assert checked({"pitch": 220, "weights": ""}) == ({"pitch": 220, "weights": ()}, [])


def test_all_faults_are_told_at_once_each_with_its_key_its_value_and_what_is_allowed() -> None:
    _, faults = checked({"depth": 3, "mood": "sad", "accent": "west", "echo": "perhaps", "pich": 100})
    assert faults == [
        "voices.anna.depth: 3 is outside its range: -60 to 0 dB",
        "voices.anna.mood: 'sad' is not allowed: one of: calm, glad",
        "voices.anna.accent: 'west' is not allowed: one of: north, south",
        "voices.anna.echo: 'perhaps' is not true or false",
        "voices.anna.pich: no such key (did you mean pitch?)",
        "voices.anna.pitch: is required (how high)",
    ]


def test_a_key_that_is_like_no_other_is_told_which_there_are() -> None:
    _, faults = checked({"pitch": 100, "zzz": 1})
    assert faults == [f"voices.anna.zzz: no such key (allowed: {', '.join(FIELDS)})"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("pitch", 49), ("pitch", 501), ("pitch", 100.5), ("pitch", "loud"), ("pitch", True), ("pitch", [100]),
        ("pitch", "1e999"), ("depth", float("nan")), ("depth", float("inf")), ("limit", "-inf"),
        ("weights", [0.5, 1.5]), ("weights", ["x"]), ("sample", 7), ("accent", 7), ("limit", 0.1),
        ("echo", 1), ("mood", None),
    ],
)  # fmt: skip
def test_a_value_that_is_not_meant_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match="not|outside"):
        convert(value, FIELDS[key])


@pytest.mark.parametrize(("key", "value"), [("pitch", 50), ("pitch", 500), ("depth", -60), ("depth", 0), ("limit", 0)])
def test_the_ends_of_a_range_belong_to_it(key: str, value: int) -> None:
    assert convert(value, FIELDS[key]) == value


@pytest.mark.parametrize("seed", [2**53 + 1, 2**63 - 1, str(2**60 + 1), "12"])
def test_a_large_seed_keeps_every_digit(seed: int | str) -> None:
    assert convert(seed, Field("seed", int, 0, Setting("chance"))) == int(seed)


def test_only_a_setting_that_may_be_empty_can_be_emptied() -> None:
    assert convert(None, FIELDS["limit"]) is None
    with pytest.raises(ValueError, match="not a number"):
        convert(None, FIELDS["depth"])


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (Setting("", "ms", 0, 99), "0 to 99 ms"),
        (Setting("", "dB", high=0), "at most 0 dB"),
        (Setting("", low=1), "at least 1"),
        (Setting("", choices=("a", "b")), "one of: a, b"),
        (Setting(""), ""),
    ],
)
def test_a_range_reads_as_a_person_says_it(setting: Setting, told: str) -> None:
    assert setting.allowed == told


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)

# the first draw of any text builds a table of all characters, which takes seconds on a small machine
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@patient
@given(st.dictionaries(st.sampled_from([*FIELDS, "Pitch", "x.y", ""]), ODD, max_size=6))
def test_no_profile_makes_the_reader_raise_and_each_value_is_either_good_or_named(values: dict[str, Any]) -> None:
    good, faults = checked(values)
    named = [fault.split(": ")[0] for fault in faults]
    for key in values:
        assert (key in good) != (f"voices.anna.{key}" in named)


@patient
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), ODD, max_size=6))
def test_what_was_read_once_reads_the_same_again(values: dict[str, Any]) -> None:
    good, _ = checked(values)
    again, faults = checked(good)
    assert again == good
    assert not [fault for fault in faults if "required" not in fault]


def voice_settings() -> list[tuple[str, Field]]:
    owners = [owner for name in backends.names() for owner in (backends.find(name), backends.find(name).voice)]
    return [(f"{owner.__name__}.{key}", field) for owner in owners for key, field in fields_of(owner).items()]


@pytest.mark.parametrize(("place", "field"), voice_settings(), ids=lambda part: part if isinstance(part, str) else "")
def test_every_setting_of_every_backend_is_explained_and_its_default_is_allowed(place: str, field: Field) -> None:
    assert field.setting.about, f"{place} does not say what it means"
    if field.default is not REQUIRED:
        assert convert(field.default, field) == field.default
