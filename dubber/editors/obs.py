"""OBS Studio: a script that dubs each recording when it has ended."""

from __future__ import annotations

from dubber.editors.base import Editor, HookFile, Machine, script


def _files(machine: Machine) -> tuple[HookFile, ...]:
    """OBS has no folder of which it loads scripts; theirs lies beside its settings."""
    path = machine.config / "obs-studio" / "scripts" / "dub.py"
    return (HookFile(path, script("obs.py", hook=machine.hook("obs.recorded"))),)


def _steps(machine: Machine) -> str:
    (file,) = _files(machine)
    python = "" if machine.system == "linux" else "in the tab Python Settings choose the folder of your Python, "
    return (
        f"In OBS open Tools > Scripts, {python}press + and choose {file.path}. From then on each recording is "
        "dubbed when it has ended, if subtitles lie beside it."
    )


EDITOR = Editor("obs", "OBS Studio", "dubs each recording that has ended", _files, _steps)
