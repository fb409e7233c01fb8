"""A training page with an empty disk, recordings for it, and the command that trains."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dubber import cli
from tests.servers.launch import Running, shared
from tests.servers.recordings import recording


class Said(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Dub = Callable[..., Said]


@pytest.fixture
def dub(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Dub]:
    """Runs a command with empty folders of the user."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DUB_") and name != "DUB_TESTS_SKIP_NOTHING"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DUB_CONFIG", str(tmp_path / "config"))
    before = signal.getsignal(signal.SIGTERM)

    def run(*words: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        told = capsys.readouterr()
        return Said(int(ended.value.code or 0), told.out, told.err)

    yield run
    signal.signal(signal.SIGTERM, before)


class Disk(NamedTuple):
    """The server of a test and its working folder, which every test finds empty."""

    server: Running
    root: Path

    def breaks(self, *faults: str) -> None:
        (self.root / "FAULTS").write_text("\n".join(faults))

    def takes(self, seconds: float) -> None:
        """For each step."""
        (self.root / "DELAY").write_text(str(seconds))

    def heals(self) -> None:
        (self.root / "FAULTS").unlink()


_roots: dict[tuple[str, ...], Path] = {}


def disk(tmp_path_factory: pytest.TempPathFactory, *options: str) -> Disk:
    import shutil

    if options not in _roots:
        _roots[options] = tmp_path_factory.mktemp("server")
    root = _roots[options]
    for path in root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Disk(shared("sovits_training", "--root", str(root), *options), root)


@pytest.fixture
def page(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    return disk(tmp_path_factory)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """26 s and 14 s of one voice: nine slices."""
    folder = tmp_path / "raw"
    folder.mkdir()
    recording(folder / "one.wav", "my voice", seconds=26.0, rate=16_000)
    recording(folder / "two.wav", "my voice", seconds=14.0, rate=16_000)
    return folder
