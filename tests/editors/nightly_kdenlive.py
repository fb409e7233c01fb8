"""The real Kdenlive renders a project, and kdenlive-dub dubs the film. Not in CI: `make nightly`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.editors.machines import needs
from tests.editors.real import Home, picture, speech
from tests.films import film

pytestmark = pytest.mark.editor

PROJECT = """<?xml version="1.0" encoding="utf-8"?>
<mlt LC_NUMERIC="C" producer="main_bin" version="7.28.0" root="{folder}">
 <profile frame_rate_num="25" frame_rate_den="1" width="96" height="54" progressive="1" sample_aspect_num="1"
  sample_aspect_den="1" display_aspect_num="16" display_aspect_den="9" colorspace="709" description="small"/>
 <producer id="clip" in="0" out="49"><property name="resource">{film}</property></producer>
 <playlist id="main_bin">
  <property name="kdenlive:docproperties.version">1.1</property>
  <property name="xml_retain">1</property>
  <entry producer="clip" in="0" out="49"/>
 </playlist>
 <playlist id="playlist0"><entry producer="clip" in="0" out="49"/></playlist>
 <tractor id="tractor0" in="0" out="49"><track producer="playlist0"/></tractor>
</mlt>
"""


def test_kdenlive_renders_a_project_and_the_dubbed_film_is_there(tmp_path: Path) -> None:
    needs("kdenlive", "xvfb-run", "Xvfb", "xauth")
    home = Home(tmp_path / "Zoë's home")
    offscreen = {**home.environment, "QT_QPA_PLATFORM": "offscreen"}
    told = subprocess.run(["kdenlive", "--help"], env=offscreen, capture_output=True, text=True, timeout=120)
    assert "--render" in told.stdout, "this Kdenlive is too old: it has no --render"
    home.dub("hooks", "install", "kdenlive", "--profile", str(home.folder / "tones.toml"))
    project, out = home.folder / "my cut.kdenlive", home.folder / "my film.mp4"
    project.write_text(PROJECT.format(folder=home.folder, film=film(tmp_path)))
    Path(f"{project}.srt").write_text("1\n00:00:00,600 --> 00:00:01,400\nIt is cut.\n")
    command = ["xvfb-run", "-a", str(home.folder / ".local" / "bin" / "kdenlive-dub"), str(project), str(out)]
    subprocess.run(command, env=home.environment, check=True, timeout=280)
    assert ": dubbed: " in home.ended()
    dubbed = out.with_name("my film.en.dub.mp4")
    assert picture(dubbed) == picture(out)
    assert speech(dubbed) == pytest.approx([0.6], abs=0.06)
