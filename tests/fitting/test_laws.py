"""What holds of every plan, whatever the film."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dubber.fitting import Fitting, fit, nearest, placing, wanted_speeds
from dubber.fitting.constraints import edges, phrases
from dubber.model import Placement, Plan, Span, Take, Voice, Window
from tests.fitting.films import VOICE, film, films, rules

SAMPLE = 1 / 48
NEAR = 2 * SAMPLE + 1e-6  # what putting things on the grid of samples may change

planned = given(films(), rules(), st.sampled_from([None, 0, 20_000]))
quick = settings(max_examples=20, deadline=None)


def windows(takes: list[Take]) -> dict[tuple[int, int], tuple[str, Window]]:
    return {
        (take.line.index, place): (take.line.speaker, phrase.window)
        for take in takes
        for place, phrase in enumerate(take.line.phrases)
    }


def in_cue_order(takes: list[Take], plan: Plan) -> list[tuple[str, Window, Placement]]:
    where = windows(takes)
    rows = [(*where[one.line, one.phrase], one) for one in plan.placements]
    return sorted(rows, key=lambda row: (row[1].start, row[2].line, row[2].phrase))


def frames(placement: Placement) -> tuple[int, int]:
    """The samples at 48 kHz that a placement fills."""
    start = round(placement.start / SAMPLE)
    assert placement.start / SAMPLE == pytest.approx(start, abs=1e-3), "starts lie on the grid"
    return start, start + math.ceil(placement.length / SAMPLE - 1e-6)


@planned
@quick
def test_every_phrase_is_placed_once_and_whole(takes: list[Take], how: Fitting, film_end: int | None) -> None:
    plan = fit(takes, how, film_end=film_end)
    assert sorted((one.line, one.phrase) for one in plan.placements) == sorted(windows(takes))
    spans = {(take.line.index, place): span for take in takes for place, span in enumerate(take.spans)}
    pauses = {take.line.index: take.pauses for take in takes}
    for one in plan.placements:
        assert one.source == spans[one.line, one.phrase]
        assert all(any(p.start <= cut.start <= cut.end <= p.end for p in pauses[one.line]) for cut in one.cut)
        left = one.source.length - sum(cut.length for cut in one.cut)
        assert one.rate * one.length == pytest.approx(left, rel=1e-6, abs=1e-3)


@planned
@quick
def test_order_is_kept(takes: list[Take], how: Fitting, film_end: int | None) -> None:
    starts = [one.start for _, _, one in in_cue_order(takes, fit(takes, how, film_end=film_end))]
    assert all(a <= b + 1e-6 for a, b in zip(starts, starts[1:], strict=False))


def test_order_is_kept_where_the_solver_leaves_starts_a_hair_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = phrases(film((0, 900, 500.0), (0, 900, 20.0, "BEN"), (0, 900, 500.0)))
    solved = np.array([0.0, 600.009, 600.0]), rows.length
    monkeypatch.setattr(placing, "optimum", lambda *_: solved)
    start, _ = placing.times(rows, edges(rows), Fitting(), None)
    assert list(start) == sorted(start) and np.abs(start - solved[0]).max() < NEAR


@planned
@quick
def test_nothing_overlaps_that_did_not_by_even_a_sample(takes: list[Take], how: Fitting, film_end: int | None) -> None:
    rows = in_cue_order(takes, fit(takes, how, film_end=film_end))
    for i, (speaker, window, one) in enumerate(rows):
        for other_speaker, other_window, other in rows[i + 1 :]:
            if speaker == other_speaker or other_window.start >= window.end:
                assert frames(one)[1] + round(how.gap / SAMPLE) - 1 <= frames(other)[0]


@planned
@quick
def test_no_rate_leaves_its_bounds(takes: list[Take], how: Fitting, film_end: int | None) -> None:
    for one in fit(takes, how, film_end=film_end).placements:
        assert one.rate * one.native >= (how.slowest if how.fill else 1.0) * 0.999
        assert one.rate * one.native <= how.fastest * 1.001 or one.length < 2


@planned
@quick
def test_no_line_starts_early_beyond_the_bound(takes: list[Take], how: Fitting, film_end: int | None) -> None:
    for _, window, one in in_cue_order(takes, fit(takes, how, film_end=film_end)):
        assert one.start >= window.start - how.early - NEAR
        assert one.start >= 0


@given(films(), rules())
@quick
def test_planning_is_deterministic_and_the_order_of_takes_is_of_no_account(takes: list[Take], how: Fitting) -> None:
    assert fit(takes, how) == fit(takes, how) == fit(takes[::-1], how)


@given(films(), rules())
@quick
def test_only_backends_that_can_are_asked_to_read_faster(takes: list[Take], how: Fitting) -> None:
    plan = fit(takes, how)
    assert wanted_speeds(plan, takes, how, {}) == {}
    asked = wanted_speeds(plan, takes, how, {VOICE: (0.5, 1.4)})
    native = {take.line.index: take.line.speed for take in takes}
    for line, speed in asked.items():
        assert native[line] < speed <= 1.4


def test_a_voice_that_cannot_read_faster_holds_no_other_back() -> None:
    slow = Voice("espeak", "grandfather")
    takes = film((0, 1000, 1400), (1100, 2100, 1400))
    takes[1] = replace(takes[1], line=replace(takes[1].line, voice=slow))
    how = Fitting(late_max=0)
    asked = wanted_speeds(fit(takes, how), takes, how, {VOICE: (0.5, 2.0), slow: (1.0, 1.0)})
    assert list(asked) == [takes[0].line.index] and asked[takes[0].line.index] > 1.1


def again(natural: Take, spoken: float, speed: float) -> Take:
    """The same line, read at this speed."""
    line = replace(natural.line, speed=speed)
    return Take(line, natural.key + "f", (Span(0.0, spoken),), natural.natural)


@pytest.mark.parametrize(
    ("spoken", "chosen", "rate"),
    [
        (994.0, "k1f", 1.0),  # as long as its place, nearly: played as it was read
        (900.0, "k1f", 0.9),  # read too fast: played a little slower, so that no room is left
        (400.0, "k1", 1.4),  # far too fast: its usual reading needs less of a stretch
        (1300.0, "k1f", 1.3),  # hardly faster, but nearer
    ],
)
def test_the_take_that_needs_the_least_stretch_is_played(spoken: float, chosen: str, rate: float) -> None:
    takes, how = film((0, 1000, 1400), (1020, 2020, 900, "BEN")), Fitting(late_max=0, late_free=0, early=0, gap=20)
    plan = fit(takes, how)
    played = nearest(plan, takes, {1: again(takes[0], spoken, 1.4)})
    assert played[0].key == chosen
    first, _ = fit(played, how).placements
    assert first.rate == pytest.approx(rate, abs=0.004)
    assert 950 <= first.length <= 1001 and first.rate * first.native <= how.fastest


def test_fastest_holds_however_fast_the_voice_read() -> None:
    """Asked for 1.5, a voice gave 1.65."""
    takes = film((0, 1000, 1650), (1020, 2020, 1650), (2040, 9000, 900))
    how = Fitting()
    quick = {take.line.index: again(take, 1000, 1.5) for take in takes[:2]}
    played = fit(nearest(fit(takes, how), takes, quick), how).placements
    assert max(one.rate * one.native for one in played) <= how.fastest


def test_a_voice_that_reads_faster_by_itself_than_it_can_is_stretched_and_that_is_no_concession() -> None:
    """Asked for 1.25 in general, the voice gives 1.1; the plan's rate is counted from 1.25."""
    (one,) = film((0, 4000, 1100))
    one = replace(one, line=replace(one.line, pace=1.25, usual=1.1, speed=1.1), unhurried=())
    (played,) = fit([one], Fitting()).placements
    assert played.length == pytest.approx(1100 * 1.1 / 1.25)
    assert played.rate == pytest.approx(1.25 / 1.1) and played.rate * played.native == pytest.approx(1)
    assert played.concessions == ()


