"""The formats that people have beside SubRip, WebVTT and ASS: the same dialogue comes out of all of them."""

from __future__ import annotations

import html
import io
import json
import random
import re
import time
import xml.etree.ElementTree as ElementTree
from contextlib import suppress
from dataclasses import replace

import pysubs2
import pytest

from dubber.errors import InputError
from dubber.model import Script
from dubber.subtitles import Reading, parse, suffixes
from dubber.subtitles.account import differences
from tests.subtitles.stl import stl

FIRST, SECOND = "Good evening. It is late.", "Go & rest."
TIMES = [(1000, 3500), (4000, 5000)]

SBV = "0:00:01.000,0:00:03.500\nGood evening.\nIt is late.\n\n0:00:04.000,0:00:05.000\nGo & rest.\n"
LRC = "[ar: Nobody]\n[offset:-500]\n[00:00.50]Good evening. It is late.\n[00:03.00]\n[00:03.50]Go & rest.\n[00:04.50]\n"
MPL2 = "[10][35]Good evening.|/It is late.\n[40][50]Go & rest.\n"
TMPLAYER = "00:00:01:Good evening.|It is late.\n00:00:03,5:\n00:00:04:Go & rest.\n00:00:05:\n"
MICRODVD = "{1}{1}24.000\n{24}{84}Good evening.|{y:i}It is late.\n{96}{120}Go & rest.\n"
SMI = """<SAMI><HEAD><STYLE><!-- P {color: white;} .ENCC {Name: English; lang: en-US;} --></STYLE></HEAD>
<BODY><SYNC Start=1000><P Class=ENCC>Good evening.<br>It is
late.
<SYNC Start=3500><P Class=ENCC>&nbsp;
<SYNC Start="4000"><P Class="ENCC">Go &amp; <font color="red">rest.</font>
<SYNC Start=5000><P Class=ENCC>&nbsp;
</BODY></SAMI>"""
TTML = """<?xml version="1.0" encoding="UTF-16"?>
<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:p="http://www.w3.org/ns/ttml#parameter"
 xml:lang="en" p:tickRate="1000">
<tt:head><tt:styling/></tt:head>
<tt:body><tt:div begin="1s"><tt:p begin="0t" dur="2.5s">Good evening.<tt:br/>It
  is&nbsp;late.</tt:p>
<tt:p begin="3000t" end="00:00:04.000"><tt:span>Go &amp; </tt:span><tt:span>rest.</tt:span></tt:p></tt:div>
</tt:body></tt:tt>"""
SRV3 = """<?xml version="1.0" encoding="utf-8" ?><timedtext format="3"><head><ws id="0"/></head><body>
<p t="1000" d="2500" w="1">Good evening.
It is late.</p>
<p t="4000" d="1000">Go &amp;amp; rest.</p></body></timedtext>"""
SRV1 = """<transcript><text start="1" dur="2.5">Good evening. It is late.</text>
<text start="4.0" dur="1">Go &amp;amp; rest.</text>
</transcript>"""
JSON3 = json.dumps(
    {
        "events": [
            {"tStartMs": 0, "dDurationMs": 9000, "id": 1},
            {"tStartMs": 1000, "dDurationMs": 2500, "segs": [{"utf8": "Good evening.\nIt is late."}]},
            {"tStartMs": 4000, "dDurationMs": 1000, "segs": [{"utf8": "Go & "}, {"utf8": "rest."}]},
        ]
    }
)
WHISPER = 'start,end,text\n1000,3500,"Good evening. It is late."\n4000,5000,Go & rest.\n'
PREMIERE = """Speaker Name,Start Time,End Time,Text
Anna,00:00:01:00,00:00:03:12.5,"Good evening.
It is late."
Bruno,00:00:04:00,00:00:05:00,Go & rest.
""".replace(":12.5", ":13")
TABLE = "Start\tDuration\tTranscript\n1.0\t2.5\tGood evening. It is late.\n4.0\t1.0\tGo & rest.\n"
SUBVIEWER = (
    "[INFORMATION]\n[TITLE]Evening\n[END INFORMATION]\n00:00:01.00,00:00:03.50\nGood evening.[br]It is late.\n\n"
)
SUBVIEWER += "00:00:04.00,00:00:05.00\nGo & rest.\n"
SAMPLES = {
    ".sbv": SBV, ".lrc": LRC, ".mpl": MPL2, ".txt": TMPLAYER, ".sub": MICRODVD, ".smi": SMI, ".ttml": TTML,
    ".srv3": SRV3, ".srv1": SRV1, ".json3": JSON3, ".csv": WHISPER, ".tsv": TABLE,
}  # fmt: skip


