"""The library: `import dubber`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import dubber
from dubber import errors

ROOT = Path(__file__).parents[1]
WORDS = "WEBVTT\n\n00:01.000 --> 00:02.500\n<v Marta>The lantern is out.\n\n00:03.000 --> 00:04.500\nAre you sure?\n"

# Semantic versioning holds for exactly these names (docs/python.md). One more is a minor version, one less a major.
PUBLIC = {
    "Backend", "BackendError", "BackendUnavailable", "Cancelled", "DubError", "Event", "InputError", "InputErrors",
    "Job", "Outcome", "Profile", "Report", "ToolError", "__version__", "check", "dub",
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a film and its words, in which we are."""
    shutil.copy(ROOT / "samples" / "harbour.mp4", tmp_path / "film.mp4")
    (tmp_path / "film.vtt").write_text(WORDS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def python(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """A script of a user's, run as a file."""
    (folder / "script.py").write_text(script)
    return subprocess.run([sys.executable, "-W", "error", "script.py"], cwd=folder, capture_output=True, text=True)


# ---- what it is


def test_these_names_are_public_and_no_others() -> None:
    assert set(dubber.__all__) == PUBLIC and set(dir(dubber)) >= PUBLIC
    assert all(getattr(dubber, name) is not None for name in PUBLIC)
    with pytest.raises(AttributeError, match="'dubb'"):
        _ = getattr(dubber, "dubb")  # noqa: B009 - a type checker knows already that there is none


def test_every_error_that_a_caller_may_meet_is_public() -> None:
    ours = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.DubError)}
    assert ours <= PUBLIC


def test_the_public_names_are_in_the_page_about_them() -> None:
    page = (ROOT / "docs" / "python.md").read_text()
    assert [name for name in sorted(PUBLIC) if f"`{name}`" not in page and f"`dubber.{name}" not in page] == []


def test_importing_it_imports_nothing_and_takes_no_time() -> None:
    script = (
        "import sys, time\nbefore, began = set(sys.modules), time.process_time()\nimport dubber\n"
        "print(1000 * (time.process_time() - began), *sorted(set(sys.modules) - before))"
    )
    took, *modules = zip(*(_fresh(script) for _ in range(3)), strict=True)
    assert {name for names in modules for name in names} == {"dubber"}
    assert min(map(float, took)) < 5.0, "ms"


def _fresh(script: str) -> list[str]:
    return subprocess.check_output([sys.executable, "-c", script], text=True, cwd=ROOT).split()


def test_a_consumer_of_every_name_is_typed(tmp_path: Path) -> None:
    consumer = (ROOT / "tests" / "consumer.py").read_text()
    assert all(f"dubber.{name}" in consumer for name in PUBLIC)
    assert (ROOT / "dubber" / "py.typed").is_file()
    wrong = consumer + "\ndubber.dub(3)\ndubber.dub('film.mp4', overwrite='yes')\ndubber.dubb('film.mp4')\n"
    (tmp_path / "consumer.py").write_text(wrong)
    said = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(tmp_path / "consumer.py")],
        cwd=ROOT, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    last = len(wrong.splitlines())
    assert {int(line.split(":")[1]) for line in said if ": error:" in line} == {last - 2, last - 1, last}, said


# ---- what it does


def test_a_script_without_a_guard_dubs_a_film_and_prints_nothing(place: Path) -> None:
    said = python(place, "print('begins')\nimport dubber\ndubber.dub('film.mp4', 'film.vtt')\n")
    assert (said.returncode, said.stdout, said.stderr) == (0, "begins\n", ""), "no worker runs the script again"
    assert (place / "film.en.dub.mp4").stat().st_size and (place / "film.en.dub.mp4.dub.json").is_file()


def test_nor_does_it_where_processes_are_spawned(place: Path) -> None:
    script = (
        "print('begins')\nimport multiprocessing as m\n"
        "m.get_all_start_methods = lambda: ['spawn']\n"  # a fake of Windows, as far as dub asks for it
        "import dubber\nprint(dubber.dub('film.mp4', output='out.wav').complete)\n"
    )
    said = python(place, script)
    assert (said.returncode, said.stdout) == (0, "begins\nTrue\n"), said.stderr


