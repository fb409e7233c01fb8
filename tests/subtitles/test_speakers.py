"""Who speaks: labels of recognisers and meeting tools, names in brackets, speakers who stay, colours."""

from __future__ import annotations

import pytest

from dubber.errors import InputError
from dubber.model import Script
from dubber.schema import read
from dubber.subtitles import Reading, parse

Said = list[tuple[str | None, str]]


def cues(*texts: str, gap: int = 100, **reading: object) -> Script:
    """An SRT file with a cue of 1.9 s (less the gap, in ms) for each text."""

    def clock(time: int) -> str:
        return f"00:{time // 60_000:02}:{time // 1000 % 60:02},{time % 1000:03}"

    blocks = [
        f"{n}\n{clock(2000 * n)} --> {clock(2000 * n + 2000 - gap)}\n{text}\n\n" for n, text in enumerate(texts, 1)
    ]
    return parse("".join(blocks).encode(), ".srt", Reading(**reading))  # type: ignore[arg-type]


def said(script: Script) -> Said:
    return [(cue.speaker, cue.text) for cue in script.cues]


def speakers(script: Script) -> list[str | None]:
    return [cue.speaker for cue in script.cues]


@pytest.mark.parametrize(
    "header", ["{}  {}", "{} {}:", "{} ({})", "{} [{}]", "{1} {0}", "[{1}] {0}", "({1}) {0}", "{} - {}", "{} | 00:{}.5"]
)
def test_a_line_of_a_name_and_a_time_above_the_text_names_the_speaker(header: str) -> None:
    meeting = [("Anna Weber", "00:02", "Good morning."), ("Bruno Keller", "00:04", "Shall we start at 10:30?")]
    meeting += [("Anna Weber", "00:08", "Yes."), ("Lin, Wei (Guest)", "00:12", "Hello.")]
    texts = [f"{header.format(name, time)}\n{text}" for name, time, text in meeting]
    script = cues(*texts[:2], "It is late.", *texts[2:])
    assert [(name and name.partition(" (")[0], text) for name, text in said(script)] == [
        ("Anna Weber", "Good morning."), ("Bruno Keller", "Shall we start at 10:30?"), ("Bruno Keller", "It is late."),
        ("Anna Weber", "Yes."), ("Lin, Wei", "Hello."),
    ]  # fmt: skip
    assert sum(left.reason == "a time" for left in script.left_out) == 4 and not script.warnings


def test_a_header_in_a_cue_of_its_own_names_who_speaks_next_and_several_in_a_cue_are_read() -> None:
    script = cues("Anna Weber  0:02", "Good morning.", "Bruno 0:06\nHello.\nAnna Weber 0:07\nFine.")
    assert said(script) == [("Anna Weber", "Good morning."), ("Bruno", "Hello."), ("Anna Weber", "Fine.")]


@pytest.mark.parametrize("film", [["Berlin 10:30", "Hamburg 09:15"], ["Platform Nine 10:30"], ["Berlin 09:00"] * 2])
def test_a_place_and_a_time_in_a_film_are_said(film: list[str]) -> None:
    texts = ["When does the train leave?", *film, "Let us look.", "At noon.", "Then we wait."]
    assert [text for _, text in said(cues(*texts, rolling=False))] == texts


@pytest.mark.parametrize(
    "label",
    [
        "[SPEAKER_00]: ", "(speaker 1) ", "[Speaker 2] ", "speaker1: ", "Speaker A: ", "spk_0: ", "[Speaker:0] ",
        "Sprecher 1: ",
        "Guest-1: ", "Speaker 3 (00:05): ", "[Hablante 2]: ", "(speaker ?) ", "说话人1：", "Locuteur 2 : ",
    ],
)  # fmt: skip
def test_the_label_of_a_recogniser_is_a_speaker_even_once(label: str) -> None:
    script = cues("We begin.", label + "Good morning.", "Fine.")
    assert script.cues[1].speaker and script.cues[1].speaker in label
    assert script.cues[1].text == "Good morning."


def test_arrows_are_another_speaker_and_a_name_behind_them_is_hers() -> None:
    script = cues("&gt;&gt; Good evening.", "&gt;&gt; ANNA: Thank you.", "&gt;&gt; And now the weather.")
    assert said(script) == [(None, "Good evening."), ("ANNA", "Thank you."), (None, "And now the weather.")]