def read(text: str | bytes, suffix: str, **more: object) -> Script:
    return parse(text if isinstance(text, bytes) else text.encode(), suffix, Reading(**more))  # type: ignore[arg-type]


def said(script: Script) -> list[str]:
    return [cue.text for cue in script.cues]


def times(script: Script) -> list[tuple[int, int]]:
    return [(cue.window.start, cue.window.end) for cue in script.cues]


@pytest.mark.parametrize("suffix", [*SAMPLES, "no ending"])
def test_each_format_gives_the_same_dialogue(suffix: str) -> None:
    script = read(SAMPLES.get(suffix, SUBVIEWER), suffix if suffix in SAMPLES else "")
    assert said(script) == [FIRST, SECOND]
    assert times(script) == TIMES
    assert script.broken == () and script.warnings == ()


@pytest.mark.parametrize("suffix", SAMPLES)
def test_a_format_is_known_by_what_is_in_it(suffix: str) -> None:
    script = read(SAMPLES[suffix], ".srt")
    assert said(script) == [FIRST, SECOND] and any("read so" in note or "read as" in note for note in script.notes)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_other_code_units_are_read_too(encoding: str) -> None:
    assert said(read(TTML.encode(encoding), ".ttml"))[0] == FIRST


def test_every_format_has_a_sample_here() -> None:
    others = {".ass", ".ssa", ".srt", ".vtt", ".webvtt", ".stl", ".scc"}
    same = {".dfxp": ".ttml", ".itt": ".ttml", ".mpl2": ".mpl", ".sami": ".smi", ".srv2": ".srv3"}
    assert {same.get(suffix, suffix) for suffix in suffixes()} - others == set(SAMPLES) - {".txt"}


# --- written by others ------------------------------------------------------------------------------------------


def events() -> pysubs2.SSAFile:
    file = pysubs2.SSAFile()
    file.append(pysubs2.SSAEvent(1000, 3500, "Good evening.\\NIt is late."))
    file.append(pysubs2.SSAEvent(4000, 5000, "{\\i1}Go & rest.{\\i0}"))
    return file


@pytest.mark.parametrize(("form", "off"), [("microdvd", 20), ("mpl2", 0), ("ttml", 0)])
def test_what_pysubs2_writes_is_read(form: str, off: int) -> None:
    text = events().to_string(form, fps=25) if form == "microdvd" else events().to_string(form)
    script = read(text, ".srt")
    assert said(script) == [FIRST, SECOND]
    assert all(abs(one - two) <= off for found, told in zip(times(script), TIMES, strict=True)
               for one, two in zip(found, told, strict=True))  # fmt: skip


def test_what_ttconv_writes_as_imsc_is_read() -> None:
    from ttconv.imsc.writer import from_model
    from ttconv.srt.reader import to_model

    srt = "1\n00:00:01,000 --> 00:00:03,500\nGood <i>evening</i>.\nIt is late.\n\n"
    srt += "2\n00:00:04,000 --> 00:00:05,000\nGo & rest.\n"
    text = ElementTree.tostring(from_model(to_model(io.StringIO(srt))).getroot())
    script = read(text, ".ttml")
    assert said(script) == [FIRST, SECOND] and times(script) == TIMES


