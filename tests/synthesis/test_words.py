"""What a recogniser writes is compared by its letters: spelling is no fault, a missing word is."""

from __future__ import annotations

import pytest

from dubber.synthesis.words import difference, doubt, starts, understood, usual

CLEAR, MUMBLED = 0.0, 4.2  # letters that a voice's takes usually differ by: hibari's, espeak-ng's


def told(text: str, heard: str, usual: float = CLEAR) -> str | None:
    return doubt(difference(text, heard), usual)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("It's late, and the harbour is empty!", "its late and the harbor is empty"),
        ("GET DOWN! ALL OF YOU!", "Get down, all of you."),
        (
            "Mr. Okonkwo arrives at 7:45 on platform 12.",
            "Mister Okonkwo arrives at seven forty-five on platform twelve.",
        ),
        ("That will be 1,250 dollars, madam.", "That will be $1,250. Madam."),
        ("Twenty-five years, and no letter.", "25 years and no letter."),
        ("He walked 400 kilometres home.", "He walked 400 km home."),
        ("The lighthouse keeper saw it.", "The light house keeper saw it."),
        ("Où est passée la clé ?", "OU EST PASSEE LA CLE?"),
        ("橋が閉まっていた。", "橋がしまっていた"),
        ("...", ""),
    ],
)
def test_another_spelling_is_the_same_words(text: str, heard: str) -> None:
    assert told(text, heard) is None


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        ("Bring the rope, the lantern,", "words are missing"),
        ("left of the bread", "words are missing"),
        ("Bring the rope, the lantern, and whatever is left of the", "last word"),
        ("Bring the rope, the lantern, and whatever is left of the bread. " * 2, "more is said"),
        ("Bring the rope, the umbrella, and whatever is left of the bread.", "other words"),
        ("Thank you for watching.", "words are missing"),
        ("", "words are missing"),
    ],
)
def test_missing_added_and_other_words_are_found_in_a_clear_voice(heard: str, why: str) -> None:
    assert why in str(told("Bring the rope, the lantern, and whatever is left of the bread.", heard))


def test_a_voice_that_is_often_misheard_is_given_more() -> None:
    text, heard = "Nobody here never saw the harbour by the river.", "No more, and he was in the harm by the river."
    assert told(text, heard) and told(text, heard, MUMBLED) is None
    assert told("My father kept bees, and my mother kept the accounts.", "My father kept bees.", MUMBLED)


VERSE = ("The lantern on the harbour wall is lit.", "Nobody remembers who painted the door.", "We sail for Madeira.",
         "My cousin bought a wooden ladder.", "Every window in the kitchen was open.")  # fmt: skip


@pytest.mark.parametrize("wrong", ["word", "line"])
def test_half_of_a_voices_takes_may_be_wrong_and_each_is_found(wrong: str) -> None:
    """A recogniser that hears each letter: the middle take of ten differs by as much as the wrong ones do."""
    line = "Guten Abend, meine Damen und Herren."
    spoilt = [text.replace(max(text.split(), key=len), "telephone") if wrong == "word" else line for text in VERSE]
    takes = [
        difference(text, heard) for text, heard in (*zip(VERSE, VERSE, strict=True), *zip(VERSE, spoilt, strict=True))
    ]
    found = [doubt(one, usual(takes), understood=understood(takes)) for one in takes]
    assert not any(found[:5]) and all(found[5:])


def test_another_line_of_a_voice_that_is_often_misheard_is_found() -> None:
    text, other = "Nobody here never saw the harbour by the river.", "Somebody told a rather unlike story of cattle."
    assert told(text, other, MUMBLED) is None
    assert doubt(difference(text, other), MUMBLED, understood=True) == "other words are heard"


def test_the_times_of_words_say_where_the_phrases_of_a_line_begin() -> None:
    said = ["When", "the", "harbor", "freezes,", "nobody", "sails."]
    heard = [(word, 300.0 * place) for place, word in enumerate(said)]
    assert starts(["When the harbour freezes,", "nobody sails."], heard) == (1200.0,)
    assert starts(["When the harbour freezes,", "everyone dances."], heard) is None
