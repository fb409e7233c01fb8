"""The account of a file's words: what is spoken and what is listed are the words of the file, no more and no less."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from dubber.errors import InputError
from dubber.model import Cue, LeftOut
from dubber.subtitles import Reading, parse
from dubber.subtitles.account import differences, lost, warning
from tests.subtitles.stl import stl

NOUNS = [
    "harbour",
    "rope",
    "captain",
    "lamp",
    "bread",
    "flour",
    "window",
    "garden",
    "letter",
    "river",
    "teacher",
    "kitchen",
]
VERBS = ["leaves", "burns", "waits", "sinks", "opens", "returns", "sings", "falls"]
MARKUP = ["{}", "<i>{}</i>", "{{\\an8}}{}", '<font color="#ff0">{}</font>', "{} &amp; more", "ANNA: {}", "[door] {}"]


def sentence(rng: random.Random) -> str:
    return f"The {rng.choice(NOUNS)} {rng.choice(VERBS)} {rng.choice(NOUNS)} {rng.randrange(100)}."


def clock(time: int, mark: str) -> str:
    return f"{time // 3600:02}:{time // 60 % 60:02}:{time % 60:02}{mark}000"


def srt(rng: random.Random) -> str:
    cues = (f"{n}\n{clock(3 * n, ',')} --> {clock(3 * n + 2, ',')}\n{marked(rng)}\n\n" for n in range(1, 30))
    return "".join(cues)


def vtt(rng: random.Random) -> str:
    cues = (f"part {n}\n{clock(3 * n, '.')} --> {clock(3 * n + 2, '.')} align:start\n{marked(rng)}\n\nNOTE {n}\n\n"
            for n in range(1, 30))  # fmt: skip
    return "WEBVTT - a film\nLanguage: en\n\nSTYLE\n::cue { color: red }\n\n" + "".join(cues)


def ass(rng: random.Random) -> str:
    codes = "{{\\i1}}{}{{\\i0}}{{\\p1}}m 0 0{{\\p0}}"
    events = (
        f"Dialogue: 0,0:00:{2 * n:02}.00,0:00:{2 * n + 1:02}.00,Default,ANNA,0,0,0,,{codes.format(sentence(rng))}"
        for n in range(29)
    )
    return "[Events]\nComment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,unsaid\n" + "\n".join(events)


def marked(rng: random.Random) -> str:
    return rng.choice(MARKUP).format(sentence(rng)) + rng.choice(["", "\n- " + sentence(rng)])


def scc(rng: random.Random) -> str:
    """Captions that are loaded and shown, some in two rows with a name; parity bits are not needed."""

    def row(code: str, text: str) -> str:
        text += "\x80" * (len(text) % 2)
        return f"{code} {code} " + " ".join(
            f"{ord(a):02x}{ord(b):02x}" for a, b in zip(text[::2], text[1::2], strict=True)
        )

    cues = (f"{clock(3 * n, ':')[:-3]}00\t94ae 94ae 9420 9420 {row('1450', sentence(rng))} "
            f"{row('1470', rng.choice(['ANNA: ', '']) + sentence(rng))} 942c 942c 942f 942f\n\n"
            for n in range(1, 30))  # fmt: skip
    return "Scenarist_SCC V1.0\n\n" + "".join(cues)


def ebu_stl(rng: random.Random) -> bytes:
    return stl([(3000 * n, 3000 * n + 2000, f"{sentence(rng)}\nSchön. {sentence(rng)}") for n in range(1, 30)])


FILES: dict[str, Callable[[random.Random], str | bytes]] = {
    "srt": srt, "vtt": vtt, "ass": ass, "scc": scc, "stl": ebu_stl
}  # fmt: skip


def listed(form: str, text: str | bytes) -> tuple[list[Cue], list[LeftOut], set[int]]:
    """What the readers make of a text: cues, what is left out with the names, and the lines that are headings."""
    from dubber import subtitles

    kept: list[tuple[list[Cue], list[LeftOut], set[int]]] = []
    counted = differences

    def noting(form: str, text: str, cues: list[Cue], left: list[LeftOut], **more: object) -> object:
        kept.append((list(cues), list(left), more["headings"]))  # type: ignore[arg-type]
        return counted(form, text, cues, left, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subtitles, "differences", noting)
        data = text.encode() if isinstance(text, str) else text
        assert parse(data, f".{form}", Reading()).warnings == ()
    return kept[0]


def mutated(cues: list[Cue], rng: random.Random) -> list[Cue]:
    """The cues with one word deleted, doubled, or moved to another subtitle."""
    cues = list(cues)
    place = rng.randrange(len(cues))
    words = cues[place].text.split()
    count = rng.choice([count for count, word in enumerate(words) if any(map(str.isalnum, word))])
    kind = rng.choice(["deleted", "doubled", "moved"])
    told = words[:count] + [words[count]] * (2 if kind == "doubled" else 0) + words[count + 1 :]
    cues[place] = replace(cues[place], text=" ".join(told))
    if kind == "moved":
        other = rng.choice([n for n, cue in enumerate(cues) if cue.index != cues[place].index])
        cues[other] = replace(cues[other], text=f"{cues[other].text} {words[count]}")
    return cues


@pytest.mark.parametrize("form", FILES)
def test_a_thousand_mutations_of_what_was_read_are_noticed(form: str) -> None:
    rng = random.Random(15)
    for _ in range(20):
        text = FILES[form](rng)
        cues, left_out, headings = listed(form, text)
        assert differences(form, text, cues, left_out, headings=headings) == []
        for _ in range(50):
            found = differences(form, text, mutated(cues, rng), left_out, headings=headings)
            assert found, text


@pytest.mark.parametrize("form", ["srt", "vtt", "ass"])
def test_a_word_that_another_speaker_of_the_cue_says_is_noticed(form: str) -> None:
    two = {
        "srt": "- The old boat leaves.\n- We wait here.",
        "vtt": "<v Anna>The old boat leaves.</v> <v Ben>We wait here.",
    }
    text = f"00:00:01.000 --> 00:00:03.000\n{two.get(form)}\n"
    text = {
        "srt": f"1\n{text}", "vtt": f"WEBVTT\n\n{text}",
        "ass": "[Events]\nDialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,- The old boat leaves.\\N- We wait here.\n",
    }[form]  # fmt: skip
    cues, left_out, headings = listed(form, text)
    assert [cue.text for cue in cues] == ["The old boat leaves.", "We wait here."]
    for one, two_said in (("The old boat", "leaves. We wait here."), ("The old boat leaves. We", "wait here."),
                          ("The old boat leaves. here", "We wait.")):  # fmt: skip
        worse = [replace(cues[0], text=one), replace(cues[1], text=two_said)]
        (found,) = differences(form, text, worse, left_out, headings=headings)
        assert found.moved and "not said where it stands" in warning([found])


def test_captions_of_another_channel_and_those_that_were_never_shown_are_listed() -> None:
    codes = (
        "9420 9420 9470 9470 476f 6f64 2e80 942f 942f 1c20 1c20 1c70 1c70 4164 6965 7500 1c2f 1c2f 9420 9470 4f68 942e"
    )
    script = parse(f"Scenarist_SCC V1.0\n\n00:00:01:00\t{codes}\n".encode(), ".scc", Reading())
    assert [cue.text for cue in script.cues] == ["Good."] and not script.warnings
    assert [(left.text, left.reason) for left in script.left_out] == [
        ("Oh", "was erased before it was shown"), ("Adieu", "of the second channel of captions")
    ]  # fmt: skip


def test_a_subtitle_of_ebu_stl_that_never_ends_is_lost_and_found() -> None:
    whole = stl([(1000, 3000, "Good evening."), (4000, 6000, "It is late.")])
    cut = whole[:-125] + b"\0" + whole[-124:]  # the last block's extension number says that more follows
    script = parse(cut, ".stl", Reading())
    assert [(left.text, left.kind) for left in script.left_out] == [("It is late", "broken")]
    assert "'It', 'is', 'late'" in script.warnings[0]


def test_a_lost_word_is_named_with_its_line_and_is_broken() -> None:
    text = srt(random.Random(1))
    cues, left_out, headings = listed("srt", text)
    gone = cues[4].text.split()[1]
    cues[4] = replace(cues[4], text=cues[4].text.replace(gone, "", 1))
    found = differences("srt", text, cues, left_out, headings=headings)
    assert f"neither spoken nor listed at line {cues[4].number}: '{gone}'" in warning(found)
    assert [(one.number, one.text, one.kind) for one in lost(found)] == [(cues[4].number, gone, "broken")]


def test_what_a_reader_loses_is_warned_of_listed_and_refused_when_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    from dubber import subtitles
    from dubber.subtitles.speech import speak

    monkeypatch.setattr(subtitles, "speak", lambda *given: (speak(*given)[0][1:], speak(*given)[1]))
    text = b"1\n00:00:01,000 --> 00:00:02,000\nHello there.\n\n2\n00:00:03,000 --> 00:00:04,000\nBye.\n"
    script = parse(text, ".srt", Reading())
    assert "'Hello', 'there'" in script.warnings[0]
    assert [left.text for left in script.broken] == ["Hello there"]
    with pytest.raises(InputError, match="line 2: not understood"):
        parse(text, ".srt", Reading(), strict=True)


@pytest.mark.parametrize("suffix", [".srt", ".vtt"])
@pytest.mark.parametrize(
    "text",
    [
        "a --> b", "List<String> x", "<Gasps> No.", "<3 you >", "C:\\new\\notes", "One\\nTwo\\NThree",
        "&lt;i&gt;Now&lt;/i&gt;", "Open a &lt;div&gt;", "co&shy;op &amp;amp;", "می\u200cخواهم", "今日は\nいい天気",
        "<ruby>漢字<rt>かんじ</rt></ruby>", "<v Anna>Hi</v> <v Ben>Yes", "It <00:01.500>is <c.x>late</c>", "{\\an8}Up",
        "4\n\n5", "One\n<v>two</v>", "1948", "x <i", "a<br>b", "1.5 -> 2:30 is late", "«Hé»\u2028là", "<I am here>",
    ],
)  # fmt: skip
def test_odd_text_is_accounted_for(text: str, suffix: str) -> None:
    file = f"1\n00:00:01.000 --> 00:00:02.000\n{text}\n\n2\n00:00:03.000 --> 00:00:04.000 X1:1\nBye.\n"
    assert parse((("WEBVTT\n\n" if suffix == ".vtt" else "") + file).encode(), suffix, Reading()).warnings == ()


@pytest.mark.parametrize("lyrics", ["skip", "speak"])
@pytest.mark.parametrize("note", ["â™ª", "Â¶", "ðŸŽµ"])
def test_a_note_of_music_in_the_wrong_code_page_is_no_word(note: str, lyrics: str) -> None:
    text = f"1\n00:00:01,000 --> 00:00:03,000\n{note} Sail away {note}\n\n2\n00:00:04,000 --> 00:00:06,000\nNo.\n"
    script = parse(text.encode(), ".srt", Reading(lyrics=lyrics))  # type: ignore[arg-type]
    assert script.warnings == ()
    assert not any(left.kind == "broken" for left in script.left_out)
    assert [cue.text for cue in script.cues] == ["Sail away", "No."][lyrics == "skip" :]
