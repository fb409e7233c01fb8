"""Every editor, on every system: what is written is marked, lies in the user's home, and is of its language."""

from __future__ import annotations

import json
import py_compile
import re
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dubber import editors
from dubber.config import profile
from dubber.editors.base import MARK, HookFile, Machine
from dubber.errors import InputError
from dubber.unattended import hooks
from tests.editors.machines import MachineOf, System, needs

SYSTEMS: tuple[System, ...] = ("linux", "darwin", "win32")
NOWHERE = {("premiere", "linux"), ("finalcut", "linux"), ("finalcut", "win32")}


def written(name: str, machine: Machine) -> list[HookFile]:
    blender = {"linux": "blender", "darwin": "Blender", "win32": "Blender Foundation/Blender"}[machine.system]
    for folder in (machine.home / "Tdarr/server/Tdarr/Plugins", machine.config / blender / "4.5"):
        folder.mkdir(parents=True, exist_ok=True)
    return list(editors.find(name).files(machine))


ALL = {
    "aegisub", "bazarr", "blender", "finalcut", "handbrake", "kdenlive", "obs", "premiere", "resolve", "subtitleedit",
    "tdarr", "unmanic",
}  # fmt: skip


def test_every_editor_is_listed_with_what_its_hook_does(machine_of: MachineOf) -> None:
    rows = {name: (state, about) for name, state, about in hooks.listed(machine_of("linux"))}
    assert rows.keys() >= ALL
    assert all(about for _, about in rows.values())
    assert {state for state, _ in rows.values()} <= {"not installed", "by hand"}


def test_a_blender_whose_preferences_were_never_saved_gets_its_hook(machine_of: MachineOf, tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "blender"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'Blender 4.2.1 LTS'\necho '\tbuild date: 2024-08-19'\n")
    fake.chmod(0o755)
    machine = replace(machine_of("linux"), environment={"PATH": str(fake.parent)})
    assert not machine.config.exists()
    (path,) = hooks.install(editors.find("blender"), machine)
    assert path == machine.config / "blender" / "4.2" / "scripts" / "startup" / "dub.py" and path.is_file()
    (machine.config / "blender" / "3.6").mkdir()  # another one, that was started once
    assert len(editors.find("blender").files(machine)) == 2


@pytest.mark.parametrize(
    ("system", "place", "environment"),
    [("darwin", "Applications/Blender.app/Contents/Resources/4.5", {}),
     ("win32", "Blender Foundation/Blender 4.5/4.5", {"ProgramFiles": "HOME"})],
)  # fmt: skip
def test_a_blender_that_is_only_installed_is_found_where_programs_lie(
    system: System, place: str, environment: dict[str, str], machine_of: MachineOf
) -> None:
    machine = machine_of(system)
    (machine.home / place).mkdir(parents=True)
    machine = replace(machine, environment={key: str(machine.home) for key in environment})
    (file,) = editors.find("blender").files(machine)
    assert file.path.parts[-4:] == ("4.5", "scripts", "startup", "dub.py")


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", editors.names())
def test_a_hook_is_marked_and_lies_in_the_users_home(machine_of: MachineOf, name: str, system: System) -> None:
    machine = machine_of(system)
    if (name, system) in NOWHERE:
        with pytest.raises(InputError, match=r"exists on .* only \(`dub watch FOLDER` works here"):
            written(name, machine)
        return
    for file in written(name, machine):
        assert file.path.is_relative_to(machine.home) and MARK in file.text and not re.search("@[a-zA-Z]+@", file.text)
    assert editors.find(name).steps(machine)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("name", editors.names())
def test_what_is_written_is_of_its_language(machine_of: MachineOf, tmp_path: Path, name: str, system: System) -> None:
    if (name, system) not in NOWHERE:
        for number, file in enumerate(written(name, machine_of(system))):
            path = tmp_path / f"{number}{file.path.suffix}"
            path.write_bytes(file.text.encode())
            assert path.suffix in CHECKS
            CHECKS[path.suffix](path)


def _python(path: Path) -> None:
    assert py_compile.compile(str(path), cfile=str(path) + "c", doraise=True)


def _lua(path: Path) -> None:
    for version in ("lua51", "luajit21"):
        load = import_module(f"lupa.{version}").LuaRuntime(encoding="utf-8").eval("loadstring")
        assert not isinstance(load(path.read_text(encoding="utf-8")), tuple)  # (nil, the error)


def _javascript(path: Path) -> None:
    needs("node")
    assert subprocess.run(["node", "--check", path], check=False).returncode == 0


def _windows_script(path: Path) -> None:
    script = path.with_suffix(".js")
    script.write_text(ElementTree.parse(path).findtext("script") or "", encoding="utf-8")
    _javascript(script)


def _settings(path: Path) -> None:
    assert tomllib.loads(path.read_text(encoding="utf-8"))["output"] == {"folder": "done"}


def _desktop(path: Path) -> None:
    assert "\n[Desktop Entry]\n" in path.read_text(encoding="utf-8")


def _applescript(path: Path) -> None:
    """No compiler of it runs here: its quotes are paired and its blocks end."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    assert all(line.replace('\\"', "").count('"') % 2 == 0 for line in lines)
    assert sum(line.startswith("repeat ") for line in lines) == lines.count("end repeat")
    assert sum(line.startswith("on ") for line in lines) == lines.count("end open") + lines.count("end run")


def _shell(path: Path) -> None:
    assert subprocess.run(["/bin/sh", "-n", path], check=False).returncode == 0


CHECKS: dict[str, Callable[[Path], object]] = {
    "": _python, ".sh": _shell,
    ".py": _python, ".lua": _lua, ".js": _javascript, ".wsf": _windows_script, ".toml": _settings,
    ".desktop": _desktop, ".applescript": _applescript, ".json": lambda path: json.loads(path.read_text()),
}  # fmt: skip


@pytest.mark.parametrize("name", ["premiere", "finalcut"])
def test_the_watched_folder_takes_the_profile_that_was_asked_for(tmp_path: Path, name: str) -> None:
    machine = Machine("darwin", tmp_path, {}, ("dub",), ("--profile", "cast", "--exec", "open {output}"))
    (settings,) = editors.find(name).files(machine)
    settings.path.parent.mkdir(parents=True)
    settings.path.write_text(settings.text)
    found = profile.load(str(settings.path))
    assert settings.path.parent.parent == tmp_path / "Movies" and settings.path.name == "dub.toml"
    assert found.output.folder == "done" and found.voices == profile.load("cast").voices


def test_aegisub_is_served_in_each_of_its_folders_that_is_there(tmp_path: Path) -> None:
    machine = Machine("linux", tmp_path, {}, ("dub",))
    find = editors.find("aegisub").files
    assert {file.path.parts[-4] for file in find(machine)} == {".aegisub-3.2", ".aegisub"}
    (tmp_path / ".config" / "aegisub").mkdir(parents=True)
    assert [file.path.parent for file in find(machine)] == [tmp_path / ".config/aegisub/automation/autoload"]


def test_resolve_looks_into_the_users_folder_of_each_system(tmp_path: Path) -> None:
    places = {system: Machine(system, tmp_path, {}, ("dub",)) for system in SYSTEMS}
    found = {system: editors.find("resolve").files(machine)[0].path.parent for system, machine in places.items()}
    assert {system: path.relative_to(tmp_path).as_posix() for system, path in found.items()} == {
        "linux": ".local/share/DaVinciResolve/Fusion/Scripts/Deliver",
        "darwin": "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Deliver",
        "win32": "AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts/Deliver",
    }
