"""Kdenlive has no hook: a command of dub's renders a project without its window, then dubs the film."""

from __future__ import annotations

from dubber.editors.base import Editor, HookFile, Machine, script


def _files(machine: Machine) -> tuple[HookFile, ...]:
    windows = machine.system == "win32"
    path = machine.data / "dub" / "kdenlive-dub.py" if windows else machine.home / ".local" / "bin" / "kdenlive-dub"
    return (HookFile(path, script("kdenlive.py", hook=machine.hook("kdenlive.rendered")), executable=not windows),)


def _steps(machine: Machine) -> str:
    (file,) = _files(machine)
    start = f'py "{file.path}"' if machine.system == "win32" else f"{file.path}"
    return (
        f"Instead of Kdenlive's Render button use: {start} PROJECT.kdenlive FILM.mp4. It needs a Kdenlive that knows "
        "--render (24.12 does, 22.12 does not). What the button renders is for `dub watch FOLDER`."
    )


EDITOR = Editor("kdenlive", "Kdenlive", "a command that renders a project and dubs the film", _files, _steps)
