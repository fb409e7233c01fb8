"""Computers to install hooks on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from dubber.editors.base import Editor, Machine
from dubber.unattended import hooks

System = Literal["linux", "darwin", "win32"]
MachineOf = Callable[[System], Machine]


def install(editor: Editor, machine: Machine) -> dict[str, Path]:
    """Write an editor's hook; its files by name."""
    return {path.name: path for path in hooks.install(editor, machine)}


def command_line(text: str) -> list[str]:
    """A command line's words, as CommandLineToArgvW takes them apart (Microsoft: Parsing C command-line arguments)."""
    words, word, quoted, slashes, begun = [], "", False, 0, False
    for char in text + " ":
        if char == "\\":
            slashes, begun = slashes + 1, True
            continue
        if char == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                quoted = not quoted
            begun = True
        elif char == " " and not quoted:
            word += "\\" * slashes
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + "\\" * slashes + char, True
        slashes = 0
    return words


def needs(*programs: str) -> None:
    """Skip without a program of the system's; fail where nothing may be skipped."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        skip = pytest.fail if os.environ.get("DUB_TESTS_SKIP_NOTHING") == "1" else pytest.skip
        skip(f"needs {' and '.join(missing)}")
