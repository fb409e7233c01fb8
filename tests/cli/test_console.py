"""What a person sees on a terminal while a film is made."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest

from dubber.model import STAGES
from tests.seasons import season

ROOT = Path(__file__).parent.parent.parent
SHOWN = [stage for stage in STAGES if stage != "verification"]


def on_a_terminal(columns: int, folder: Path, *words: str) -> str:
    """All that dub draws on a terminal of so many columns, without its colours."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DUB_STORE": str(folder / "store"), "TERM": "xterm-256color"}
    env = {name: value for name, value in env.items() if name not in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")}
    command = [sys.executable, "-m", "dubber", *words]
    drawn = b""
    with subprocess.Popen(command, cwd=folder, env=env, stderr=theirs, stdout=subprocess.DEVNULL) as run:
        os.close(theirs)
        try:
            while some := os.read(ours, 1 << 16):
                drawn += some
        except OSError:
            pass  # how Linux says that the other end is closed
    os.close(ours)
    assert run.returncode == 0, drawn
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn.decode())


def frames(drawn: str) -> list[list[str]]:
    """Each drawing of the bars, a row of it for each stage."""
    rows = [row for row in re.split(r"[\r\n]+", drawn) if row.startswith(tuple(f"{stage} " for stage in STAGES))]
    starts = [place for place, row in enumerate(rows) if row.startswith("reading")]
    return [rows[start:end] for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)]


@pytest.mark.parametrize("columns", [60, 120])
def test_every_stage_has_its_row_from_the_beginning_and_the_last_is_full_at_the_end(
    columns: int, tmp_path: Path
) -> None:
    show = season(tmp_path, 1, lines=6)
    drawn = on_a_terminal(columns, tmp_path, str(show / "E000.mp4"), "-p", "tones.toml", "-o", "out.wav")
    shown = frames(drawn)
    assert all([row.split()[0] for row in frame] == SHOWN for frame in shown), "nothing is full while more is to come"
    assert all(len(row) <= columns for frame in shown for row in frame)
    last = shown[-1]
    assert "6/6" in last[1] and all(re.search(r"\d:\d\d", row) for row in last), "each says how long it took"
    assert not re.search(r"\d:\d\d", shown[0][-1]), "the last stage has not begun when the film is read"
    assert "0:00 left" not in drawn
    assert drawn.index("wrote out.wav") > drawn.rindex("mux")
