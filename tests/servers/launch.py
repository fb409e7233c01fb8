"""Starts a test server of this folder as a process of its own (nest.py), on a free port of this computer.

Each runs on the gradio of this environment, and on the older ones that `make servers` puts into .venv-gradio4 and
.venv-gradio5 (DUB_GRADIO_PYTHONS names other interpreters, separated by ":").
"""

from __future__ import annotations

import atexit
import os
import socket
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.servers.nest import Nest

ROOT = Path(__file__).parent.parent.parent


def pythons() -> dict[str, str]:
    """The interpreters that have a gradio, by a name for a test's id."""
    found = {"gradio": sys.executable}
    for name in (".venv-gradio4", ".venv-gradio5"):
        if (ROOT / name / "bin/python").exists():
            found[name.removeprefix(".venv-")] = str(ROOT / name / "bin/python")
    for path in filter(None, os.environ.get("DUB_GRADIO_PYTHONS", "").split(":")):
        found[Path(path).parent.parent.name] = path
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


_nests: dict[str, Nest] = {}


class Running:
    """A server process. url: its address, the same after restart(). folder: where it and its gradio write."""

    def __init__(self, module: str, *options: str, python: str = sys.executable) -> None:
        self.python, self.port = python, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._words = [module, "--port", str(self.port), *options]
        self._kept = tempfile.TemporaryDirectory(prefix="dub-test-server-", ignore_cleanup_errors=True)
        self.folder = Path(self._kept.name)
        self._log = self.folder / "log"
        self.start()

    def start(self) -> None:
        self._process = _nests.setdefault(self.python, Nest(self.python, ROOT)).server(self._log, self._words)

    def ready(self, seconds: float = 90.0) -> Running:
        """Wait until it answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"the test server ended: {self.log()}")
            try:
                with urllib.request.urlopen(f"{self.url}/config", timeout=2):
                    return self
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the test server did not start: {self.log()}")

    def log(self) -> str:
        return self._log.read_bytes().decode(errors="replace")[-2000:] if self._log.exists() else ""

    def kill(self) -> None:
        """As a crash does: at once, with no word to anybody."""
        self._process.kill()
        self._process.wait()

    def ended(self) -> None:
        """Wait until it has died by itself."""
        self._process.wait()

    def restart(self, *options: str) -> None:
        self.kill()
        self._words += options
        self.start()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._kept.cleanup()


_shared: dict[tuple[str, ...], Running] = {}


def shared(module: str, *options: str, gradio: str = "gradio") -> Running:
    """A server that many tests use: started when the first wants it, ended with the process."""
    key = (module, *options, gradio)
    if key not in _shared:
        _shared[key] = Running(module, *options, python=pythons()[gradio])
        atexit.register(_shared[key].kill)
    return _shared[key].ready()