def test_captions_of_scenarist_are_read_and_hold_what_ttconv_wrote() -> None:
    from ttconv.scc.writer import from_model
    from ttconv.srt.reader import to_model

    srt = "1\n00:00:10,000 --> 00:00:12,500\nGood evening.\nIt is late.\n\n"
    srt += "2\n00:00:14,000 --> 00:00:15,000\nGo and rest.\n"
    script = read(from_model(to_model(io.StringIO(srt))), ".scc")
    assert said(script) == [FIRST, "Go and rest."]
    wanted = [(10_000, 12_500), (14_000, 15_000)]
    assert all(abs(one - two) <= 70 for found, told in zip(times(script), wanted, strict=True)
               for one, two in zip(found, told, strict=True))  # fmt: skip


def scc(*rows: str) -> Script:
    """Captions of rows of codes, a second apart; "{Hi}" stands for its letters."""

    def written(match: re.Match[str]) -> str:
        letters = match[1] + "\0" * (len(match[1]) % 2)
        return " ".join(f"{ord(one):02x}{ord(two):02x}" for one, two in zip(letters[::2], letters[1::2], strict=True))

    codes = (re.sub(r"\{([^{}]*)\}", written, row) for row in rows)
    lines = [f"00:00:{number:02}:00\t{row}\n\n" for number, row in enumerate(codes)]
    return read("Scenarist_SCC V1.0\n\n" + "".join(lines), ".scc")


LOAD, SHOW, CLEAR = "9420 9420", "942f 942f", "942c 942c"


@pytest.mark.parametrize(
    "rows",
    [
        (f"94ae 94ae {LOAD} 9470 9470 {{The sea.}} {CLEAR} {SHOW}", f"{LOAD} 9470 9470 {{We sail.}} {CLEAR} {SHOW}"),
        (f"{LOAD} 9470 9470 {{The sea.}}", f"{LOAD} {CLEAR} {SHOW} {LOAD} 9470 9470 {{We sail.}}", f"{LOAD} {SHOW}"),
        (f"{LOAD} 9470 {{The sea.}}", f"942f {LOAD} 1470 {{We sail.}}"),
        ("9425 9425 94ad 94ad 9470 9470 {The sea.}", "9425 9425 94ad 94ad 9470 9470 {We sail.}"),
        ("9426 9426 94ad 94ad 9470 9470 {The sea.} 94ad 94ad {We sail.}",),
        ("9429 9429 1450 1450 {The sea.}", "9429 9429 9470 9470 {We sail.}"),
    ],
    ids=["at once", "shown by the next line", "without an end", "rolls up", "rolls up in one line", "painted"],
)
def test_captions_of_scenarist_are_each_said_once_however_they_come_on_screen(rows: tuple[str, ...]) -> None:
    script = scc(*rows)
    assert said(script) == ["The sea.", "We sail."] and not script.left_out and not script.warnings


def test_rows_of_a_caption_are_read_from_the_top_and_letters_beyond_ascii_replace_their_stand_ins() -> None:
    low, high = "9470 9470 {The sea.}", "1450 1450 {Su n} 1332 1332 {o} 9220 9220 {\x7e\x5c}"
    assert said(scc(f"{LOAD} {low} {high} {SHOW}")) == ["Su ÖÁñé The sea."]


