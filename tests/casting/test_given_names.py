"""A name tells a gender only where that is as good as certain."""

from __future__ import annotations

import pytest

from dubber.casting.given_names import gender_of


@pytest.mark.parametrize("name", ["ANNA", "Anna Smith", "Mrs. Smith", "Woman 2", "Mary-Kate", "Mother"])
def test_names_of_women(name: str) -> None:
    assert gender_of(name) == "female"


@pytest.mark.parametrize("name", ["BOB", "Thomas Miller", "Mr. Brown", "man 1", "King"])
def test_names_of_men(name: str) -> None:
    assert gender_of(name) == "male"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "GUARD",
        "Andrea",
        "Robin",
        "Scott",
        "Anna's father",
        "Anna and Tom",
        "TOM/ANNA",
        "JOHN (V.O.)",
        "小玉",
        "Mandy's",
    ],
)
def test_names_that_tell_nothing(name: str) -> None:
    assert gender_of(name) == ""
