"""Subtitle Edit: it starts nothing when it saves, so the saved file is handed over from the file manager.

Windows: "Send to" (a WSH script: Explorer gives it the paths as words, and no cmd.exe expands a % in them).
Linux: "Open with" (a desktop entry: paths are words too). macOS: an application to open the file with.
"""

from __future__ import annotations

from dubber.editors import _droplet
from dubber.editors.base import MARK, Editor, HookFile, Machine, script

EVENT = "subtitleedit.saved"


def files(machine: Machine) -> tuple[HookFile, ...]:
    hook = (*machine.hook(EVENT), "--subs")
    if machine.system == "win32":
        path = machine.data / "Microsoft" / "Windows" / "SendTo" / "Dub these subtitles.wsf"
        return (HookFile(path, _wsf(script("send_to.js", HOOK=hook))),)
    if machine.system == "darwin":
        return (_droplet.source(machine, EVENT, "--subs"),)
    return (HookFile(machine.data / "applications" / "dub-subtitles.desktop", _desktop_entry(hook)),)


def _wsf(code: str) -> str:
    """A script under a suffix that only the Windows Script Host opens (.js may belong to a text editor).

    Without the first line the host would take CDATA for code.
    """
    return f'<?xml version="1.0"?>\n<job>\n<script language="JScript"><![CDATA[\n{code}]]></script>\n</job>\n'


def _desktop_entry(words: tuple[str, ...]) -> str:
    return (
        f"# {MARK}\n[Desktop Entry]\nType=Application\nName=Dub these subtitles\nNoDisplay=true\nTerminal=false\n"
        "MimeType=application/x-subrip;text/x-ssa;text/vtt;text/plain;\n"
        f"Exec={' '.join(map(_exec_word, words))} %f\n"
    )


def _exec_word(word: str) -> str:
    """A word of an Exec line: quoted, as a string of a desktop entry (Desktop Entry Specification, Exec key)."""
    quoted = "".join(f"\\{char}" if char in '"`$\\' else char for char in word)
    return '"' + quoted.replace("\\", "\\\\").replace("%", "%%") + '"'


def steps(machine: Machine) -> str:
    if machine.system == "darwin":
        command = _droplet.compiling(machine, files(machine)[0], "Dub these subtitles")
        return f"In Terminal, once: {command}\nSave (⌘S); in Finder: Open With, Dub these subtitles."
    menu = "Send to" if machine.system == "win32" else "Open with"
    return (
        "Save beside the film under its name (Film.srt, Film.de.srt).\n"
        f"Then right-click the file: {menu}, Dub these subtitles.\n"
        "To have every save dubbed without a click: `dub watch FOLDER`."
    )


EDITOR = Editor("subtitleedit", "Subtitle Edit", "dubs the film of the subtitles that were saved", files, steps)
