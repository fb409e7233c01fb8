"""Bazarr: Settings, Subtitles, Custom Post-Processing.

Bazarr puts the values, quoted, into the command line. Up to 1.5 it gave the line to a shell, inside double quotes,
where $( ) in a film's name is run; 1.6 splits it itself (bazarr/subtitles/post_processing.py). Nothing that is
written there can make the earlier ones safe, hence the sentence about them.
"""

from __future__ import annotations

import subprocess

from dubber.editors.base import Editor, HookFile, Machine, script, shell

EVENT = "bazarr.downloaded"


def files(machine: Machine) -> tuple[HookFile, ...]:
    if machine.system == "win32":
        return ()
    text = script("bazarr.sh", HOOK=machine.hook(EVENT))
    return (HookFile(machine.data / "dub" / "bazarr.sh", text, executable=True),)


def steps(machine: Machine) -> str:
    return (
        "Bazarr, Settings, Subtitles: switch on Custom Post-Processing, and the command is:\n"
        f"{_command(machine)}\n"
        "dub must be installed where Bazarr runs. Bazarr must be 1.6 or later: earlier ones give film names to a\n"
        "shell, which runs what stands in $( ); 1.6.0 on Windows cuts names at their spaces. With those, and when\n"
        "Bazarr runs in a container, let `dub watch FOLDER` see the subtitles arrive."
    )


def _command(machine: Machine) -> str:
    if machine.system == "win32":
        return subprocess.list2cmdline(machine.hook(EVENT)) + " --media {{episode}} --subs {{subtitles}}"
    return shell(str(files(machine)[0].path)) + " {{episode}} {{subtitles}}"


EDITOR = Editor("bazarr", "Bazarr", "dubs a film when its subtitles have arrived", files, steps)
