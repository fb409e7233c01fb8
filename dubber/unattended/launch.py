"""How dub is started by others: by an editor, by a service, by dub itself in the background."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

FOREIGN = ("LD_LIBRARY_PATH", "LD_PRELOAD")  # an AppImage's or Resolve's own libraries are not for our Python


def command() -> tuple[str, ...]:
    """The absolute command that starts this dub, whatever the folder and environment of the program that starts it.

    -E: that program's PYTHONHOME and PYTHONPATH are not for us; -P: nor is a folder `dubber` in its own.
    """
    start = ("-m", "dubber") if _installed() else ("-c", f"import sys; sys.path.insert(0, {str(_ROOT)!r}); {_MAIN}")
    clean = ("/usr/bin/env", *(word for name in FOREIGN for word in ("-u", name)))
    return (*(clean if sys.platform.startswith("linux") else ()), sys.executable, "-EP", *start)


_ROOT = Path(__file__).parent.parent.parent
_MAIN = "from dubber.cli import main; main()"


def _installed() -> bool:
    """Whether Python finds this dub from anywhere; false in a checkout that nobody installed."""
    with suppress(PackageNotFoundError):
        distribution("dubber")
        return True
    return False


def detached(arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> int:
    """Start dub with these arguments so that it outlives its caller, its terminal and its session; what it prints goes
    to the end of log. Gives its process id at once. Raises OSError."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    with log.open("ab") as end:
        return subprocess.Popen(
            [*command(), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=end,
            stderr=end,
            env=dict(environment),
            **apart,
        ).pid
