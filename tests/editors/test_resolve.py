"""What the page Deliver renders comes to dub: the film, the timeline's subtitles, or how far they are to be shifted."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from dubber.editors.resolve import EDITOR
from dubber.subtitles import parse
from dubber.subtitles.settings import Reading
from tests.editors.fake_resolve import FakeProject, FakeResolve, FakeSubtitle, FakeTimeline
from tests.editors.machines import MachineOf, command_line, install
from tests.editors.recorder import HOSTILE, PROFILE, Recorder

SCRIPTS = ["Dub (Studio).py", "Dub (free edition).lua"]
HOUR = 90000  # the first frame of a timeline of 25 fps


@pytest.fixture(params=SCRIPTS)
def deliver(request: pytest.FixtureRequest, machine_of: MachineOf) -> Path:
    """The installed script."""
    return install(EDITOR, machine_of("linux"))[request.param]


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "renders" / HOSTILE
    path.parent.mkdir()
    path.write_bytes(b"film")
    return path


def resolve(timeline: FakeTimeline) -> FakeResolve:
    return FakeResolve(FakeProject([FakeTimeline("Another", rate="24"), timeline]))


def given(words: list[str]) -> dict[str, str]:
    """The options of a call by name."""
    joined = dict(word.split("=", 1) for word in words if word.startswith("--offset="))
    return joined | {name: value for name, value in zip(words, words[1:], strict=False) if name.startswith("--")}


def test_a_whole_render_comes_with_its_name_as_it_is(
    deliver: Path, film: Path, recorder: Recorder, nothing_ran: Callable[[], bool]
) -> None:
    editor = resolve(FakeTimeline("Film"))
    editor.trigger(deliver, editor.render(film, "Film", HOUR, HOUR + 7499))
    assert recorder.call() == ["hook", "resolve.rendered", "--detach", "--profile", PROFILE, "--media", str(film)]
    assert nothing_ran()


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [("25", 60.0), ("24", 62.5), ("23.976", 62.5625), ("23,976", 62.5625), ("29.97", 50.05), ("29.97 DF", 50.05),
     ("59.94", 25.025), ("60", 25.0)],
)  # fmt: skip
def test_a_partial_render_shifts_the_cues_by_the_exact_time_of_its_first_frame(
    deliver: Path, film: Path, recorder: Recorder, rate: str, seconds: float
) -> None:
    editor = resolve(FakeTimeline("Film", rate=rate))
    editor.trigger(deliver, editor.render(film, "Film", HOUR + 1500, HOUR + 3000))
    assert float(given(recorder.call())["--offset"]) == pytest.approx(-seconds, abs=0.0006)


def test_the_subtitle_track_is_cut_to_what_was_rendered(deliver: Path, film: Path, recorder: Recorder) -> None:
    spoken = [
        FakeSubtitle(HOUR + 100, HOUR + 150, "Before."),
        FakeSubtitle(HOUR + 1490, HOUR + 1550, "Over the cut."),
        FakeSubtitle(HOUR + 1600, HOUR + 1625, "Größe --> 映画\u2028\n$x & `y`"),
        FakeSubtitle(HOUR + 3100, HOUR + 3200, "After."),
    ]
    unseen = [FakeSubtitle(HOUR + 1500, HOUR + 1600, "A track that is off.")]
    editor = resolve(FakeTimeline("Film", tracks=[unseen, [], spoken], off=[1]))
    editor.trigger(deliver, editor.render(film, "Film", HOUR + 1500, HOUR + 3000))
    options = given(recorder.call())
    assert "--offset" not in options
    script = parse(Path(options["--subs"]).read_bytes(), ".srt", Reading())
    assert [(cue.window.start, cue.window.end) for cue in script.cues] == [(0, 2000), (4000, 5000)]
    assert [cue.text for cue in script.cues] == ["Over the cut.", "Größe → 映画 $x & `y`"]


def test_a_track_with_nothing_in_the_rendered_part_leaves_the_subtitles_beside_the_film(
    deliver: Path, film: Path, recorder: Recorder
) -> None:
    editor = resolve(FakeTimeline("Film", tracks=[[FakeSubtitle(HOUR, HOUR + 50, "Early.")]]))
    editor.trigger(deliver, editor.render(film, "Film", HOUR + 1500, HOUR + 3000))
    assert given(recorder.call())["--offset"] == "-60.000" and "--subs" not in given(recorder.call())


def test_a_job_that_runs_the_script_at_both_ends_is_dubbed_once(deliver: Path, film: Path, recorder: Recorder) -> None:
    editor = resolve(FakeTimeline("Film"))
    job = editor.render(film, "Film", HOUR, HOUR + 7499, percent=0)
    editor.trigger(deliver, job)  # the file is there: from an earlier render
    editor.progress(job, 100)
    editor.trigger(deliver, job)
    editor.trigger(deliver, job)
    assert len(recorder.calls) == 1
    film.write_bytes(b"rendered again")
    editor.progress(job, 100, milliseconds=4712)
    editor.trigger(deliver, job)
    assert len(recorder.calls) == 2


@pytest.mark.parametrize("left", ["absent", "empty"])
def test_a_job_without_a_film_starts_nothing(deliver: Path, film: Path, recorder: Recorder, left: str) -> None:
    film.write_bytes(b"") if left == "empty" else film.unlink()
    editor = resolve(FakeTimeline("Film"))
    editor.trigger(deliver, editor.render(film, "Film", HOUR, HOUR + 7499))
    assert recorder.calls == [] and not (deliver.parent / "dub-jobs.txt").exists()


def test_resolve_17_which_cannot_tell_enabled_tracks_has_them_all(
    deliver: Path, film: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(FakeTimeline, "GetIsTrackEnabled")
    editor = resolve(FakeTimeline("Film", tracks=[[FakeSubtitle(HOUR + 25, HOUR + 50, "Hello.")]]))
    editor.trigger(deliver, editor.render(film, "Film", HOUR, HOUR + 7499))
    assert "00:00:01,000 --> 00:00:02,000" in Path(given(recorder.call())["--subs"]).read_text()


def test_the_lua_script_runs_in_the_lua_that_resolve_has(machine_of: MachineOf, film: Path, recorder: Recorder) -> None:
    script = install(EDITOR, machine_of("linux"))[SCRIPTS[1]]
    editor = resolve(FakeTimeline("Film"))
    editor.trigger(script, editor.render(film, "Film", HOUR, HOUR + 7499), engine="luajit21")
    assert given(recorder.call())["--media"] == str(film)


def test_the_python_script_is_of_python_3_6_which_resolve_17_takes(machine_of: MachineOf) -> None:
    script = install(EDITOR, machine_of("linux"))[SCRIPTS[0]]
    assert ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 6)).body


def test_on_windows_no_shell_is_started_and_names_need_not_be_ascii(machine_of: MachineOf, film: Path) -> None:
    machine = machine_of("win32")
    script = install(EDITOR, machine)[SCRIPTS[1]]
    film = film.rename(film.with_name("Größe 映画.mov"))  # no name on Windows holds a backslash
    editor = resolve(FakeTimeline("Film", tracks=[[FakeSubtitle(HOUR + 25, HOUR + 50, "Größe.")]]))
    project = editor.project
    job = editor.render(film, "Film", HOUR, HOUR + 7499)
    project.jobs[0]["TargetDir"] = f"{film.parent}/"
    before = Path(__file__).with_name("fake_windows.lua").read_text()
    started = editor.trigger(script, job, "luajit21", before).shell_executed
    subs = film.with_suffix(".dub.srt")
    words = [*machine.hook("resolve.rendered"), "--media", str(film), "--subs", str(subs)]
    assert [started.file, *command_line(started.parameters)] == words
    assert "Größe." in subs.read_text(encoding="utf-8")
    assert len(editor.trigger(script, job, "luajit21", before).shell_executed) == 0  # it was handed over
