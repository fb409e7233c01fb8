"""A training page with an empty disk, and recordings for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.recordings import recording
from tests.training.desk import Disk, disk


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
