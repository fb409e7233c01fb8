"""Text that is shown several times is said once; text that is said several times stays."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dubber.model import Script
from dubber.subtitles import Reading, parse

Shown = tuple[float, float, str]


def clock(time: float) -> str:
    return f"{int(time) // 60:02}:{int(time) % 60:02}.{round(time % 1 * 1000):03}"


def srt(*cues: Shown, **reading: object) -> Script:
    text = "".join(f"{n}\n00:{clock(a)} --> 00:{clock(b)}\n{text}\n\n" for n, (a, b, text) in enumerate(cues, 1))
    return read(text, ".srt", **reading)


def vtt(*cues: Shown) -> Script:
    return read("WEBVTT\n\n" + "".join(f"{clock(a)} --> {clock(b)}\n{text}\n\n" for a, b, text in cues), ".vtt")


def ass(*cues: Shown) -> Script:
    events = (f"Dialogue: 0,0:{clock(a)[:-1]},0:{clock(b)[:-1]},Default,,0,0,0,,{text}" for a, b, text in cues)
    return read("[Events]\n" + "\n".join(events), ".ass")


def read(text: str, suffix: str, **reading: object) -> Script:
    script = parse(text.encode(), suffix, Reading(**reading))  # type: ignore[arg-type]
    assert script.warnings == ()
    return script


def said(script: Script) -> list[tuple[float, float, str]]:
    return [(cue.window.start / 1000, cue.window.end / 1000, cue.text) for cue in script.cues]


def texts(script: Script) -> list[str]:
    return [cue.text for cue in script.cues]


def each(texts: Iterable[str], length: float, start: float = 1.0) -> list[Shown]:
    """A cue of this length for each text; they touch."""
    times = [round(start + length * n, 3) for n in range(1000)]
    return [(times[n], times[n + 1], text) for n, text in enumerate(texts)]


@pytest.mark.parametrize("form", [srt, vtt, ass])
def test_the_same_cue_twice_is_said_once(form: type) -> None:
    script = form((1, 3, "The boat is here."), (1, 3, "The boat is here."), (4, 6, "Hurry."))
    assert said(script) == [(1, 3, "The boat is here."), (4, 6, "Hurry.")]
    assert [left.kind for left in script.left_out] == ["repeated"]


def test_two_lines_that_each_show_twice_are_said_once() -> None:
    cues = [(1, 3, "Left."), (1, 3, "Right."), (1, 3, "Left."), (1, 3, "Right."), (4, 5, "Both.")]
    assert texts(srt(*cues)) == ["Left.", "Right.", "Both."]


def test_equal_texts_that_overlap_are_one() -> None:
    assert said(srt((1, 4, "Bring the rope."), (3, 6, "<i>Bring the rope.</i>"))) == [(1, 6, "Bring the rope.")]


@pytest.mark.parametrize(
    "ends",
    [(2.0, 3.2, 5.0), (2.5, 4.0), (1.4, 5.0), (3.0, 5.0), (2.0, 3.0, 4.0, 5.0), (4.96, 6.0)],
)
def test_one_line_cut_into_touching_cues_is_said_once_over_all_its_time(ends: tuple[float, ...]) -> None:
    starts = (1.0, *ends[:-1])
    pieces = [(start, end, "Hello there, captain.") for start, end in zip(starts, ends, strict=True)]
    script = srt(*pieces, (9, 11, "The sea is calm."), (12, 14, "We sail at noon."), (15, 17, "Bring the rope."))
    assert said(script)[0] == (1.0, ends[-1], "Hello there, captain.")
    assert len(script.cues) == 4 and {left.kind for left in script.left_out} == {"repeated"}


LESSON = ["Guten Morgen.", "Wie geht es dir?", "Ich bin müde.", "Wo ist der Hafen, bitte?", "Danke schön."]


@pytest.mark.parametrize(("times", "length"), [(2, 2.0), (3, 2.5), (2, 1.8), (4, 3.0)])
def test_a_lesson_that_says_each_sentence_several_times_stays(times: int, length: float) -> None:
    cues = each([sentence for sentence in LESSON for _ in range(times)], length)
    assert said(srt(*cues)) == cues


def test_a_lesson_among_other_sentences_stays() -> None:
    cues = each(
        ["Hello.", "Listen to me.", *[one for one in LESSON for _ in range(2)], "Well done.", "Goodbye now."], 2.2
    )
    assert said(srt(*cues)) == cues


@pytest.mark.parametrize(
    "cues",
    [
        [(1, 1.6, "No!"), (2.6, 3.2, "No!"), (4.2, 4.8, "No!")],
        [(1, 1.5, "No!"), (1.5, 2.0, "No!"), (2.0, 2.6, "No!")],
        [(1, 3, "Where are you?"), (4, 6, "Where are you?"), (8, 9, "Here.")],
        [(1, 3, "- Yes.\n- Yes."), (5, 6, "Yes.")],
    ],
)
def test_a_real_repeat_stays(cues: list[Shown]) -> None:
    assert len(texts(srt(*cues))) == sum(1 + text.count("\n") for *_, text in cues)


GROWING = [
    ["Welcome", "Welcome to", "Welcome to the", "Welcome to the class"],
    ["Today we", "Today we bake", "Today we bake bread", "Today we bake bread with flour."],
    ["W", "We", "We s", "We sa", "We sail", "We sail at noon."],
    ["The old boat", "The old boat\nis leaving", "The old boat\nis leaving now."],
]


@pytest.mark.parametrize("form", [srt, vtt])
@pytest.mark.parametrize("texts_", GROWING)
def test_captions_that_grow_are_said_once_when_they_are_whole(texts_: list[str], form: type) -> None:
    cues = each(texts_, 0.4)
    whole = " ".join(texts_[-1].split())
    assert said(form(*cues, (9, 11, "Bring the rope."))) == [(1.0, cues[-1][1], whole), (9, 11, "Bring the rope.")]


def test_captions_that_grow_in_two_steps_throughout_a_file_are_said_once() -> None:
    cues = [cue for n in range(4) for cue in each([f"It is {n}", f"It is {n} o'clock"], 0.9, start=1 + 4 * n)]
    assert texts(srt(*cues)) == [f"It is {n} o'clock" for n in range(4)]


def test_a_short_answer_before_a_longer_one_stays() -> None:
    cues = [(1, 2, "Wait."), (2, 4, "Wait. Do not go."), (6, 8, "Why?"), (9, 11, "The sea is rough.")]
    assert said(srt(*cues)) == cues


def lit(sentence: str, mark: str) -> list[str]:
    words = sentence.split()
    return [" ".join([*words[:n], mark.format(word), *words[n + 1 :]]) for n, word in enumerate(words)]


@pytest.mark.parametrize("mark", ["<u>{}</u>", '<font color="#00ff00">{}</font>', "<b>{}</b>", "{{\\c&HFF&}}{}{{\\c}}"])
@pytest.mark.parametrize("gap", [0.0, 0.08, 0.3])
def test_words_that_light_up_one_after_the_other_are_said_once_in_the_window_of_all(mark: str, gap: float) -> None:
    first = [(a, b - gap, text) for a, b, text in each(lit("Welcome to the evening class here.", mark), 0.4)]
    second = [(a, b - gap, text) for a, b, text in each(lit("Take some white flour now.", mark), 0.4, start=6)]
    script = srt(*first, *second)
    assert texts(script) == ["Welcome to the evening class here.", "Take some white flour now."]
    assert [cue.window.start for cue in script.cues] == [1000, 6000]
    assert [cue.window.end for cue in script.cues] == [round(part[-1][1] * 1000) for part in (first, second)]


LINES = ["good evening and welcome", "to the kitchen today", "we look at a loaf", "of bread and how it", "is made"]


def automatic(blank: str, stamp: str) -> list[Shown]:
    """The captions that a video site makes: two rows, the lower one spelled word by word, and a flash between."""
    cues, above, time = [], blank, 0.5
    for line in LINES:
        words = line.split()
        cues.append((time, time + 2.4, f"{above}\n{words[0]}{stamp}{f'{stamp}'.join(' ' + w for w in words[1:])}"))
        cues.append((time + 2.4, time + 2.41, f"{line}\n{blank}"))
        above, time = line, time + 2.41
    return cues


@pytest.mark.parametrize("form", [srt, vtt])
@pytest.mark.parametrize("lines", [2, 3, 5])
def test_automatic_captions_are_said_once_at_the_time_of_their_first_word(form: type, lines: int) -> None:
    cues = automatic(" ", "<00:00:01.000>" if form is vtt else "")[: 2 * lines]
    script = form(*cues)
    assert texts(script) == LINES[:lines]
    assert [cue.window.start for cue in script.cues] == [round(1000 * (0.5 + 2.41 * n)) for n in range(lines)]
    assert all(cue.window.length >= 2000 for cue in script.cues)


def test_live_captions_that_grow_and_scroll_are_said_once() -> None:
    shown, above = [], ""
    for line in LINES:
        words = line.split()
        shown += [f"{above}{' '.join(words[:n])}" for n in range(1, len(words) + 1)]
        above = f"{line}\n"
    script = vtt(*each(shown, 0.4))
    assert " ".join(texts(script)) == " ".join(LINES)


WORDS = "Come with me to the harbour. The old boat is leaving, and nobody knows when it will be back from the sea."


def test_single_words_are_joined_to_sentences_however_many_there_are() -> None:
    script = srt(*each(WORDS.split(), 0.3))
    assert " ".join(texts(script)) == WORDS and len(script.cues) == 2
    assert said(script)[0][:2] == (1.0, 2.8)


def test_single_words_without_punctuation_end_at_a_pause() -> None:
    cues = each(["come", "with", "me"], 0.3) + each(["to", "the", "harbour"], 0.3, start=4)
    assert said(srt(*cues)) == [(1.0, 1.9, "come with me"), (4.0, 4.9, "to the harbour")]


def test_words_without_a_length_are_said_in_their_sentence() -> None:
    first = [(1.0, 1.3, "Come"), (1.3, 1.3, "with"), (1.3, 1.3, "me"), (1.3, 1.7, "home.")]
    cues = [*first, (2.4, 2.4, "The"), (2.4, 2.9, "boat"), (2.9, 3.2, "is"), (3.2, 3.2, "gone.")]
    script = srt(*cues)
    assert texts(script) == ["Come with me home.", "The boat is gone."]
    assert script.broken == () and any("without a length" in note for note in script.notes)


def test_a_run_of_words_without_a_length_is_cut_where_a_sentence_ends() -> None:
    none = [(2, 2, word) for word in ("to", "the", "harbour.", "The", "old")]
    assert said(srt((1, 2, "Come with me"), *none, (2, 4, "boat is leaving."))) == [
        (1, 2, "Come with me to the harbour."),
        (2, 4, "The old boat is leaving."),
    ]


def test_sentences_without_a_length_far_from_all_others_are_said_one_after_the_other() -> None:
    at_once = [(8, 8, word) for word in ("One", "more", "time.", "Please", "wait.")]
    (first, second) = said(srt((1, 2, "Come with me."), *at_once))
    assert first == (1, 2, "Come with me.") and (second[0], second[2]) == (8, "One more time. Please wait.")
    apart = [(8 + n / 2, 8 + n / 2, word) for n, word in enumerate(("One", "more", "time.", "Please", "wait."))]
    (first, second, third) = said(srt((1, 2, "Come with me."), *apart))
    assert (second[0], second[2]) == (8, "One more time.") and (third[0], third[2]) == (9.5, "Please wait.")
    assert second[1] <= third[0]


def test_signs_one_a_cue_are_joined_without_blanks() -> None:
    assert texts(srt(*each("船が出るよ。", 0.2))) == ["船が出るよ。"]


@pytest.mark.parametrize(
    "cues",
    [
        each(["Hund.", "Katze.", "Maus.", "Boot.", "Hafen."], 0.7),
        each(["dog", "cat", "mouse", "boat", "harbour"], 2.0),
        [(1, 2, "No."), (3, 4, "Yes."), (5, 8, "The boat leaves at noon today."), (9, 10, "Good."), (11, 12, "Bye.")],
    ],
)
def test_words_that_are_utterances_stay(cues: list[Shown]) -> None:
    assert texts(srt(*cues)) == [text for *_, text in cues]


def test_a_person_may_have_it_all_as_it_stands() -> None:
    cues = each(GROWING[0], 0.4)
    assert said(srt(*cues, rolling=False, join_words=False)) == cues


def test_captions_that_grow_with_short_gaps_are_said_once() -> None:
    steps = ["Welcome", "Welcome to", "Welcome to the", "Welcome to the class."]
    shown = [(1 + 0.4 * n, 1.28 + 0.4 * n, text) for n, text in enumerate(steps)]
    assert said(srt(*shown, (5, 7, "Welcome to the end."))) == [
        (1, 2.48, "Welcome to the class."),
        (5, 7, "Welcome to the end."),
    ]
