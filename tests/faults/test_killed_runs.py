"""Runs of every kind are killed at random moments; what is true after each kill, and after the next run.

DUB_TESTS_KILLS says how many kills there are in all; each kind has a fifth of them. The moments follow from a seed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dubber.files.store import Store
from tests.faults.jobs import PROFILE, ROOT, WORDS, digest, srt
from tests.films import Sound, film
from tests.servers.launch import Running, shared
from tests.servers.recordings import recording

KILLS = int(os.environ.get("DUB_TESTS_KILLS", "1000"))
KINDS = ("film", "batch", "watch", "hook", "train")
ROUND = 5  # kills on one job before it is let finish, and another is begun from nothing


@dataclass
class Work:
    """A job of one kind in a folder: the command, the user's own files in `own`, and the final names of its outputs."""

    folder: Path
    words: tuple[str, ...]
    own: Path
    outputs: tuple[Path, ...]
    whole: dict[Path, str] = field(default_factory=dict)

    def start(self) -> subprocess.Popen[bytes]:
        places = {name: str(self.folder / name.lower()) for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR")}
        kept = {"DUB_STORE": str(self.folder / "store"), "DUB_CONFIG": str(self.folder / "config")}
        more = {"PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        (self.folder / "tmpdir").mkdir(exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "dubber", *self.words]
            environ = {**os.environ, **places, **kept, **more}
            return subprocess.Popen(command, env=environ, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def finish(self) -> None:
        """One more run, which nobody disturbs."""
        status = self.start().wait()
        assert status == 0, (self.folder / "log").read_text(errors="replace")[-3000:]
        assert all(path.is_file() for path in self.outputs)

    def begin_anew(self) -> None:
        """As on a computer on which dub never ran."""
        for name in ("store", "config", "xdg_state_home"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.forget_outputs()

    def forget_outputs(self) -> None:
        for path in self.outputs:
            path.unlink(missing_ok=True)

    def users(self) -> dict[str, str]:
        """The user's files: all that lies in his folder and is neither hidden nor an output."""
        return {
            path.name: digest(path)
            for path in sorted(self.own.iterdir())
            if path.is_file() and not path.name.startswith(".") and ".dub." not in path.name
        }

    def all_is_well(self) -> None:
        """No broken file has a final name: each output that is there is the whole one, each report can be read."""
        for path in self.outputs:
            assert not path.exists() or digest(path) == self.whole[path], path
        for report in self.own.glob("*.dub.json"):
            assert "made_from" in json.loads(report.read_bytes()) or self.words[0] != "batch"
        store = Store(self.folder / "store")
        assert all(store.load(path.stem) is not None for path in store.root.glob("takes/*/*.take"))

    def left(self) -> list[str]:
        """What a finished run has not taken away of those that were killed."""
        return sorted(path.name for path in self.own.iterdir() if path.name.startswith("."))


def library(folder: Path, films: int) -> Path:
    own = folder / "own"
    own.mkdir(parents=True)
    for number in range(films):
        made = film(folder, "mkv", seconds=2.2, audios=(Sound(tone=200 + number),))
        shutil.copy(made, own / f"film{number}.mkv")
        (own / f"film{number}.en.srt").write_text(srt(*(f"{word} {number}" for word in WORDS)))
    (folder / "tones.toml").write_text(PROFILE)
    return own


def films_of(folder: Path, kind: str) -> Work:
    own, profile = library(folder, 2 if kind in ("batch", "watch") else 1), ("-p", str(folder / "tones.toml"))
    outputs = tuple(path.with_suffix(".en.dub.mkv") for path in sorted(own.glob("*.mkv")))
    words = {
        "film": (str(own / "film0.mkv"), str(own / "film0.en.srt"), *profile, "--overwrite"),
        "batch": ("batch", str(own), *profile),
        "watch": ("watch", str(own), "--once", "--settle", "0.2", *profile),
        "hook": ("hook", "blender.rendered", "--media", str(own / "film0.mkv"), "--settle", "0.1", *profile),
    }
    return Work(folder, words[kind], own, outputs)


@dataclass
class Training(Work):
    """A voice is trained; the work is done by a server, which lives on when dub is killed."""

    server: Running | None = None
    disk: Path = Path()

    def begin_anew(self) -> None:
        super().begin_anew()
        for path in self.disk.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def training(folder: Path) -> Training:
    own, disk = folder / "own", folder / "server"
    for made in (own, disk):
        made.mkdir(parents=True)
    recording(own / "one.wav", "my voice", seconds=14.0, rate=16_000)
    server = shared("sovits_training", "--root", str(disk))
    words = ("train", "anna", str(own / "one.wav"), "--server", server.url, "--language", "en")
    return Training(folder, words, own, (folder / "config" / "profiles" / "anna.toml",), server=server, disk=disk)


@pytest.fixture(params=KINDS)
def work(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Work]:
    made = training(tmp_path / "job") if request.param == "train" else films_of(tmp_path / "job", request.param)
    begun = time.monotonic()
    made.finish()
    made.whole = {path: digest(path) for path in made.outputs}
    made.begin_anew()
    yield made
    sys.stderr.write(f"\n{request.param}: {KILLS // len(KINDS)} kills, {time.monotonic() - begun:.0f} s\n")


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_run_that_is_killed_breaks_nothing_and_the_next_one_finishes(work: Work) -> None:
    dice, before = random.Random(work.words[0]), work.users()
    begun = time.monotonic()
    work.finish()
    lasts = time.monotonic() - begun
    work.begin_anew()
    for number in range(1, KILLS // len(KINDS) + 1):
        work.forget_outputs()
        run = work.start()
        time.sleep(dice.uniform(0.1, 1.0) * lasts)
        run.kill()
        run.wait()
        work.all_is_well()
        assert work.users() == before
        if number % ROUND == 0:
            work.finish()
            work.all_is_well()
            assert work.left() == []
            work.begin_anew()
    work.finish()
    work.all_is_well()
    assert work.left() == [] and work.users() == before
    assert [path.name for path in (work.folder / "tmpdir").iterdir()] == []
