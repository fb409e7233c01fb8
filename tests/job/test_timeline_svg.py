"""The timeline can be looked at in any browser."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from dubber.fitting import Fitting, fit
from dubber.job.timeline_svg import colour, timeline
from tests.fitting.films import film, take

SVG = "{http://www.w3.org/2000/svg}"


def test_every_line_is_a_bar_with_its_words_over_the_window_of_its_cue() -> None:
    takes = film((0, 1000, 1300.0), (1000, 2000, 1400.0, "BEN"), (130_000, 131_000, 500.0))
    picture = ElementTree.fromstring(timeline(fit(takes, Fitting()), takes, title="A & B"))
    bars = [rect for rect in picture.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]
    assert len(bars) == 3
    assert "words" in (bars[0].find(f"{SVG}title").text or "")  # type: ignore[union-attr]
    assert float(bars[2].get("y", 0)) > float(bars[1].get("y", 0)), "the third minute is on another row"


def test_the_picture_says_what_is_in_it_and_in_which_language() -> None:
    takes = film((0, 1000, 1300.0))
    words = " ".join(ElementTree.fromstring(timeline(fit(takes, Fitting()), takes, title="Film.mkv")).itertext())
    assert "Film.mkv · English (en)" in words
    for told in ("the cue's time", "as read", "×1.5 and faster", "starts late", "too long for its place"):
        assert told in words


def labels(picture: str) -> list[tuple[str, float]]:
    """The times along the axis, and where they stand (px)."""
    texts = ElementTree.fromstring(picture).iter(f"{SVG}text")
    return [(text.text or "", float(text.get("x", 0))) for text in texts if text.get("text-anchor") == "middle"]


@pytest.mark.parametrize(("end", "last"), [(9_000, "0:00:09"), (28_000, "0:00:30"), (75_000, "0:01:20")])
def test_the_axis_is_as_long_as_the_film(end: int, last: str) -> None:
    takes = film((0, 1000, 700.0), (end - 1000, end, 800.0))
    found = labels(timeline(fit(takes, Fitting()), takes))
    assert found[0][0] == "0:00:00" and found[-1][0] == last
    assert found[-1][1] >= 120 + 1440 * (0.9 if end < 60_000 else 0.6), "a short film fills the picture"


def test_what_goes_on_into_the_next_row_is_drawn_there_too() -> None:
    takes = film((119_000, 121_000, 1900.0))
    picture = ElementTree.fromstring(timeline(fit(takes, Fitting()), takes))
    width = float(picture.get("width", 0))
    bars = [rect for rect in picture.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]
    assert [float(bar.get("x", 0)) + float(bar.get("width", 0)) <= width - 30 for bar in bars] == [True, True]
    assert float(bars[0].get("y", 0)) < float(bars[1].get("y", 0)) and float(bars[1].get("x", 0)) == 120.0


def test_the_words_of_a_subtitle_are_data() -> None:
    one = take(0, 1000, 500.0, speaker='<script>"&')
    phrase = replace(one.line.phrases[0], text='</title><script>alert(1)</script>&"')
    takes = [replace(one, line=replace(one.line, phrases=(phrase,)))]
    picture = timeline(fit(takes, Fitting()), takes, title="<b>")
    assert not list(ElementTree.fromstring(picture).iter("script")) and "<script" not in picture


def test_faster_is_redder() -> None:
    assert colour(1.0) == colour(1.05) != colour(1.2) != colour(1.5) == colour(3.0)


def test_an_empty_film_is_an_empty_picture() -> None:
    picture = ElementTree.fromstring(timeline(fit([], Fitting()), []))
    assert not [rect for rect in picture.iter(f"{SVG}rect") if rect.find(f"{SVG}title") is not None]
