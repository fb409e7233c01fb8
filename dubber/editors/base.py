"""What an editor is to dub: files that dub writes where the editor looks for them, and what is left to be clicked.

To add one, write dubber/editors/NAME.py; it is found by being there:

    def _files(machine: Machine) -> tuple[HookFile, ...]:
        text = script("lantern.py", hook=machine.hook("lantern.rendered"))  # dubber/editors/scripts/lantern.py
        return (HookFile(machine.config / "lantern" / "startup" / "dub.py", text),)

    EDITOR = Editor("lantern", "Lantern", "dubs what Lantern has rendered", _files, lambda machine: "Restart Lantern.")

What the editor then runs is `dub hook EVENT --detach`, with the media appended as `--media PATH` (see
dubber/unattended/hook.py).
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MARK = "written by dub hooks"  # stands in every file that dub writes for an editor, and in no other
SCRIPTS = Path(__file__).parent / "scripts"


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer that hooks are written for.

    dub: the absolute command that starts dub there. options: those of `dub hook` that every hook is to have
    (--profile, --exec), as arguments.
    """

    system: Literal["linux", "darwin", "win32"]
    home: Path
    environment: Mapping[str, str]
    dub: tuple[str, ...]
    options: tuple[str, ...] = ()

    def hook(self, event: str) -> tuple[str, ...]:
        """The command that an editor runs, with `--media PATH` (and `--offset SECONDS`) after it; returns at once."""
        return (*self.dub, "hook", event, "--detach", *self.options)

    @property
    def config(self) -> Path:
        """Where programs keep the user's settings."""
        return self._folder(("XDG_CONFIG_HOME", ".config"), "Library/Application Support", ("APPDATA", "Roaming"))

    @property
    def data(self) -> Path:
        """Where programs keep the user's own data; scripts and add-ons among them."""
        return self._folder(("XDG_DATA_HOME", ".local/share"), "Library/Application Support", ("APPDATA", "Roaming"))

    def _folder(self, linux: tuple[str, str], darwin: str, windows: tuple[str, str]) -> Path:
        if self.system == "darwin":
            return self.home / darwin
        name, usual = linux if self.system == "linux" else (windows[0], f"AppData/{windows[1]}")
        return Path(self.environment.get(name) or self.home / usual)


@dataclass(frozen=True, slots=True)
class HookFile:
    """A file of a hook. text holds MARK, in a comment of its language."""

    path: Path
    text: str
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor that can hand its exports to dub. name: its module's; about: one line for `dub hooks list`.

    files: what `dub hooks install NAME` writes (none for an editor whose settings must be clicked or typed).
    steps: what the user still has to do, in one short text; shown after the files were written.
    """

    name: str
    title: str
    about: str
    files: Callable[[Machine], tuple[HookFile, ...]]
    steps: Callable[[Machine], str]


Value = str | Sequence[str]


def script(name: str, **values: Value) -> str:
    """A file of dubber/editors/scripts with each string literal "@KEY@" replaced by a value, quoted for its language.

    A str becomes a string, a sequence of str a list of them (in .sh: a command). A script is linted as it stands,
    because a placeholder is a string like any other.
    """
    text = (SCRIPTS / name).read_text(encoding="utf-8")
    literal = _LITERALS[Path(name).suffix]
    for key, value in values.items():
        placeholder = f'"@{key}@"'
        if placeholder not in text:
            raise KeyError(f"{name} has no {placeholder}")
        text = text.replace(placeholder, literal(value))
    return text


def python(value: Value) -> str:
    return repr(value if isinstance(value, str) else list(value))


def lua(value: Value) -> str:
    r"""A Lua 5.1 string; bytes that are not plain ASCII as \ddd."""
    if not isinstance(value, str):
        return "{" + ", ".join(map(lua, value)) + "}"
    plain = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03d}" for byte in value.encode())
    return '"' + "".join(plain) + '"'


def javascript(value: Value) -> str:
    return json.dumps(value if isinstance(value, str) else list(value))


def applescript(value: Value) -> str:
    if not isinstance(value, str):
        return "{" + ", ".join(map(applescript, value)) + "}"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shell(value: Value) -> str:
    """Words for a POSIX shell."""
    return shlex.quote(value) if isinstance(value, str) else shlex.join(value)


_LITERALS: Mapping[str, Callable[[Value], str]] = {
    ".py": python,
    ".lua": lua,
    ".js": javascript,
    ".json": javascript,
    ".applescript": applescript,
    ".sh": shell,
}
