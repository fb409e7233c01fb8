"""A season is dubbed: what fails is named and stops nothing, what is done is not done again, no server idles."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from dubber.files import outputs
from dubber.job import pipeline, provenance
from dubber.job.job import Job
from dubber.model import Event, Line
from dubber.unattended import batch, library
from dubber.unattended.batch import Batch, BatchPlan
from dubber.unattended.library import BatchOptions
from dubber.unattended.results import Result
from tests.houses import House, build_street
from tests.seasons import TONES, model, season, srt
from tests.servers.openai import VOICES, OpenAiServer

Street = dict[str, House]


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    yield from build_street(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def model_season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two films, dubbed, the second in a folder of its own."""
    folder = tmp_path_factory.mktemp("dubbed")
    show = season(folder, 2)
    (show / "two").mkdir()
    for path in show.glob("E001.*"):
        path.rename(show / "two" / path.name)
    assert statuses(dub(folder)) == {"E000.mp4": "dubbed", "E001.mp4": "dubbed"}
    return folder


@pytest.fixture
def dubbed(model_season: Path, tmp_path: Path) -> Path:
    """That season, to be changed."""
    return shutil.copytree(model_season, tmp_path / "season")


def wishes(folder: Path, **more: object) -> BatchOptions:
    return BatchOptions(profile=str(folder / "tones.toml"), store=folder / "store", **more)  # type: ignore[arg-type]


def dub(
    folder: Path, plan: BatchPlan | None = None, tell: Callable[[Path | None, Event], None] | None = None
) -> list[Result]:
    """What becomes of the season in folder/show."""
    entries = batch.plan([folder / "show"], wishes(folder))
    runner = Batch(plan or BatchPlan(), tell=tell) if tell else Batch(plan or BatchPlan())
    return list(runner.run(entries))


def named(results: list[Result]) -> dict[str, Result]:
    return {result.film.name: result for result in results}


def statuses(results: list[Result]) -> dict[str, str]:
    return {result.film.name: result.status for result in results}


def moved(folder: Path) -> None:
    """The reports of a copied season tell of the place that it lies in now."""
    for path in folder.rglob("*.dub.json"):
        told = json.loads(path.read_text())
        told["film"], told["output"] = (str(path.parent / Path(told[key]).name) for key in ("film", "output"))
        path.write_text(json.dumps(told))


def leftovers(show: Path) -> list[str]:
    return [path.name for path in show.iterdir() if path.name.startswith(".") or ".tmp" in path.name]


def test_one_broken_film_stops_no_other(tmp_path: Path) -> None:
    show = season(tmp_path, 3, broken=(1,))
    results = dub(tmp_path)
    assert statuses(results) == {"E000.mp4": "dubbed", "E001.mp4": "failed", "E002.mp4": "dubbed"}
    assert "incomplete" in named(results)["E001.mp4"].reason
    assert sorted(path.name for path in show.glob("*.dub.wav")) == [f"E00{n}.en.dub.wav" for n in (0, 2)]
    assert not leftovers(show)


# a second run


def touched(two: Path) -> None:
    os.utime(two / "E001.mp4")


def another_film(two: Path) -> None:
    shutil.copy(model(title="another"), two / "E001.mp4")


def other_words(two: Path) -> None:
    (two / "E001.en.srt").write_text(srt(1).replace("line 0", "line nought"))


def another_profile(two: Path) -> None:
    (two / "dub.toml").write_text(f'extends = "{two.parent.parent}/tones.toml"\n[fitting]\nfastest = 1.2\n')


def another_folder(two: Path) -> None:
    (two / "dub.toml").write_text(f'extends = "{two.parent.parent}/tones.toml"\n[output]\nfolder = "done"\n')


def another_cast(two: Path) -> None:
    (two / "cast.toml").write_text('[voices.low]\nbackend = "tone"\npitch = 200\n[casting]\nnarrator = "low"\n')


def no_output(two: Path) -> None:
    (two / "E001.en.dub.wav").unlink()


