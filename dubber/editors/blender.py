"""Blender: a startup script that dubs what was rendered; text strips can be the subtitles."""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from dubber.editors.base import Editor, HookFile, Machine, script
from dubber.errors import InputError

VERSION = "[0-9]*.[0-9]*"  # how a folder of one version is called
# Where an installed Blender keeps its own scripts, in a folder called like its version
BESIDE = {
    "darwin": f"Applications/Blender*.app/Contents/Resources/{VERSION}",
    "win32": f"Blender Foundation/Blender*/{VERSION}",
}


def _files(machine: Machine) -> tuple[HookFile, ...]:
    text = script("blender.py", hook=machine.hook("blender.rendered"))
    return tuple(HookFile(folder / "startup" / "dub.py", text) for folder in _scripts(machine))


def _scripts(machine: Machine) -> list[Path]:
    """The scripts folder of every version that the user has started or has installed: one whose preferences were never
    saved has no folder yet. BLENDER_USER_SCRIPTS is one for all of them."""
    own = machine.environment.get("BLENDER_USER_SCRIPTS")
    if own:
        return [Path(own)]
    places = {"linux": "blender", "darwin": "Blender", "win32": "Blender Foundation/Blender"}
    home = machine.config / places[machine.system]
    started = {folder.name for folder in home.glob(VERSION) if folder.is_dir()}
    found = sorted(started | _installed(machine))
    if not found:
        advice = "put blender on your PATH, or start it once and save its preferences, then try again"
        raise InputError("no Blender is found, and no settings of one", where=str(home), advice=advice)
    return [home / version / "scripts" for version in found]


def _installed(machine: Machine) -> set[str]:
    """The versions (4.2) of the Blenders that lie where programs do, and of the one on the PATH."""
    found = set[str]()
    if program := shutil.which("blender", path=machine.environment.get("PATH", "")):
        with suppress(OSError, subprocess.SubprocessError):
            told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60).stdout
            found |= set(re.findall(r"^Blender (\d+\.\d+)", told))
    programs = machine.environment.get("ProgramFiles", r"C:\Program Files")
    roots = {"darwin": [Path("/"), machine.home], "win32": [Path(programs)]}
    for root in roots.get(machine.system, []):
        found |= {folder.name for folder in root.glob(BESIDE[machine.system])}
    return found


def _steps(machine: Machine) -> str:
    return (
        "Start Blender anew. From then on each film that it renders (Render Animation, or blender -b FILE -a) is "
        "dubbed when it is done: with the subtitles beside it, else with the text strips of the sequencer."
    )


EDITOR = Editor("blender", "Blender", "dubs each film that was rendered", _files, _steps)
