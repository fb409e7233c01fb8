"""Unmanic hands what it has processed to dub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dubber.editors.base import Machine
from dubber.editors.unmanic import EDITOR
from tests.editors.fake_unmanic import process
from tests.editors.machines import MachineOf, install
from tests.editors.recorder import HOSTILE, PROFILE, Recorder


@pytest.fixture
def plugin(machine_of: MachineOf) -> Path:
    machine = machine_of("linux")
    folder = install(EDITOR, machine)["plugin.py"].parent
    assert folder == machine.home / ".unmanic/plugins/dub_hook"
    return folder


def test_every_destination_of_a_task_comes_with_its_name_as_it_is(
    plugin: Path, tmp_path: Path, recorder: Recorder, nothing_ran: Callable[[], bool]
) -> None:
    films = [tmp_path / HOSTILE, tmp_path / "copies" / "Film.mkv"]
    process(plugin, films)
    start = ["hook", "unmanic.processed", "--detach", "--profile", PROFILE]
    assert recorder.calls == [[*start, "--media", str(film)] for film in films]
    assert nothing_ran()


@pytest.mark.parametrize(("processed", "moved"), [(False, True), (True, False)])
def test_a_task_that_failed_is_not_dubbed(plugin: Path, recorder: Recorder, processed: bool, moved: bool) -> None:
    process(plugin, [Path("/library/Film.mkv")], processed=processed, moved=moved)
    assert recorder.calls == []


def test_the_container_keeps_its_plugins_where_its_own_variable_says(tmp_path: Path) -> None:
    machine = Machine("linux", tmp_path, {"HOME_DIR": "/config"}, ("dub",))
    assert {file.path.parent for file in EDITOR.files(machine)} == {Path("/config/.unmanic/plugins/dub_hook")}