def test_live_captions_go_on_with_a_speaker_until_the_next_arrows() -> None:
    script = cues(">> ANNA: The harbour is closed", "for the winter.", ">> BRUNO: Since when?", ">> Since today.")
    assert speakers(script) == ["ANNA", "ANNA", "BRUNO", None]


def test_a_meeting_names_everybody_also_who_speaks_once() -> None:
    script = cues(
        "Anna Weber: Good morning.", "Bruno Keller (she/her): Morning.", "Anna Weber: Two points: budget and dates.",
        "cora-iPhone: Sorry I am late.", "Bruno Keller (she/her): No problem.", "李 伟: Hello.",
        "Zoë's iPad: Hi there.", "dial_in_7: Can you hear me?", "Anna Weber: We can.", "O'Brien, Pat: no",
    )  # fmt: skip
    assert speakers(script)[:9] == [
        "Anna Weber", "Bruno Keller", "Anna Weber", "cora-iPhone", "Bruno Keller", "李 伟", "Zoë's iPad", "dial_in_7",
        "Anna Weber",
    ]  # fmt: skip
    assert script.cues[2].text == "Two points: budget and dates."


def test_surnames_may_come_first() -> None:
    script = cues(
        "Weber, Anna: Good morning.", "Keller, Bruno: Hi.", "Weber, Anna: So.", "Keller, Bruno: Well, then: go."
    )
    assert speakers(script) == ["Weber, Anna", "Keller, Bruno"] * 2


def test_how_somebody_speaks_is_not_part_of_the_name() -> None:
    script = cues("[ANNA, WHISPERING] Come.", "[ANNA] Now.", "[ANNA, in French] Yes.", "[BEN] No.", "[BEN] Never.")
    assert speakers(script) == ["ANNA"] * 3 + ["BEN"] * 2
    assert [left.text for left in script.left_out] == ["WHISPERING", "in French"]


def test_arrows_inside_a_line_begin_another_turn() -> None:
    assert [text for _, text in said(cues(">> Hello. >> Goodbye.", "So x >> 2 is less."))] == [
        "Hello.", "Goodbye.", "So x >> 2 is less."
    ]  # fmt: skip


def test_a_person_without_a_name_is_known_by_one_label() -> None:
    assert said(cues("MAN: Stop!", *["So."] * 9))[0] == ("MAN", "Stop!")


def test_a_sentence_with_a_colon_is_no_name_in_a_meeting() -> None:
    script = cues("Anna: Well.", "Ben: Yes.", "Anna: No.", "Ben: We said it.", "then he said: go on", "Anna: Then go.")
    assert speakers(script)[4] is None and script.cues[4].text == "then he said: go on"


@pytest.mark.parametrize(
    "name", ["ANNA AND BRUNO", "ANNA & BRUNO", "MAN #2", "DR. WEBER", "O'BRIEN", "McGEE", "FIRST MAN"]
)
def test_names_in_capitals_are_people_however_they_are_composed(name: str) -> None:
    assert said(cues(f"{name}: Hold the line.", "BRUNO: No.", "BRUNO: Never."))[0] == (name, "Hold the line.")


@pytest.mark.parametrize(
    "name", ["Barker", "Gunnar", "Singer", "Bell", "Rain", "Claire", "Horn", "Laughlin", "Clapton"]
)
def test_a_name_that_begins_like_a_sound_is_a_name_when_the_file_uses_it_as_one(name: str) -> None:
    colon = cues(f"[{name}]: Good morning.", "[Anna]: Morning.")
    assert speakers(colon) == [name, "Anna"]
    bare = cues(f"[{name}] Good morning.", "[Anna] Morning.", f"[{name}] Sit down.", "[Anna] No.", "[door slams]")
    assert speakers(bare) == [name, "Anna", name, "Anna"]


@pytest.mark.parametrize("name", ["Adams", "Browning", "Kelly", "Alfred", "Brooks"])
def test_a_name_that_ends_like_a_description_is_a_name_where_sounds_are_spelled_otherwise(name: str) -> None:
    talk = (f"[{name}] Good morning.", "[Anna] Morning.", f"[{name}] Sit down.", "[Anna] No.")
    assert speakers(cues(*talk, "[door slams]")) == [name, "Anna", name, "Anna"]


