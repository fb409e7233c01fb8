"""Where test servers hatch: gradio is imported once, and each server is a fork of it. That saves 5 s of a core each.

    server = Nest(python, root).server(log, ["indextts", "--port", "7866"])

What a server writes lies beside its log.

`python -m tests.servers.nest` reads a JSON list from each line of stdin: the log's path, the server's module, its
options; and answers with the process id. When stdin ends, so does every server that came from there.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

ENVIRONMENT = os.environ | {  # as it is before a test changes it
    "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore",
    "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
}  # fmt: skip


class Process(Protocol):
    """As much of a Popen as a server needs."""

    def poll(self) -> int | None: ...
    def wait(self) -> int: ...
    def kill(self) -> None: ...


class Nest:
    """The process in which an interpreter's servers hatch, begun with the first. Where a process cannot be watched by
    its id, each server is started from nothing."""

    def __init__(self, python: str, root: Path) -> None:
        self._python, self._root, self._lock = python, root, threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def server(self, log: Path, words: Sequence[str]) -> Process:
        """A new server that writes to the log. words: its module and options."""
        if not hasattr(os, "pidfd_open"):
            beside = {"TMPDIR": str(log.parent)}
            with log.open("ab") as out:
                module = f"tests.servers.{words[0]}"
                return self._start(module, *words[1:], environ=beside, stdin=subprocess.DEVNULL, stdout=out)
        with self._lock:
            if self._process is None:
                self._process = self._start("tests.servers.nest", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                atexit.register(self._process.communicate)
            assert self._process.stdin and self._process.stdout
            self._process.stdin.write(json.dumps([str(log), *words]) + "\n")
            self._process.stdin.flush()
            return Hatched(int(self._process.stdout.readline()))

    def _start(
        self,
        module: str,
        *options: str,
        environ: Mapping[str, str] = {},  # noqa: B006 - never written
        **streams: Any,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._python, "-m", module, *options], cwd=self._root,
            env=ENVIRONMENT | {"PYTHONPATH": str(self._root), **environ},
            stderr=None if streams["stdin"] == subprocess.PIPE else subprocess.STDOUT,
            start_new_session=True, text=True, **streams,
        )  # fmt: skip


class Hatched:
    """A process that is not our child."""

    def __init__(self, number: int) -> None:
        self._handle: int | None = None  # None: it has ended
        with suppress(ProcessLookupError):
            self._handle = os.pidfd_open(number)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self) -> int:
        return self._ended(None) or 0

    def kill(self) -> None:
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def _ended(self, seconds: float | None) -> int | None:
        """0 when it has ended, however it did; None: it still runs."""
        if self._handle is not None and select.select([self._handle], [], [], seconds)[0]:
            os.close(self._handle)
            self._handle = None
        return 0 if self._handle is None else None


def hatch(log: str, module: str, *options: str) -> int:
    """The process id of a new server."""
    child = os.fork()
    if child:
        return child
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.argv, tempfile.tempdir = [module, *options], str(Path(log).parent)
    try:
        runpy.run_module(f"tests.servers.{module}", run_name="__main__", alter_sys=True)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    for name in ("gradio", "tests.servers.coding"):
        importlib.import_module(name)
    for line in sys.stdin:
        sys.stdout.write(f"{hatch(*json.loads(line))}\n")
        sys.stdout.flush()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
