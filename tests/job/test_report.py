"""The report as a document: what docs/ says of it holds for every real one, and a hostile one is none.

After a change of its classes `python -m tests.job.test_report` writes the schemas anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dubber.documents import as_json, from_json, schema_of
from dubber.job import provenance
from dubber.job.report import Report
from dubber.unattended.results import BatchReport
from tests.typed import Dub

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS: dict[str, tuple[type[Any], str]] = {
    "report": (Report, "A film's report: OUT.dub.json, `dub check --json`, `dub FILM --dry-run --json`"),
    "batch": (BatchReport, "The report of `dub batch` (--report)"),
}
HARBOUR = Path(__file__).parents[2] / "samples" / "harbour.mp4"
WORDS = """WEBVTT

00:01.000 --> 00:02.500
<v Marta>The lantern is out again.

00:02.600 --> 00:02.900
<v Jonas>Then nobody will find the way home tonight, will they?

00:05.000 --> 00:06.000
[a gull cries]
"""


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "film.vtt").write_text(WORDS)
    (tmp_path / "film.mp4").write_bytes(HARBOUR.read_bytes())
    return tmp_path


def faults(kind: str, told: Any) -> list[str]:
    """What of a document is not as docs/ say, in the document or in its class."""
    schema = json.loads((DOCS / f"{kind}.schema.json").read_text())
    found = [f"{one.json_path}: {one.message}" for one in Draft202012Validator(schema).iter_errors(told)]
    known = json.loads(json.dumps(as_json(from_json(SCHEMAS[kind][0], told))))
    return found + ([] if known == told else ["it has what its class has not"])


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schema_in_the_docs_is_that_of_the_report(kind: str) -> None:
    told = json.loads((DOCS / f"{kind}.schema.json").read_text())
    Draft202012Validator.check_schema(told)
    assert told == schema_of(*SCHEMAS[kind]), "python -m tests.job.test_report writes it anew"


def test_each_report_of_a_film_is_as_the_docs_say(film: Path, dub: Dub) -> None:
    checked, foreseen = dub("check", "film.mp4", "film.vtt", "--json"), dub("film.mp4", "film.vtt", "-n", "--json")
    assert faults("report", json.loads(checked.out)) == faults("report", json.loads(foreseen.out)) == []
    assert "preflight" in json.loads(foreseen.out)
    dub("film.mp4", "film.vtt", "-o", "out.mp4", "--allow-missing")
    told = json.loads((film / "out.mp4.dub.json").read_text())
    assert faults("report", told) == [] and list(told)[:2] == ["schema", "dub"] and told["tracks"]


def test_the_report_of_a_batch_is_as_the_docs_say(film: Path, dub: Dub) -> None:
    (film / "other.mp4").write_bytes(b"no film")
    (film / "other.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nWho goes there?\n")
    dub("batch", str(film), "--report", "batch.json", "-q")
    told = json.loads((film / "batch.json").read_text())
    assert faults("batch", told) == [] and told["dubbed"] == told["failed"] == 1 and "no subtitles" in told
    assert faults("report", json.loads((film / "film.en.dub.mp4.dub.json").read_text())) == []


def test_the_names_of_version_1_are_there(film: Path, dub: Dub) -> None:
    """Programs rely on these: https://semver.org, of documents."""
    told = json.loads(dub("check", "film.mp4", "film.vtt", "--json").out)
    (version,) = told["versions"]
    assert told["schema"] == 1 and version["language"] == "en" and version["warnings"] == []
    assert [left["text"] for left in version["left_out"]] == ["[a gull cries]"]
    first, second = version["lines"]
    assert (first["speaker"], first["text"], first["window"]) == ("Marta", "The lantern is out again.", [1000, 2500])
    assert first["rate"] < second["rate"]


HOSTILE = [
    "[]", "3", '"dub"', "{", "{}", '{"dub": []}', '{"dub": "1", "film": 3, "output": {}}', '{"dub":1,"versions":"x"}',
    '{"dub": "1", "made_from": []}', '{"dub": "1", "made_from": {"film": 3}}', '{"dub": "1", "whole": "all"}',
    '{"dub": "1", "made_from": {"film": "", "subtitles": {}, "bed": "", "settings": "", "seen": {"x": 3}}}',
    '{"dub": "1", "tracks": {"a": 1}}', '{"dub": "1", "tracks": 7}', "[" * 100_000, '{"dub":' + "[" * 100_000,
    '{"dub": "1", "film": "\\u0000", "output": "\\ud800"}', "1" * 10_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_report_beside_an_output_is_no_report(film: Path, text: str) -> None:
    output = film / "film.en.dub.mp4"
    output.write_bytes(HARBOUR.read_bytes())
    output.with_name(output.name + ".dub.json").write_text(text)
    told = provenance.report(output) or provenance.Earlier()
    assert told.made_from is None and told.whole is None and not told.tracks
    assert provenance.whole_report(output) is None
    assert provenance.of_another(output, film / "film.mp4") == ""


@pytest.mark.parametrize("owner", ["/" + "x" * 5000, "/\0", "/\ud800", "relative.mp4"])
def test_a_report_that_names_an_impossible_film_is_of_no_film(film: Path, owner: str) -> None:
    output = film / "film.en.dub.mp4"
    output.write_bytes(b"x")
    told = json.dumps({"dub": "1", "film": owner, "output": str(output)})
    output.with_name(output.name + ".dub.json").write_text(told)
    assert provenance.of_another(output, film / "film.mp4") == ""


def test_a_hostile_report_stops_no_batch(film: Path, dub: Dub) -> None:
    dub("batch", str(film), "--report", "batch.json", "-q")
    report = film / "film.en.dub.mp4.dub.json"
    told = json.loads(report.read_text())
    for odd in ({"made_from": ["x"]}, {"whole": {"size": "large"}}, {"tracks": "none"}):
        report.write_text(json.dumps(told | odd))
        said = dub("batch", str(film), "--report", "batch.json", "-q")
        assert said.status == 0, said.err
        assert json.loads((film / "batch.json").read_text())["dubbed"] == 1, "it is made anew"
    dub("batch", str(film), "--report", "batch.json", "-q")
    assert json.loads((film / "batch.json").read_text())["done"] == 1


if __name__ == "__main__":
    for name, asked in SCHEMAS.items():
        (DOCS / f"{name}.schema.json").write_text(json.dumps(schema_of(*asked), indent=2, ensure_ascii=False) + "\n")
