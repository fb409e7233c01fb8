"""JSON documents: what is written is read back as the same, and nothing that anybody wrote raises but a ValueError."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dubber.documents import About, as_json, from_json, laid_out, schema_of


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene
    of a film."""

    name: str
    windows: tuple[tuple[int, int], ...] = ()
    loud: Annotated[float | None, About("LUFS", optional=True)] = None


@dataclass(frozen=True, slots=True)
class Film:
    """A film."""

    scenes: tuple[Scene, ...]
    counts: Mapping[str, int]
    kind: Annotated[Literal["short", "long"], About("how long it is", key="of kind")] = "short"


FILM = Film((Scene("dawn", ((0, 900), (950, 1200))), Scene("dusk", loud=-23.0)), {"cues": 2})
TOLD = {
    "scenes": [
        {"name": "dawn", "windows": [[0, 900], [950, 1200]]},
        {"name": "dusk", "windows": [], "loud": -23.0},
    ],
    "counts": {"cues": 2},
    "of kind": "short",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["scenes", "counts", "name"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def test_a_document_is_read_back_as_it_was_written() -> None:
    assert as_json(FILM) == TOLD and from_json(Film, json.loads(json.dumps(TOLD))) == FILM


def test_what_a_newer_dub_adds_is_passed_over_and_what_an_older_one_lacks_has_its_default() -> None:
    older = {key: value for key, value in TOLD.items() if key != "of kind"}
    assert from_json(Film, {**older, "director": ["?"]}) == FILM


@pytest.mark.parametrize(
    "odd",
    [
        None, [], "film", 3, {}, {**TOLD, "counts": {"cues": 2.5}}, {**TOLD, "counts": {"cues": True}},
        {**TOLD, "of kind": "huge"}, {**TOLD, "of kind": ["short"]}, {**TOLD, "scenes": {}},
        {**TOLD, "scenes": [{"name": "dawn", "windows": [[0, 1, 2]]}]}, {**TOLD, "scenes": [None]},
    ],
)  # fmt: skip
def test_what_is_no_such_document_is_a_value_error(odd: Any) -> None:
    with pytest.raises(ValueError, match=r"Film.* is not as expected"):
        from_json(Film, odd)


@settings(suppress_health_check=[HealthCheck.too_slow])  # of a machine that is busy, the first draw is
@given(JSON)
def test_no_json_at_all_raises_anything_else(told: Any) -> None:
    with suppress(ValueError):
        assert isinstance(from_json(Film, told), Film)


def test_a_schema_says_what_a_document_must_have_and_what_each_field_means() -> None:
    told = schema_of(Film, "Films")
    assert told["required"] == ["scenes", "counts", "of kind"]
    assert told["properties"]["of kind"] == {"enum": ["short", "long"], "description": "how long it is"}
    assert told["properties"]["counts"] == {"type": "object", "additionalProperties": {"type": "integer"}}
    scene = told["$defs"]["Scene"]
    assert scene["required"] == ["name", "windows"] and scene["description"] == "A scene of a film."
    pair = {"type": "integer"}
    assert scene["properties"]["windows"]["items"] == {
        "type": "array", "prefixItems": [pair, pair], "minItems": 2, "maxItems": 2,
    }  # fmt: skip


def test_a_document_that_is_laid_out_has_a_line_for_each_cue() -> None:
    rows = [{"cue": number, "window": [0, 1500], "concessions": {"late": 3.5}, "text": 'Ça, "é"'} for number in (1, 2)]
    told: dict[str, Any] = {
        "dub": "1",
        "film": None,
        "versions": [{"lines": rows, "failed": [], "histogram": [("<1", 2)]}],
        "x": {},
    }
    text = laid_out(told)
    assert json.loads(text) == json.loads(json.dumps(told))
    lines = text.split("\n")
    assert [json.loads(line.strip().rstrip(",")) for line in lines if '"cue"' in line] == rows
    assert max(map(len, lines)) < 120


def test_a_scene_without_a_loudness_does_not_name_one() -> None:
    assert "loud" not in as_json(FILM.scenes[0]) and "loud" in as_json(replace(FILM.scenes[0], loud=0.0))
