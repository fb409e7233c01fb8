"""What is heard and not said, and what is said though it stands in brackets."""

from __future__ import annotations

import pytest

from dubber.subtitles import Reading, parse
from tests.subtitles.test_speakers import cues


def spoken(text: str, *more: str) -> str:
    """What is said of a cue, in a file that has others too."""
    script = cues(text, *more)
    return " ".join(cue.text for cue in script.cues if cue.number == 2)


@pytest.mark.parametrize(
    "text",
    [
        "The United Nations (UN) met in Geneva (Switzerland) in 1948.", "Das war (wie gesagt) nicht nötig.",
        "So f(x) equals 2 (two) here.", "It runs in O(n log n).", "(He never told me.)", "(I told you so)",
        "As in the paper [1].",
        "He came (which I doubt) on foot.", "That is what the [students] said.", "Add (L-1) to (x, y).",
        "(1-P) is divided.",
        "Il est venu (je crois) hier.", "Vino (como siempre) tarde.", "Alle kamen (auch Anna).",
        "[in order to] think of it",
        "(So nobody heard the bell that night.)", "Deux mots (trois avec le nom) suffisent.",
    ],
)  # fmt: skip
def test_brackets_inside_a_sentence_or_around_one_are_speech(text: str) -> None:
    script = cues(text, "And so on.")
    assert not script.left_out
    assert [c for c in script.cues[0].text if c.isalnum()] == [c for c in text if c.isalnum()]


def test_an_index_in_brackets_is_read_without_them() -> None:
    assert spoken("at x[0], then y[1].") == "at x 0, then y 1."


@pytest.mark.parametrize(
    "sound",
    [
        "[door slams]", "(sighs)", "(LAUGHTER)", "[INDISTINCT CHATTER]", "(seufzt)", "[Gelächter]", "(Tür knallt)",
        "(rires)",
        "(il soupire)", "(suspira)", "[risos]", "(sospira)", "(зітхає)", "（笑）", "[Musik]", "(musique douce)",
        "*coughs*",
        "(se racle la gorge)", "(carraspea)", "[звонит телефон]", "[telefonen ringer]",
        "*door creaks*", "_gasps_", "~sobs~", "[pause]",
        "<Gasps>", "(He laughs.)", "[WIND HOWLING]", "(zucht)", "(wzdycha)", "(skrattar)", "(박수)",
        "[音乐]",
    ],
)  # fmt: skip
def test_sounds_of_many_languages_are_not_said(sound: str) -> None:
    assert spoken(f"{sound} Who is there?") == "Who is there?"
    assert spoken(f"Who is there? {sound}") == "Who is there?"
    assert spoken(sound, "Yes.") == ""


@pytest.mark.parametrize(
    "alone", ["[thunderous]", "(a boat)", "[Professor draws a star on the board]", "(DISTANT GULLS)"]
)
def test_a_cue_that_holds_nothing_but_a_bracket_and_no_sentence_is_a_sound(alone: str) -> None:
    assert spoken(alone, "Yes.") == ""


def test_what_the_file_describes_in_brackets_decides_on_words_that_no_list_has() -> None:
    film = ["(sighs)", "(gasps) No!", "(door slams)", "Yes."]
    assert spoken("Well (tongue in cheek) yes. (tongue of fire)", *film) == "Well (tongue in cheek) yes."
    assert spoken("Well yes. (tongue of fire)", "Yes.") == "Well yes. (tongue of fire)"


def test_a_transcribers_marks_do_not_make_insertions_sounds() -> None:
    lecture = ["We [inaudible] it.", "So [inaudible].", "[laugh] Yes.", "[inaudible] then."]
    assert spoken("[There are] two of [them].", *lecture) == "There are two of them."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HE SIGHS", ""), ("What?! LAUGHTER", "What?!"), ("DOOR SLAMS", ""), ("SHE SOBS Oh, no.", "Oh, no."),
        ("APPLAUSE", ""), ("MUSIC: 'Sea Song' by The Lanterns", ""),
        ("THEY LAUGH AND WHISTLING", ""), ("STOP LAUGHING!", "STOP LAUGHING!"), ("NO CRYING", "NO CRYING"),
        ("I NEED HELP", "I NEED HELP"),
        ("MUSIC", ""), ("The BBC said so.", "The BBC said so."),
    ],
)  # fmt: skip
def test_capitals_without_brackets_are_sounds_when_their_words_are(text: str, expected: str) -> None:
    assert spoken(text, "Where is she?", "In the house.") == expected


def test_a_file_that_shouts_says_its_capitals() -> None:
    assert spoken("HE SIGHS WHEN HE SEES ME", "WHERE IS SHE?", "IN THE HOUSE.") == "HE SIGHS WHEN HE SEES ME"


