"""Blender: a startup script that dubs what was rendered; text strips can be the subtitles."""

from __future__ import annotations

from pathlib import Path

from dubber.editors.base import Editor, HookFile, Machine, script
from dubber.errors import InputError


def _files(machine: Machine) -> tuple[HookFile, ...]:
    text = script("blender.py", hook=machine.hook("blender.rendered"))
    return tuple(HookFile(folder / "startup" / "dub.py", text) for folder in _scripts(machine))


def _scripts(machine: Machine) -> list[Path]:
    """The scripts folder of every version that the user has started; BLENDER_USER_SCRIPTS is one for all of them."""
    own = machine.environment.get("BLENDER_USER_SCRIPTS")
    if own:
        return [Path(own)]
    places = {"linux": "blender", "darwin": "Blender", "win32": "Blender Foundation/Blender"}
    home = machine.config / places[machine.system]
    found = [folder / "scripts" for folder in sorted(home.glob("[0-9]*.[0-9]*")) if folder.is_dir()]
    if not found:
        advice = "start Blender once and save its preferences, then try again"
        raise InputError("holds no settings of Blender's", where=str(home), advice=advice)
    return found


def _steps(machine: Machine) -> str:
    return (
        "Start Blender anew. From then on each film that it renders (Render Animation, or blender -b FILE -a) is "
        "dubbed when it is done: with the subtitles beside it, else with the text strips of the sequencer."
    )


EDITOR = Editor("blender", "Blender", "dubs each film that was rendered", _files, _steps)
