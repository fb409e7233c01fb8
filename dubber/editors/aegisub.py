"""Aegisub: an automation macro, "Dub this script"."""

from __future__ import annotations

from pathlib import Path

from dubber.editors.base import Editor, HookFile, Machine, script

EVENT = "aegisub.dubbed"


def files(machine: Machine) -> tuple[HookFile, ...]:
    text = script("system.lua") + "\n" + script("aegisub.lua", HOOK=machine.hook(EVENT))
    return tuple(HookFile(folder / "automation" / "autoload" / "dub.lua", text) for folder in _folders(machine))


def _folders(machine: Machine) -> tuple[Path, ...]:
    """On Linux the folder's name depends on the version: those that are there, else those of the common ones."""
    if machine.system != "linux":
        return (machine.data / "Aegisub",)
    common = (machine.home / ".aegisub-3.2", machine.home / ".aegisub")  # Debian's 3.2; 3.3 and later
    known = (*common, machine.config / "aegisub")  # builds with XDG_DIRS
    return tuple(folder for folder in known if folder.is_dir()) or common


def steps(machine: Machine) -> str:
    return "Restart Aegisub, open a script and its film: Automation, Dub this script."


EDITOR = Editor("aegisub", "Aegisub", "dubs the open film with the open script, saved or not", files, steps)
