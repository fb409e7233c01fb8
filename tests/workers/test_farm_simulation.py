"""The model of a farm obeys the laws of queues, and agrees with what a person can work out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("simpy")

from benchmarks._farm_simulation import DAY, Farm, Film, bounds, simulate  # noqa: E402

FILM = Film(lines=40, line=1.0, save=0.01, begin=2.0, cpu=20.0, read=4e8, written=4e8)
SIZES = (0.5, 1.0, 0.7, 1.3, 1.5)
FARM = Farm(servers=2, workers=3, cores=2, disk=1e8, savers=4)


def test_one_film_on_one_worker_takes_the_sum_of_its_parts() -> None:
    """2 begin + 4 read + 40 lines one after the other (1 + 0.01 each) + 20 / 2 mixing + 4 written = 60.4 s."""
    found = simulate(FILM, Farm(servers=1, workers=1, in_flight=1, cores=2, disk=1e8), 1)
    assert found.ended == [pytest.approx(60.4)]


def test_two_films_on_two_workers_share_one_server() -> None:
    """Both begin at once; their 2 × 4 lines of 1 s are spoken by turns: after 8 s both, then 3 s of mixing each."""
    film = Film(lines=4, line=1.0, cpu=3.0)
    found = simulate(film, Farm(servers=1, workers=2, in_flight=1), 2)
    assert found.ended == [pytest.approx(10.0), pytest.approx(11.0)]
    assert found.speaking == 8


def test_a_film_is_spoken_while_others_are_mixed() -> None:
    """10 s of speaking, 10 s of mixing: one worker makes a film in 20 s, four keep the server busy: one in 10 s."""
    film = Film(lines=10, line=1.0, cpu=10.0)
    assert simulate(film, Farm(servers=1, workers=1), 32).seconds == pytest.approx(32 * 20)
    four = simulate(film, Farm(servers=1, workers=4), 200, SIZES).per_day
    assert four == pytest.approx(DAY / 10, rel=0.1)


@pytest.mark.parametrize("part", ["servers", "cores", "disk", "savers"])
def test_more_servers_cores_or_disks_are_never_slower(part: str) -> None:
    """More workers may be: when all films end at once, the disk is idle before and busy then."""
    seconds = [
        simulate(FILM, replace(FARM, **{part: factor * getattr(FARM, part)}), 24).seconds for factor in (1, 2, 4, 8)
    ]
    assert all(later <= sooner * 1.001 for sooner, later in zip(seconds, seconds[1:], strict=False)), seconds


@pytest.mark.parametrize(
    ("scarce", "farm"),
    [
        ("servers", replace(FARM, workers=12)),
        ("store", replace(FARM, workers=40, servers=40, savers=1, disk=1e10)),
        ("disk", replace(FARM, workers=40, servers=40, savers=40)),
        ("workers", replace(FARM, workers=1)),
    ],
)
def test_it_saturates_at_the_bound_of_what_is_scarce_and_never_beyond_any(scarce: str, farm: Farm) -> None:
    film = replace(FILM, save=0.2) if scarce == "store" else FILM
    found, most = simulate(film, farm, 160, SIZES).per_day, bounds(film, farm)
    assert min(most, key=lambda name: most[name]) == scarce
    assert found == pytest.approx(most[scarce], rel=0.06)
    assert all(found <= bound * 1.06 for bound in most.values())


@pytest.mark.parametrize("films", [1, 7, 30])
def test_nothing_is_lost_and_nothing_is_done_twice(films: int) -> None:
    found = simulate(FILM, FARM, films)
    assert len(found.ended) == films and found.spoken == films * FILM.lines
    assert found.moved == pytest.approx(films * (FILM.read + FILM.written))
    assert found.speaking == pytest.approx(films * FILM.lines * FILM.line)
    assert found.speaking <= FARM.servers * found.seconds and found.ended == sorted(found.ended)


def test_a_film_of_many_lines_is_cut_into_parts_without_changing_what_is_spoken() -> None:
    film = replace(FILM, lines=1501)
    found = simulate(film, FARM, 4)
    assert found.spoken == 4 * 1501
    assert found.seconds >= 4 * 1501 / FARM.servers
