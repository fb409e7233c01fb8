"""Tdarr: a plugin for flows and one for classic plugin stacks; both start dub without a shell."""

from __future__ import annotations

from pathlib import Path

from dubber.editors.base import Editor, HookFile, Machine, script
from dubber.errors import InputError

EVENT = "tdarr.processed"


def files(machine: Machine) -> tuple[HookFile, ...]:
    plugins, hook = _plugins(machine), machine.hook(EVENT)
    flow = plugins / "FlowPlugins" / "LocalFlowPlugins" / "tools" / "dub" / "1.0.0" / "index.js"
    classic = plugins / "Local" / "Tdarr_Plugin_dub_hook.js"
    return (
        HookFile(flow, script("tdarr_flow.js", HOOK=hook)),
        HookFile(classic, script("tdarr_classic.js", HOOK=hook)),
    )


def _plugins(machine: Machine) -> Path:
    """Tdarr lies where its user has unpacked it. The variable is Tdarr's own. Raises InputError."""
    named = machine.environment.get("pluginsDir", "")
    folder = Path(named) if named else machine.home / "Tdarr" / "server" / "Tdarr" / "Plugins"
    if not folder.is_dir():
        advice = "put Tdarr's folder Plugins into the environment variable pluginsDir and run this again"
        raise InputError("Tdarr's plugins are not there", where=str(folder), advice=advice)
    return folder


def steps(machine: Machine) -> str:
    return (
        "Flows: put the local plugin “Dub” last, after “Replace Original File”.\n"
        "Classic stacks: add the local plugin Tdarr_Plugin_dub_hook last.\n"
        "dub must be installed where Tdarr's node runs."
    )


EDITOR = Editor("tdarr", "Tdarr", "dubs what Tdarr has processed", files, steps)
