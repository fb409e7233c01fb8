"""The macro "Dub this script" hands the lines on the screen and the open film to dub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dubber.editors.aegisub import EDITOR
from dubber.subtitles import parse
from dubber.subtitles.settings import Reading
from tests.editors.fake_aegisub import FakeAegisub
from tests.editors.machines import MachineOf, command_line, install
from tests.editors.recorder import HOSTILE, PROFILE, Recorder

MACRO = "Dub this script"
FIRST = "Dialogue: 0,0:00:01.00,0:00:02.50,Default,ANNA,0,0,0,,Größe {\\i1}matters{\\i0}."
SECOND = "Dialogue: 0,0:00:03.00,0:00:04.00,Default,BOB,0,0,0,,It does."


@pytest.fixture
def macro(machine_of: MachineOf) -> Path:
    return install(EDITOR, machine_of("darwin"))["dub.lua"]


@pytest.fixture
def editor(tmp_path: Path) -> FakeAegisub:
    """A saved script of a film whose name holds all that a shell could run."""
    user = tmp_path / "user's"
    user.mkdir()
    script = tmp_path / HOSTILE.replace(".mov", ".de.ass")
    found = FakeAegisub(user, script, [FIRST, SECOND], video=str(tmp_path / HOSTILE))
    found.save()
    return found


def subs(recorder: Recorder) -> Path:
    words = recorder.call()
    return Path(words[words.index("--subs") + 1])


@pytest.mark.parametrize("engine", ["lua51", "luajit21"])
def test_a_saved_script_is_dubbed_as_it_lies_there(
    macro: Path, editor: FakeAegisub, recorder: Recorder, nothing_ran: Callable[[], bool], engine: str
) -> None:
    editor.engine = engine
    editor.run(macro, MACRO)
    start = ["hook", "aegisub.dubbed", "--detach", "--profile", PROFILE]
    assert recorder.call() == [*start, "--media", editor.video, "--subs", str(editor.script)]
    assert nothing_ran() and "background" in editor.logged[0]


def test_lines_that_are_not_saved_yet_are_dubbed_too(macro: Path, editor: FakeAegisub, recorder: Recorder) -> None:
    assert editor.script
    before = editor.script.read_bytes()
    editor.events[1] = SECOND.replace("It does.", "It does not.")
    editor.run(macro, MACRO)
    copy = subs(recorder)
    assert copy.name == editor.script.name and editor.user in copy.parents  # its name tells the language
    cues = parse(copy.read_bytes(), ".ass", Reading()).cues
    assert [(cue.window.start, cue.speaker, cue.text) for cue in cues] == [
        (1000, "ANNA", "Größe matters."),
        (3000, "BOB", "It does not."),
    ]
    assert editor.script.read_bytes() == before


def test_a_script_that_was_never_saved_takes_the_films_name(
    macro: Path, editor: FakeAegisub, recorder: Recorder
) -> None:
    editor.script = None
    editor.run(macro, MACRO)
    assert subs(recorder).stem == Path(editor.video).stem


def test_scripts_of_one_name_from_two_folders_are_kept_apart(
    macro: Path, editor: FakeAegisub, recorder: Recorder, tmp_path: Path
) -> None:
    editor.events.append(SECOND)
    editor.run(macro, MACRO)
    assert editor.script
    other = tmp_path / "other"
    other.mkdir()
    editor.script = other / editor.script.name
    editor.run(macro, MACRO)
    first, second = (Path(words[-1]) for words in recorder.calls)
    assert first != second and first.name == second.name


def test_a_film_named_relative_to_the_script_is_found(macro: Path, editor: FakeAegisub, recorder: Recorder) -> None:
    assert editor.script
    (editor.script.parent / "films").mkdir()
    editor.video = f"films/{HOSTILE}"  # as Aegisub 3.2 tells it
    editor.run(macro, MACRO)
    words = recorder.call()
    assert words[words.index("--media") + 1] == str(editor.script.parent / "films" / HOSTILE)


@pytest.mark.parametrize("video", ["", "?dummy:23.976:40000:640:480:47:163:254:"])
def test_without_a_film_the_macro_says_what_to_open(
    macro: Path, editor: FakeAegisub, recorder: Recorder, video: str
) -> None:
    editor.video = video
    editor.run(macro, MACRO)
    assert recorder.calls == [] and "Open the film first" in editor.logged[0]
    editor.audio = "/films/Film.mkv"
    editor.run(macro, MACRO)
    assert "/films/Film.mkv" in recorder.call()


def test_the_macro_says_when_dub_is_gone(macro: Path, editor: FakeAegisub, recorder: Recorder) -> None:
    macro.write_text(macro.read_text().replace('"/bin/sh"', '"/nonexistent/dub"'))
    editor.run(macro, MACRO)
    assert "dub hooks install aegisub" in editor.logged[0]


def test_on_windows_no_shell_is_started(machine_of: MachineOf, editor: FakeAegisub) -> None:
    machine = machine_of("win32")
    macro = install(EDITOR, machine)["dub.lua"]
    assert machine.home / "AppData" / "Roaming" / "Aegisub" / "automation" / "autoload" == macro.parent
    names = editor.run(macro, MACRO, before=Path(__file__).with_name("fake_windows.lua").read_text())
    assert names.shell_executed.file == machine.dub[0]
    assert command_line(names.shell_executed.parameters) == [
        *machine.hook("aegisub.dubbed")[1:], "--media", editor.video, "--subs", str(editor.script)
    ]  # fmt: skip
