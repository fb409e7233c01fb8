"""Which cue an entry of an edits file means, and what becomes of that cue."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dubber.edits import edits
from dubber.edits.edits import CueEdit, Edits, SpeakerEdit
from dubber.errors import InputError
from dubber.model import Cue, Voice, Window
from dubber.schema import REQUIRED, fields_of

ALTO, TENOR = Voice("tone", "alto"), Voice("tone", "tenor")
VOICES = {"alto": ALTO, "tenor": TENOR}
DOCS = Path(__file__).parents[2] / "docs"


def cue(index: int, start: int, text: str, speaker: str | None = None) -> Cue:
    return Cue(index, Window(start, start + 900), text, speaker)


def edit(start: int, text: str, **what: Any) -> CueEdit:
    return CueEdit(at=edits.clock(start), text=text, **what)


def recorded(name: str) -> Voice:
    return Voice("recorded", "recorded", (("file", Path(name)),))


def applied(cues: list[Cue], *entries: CueEdit, speakers: dict[str, str] | None = None) -> edits.Applied:
    actors = tuple((name, SpeakerEdit(voice=voice)) for name, voice in (speakers or {}).items())
    return edits.apply(cues, Edits(entries, actors, "film.en.dub-edits.toml"), VOICES, recorded)


FILM = [cue(1, 1000, "Is it you?"), cue(2, 3000, "No."), cue(3, 5000, "No."), cue(4, 7000, "Good night.", "Anna")]


def test_what_is_said_differs_from_what_is_shown() -> None:
    one = applied(FILM, edit(1000, "Is it you?", spoken="Is it  really you?")).cues[0]
    assert (one.text, one.edit and one.edit.shown) == ("Is it really you?", "Is it you?")


def test_of_two_cues_with_the_same_words_the_nearer_is_meant() -> None:
    result = applied(FILM, edit(5000, "No.", voice="tenor"))
    assert [one.edit and one.edit.voice for one in result.cues] == [None, None, TENOR, None]


def test_of_two_entries_for_one_cue_the_first_is_used_and_the_other_is_said() -> None:
    result = applied(FILM, edit(7000, "Good night.", gain=3.0), edit(7000, "Good night.", gain=-3.0))
    assert result.cues[3].edit and result.cues[3].edit.gain == 3.0
    (note,) = result.notes
    assert "'Good night.' at 00:00:07.000 has two entries; cues 1 is used: its edit is not used" in note


@pytest.mark.parametrize("wrong", ['gain = "2"', 'shift = "40"', 'take = "3"', 'speed = "1.1"', 'approved = "true"'])
def test_a_number_in_quotes_is_one_clear_line(wrong: str) -> None:
    with pytest.raises(InputError) as caught:
        edits.parse(f'[[cues]]\nat = "00:00:01.000"\ntext = "No."\n{wrong}\n', "film.en.dub-edits.toml")
    key = wrong.partition(" ")[0]
    assert str(caught.value).startswith(f"film.en.dub-edits.toml: cues 1.{key}: ")
    assert "is a text (a number, true and false have no quotes)" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_inserted_cue_and_a_shifted_file_move_no_edit_to_another_cue() -> None:
    inserted = [cue(1, 500, "No."), *[cue(one.index + 1, one.window.start + 40_000, one.text) for one in FILM]]
    result = applied(inserted, edit(1000, "Is it you?", gain=3.0), edit(7000, "good  NIGHT.", gain=-3.0))
    assert [one.edit.gain if one.edit else 0 for one in result.cues] == [0, 3.0, 0, 0, -3.0]
    assert not result.orphans


def test_a_reworded_cue_keeps_its_sound_and_loses_what_was_chosen_for_the_old_words() -> None:
    result = applied([cue(1, 1000, "Was it him?")], edit(1000, "Is it you?", spoken="x", take=3, gain=2, approved=True))
    one = result.cues[0]
    assert one.text == "Was it him?" and one.edit
    assert (one.edit.gain, one.edit.take, one.edit.approved) == (2, 0, False)
    assert "Was it him?" in result.notes[0]


def test_an_edit_whose_cue_has_gone_is_told_and_kept() -> None:
    result = applied(FILM, edit(9000, "Farewell.", note="mumbled"))
    assert [one.text for one in result.orphans] == ["Farewell."]
    assert "Farewell." in result.notes[0] and "not used" in result.notes[0]


def test_a_speaker_has_a_voice_and_one_of_her_cues_another() -> None:
    cues = [*FILM, cue(5, 9000, "Farewell.", "ANNA")]
    result = applied(cues, edit(9000, "Farewell.", voice="tenor"), speakers={"anna": "alto"})
    assert [one.edit.voice if one.edit else None for one in result.cues] == [None, None, None, ALTO, TENOR]


def test_two_speakers_of_one_cue_are_told_apart() -> None:
    both = [cue(1, 0, "Yes.", "Anna"), cue(1, 0, "Yes.", "Bruno")]
    result = applied(both, edit(0, "Yes.", speaker="BRUNO", gain=4.0))
    assert [one.edit.gain if one.edit else 0 for one in result.cues] == [0, 4.0]


def test_a_cue_is_moved_but_never_before_the_film() -> None:
    windows = [one.window for one in applied(FILM, edit(1000, "Is it you?", shift=-1500)).cues]
    assert windows[0] == Window(0, 900)
    assert applied(FILM, edit(7000, "Good night.", shift=250)).cues[3].window == Window(7250, 8150)


@settings(deadline=None)
@given(st.permutations(range(8)), st.integers(0, 90_000))
def test_each_entry_finds_its_own_cue_in_any_order_and_after_any_shift(order: list[int], moved: int) -> None:
    cues = [cue(number + 1, 3000 * number + moved, ("Ja.", "Nein.")[number % 2]) for number in range(8)]
    entries = [edit(3000 * number, ("Ja.", "Nein.")[number % 2], take=number + 1) for number in order]
    found, reworded = edits.match(cues, entries)
    assert not reworded and len(found) == 8
    if moved < 1500:  # nearer to itself than to its neighbours with the same word
        assert all(entries[number].take == place + 1 for place, number in found.items())


def test_every_fault_is_named_at_once_with_its_place() -> None:
    text = '[[cues]]\nat = "soon"\ntext = "x"\n[[cues]]\nat = "0:01"\ntext = "y"\nspeed = 9\n[speakers]\nANNA = 3\n'
    with pytest.raises(InputError) as fault:
        edits.parse(text, "f.toml")
    told = str(fault.value)
    assert "cues 1.at" in told and "cues 2.speed" in told and "0.5 to 2" in told and "speakers" in told


def test_a_take_s_number_that_nobody_can_have_made_is_refused() -> None:
    with pytest.raises(InputError, match="0 to 9999"):
        edits.parse('[[cues]]\nat = "0:01"\ntext = "x"\ntake = 99999999\n', "f.toml")


@pytest.mark.parametrize("text", ["schema = 2\n", "cues = 3\n", "[cues]\nat=1\n", "x = [", "\x00"])
def test_what_is_no_edits_file_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"f\.toml"):
        edits.parse(text, "f.toml")


def test_a_voice_that_the_profile_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(InputError, match="alto, tenor"):
        applied(FILM, edit(1000, "Is it you?", voice="bass"))


def test_a_speaker_who_speaks_no_cue_is_told() -> None:
    found = applied(FILM, speakers={"Anna": "tenor", "Hanna": "alto"})
    assert found.notes == ("film.en.dub-edits.toml: no cue is spoken by 'Hanna': its edit is not used",)


def test_an_entry_for_each_cue_of_a_film_is_read_at_once() -> None:
    entries = "".join(f'[[cues]]\nat = "0:{n // 60}:{n % 60}"\ntext = "{n}"\napproved = true\n' for n in range(1800))
    began = process_time()
    assert len(edits.parse(entries, "f.toml").cues) == 1800
    assert process_time() - began < 0.5  # 0.1 s; reading the annotations once for each entry took 2 s


def test_unknown_keys_are_named_and_no_fault() -> None:
    known = edits.parse('mood = 1\n[[cues]]\nat = "0:01.0"\ntext = "x"\nsmell = "fir"\n', "f.toml")
    assert known.unknown == ("mood", "cues 1.smell")


def test_the_schema_in_the_docs_is_the_one_that_is_read() -> None:
    told = json.loads((DOCS / "edits.schema.json").read_text())
    for kind, place in ((CueEdit, told["$defs"]["cue"]), (SpeakerEdit, told["$defs"]["speaker"])):
        fields = fields_of(kind)
        assert set(place["properties"]) == set(fields)
        assert set(place.get("required", [])) == {key for key, one in fields.items() if one.default is REQUIRED}
        for key, one in fields.items():
            said = place["properties"][key]
            assert said["type"] == {str: "string", int: "integer", float: "number", bool: "boolean"}[one.kind]
            assert (said.get("minimum"), said.get("maximum")) == (one.setting.low, one.setting.high)
            assert said["description"] and said.get("default", REQUIRED) == one.default
    assert told["properties"]["schema"]["const"] == edits.SCHEMA
