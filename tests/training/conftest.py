"""A training page with an empty disk, recordings for it, and the command that trains."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Disk, Dub, Said, disk

from dubber import cli
from tests.servers.recordings import recording


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
