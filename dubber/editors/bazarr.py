"""Bazarr: Settings, Subtitles, Custom Post-Processing.

Bazarr puts the values, quoted, into the command line. Up to 1.5 it gave the line to a shell, inside double quotes,
where $( ) in a film's name is run; 1.6 splits it itself (bazarr/subtitles/post_processing.py). Nothing that is
written there can make the earlier ones safe, hence the sentence about them.
"""

from __future__ import annotations

import subprocess

from dubber.editors.base import Editor, Machine, shell

EVENT = "bazarr.downloaded"
VALUES = "--media {{episode}} --subs {{subtitles}}"


def steps(machine: Machine) -> str:
    words = machine.hook(EVENT)
    command = subprocess.list2cmdline(words) if machine.system == "win32" else shell(words)
    return (
        "Bazarr, Settings, Subtitles: switch on Custom Post-Processing, and the command is:\n"
        f"{command} {VALUES}\n"
        "Bazarr 1.6 or later. Earlier ones hand film names to a shell, which runs what stands in $( );\n"
        "1.6.0 on Windows cuts names at their spaces. There, let `dub watch FOLDER` see the subtitles arrive."
    )


EDITOR = Editor("bazarr", "Bazarr", "dubs a film when its subtitles have arrived", lambda machine: (), steps)
