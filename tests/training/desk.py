"""What the tests of training share: a training page with its disk."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers.launch import Running, shared


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
    if options not in _roots:
        _roots[options] = tmp_path_factory.mktemp("server")
    root = _roots[options]
    for path in root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Disk(shared("sovits_training", "--root", str(root), *options), root)
