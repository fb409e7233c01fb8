"""What goes wrong around a whole job: it is killed, the disk fills, files change or are damaged, two run at once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dubber.errors import DubError, InputError, ToolError
from dubber.job import disk_space
from dubber.model import Event
from tests.faults.jobs import PROFILE, ROOT, WORDS, Place, digest, skip
from tests.servers.openai import OpenAiServer


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A job that nothing befell. To be looked at only."""
    place = Place.made(tmp_path_factory.mktemp("undisturbed") / "job")
    assert place.run().complete
    return place


@pytest.fixture
def place(tmp_path: Path, undisturbed: Place) -> Place:
    """The same job, not done yet."""
    shutil.copytree(undisturbed.folder / "in", tmp_path / "job" / "in")
    (tmp_path / "job" / "out").mkdir()
    return Place(tmp_path / "job")


@contextmanager
def disk(folder: Path, kilobytes: int, *more: str) -> Iterator[Path]:
    """A small file system of its own at folder."""
    folder.mkdir(exist_ok=True)
    size = ",".join([f"size={kilobytes}k", *more])
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(folder)], check=False).returncode
    ):
        skip("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def at(stage: str, act: Callable[[], object]) -> Callable[[Event], None]:
    """Does something once, when the job comes to a stage."""
    waiting = [act]

    def on_event(event: Event) -> None:
        if event.stage == stage and waiting:
            waiting.pop()()

    return on_event


# --- it is killed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.long)])
def test_a_job_that_is_killed_at_any_moment_goes_on_where_it_was(times: int, place: Place, undisturbed: Place) -> None:
    dice, whole, sources = random.Random(7), digest(undisturbed.out), place.sources()
    begun = time.monotonic()
    assert _command(place).wait() == 0
    lasts = time.monotonic() - begun
    for number in range(times):
        if number % 5 == 0:
            shutil.rmtree(place.store, ignore_errors=True)
        place.out.unlink(missing_ok=True)
        before = place.takes()
        run = _command(place)
        time.sleep(dice.uniform(0.1, 1.0) * lasts)
        run.kill()
        run.wait()
        assert place.sources() == sources
        assert not place.out.exists() or digest(place.out) == whole
        assert before.keys() <= place.takes().keys() and all(place.takes().values())
    assert _command(place).wait() == 0
    assert digest(place.out) == whole and place.left() == [] and place.sources() == sources


def _command(place: Place) -> subprocess.Popen[bytes]:
    return subprocess.Popen(place.command(), env=place.environ(), cwd=ROOT, stdin=subprocess.DEVNULL)


# --- the disk is full -------------------------------------------------------------------------------------------


@pytest.fixture
def room_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk has room when the job begins, and another program takes it meanwhile. (A job that cannot fit from the
    beginning is refused before its first line.)"""
    monkeypatch.setattr(disk_space, "_free", lambda folder: None)


@pytest.mark.usefixtures("room_at_first")
@pytest.mark.parametrize("share", [0.05, 0.4, 0.8, 1.2])
def test_a_disk_that_fills_under_the_film_is_named_and_leaves_takes_but_no_film(
    share: float, place: Place, undisturbed: Place
) -> None:
    """On it lie the temporary track, the film as it is written, and its last block."""
    size = undisturbed.out.stat().st_size
    with disk(place.out.parent, max(4, round(size * share / 1024))):
        if _told(place, str(place.out.parent)):
            assert not place.out.exists()
            assert len(place.takes()) == len(WORDS) and all(place.takes().values())
            assert place.left() == []
    assert place.run().report.versions[0].fresh == 0
    assert digest(place.out) == digest(undisturbed.out)


@pytest.mark.usefixtures("room_at_first")
@pytest.mark.parametrize("kilobytes", [8, 140, 220])
def test_a_disk_that_fills_under_the_store_is_named(kilobytes: int, place: Place, undisturbed: Place) -> None:
    with disk(place.store, kilobytes):
        if _told(place, str(place.store)):
            assert not place.out.exists() and place.left() == []
        assert all(place.takes().values()) and place.half() == []
    assert place.run().complete
    assert digest(place.out) == digest(undisturbed.out)


def test_a_disk_that_is_full_under_the_temporary_files_is_named_or_not_needed(
    place: Place, monkeypatch: pytest.MonkeyPatch, undisturbed: Place
) -> None:
    import tempfile

    with disk(place.folder / "tmp", 4) as small:
        monkeypatch.setattr(tempfile, "tempdir", str(small))
        assert not _told(place, str(small)) or not place.out.exists()
        assert place.left() == [] and not list(small.iterdir())
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert place.run().complete and digest(place.out) == digest(undisturbed.out)


def test_a_report_that_no_longer_fits_is_a_warning_beside_a_whole_film(place: Place, undisturbed: Place) -> None:
    told: list[Event] = []

    def hear(event: Event) -> None:
        told.append(event)
        if event.kind == "stage" and event.stage == "mux":  # found earlier, nothing would be begun
            (place.out.parent / "film.mkv.dub.json").mkdir()  # nothing can be written there

    assert place.run(hear).output == place.out
    assert digest(place.out) == digest(undisturbed.out)
    assert [event.kind for event in told if "film.mkv.dub.json: could not" in event.message] == ["warning"]
    assert (place.out.parent / "film.mkv.dub.svg").is_file()


def _told(place: Place, folder: str) -> bool:
    """Whether the job failed; then in one line with the folder's name, and without asking for a line again."""
    told: list[Event] = []
    try:
        place.run(told.append)
    except ToolError as error:
        assert folder in str(error) and "\n" not in str(error), str(error)
        assert any(word in str(error) for word in ("No space left", "disk is full", "should be")), str(error)
        assert "retried" not in str(told)
        return True
    return False


def test_an_output_folder_that_cannot_be_written_is_said_before_a_word_is_spoken(place: Place) -> None:
    with disk(place.out.parent, 100, "ro"), pytest.raises(InputError, match="cannot be written") as caught:
        place.run()
    assert str(place.out.parent) in str(caught.value) and not place.takes()


# --- what is read changes or is damaged -------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["synthesis", "mux"])
@pytest.mark.parametrize("name", ["film", "subtitles"])
def test_a_source_that_changes_meanwhile_gives_no_film(stage: str, name: str, place: Place) -> None:
    source: Path = getattr(place, name)
    longer = at(stage, lambda: source.write_bytes(source.read_bytes() + b"\n\n"))
    with pytest.raises(InputError, match="changed while it was used") as caught:
        place.run(longer)
    assert source.name in str(caught.value)
    assert not place.out.exists() and place.left() == [] and all(place.takes().values())


def test_a_source_that_is_taken_away_gives_no_film(place: Place) -> None:
    with pytest.raises(DubError):
        place.run(at("mux", place.film.unlink))
    assert not place.out.exists() and place.left() == []


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda data: data[: len(data) // 2],
    "zeroed": lambda data: bytes(len(data)),
    "flipped": lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
    "emptied": lambda data: b"",
    "grown": lambda data: data + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_takes_and_stretches_are_made_anew(damage: str, place: Place, undisturbed: Place) -> None:
    shutil.copytree(undisturbed.store, place.store)
    for path in [*place.store.glob("takes/*/*"), *place.store.glob("blobs/*/*"), *place.store.glob("pace/*")]:
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert place.run().report.versions[0].fresh == len(WORDS)
    assert digest(place.out) == digest(undisturbed.out) and all(place.takes().values())


def test_clocks_and_copied_dates_are_of_no_account(
    place: Place, undisturbed: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(undisturbed.store, place.store)
    for number, path in enumerate([place.film, place.subtitles, *place.store.rglob("*.take")]):
        os.utime(path, (4e9, 4e9) if number % 2 else (0, 0))
    moments = iter(range(2_000_000_000, 0, -1_000_000))
    monkeypatch.setattr(time, "time", lambda: float(next(moments)))  # it goes back eleven days whenever one looks
    outcome = place.run()
    assert outcome.report.versions[0].fresh == 0 and 0 <= outcome.report.seconds < 300
    assert digest(place.out) == digest(undisturbed.out)


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_a_film_that_is_cut_off_is_refused_before_a_word_is_spoken(kept: float, place: Place) -> None:
    from tests.films import film

    whole = film(place.folder / "in", "mp4", seconds=2.2)
    place.film.write_bytes(whole.read_bytes()[: round(whole.stat().st_size * kept)])
    with pytest.raises(InputError) as caught:
        place.run()
    assert str(place.film) in str(caught.value) and "\n" not in str(caught.value)
    assert not place.takes() and not place.out.exists() and place.left() == []


# --- two at once ------------------------------------------------------------------------------------------------


def test_of_two_runs_on_one_output_one_writes_and_the_other_is_told(place: Place, undisturbed: Place) -> None:
    runs = [
        subprocess.Popen(place.command(), env=place.environ(), cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [run.communicate()[1] for run in runs]
    statuses = sorted(run.returncode for run in runs)
    assert statuses in ([0, 2], [0, 0]), said  # both, when the first had ended before the second began
    assert statuses == [0, 0] or any("another run is writing it" in text for text in said)
    assert digest(place.out) == digest(undisturbed.out) and place.left() == []


def test_a_second_run_in_the_same_folder_and_store_disturbs_nothing(place: Place, undisturbed: Place) -> None:
    other = place.out.with_name("other.mkv")
    assert place.run(at("mux", lambda: place.run(output=other))).complete
    assert digest(place.out) == digest(other) == digest(undisturbed.out)
    assert [name for name in place.left() if name.startswith(".")] == []


# --- lines that nobody can speak --------------------------------------------------------------------------------

SERVED = PROFILE.replace('backend = "tone"\nmilliseconds_per_character = 30', 'backend = "openai"\nvoice = "bf_emma"')


def test_some_lines_failed_no_film_unless_it_is_allowed_and_then_they_are_listed(tmp_path: Path) -> None:
    with OpenAiServer() as server:
        servers = f'[backends.openai]\nservers = ["{server.url}/v1"]\n'
        place = Place.made(tmp_path / "job", profile=servers + SERVED + "tries = 1\n[fitting]\nnative_from = 4\n")
        server.faults.append("400")
        keyless = {**place.environ(), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        run = subprocess.run(place.command(), env=keyless, cwd=ROOT, capture_output=True, text=True, check=False)
        assert run.returncode == 1
        assert "1 line could not be spoken" in run.stderr and "--allow-missing" in run.stderr
        assert list(place.out.parent.iterdir()) == [] and len(place.takes()) == len(WORDS) - 1

        server.faults.append("400")
        command = place.command("--allow-missing")
        run = subprocess.run(command, env=keyless, cwd=ROOT, capture_output=True, text=True, check=False)
        assert run.returncode == 1 and place.out.exists() and "could not be spoken" in run.stderr


def test_a_second_faster_reading_that_fails_leaves_the_natural_one(tmp_path: Path) -> None:
    """The server turns bad once the lines are spoken; the film is made all the same."""
    hurried = SERVED.replace("[synthesis]", "[synthesis]\ntries = 1\nfailures = 1000")
    with OpenAiServer() as server:
        servers = f'[backends.openai]\nservers = ["{server.url}/v1"]\n'
        long = tuple(f"{text} {text} {text}" for text in WORDS)
        place = Place.made(tmp_path / "job", words=long, profile=servers + hurried)
        told: list[Event] = []

        def on_event(event: Event) -> None:
            told.append(event)
            if event.kind == "step" and event.stage == "synthesis" and event.done == len(WORDS):
                server.faults.extend(["401"] * 50)

        outcome = place.run(on_event)
        assert outcome.output == place.out and not outcome.report.failed
        assert sum(event.kind == "stage" and event.stage == "synthesis" for event in told) == 2


def test_ctrl_c_at_the_end_of_a_job_leaves_no_half_film(place: Place, undisturbed: Place) -> None:
    command = [word for word in place.command("--json") if word != "--quiet"]
    with subprocess.Popen(command, env=place.environ(), cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        for line in run.stdout:
            if '"mux"' in line:
                break
        run.send_signal(signal.SIGINT)
        run.communicate()
    assert run.returncode in (0, 130)
    assert place.left() == []
    assert not place.out.exists() or digest(place.out) == digest(undisturbed.out)