@pytest.mark.parametrize("text", ["*very* good", "a * b * c", "**Now**"])
def test_stars_that_stress_a_word_do_not_hide_it(text: str) -> None:
    assert spoken(text).replace("*", "").split() == text.replace("*", "").split()


@pytest.mark.parametrize("ornament", ["***", "====", "~~~~", "-----", "###", "____"])
def test_ornaments_are_listed_and_never_read_out(ornament: str) -> None:
    script = cues(f"{ornament} Part two {ornament}", ornament)
    assert [cue.text for cue in script.cues] == ["Part two"]
    assert [left.text for left in script.left_out] == [ornament]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("♪ The tide is out\n♪ the tide is in", ""), ("♪ One line only", ""),
        ("The tide is out,\nthe tide is in ♪", ""),
        ("♪ The tide\nis out ♪", ""), ("¶ La la ¶", ""), ("~ Sweet dreams\nare far away ~", ""), ("# La la la #", ""),
        ("#La la la#", ""), ("â™ª La la la â™ª", ""), ("♫ La la ♫\nStop that!", "Stop that!"),
        ("Stop that!\nla la ♪", "Stop that!"),
        ("♪ La la la\n- Stop that!", "Stop that!"), ("ANNA: ♪ la la ♪", ""), ("¶ la\n¶ la", ""),
        ("~ la la\n~ lu lu", ""),
        ("It costs ~5 pounds.", "It costs ~5 pounds."),
        ("You are #1 in the # of boats.", "You are #1 in the # of boats."),
    ],
)  # fmt: skip
def test_lines_with_notes_of_every_kind_are_sung(text: str, expected: str) -> None:
    assert spoken(text, "ANNA: Yes.", "ANNA: No.") == expected


def test_songs_and_sounds_can_be_spoken() -> None:
    script = cues("~ la la ~", "(sighs) Yes.", lyrics="speak", sounds="speak")
    assert [cue.text for cue in script.cues] == ["la la", "sighs Yes."]


def test_common_names_are_no_sounds() -> None:
    from dubber.subtitles.sounds import listed

    names = (
        "Barker Gunnar Singer Bell Claire Bird Rain Wind Horn Clapp Crowe Ringo Humphrey Sniffen Doggett Risa Moan Ring"
    )
    assert [name for name in names.split() if listed(name)] == []


def test_web_captions_and_ass_have_the_same_rules() -> None:
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n(sighs) The UN (Geneva) met.\n"
    ass = "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,(sighs) The UN (Geneva) met.\n"
    for text, suffix in ((vtt, ".vtt"), (ass, ".ass")):
        assert [cue.text for cue in parse(text.encode(), suffix, Reading()).cues] == ["The UN (Geneva) met."]


@pytest.mark.parametrize(
    "sound", ["Gasps", "door slams", "Wind howling", "clears throat", "HE SIGHS", "speaking French"]
)
@pytest.mark.parametrize("marks", ["<{}>", "&lt;{}&gt;"])
def test_a_sound_in_angle_brackets_is_listed_as_one_escaped_or_not(sound: str, marks: str) -> None:
    script = cues(f"{marks.format(sound)} Not you!", marks.format(sound), "Yes.")
    assert [cue.text for cue in script.cues] == ["Not you!", "Yes."]
    assert [(left.text, left.reason) for left in script.left_out] == [(f"<{sound}>", "sound description (2 times)")]
    assert not script.warnings


@pytest.mark.parametrize("tag", ["section", "Component", "my-button", "T", "img alt='laughs'"])
def test_an_escaped_tag_is_words_whatever_its_name(tag: str) -> None:
    assert spoken(f"Put it in a &lt;{tag}&gt; here.", "Yes.") == f"Put it in a <{tag}> here."


def test_sounds_that_are_spoken_lose_the_marks_around_them() -> None:
    text = "1\n00:00:01,000 --> 00:00:03,000\n<Gasps> No! *coughs* (sighs) Open a &lt;div&gt;.\n"
    script = parse(text.encode(), ".srt", Reading(sounds="speak"))
    assert [cue.text for cue in script.cues] == ["Gasps No! coughs sighs Open a <div>."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[in Spanish]: Hola.", "Hola."), ("(speaking French): Bonjour.", "Bonjour."), ("HE SPEAKS GERMAN", ""),
        ("THEY SPEAK IN FRENCH", ""), ("SPEAK GERMAN!", "SPEAK GERMAN!"), ("I said [bleep] you.", "I said you."),
        ("What a [expletive] day.", "What a day."),
    ],
)  # fmt: skip
def test_languages_that_are_spoken_and_words_that_are_bleeped_are_not_said(text: str, expected: str) -> None:
    assert spoken(text, "Yes.") == expected
