"""Cues land where they belong in the film: moved, scaled, taken off an editor's time line."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from dubber.errors import InputError
from dubber.media.probe import probe
from dubber.media.subtitle_tracks import subtitle_track
from dubber.model import Cue, Script, Window
from dubber.subtitles.retiming import HOUR, Retiming, clock, frame_rates, from_zero, misfit, on_screen, retimed
from tests.typed import Dub

SAMPLES = Path(__file__).parents[2] / "samples"
MINUTE = 60_000
FILM = 50 * MINUTE


def script(*starts: int) -> Script:
    """Cues of two seconds."""
    return Script(tuple(Cue(n, Window(start, start + 2000), f"line {n}") for n, start in enumerate(starts, 1)))


def starts(some: Script) -> list[int]:
    return [cue.window.start for cue in some.cues]


@pytest.mark.parametrize("hours", [1, 10, 23])
def test_an_editors_hours_are_taken_off_and_it_is_said(hours: int) -> None:
    moved = from_zero(script(hours * HOUR + 1000, hours * HOUR + 40 * MINUTE), FILM)
    assert starts(moved) == [1000, 40 * MINUTE]
    assert len(moved.notes) == 1 and "moved" in moved.notes[0] and f"{hours} hour" in moved.notes[0]


def test_the_leader_before_the_hour_lies_before_the_film() -> None:
    shown = on_screen(from_zero(script(HOUR - 10_000, HOUR + 500, HOUR + 9000), FILM), FILM)
    assert starts(shown) == [500, 9000]
    assert [(left.text, left.reason) for left in shown.left_out] == [("line 1", "before the film begins")]


def test_cues_after_an_hour_stay_in_a_film_that_is_longer() -> None:
    right = script(HOUR + 1000, HOUR + 30 * MINUTE)
    assert from_zero(right, 2 * HOUR) is right


def test_subtitles_of_a_longer_cut_are_not_taken_for_an_editors() -> None:
    longer = script(*range(30_000, 95 * MINUTE, 60_000))
    assert from_zero(longer, 70 * MINUTE) is longer


def test_an_editors_hour_is_noticed_in_a_film_longer_than_an_hour() -> None:
    long = script(*range(HOUR + 5000, HOUR + 89 * MINUTE, 30_000))
    assert starts(from_zero(long, 90 * MINUTE))[0] == 5000


def test_cues_that_begin_at_no_whole_hour_are_not_moved() -> None:
    second_part = script(HOUR + 40 * MINUTE, 2 * HOUR)
    assert from_zero(second_part, 30 * MINUTE) is second_part


def test_a_credit_at_zero_does_not_hide_the_hours_of_all_others() -> None:
    with_credit = script(0, *range(10 * HOUR, 10 * HOUR + 40 * MINUTE, 60_000))
    assert starts(from_zero(with_credit, FILM))[1] == 0


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("25:23.976", Fraction(25 * 1001, 24000)),
        ("23.976:25", Fraction(24000, 25 * 1001)),
        ("24:25", Fraction(24, 25)),
        ("29.97:25", Fraction(30000, 25 * 1001)),
        ("25", Fraction(1)),
    ],
)
def test_frame_rates_are_exact(text: str, factor: Fraction) -> None:
    made, runs = frame_rates(text)
    assert made / runs == factor


@pytest.mark.parametrize("text", ["", "25:", "0:25", "25:0", "-25:25", "a:b", "25:24:23", "1e400:2", "1/0", "nan:25"])
def test_what_is_no_frame_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=r"25:23\.976"):
        frame_rates(text)


def test_pal_subtitles_fit_a_film_at_24_frames_to_the_millisecond_after_two_hours() -> None:
    made, runs = frame_rates("25:24")
    scaled = retimed(script(0, 2 * HOUR), Retiming(made / runs, -2300))
    assert starts(scaled) == [-2300, 2 * HOUR * 25 // 24 - 2300]


def test_a_cue_that_an_offset_moves_partly_before_the_film_begins_with_it() -> None:
    shown = on_screen(retimed(script(1000, 5000), Retiming(offset=-2000)), FILM)
    assert [cue.window for cue in shown.cues] == [Window(0, 1000), Window(3000, 5000)]


def test_cues_after_the_films_end_are_left_out_or_spoken_as_the_profile_says() -> None:
    late = script(1000, FILM + 1)
    assert [left.reason for left in on_screen(late, FILM).left_out] == ["after the film's end"]
    assert on_screen(late, FILM, beyond=True).cues == late.cues


def test_a_last_cue_that_does_not_fit_the_film_is_doubted() -> None:
    assert "another cut or frame rate" in misfit(script(1000, FILM + 1), FILM)
    assert "first part" in misfit(script(1000, 20 * MINUTE), FILM)
    assert misfit(script(1000, FILM - 8 * MINUTE), FILM) == ""
    assert misfit(script(1000), 5 * MINUTE) == ""


def test_a_clock_is_read_as_people_read_it() -> None:
    assert (clock(0), clock(3_723_999), clock(-61_000)) == ("0:00:00", "1:02:03", "-0:01:01")


def test_the_command_line_moves_and_scales_the_cues_of_a_film(tmp_path: Path, dub: Dub) -> None:
    words = tmp_path / "words.srt"
    words.write_text("1\n01:00:10,000 --> 01:00:12,000\nGood evening.\n")

    def window(*more: str) -> list[int]:
        said = dub(SAMPLES / "harbour.mp4", words, "--dry-run", "--json", "--sync", "off", *more)
        assert said.status == 0
        version = json.loads(said.out)["versions"][0]
        assert any("moved" in note for note in version["notes"]) or "--offset=-3590" in more
        return list(version["lines"][0]["window"])

    assert window() == [10_000, 12_000]
    assert window("--offset", "-2.25") == [7750, 9750]
    assert window("--offset=-3590") == [20_000, 22_000]
    assert dub(SAMPLES / "harbour.mp4", words, "--dry-run", "--fps", "25:x").status == 2
    assert dub(SAMPLES / "harbour.mp4", words, "--dry-run", "--offset", "nan").status == 2


def test_another_frame_rate_reaches_the_plan_of_check(tmp_path: Path, dub: Dub) -> None:
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:24,000 --> 00:00:26,000\nGood evening.\n")
    said = dub("check", SAMPLES / "harbour.mp4", words, "--json", "--fps", "25:24")
    assert json.loads(said.out)["versions"][0]["lines"][0]["window"] == [25_000, 27_083]


def test_words_without_a_form_that_a_film_carries_are_embedded_as_subrip(tmp_path: Path, dub: Dub) -> None:
    words = tmp_path / "words.sbv"
    words.write_text("0:00:02.000,0:00:04.000\nGood evening.\n")
    film = ("-o", tmp_path / "out.mkv", "--embed-subs", "--sync", "off", "--offset", "1")
    assert dub(SAMPLES / "harbour.mp4", words, *film).status == 0
    data, suffix = subtitle_track(probe(tmp_path / "out.mkv"))
    assert suffix == ".srt" and b"00:00:03,000 --> 00:00:05,000\nGood evening." in data