def test_times_of_scenarist_captions_drop_frames_where_the_file_says_so() -> None:
    text = f"Scenarist_SCC V1.0\n\n00:10:00{{}}00\t{LOAD} 9470 9470 4869 {SHOW}\n\n"
    assert [times(read(text.format(mark), ".scc"))[0][0] // 10 for mark in ";:"] == [60016, 60076]


def test_a_broken_line_of_scenarist_captions_is_listed() -> None:
    good = "00:00:01:00\t94ae 94ae 9420 9420 9470 9470 c8e5 ecec ef20 f4e8 e5f2 e5ae 942f 942f"
    script = read(f"Scenarist_SCC V1.0\n\n{good}\n\n00:00:0x:00\t9420 c8e5\n\n00:00:03:15\t942c 942c\n", ".scc")
    assert said(script) == ["Hello there."]
    assert [(left.number, left.kind) for left in script.left_out] == [(5, "broken")]


# --- EBU STL ----------------------------------------------------------------------------------------------------


def test_ebu_stl_is_read_as_ttconv_reads_it() -> None:
    import ttconv.stl.reader

    data = stl([(1000, 3480, "Good evening.\nIt is late."), (4000, 5000, "Go & rest.")])
    script = read(data, ".stl")
    assert said(script) == [FIRST, SECOND] and times(script) == [(1000, 3480), (4000, 5000)]
    assert script.language == "en"
    document = ttconv.stl.reader.to_model(io.BytesIO(data))
    found = [element for element in document.get_body().dfs_iterator() if type(element).__name__ == "P"]
    assert [(round(1000 * one.get_begin()), round(1000 * one.get_end())) for one in found] == times(script)


def test_ebu_stl_spells_accents_by_iso_6937_and_other_scripts_by_their_page() -> None:
    assert said(read(stl([(0, 2000, b"Caf\xc2e \xc8uber")]), ".stl")) == ["Café über"]
    assert said(read(stl([(0, 2000, b"\xe2ur\xf2a \xcfsuti.")]), ".stl")) == ["Đurđa šuti."]
    cyrillic = "Добрый вечер".encode("iso8859_5")
    assert said(read(stl([(0, 2000, cyrillic)], page=b"01"), ".stl")) == ["Добрый вечер"]


def test_a_programme_that_begins_at_ten_is_moved_to_the_films_zero_and_comments_are_not_spoken() -> None:
    ten = 36_000_000
    cues: list[tuple[int, int, str | bytes]] = [
        (ten - 5000, ten - 3000, "Leader."),
        *((ten + 1000 * at, ten + 1000 * at + 880, f"Word {at}.") for at in range(12)),
    ]
    script = read(stl(cues, begins="10000000", comment="Check the mix."), ".stl")
    assert times(script)[0] == (0, 880) and any("moved" in note for note in script.notes)
    assert {left.reason for left in script.left_out} == {"before the programme begins", "a comment"}


def test_a_subtitle_in_several_blocks_is_one() -> None:
    long = " ".join(["A rather long sentence goes on and on."] * 6)
    assert said(read(stl([(0, 9000, long)]), ".stl")) == [long]


def test_a_stl_file_that_is_none_says_so() -> None:
    with pytest.raises(InputError, match="no EBU STL"):
        read("00:00:01:00 , 00:00:02:00 , Good evening.\n", ".stl")


# --- what is escaped is text ---------------------------------------------------------------------------------------

ESCAPED = [
    "Open a <div> here",
    "List<String> and a < b",
    "The <b> tag makes it bold",
    "Write <br> or </p> there",
    "A <ruby> in <v Anna> and <rt>",
    "Fish & chips --> 3 > 2",
]


def written(words: str, form: str) -> str:
    """A file of one cue with these words, as a program would write it."""
    inside = html.escape(words, quote=False)
    if form == ".json3":
        return json.dumps({"events": [{"tStartMs": 4000, "dDurationMs": 2000, "segs": [{"utf8": words}]}]})
    return {
        ".srv3": f'<timedtext format="3"><body><p t="4000" d="2000">{inside}</p></body></timedtext>',
        ".srv1": f'<transcript><text start="4" dur="2">{inside}</text></transcript>',
        ".xml": f'<transcript><text start="4" dur="2"><![CDATA[{words}]]></text></transcript>',
        ".ttml": f'<tt xmlns="http://www.w3.org/ns/ttml"><body><p begin="4s" end="6s">{inside}</p></body></tt>',
        ".smi": f"<SAMI><BODY><SYNC Start=4000><P>{inside}<SYNC Start=6000><P>&nbsp;</BODY></SAMI>",
    }[form]


@pytest.mark.parametrize("form", [".srv3", ".srv1", ".xml", ".ttml", ".smi", ".json3"])
@pytest.mark.parametrize("words", ESCAPED)
def test_what_a_file_has_escaped_is_text_and_no_markup(words: str, form: str) -> None:
    script = read(written(words, form), form)
    assert said(script) == [words] and times(script) == [(4000, 6000)]
    assert script.left_out == () and script.warnings == ()


def test_the_italics_of_srv1_are_escaped_as_its_text_is() -> None:
    shown = 'It is &lt;font color="#fff"&gt;so&lt;/font&gt; &lt;i&gt;very&lt;/i&gt; late, said &amp;lt;i&amp;gt;.'
    script = read(f'<transcript><text start="4" dur="2">{shown}</text></transcript>', ".srv1")
    assert said(script) == ["It is so very late, said <i>."] and script.warnings == ()


# --- details of each --------------------------------------------------------------------------------------------


def test_microdvd_counts_in_the_rate_it_says_or_is_told() -> None:
    plain = MICRODVD.partition("\n")[2]
    assert times(read(plain, ".sub", fps=24.0)) == TIMES
    assert times(read(plain, ".sub", fps=23.976))[0] == (1001, 3504)
    assert any("a guess" in note for note in read(plain, ".sub").notes)
    assert times(read(MICRODVD, ".sub", fps=25.0)) == TIMES


@pytest.mark.parametrize(
    ("stamps", "starts"),
    [
        (["00:01:50", "00:05:00", "00:08:00"], [1500, 5000, 8000]),
        (["00:01:50", "00:05:99", "01:08:75"], [1500, 5990, 68750]),
        (["00:00:01", "00:00:04", "00:01:08"], [1000, 4000, 68000]),
        (["00:01:50.25", "00:05:00.00", "01:08:00.5"], [110250, 300000, 4080500]),
    ],
)
def test_three_numbers_of_timed_lyrics_are_hundredths_where_the_words_fit(stamps: list[str], starts: list[int]) -> None:
    words = ["Good evening, captain.", "The sea is calm.", "We sail at noon."]
    text = "".join(f"[{stamp}]{line}\n" for stamp, line in zip(stamps, words, strict=True))
    assert [start for start, _ in times(read(text, ".lrc"))] == starts


def test_automatic_captions_end_where_the_next_line_begins() -> None:
    xml = '<timedtext format="3"><body><p t="1000" d="4000"><s>good</s><s t="400"> evening</s></p>\n'
    xml += (
        '<p t="2990" d="2010" a="1">\n</p><p t="3000" d="4000"><s>it</s><s t="300"> is late</s></p></body></timedtext>'
    )
    assert times(read(xml, ".srv3")) == [(1000, 3000), (3000, 7000)]
    assert said(read(xml, ".srv3")) == ["good evening", "it is late"]
    rows = [(1000, 4000, ["good", " evening"]), (2990, 2010, ["\n"]), (3000, 4000, ["it", " is late"])]
    told = [{"tStartMs": a, "dDurationMs": d, "segs": [{"utf8": w, "tOffsetMs": 9} for w in ws]} for a, d, ws in rows]
    assert times(read(json.dumps({"events": told}), ".json3")) == [(1000, 3000), (3000, 7000)]


def test_premieres_transcript_names_speakers_and_counts_frames() -> None:
    script = read(PREMIERE, ".csv", fps=25.0)
    assert [(cue.speaker, cue.text) for cue in script.cues] == [("Anna", FIRST), ("Bruno", SECOND)]
    assert times(script) == [(1000, 3520), (4000, 5000)]
    assert [cue.number for cue in script.cues] == [2, 4]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("start,end,text\n0,2,Hello\n2,5,there\n", [(0, 2000), (2000, 5000)]),  # whole seconds
        ("start,end,text\n0,2000,Hello\n2000,5000,there\n", [(0, 2000), (2000, 5000)]),  # whisper's milliseconds
        ("text;start;end\nHello;0.0;2.0\nthere;2.0;5.0\n", [(0, 2000), (2000, 5000)]),
        ("start,text\n0.0,Hello\n2.0,there\n", [(0, 2000), (2000, 10_000)]),  # each until the next
        ("Start,Ende,Text\n00;00;00;00,00;00;02;00,Hello\n00;00;02;00,00;00;05;00,there\n", [(0, 2000), (2000, 5000)]),
        ("Start;Ende;Sprecher;Text\n0;2,5;Anna;Hello\n2,5;5;Anna;there\n", [(0, 2500), (2500, 5000)]),
        ('start,end,text\n"0,0","2,25",Hello\n"2,25","5,0",there\n', [(0, 2250), (2250, 5000)]),
        ("Start\tDuration\tText\n0\t1,5\tHello\n2\t3\tthere\n", [(0, 1500), (2000, 5000)]),
        ("Start Time,End Time,Text\n00:00.5,0:02,Hello\n0:00:02.000,0:00:05,there\n", [(500, 2000), (2000, 5000)]),
    ],
)
def test_a_tables_times_are_read_in_their_unit(text: str, wanted: list[tuple[int, int]]) -> None:
    assert times(read(text, ".csv")) == wanted


