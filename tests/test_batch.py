"""A season is dubbed: what fails is named and stops nothing, what is done is not done again, no server idles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from houses import House, build_street
from seasons import TONES, season, srt

from dubber import batch, library
from dubber.batch import Batch, Entry, Plan, Result
from dubber.library import Wishes
from dubber.store import Store

ROOT = Path(__file__).parent.parent
Street = dict[str, House]


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    yield from build_street(tmp_path, monkeypatch)


def wishes(folder: Path, **more: object) -> Wishes:
    return Wishes(profile=str(folder / "tones.toml"), store=folder / "store", **more)  # type: ignore[arg-type]


def run(entries: list[Entry], plan: Plan | None = None) -> dict[str, Result]:
    return {result.film.name: result for result in Batch(plan or Plan()).run(entries)}


def takes(folder: Path) -> int:
    return Store(folder / "store").usage().takes


def leftovers(show: Path) -> list[str]:
    return [path.name for path in show.iterdir() if path.name.startswith(".") or ".tmp" in path.name]


def test_one_broken_film_stops_no_other(tmp_path: Path) -> None:
    show = season(tmp_path, 4, broken=(1,))
    results = run(batch.plan([show], wishes(tmp_path)))
    assert {name: one.status for name, one in results.items()} == {
        "E000.mp4": "dubbed",
        "E001.mp4": "failed",
        "E002.mp4": "dubbed",
        "E003.mp4": "dubbed",
    }
    assert "incomplete" in results["E001.mp4"].reason
    assert sorted(path.name for path in show.glob("*.dub.wav")) == [f"E00{n}.en.dub.wav" for n in (0, 2, 3)]
    assert not leftovers(show)


def test_a_rerun_does_only_what_is_not_done_by_content(tmp_path: Path) -> None:
    show = season(tmp_path, 4)
    assert {one.status for one in run(batch.plan([show], wishes(tmp_path))).values()} == {"dubbed"}
    first = {path.name: path.stat().st_mtime_ns for path in show.glob("*.dub.wav")}
    os.utime(show / "E000.mp4")  # touched, not changed
    (show / "E001.en.srt").write_text(srt(1).replace("line 0", "line nought"))
    (show / "E002.en.dub.wav").unlink()
    results = run(batch.plan([show], wishes(tmp_path)))
    assert {name: one.status for name, one in results.items()} == {
        "E000.mp4": "done",
        "E001.mp4": "dubbed",
        "E002.mp4": "dubbed",
        "E003.mp4": "done",
    }
    assert results["E001.mp4"].fresh == 1 and results["E002.mp4"].fresh == 0
    again = {path.name: path.stat().st_mtime_ns for path in show.glob("*.dub.wav")}
    assert [name for name in sorted(first) if first[name] == again[name]] == ["E000.en.dub.wav", "E003.en.dub.wav"]


def test_another_cast_dubs_the_season_anew(tmp_path: Path) -> None:
    show = season(tmp_path, 1)
    run(batch.plan([show], wishes(tmp_path)))
    (tmp_path / "cast.toml").write_text('[voices.low]\nbackend = "tone"\npitch = 200\n[casting]\nnarrator = "low"\n')
    assert run(batch.plan([show], wishes(tmp_path)))["E000.mp4"].status == "dubbed"
    assert run(batch.plan([show], wishes(tmp_path)))["E000.mp4"].status == "done"


def test_a_file_that_dub_did_not_write_is_never_replaced(tmp_path: Path) -> None:
    show = season(tmp_path, 1)
    (show / "E000.en.dub.wav").write_bytes(b"precious")
    result = run(batch.plan([show], wishes(tmp_path)))["E000.mp4"]
    assert result.status == "failed" and "exists already" in result.reason
    assert (show / "E000.en.dub.wav").read_bytes() == b"precious"


def test_a_crash_between_the_output_and_its_report_is_mended_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = season(tmp_path, 1)
    monkeypatch.setattr("dubber.report.write", lambda *_: (_ for _ in ()).throw(SystemExit("power cut")))
    with pytest.raises(SystemExit):
        batch.dub(batch.plan([show], wishes(tmp_path))[0].job)  # type: ignore[arg-type]
    monkeypatch.undo()
    assert (show / "E000.en.dub.wav").exists()
    assert run(batch.plan([show], wishes(tmp_path)))["E000.mp4"].status == "dubbed"
    assert run(batch.plan([show], wishes(tmp_path)))["E000.mp4"].status == "done"


def test_a_fault_of_ours_ends_one_film_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show = season(tmp_path, 2)
    prepare = batch.pipeline.prepare

    def clumsy(job: object) -> object:
        if job.film.name == "E000.mp4":  # type: ignore[attr-defined]
            raise ZeroDivisionError("a bug")
        return prepare(job)  # type: ignore[arg-type]

    monkeypatch.setattr(batch.pipeline, "prepare", clumsy)
    results = run(batch.plan([show], wishes(tmp_path)))
    assert results["E001.mp4"].status == "dubbed"
    assert "dub itself failed: ZeroDivisionError" in results["E000.mp4"].reason


def test_lists_and_globs_name_films(tmp_path: Path) -> None:
    show = season(tmp_path, 3)
    listed = tmp_path / "tonight.txt"
    listed.write_text("# tonight\nshow/E001.mp4\nshow/E002.mp4\tshow/E000.en.srt\n")
    found = library.find([listed])
    assert [(one.film.name, one.sidecars[0].path.name) for one in found] == [
        ("E001.mp4", "E001.en.srt"),
        ("E002.mp4", "E000.en.srt"),
    ]
    assert [one.film.name for one in library.find([f"{show}/E00[12].*", show])] == ["E001.mp4", "E002.mp4", "E000.mp4"]


def test_a_folder_s_own_profile_holds_for_its_films(tmp_path: Path) -> None:
    show = season(tmp_path, 1)
    (show / "dub.toml").write_text(f'extends = "{tmp_path}/tones.toml"\n[output]\nfolder = "done"\ncontainer = "mp4"\n')
    result = run(batch.plan([show], wishes(tmp_path)))["E000.mp4"]
    assert result.output == show / "done" / "E000.en.dub.mp4"


def test_a_wrong_profile_in_one_folder_is_that_folder_s_trouble(tmp_path: Path) -> None:
    season(tmp_path, 1)
    bad = season(tmp_path / "other", 1)
    (bad / "dub.toml").write_text("mixing = 3\n")
    entries = batch.plan([tmp_path / "show", bad], wishes(tmp_path))
    assert sorted(one.status for one in Batch().run(entries)) == ["dubbed", "failed"]


# servers


def hummed(folder: Path, servers: int, *, in_flight: int = 1) -> None:
    names = ", ".join(f'"h{number}"' for number in range(servers))
    (folder / "tones.toml").write_text(
        TONES.replace('"tone"', '"hum"').replace("milliseconds_per_character = 20\n", "")
        + f"[backends.hum]\nservers = [{names}]\nin_flight = {in_flight}\n"
    )


def test_films_share_the_servers_and_ask_no_server_for_more_than_it_takes(tmp_path: Path, street: Street) -> None:
    show = season(tmp_path, 4, lines=4)
    hummed(tmp_path, 2)
    street.update({f"h{number}": House(seconds=0.02) for number in range(2)})
    results = run(batch.plan([show], wishes(tmp_path)))
    assert {one.status for one in results.values()} == {"dubbed"}
    assert sum(len(street[name].asked) for name in ("h0", "h1")) == 16
    assert max(street[name].busiest for name in ("h0", "h1")) == 1


def test_a_line_that_two_films_share_is_spoken_once(tmp_path: Path, street: Street) -> None:
    show = season(tmp_path, 3)
    for path in show.glob("*.srt"):
        path.write_text(srt(0))
    hummed(tmp_path, 1)
    street["h0"] = House(seconds=0.05)
    results = run(batch.plan([show], wishes(tmp_path)))
    assert {one.status for one in results.values()} == {"dubbed"}
    assert len(street["h0"].asked) == 2
