"""A voice system that somebody else wrote: the sample of the docs, installed and heard; and some that are broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest

from dubber.backends.base import Backend, in_flight, servers
from dubber.model import Audio, Line
from dubber.schema import Setting
from tests.hearing import RATE, decode
from tests.seasons import season

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "docs" / "plugin-sample"
PROGRAM = """
import sys
from pathlib import Path
from dubber.backends.espeak import Espeak
from dubber.media.wav import encode_wav
from dubber.model import Line, Phrase, Voice, Window

voice, output, log = sys.argv[1:]
text = sys.stdin.read()
line = Line(1, "", Voice("espeak", "any"), (Phrase(1, Window(0, 1000), text),), voice)
Path(output).write_bytes(encode_wav(Espeak().synthesize(line)))
with open(log, "a") as file:
    file.write(voice + ": " + text + chr(10))
"""
PROFILE = """
[voices.anna]
backend = "command"
voice = "{voice}"
[casting]
narrator = "anna"
[mixing]
bed = "none"
[output]
container = "mkv"
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample package, as pip installs it: built by its own build backend, without any network."""
    target = tmp_path_factory.mktemp("plugins")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--no-build-isolation", "--target", str(target), str(SAMPLE)], check=True, timeout=250)
    return target


class Place:
    """Where dub is run as a program of its own, with packages beside it and a program that speaks."""

    def __init__(self, folder: Path, packages: Path) -> None:
        self.folder, self.packages, self.log = folder, packages, folder / "said.txt"
        self.show = season(folder, 1, lines=3)
        (folder / "speaks.py").write_text(PROGRAM)
        (folder / "p.toml").write_text(PROFILE.format(voice="en"))

    def dub(
        self, *words: object, speaks: str = "speaks.py", profile: str = "p.toml"
    ) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.packages), str(ROOT)])
        env = {**os.environ, "PYTHONPATH": path, "DUB_STORE": str(self.folder / "store")}
        env["DUB_COMMAND"] = (
            f"{sys.executable} {self.folder / speaks} {{voice}} {{output}} {self.log}" if speaks else ""
        )
        command = [sys.executable, "-m", "dubber", *map(str, words), "-p", profile]
        return subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=250)

    def film(self, **more: str) -> subprocess.CompletedProcess[str]:
        return self.dub(self.show / "E000.mp4", "-o", "out.mkv", **more)


@pytest.fixture
def place(tmp_path: Path, installed: Path) -> Place:
    return Place(tmp_path, installed)


def test_the_sample_dubs_a_film_with_a_program_of_the_command_line(place: Place) -> None:
    done = place.film()
    assert done.returncode == 0, done.stderr
    assert sorted(place.log.read_text().splitlines()) == [f"en: Film 0, line {number}." for number in range(3)]
    (version,) = json.loads((place.folder / "out.mkv.dub.json").read_text())["versions"]
    assert version["spoken"] == 3 and [name.split()[0] for name in version["spoken_by"]] == ["command"]
    sound = decode(place.folder / "out.mkv")
    for row in version["lines"]:
        first, last = (round(row[key] * RATE / 1000) for key in ("start", "length"))
        assert np.sqrt(np.mean(sound[first : first + last] ** 2)) > 0.01, row["text"]


def test_its_takes_are_kept_and_another_program_is_another_voice(place: Place) -> None:
    assert place.film().returncode == 0
    (place.folder / "other.py").write_text(PROGRAM)
    heard = len(place.log.read_text().splitlines())
    (place.folder / "out.mkv").unlink()
    assert place.film().returncode == 0 and len(place.log.read_text().splitlines()) == heard, "stored"
    (place.folder / "out.mkv").unlink()
    assert place.film(speaks="other.py").returncode == 0
    assert len(place.log.read_text().splitlines()) == 2 * heard, "what another program spoke is not used"


def test_a_profile_cannot_hand_the_program_an_option(place: Place) -> None:
    (place.folder / "p.toml").write_text(PROFILE.format(voice="--output=/etc/passwd"))
    done = place.film()
    assert done.returncode == 2 and "is no name of a voice" in done.stderr and not place.log.exists()


def test_the_doctor_knows_it_and_says_when_its_program_is_missing(place: Place) -> None:
    said = place.dub("doctor").stdout
    assert any(
        line.startswith("ok") and "plug-in command" in line and "dub-command 1.0" in line for line in said.splitlines()
    )
    done = place.dub("doctor", speaks="")
    assert done.returncode == 1 and 'DUB_COMMAND="espeak-ng' in done.stdout
    done = place.film(speaks="")
    assert done.returncode in (1, 2) and "no program is named" in done.stderr and "Traceback" not in done.stderr


BROKEN = {
    "raises": ("import nowhere_at_all", "does not load: ModuleNotFoundError"),
    "leaves": ("raise SystemExit(3)", "does not load: SystemExit"),
    "something": ("Broken = 3", "is not a Backend"),
    "unfinished": (
        "from dubber.backends.base import Backend\nclass Broken(Backend):\n    name = 'broken'",
        "lacks synth",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_plug_in_that_does_not_load_is_named_and_disturbs_no_other_film(kind: str, tmp_path: Path) -> None:
    code, why = BROKEN[kind]
    packages = tmp_path / "packages"
    (packages / "broken-1.0.dist-info").mkdir(parents=True)
    (packages / "broken-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (packages / "broken-1.0.dist-info" / "entry_points.txt").write_text(
        "[dubber.backends]\nbroken = broken_one:Broken\n"
    )
    (packages / "broken_one.py").write_text(code)
    place = Place(tmp_path, packages)
    row = next(
        line for line in place.dub("doctor", profile="tones.toml").stdout.splitlines() if "plug-in broken" in line
    )
    assert row.startswith("--") and why in row
    if kind == "raises":
        assert place.dub(place.show / "E000.mp4", "-o", "out.wav", profile="tones.toml").returncode == 0
        (tmp_path / "p.toml").write_text('[voices.a]\nbackend = "broken"\n[casting]\nnarrator = "a"\n')
        done = place.film()
        assert done.returncode == 2 and why in done.stderr and "Traceback" not in done.stderr


class Far(Backend):
    """Speaks at two places."""

    name = "far"

    def __init__(
        self,
        *,
        servers: Annotated[tuple[str, ...], Setting("where")] = ("http://a", "http://b"),
        in_flight: Annotated[int, Setting("lines at once")] = 3,
    ) -> None: ...

    def synthesize(self, line: Line) -> Audio:
        raise NotImplementedError


class Near(Backend):
    """Speaks here."""

    name = "near"

    def synthesize(self, line: Line) -> Audio:
        raise NotImplementedError


def test_where_a_system_speaks_and_how_much_at_once_follows_from_two_keywords() -> None:
    assert servers(Far, {}) == ("http://a", "http://b") and in_flight(Far, {}) == 3
    assert servers(Far, {"servers": ("http://c",)}) == ("http://c",) and in_flight(Far, {"in_flight": 8}) == 8
    assert servers(Near, {}) == () and in_flight(Near, {}) == 1