def test_processes_of_the_callers_own_still_know_his_script(place: Path) -> None:
    script = (
        "import multiprocessing, dubber\ndef double(number): return 2 * number\n"
        "if __name__ == '__main__':\n"
        "    print(dubber.dub('film.mp4', output='out.wav').complete)\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(double, [3]))\n"
    )
    said = python(place, script)
    assert said.stdout == "True\n[6]\n", said.stderr


def test_it_can_be_called_from_a_thread(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    found = list[Any]()
    thread = threading.Thread(target=lambda: found.append(dubber.dub("film.mp4", ["film.vtt"], languages="en")))
    thread.start()
    thread.join()
    (outcome,) = found
    assert outcome.output.absolute() == place / "film.en.dub.mp4" and outcome.complete
    assert capfd.readouterr() == ("", "")


def test_what_is_asked_for_by_keyword_is_done(place: Path) -> None:
    told = list[dubber.Event]()
    settings = {"output.container": "mkv", "output.original": "replace"}
    outcome = dubber.dub(
        place / "film.mp4", settings=settings, languages=["de"], store=place / "takes", on_event=told.append
    )
    assert outcome.output == place / "film.de.dub.mkv" and len(outcome.report.tracks) == 1
    assert [one for one in outcome.report.streams if one.startswith("audio")] == ["audio aac deu 2 ch dub (default)"]
    assert (place / "takes" / "takes").is_dir()
    assert any("lies beside the film" in event.message for event in told)
    assert {"stage", "step"} <= {event.kind for event in told}


def test_a_job_says_all_of_it(place: Path) -> None:
    job = dubber.Job(place / "film.mp4", dubber.Profile.load(), (place / "film.vtt",), store=place / "takes")
    assert dubber.check(job).versions[0].fresh == 2
    assert dubber.dub(job).output == place / "film.en.dub.mp4"
    assert dubber.check(job).versions[0].stored == 2
    with pytest.raises(TypeError, match="says all"):
        dubber.dub(job, overwrite=True)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"Profile\.load"):
        dubber.check("film.mp4", profile=job.profile, settings={"mixing.depth": 12})


def test_a_look_writes_nothing(place: Path) -> None:
    before = sorted(place.iterdir())
    report = dubber.check("film.mp4", "film.vtt")
    assert report.output is None and [line.text for line in report.versions[0].lines][0] == "The lantern is out."
    assert sorted(place.iterdir()) == before


def test_the_examples_of_the_docs_run(place: Path) -> None:
    said = ("Is there anybody who can hear me?", "Nobody has been here since the storm.", "Then we light it ourselves.")
    cues = (f"{at}\n00:00:0{at},000 --> 00:00:0{at},900\n{text}\n" for at, text in enumerate(said, 1))
    hurried = "\n".join(cues)
    for name in ("film.srt", "film.en.srt", "film.fr.srt"):
        (place / name).write_text(hurried)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL)
    ran = python(place, "\n".join(blocks))
    assert ran.returncode == 0, ran.stderr
    assert "film.en.dub.mp4" in ran.stdout and "Is there anybody" in ran.stdout and "mux 1 1" in ran.stdout
    assert (place / "out.mkv").is_file() and "please change" not in ran.stdout


# ---- what goes wrong


def test_what_the_caller_has_to_change_is_an_input_error(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for wrong in ({"profile": "nobody"}, {"settings": {"mixing.depht": 12}}, {"languages": ["klingonish"]}):
        with pytest.raises(dubber.InputError):
            dubber.dub("film.mp4", "film.vtt", **wrong)
    with pytest.raises(dubber.InputError, match=r"no\.mp4"):
        dubber.check("no.mp4", "film.vtt")
    (place / "film.en.dub.mp4").write_text("the user's own")
    with pytest.raises(dubber.InputError) as caught:
        dubber.dub("film.mp4", "film.vtt")
    assert caught.value.code == "exists" and (place / "film.en.dub.mp4").read_text() == "the user's own"
    assert capfd.readouterr() == ("", "")


def test_what_the_computer_refuses_is_a_tool_error(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(dubber.ToolError):
        dubber.dub("film.mp4", "film.vtt", store=place / "file" / "store")


def test_who_listens_can_stop_it(place: Path) -> None:
    def enough(event: dubber.Event) -> None:
        if event.stage == "synthesis" and event.kind == "step":
            raise dubber.Cancelled("enough")

    with pytest.raises(dubber.Cancelled, match="enough"):
        dubber.dub("film.mp4", "film.vtt", on_event=enough)
    assert not [path for path in place.iterdir() if "dub" in path.name]
