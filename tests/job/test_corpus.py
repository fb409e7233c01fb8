"""A folder of subtitle files becomes a table that a person can scan."""

from __future__ import annotations

from pathlib import Path

from dubber.job import corpus
from dubber.subtitles import Reading
from tests import sentences
from tests.typed import Dub

SAMPLES = Path(__file__).parents[2] / "samples"


def test_each_subtitle_file_of_a_folder_has_a_row() -> None:
    rows = {row.path.name: row for row in corpus.read(SAMPLES, Reading())}
    assert {"harbour.srt", "harbour.vtt", "harbour.ass", "harbour.fr.srt"} <= set(rows)
    row = rows["harbour.srt"]
    assert (row.encoding, row.cues, row.speakers, row.error, row.suspicious) == ("utf-8", 10, 3, "", "")
    assert row.why == "1 sound description, 1 lyrics"


def test_a_file_that_cannot_be_read_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes(b"")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.SRT").write_bytes(b"1\n00:00:01,000 --> 00:00:02,000\nHi.\n")
    first, second = corpus.read(tmp_path, Reading())
    assert (first.why, second.cues) == ("the file is empty", 1)


def test_one_reason_is_one_figure_wherever_it_applies(tmp_path: Path) -> None:
    event = "Dialogue: 0,0:00:0{0}.00,0:00:0{1}.00,Default,,0,0,0,,Line {0}.\n"
    (tmp_path / "a.ass").write_text("[Events]\n" + "".join(2 * event.format(n, n + 1) for n in range(1, 5)))
    (row,) = corpus.read(tmp_path, Reading())
    assert (row.cues, row.why) == (4, "4 the same text in another layer")


def test_the_table_heeds_the_language_and_the_encoding(dub: Dub, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_bytes(sentences.srt(sentences.lines("ru", 40)).encode("koi8_r"))
    (tmp_path / "b.srt").write_text(sentences.srt(sentences.SENTENCES["de"].split("|")))
    heads, first, second, summary = dub("check", "--corpus", tmp_path).out.splitlines()
    assert heads.split()[:4] == ["file", "language", "encoding", "cues"]
    assert first.split()[:4] == ["a.srt", "ru", "koi8-r?", "40"] and second.split()[:4] == ["b.srt", "de", "utf-8", "6"]
    assert summary.startswith("2 files, 46 cues; 0 cannot be read, 1 encodings are guessed")
    wrong = dub("check", "--corpus", tmp_path, "--encoding", "cp1251").out.splitlines()[1]
    assert wrong.split()[2] == "cp1251"


def test_of_two_languages_the_table_counts_the_one_that_is_asked_for(dub: Dub, tmp_path: Path) -> None:
    both = [f"{a}\n{b}" for a, b in zip(sentences.lines("en", 9), sentences.lines("zh", 9), strict=True)]
    (tmp_path / "a.srt").write_text(sentences.srt(both), encoding="utf-8")
    for asked in ("en", "chi"):
        row = dub("check", "--corpus", tmp_path, "--language", asked).out.splitlines()[1].split()
        assert row[:2] == ["a.srt", {"chi": "zh"}.get(asked, asked)] and row[5] == "9"
