"""What several editors share: systems that they do not exist on, the macOS droplet, the watched folder."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from dubber.editors.base import MARK, HookFile, Machine, script, shell
from dubber.errors import InputError

SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}


def only(machine: Machine, title: str, *systems: str) -> None:
    """Raises InputError where the editor does not exist."""
    if machine.system not in systems:
        places = " and ".join(SYSTEMS[system] for system in systems)
        raise InputError(f"{title} exists on {places} only", advice="`dub watch FOLDER` works here, without an editor")


def droplet(machine: Machine, event: str, option: str) -> HookFile:
    """The source of an application that hands every file it is opened with to dub. option: --media or --subs.

    macOS gives files to applications by Apple event and never as arguments, so that a shell script cannot take them.
    """
    path = machine.data / "dub" / f"{event}.applescript"
    return HookFile(path, script("droplet.applescript", HOOK=(*machine.hook(event), option)))


def compile_droplet(machine: Machine, source: HookFile, name: str) -> str:
    """The one command, for Terminal, that makes the droplet an application."""
    return shell(("osacompile", "-o", str(machine.home / "Applications" / f"{name}.app"), str(source.path)))


def watched(machine: Machine) -> HookFile:
    """The settings of the folder that exports go to: ~/Movies/Dub, on Windows Videos\\Dub."""
    folder = machine.home / ("Videos" if machine.system == "win32" else "Movies") / "Dub"
    extends = json.dumps(_profile(machine.options), ensure_ascii=False)
    return HookFile(folder / "dub.toml", f'# {MARK}\nextends = {extends}\n\n[output]\nfolder = "done"\n')


def _profile(options: tuple[str, ...]) -> str:
    given = [value for option, value in zip(options, options[1:], strict=False) if option in ("--profile", "-p")]
    return given[-1] if given else "narrator"


def start_watching(machine: Machine, folder: Path) -> str:
    words = (*machine.dub, "watch", str(folder))
    return f"Keep this running: {subprocess.list2cmdline(words) if machine.system == 'win32' else shell(words)}"
