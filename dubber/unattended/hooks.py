"""An editor's hook on this machine: written, removed, looked after.

Every file carries a mark. A file without it is the user's: it is neither overwritten nor removed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from dubber import editors, paths
from dubber.config import layers
from dubber.editors.base import MARK, Editor, HookFile, Machine
from dubber.errors import InputError, ToolError
from dubber.files import written
from dubber.unattended import hook_request, launch

State = Literal["installed", "not installed", "by hand"]


def this_machine(profile: str = "", after: str = "") -> Machine:
    """The computer that we run on, for hooks with this profile and this command. Raises InputError."""
    hook_request.words(after)
    options = (("--profile", _anywhere(profile)) if profile else ()) + (("--exec", after) if after else ())
    system: Literal["linux", "darwin", "win32"] = "linux"
    if sys.platform in ("darwin", "win32"):
        system = sys.platform
    return Machine(system, Path.home(), os.environ, launch.command(), options)


def _anywhere(profile: str) -> str:
    """A profile as an editor, which starts in another folder, can name it."""
    path = layers.find(profile).absolute()
    known = (paths.shipped_folder().absolute(), (paths.config_folder() / "profiles").absolute())
    return path.stem if path.parent in known and layers.find(path.stem).absolute() == path else str(path)


def install(editor: Editor, machine: Machine, *, overwrite: bool = False) -> tuple[Path, ...]:
    """Write an editor's hook, all of its files or none. Gives their paths; raises InputError when one is the user's."""
    files = editor.files(machine)
    for file in files:
        if file.path.parent.is_dir():
            known = MARK in (_content(file.path) or "")
            written.check(file.path, (), overwrite or known, advice="move it away, or say --overwrite")
    for file in files:
        _write(file)
    return tuple(file.path for file in files)


def uninstall(editor: Editor, machine: Machine) -> tuple[Path, ...]:
    """Remove an editor's hook. Gives what was removed; raises InputError when a file is the user's."""
    there = [file.path for file in editor.files(machine) if _content(file.path) is not None]
    for path in there:
        _check_ours(path, "was not written by dub")
    for path in there:
        try:
            path.unlink()
        except OSError as error:
            raise ToolError(f"cannot be removed: {error.strerror}", where=str(path)) from error
    return tuple(there)


def state(editor: Editor, machine: Machine) -> State:
    """by hand: the editor has no place for files; its settings are typed or clicked."""
    try:
        files = editor.files(machine)
    except InputError:
        return "not installed"  # such as an editor that was never started here
    if not files:
        return "by hand"
    return "installed" if all(MARK in (_content(file.path) or "") for file in files) else "not installed"


def listed(machine: Machine) -> Sequence[tuple[str, State, str]]:
    """Every editor: its name, its state, what its hook does."""
    found = [editors.find(name) for name in editors.names()]
    return [(editor.name, state(editor, machine), f"{editor.title}: {editor.about}") for editor in found]


def _check_ours(path: Path, trouble: str) -> None:
    if MARK not in (_content(path) or ""):
        raise InputError(trouble, where=str(path), advice="move it away first")


def _content(path: Path) -> str | None:
    """A file's text; None when there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error


def _write(file: HookFile) -> None:
    assert MARK in file.text, f"{file.path} carries no mark"
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise written.unwritable(file.path.parent, error) from error
    written.write(file.path, file.text.encode(), overwrite=True, mode=0o777 if file.executable else 0o666)
