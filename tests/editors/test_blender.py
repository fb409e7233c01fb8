"""The real Blender renders a sequence, and the dubbed film is there after it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.editors.machines import needs
from tests.editors.real import Home, picture, speech

pytestmark = pytest.mark.editor

SCENE = """
import bpy, sys
scene = bpy.context.scene
render = scene.render
render.resolution_x, render.resolution_y, render.resolution_percentage = 96, 54, 100
render.fps, render.fps_base = {fps}, {base}
scene.frame_start, scene.frame_end = 101, 175
render.image_settings.file_format = "{kind}"
render.ffmpeg.format, render.ffmpeg.codec = "MPEG4", "H264"
render.filepath = sys.argv[-1]
editor = scene.sequence_editor_create()
strips = editor.strips if hasattr(editor, "strips") else editor.sequences
strips.new_effect("sky", "COLOR", 1, frame_start=101, frame_end=176)
for channel, first, last, text in {texts}:
    strips.new_effect(text, "TEXT", channel, frame_start=first, frame_end=last).text = text
{more}
bpy.ops.render.render(animation={animation})
"""
TEXTS = ((2, 126, 150, "Is the\n\nlamp --> ready?"), (2, 163, 175, "It is."))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Blender has been started here before, and dub's hook was installed."""
    needs("blender")
    home = Home(tmp_path / "Zoë's home")
    told = subprocess.run(["blender", "--version"], env=home.environment, capture_output=True, text=True, timeout=120)
    version = ".".join(told.stdout.split()[1].split(".")[:2])
    (home.folder / ".config" / "blender" / version).mkdir(parents=True)
    home.dub("hooks", "install", "blender", "--profile", str(home.folder / "tones.toml"))
    return home


def rendered(home: Home, texts: tuple[object, ...] = TEXTS, **wishes: object) -> Path:
    """The film that Blender wrote: 75 frames from frame 101 on."""
    told = {"fps": 25, "base": 1.0, "kind": "FFMPEG", "more": "", "animation": True, **wishes}
    (home.folder / "scene.py").write_text(SCENE.format(texts=repr(texts), **told), encoding="utf-8")
    films = home.folder / "out put"
    command = [
        "blender",
        "-b",
        "--python-exit-code",
        "9",
        "--python",
        str(home.folder / "scene.py"),
        "--",
        f"{films}/a",
    ]
    subprocess.run(command, env=home.environment, check=True, stdout=subprocess.DEVNULL, timeout=240)
    return films / "a0101-0175.mp4"


def test_blender_renders_a_sequence_and_the_dubbed_film_is_there_with_its_text_strips_spoken(home: Home) -> None:
    film = rendered(home)
    assert ": dubbed: " in home.ended(), home.log
    dubbed = film.with_name("a0101-0175.en.dub.mp4")
    assert picture(dubbed) == picture(film)
    assert speech(dubbed) == pytest.approx([1.0, 2.48], abs=0.06)  # frames 126 and 163 of a film that begins at 101
    words = (film.parent / "a0101-0175.strips.srt").read_text(encoding="utf-8")
    assert words.startswith("1\n00:00:01,000 --> 00:00:01,960\nIs the\nlamp → ready?\n\n2\n")


def test_subtitles_beside_the_film_go_before_strips_and_other_strips_before_titles(home: Home) -> None:
    texts = ((2, 101, 160, "A TITLE"), (3, 151, 174, "Spoken."), (4, 101, 120, "muted"))
    more = "editor.channels[3].name = 'Subtitles'\nstrips['muted'].mute = True"
    film = rendered(home, texts, fps=24, base=1.001, more=more)
    home.ended()
    words = (film.parent / "a0101-0175.strips.srt").read_text()
    assert words == "1\n00:00:02,085 --> 00:00:03,045\nSpoken.\n"  # 50 frames at 24/1.001 a second
    (film.parent / "a0101-0175.fr.srt").write_text("1\n00:00:00,500 --> 00:00:01,000\nBonsoir.\n")
    rendered(home, texts)
    home.ended(2)
    assert speech(film.with_name("a0101-0175.fr.dub.mp4")) == pytest.approx([0.5], abs=0.06)


def test_a_still_is_no_film(home: Home) -> None:
    rendered(home, kind="PNG", animation=False)
    assert home.log == ""
