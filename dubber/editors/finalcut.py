"""Final Cut Pro and Compressor: a folder that exports go to and that `dub watch` looks after."""

from __future__ import annotations

from dubber.editors import _elsewhere
from dubber.editors.base import Editor, HookFile, Machine


def files(machine: Machine) -> tuple[HookFile, ...]:
    _elsewhere.only(machine, "Final Cut Pro", "darwin")
    return (_elsewhere.watched(machine),)


def steps(machine: Machine) -> str:
    folder = files(machine)[0].path.parent
    return (
        f"{_elsewhere.start_watching(machine, folder)}\n"
        f"Final Cut: share to {folder}, then File, Export Captions (.srt) there, under the film's name.\n"
        "Compressor: set the location of your destination or droplet to that folder."
    )


EDITOR = Editor("finalcut", "Final Cut Pro, Compressor", "dubs what is exported into a folder", files, steps)
