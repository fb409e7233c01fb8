"""The macOS application that hands files to dub, for editors that open what they wrote with one."""

from __future__ import annotations

from dubber.editors.base import HookFile, Machine, script, shell


def source(machine: Machine, event: str, option: str) -> HookFile:
    """An application's source: every file that it is opened with goes to dub. option: --media or --subs.

    macOS gives files to applications by Apple event and never as arguments, so that a shell script cannot take them.
    """
    path = machine.data / "dub" / f"{event}.applescript"
    return HookFile(path, script("droplet.applescript", HOOK=(*machine.hook(event), option)))


def compiling(machine: Machine, source: HookFile, name: str) -> str:
    """The one command, for Terminal, that makes the source an application in the user's own folder."""
    return shell(("osacompile", "-o", str(machine.home / "Applications" / f"{name}.app"), str(source.path)))