def test_a_table_without_the_columns_says_which_it_needs() -> None:
    with pytest.raises(InputError, match="start, end, text"):
        read("a,b\n1,2\n", ".csv")


def test_broken_rows_are_listed_and_other_columns_too() -> None:
    script = read("start,end,text,note\n1,2,Hello,first take\nx,3,Lost words,\n", ".csv")
    assert said(script) == ["Hello"]
    assert {(left.text, left.kind) for left in script.left_out} == {
        ("first take", "not speech"),
        ("x Lost words", "broken"),
    }


def test_speakers_of_ttml_are_its_agents() -> None:
    agents = (
        '<metadata><ttm:agent xmlns:ttm="m" xml:id="a1"><ttm:name type="full">Anna</ttm:name></ttm:agent></metadata>'
    )
    paragraphs = '<p begin="1s" end="2s" ttm:agent="a1" xmlns:ttm="m">Hello.</p>'
    paragraphs += '<p begin="2s" end="3s"><span ttm:agent="a1" xmlns:ttm="m">Yes.</span><span>No.</span></p>'
    script = read(
        f'<tt xmlns="http://www.w3.org/ns/ttml"><head>{agents}</head><body><div>{paragraphs}</div></body></tt>', ".ttml"
    )
    assert [(cue.speaker, cue.text) for cue in script.cues] == [("Anna", "Hello."), ("Anna", "Yes."), (None, "No.")]


