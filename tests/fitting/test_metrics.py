"""What a plan did to each line, in numbers."""

from __future__ import annotations

import math

import pytest

from dubber.errors import InputError
from dubber.fitting import Fitting, fit
from dubber.fitting.metrics import RATES, figures, fitting_characters, histogram, limits, verdict
from dubber.model import Span
from tests.fitting.films import film, take


def test_a_line_that_fits_is_played_as_it_was_spoken_at_its_cue() -> None:
    takes = film((1000, 3000, 1500.0))
    (one,) = figures(fit(takes, Fitting()), takes, Fitting())
    assert (one.rate, one.start, one.length, one.borrowed, one.concessions) == (1.0, 1000.0, 1500.0, 0.0, ())
    assert one.end_error == -500 and one.start_error == 0 and one.characters == one.said


def test_borrowed_silence_is_what_a_line_uses_after_its_cue() -> None:
    takes = film((0, 1000, 1400.0), (5000, 6000, 500.0))
    first, second = figures(fit(takes, Fitting()), takes, Fitting())
    assert first.borrowed == pytest.approx(400, abs=0.1) and first.rate == 1
    assert second.borrowed == 0


def test_native_and_stretched_parts_multiply_to_the_rate() -> None:
    takes = [take(0, 1000, 1400.0, native=1.2), take(1000, 3000, 1900.0, index=2)]
    one, _ = figures(fit(takes, Fitting()), takes, Fitting())
    assert one.native == pytest.approx(1.2)
    assert one.rate == pytest.approx(one.native * one.stretch)
    assert one.natural / one.length == pytest.approx(one.rate)


def test_jumps_are_measured_between_neighbouring_lines_of_one_speaker() -> None:
    takes = film((0, 1000, 1300.0), (1000, 2000, 1000.0, "BEN"), (2000, 9000, 1000.0))
    one, other, again = figures(fit(takes, Fitting()), takes, Fitting())
    assert one.jump == 0 == other.jump
    assert again.jump == pytest.approx(again.rate - one.rate)


def test_a_text_that_is_too_long_is_told_how_many_characters_would_fit() -> None:
    assert fitting_characters("x" * 60, natural=3000, room=2000) == 40
    assert fitting_characters("x" * 60, natural=3000, room=2000, rate=1.2) == 48
    assert fitting_characters("x" * 60, natural=1000, room=2000) == 60


def test_the_histogram_counts_every_rate_once() -> None:
    counted = histogram([0.97, 1.0, 1.0, 1.04, 1.3, 7.0], RATES)
    assert [(bucket.low, bucket.count) for bucket in counted if bucket.count] == [
        (0.95, 1), (1.0, 3), (1.3, 1), (2.0, 1),
    ]  # fmt: skip


def test_limits_are_read_in_their_units() -> None:
    assert [(one.what, one.most) for one in limits("rate=1.3, late=200ms,overrun=1.5s,unfit=0,early=40")] == [
        ("rate", 1.3), ("late", 200.0), ("overrun", 1500.0), ("unfit", 0.0), ("early", 40.0),
    ]  # fmt: skip
    assert str(limits("late=0.2s")[0]) == "late=200ms"


@pytest.mark.parametrize("text", ["", "speed=2", "rate", "rate=fast", "rate=1.3ms", "late=3sm", "late=-5", "rate=inf"])
def test_a_limit_that_is_none_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError) as caught:
        limits(text)
    assert caught.value.where == "--fail-on" and caught.value.advice


def test_the_verdict_names_the_lines_that_exceed_a_limit_the_worst_first() -> None:
    takes = film((0, 1000, 1200.0), (1000, 2000, 1400.0), (2000, 3000, 1400.0), (9000, 9900, 500.0))
    measured = figures(fit(takes, Fitting()), takes, Fitting())
    (exceeded,) = verdict(measured, limits("rate=1.1,overrun=5s,unfit=0"))
    assert exceeded.limit.what == "rate"
    assert exceeded.worst == max(one.rate for one in measured) == exceeded.lines[0].rate
    assert 4 not in [one.line for one in exceeded.lines]
    assert not verdict(measured, limits("rate=3"))


def test_unfit_lines_are_counted() -> None:
    takes = film((0, 1000, 5000.0), (1000, 2000, 5000.0), (2000, 3000, 1000.0))
    (exceeded,) = verdict(figures(fit(takes, Fitting()), takes, Fitting()), limits("unfit=0"))
    assert exceeded.worst == 2 and math.isfinite(exceeded.lines[0].start_error)


def test_the_line_that_is_too_long_is_named_not_those_that_it_pushes() -> None:
    takes = film((0, 1000, 4000.0), (1020, 3000, 900.0, "BEN"), (3020, 5000, 1500.0), (9000, 9900, 800.0))
    measured = figures(fit(takes, Fitting()), takes, Fitting())
    assert [[c.kind for c in one.concessions if c.kind in ("unfit", "late")] for one in measured][:2] == [
        ["unfit"], ["late"],
    ]  # fmt: skip
    assert [one.characters < one.said for one in measured] == [True, False, False, False]
    (long, *_) = measured
    (unfit,) = (c for c in long.concessions if c.kind == "unfit")
    assert unfit.amount == pytest.approx(4000 / 1.5 - 1000, abs=1), "what it is too long by, read at the cap"
    assert long.characters == int(long.said * 1000 * 1.05 / 4000)


def test_a_line_that_hurries_for_its_neighbour_still_fits() -> None:
    """It is read faster so that the long one behind it can start early enough; that one is to be shortened."""
    takes = film((0, 1000, 1000.0), (1000, 2000, 1600.0), (2000, 3000, 900.0))
    rules = Fitting(late_max=100, late_free=0, early=0)
    before, long, after = figures(fit(takes, rules), takes, rules)
    assert before.rate > 1.05 and before.characters == before.said
    assert long.characters < long.said and after.characters == after.said


def test_a_line_whose_silence_gives_way_fits() -> None:
    one = take(0, 2000, 2350.0, pauses=(Span(400, 900),))
    takes = [one, take(2000, 9000, 500.0, index=2)]
    measured = figures(fit(takes, Fitting(overrun_free=0, late_free=0)), takes, Fitting(overrun_free=0, late_free=0))
    assert measured[0].cut > 0 and measured[0].characters == measured[0].said


def test_a_line_later_than_late_max_is_told_even_where_that_lateness_is_free() -> None:
    """late_max 0 under a late_free of 125 ms: such lines stood in no report."""
    takes = film((0, 1000, 1540.0), (1000, 2000, 400.0, "BEN"))
    rules = Fitting(late_max=0, late_free=125)
    long, pushed = figures(fit(takes, rules), takes, rules)
    assert 0 < pushed.start_error < 125
    assert [(one.kind, one.amount) for one in pushed.concessions] == [("late", pushed.start_error)]
    assert "unfit" in [one.kind for one in long.concessions]
    assert verdict([long], limits("unfit=0"))
