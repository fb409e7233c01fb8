"""Saved subtitles are handed to dub from the file manager: Subtitle Edit itself starts nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from dubber.editors.subtitleedit import EDITOR
from tests.editors.machines import MachineOf, command_line, install, needs
from tests.editors.recorder import HOSTILE, PROFILE

SUBS = HOSTILE.replace(".mov", ".de.srt")


def test_on_windows_each_file_that_is_sent_comes_with_its_name_as_it_is(machine_of: MachineOf) -> None:
    needs("node")
    machine = machine_of("win32")
    (path,) = install(EDITOR, machine).values()
    assert path.parent == machine.home / "AppData/Roaming/Microsoft/Windows/SendTo"
    assert path.read_text().startswith("<?xml ")
    code = ElementTree.parse(path).findtext("script") or ""
    sent = ["D:\\100%PATH% & $(x) Größe.srt", "D:\\folder\\"]
    fake = Path(__file__).with_name("fake_windows.js")
    started = json.loads(subprocess.run(["node", fake, code, *sent], capture_output=True, check=True).stdout)
    hook = [*machine.hook("subtitleedit.saved"), "--subs"]
    assert [[one["file"], *command_line(one["parameters"])] for one in started] == [[*hook, name] for name in sent]


def test_on_linux_the_desktop_opens_subtitles_with_dub(machine_of: MachineOf) -> None:
    machine = machine_of("linux")
    (path,) = install(EDITOR, machine).values()
    assert path.parent == machine.home / ".local/share/applications"
    (line,) = (line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("Exec="))
    assert exec_words(line.removeprefix("Exec="), SUBS) == [*machine.hook("subtitleedit.saved"), "--subs", SUBS]
    assert PROFILE in machine.hook("x")


def exec_words(value: str, file: str) -> list[str]:
    """An Exec key's words (Desktop Entry Specification): the string's escapes, then quoting, then the field codes."""
    words, word, quoted, escaped, begun = [], "", False, False, False
    for char in value.replace("\\\\", "\\") + " ":
        if escaped:
            word, escaped = word + char, False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted, begun = not quoted, True
        elif char == " " and not quoted:
            words += [word] if begun else []
            word, begun = "", False
        else:
            word, begun = word + char, True
    return [file if word == "%f" else word.replace("%%", "%") for word in words]