@pytest.mark.parametrize(
    "sound", ["Sighs", "LAUGHING", "Softly", "In English", "Tires screech", "Over radio", "Guns cocking"]
)
def test_a_description_is_no_speaker_however_often_it_comes(sound: str) -> None:
    script = cues(f"[{sound}] Well.", f"[{sound}] Fine.", "[Anna] Yes.", "[Anna] No.", "[door slams]", "[gasps]")
    assert speakers(script) == [None, None, "Anna", "Anna"]
    assert (script.left_out[0].text, script.left_out[0].reason) == (f"[{sound}]", "sound description (2 times)")


@pytest.mark.parametrize(
    ("label", "who", "how"),
    [
        ("(MAN ON RADIO): ", "MAN", "ON RADIO"), ("[woman over PA] ", "woman", "over PA"), ("(BOY) ", "BOY", ""),
        ("[Reporter on TV]: ", "Reporter", "on TV"), ("SAM IN FRENCH: ", "SAM", "IN FRENCH"),
    ],
)  # fmt: skip
def test_whoever_speaks_through_a_device_is_the_same_person(label: str, who: str, how: str) -> None:
    script = cues(label + "Storm warning.", "SAM: I heard it.", "SAM: Go.")
    assert said(script)[0] == (who, "Storm warning.")
    assert [left.text for left in script.left_out] == ([how] if how else [])


def test_a_bracketed_name_keeps_its_voice_while_its_sentence_goes_on() -> None:
    script = cues(
        "So.", "[Anna] I never thought", "that the boat would come,", "[Ben] It did.", "And now?", "[Anna] Wait."
    )
    assert speakers(script) == [None, "Anna", "Anna", "Ben", None, "Anna"]


def test_a_name_alone_in_a_cue_announces_the_next() -> None:
    assert said(cues("ANNA: Stay.", "BEN:", "I will not.", "ANNA: Please."))[1] == ("BEN", "I will not.")


DESCRIPT = ("Anna: Good morning everyone.", "It is nice to be here", "and we have much to do.", "Bruno: Yes we do.",
            "Let us begin now.", "Anna: Who has the plan?", "Nobody.")  # fmt: skip


def test_speakers_stay_where_the_labels_show_that_they_do() -> None:
    assert speakers(cues(*DESCRIPT)) == ["Anna", "Anna", "Anna", "Bruno", "Bruno", "Anna", "Anna"]
    assert speakers(cues("[SPEAKER_00]: One.", "Two.", "[SPEAKER_01]: Three.", "Four."))[1::2] == [
        "SPEAKER_00",
        "SPEAKER_01",
    ]
    assert speakers(cues(*DESCRIPT, sticky="false"))[1] is None


def test_names_of_those_who_are_not_seen_do_not_stay() -> None:
    film = (
        "ANNA: Where are you?",
        "I am here.",
        "What is it?",
        "BEN: Come.",
        "No.",
        "BEN: Come now.",
        "Why?",
        "- Look.\n- At what?",
    )
    assert speakers(cues(*film)) == ["ANNA", None, None, "BEN", None, "BEN", None, None, None]
    assert speakers(cues(*film, sticky="true"))[:7] == ["ANNA", "ANNA", "ANNA", "BEN", "BEN", "BEN", "BEN"]


def test_a_meeting_where_each_line_is_named_has_nobody_who_stays() -> None:
    assert speakers(cues("Anna: One.", "Ben: Two.", "Anna: Three.", "Ben: Four.", "Five."))[-1] is None


def coloured(*lines: tuple[str, str], tag: str = '<font color="{}">{}</font>') -> list[str]:
    return [tag.format(colour, text) if colour else text for colour, text in lines]


TALK = [
    ("#ffff00", "Is the lamp on?"),
    ("#00ffff", "It is."),
    ("", "Nobody came."),
    ("#ffff00", "Then wait."),
    ("#00ffff", "I do."),
]


def test_colours_are_speakers_where_a_file_uses_them_so() -> None:
    assert speakers(cues(*coloured(*TALK))) == ["yellow", "cyan", None, "yellow", "cyan"]
    assert speakers(cues(*coloured(*TALK), colours=False)) == [None] * 5


def test_two_colours_in_a_cue_are_two_speakers() -> None:
    both = '<font color="yellow">Left?</font>\n<font color="cyan">Right.</font>'
    assert said(cues(*coloured(*TALK), both))[-2:] == [("yellow", "Left?"), ("cyan", "Right.")]


