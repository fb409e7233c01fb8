"""DaVinci Resolve: a script of the page Deliver, in Python for Studio and in Lua for the free edition."""

from __future__ import annotations

from pathlib import Path

from dubber.editors.base import Editor, HookFile, Machine, script

EVENT = "resolve.rendered"


def files(machine: Machine) -> tuple[HookFile, ...]:
    folder = _scripts(machine) / "Deliver"
    values = {"HOOK": machine.hook(EVENT), "DONE": str(folder / "dub-jobs.txt")}
    return (
        HookFile(folder / "Dub (Studio).py", script("resolve.py", **values)),
        HookFile(folder / "Dub (free edition).lua", script("system.lua") + "\n" + script("resolve.lua", **values)),
    )


def _scripts(machine: Machine) -> Path:
    """The user's own script folder, as Resolve's README of its scripting names it for each system."""
    if machine.system == "linux":
        return machine.data / "DaVinciResolve" / "Fusion" / "Scripts"
    inner = "Fusion" if machine.system == "darwin" else "Support/Fusion"
    return machine.data / "Blackmagic Design" / "DaVinci Resolve" / inner / "Scripts"


def steps(machine: Machine) -> str:
    return (
        "Restart Resolve. Page Deliver, Render Settings: tick “Trigger script at”, “End of render job”, and choose\n"
        "“Dub (Studio)”; in the free edition, which runs no Python since 21.1, “Dub (free edition)”."
    )


EDITOR = Editor("resolve", "DaVinci Resolve", "dubs what the page Deliver has rendered", files, steps)
