"""The timeline can be looked at in any browser."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

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


def test_the_words_of_a_subtitle_are_data() -> None:
    one = take(0, 1000, 500.0, speaker='<script>"&')
    phrase = replace(one.line.phrases[0], text='</title><script>alert(1)</script>&"')
    takes = [replace(one, line=replace(one.line, phrases=(phrase,)))]
    picture = timeline(fit(takes, Fitting()), takes, title="<b>")
    assert not list(ElementTree.fromstring(picture).iter("script")) and "<script" not in picture


def test_faster_is_redder() -> None:
    assert colour(1.0) == colour(1.05) != colour(1.2) != colour(1.5) == colour(3.0)


def test_an_empty_film_is_an_empty_picture() -> None:
    ElementTree.fromstring(timeline(fit([], Fitting()), []))
