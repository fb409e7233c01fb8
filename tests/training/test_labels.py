"""What is said in each recording: listed by the server, corrected by a person in a table, read back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from dubber.errors import InputError, InputErrors
from dubber.training.labels import Label, as_list, as_table, corrected, listed
from tests.training.desk import Disk
from tests.typed import Dub

LIST = "/data/cut/a.wav|cut|EN|Good evening.\nD:\\cut\\b.wav|cut|JP|こんばんは\nno label\n/data/cut/c.wav|cut|ZH|\n"


def table(dub: Dub, page: Disk, raw: Path) -> Path:
    said = dub("train", "anna", raw, "--server", page.server.url, "--language", "en", "--review")
    assert said.status == 0, said.err
    path = Path(said.out.split(": correct it")[0])
    assert path.is_file()
    return path


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter="\t"))


def save(path: Path, changed: list[list[str]]) -> None:
    path.write_text("\n".join("\t".join(row) for row in changed), encoding="utf-8")


def test_a_list_is_read_as_the_server_reads_it() -> None:
    labels = listed(LIST)
    assert [label.file for label in labels] == ["a.wav", "b.wav", "c.wav"]
    assert as_list(labels) == LIST.replace("no label\n", "")


@pytest.mark.parametrize("comma", [False, True])
def test_a_table_comes_back_as_it_was(comma: bool) -> None:
    labels = (
        Label("/x/a.wav", "s", "EN", 'He said "no", twice; then left.'),
        Label("/x/b.wav", "s", "ZH", "你好，世界"),
    )
    assert corrected(as_table(labels, comma=comma), labels, "t") == labels


def test_rows_that_cannot_be_are_all_told_with_their_lines() -> None:
    bad = "audio\ttext\na.wav\ts\tEN\tfine\nq.wav\ts\tEN\tx\na.wav\ts\tFR\tx\na.wav\ts\tEN\ta|b\na.wav\ts\tEN\tagain\n"
    with pytest.raises(InputErrors) as caught:
        corrected(bad, listed(LIST), "t.tsv")
    told = [str(fault) for fault in caught.value.faults]
    assert [fault.partition(": ")[2].partition(":")[0] for fault in told] == [f"line {n}" for n in (1, 3, 4, 5, 6)]


def test_a_table_without_a_single_text_is_refused() -> None:
    with pytest.raises(InputError, match="no row is left"):
        corrected("audio\tspeaker\tlanguage\ttext\na.wav\ts\tEN\t\n", listed(LIST), "t.tsv")


def test_the_corrected_labels_are_trained(dub: Dub, page: Disk, raw: Path) -> None:
    path = table(dub, page, raw)
    assert not (page.root / "logs").exists(), "it waits for the person"
    head, *body = rows(path)
    assert head == ["audio", "speaker", "language", "text"]
    assert len(body) == 9
    assert all(Path(row[0]).is_file() for row in body), "a person can listen to each"
    body[0][3] = "Corrected by hand."
    save(path, [head, *body[:5]])
    said = dub("train", "anna")
    assert said.status == 0, said.err
    texts = (page.root / "logs/anna/2-name2text.txt").read_text()
    assert "Corrected by hand." in texts
    assert len(texts.splitlines()) == 5


def test_the_same_command_again_waits_until_the_table_is_corrected(dub: Dub, page: Disk, raw: Path) -> None:
    path = table(dub, page, raw)
    assert table(dub, page, raw) == path
    head, *body = rows(path)
    body[3][3] = "Other words."
    save(path, [head, *body])
    said = dub("train", "anna", "--review")
    assert said.status == 0
    assert "wrote" in said.out
    assert "Other words." in (page.root / "logs/anna/2-name2text.txt").read_text()


def test_labels_that_are_corrected_later_are_trained_under_a_new_name(dub: Dub, page: Disk, raw: Path) -> None:
    """The server keeps the features that it finds: the old words would be trained again."""
    path = table(dub, page, raw)
    assert dub("train", "anna").status == 0
    head, *body = rows(path)
    body[0][3] = "Heard better now."
    save(path, [head, *body])
    assert dub("train", "anna").status == 0
    assert "Heard better now." in (page.root / "logs/anna-2/2-name2text.txt").read_text()
    assert "Heard better now." not in (page.root / "logs/anna/2-name2text.txt").read_text()


def test_a_wrong_table_stops_before_the_training(dub: Dub, page: Disk, raw: Path) -> None:
    path = table(dub, page, raw)
    head, *body = rows(path)
    body[2][2] = "Klingon"
    save(path, [head, *body])
    said = dub("train", "anna")
    assert said.status == 2
    assert "labels.tsv: line 4: 'Klingon' is no language" in said.err
    assert not (page.root / "logs").exists()
