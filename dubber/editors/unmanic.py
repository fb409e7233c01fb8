"""Unmanic: a plugin for the post-processor."""

from __future__ import annotations

from pathlib import Path

from dubber.editors.base import Editor, HookFile, Machine, script

EVENT = "unmanic.processed"


def files(machine: Machine) -> tuple[HookFile, ...]:
    home = Path(machine.environment.get("HOME_DIR") or machine.home)  # Unmanic's own variable: /config in its image
    folder = home / ".unmanic" / "plugins" / "dub_hook"
    return (
        HookFile(folder / "plugin.py", script("unmanic.py", HOOK=machine.hook(EVENT))),
        HookFile(folder / "info.json", script("unmanic.json")),
    )


def steps(machine: Machine) -> str:
    return (
        "Run `unmanic --manage_plugins` and choose “Reload all plugins from disk”.\n"
        "Unmanic, Settings, Libraries, your library, Plugins: enable “Dub”."
    )


EDITOR = Editor("unmanic", "Unmanic", "dubs what Unmanic has processed", files, steps)
