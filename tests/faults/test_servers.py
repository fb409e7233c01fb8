"""Voice servers in trouble, in whole jobs: whose failure it is, how often it is paid for, and when the job ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.casts import CASTS, RestHouse
from tests.servers.higgs302 import KEY, HiggsServer
from tests.typed import Dub, Said

SAMPLES = Path(__file__).parent.parent.parent / "samples"
LINES = 11  # of the sample
REST = ["higgs302", "openai"]
Film = Callable[..., Said]


@pytest.fixture(autouse=True)
def key(keyless: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_302AI_127_0_0_1_KEY", KEY)


@pytest.fixture
def houses() -> Iterator[Callable[[str], RestHouse]]:
    with ExitStack() as stack:

        def start(name: str) -> RestHouse:
            house = CASTS[name].start(stack)
            assert isinstance(house, RestHouse)
            return house

        yield start


@pytest.fixture
def film(dub: Dub, tmp_path: Path) -> Film:
    def film(name: str, *addresses: RestHouse, **settings: object) -> Said:
        profile = CASTS[name].profile(tmp_path, addresses)
        pairs = [part for key, value in settings.items() for part in ("--set", f"{key.replace('__', '.')}={value}")]
        source = (SAMPLES / "harbour.mp4", SAMPLES / "harbour.srt")
        return dub(*source, "-p", profile, "-o", "film.mp4", *pairs)

    return film


def test_a_dead_link_is_its_lines_failure_alone(houses: Callable[[str], RestHouse], film: Film, tmp_path: Path) -> None:
    house = houses("higgs302")
    assert isinstance(house.server, HiggsServer)
    house.server.dead = "lamp"
    said = film("higgs302", house, synthesis__failures=1)
    assert said.status == 1
    lost = [row for row in said.err.splitlines() if "cannot be fetched" in row]
    assert lost and all("cue" in row and "pay_again" in row for row in lost)
    assert "rests" not in said.err and "not asked any more" not in said.err
    assert house.server.paid == LINES  # one task each, the dead ones too

    house.server.dead = ""
    assert film("higgs302", house).status == 0
    assert house.server.paid == LINES


def test_with_two_services_the_one_that_was_paid_is_asked_again(houses: Callable[[str], RestHouse], film: Film) -> None:
    both = houses("higgs302"), houses("higgs302")
    for house in both:
        assert isinstance(house.server, HiggsServer)
        house.server.dead = "lamp"
    assert film("higgs302", *both).status == 1
    assert sum(house.server.paid for house in both if isinstance(house.server, HiggsServer)) == LINES


@pytest.mark.parametrize("name", REST)
@pytest.mark.parametrize("status", ["401", "403"])
def test_a_wrong_key_costs_one_request(
    name: str, status: str, houses: Callable[[str], RestHouse], film: Film, tmp_path: Path
) -> None:
    house = houses(name)
    house.server.fault = status
    said = film(name, house)
    assert said.status == 1 and f"answered {status}" in said.err and "key" in said.err
    assert len(house.server.syntheses) == 1
    assert not list(tmp_path.glob("film*"))


@pytest.mark.parametrize("name", REST)
def test_a_server_that_is_to_be_left_alone_until_tomorrow_rests_and_the_job_ends(
    name: str, houses: Callable[[str], RestHouse], film: Film
) -> None:
    house = houses(name)
    house.server.fault = "429-tomorrow"
    began = time.monotonic()
    said = film(name, house, synthesis__patience=1)
    assert time.monotonic() - began < 20.0
    assert said.status == 1 and said.err.count("rests for 3600 s") == 1
    assert "no server came back within 1 s" in said.err
    assert len(house.server.syntheses) == 1


def test_the_lines_of_a_server_that_rests_until_tomorrow_are_taken_by_the_others(
    houses: Callable[[str], RestHouse], film: Film
) -> None:
    busy, well = houses("openai"), houses("openai")
    busy.server.fault = "429-tomorrow"
    said = film("openai", busy, well, synthesis__patience=1)
    assert said.status == 0, said.err
    assert len(busy.server.syntheses) == 1 and len(well.server.syntheses) >= LINES