@pytest.mark.parametrize(
    ("attributes", "paragraph", "wanted"),
    [
        ('ttp:frameRate="25"', 'begin="00:00:01:05" end="00:00:02:00"', (1200, 2000)),
        ('ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001"', 'begin="30f" dur="30f"', (1001, 2002)),
        ('ttp:tickRate="10000000"', 'begin="10000000t" end="25000000t"', (1000, 2500)),
        ("", 'begin="1500ms" end="0.05m"', (1500, 3000)),
        ("", 'begin="0.001h" dur="2s" end="99s"', (3600, 5600)),
    ],
)
def test_ttml_counts_time_in_many_ways(attributes: str, paragraph: str, wanted: tuple[int, int]) -> None:
    head = f'<tt xmlns="http://www.w3.org/2006/10/ttaf1" xmlns:ttp="p" {attributes}>'
    text = f"{head}<body><p {paragraph}>Hi.</p></body></tt>"
    assert times(read(text, ".dfxp")) == [wanted]


def test_ttml_in_sequence_and_words_with_times_of_their_own() -> None:
    body = '<body timeContainer="seq"><div dur="10s"><p begin="1s" end="2s">One.</p></div>'
    body += '<div><p begin="1s" end="2s">Two.</p>'
    body += '<p begin="3s" end="5s"><span end="1s">A</span><span begin="1s">B</span></p></div></body>'
    script = read(f'<tt xmlns="http://www.w3.org/ns/ttml">{body}</tt>', ".ttml")
    assert list(zip(said(script), times(script), strict=True)) == [
        ("One.", (1000, 2000)), ("Two.", (11_000, 12_000)), ("A", (13_000, 14_000)), ("B", (14_000, 15_000)),
    ]  # fmt: skip


