"""Bazarr hands a film to dub when its subtitles have arrived."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from dubber.editors.base import Machine
from dubber.editors.bazarr import EDITOR
from tests.editors.fake_bazarr import post_process
from tests.editors.machines import MachineOf, command_line, install
from tests.editors.recorder import HOSTILE, PROFILE, Recorder


def command(machine: Machine) -> str:
    """The line that the user is told to put into Bazarr's settings."""
    (line,) = (line for line in EDITOR.steps(machine).splitlines() if "{{episode}}" in line)
    return line


def test_the_film_and_what_arrived_come_with_their_names_as_they_are(
    machine_of: MachineOf, tmp_path: Path, recorder: Recorder, nothing_ran: Callable[[], bool]
) -> None:
    film, machine = tmp_path / HOSTILE, machine_of("linux")
    install(EDITOR, machine)
    post_process(command(machine), film, film.with_suffix(".de.srt"))
    start = ["hook", "bazarr.downloaded", "--detach", "--profile", PROFILE]
    assert recorder.call() == [*start, "--media", str(film), "--subs", str(film.with_suffix(".de.srt"))]
    assert nothing_ran()


def test_on_windows_the_command_is_one_of_windows() -> None:
    machine = Machine("win32", Path("C:/Users/Zoë"), {}, (r"C:\Program Files\dub\dub.exe",))
    words = command_line(command(machine))
    assert words[0] == r"C:\Program Files\dub\dub.exe"
    assert words[-4:] == ["--media", "{{episode}}", "--subs", "{{subtitles}}"]


def test_users_of_earlier_versions_are_told_what_their_shell_does(machine_of: MachineOf, tmp_path: Path) -> None:
    """Why they are: Bazarr 1.5 gives this very line to a shell, which no quoting of ours can prevent."""
    film = tmp_path / "$(touch pwned).mkv"
    machine = machine_of("linux")
    install(EDITOR, machine)
    filled = command(machine).replace("{{episode}}", f'"{film}"').replace("{{subtitles}}", "none")
    subprocess.run(["/bin/sh", "-c", filled], cwd=tmp_path, check=True)
    assert (tmp_path / "pwned").exists()
    assert "1.6 or later" in EDITOR.steps(machine)
