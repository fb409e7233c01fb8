"""Adobe Premiere Pro and Media Encoder: a folder that exports go to and that `dub watch` looks after."""

from __future__ import annotations

from dubber.editors import _watched
from dubber.editors.base import Editor, HookFile, Machine


def files(machine: Machine) -> tuple[HookFile, ...]:
    _watched.only(machine, "Adobe Premiere Pro", "darwin", "win32")
    return (_watched.settings(machine, "Dub from Premiere"),)


def steps(machine: Machine) -> str:
    folder = files(machine)[0].path.parent
    return (
        f"{_watched.watching(machine, folder)}\n"
        f"Premiere or Media Encoder: export to {folder}, in the tab Captions: Create Sidecar File, .srt."
    )


EDITOR = Editor("premiere", "Premiere Pro, Media Encoder", "dubs what is exported into a folder", files, steps)
