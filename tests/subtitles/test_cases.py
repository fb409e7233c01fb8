"""Cases from real files that the parsers of the field lose, misread or speak. Each names what it guards against."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dubber.errors import InputError
from dubber.model import Script
from dubber.subtitles import Reading, parse, suffixes


def srt(text: str, **reading: object) -> Script:
    return parse(text.encode(), ".srt", Reading(**reading))  # type: ignore[arg-type]


def vtt(text: str) -> Script:
    return parse(text.encode(), ".vtt", Reading())


def ass(*events: str, form: str = "", **reading: object) -> Script:
    head = "[Script Info]\n\n[V4+ Styles]\nStyle: Default,Arial,x,&Hzz\n\n[Events]\n" + form
    return parse((head + "\n".join(events)).encode(), ".ass", Reading(**reading))  # type: ignore[arg-type]


def event(text: str, start: int = 1, end: int = 2, style: str = "Default", name: str = "") -> str:
    return f"Dialogue: 0,0:00:{start:02}.00,0:00:{end:02}.00,{style},{name},0,0,0,,{text}"


def texts(script: Script) -> list[str]:
    return [cue.text for cue in script.cues]


def said(script: Script) -> list[tuple[str | None, str]]:
    return [(cue.speaker, cue.text) for cue in script.cues]


def one(text: str) -> list[tuple[str | None, str]]:
    return said(srt(f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n"))


A, B = "00:00:01,000 --> 00:00:02,000", "00:00:03,000 --> 00:00:04,000"


@pytest.mark.parametrize(
    "text",
    [
        f"1\n{A}\nHello\n\nthere.\n\n2\n{B}\nBye.\n",
        f"1\n{A}\nHello\nthere.\n2\n{B}\nBye.\n",
        f"{A}\nHello\nthere.\n\n{B}\nBye.",
        f"1\r\r\n{A}\r\r\nHello\r\r\nthere.\r\r\n\r\r\n2\r\r\n{B}\r\r\nBye.",
        f"1\r{A}\rHello\rthere.\r\r2\r{B}\rBye.",
        f"2\n{B}\nBye.\n\n1\n{A}\nHello\nthere.\n\n",
        f"\ufeff1\n{A}\nHello\u2028there.\n\n2\n{B}\nBye.",
        f"1\n\n{A}\n\nHello\\Nthere.\n\n\n\n2\n\n{B}\n\nBye.\n\n3\n",
        f"1\n{A.replace(',', '.')}\n{{\\an8}}<i>Hello</i>\nthere.\n\n2\n{B.replace(' --> ', '-->')}\nBye.",
        "1\n00:00:01,0 --> 00:00:02,00\nHello there.\n\n2\n0:0:3 --> 00:04.000 X1:1 Y1:2\nBye.",
    ],
)
def test_two_cues_stay_two_cues_however_the_file_was_mangled(text: str) -> None:
    script = srt(text)
    assert [(cue.window.start, cue.window.end) for cue in script.cues] == [(1000, 2000), (3000, 4000)]
    assert texts(script) == ["Hello there.", "Bye."]
    assert script.left_out == ()


def test_a_short_fraction_is_decimal() -> None:
    assert srt("1\n00:00:01,5 --> 00:00:02,25\nHi\n").cues[0].window.start == 1500


def test_hours_go_over_99() -> None:
    assert srt("1\n100:00:01,000 --> 100:00:02,000\nHi\n").cues[0].window.start == 360_001_000


@pytest.mark.parametrize("sign", [">>", "–", "—", "-", "=>", "==>", ">", "-->>", "~", "»", " – "])
@pytest.mark.parametrize("read", [srt, vtt])
def test_another_sign_between_two_exact_times_is_meant_as_the_arrow(sign: str, read: Callable[[str], Script]) -> None:
    head = "WEBVTT\n\n" if read is vtt else ""
    script = read(f"{head}1\n{A}\nOne.\n\n2\n00:00:04,000 {sign} 00:00:06,000\nTwo.\n".replace(",000", ".000"))
    assert texts(script) == ["One.", "Two."] and script.left_out == () and script.warnings == ()
    assert (script.cues[1].window.start, script.cues[1].window.end) == (4000, 6000)
    assert any("sign for the arrow" in note for note in script.notes)


@pytest.mark.parametrize(
    "line", ["12:30 – 14:00", "00:00:04 – 00:00:06", "From 00:00:04,000 – 00:00:06,000", "1:02.5 > 1:02.4", "10 - 12"]
)
def test_times_that_somebody_says_are_no_timing_line(line: str) -> None:
    script = srt(f"1\n{A}\nIt ran\n{line}\n\n2\n{B}\nTwo.\n")
    assert texts(script) == [f"It ran {line}", "Two."] and script.warnings == () and script.notes == ()


def test_a_spoken_number_above_the_next_timing_line_is_spoken() -> None:
    script = srt(f"1\n{A}\nHow old are you?\n42\n\n2\n{B}\nOh.\n")
    assert texts(script) == ["How old are you? 42", "Oh."]


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ("00:00:04,000 --> 00:00:03,000", "it ends before it begins"),
        ("00:00:xx,000 --> 00:00:03,000", "its timing line cannot be read"),
    ],
)
def test_a_broken_cue_is_reported_with_its_line_and_the_rest_is_dubbed(times: str, reason: str) -> None:
    text = f"1\n{A}\nHello.\n\n2\n{times}\nLost words.\n\n3\n{B}\nBye.\n"
    script = srt(text)
    assert texts(script) == ["Hello.", "Bye."]
    assert [(left.number, left.text, left.reason) for left in script.left_out] == [(6, "Lost words.", reason)]
    with pytest.raises(InputError, match=r"film\.srt: line 6: " + reason):
        parse(text.encode(), ".srt", Reading(), strict=True, name="film.srt")


@pytest.mark.parametrize(
    ("times", "start", "end", "said"),
    [
        ("00:00:02,000 --> 00:00:02,000", 1000, 2000, ["Hello. There.", "Bye."]),  # with the cue that it touches
        ("00:00:02,990 --> 00:00:02,990", 3000, 4000, ["Hello.", "There. Bye."]),
        ("00:00:02,900 --> 00:00:02,100", 2100, 2900, ["Hello.", "There.", "Bye."]),  # swapped
    ],
)
def test_a_cue_without_a_length_is_spoken_where_a_person_would_say_it(
    times: str, start: int, end: int, said: list[str]
) -> None:
    script = srt(f"1\n{A}\nHello.\n\n2\n{times}\nThere.\n\n3\n{B}\nBye.\n")
    assert texts(script) == said
    assert any((cue.window.start, cue.window.end) == (start, end) and "There." in cue.text for cue in script.cues)
    assert script.broken == () and len(script.notes) == 1


def test_a_cue_without_a_length_far_from_all_others_lasts_as_long_as_its_words() -> None:
    far = "00:00:40,000 --> 00:00:40,000"
    script = srt(f"1\n{A}\nHi.\n\n2\n{far}\nThe boat leaves at noon.\n\n3\n00:01:00,000 --> 00:01:02,000\nBye.\n")
    assert texts(script) == ["Hi.", "The boat leaves at noon.", "Bye."]
    assert script.cues[1].window.start == 40_000 and 1000 < script.cues[1].window.length < 3000


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("One.\n \nTwo.", ["One. Two."]),
        ("\nOne.\nTwo.", ["One. Two."]),
        ("\n\nOne.\n\n\nTwo.", ["One. Two."]),
        ("One.\n\n- Two.\n- Three.", ["One.", "Two.", "Three."]),
        (" \n\t\nOne.", ["One."]),
        ("One.\n\nNOTE a comment\nof two lines", ["One."]),
    ],
)
def test_an_empty_line_ends_no_vtt_cue_before_the_next_times(body: str, expected: list[str]) -> None:
    script = vtt(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{body}\n\n7\n00:03.000 --> 00:04.000\nBye.\n")
    assert texts(script) == [*expected, "Bye."] and script.left_out == ()


@pytest.mark.parametrize(
    "header",
    [
        "WEBVTT\n",
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n",
        "X-TIMESTAMP-MAP=MPEGTS:1\n",
        "WEBVTT - part\n",
    ],
)
@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n\n\n"])
def test_headers_of_joined_segments_are_no_text(header: str, gap: str) -> None:
    cues = [f"00:0{n}.000 --> 00:0{n}.900\nPart {n}." for n in range(1, 4)]
    script = vtt("WEBVTT\n\n" + f"{gap}{header}\n".join(cues))
    assert texts(script) == ["Part 1.", "Part 2.", "Part 3."] and script.broken == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Open a &lt;div&gt; now", "Open a <div> now"),
        ("&lt;b&gt;x&lt;/b&gt; makes it bold", "<b>x</b> makes it bold"),
        ("Write &amp;lt;p&amp;gt; here", "Write <p> here"),
        ("A Map<String> holds", "A Map<String> holds"),
        ("&lt;i&gt;All of it&lt;/i&gt;", "All of it"),
        ("One\\nTwo\\NThree", "One Two Three"),
        ("It is in C:\\new\\notes", "It is in C:\\new\\notes"),
    ],
)
def test_escaped_markup_is_text_and_a_literal_line_break_is_one(text: str, expected: str) -> None:
    assert texts(srt(f"1\n{A}\n{text}\n")) == texts(vtt(f"WEBVTT\n\n{A.replace(',', '.')}\n{text}\n")) == [expected]


def test_broken_words_differ_from_what_is_rightly_not_spoken() -> None:
    script = srt(
        f"Lost words.\n\n1\n{A}\n[door slams] Hello.\n\n2\n00:00:xx,000 --> 00:00:03,000\nMore.\n\n3\n{B}\nBye.\n"
    )
    assert [(left.text, left.kind) for left in script.left_out] == [
        ("Lost words.", "broken"),
        ("[door slams]", "not speech"),
        ("More.", "broken"),
    ]
    assert [left.text for left in script.broken] == ["Lost words.", "More."]


def test_a_cue_without_its_timing_line_is_not_spoken_by_the_one_before() -> None:
    script = srt(f"1\n{A}\nHello.\n\n2\nLost words.\n\n3\n{B}\nBye.\n")
    assert texts(script) == ["Hello.", "Bye."]
    assert [(left.text, left.reason) for left in script.left_out] == [("Lost words.", "it has no timing line")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- Hi.\n- Hello.", [(None, "Hi."), (None, "Hello.")]),
        ("Hi.\n- Hello.", [(None, "Hi."), (None, "Hello.")]),
        ("- Hi there,\nhow are you?", [(None, "Hi there, how are you?")]),
        ("- Hi. - Hello.", [(None, "Hi."), (None, "Hello.")]),
        ("— Bonjour.\n— Salut.", [(None, "Bonjour."), (None, "Salut.")]),
        ("-5 degrees", [(None, "-5 degrees")]),
        ("&gt;&gt; Hi.\n&gt;&gt; Hello.", [(None, "Hi."), (None, "Hello.")]),
        ("(sighs) Fine. [door slams]", [(None, "Fine.")]),
        ("I <3 you", [(None, "I <3 you")]),
        ("AT&amp;T &quot;now&quot; &amp;amp; then", [(None, 'AT&T "now" & then')]),
        ("&lt;i&gt;Now&lt;/i&gt;", [(None, "Now")]),
        ("<b>Bold", [(None, "Bold")]),
        ("Note: this is late.", [(None, "Note: this is late.")]),
        ("It is 12:30", [(None, "It is 12:30")]),
        ("re\u202eversed\u200b \x07bell", [(None, "reversed bell")]),
        ("می\u200cخواهم", [(None, "می\u200cخواهم")]),
        ("今日は\nいい天気です。", [(None, "今日はいい天気です。")]),
        ("♪ la la ♪\nHello.", [(None, "Hello.")]),
        ("...", []),
    ],
)
def test_what_one_cue_says(text: str, expected: list[tuple[str | None, str]]) -> None:
    assert one(text) == expected


def cues(*lines: str) -> Script:
    return srt("".join(f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{line}\n\n" for n, line in enumerate(lines, 1)))


def test_names_before_a_colon_are_learned_and_notes_are_not() -> None:
    script = cues(
        "ANNA: Hello.", "BEN: Hi.", "ANNA: Note: this is late.", "Warning: stop.", "MR. X (whispering): Psst."
    )
    assert [cue.speaker for cue in script.cues] == ["ANNA", "BEN", "ANNA", None, "MR. X"]
    assert script.cues[2].text == "Note: this is late."
    assert [left.text for left in script.left_out] == ["(whispering)"]


def test_names_in_small_letters_are_learned_when_they_come_back() -> None:
    script = cues("Anna: Hello.", "Ben: Hi.", "Anna: Bye.", "Ben: Bye.", "Then he said: no.")
    assert [cue.speaker for cue in script.cues] == ["Anna", "Ben", "Anna", "Ben", None]


def test_names_in_brackets_are_learned_and_sounds_are_not() -> None:
    script = cues(
        "[MARTA] Hi.", "(JONAS) Yes?", "[door slams] Run!", "[MARTA]\nWait, Jonas.", "[SIGHS] No.", "(JONAS) Oh."
    )
    assert [cue.speaker for cue in script.cues] == ["MARTA", "JONAS", None, "MARTA", None, "JONAS"]
    assert [left.text for left in script.left_out] == ["[door slams]", "[SIGHS]"]


def test_chinese_names_have_a_wide_colon() -> None:
    assert said(cues("小明：你好。", "小红：你好。", "小明：再见。", "小红：再见。"))[0] == ("小明", "你好。")


def test_two_speakers_of_a_cue_share_its_index_and_its_window() -> None:
    first, second = cues("- ANNA: Hi.\n- BEN: Hello.").cues
    assert (first.index, first.window) == (second.index, second.window)
    assert (first.speaker, second.speaker) == ("ANNA", "BEN")


def test_captions_that_scroll_are_spoken_once() -> None:
    rolled = "".join(
        f"00:{n:02}.000 --> 00:{n + 1:02}.000\nline {n - 1}\nline<00:{n:02}.500><c> {n}</c>\n\n" for n in range(1, 12)
    )
    script = vtt("WEBVTT\n\n" + rolled)
    assert " ".join(texts(script)) == " ".join(f"line {n}" for n in range(12))
    assert texts(cues("No!", "No!", "Yes.")) == ["No!", "No!", "Yes."]


def test_vtt_voices_entities_notes_and_readings() -> None:
    script = vtt(
        "WEBVTT\nLanguage: fr\n\nSTYLE\n::cue { color: red }\n\nNOTE not\nspoken\n\n"
        "intro\n0:01.5 --> 0:00:02.000 line:0\n"
        "<v.loud Mary Ann>Fish &amp; chips &lt;now&gt;</v>\n<v BEN>Yes.\n\n00:03.000 --> 00:04.000\n"
        "<ruby>漢<rt>kan</rt></ruby>\n"
    )
    assert said(script) == [("Mary Ann", "Fish & chips <now>"), ("BEN", "Yes."), (None, "漢")]
    assert script.cues[0].window.start == 1500
    assert script.language == "fr"
    assert [left.reason for left in script.left_out] == ["ruby reading"]


def test_a_vtt_file_without_its_heading_is_read_and_told() -> None:
    script = vtt("00:01.000 --> 00:02.000\nHi.\n")
    assert texts(script) == ["Hi."] and "heading" in script.notes[0]


def test_ass_codes_drawings_karaoke_and_comments_are_not_spoken() -> None:
    script = ass(
        event(r"{\k20}ka{\k30}ra{\k10}o{\k5}ke, {\i1}yes{\i0}\Nno\hway"),
        event(r"{\p1}m 0 0 l 9 9", 3, 4),
        "Comment: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,hidden",
    )
    assert texts(script) == ["karaoke, yes no way"]
    assert script.left_out == ()


def test_ass_text_that_goes_on_in_the_next_line_and_an_event_inside_an_event_are_read() -> None:
    nested = event("").removeprefix("Dialogue: ") + "Well,"
    script = ass(event("Hello"), "there: friend.", "; a remark", event(nested, 3, 4), event(event("no."), 5, 6))
    assert texts(script) == ["Hello there: friend.", "Well,", "no."]
    assert script.warnings == () and script.left_out == ()


def test_an_ass_event_without_a_length_belongs_to_the_one_that_it_touches_or_is_never_shown() -> None:
    script = ass(event("Hello."), event("There.", 2, 2), event("by a friend", 0, 0), event("Bye.", 3, 4))
    assert texts(script) == ["Hello. There.", "Bye."]
    assert [(left.text, left.kind) for left in script.left_out] == [("by a friend", "not speech")]
    assert script.warnings == () and script.broken == ()


def test_ass_signs_are_left_out_by_a_rule_that_can_be_changed() -> None:
    events = (
        event("Hello."),
        event("At the top.{\\an8}", 2, 3),
        event(r"{\pos(1,2)}SHOP", 3, 4),
        event("OP", 4, 5, "OP"),
    )
    assert texts(ass(*events)) == ["Hello.", "At the top."]
    assert len(ass(*events).left_out) == 2
    assert texts(ass(*events, positioned="speak", sign_styles=())) == ["Hello.", "At the top.", "SHOP", "OP"]


def test_a_file_that_places_all_its_text_is_spoken() -> None:
    assert len(ass(*[event(rf"{{\pos(1,2)}}Line {n}", n, n + 1) for n in range(1, 9)]).cues) == 8


def test_layers_are_spoken_once_but_two_people_may_say_the_same() -> None:
    assert texts(ass(event("Hi."), event(r"{\blur2}Hi."), event("Hi.", 5, 6))) == ["Hi.", "Hi."]
    assert said(ass(event("What?", name="A"), event("What?", name="B"))) == [("A", "What?"), ("B", "What?")]


def test_ntp_is_nobody_and_a_style_speaks_only_when_it_is_a_name() -> None:
    script = ass(event("a a", 1, 2, "Default", "NTP"), event("Hi, Marta.", 2, 3, "Jonas"), event("Hm.", 3, 4, "Marta"),
                 event("top", 4, 5, "Top"))  # fmt: skip
    assert [cue.speaker for cue in script.cues] == [None, "Jonas", "Marta", None]


def test_one_bad_field_does_not_lose_an_ass_file_and_the_format_line_is_obeyed() -> None:
    script = ass(
        "Dialogue: ANNA,0:00:03.00,0:00:04.00,Hello, you",
        "Dialogue: ANNA,x,0:00:04.00,Lost words",
        "Dialogue: BEN,0,0:00:02.00,First.",
        form="Format: Name, Start, End, Text\n",
    )
    assert said(script) == [("BEN", "First."), ("ANNA", "Hello, you")]
    assert [(left.text, left.reason) for left in script.left_out] == [("Lost words", "its times cannot be read")]


def test_ssa_is_read_too() -> None:
    text = "[Events]\nFormat: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    text += "Dialogue: Marked=0,0:00:01.00,0:00:02.00,*Default,,0,0,0,,Hi.\n"
    assert texts(parse(text.encode(), ".ssa", Reading())) == ["Hi."]


def test_two_languages_at_once_are_told_and_one_can_be_chosen() -> None:
    events = [event(f"{style} {n}", n, n + 1, style) for n in range(1, 12) for style in ("Dial-CH", "Dial-JP")]
    assert "reading.only_styles" in " ".join(ass(*events).notes)
    assert len(ass(*events, only_styles=("*JP",)).cues) == 11


def test_a_file_is_read_as_what_it_is_and_not_as_it_is_named() -> None:
    script = srt("WEBVTT\n\n00:01.000 --> 00:02.000\nHi.\n")
    assert texts(script) == ["Hi."] and "named .srt, but it is .vtt" in script.notes[0]


def test_an_unknown_format_is_an_error_that_names_the_known_ones() -> None:
    assert {".ass", ".srt", ".ssa", ".vtt", ".webvtt"} <= set(suffixes())
    with pytest.raises(InputError, match=r"film\.doc: .doc is no subtitle format .*\.ass, .*\.srt"):
        parse(b"{Hi", ".doc", Reading(), name="film.doc")


def test_japanese_captions_name_their_speakers_in_wide_brackets() -> None:
    script = cues(
        "（律花）お父さん", "（ミア）律花！", "（律花）はい", "（男Ａ）待て", "（男Ａ）おい", "（ミア）",
        *["（ミア）ええ"] * 10, "（爆発音）逃げろ", "（爆発音）早く", "（爆発音）",
    )  # fmt: skip
    assert said(script)[:5] == [
        ("律花", "お父さん"), ("ミア", "律花！"), ("律花", "はい"), ("男Ａ", "待て"), ("男Ａ", "おい")
    ]  # fmt: skip
    assert said(script)[5:] == [("ミア", "ええ")] * 10 + [(None, "逃げろ"), (None, "早く")]
    assert {left.text for left in script.left_out} == {"（爆発音）"}


def test_a_colon_inside_the_bracket_is_not_part_of_the_name() -> None:
    assert said(cues("[Marta:] Come.", "[Marta:] Now.", "[Jonas] Yes.", "[Jonas] No."))[0] == ("Marta", "Come.")


def test_a_word_that_an_editor_put_in_is_no_speaker() -> None:
    script = cues("[It] is late.", "It was here, and it is gone.", "(Сміючись) Так.", "(Сміючись) Ні.")
    assert [cue.speaker for cue in script.cues] == [None] * 4


def test_words_of_a_vtt_file_that_no_cue_can_have_are_on_the_list_and_not_taken_for_an_identifier() -> None:
    script = vtt("WEBVTT\n\n00:01.000 --> 00:02.000\nHi.\n\nNOTE x\n\nLost words.\n\n00:03.000 --> 00:04.000\nBye.\n\n"
                 "two\n00:05.000 --> 00:06.000\nEnd.\n")  # fmt: skip
    assert texts(script) == ["Hi.", "Bye.", "End."]
    assert [(left.text, left.reason) for left in script.left_out] == [("Lost words.", "in no cue: it has no times")]


def test_words_that_stand_alone_behind_the_times_are_said() -> None:
    script = srt(f"1\n{A} Hello there.\n\n2\n{B}\nBye.\n")
    assert texts(script) == ["Hello there.", "Bye."]
    assert script.warnings == ()


def test_the_first_cue_may_have_its_times_the_other_way_round() -> None:
    script = srt(f"1\n00:00:02,000 --> 00:00:01,000\nHello.\n\n2\n{B}\nBye.\n")
    assert [(cue.window.start, cue.text) for cue in script.cues] == [(1000, "Hello."), (3000, "Bye.")]