def test_joined_documents_of_a_stream_are_read_in_turn() -> None:
    one = '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="{0}s" end="{1}s">Part {0}.</p></div></body></tt>'
    script = read("<?xml version='1.0'?>\n" + one.format(1, 2) + "\n<?xml version='1.0'?>" + one.format(3, 4), ".ttml")
    assert said(script) == ["Part 1.", "Part 3."] and [cue.number for cue in script.cues] == [2, 3]


def test_ttml_paragraphs_without_times_are_broken_and_ruby_is_said_once() -> None:
    ruby = '<span tts:ruby="container" xmlns:tts="s"><span tts:ruby="base">言葉</span>'
    ruby += '<span tts:ruby="text">ことば</span></span>'
    text = f'<tt xmlns="http://www.w3.org/ns/ttml"><body><p>Lost.</p><p begin="1s" end="2s">{ruby}</p></body></tt>'
    script = read(text, ".ttml")
    assert said(script) == ["言葉"]
    assert {(left.text, left.kind) for left in script.left_out} == {("Lost.", "broken"), ("ことば", "not speech")}


def test_words_in_two_languages_of_sami_are_both_read_with_their_class_as_end() -> None:
    two = "<SAMI><BODY><SYNC Start=1000><P Class=ENCC>Hello<P Class=FRCC>Bonjour\n<SYNC Start=2000><P Class=ENCC>&nbsp;"
    script = read(two + "<P Class=FRCC>&nbsp;</BODY></SAMI>", ".smi")
    assert sorted(said(script)) == ["Bonjour", "Hello"] and set(times(script)) == {(1000, 2000)}


def sami_of(rules: str, *cues: tuple[int, str, str]) -> Script:
    body = "".join(f"<SYNC Start={start}><P Class={name}>{words}\n" for start, name, words in cues)
    return read(f"<SAMI><HEAD><STYLE>{rules}</STYLE></HEAD><BODY>{body}</BODY></SAMI>", ".smi")


RULES = ".ENCC { Name: English; lang: en-US; } .ENUS { Name: Plain; lang: en-us; } .UP { Name: Above; lang: en-US; }"


def test_of_two_classes_of_one_language_at_the_same_times_one_is_spoken_and_the_other_listed() -> None:
    versions = [(1000, "ENUS", "<b>Hello</b> there."), (1000, "ENCC", "Hello there. [bell]")]
    more = [(3000, "ENUS", "Go."), (3000, "ENCC", "Go now."), (5000, "ENCC", "[door slams]")]
    script = sami_of(RULES, *versions, *more)
    assert said(script) == ["Hello there.", "Go now."] and not script.warnings
    others = [left.text for left in script.left_out if "of class 'enus'" in left.reason]
    assert others == ["Hello there.", "Go."]


def test_two_classes_of_one_language_that_show_in_turn_are_both_spoken() -> None:
    script = sami_of(RULES, (1000, "ENCC", "Hello there."), (3000, "UP", "Go now."), (5000, "ENCC", "Good."))
    assert said(script) == ["Hello there.", "Go now.", "Good."]


# --- pictures of text, and strangers' files ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "suffix"),
    [(b"PG\x00\x01", ".sup"), (b"\x00\x00\x01\xba\x44" * 9, ".sub"), (b"# VobSub index file, v7\n", ".idx")],
)
def test_pictures_of_text_are_refused_with_the_way_out(data: bytes, suffix: str) -> None:
    with pytest.raises(InputError, match="OCR"):
        read(data, suffix)


BOMB = '<!DOCTYPE tt [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
THEFT = '<!DOCTYPE tt [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
OUTSIDE = '<!DOCTYPE tt SYSTEM "http://127.0.0.1:9/evil.dtd">'


