"""Who speaks what: voices for speakers, windows for phrases, sentences over cues."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubber.casting.assign import Casting, cast_toml, from_pool, lines, literally, speakers, voice_of
from dubber.errors import InputError
from dubber.model import Cast, Cue, Voice, Window

ANNA, BEN, CARA, HOST = (Voice("tone", name) for name in ("anna", "ben", "cara", "host"))
CAST = Cast(roles=(("Guard*", BEN), ("Anna", ANNA)), pool=(BEN, CARA), narrator=HOST)


def cue(index: int, start: int, end: int, text: str, speaker: str | None = None) -> Cue:
    return Cue(index, Window(start, end), text, speaker)


def test_a_role_is_found_by_its_name_whatever_its_case_and_blanks() -> None:
    assert voice_of(" ANNA ", CAST) == ANNA


def test_a_wildcard_casts_everybody_it_fits_but_an_exact_name_goes_first() -> None:
    cast = Cast(roles=(("*", BEN), ("anna", ANNA)))
    assert voice_of("Anna", cast) == ANNA
    assert voice_of("Guard 2", CAST) == BEN


def test_cues_that_name_nobody_are_the_narrators() -> None:
    assert lines([cue(1, 0, 900, "Once upon a time.")], CAST, Casting(), language="en")[0].voice == HOST


def test_without_a_narrator_the_first_of_the_pool_tells_the_story() -> None:
    assert voice_of("", Cast(pool=(BEN, CARA))) == BEN


def test_a_cast_of_nobody_is_an_error() -> None:
    with pytest.raises(InputError, match="nobody can speak"):
        voice_of("Anna", Cast())


def test_an_unknown_speaker_has_the_same_voice_whoever_else_speaks() -> None:
    alone = lines([cue(1, 0, 900, "Hi.", "Zoe")], CAST, Casting(), language="en")
    among = lines([cue(1, 0, 9, "A.", "Max"), cue(2, 9, 900, "Hi.", "ZOE")], CAST, Casting(), language="en")
    assert alone[0].voice == among[1].voice


def test_the_pool_is_chosen_by_content_so_that_every_machine_agrees() -> None:
    assert [from_pool(name, (ANNA, BEN, CARA)).name for name in ("Zoe", "Max", "Ida", "Tom")] == GOLDEN


GOLDEN = ["anna", "ben", "cara", "ben"]


def test_a_film_s_language_decides_which_voices_of_the_pool_speak_it() -> None:
    anna, marie, any_tongue = Voice("tone", "anna", (), "en-GB"), Voice("tone", "marie", (), "fr"), CARA
    cast = Cast(pool=(anna, marie, any_tongue), narrator=anna)
    cues = [cue(number, 100 * number, 100 * number + 90, "Hi.", f"Guest {number}") for number in range(1, 30)]
    for language, mine in (("fr-CA", marie), ("en", anna), ("de", any_tongue)):
        spoken = {line.voice for line in lines(cues, cast, Casting(), language=language)}
        assert spoken == {mine, any_tongue}
        assert lines([cue(1, 0, 900, "Once.")], cast, Casting(), language=language)[0].voice == mine
    assert lines(cues, Cast(pool=(anna,)), Casting(), language="de")[0].voice == anna


def test_the_pool_is_shared_out_evenly() -> None:
    counts = speakers([cue(i, i, i + 1, "x", from_pool(f"speaker {i}", (ANNA, BEN, CARA)).name) for i in range(3000)])
    assert all(900 < count < 1100 for count in counts.values())


def test_a_new_voice_in_the_pool_takes_only_the_speakers_it_wins() -> None:
    for number in range(200):
        before = from_pool(f"speaker {number}", (ANNA, BEN))
        assert from_pool(f"speaker {number}", (ANNA, BEN, CARA)) in (before, CARA)


def test_strict_names_the_nearest_roles() -> None:
    with pytest.raises(InputError, match="did you mean Anna"):
        lines([cue(1, 0, 900, "Hi.", "Ana")], CAST, Casting(strict=True), language="en")


def test_a_voice_without_a_language_speaks_the_jobs() -> None:
    cast = Cast(narrator=HOST, roles=(("anna", Voice("tone", "anna", language="fr")),))
    told = lines([cue(1, 0, 9, "Hi."), cue(2, 9, 20, "Salut.", "Anna")], cast, Casting(), language="de")
    assert [line.language for line in told] == ["de", "fr"]


def test_two_speakers_of_one_cue_share_its_window_in_order() -> None:
    both = [cue(1, 1000, 3000, "Left or right?", "Anna"), cue(1, 1000, 3000, "Left, always left.", "Guard")]
    first, second = lines(both, CAST, Casting(), language="en")
    assert (first.window.start, second.window.end) == (1000, 3000)
    assert first.window.end == second.window.start
    assert first.window.length < second.window.length
    assert (first.voice, second.voice) == (ANNA, BEN)


@given(st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=6), st.integers(0, 10**7), st.integers(0, 9999))
def test_shared_windows_are_ordered_and_never_overlap(texts: list[str], start: int, length: int) -> None:
    told = lines([cue(1, start, start + length, text) for text in texts], CAST, Casting(), language="en")
    windows = [line.window for line in told]
    assert windows[0].start == start and windows[-1].end == start + length
    assert all(one.end == other.start for one, other in zip(windows, windows[1:], strict=False))


SENTENCE = [cue(1, 0, 2000, "Then we have eleven minutes", "Anna"), cue(2, 2040, 4000, "and one screw.", "ANNA")]


def test_a_sentence_that_runs_on_is_one_line_of_two_phrases() -> None:
    (line,) = lines(SENTENCE, CAST, Casting(merge="sentence"), language="en")
    assert line.text == "Then we have eleven minutes and one screw."
    assert [phrase.cue for phrase in line.phrases] == [1, 2]
    assert [phrase.window for phrase in line.phrases] == [Window(0, 2000), Window(2040, 4000)]


def test_sentences_are_left_apart_by_default() -> None:
    assert len(lines(SENTENCE, CAST, Casting(), language="en")) == 2


@pytest.mark.parametrize(
    ("first", "second", "casting"),
    [
        (cue(1, 0, 9, "Then.", "A"), cue(2, 9, 20, "and", "A"), Casting(merge="sentence")),
        (cue(1, 0, 9, "那么。", "A"), cue(2, 9, 20, "走吧", "A"), Casting(merge="sentence")),
        (cue(1, 0, 9, 'He said "no."', "A"), cue(2, 9, 20, "and", "A"), Casting(merge="sentence")),
        (cue(1, 0, 9, "Then", "A"), cue(2, 9, 20, "and", "B"), Casting(merge="sentence")),
        (cue(1, 0, 9, "Then", "A"), cue(2, 2000, 2900, "and", "A"), Casting(merge="sentence")),
        (cue(1, 0, 9, "Then", "A"), cue(1, 0, 9, "and", "A"), Casting(merge="sentence")),
        (cue(1, 0, 9, "Then" * 9, "A"), cue(2, 9, 20, "and", "A"), Casting(merge="sentence", merge_length=30)),
    ],
)
def test_what_ends_a_sentence(first: Cue, second: Cue, casting: Casting) -> None:
    assert len(lines([first, second], CAST, casting, language="en")) == 2


def test_an_endless_sentence_is_merged_by_a_few_cues_at_a_time() -> None:
    run = [cue(i, i * 100, i * 100 + 100, "and then", "A") for i in range(10)]
    sizes = [len(line.phrases) for line in lines(run, CAST, Casting(merge="sentence"), language="en")]
    assert sizes == [4, 4, 2]


def test_japanese_runs_on_without_a_full_stop() -> None:
    run = [cue(1, 0, 900, "今日は", "A"), cue(2, 900, 1800, "いい天気です。", "A")]
    assert len(lines(run, CAST, Casting(merge="sentence"), language="ja")) == 1


def test_speakers_are_counted_and_the_most_talkative_come_first() -> None:
    cues = [cue(1, 0, 1, "a", "Ben"), cue(2, 1, 2, "b", "Anna"), cue(3, 2, 3, "c", "ANNA"), cue(4, 3, 4, "d")]
    assert list(speakers(cues).items()) == [("Anna", 2), ("", 1), ("Ben", 1)]


def test_a_cast_file_lists_each_speaker_and_keeps_the_roles_of_other_episodes() -> None:
    text = cast_toml({"ANNA": 3, "": 2, 'The "King"': 1}, {"Anna": "anna", "Max": "ben"}, (CARA,), "host")
    assert tomllib.loads(text) == {"cast": {"ANNA": "anna", 'The "King"': "cara", "Max": "ben"}}
    assert "# 3 lines" in text and "2 lines name nobody" in text


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.integers(1, 9)))
def test_a_cast_file_is_always_good_toml(counts: dict[str, int]) -> None:
    read = tomllib.loads(cast_toml(counts, {}, (CARA,)))
    assert set(read["cast"]) == set(map(literally, counts))