def test_a_faster_reading_is_asked_for_on_top_of_the_speed_in_general() -> None:
    takes = [replace(one, line=replace(one.line, pace=1.2, usual=1.2, speed=1.2)) for one in film((0, 1000, 1300))]
    takes = [replace(one, unhurried=()) for one in takes] + film((0, 1, 1), (1020, 9000, 900))[1:]
    plan = fit(takes, Fitting(late_max=0, late_free=0, early=0))
    assert wanted_speeds(plan, takes, Fitting(), {VOICE: (0.5, 2.0)})[1] == pytest.approx(1.55), "1.2 times 1.3"


def test_what_nobody_hears_is_not_stretched_unless_a_neighbour_needs_the_time() -> None:
    """The first line has to hurry; the second, with room behind it, would hurry a little along, for a softer change."""
    how = Fitting(late_max=0, late_free=0, overrun_free=300)
    hurried, easy = fit(film((0, 2000, 2140), (2020, 6000, 3000)), how).placements
    assert hurried.rate > 1 + how.rate_free and easy.rate == 1
    takes = film((0, 2000, 2060), (2020, 4000, 2040), (4020, 6000, 2050))
    tight = fit(takes, Fitting(late_max=0, late_free=0), film_end=6000)
    assert all(1 < one.rate <= 1.05 for one in tight.placements)  # here each needs what the other leaves
