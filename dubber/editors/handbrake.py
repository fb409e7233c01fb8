"""HandBrake: Preferences, "Send file to".

Linux: what is typed there is split like a shell's words and the quoted path is appended, but no shell runs
(HandBrake gtk/src/callbacks.c, send_to_external_app). Windows: {destination} becomes the path, quoted
(win/CS/HandBrakeWPF/Services/PrePostActionService.cs). macOS: the path is opened with an application.
"""

from __future__ import annotations

import subprocess

from dubber.editors import _elsewhere
from dubber.editors.base import Editor, HookFile, Machine, shell

EVENT = "handbrake.encoded"


def files(machine: Machine) -> tuple[HookFile, ...]:
    return (_elsewhere.droplet(machine, EVENT, "--media"),) if machine.system == "darwin" else ()


def steps(machine: Machine) -> str:
    if machine.system == "darwin":
        command = _elsewhere.compile_droplet(machine, files(machine)[0], "Dub film")
        return f"In Terminal, once: {command}\nHandBrake, Settings, General: tick “Send file to” and choose “Dub film”."
    program, *words = (*machine.hook(EVENT), "--media")
    if machine.system == "win32":
        return (
            "HandBrake, Tools, Preferences, When Done: tick “Send file to”.\n"
            f"Program: {program}\n"
            f"Arguments: {subprocess.list2cmdline(words)} {{destination}}"
        )
    return f"HandBrake, Preferences, General: tick “Send file to” and type: {shell((program, *words))}"


EDITOR = Editor("handbrake", "HandBrake", "dubs what HandBrake has encoded", files, steps)
