"""The folder that `dub watch` looks after, for editors that start nothing when they have exported."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from dubber.editors.base import MARK, HookFile, Machine, shell
from dubber.errors import InputError

SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}


def only(machine: Machine, title: str, *systems: str) -> None:
    """Raises InputError where the editor does not exist."""
    if machine.system not in systems:
        places = " and ".join(SYSTEMS[system] for system in systems)
        raise InputError(f"{title} exists on {places} only", advice="`dub watch FOLDER` works here, without an editor")


def settings(machine: Machine, name: str) -> HookFile:
    r"""The settings of the folder that exports go to: ~/Movies/NAME, on Windows Videos\NAME."""
    folder = machine.home / ("Videos" if machine.system == "win32" else "Movies") / name
    extends = json.dumps(_profile(machine.options), ensure_ascii=False)
    return HookFile(folder / "dub.toml", f'# {MARK}\nextends = {extends}\n\n[output]\nfolder = "done"\n')


def _profile(options: tuple[str, ...]) -> str:
    given = [value for option, value in zip(options, options[1:], strict=False) if option in ("--profile", "-p")]
    return given[-1] if given else "narrator"


def watching(machine: Machine, folder: Path) -> str:
    """What the user is told to start, in a terminal."""
    words = ("dub", "watch", str(folder))
    return f"Keep this running: {subprocess.list2cmdline(words) if machine.system == 'win32' else shell(words)}"
