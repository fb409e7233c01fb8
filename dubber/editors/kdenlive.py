"""Kdenlive has no hook: a command of dub's renders a project without its window, then dubs the film."""

from __future__ import annotations

from pathlib import Path

from dubber.editors.base import Editor, HookFile, Machine, script

APP = "/Applications/kdenlive.app/Contents/MacOS/kdenlive"


def _files(machine: Machine) -> tuple[HookFile, ...]:
    hook = machine.hook("kdenlive.rendered")
    if machine.system == "win32":
        text = script("kdenlive.cmd", hook=hook).replace("\n", "\r\n")
        return (HookFile(_folder(machine) / "kdenlive-dub.cmd", text),)
    return (HookFile(_folder(machine) / "kdenlive-dub", script("kdenlive.sh", hook=hook), executable=True),)


def _folder(machine: Machine) -> Path:
    return machine.data / "dub" if machine.system == "win32" else machine.home / ".local" / "bin"


def _steps(machine: Machine) -> str:
    (file,) = _files(machine)
    program = f" (with KDENLIVE={APP} in the environment)" if machine.system == "darwin" else ""
    return (
        f"Instead of Kdenlive's Render button use: {file.path} PROJECT.kdenlive FILM.mp4{program}. It needs a "
        "Kdenlive that knows --render (24.12 does, 22.12 does not). What the button renders is for `dub watch FOLDER`."
    )


EDITOR = Editor("kdenlive", "Kdenlive", "a command that renders a project and dubs the film", _files, _steps)