def test_colour_classes_of_web_captions_are_speakers() -> None:
    text = "WEBVTT\n\n" + "".join(
        f"00:{2 * n:02}.000 --> 00:{2 * n + 1:02}.000\n<c.{colour}.bg_black>Line {n}.</c>\n\n"
        for n, colour in enumerate(["yellow", "cyan", "green"] * 3)
    )
    assert speakers(parse(text.encode(), ".vtt", Reading()))[:3] == ["yellow", "cyan", "green"]


@pytest.mark.parametrize(
    "texts",
    [
        ['I am <font color="#ff0000">very</font> sad.', 'You <font color="#00ff00">are</font>?',
         'So <font color="red">am</font> I.',
         'And <font color="lime">she</font>?'],
        [
            f'<font color="#ffffff">{one}</font>\n<font color="#ffff00">{two}</font>'
            for one, two in (("Where is it?", "Wo ist es?"), ("Here.", "Hier."), ("Come.", "Komm."))
        ],
        [f'<font color="#ffff00">Line {n}.</font>' for n in range(5)],
    ],
    ids=["words", "two languages", "one colour"],
)  # fmt: skip
def test_other_uses_of_colour_are_no_speakers(texts: list[str]) -> None:
    assert set(speakers(cues(*texts))) == {None}


def test_dashes_of_every_width_are_two_speakers() -> None:
    for dash in "-–—－―":
        assert [text for _, text in said(cues(f"{dash} Who is there?\n{dash} It is me."))] == [
            "Who is there?",
            "It is me.",
        ]


def test_a_profile_may_say_true_and_false_for_who_stays() -> None:
    faults: list[InputError] = []
    assert read(Reading, {"sticky": True}, "reading", faults) == {"sticky": "true"}
    assert read(Reading, {"sticky": "auto"}, "reading", faults) == {"sticky": "auto"} and not faults
    read(Reading, {"sticky": "often"}, "reading", faults)
    assert "auto, true, false" in str(faults[0])


def test_the_times_that_a_transcript_writes_before_its_names_are_not_read_out() -> None:
    script = cues("[00:00:01] Anna: Good evening.", "[00:00:03] Bruno: Hello.", "[00:00:05] Anna: Well then.")
    assert said(script) == [("Anna", "Good evening."), ("Bruno", "Hello."), ("Anna", "Well then.")]
    assert {left.text for left in script.left_out} == {"[00:00:01]", "[00:00:03]", "[00:00:05]"}
    assert script.warnings == ()


def test_one_time_in_brackets_is_what_somebody_says() -> None:
    assert said(cues("[10:30] is too late.", "Why?", "I am tired."))[0] == (None, "10:30 is too late.")


def test_a_singer_whose_song_is_left_out_is_not_announced() -> None:
    script = cues("Anna: ♪ Over the sea ♪", "Stop it.")
    assert said(script) == [(None, "Stop it.")]
    assert script.warnings == ()


@pytest.mark.parametrize(
    "title",
    [
        "Le roi", "La vieille dame", "Le roi de France", "La reina", "Der Wirt", "Der alte König", "Il re", "De koning",
        "O rei", "the innkeeper",
    ],
)  # fmt: skip
def test_a_title_in_brackets_that_comes_back_before_speech_is_a_speaker(title: str) -> None:
    script = cues(f"[{title}] Ave.", "[Cantor] Salve.", f"[{title}] Vale.")
    assert said(script) == [(title, "Ave."), ("Cantor", "Salve."), (title, "Vale.")]


@pytest.mark.parametrize(
    "sound", ["la porte claque", "Die Tür knallt", "Le chat miaule", "La puerta se cierra", "Il gatto miagola"]
)
def test_an_article_with_a_verb_behind_its_noun_is_a_sound_however_often_it_comes(sound: str) -> None:
    script = cues("[Le roi] Ave.", "[sighs] Vale.", f"[{sound}] Quis?", "[gasps]", f"[{sound}] Ubi?", "[Le roi] Ita.")
    assert speakers(script) == ["Le roi", None, None, None, "Le roi"] and len(script.left_out) >= 3
    assert not any(sound in cue.text for cue in script.cues)


def test_a_word_that_an_editor_put_into_a_sentence_is_no_speaker() -> None:
    script = cues("[the dog] was here.", "[the dog] was there.")
    assert speakers(script) == [None, None]


