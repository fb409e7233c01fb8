"""Tdarr's flows and its classic stacks hand what they have processed to dub."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dubber.editors.base import Machine
from dubber.editors.tdarr import EDITOR
from dubber.errors import InputError
from tests.editors.machines import MachineOf, install, needs
from tests.editors.recorder import HOSTILE, PROFILE, Recorder


@pytest.fixture
def tdarr(machine_of: MachineOf) -> Machine:
    """A computer where Tdarr was unpacked into the home folder."""
    machine = machine_of("linux")
    (machine.home / "Tdarr/server/Tdarr/Plugins").mkdir(parents=True)
    return machine


def processed(plugin: Path, film: Path) -> dict[str, Any]:
    needs("node")
    fake = Path(__file__).with_name("fake_tdarr.js")
    told = subprocess.run(["node", fake, plugin, film], capture_output=True, check=True, text=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


@pytest.mark.parametrize("name", ["index.js", "Tdarr_Plugin_dub_hook.js"])
def test_a_processed_file_comes_with_its_name_as_it_is(
    tdarr: Machine, tmp_path: Path, recorder: Recorder, nothing_ran: Callable[[], bool], name: str
) -> None:
    film = tmp_path / HOSTILE
    told = processed(install(EDITOR, tdarr)[name], film)
    assert recorder.call() == ["hook", "tdarr.processed", "--detach", "--profile", PROFILE, "--media", str(film)]
    assert nothing_ran() and told["log"] == ["dub has the file"]
    returned = told["returned"].get("outputFileObj") or told["returned"]["file"]
    assert returned["_id"] == str(film)  # the flow goes on with the same file


def test_the_classic_plugin_runs_after_all_others_under_its_files_name(tdarr: Machine, tmp_path: Path) -> None:
    plugin = install(EDITOR, tdarr)["Tdarr_Plugin_dub_hook.js"]
    details = processed(plugin, tmp_path / "Film.mkv")["details"]
    assert (details["id"], details["Stage"]) == (plugin.stem, "Post-processing")


@pytest.mark.parametrize("name", ["index.js", "Tdarr_Plugin_dub_hook.js"])
def test_tdarr_goes_on_when_dub_is_gone(tdarr: Machine, tmp_path: Path, recorder: Recorder, name: str) -> None:
    plugin = install(EDITOR, tdarr)[name]
    shutil.rmtree(recorder.folder)
    told = processed(plugin, tmp_path / "Film.mkv")
    assert told["returned"] and told["log"][0].startswith("dub: ")


def test_plugins_lie_where_tdarrs_own_variable_says(tmp_path: Path) -> None:
    machine = Machine("win32", tmp_path, {"pluginsDir": str(tmp_path)}, ("dub",))
    flow, classic = (file.path.relative_to(tmp_path) for file in EDITOR.files(machine))
    assert flow == Path("FlowPlugins/LocalFlowPlugins/tools/dub/1.0.0/index.js")
    assert classic == Path("Local/Tdarr_Plugin_dub_hook.js")


def test_where_tdarr_is_not_found_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pluginsDir"):
        EDITOR.files(Machine("linux", tmp_path, {}, ("dub",)))
