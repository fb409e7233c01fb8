"""What a user's paths and commands become inside a script of an editor's."""

from __future__ import annotations

import ast
import json
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from dubber import editors
from dubber.editors import base
from dubber.editors.base import Machine
from dubber.errors import InputError

HOSTILE = ("/opt/it's dub/dub", "hook", 'a "b" \\ %PATH% $HOME `id`', "größe 映画", "--exec", "x\ty\nz")


def test_a_command_with_quotes_is_the_same_command_in_python() -> None:
    assert ast.literal_eval(base.python(HOSTILE)) == list(HOSTILE)
    assert ast.literal_eval(base.python(HOSTILE[2])) == HOSTILE[2]


def test_a_command_with_quotes_is_the_same_command_in_javascript() -> None:
    assert json.loads(base.javascript(HOSTILE)) == list(HOSTILE)


def test_a_command_with_quotes_is_the_same_command_in_a_shell() -> None:
    program = f"printf '%s\\0' {base.shell(HOSTILE)}"
    told = subprocess.run(["/bin/sh", "-c", program], capture_output=True, check=True).stdout
    assert told.decode().split("\0")[:-1] == list(HOSTILE)


@pytest.mark.parametrize("version", ["lua51", "luajit21", "lua54"])
def test_a_command_with_quotes_is_the_same_command_in_lua(version: str) -> None:
    runtime = import_module(f"lupa.{version}").LuaRuntime(encoding="utf-8")
    assert list(runtime.eval(base.lua(HOSTILE)).values()) == list(HOSTILE)


def test_settings_lie_where_each_system_keeps_them() -> None:
    home = Path("/home/anna")
    assert Machine("linux", home, {}, ("dub",)).config == home / ".config"
    assert Machine("linux", home, {"XDG_CONFIG_HOME": "/etc/anna"}, ("dub",)).config == Path("/etc/anna")
    assert Machine("linux", home, {}, ("dub",)).data == home / ".local" / "share"
    assert Machine("darwin", home, {}, ("dub",)).data == home / "Library" / "Application Support"
    assert Machine("win32", home, {"APPDATA": "/users/anna/roaming"}, ("dub",)).data == Path("/users/anna/roaming")
    assert Machine("win32", home, {}, ("dub",)).config == home / "AppData" / "Roaming"


def test_every_editor_is_found_under_its_files_name() -> None:
    for name in editors.names():
        assert editors.find(name).name == name
    with pytest.raises(InputError, match="there is no editor 'abacus'"):
        editors.find("abacus")
