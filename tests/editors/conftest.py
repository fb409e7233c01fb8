from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dubber.editors.base import Machine
from tests.editors.machines import MachineOf, System
from tests.editors.recorder import PROFILE, Recorder


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """In place of dub."""
    folder = tmp_path / 'dub\'s "calls" $(touch pwned)'
    folder.mkdir()
    return Recorder(folder)


@pytest.fixture
def machine_of(tmp_path: Path, recorder: Recorder) -> MachineOf:
    """A computer with an empty home and the recorder as dub, whose hooks name a profile."""
    home = tmp_path / "Zoë's home"

    def machine(system: System) -> Machine:
        home.mkdir(exist_ok=True)
        return Machine(system, home, {}, recorder.command, ("--profile", PROFILE))

    return machine


@pytest.fixture
def nothing_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Whether no shell has run what stands in a file's name."""
    monkeypatch.chdir(tmp_path)
    return lambda: not any(tmp_path.rglob("pwned"))