@pytest.mark.parametrize("doctype", [BOMB, THEFT])
@pytest.mark.parametrize("root", ["tt", "timedtext"])
def test_entities_of_a_files_own_are_refused(doctype: str, root: str) -> None:
    text = f'<{root}><body><p begin="1s" end="2s" t="1000" d="1000">&a;</p></body></{root}>'
    with pytest.raises(InputError, match="entities"):
        read(doctype + text, ".ttml" if root == "tt" else ".srv3")


def test_a_doctype_elsewhere_is_not_fetched() -> None:
    text = OUTSIDE + '<tt><body><p begin="1s" end="2s">Hello.</p></body></tt>'
    assert said(read(text, ".ttml")) == ["Hello."]


def test_elements_within_elements_have_an_end() -> None:
    with pytest.raises(InputError, match="elements within elements"):
        read("<tt>" + "<div>" * 100_000, ".ttml")


OTHERS = {
    ".stl": stl([(1000, 2000, "Hi."), (3000, 4000, "You.")]),
    ".scc": b"Scenarist_SCC V1.0\n\n00:00:01:00\t94ae 94ae 9420 9420 9470 9470 c8e5 ecec ef20 942f 942f\n",
}


@pytest.mark.parametrize("suffix", [*SAMPLES, *OTHERS])
def test_whatever_a_file_holds_it_is_read_or_refused_in_one_line(suffix: str) -> None:
    dice = random.Random(suffix)
    base = OTHERS.get(suffix) or SAMPLES[suffix].encode()
    for _ in range(150):
        data = bytearray(base)
        for _ in range(dice.randrange(1, 12)):
            at = dice.randrange(len(data))
            what = dice.random()
            if what < 0.4:
                data[at] = dice.randrange(256)
            elif what < 0.7:
                del data[at : at + dice.randrange(1, 30)]
            else:
                data[at:at] = data[at : at + dice.randrange(1, 60)]
            data = data or bytearray(b"x")
        try:
            read(bytes(data), suffix)
        except InputError as error:
            assert "\n" not in str(error)


JUNK = ["<", "[", "{", "<p>", "&", "0:00:01.000,", "{1}{1}", "[1][2]", '{"segs":[', "<SYNC Start=1>", "1,2,3\n"]


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("suffix", SAMPLES)
def test_junk_costs_no_time(suffix: str, junk: str) -> None:
    data = SAMPLES[suffix] + junk * (300_000 // len(junk))
    started = time.process_time()
    with suppress(InputError):
        read(data, suffix)
    assert time.process_time() - started < 10


def test_a_large_file_of_captions_is_read_within_seconds() -> None:
    rows = "".join(f'<p begin="{at}s" dur="1s">Line {at}.</p>' for at in range(20_000))
    text = f'<tt xmlns="http://www.w3.org/ns/ttml"><body><div>{rows}</div></body></tt>'
    started = time.process_time()
    script = read(text, ".ttml")
    assert len(script.cues) == 20_000 and time.process_time() - started < 10


# --- the account of words ---------------------------------------------------------------------------------------


def form_of(suffix: str) -> str:
    return {".txt": "tmplayer", ".mpl": "mpl2", ".sub": "microdvd", ".tsv": "csv", ".srv1": "youtube_xml",
            ".srv3": "youtube_xml"}.get(suffix, suffix.removeprefix("."))  # fmt: skip


@pytest.mark.parametrize("suffix", SAMPLES)
def test_other_eyes_count_the_words_of_each_format(suffix: str) -> None:
    script = read(SAMPLES[suffix], suffix)
    form, text, cues = form_of(suffix), SAMPLES[suffix], list(script.cues)
    assert differences(form, text, cues, script.left_out) == []
    for at, cue in enumerate(cues):
        first, _, rest = cue.text.partition(" ")
        worse = {
            "lost": [*cues[:at], replace(cue, text=rest), *cues[at + 1 :]],
            "doubled": [*cues[:at], replace(cue, text=f"{first} {cue.text}"), *cues[at + 1 :]],
        }
        for kind, changed in worse.items():
            found = differences(form, text, changed, script.left_out)
            assert any(getattr(one, kind) for one in found), (kind, cue.text)
