"""A take that lacks words, or says them twice, is made again; what stays doubtful is told."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from dubber.files.store import Store
from dubber.job.redo import redone
from dubber.model import Audio, Edit, Line, Take
from dubber.synthesis.settings import Synthesis
from dubber.synthesis.synthesize import synthesize
from dubber.synthesis.verification import Means, prove
from tests.houses import STREET, House, build_street, hum, line

ONCE = Synthesis(tries=1, backoff=0.02)
NAMES = ("Anna", "Bertram", "Camilla", "Dorothea", "Emil", "Friedrich", "Gustav", "Henrietta", "Ida", "Jonathan")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    for street in build_street(tmp_path, monkeypatch):
        yield street["one"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def script(count: int = 20) -> list[Line]:
    """Lines of many lengths, none of them short."""
    texts = [f"{name} told me all about it" for name in NAMES] + [
        f"I think that {name} never came back" for name in NAMES
    ]
    return [line(index, f"{text}{', as you know' * (index % 3)}.") for index, text in enumerate(texts[:count], 1)]


def film(lines: Sequence[Line], store: Store, tries: int = 3, servers: tuple[str, ...] = ("one",)) -> dict[int, Take]:
    """The takes of a film, by line."""
    options = {"hum": {"servers": servers}}

    def speak(some: Sequence[Line], why: Sequence[str] = ()) -> list[Take]:
        return [take for take in synthesize(some, options, store, ONCE) if isinstance(take, Take)]

    current = list(redone(lines, frozenset(), store))
    return {take.line.index: take for take in prove(speak(current), Means(store, speak, tries=tries))}


def half(line: Line) -> Audio:
    return hum(line.text[: len(line.text) // 2])


def doubled(line: Line) -> Audio:
    return hum(2 * line.text)


def is_whole(take: Take) -> bool:
    return abs(take.speech / (60.0 * len(take.line.text)) - 1.0) < 0.05


@pytest.mark.parametrize("wrong", [half, doubled])
def test_a_voices_first_takes_are_judged_again_once_it_is_known(house: House, store: Store, wrong: object) -> None:
    house.rule = lambda line, number: wrong(line) if number in (1, 3, 6) else None  # type: ignore[operator]
    takes = film(script(), store)
    assert all(map(is_whole, takes.values())) and len(house.asked) == 23
    assert {(take.proof.by, take.proof.doubt) for take in takes.values()} == {("length", "")}


def test_a_film_of_six_voices_on_two_servers_that_cut_and_double_lines_has_every_word(
    house: House, store: Store
) -> None:
    """One take in eight is half a line, one in twelve a line twice, at random."""
    chance = random.Random(5)

    def rule(line: Line, number: int) -> Audio | None:
        luck = chance.random()
        return half(line) if luck < 1 / 8 else doubled(line) if luck < 1 / 8 + 1 / 12 else None

    house.rule = rule
    STREET["two"] = House(rule)
    texts = [f"{one} told {other} and {third} all about it." for one, other, third in permutations(NAMES, 3)][:400]
    lines = [line(index, text, pitch=100 + 20 * (index % 6)) for index, text in enumerate(texts, 1)]
    takes = film(lines, store, tries=8, servers=("one", "two"))
    assert len(takes) == 400
    assert not [(take.speech, take.line.text) for take in takes.values() if not is_whole(take)]
    assert not any(take.proof.doubt for take in takes.values())
    assert len({take.line.voice for take in takes.values()}) == 6


def test_a_second_run_asks_for_nothing_and_uses_what_the_first_found(house: House, store: Store) -> None:
    house.rule = lambda line, number: half(line) if number in (1, 3, 6) else None
    first, asked = film(script(), store), len(house.asked)
    again = film(script(), store)
    assert len(house.asked) == asked and {take.origin for take in again.values()} == {"stored"}
    assert [take.key for take in again.values()] == [take.key for take in first.values()]


def test_a_server_that_cuts_every_line_in_half_is_told_from_a_fast_voice(house: House, store: Store) -> None:
    house.rule = lambda line, number: half(line)
    takes = film(script(), store)
    assert all("words are missing" in take.proof.doubt for take in takes.values())
    assert all("the language needs" in take.proof.doubt for take in takes.values())


def test_half_a_line_is_noticed_though_its_voice_speaks_one_line_alone(house: House, store: Store) -> None:
    house.rule = lambda line, number: half(line) if number == 1 else None
    assert is_whole(film(script(1), store)[1]) and len(house.asked) == 2


def test_the_best_of_the_takes_is_used_and_told(house: House, store: Store) -> None:
    shares = {4: 0.4, 21: 0.6, 22: 0.5}
    house.rule = lambda line, number: (
        hum(line.text[: int(shares[number] * len(line.text))]) if number in shares else None
    )
    take = film(script(), store)[4]
    assert 0.55 < take.speech / (60.0 * len(take.line.text)) < 0.65 and "words are missing" in take.proof.doubt
    house.rule = lambda line, number: None
    again = film(script(), store)[4]
    assert len(house.asked) == 22 and (again.key, again.proof) == (take.key, take.proof)


def test_a_line_of_four_words_cannot_be_judged_by_its_length(house: House, store: Store) -> None:
    lines = [*script(), line(21, "Who are you, sir?")]
    house.rule = lambda line, number: half(line) if line.index == 21 else None
    take = film(lines, store)[21]
    assert (take.proof.by, take.proof.doubt) == ("", "")


def test_a_take_that_a_person_chose_is_not_made_again(house: House, store: Store) -> None:
    film(script(), store)
    house.rule = lambda line, number: half(line)
    chosen = replace(line(21, "This one is said in a hurry, but I like it."), edit=Edit(take=1))
    take = film([*script(), chosen], store)[21]
    assert take.proof.doubt and len(house.asked) == 21


def test_hums_that_are_no_speech_are_not_judged(store: Store) -> None:
    lines = [line(1, "This is said in no time at all.", backend="tone", milliseconds_per_character=10)]
    assert film(lines, store)[1].proof.doubt == ""


@pytest.mark.parametrize("times", [5.0, 0.4])
def test_a_recogniser_that_loses_its_way_proves_nothing_against_a_take(
    house: House, store: Store, times: float
) -> None:
    takes = film(script(), store).values()
    lost = [replace(take, heard=(5 * take.line.text)[: int(times * len(take.line.text))]) for take in takes]
    assert {(take.proof.by, take.proof.doubt) for take in prove(lost, Means(store))} == {("length", "")}


@pytest.mark.parametrize(("sounds", "heard", "doubted"), [("en", "Somebody tells a whole other thing.", True),
                                                          ("", "Somebody tells a whole other thing.", False),
                                                          ("en", "{text}", False)])  # fmt: skip
def test_a_voice_that_nobody_understands_is_doubted_where_it_is_surely_another_language(
    house: House, store: Store, sounds: str, heard: str, doubted: bool
) -> None:
    """All of its takes are so, and no run of words stands out; where the words are heard, the language is wrong."""
    takes = film([replace(one, language="de") for one in script()], store).values()
    strange = [replace(take, heard=heard.format(text=take.line.text), sounds=sounds) for take in takes]
    proofs = [take.proof for take in prove(strange, Means(store))]
    assert {"sounds like English (en), not German (de)" in proof.doubt for proof in proofs} == {doubted}


def test_words_that_nobody_could_miss_prove_nothing(house: House, store: Store) -> None:
    """Where a whole voice is not understood, its takes are proven by their lengths alone."""
    takes = film(script(), store).values()
    mumbled = [replace(take, heard="Mmh, uh, ooh, umm, aah, err, ugh.") for take in takes]
    assert {(take.proof.by, take.proof.doubt) for take in prove(mumbled, Means(store))} == {("length", "")}
