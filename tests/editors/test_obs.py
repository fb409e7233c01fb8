"""The real OBS Studio records a few seconds on a screen that nobody sees, and the recording is dubbed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.editors.machines import needs
from tests.editors.real import Home, picture, speech

pytestmark = pytest.mark.editor

STOP = """
import obspython as obs

def stop():
    obs.timer_remove(stop)
    obs.obs_frontend_recording_stop()

def heard(event):
    if event == obs.OBS_FRONTEND_EVENT_RECORDING_STARTED:
        obs.timer_add(stop, 4000)

def script_load(settings):
    obs.obs_frontend_add_event_callback(heard)
"""
SETTINGS = """
[General]
FirstRun=true
EnableAutoUpdates=false
[Basic]
Profile=Untitled
ProfileDir=Untitled
SceneCollection=Untitled
SceneCollectionFile=Untitled
"""
PROFILE = """
[General]
Name=Untitled
[Output]
Mode=Simple
FilenameFormatting=a take
[SimpleOutput]
FilePath={folder}
RecFormat=mkv
RecQuality=Small
RecEncoder=x264
[Video]
BaseCX=160
BaseCY=90
OutputCX=160
OutputCY=90
FPSCommon=10
[Audio]
SampleRate=48000
"""
SCENES = {
    "current_scene": "Scene",
    "current_program_scene": "Scene",
    "name": "Untitled",
    "scene_order": [{"name": "Scene"}],
    "sources": [{"id": "scene", "name": "Scene", "settings": {"custom_size": False, "id_counter": 0, "items": []}}],
}
ARGUMENTS = ("--startrecording", "--multi", "--minimize-to-tray", "--disable-updater", "--disable-missing-files-check")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """OBS has been started here before; its scripts are dub's, and one that stops the recording after four seconds."""
    needs("obs", "xvfb-run", "Xvfb", "xauth")
    home = Home(tmp_path / "Zoë's home")
    home.dub("hooks", "install", "obs", "--profile", str(home.folder / "tones.toml"))
    settings, films = home.folder / ".config" / "obs-studio", home.folder / "my films"
    for folder in (films, settings / "basic" / "profiles" / "Untitled", settings / "basic" / "scenes"):
        folder.mkdir(parents=True)
    (settings / "global.ini").write_text(SETTINGS)
    (settings / "basic" / "profiles" / "Untitled" / "basic.ini").write_text(PROFILE.format(folder=films))
    (home.folder / "stop.py").write_text(STOP)
    scripts = [settings / "scripts" / "dub.py", home.folder / "stop.py"]
    modules = {"scripts-tool": [{"path": str(path), "settings": {}} for path in scripts]}
    (settings / "basic" / "scenes" / "Untitled.json").write_text(json.dumps({**SCENES, "modules": modules}))
    return home


@contextmanager
def obs(home: Home) -> Iterator[Path]:
    """OBS while it runs, recording; gives what it says. OBS itself now and then aborts while it starts, before it
    has read a script ("stack smashing detected"): it is started again then."""
    said = home.folder / "obs.log"
    for _ in range(3):
        with running(home, said) as process:
            end = time.monotonic() + 60
            while b"Recording Start" not in said.read_bytes() and process.poll() is None and time.monotonic() < end:
                time.sleep(0.1)
            if process.poll() is None:
                yield said
                return
    yield said


@contextmanager
def running(home: Home, said: Path) -> Iterator[subprocess.Popen[bytes]]:
    screen = ["xvfb-run", "-a", "-s", "-screen 0 640x480x24"]
    environment = {**home.environment, "LIBGL_ALWAYS_SOFTWARE": "1", "QT_QPA_PLATFORM": "xcb", "LC_ALL": "C.UTF-8"}
    with said.open("wb") as log:
        process = subprocess.Popen(
            [*screen, "obs", *ARGUMENTS], env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the session of its own that it was started in
            process.wait()


def test_obs_records_and_the_recording_is_dubbed_with_the_subtitles_beside_it(home: Home) -> None:
    film = home.folder / "my films" / "a take.mkv"
    film.with_suffix(".srt").write_text("1\n00:00:00,700 --> 00:00:01,500\nIs it on?\n")
    with obs(home) as said:
        log = home.ended()
    assert ": dubbed: " in log, log + said.read_text(errors="replace")[-3000:]
    dubbed = film.with_name("a take.en.dub.mkv")
    assert picture(dubbed) == picture(film)
    assert speech(dubbed) == pytest.approx([0.7], abs=0.06)
