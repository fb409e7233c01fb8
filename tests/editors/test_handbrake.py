"""HandBrake's "Send file to" hands what it has encoded to dub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dubber.editors.base import Machine
from dubber.editors.handbrake import EDITOR
from tests.editors.fake_handbrake import command_on_windows, send_on_linux
from tests.editors.machines import MachineOf, command_line, install
from tests.editors.recorder import HOSTILE, PROFILE, Recorder


def test_on_linux_the_film_comes_with_its_name_as_it_is(
    machine_of: MachineOf, tmp_path: Path, recorder: Recorder, nothing_ran: Callable[[], bool]
) -> None:
    film, machine = str(tmp_path / HOSTILE), machine_of("linux")
    install(EDITOR, machine)
    preference = EDITOR.steps(machine).partition("type: ")[2]
    send_on_linux(preference, film)
    assert recorder.call() == ["hook", "handbrake.encoded", "--detach", "--profile", PROFILE, "--media", film]
    assert nothing_ran()


def test_on_windows_the_program_is_dub_itself_and_no_command_file() -> None:
    dub = r"C:\Program Files\dub\dub.exe"
    machine = Machine("win32", Path("C:/Users/Zoë"), {}, (dub,), ("--profile", "my cast"))
    told = dict(line.split(": ", 1) for line in EDITOR.steps(machine).splitlines()[1:])
    film = r"D:\Filme\100%PATH% & Größe (1).mp4"
    assert command_line(command_on_windows(told["Program"], told["Arguments"], film)) == [
        dub, "hook", "handbrake.encoded", "--detach", "--profile", "my cast", "--media", film
    ]  # fmt: skip


def test_on_macos_an_application_is_compiled_from_the_droplet(machine_of: MachineOf) -> None:
    machine = machine_of("darwin")
    (source,) = EDITOR.files(machine)
    assert "osacompile -o" in EDITOR.steps(machine) and source.path.suffix == ".applescript"
