"""HandBrake: Preferences, "Send file to".

Linux: what is typed there is split like a shell's words and the quoted path is appended, but no shell runs
(HandBrake gtk/src/callbacks.c, send_to_external_app). Windows: {destination} becomes the path, quoted
(win/CS/HandBrakeWPF/Services/PrePostActionService.cs). macOS: the path is opened with an application.
"""

from __future__ import annotations

import subprocess

from dubber.editors import _droplet
from dubber.editors.base import Editor, HookFile, Machine, script, shell

EVENT = "handbrake.encoded"


def files(machine: Machine) -> tuple[HookFile, ...]:
    if machine.system == "win32":
        return ()
    if machine.system == "darwin":
        return (_droplet.source(machine, EVENT, "--media"),)
    text = script("handbrake.sh", HOOK=machine.hook(EVENT))
    return (HookFile(machine.data / "dub" / "handbrake.sh", text, executable=True),)


def steps(machine: Machine) -> str:
    if machine.system == "win32":
        program, *words = (*machine.hook(EVENT), "--media")
        return (
            "HandBrake, Tools, Preferences, When Done: tick “Send file to”.\n"
            f"Program: {program}\n"
            f"Arguments: {subprocess.list2cmdline(words)} {{destination}}"
        )
    (file,) = files(machine)
    if machine.system == "darwin":
        command = _droplet.compiling(machine, file, "Dub film")
        return f"In Terminal, once: {command}\nHandBrake, Settings, Queue: tick “Send file to” and choose “Dub film”."
    return f"HandBrake, Preferences, Queue: tick “Send file to” and type: {shell(str(file.path))}"


EDITOR = Editor("handbrake", "HandBrake", "dubs what HandBrake has encoded", files, steps)