@pytest.mark.parametrize(
    ("change", "status", "fresh"),
    [
        (touched, "done", 0),
        (another_film, "dubbed", 0),
        (other_words, "dubbed", 1),
        (another_profile, "dubbed", 0),
        (another_cast, "dubbed", 2),
        (no_output, "dubbed", 0),
        (another_folder, "dubbed", 0),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_rerun_does_only_what_is_not_done_by_content(
    dubbed: Path, change: Callable[[Path], None], status: str, fresh: int
) -> None:
    change(dubbed / "show" / "two")
    entries = batch.plan([dubbed / "show"], wishes(dubbed))
    foreseen = {one.film.name: batch.foresee(one)[0] for one in entries}
    assert foreseen == {"E000.mp4": "done", "E001.mp4": "done" if status == "done" else "to do"}
    results = named(list(Batch().run(entries)))
    assert results["E000.mp4"].status == "done"
    assert (results["E001.mp4"].status, results["E001.mp4"].fresh) == (status, fresh)
    folder = dubbed / "show" / "two" / ("done" if change is another_folder else "")
    assert results["E001.mp4"].output == folder / "E001.en.dub.wav" and results["E001.mp4"].output.exists()


def test_a_film_whose_lines_start_late_is_dubbed_with_a_remark(tmp_path: Path) -> None:
    show = season(tmp_path, 2)
    long = "A line that is far too long for the time that it has, and for the next one's too."
    (show / "E001.en.srt").write_text(
        f"1\n00:00:00,000 --> 00:00:00,400\n{long}\n\n2\n00:00:00,500 --> 00:00:00,900\nLate.\n"
    )
    results = named(dub(tmp_path))
    assert results["E000.mp4"].remark == ""
    assert results["E001.mp4"].status == "dubbed" and "cue 1" in results["E001.mp4"].remark  # the one that is too long


def test_broken_subtitles_are_remarked_when_the_film_is_dubbed_and_when_it_is_found_done(
    tmp_path: Path,
) -> None:
    show = season(tmp_path, 2)
    with (show / "E001.en.srt").open("a") as file:
        file.write("\n\n9\n00:00:xx,000 --> 00:00:02,000\nLost words.\n")
    first, again = named(dub(tmp_path)), named(dub(tmp_path))
    assert "1 broken piece of text" in first["E001.mp4"].remark
    assert [(run["E000.mp4"].broken, run["E001.mp4"].broken) for run in (first, again)] == [(0, 1), (0, 1)]
    assert again["E001.mp4"].status == "done"


def test_a_file_that_dub_did_not_write_is_never_replaced(tmp_path: Path) -> None:
    show = season(tmp_path, 1)
    (show / "E000.en.dub.wav").write_bytes(b"precious")
    (result,) = dub(tmp_path)
    assert result.status == "failed" and "exists already" in result.reason
    assert (show / "E000.en.dub.wav").read_bytes() == b"precious"


def test_the_dub_of_one_film_is_never_replaced_by_another_s(dubbed: Path) -> None:
    moved(dubbed)
    before = (dubbed / "show" / "two" / "E001.en.dub.wav").read_bytes()
    shutil.copy(model("mkv"), dubbed / "show" / "two" / "E001.mkv")
    (dubbed / "show" / "two" / "E001.mp4").touch()
    results = named(dub(dubbed))
    assert results["E001.mp4"].status == "done"
    assert "is the dub of" in results["E001.mkv"].reason and "another name" in results["E001.mkv"].reason
    assert (dubbed / "show" / "two" / "E001.en.dub.wav").read_bytes() == before


def test_a_crash_between_the_output_and_its_report_is_mended_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = season(tmp_path, 1)
    monkeypatch.setattr(outputs.Claim, "lay_beside", lambda *_: (_ for _ in ()).throw(SystemExit("power cut")))
    with pytest.raises(SystemExit):
        batch.dub(batch.plan([show], wishes(tmp_path))[0].job)  # type: ignore[arg-type]
    monkeypatch.undo()
    assert (show / "E000.en.dub.wav").exists()
    assert statuses(dub(tmp_path)) == {"E000.mp4": "dubbed"}
    assert statuses(dub(tmp_path)) == {"E000.mp4": "done"}


def test_a_stop_between_the_film_and_its_report_is_heard_after_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = outputs.Claim.publish

    def stopped(claim: outputs.Claim) -> None:
        publish(claim)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(outputs.Claim, "publish", stopped)
    show = season(tmp_path, 1)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            batch.dub(batch.plan([show], wishes(tmp_path))[0].job)  # type: ignore[arg-type]
    finally:
        signal.signal(signal.SIGINT, before)
    monkeypatch.undo()
    assert sorted(path.name for path in show.glob("*.dub.*")) == [
        f"E000.en.dub.wav{suffix}" for suffix in ("", ".dub.json", ".dub.svg")
    ]
    assert statuses(dub(tmp_path)) == {"E000.mp4": "done"}


def test_what_another_run_has_made_meanwhile_is_not_made_again(dubbed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either was there; the second gets the output's lock when the first has let it go."""
    show = dubbed / "show"
    stands = provenance.Origin.stands
    asked: list[Path] = []

    def late(origin: provenance.Origin, output: Path) -> bool:
        asked.append(output)
        return asked.count(output) > 1 and stands(origin, output)

    monkeypatch.setattr(provenance.Origin, "stands", late)
    before = (show / "E000.en.dub.wav").stat().st_mtime_ns
    assert named(dub(dubbed))["E000.mp4"].status == "done"
    assert (show / "E000.en.dub.wav").stat().st_mtime_ns == before


def test_a_fault_of_ours_ends_one_film_only(dubbed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = pipeline.prepare

    def clumsy(job: Job) -> object:
        if job.film.name == "E000.mp4":
            raise ZeroDivisionError("a bug")
        return prepare(job)

    monkeypatch.setattr(pipeline, "prepare", clumsy)
    results = named(dub(dubbed))
    assert results["E001.mp4"].status == "done"
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


def test_a_wrong_profile_in_one_folder_is_that_folder_s_trouble(dubbed: Path) -> None:
    (dubbed / "show" / "two" / "dub.toml").write_text("mixing = 3\n")
    assert statuses(dub(dubbed)) == {"E000.mp4": "done", "E001.mp4": "failed"}


# servers


def hummed(folder: Path, servers: int) -> None:
    names = ", ".join(f'"h{number}"' for number in range(servers))
    (folder / "tones.toml").write_text(
        TONES.replace('"tone"', '"hum"').replace("milliseconds_per_character = 20\n", "")
        + f"[backends.hum]\nservers = [{names}]\nin_flight = 1\n"
    )


def test_while_one_film_is_mixed_the_servers_speak_the_others(tmp_path: Path, street: Street) -> None:
    """Four films of one line. Until the film whose line was asked for first is mixed, its line alone is spoken; and it
    stays in its mix until every line is. Each server has one line at a time, as its profile says, whoever's it is."""
    season(tmp_path, 4, lines=1)
    hummed(tmp_path, 2)
    mixing, first, asked_at_mix = threading.Event(), list[str](), list[int]()

    def wait(line: Line, number: int) -> None:
        first.append(line.text)
        assert line.text == first[0] or mixing.wait(60)

    street.update({f"h{number}": House(rule=wait) for number in range(2)})

    def stay(film: Path | None, event: Event) -> None:
        if film and event.stage == "encode" and not mixing.is_set():
            asked_at_mix.append(len(first))
            mixing.set()
            end = monotonic() + 60
            while len(first) < 4 and monotonic() < end:
                sleep(0.02)
            asked_at_mix.append(len(first))

    results = dub(tmp_path, tell=stay)
    assert {one.status for one in results} == {"dubbed"}
    assert asked_at_mix[0] <= 3 and asked_at_mix[1] == 4
    assert max(street[name].busiest for name in ("h0", "h1")) == 1


def test_a_line_that_two_films_share_is_spoken_once(tmp_path: Path, street: Street) -> None:
    show = season(tmp_path, 2)
    for path in show.glob("*.srt"):
        path.write_text(srt(0))
    hummed(tmp_path, 1)
    street["h0"] = House(seconds=0.05)
    assert {one.status for one in dub(tmp_path)} == {"dubbed"}
    assert len(street["h0"].asked) == 2


def test_a_server_that_rests_between_two_films_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    season(tmp_path, 2)
    with OpenAiServer() as server:
        voice = f'[voices.tones]\nbackend = "openai"\nvoice = "{VOICES[0]}"\n'
        (tmp_path / "tones.toml").write_text(
            TONES.replace('[voices.tones]\nbackend = "tone"\nmilliseconds_per_character = 20\n', voice)
            + f'[synthesis]\nrest = 0.1\n[backends.openai]\nservers = ["{server.url}/v1"]\n'
        )
        (tmp_path / "show" / "E001.en.srt").write_text(srt(1))

        revived = threading.Timer(0.5, server.revive)

        def restart(film: Path | None, event: Event) -> None:
            if film and film.name == "E000.mp4" and event.kind == "step" and event.stage == "mux":
                server.die()
            if film and film.name == "E001.mp4" and event.kind == "stage" and event.stage == "synthesis":
                revived.start() if not revived.ident else None

        results = dub(tmp_path, BatchPlan(films=1), restart)
        assert statuses(results) == {"E000.mp4": "dubbed", "E001.mp4": "dubbed"}
        asked = [(each.body["input"], each.body.get("speed")) for each in server.syntheses]
        assert len(asked) == len(set(asked)) >= 4
