"""From the editor's script through the real `dub hook` to the dubbed sound."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dubber.editors import aegisub, premiere, resolve
from dubber.editors.base import Machine
from dubber.errors import InputError
from dubber.media.audio import decode
from dubber.unattended import launch
from dubber.unattended.library import BatchOptions, film_of
from dubber.unattended.watch import Pace, Watcher
from tests.editors.fake_aegisub import FakeAegisub
from tests.editors.fake_resolve import FakeProject, FakeResolve, FakeSubtitle, FakeTimeline
from tests.editors.machines import MachineOf, install
from tests.seasons import season

HOUR = 90000
NAME = "it's $(touch pwned) Größe.mp4"


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film of two seconds with a name of its own; settings, store and log of this test alone."""
    for name in ("XDG_STATE_HOME", "DUB_CONFIG", "DUB_STORE"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    folder = season(tmp_path, 1)
    (folder / "E000.mp4").rename(folder / NAME)
    (folder / "E000.en.srt").rename((folder / NAME).with_suffix(".en.srt"))
    return folder


@pytest.fixture
def machine(machine_of: MachineOf, show: Path) -> Machine:
    """Dub itself, with a profile of tones."""
    options = ("--profile", str(show.parent / "tones.toml"), "--settle", "0")
    return replace(machine_of("linux"), dub=launch.command(), options=options)


def dubbed(show: Path) -> list[float]:
    """When the lines of the dubbed track begin, in seconds; the editor did not wait for it."""
    deadline = time.monotonic() + 120
    while not (tracks := list(show.glob("*.dub.wav"))) and time.monotonic() < deadline:
        time.sleep(0.05)
    audio = decode(tracks[0].read_bytes())
    mono = audio.samples if audio.samples.ndim == 1 else audio.samples[:, 0]
    loud = np.flatnonzero(np.abs(mono) > 0.01) / audio.rate
    return [float(round(loud[0], 1)), *(float(round(t, 1)) for t in loud[1:][np.diff(loud) > 0.1])]


def test_what_resolve_rendered_in_part_is_dubbed_where_its_cues_are(machine: Machine, show: Path) -> None:
    film = show / NAME
    cues = "1\n00:01:00,500 --> 00:01:01,000\nThe first line.\n\n2\n00:01:01,300 --> 00:01:01,800\nThe second line.\n"
    film.with_suffix(".en.srt").write_text(cues)
    editor = FakeResolve(FakeProject([FakeTimeline("Film")]))
    script = install(resolve.EDITOR, machine)["Dub (Studio).py"]
    editor.trigger(script, editor.render(film, "Film", HOUR + 1500, HOUR + 1549))
    assert dubbed(show) == [0.5, 1.3]


def test_resolves_subtitle_track_is_spoken_rather_than_the_file_beside_the_film(machine: Machine, show: Path) -> None:
    spoken = [FakeSubtitle(HOUR + 1490, HOUR + 1510, "Cut."), FakeSubtitle(HOUR + 1530, HOUR + 1545, "Whole.")]
    editor = FakeResolve(FakeProject([FakeTimeline("Film", tracks=[spoken])]))
    script = install(resolve.EDITOR, machine)["Dub (free edition).lua"]
    editor.trigger(script, editor.render(show / NAME, "Film", HOUR + 1500, HOUR + 1549))
    assert dubbed(show) == [0.0, 1.2]


def test_lines_on_aegisubs_screen_are_spoken_and_not_those_on_the_disk(machine: Machine, show: Path) -> None:
    script = (show / NAME).with_suffix(".en.ass")
    lines = ["Dialogue: 0,0:00:00.10,0:00:00.60,Default,,0,0,0,,The saved line."]
    editor = FakeAegisub(show.parent, script, lines, video=str(show / NAME))
    editor.save()
    editor.events = ["Dialogue: 0,0:00:01.20,0:00:01.70,Default,,0,0,0,,The line on the screen."]
    editor.run(install(aegisub.EDITOR, machine)["dub.lua"], "Dub this script")
    assert dubbed(show) == [1.2]


def test_the_film_of_saved_subtitles_is_found_by_their_name(show: Path) -> None:
    subs = (show / NAME).with_suffix(".en.srt")
    assert film_of(subs) == show / NAME
    (show / "Subs").mkdir()
    assert film_of(subs.rename(show / "Subs" / subs.name)) == show / NAME
    (show / NAME).with_suffix(".mkv").write_bytes(b"")
    with pytest.raises(InputError, match=r"several films: .*\.mkv"):
        film_of(show / "Subs" / subs.name)


def test_subtitles_that_lie_beside_no_film_are_told_of_at_once(machine: Machine, show: Path) -> None:
    (show / NAME).unlink()
    subs = (show / NAME).with_suffix(".en.srt")
    told = subprocess.run((*machine.hook("subtitleedit.saved"), "--subs", str(subs)), capture_output=True, text=True)
    assert told.returncode == 2 and "lies beside no film" in told.stderr


def test_what_premiere_exports_into_its_folder_is_dubbed_into_done(
    machine: Machine, show: Path, tmp_path: Path
) -> None:
    folder = install(premiere.EDITOR, replace(machine, system="darwin"))["dub.toml"].parent
    for path in show.iterdir():
        path.rename(folder / path.name)
    for _ in range(2):
        Watcher(folder, BatchOptions(), Pace(settle=0.0)).run(once=True)
    assert [path.name for path in (folder / "done").glob("*.wav")] == ["it's $(touch pwned) Größe.en.dub.wav"]
