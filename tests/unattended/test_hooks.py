"""Hooks are written where an editor looks for them, and nothing of the user's is lost."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from dubber.editors.base import MARK, Editor, HookFile, Machine
from dubber.errors import InputError
from dubber.unattended import hooks


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine("linux", tmp_path, {}, ("/opt/dub", "-x"))


def lantern(*texts: str, executable: bool = False) -> Editor:
    """An editor with a file for each text."""

    def files(machine: Machine) -> tuple[HookFile, ...]:
        return tuple(
            HookFile(machine.config / "lantern" / f"{place}.py", text, executable) for place, text in enumerate(texts)
        )

    return Editor("lantern", "Lantern", "an editor for tests", files, lambda machine: "Restart it.")


def test_a_hook_is_written_whole_with_the_users_rights_and_removed_again(machine: Machine) -> None:
    editor = lantern(f"# {MARK}\nprint('ü')\n", executable=True)
    (path,) = hooks.install(editor, machine)
    assert path.read_text(encoding="utf-8") == f"# {MARK}\nprint('ü')\n"
    assert path.stat().st_mode & stat.S_IXUSR and not path.stat().st_mode & stat.S_IWOTH
    assert hooks.state(editor, machine) == "installed"
    assert hooks.uninstall(editor, machine) == (path,)
    assert hooks.state(editor, machine) == "not installed" and list(path.parent.iterdir()) == []
    assert hooks.uninstall(editor, machine) == ()
    assert hooks.state(lantern(), machine) == "by hand"  # an editor whose settings are typed


def test_an_older_hook_of_dubs_is_replaced(machine: Machine) -> None:
    hooks.install(lantern(f"# {MARK}: old"), machine)
    (path,) = hooks.install(lantern(f"# {MARK}: new"), machine)
    assert path.read_text() == f"# {MARK}: new"


@pytest.mark.parametrize("do", [hooks.install, hooks.uninstall])
def test_a_file_of_the_users_is_kept_and_none_of_the_others_is_touched(
    machine: Machine, do: Callable[[Editor, Machine], object]
) -> None:
    editor = lantern(f"# {MARK}: one", f"# {MARK}: two")
    first, second = hooks.install(editor, machine)
    second.write_text("# my own\n")
    with pytest.raises(InputError, match=r"1\.py.*move it away"):
        do(lantern(f"# {MARK}: newer", f"# {MARK}: two"), machine)
    assert (first.read_text(), second.read_text()) == (f"# {MARK}: one", "# my own\n")


def test_hooks_name_a_profile_so_that_an_editor_in_another_folder_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUB_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "mine.toml").write_text("extends = 'cast'\n")
    assert hooks.this_machine("cast").options == ("--profile", "cast")
    assert hooks.this_machine("mine", "send {output}").options == (
        "--profile", str(tmp_path / "profiles" / "mine.toml"), "--exec", "send {output}",
    )  # fmt: skip
    with pytest.raises(InputError, match="no such profile"):
        hooks.this_machine("none")


def test_the_command_line_installs_lists_and_removes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from dubber.cli import cli

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))  # no Blender is installed
    for name in ("XDG_CONFIG_HOME", "BLENDER_USER_SCRIPTS", "APPDATA"):
        monkeypatch.delenv(name, raising=False)

    def dub(*arguments: str) -> str:
        return CliRunner().invoke(cli, ["hooks", *arguments], catch_exceptions=False, standalone_mode=False).output

    def row(name: str) -> str:
        return next(line for line in dub("list").splitlines() if line.startswith(name))

    with pytest.raises(InputError, match="no Blender is found, and no settings of one"):
        dub("install", "blender")
    (tmp_path / ".config" / "blender" / "4.5").mkdir(parents=True)
    (tmp_path / ".config" / "blender" / "5.0").mkdir()
    told = dub("install", "blender")
    assert told.count("wrote ") == 2 and "Start Blender anew" in told and " installed " in row("blender")
    assert dub("uninstall", "blender").count("removed ") == 2 and " not installed " in row("blender")
    assert "Blender has no hook of dub's here" in dub("uninstall", "blender")
