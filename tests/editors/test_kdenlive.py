"""kdenlive-dub renders a project and dubs the film; here Kdenlive is a fake. The real one: `make nightly`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.editors.real import Home, speech
from tests.films import film

FAKE = Path(__file__).parent / "fake_kdenlive.sh"
SRT = "1\n00:00:00,600 --> 00:00:01,400\nIt is cut.\n"
ASS = """[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:01.80,Default,,0,0,0,,It is cut.
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "Zoë's home")
    home.dub("hooks", "install", "kdenlive", "--profile", str(home.folder / "tones.toml"))
    fake = home.folder / "kdenlive"
    shutil.copy(FAKE, fake)
    fake.chmod(0o755)
    shutil.copy(film(tmp_path), home.folder / "my cut.kdenlive.rendered")
    return home


def kdenlive_dub(home: Home, *arguments: str) -> int:
    environment = {**home.environment, "KDENLIVE": str(home.folder / "kdenlive")}
    command = home.folder / ".local" / "bin" / "kdenlive-dub"
    return subprocess.run([command, *arguments], cwd=home.folder, env=environment, timeout=120).returncode


@pytest.mark.parametrize(("name", "text", "start"), [(".srt", SRT, 0.6), (".ass", ASS, 1.0)])
def test_a_rendered_project_is_dubbed_with_its_own_subtitles(home: Home, name: str, text: str, start: float) -> None:
    (home.folder / f"my cut.kdenlive{name}").write_text(text)
    assert kdenlive_dub(home, "my cut.kdenlive", "my film.mp4") == 0
    assert ": dubbed: " in home.ended()
    assert speech(home.folder / "my film.en.dub.mp4") == pytest.approx([start], abs=0.06)


def test_nothing_is_dubbed_when_nothing_was_rendered(home: Home) -> None:
    assert kdenlive_dub(home, "no.kdenlive", "film.mp4") == 1
    assert kdenlive_dub(home, "no.kdenlive") == 2
    assert home.log == ""
