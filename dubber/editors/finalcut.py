"""Final Cut Pro and Compressor: a folder that exports go to and that `dub watch` looks after."""

from __future__ import annotations

from dubber.editors import _watched
from dubber.editors.base import Editor, HookFile, Machine


def files(machine: Machine) -> tuple[HookFile, ...]:
    _watched.only(machine, "Final Cut Pro", "darwin")
    return (_watched.settings(machine, "Dub from Final Cut"),)


def steps(machine: Machine) -> str:
    folder = files(machine)[0].path.parent
    return (
        f"{_watched.watching(machine, folder)}\n"
        f"Final Cut: share to {folder}, then File, Export Captions (.srt) there, under the film's name.\n"
        "Compressor: set the location of your destination or droplet to that folder."
    )


EDITOR = Editor("finalcut", "Final Cut Pro, Compressor", "dubs what is exported into a folder", files, steps)
