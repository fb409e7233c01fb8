"""What the machine of a user refuses, for each command: one line that names it, and never "please report it".

A row of CONDITIONS is something that is wrong with the machine, and what `dub FILM` says of it. The whole table, with
every command, is marked long.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.seasons import season

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these are conditions of Linux")

ROOT = Path(__file__).parent.parent.parent
FILM, WORDS = "show/E000.mp4", "show/E000.en.srt"
COMMANDS = {
    "film": (FILM, WORDS, "-p", "tones.toml", "-o", "out.wav"),
    "check": ("check", FILM, WORDS, "-p", "tones.toml"),
    "batch": ("batch", "show", "-p", "tones.toml"),
    "watch": ("watch", "show", "-p", "tones.toml", "--settle", "0", "--once"),
    "status": ("status", "show"),
    "retry": ("retry", "show"),
    "hook": ("hook", "editor.done", "--media", FILM, "-p", "tones.toml", "--settle", "0"),
    "hooks": ("hooks", "install", "aegisub"),
    "cast": ("cast", WORDS, "-o", "cast.toml"),
    "voices": ("voices", "-p", "tones.toml"),
    "takes": ("takes", FILM, WORDS, "-p", "tones.toml"),
    "cache": ("cache",),
    "prune": ("cache", "prune", "--days", "0"),
    "doctor": ("doctor",),
    "profiles": ("profiles", "new", "mine"),
    "server": ("server", "openai", "speech", "input=hi", "--server", "http://127.0.0.1:9/v1", "-o", "said.wav"),
    "train": ("train", "recordings", "--server", "http://127.0.0.1:9"),
}
NAMES = ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "DUB_STORE", "DUB_CONFIG")
# root may do everything; without its capabilities it is a user like any other
PLAIN = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")


@dataclass
class Place:
    """A folder with a film, and what a program there is started with."""

    folder: Path
    environ: dict[str, str]
    before: tuple[str, ...] = ()

    def plain(self) -> None:
        """Rights count, although tests may be run by root."""
        if os.getuid() == 0:
            if not shutil.which("setpriv"):
                pytest.skip("needs setpriv, to be no root")
            self.before = PLAIN

    def limited(self, limit: str) -> None:
        self.before = ("sh", "-c", f'ulimit {limit}; exec "$@"', "sh")

    def home(self, home: Path | None) -> None:
        """Nothing but HOME says where things are kept."""
        self.environ = {key: value for key, value in self.environ.items() if key not in NAMES}
        if home:
            self.environ["HOME"] = str(home)

    def dub(self, kind: str) -> subprocess.CompletedProcess[str]:
        line = [*self.before, sys.executable, "-m", "dubber", *COMMANDS[kind]]
        return subprocess.run(
            line, cwd=self.folder, env=self.environ, capture_output=True, text=True, errors="replace", timeout=120
        )


def read_only_folder(place: Place) -> None:
    place.plain()
    place.folder.chmod(0o555)


def store_of_another_user(place: Place) -> None:
    place.plain()
    (place.folder / "store").mkdir(mode=0o700)
    if os.getuid() == 0:
        os.chown(place.folder / "store", 65534, 65534)
    else:
        (place.folder / "store").chmod(0)


def read_only_store(place: Place) -> None:
    place.plain()
    (place.folder / "store").mkdir(mode=0o555)


def store_below_a_file(place: Place) -> None:
    (place.folder / "file").touch()
    place.environ["DUB_STORE"] = str(place.folder / "file" / "store")


def store_is_a_file(place: Place) -> None:
    (place.folder / "store").touch()


def film_that_may_not_be_read(place: Place) -> None:
    place.plain()
    (place.folder / FILM).chmod(0)


def words_that_may_not_be_read(place: Place) -> None:
    place.plain()
    (place.folder / WORDS).chmod(0)


def folder_that_may_not_be_read(place: Place) -> None:
    place.plain()
    (place.folder / "show").chmod(0)


def profile_that_may_not_be_read(place: Place) -> None:
    place.plain()
    (place.folder / "tones.toml").chmod(0)


def _replaced(name: str, by: str) -> Callable[[Place], None]:
    def arrange(place: Place) -> None:
        path = place.folder / name
        path.unlink()
        path.symlink_to(by) if by else path.mkdir()

    return arrange


def missing_folder(place: Place) -> None:
    shutil.rmtree(place.folder / "show")


def working_folder_removed(place: Place) -> None:
    place.before = ("sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh")


def home_that_may_not_be_written(place: Place) -> None:
    place.plain()
    (place.folder / "home").mkdir(mode=0o555)
    place.home(place.folder / "home")


def home_is_a_file(place: Place) -> None:
    (place.folder / "home").touch()
    place.home(place.folder / "home")


def no_temporary_folder(place: Place) -> None:
    place.environ["TMPDIR"] = str(place.folder / "nowhere")


def configuration_is_a_file(place: Place) -> None:
    (place.folder / "config").touch()


def state_is_a_file(place: Place) -> None:
    (place.folder / "state").touch()


# What is wrong: how it comes about, the status of `dub FILM` and words that it must say.
CONDITIONS: dict[str, tuple[Callable[[Place], None], int, str]] = {
    "read-only folder": (read_only_folder, 2, "cannot be written: Permission denied"),
    "another user's store": (store_of_another_user, 1, "store"),
    "read-only store": (read_only_store, 1, "the store cannot be written: Permission denied"),
    "store below a file": (store_below_a_file, 1, "Not a directory"),
    "store is a file": (store_is_a_file, 1, "Not a directory"),
    "unreadable film": (film_that_may_not_be_read, 2, "E000.mp4"),
    "unreadable subtitles": (words_that_may_not_be_read, 2, "E000.en.srt"),
    "unreadable folder": (folder_that_may_not_be_read, 1, "E000.mp4: Permission denied"),
    "unreadable profile": (profile_that_may_not_be_read, 2, "tones.toml: cannot be read: Permission denied"),
    "film is a folder": (_replaced(FILM, ""), 2, "E000.mp4: is not a file"),
    "subtitles are a folder": (_replaced(WORDS, ""), 2, "E000.en.srt: is not an ordinary file"),
    "profile is a folder": (_replaced("tones.toml", ""), 2, "tones.toml"),
    "film is of /proc": (_replaced(FILM, "/proc/self/mem"), 2, "E000.mp4: is empty"),
    "subtitles are of /proc": (_replaced(WORDS, "/proc/self/mem"), 2, "E000.en.srt: cannot be opened"),
    "missing folder": (missing_folder, 2, "E000.mp4: no such file"),
    "working folder removed": (working_folder_removed, 2, "the folder that you are in has been removed"),
    "unwritable home": (home_that_may_not_be_written, 1, "the store cannot be written: Permission denied"),
    "home is a file": (home_is_a_file, 1, "Not a directory"),
    "no temporary folder": (no_temporary_folder, 0, ""),
    "configuration is a file": (configuration_is_a_file, 0, ""),
    "state is a file": (state_is_a_file, 0, ""),
    "32 open files": (lambda place: place.limited("-n 32"), 0, ""),
    "12 open files": (lambda place: place.limited("-n 12"), 1, "Too many open files (raise the limit"),
    "150 MB of memory": (lambda place: place.limited("-v 150000"), 1, "raise the limit"),
    "files of 4 kB": (lambda place: place.limited("-f 8"), 1, "File too large"),
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    season(tmp_path, 1)
    (tmp_path / "recordings").mkdir()
    environ = {key: value for key, value in os.environ.items() if not key.startswith("DUB_")}
    kept = {"DUB_STORE": "store", "DUB_CONFIG": "config", "XDG_STATE_HOME": "state", "XDG_CACHE_HOME": "cache"}
    environ |= {name: str(tmp_path / folder) for name, folder in (kept | {"HOME": "home"}).items()}
    environ |= {"PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    yield Place(tmp_path, environ)
    for folder in (tmp_path, *(path for path in tmp_path.iterdir() if path.is_dir() and not path.is_symlink())):
        folder.chmod(0o755)


def one_line_and_no_fault_of_ours(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode in (0, 1, 2), done
    for words in ("itself failed", "report it", "Traceback", "Exception ignored"):
        assert words not in done.stderr, done.stderr
    if done.returncode:
        assert (done.stdout + done.stderr).strip(), done


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_film_on_such_a_machine_is_dubbed_or_one_line_says_why_not(condition: str, place: Place) -> None:
    arrange, status, words = CONDITIONS[condition]
    arrange(place)
    done = place.dub("film")
    one_line_and_no_fault_of_ours(done)
    assert done.returncode == status and words in done.stderr, done.stderr
    if status:
        assert done.stderr.splitlines()[-1].startswith("dub: ")
    else:
        assert (place.folder / "out.wav").is_file()


@pytest.mark.parametrize("kind", [kind for kind in COMMANDS if kind != "film"])
@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.long
def test_each_command_on_such_a_machine_does_its_work_or_says_why_not(condition: str, kind: str, place: Place) -> None:
    CONDITIONS[condition][0](place)
    one_line_and_no_fault_of_ours(place.dub(kind))


def test_a_batch_whose_store_cannot_be_written_writes_its_report_all_the_same(place: Place) -> None:
    store_is_a_file(place)
    done = place.dub("batch")
    assert done.returncode == 1 and "exists already" not in done.stderr
    assert '"failed": 1' in next((place.folder / "state").rglob("*.json")).read_text()