@pytest.mark.parametrize("label", ["<speaker 1> ", "{speaker 1} ", "<Speaker 1>: ", "{SPEAKER_01}: ", "<SPEAKER_01> "])
def test_the_label_of_a_recogniser_is_a_speaker_in_any_bracket(label: str) -> None:
    script = cues("We begin.", label + "Good morning.", "Fine.")
    assert script.cues[1].speaker == label.strip("<{}>: ") and script.cues[1].text == "Good morning."


@pytest.mark.parametrize("text", ["-Who?-Me.", "–Who?–Me.", "-Who? -Me.", "- Who?-Me."])
def test_dashes_without_blanks_after_sentence_ends_are_two_speakers(text: str) -> None:
    assert [line for _, line in said(cues(text))] == ["Who?", "Me."]


@pytest.mark.parametrize("text", ["—¿Quién?—dijo Ana.", "-I am so hap...-py.", "Who?-Me."])
def test_a_dash_that_goes_on_in_a_sentence_is_no_other_speaker(text: str) -> None:
    assert len(cues(text).cues) == 1


@pytest.mark.parametrize("how", ["[whispering]", "(softly)", "[on radio]"])
def test_a_name_alone_on_a_line_speaks_what_the_next_says_how_to_say(how: str) -> None:
    script = cues(f"Anna\n{how}: Come here.", "Fine.")
    assert said(script) == [("Anna", "Come here."), (None, "Fine.")]
    assert {one.text for one in script.left_out} >= {how}


def test_a_line_of_speech_above_another_speaker_is_not_her_name() -> None:
    script = cues("Yes.\n[Anna]: No.", "Wait\n[Anna]: So.")
    assert ("Anna", "No.") in said(script) and (None, "Yes.") in said(script) and (None, "Wait") in said(script)


def test_a_name_in_a_bracket_that_tells_how_it_is_said_is_a_speaker_even_once() -> None:
    film = ["The boat leaves at noon.", "Bring the rope."]
    script = cues("[Anna, in Italian] Ciao.", "(Bruno, whispering) Come.", *film)
    assert speakers(script) == ["Anna", "Bruno", None, None]
    assert [text for _, text in said(script)] == ["Ciao.", "Come.", *film]
    assert speakers(cues("[Bells, in distance] Come.", "[Thunder, in the hills] Who is there?", *film)) == [None] * 4


@pytest.mark.parametrize("line", ["ANNA\n{}", "{name}\n{}", "SPEAKER 1  {}", "Anna 00:0{at}: {}", "00:0{at} Anna: {}"])
def test_a_name_that_most_cues_begin_with_names_the_speaker_without_a_colon_of_its_own(line: str) -> None:
    texts = ["Good morning.", "Shall we start?", "Morning to you.", "The budget first."]
    names = ["Anna", "Anna", "Bruno", "Bruno"]
    written = [
        line.replace("ANNA", name.upper()).replace("Anna", name).replace("R 1", f"R {1 + (name == 'Bruno')}")
        for name in names
    ]
    shown = [one.format(text, name=name, at=2 * at) for at, (one, text, name) in
             enumerate(zip(written, texts, names, strict=True), 1)]  # fmt: skip
    script = cues(*shown)
    assert [text for _, text in said(script)] == texts and not script.warnings
    one, _, two, _ = speakers(script)
    assert one and two and one != two and speakers(script) == [one, one, two, two]


def test_two_lines_that_are_no_name_and_a_speech_stay() -> None:
    texts = [
        "GOOD MORNING\nTO YOU ALL",
        "WE SAIL\nAT NOON",
        "GOOD MORNING\nCAPTAIN",
        "BRING\nTHE ROPE",
        "Come On\nthen.",
    ]
    assert [text for _, text in said(cues(*texts))] == [" ".join(text.split()) for text in texts]


def test_a_known_name_behind_a_sentence_begins_another_turn() -> None:
    script = cues("ANNA: Where is he? BRUNO: At home.", "BRUNO: And you?", "ANNA: I say this: go. It is late.")
    assert said(script) == [
        ("ANNA", "Where is he?"), ("BRUNO", "At home."), ("BRUNO", "And you?"), ("ANNA", "I say this: go. It is late."),
    ]  # fmt: skip
    assert not script.warnings


def test_names_in_braces_are_names_as_those_in_other_brackets_are() -> None:
    script = cues("{Anna} Good morning.", "{Bruno} Morning.", "{Anna} Shall we?", "{Bruno} Yes.")
    assert speakers(script) == ["Anna", "Bruno", "Anna", "Bruno"]
