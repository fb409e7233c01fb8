"""The store on a folder that several users share, each with a umask of his own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dubber.files.atomic import make_folder, write_whole
from dubber.unattended.watch_state import FilmRecord, WatchState

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights are of POSIX")
ROOT = Path(__file__).parent.parent.parent
GROUP = 4300
AS_A_USER = """
import os, sys
from pathlib import Path
import numpy as np
from dubber.files import written
from dubber.model import Audio
from dubber.files.store import Store
from dubber.unattended.watch_state import FilmRecord, WatchState
root, user, umask, task = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3], 8), sys.argv[4]
os.setgroups([4300])
os.setgid(user)
os.setuid(user)
os.umask(umask)
store = Store(root)
for key in task.split():
    had = store.load(key)
    store.save(key, Audio(np.zeros(100, np.float32) if had is None else had.samples, 24000), {"said": str(user)})
    print(key, "spoken" if had is None else "stored")
memory = WatchState(root / "watch" / "x.sqlite")
memory.note(Path(f"/film-{user}"), FilmRecord("done", "mark", "settings", 1.0))
print(len(memory.memos()), "films")
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_private_is_so_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_folder(tmp_path / "store" / "takes")
        write_whole(tmp_path / "store" / "takes" / "a", b"x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "store") == mode(tmp_path / "store" / "takes") == 0o700
    assert mode(tmp_path / "store" / "takes" / "a") == 0o600


@pytest.mark.parametrize("rights", [0o777, 0o1777, 0o770, 0o2750])
def test_a_folder_that_only_happens_to_be_open_shares_nothing(rights: int, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(rights)
    make_folder(tmp_path / "open" / "store")
    write_whole(tmp_path / "open" / "take", b"x")
    assert mode(tmp_path / "open" / "store") & 0o777 == 0o700 and mode(tmp_path / "open" / "take") == 0o600


def test_in_a_shared_folder_the_group_may_use_everything_whatever_the_umask(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o2770)
    before = os.umask(0o077)
    try:
        make_folder(tmp_path / "shared" / "takes" / "ab")
        write_whole(tmp_path / "shared" / "takes" / "ab" / "a", b"x")
        WatchState(tmp_path / "shared" / "watch" / "x.sqlite").note(
            Path("/film"), FilmRecord("done", "mark", "settings", 1.0)
        )
    finally:
        os.umask(before)
    assert mode(tmp_path / "shared" / "takes" / "ab") == 0o2770
    assert mode(tmp_path / "shared" / "takes" / "ab" / "a") == 0o660
    assert mode(tmp_path / "shared" / "watch" / "x.sqlite") == 0o660


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can be two users")
def test_what_one_user_has_spoken_is_stored_for_the_other() -> None:
    with tempfile.TemporaryDirectory() as made:  # pytest's own folders let no other user in
        Path(made).chmod(0o755)
        root = Path(made) / "store"
        root.mkdir()
        os.chown(root, 0, GROUP)
        root.chmod(0o2770)
        of_two_users(root)


def of_two_users(root: Path) -> None:

    def run(user: int, umask: str, keys: str) -> list[str]:
        line = [sys.executable, "-c", AS_A_USER, str(root), str(user), umask, keys]
        done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    assert run(4301, "077", "aa01 ab02") == ["aa01 spoken", "ab02 spoken", "1 films"]
    assert run(4302, "002", "aa01 ab03") == ["aa01 stored", "ab03 spoken", "2 films"]
    assert run(4301, "022", "aa01 ab03") == ["aa01 stored", "ab03 stored", "2 films"]
    (root / "takes" / "ab" / "ab02.take").chmod(0o600)  # as an older dub kept it
    assert run(4302, "077", "ab02")[0] == "ab02 spoken"
