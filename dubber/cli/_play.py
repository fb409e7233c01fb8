"""Play a sound file with what the system has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PLAYERS = (  # the first that is found; each ends when the file does
    ("afplay",), ("pw-play",), ("paplay",), ("aplay", "-q"),
    ("ffplay", "-v", "error", "-nodisp", "-autoexit"),
)  # fmt: skip


def play(path: Path) -> bool:
    """Play a WAV file to its end. False when nothing on this system can."""
    if sys.platform == "win32":
        import winsound

        winsound.PlaySound(str(path), winsound.SND_FILENAME)
        return True
    for program, *words in PLAYERS:
        found = shutil.which(program)
        if found and subprocess.run([found, *words, str(path)], check=False).returncode == 0:
            return True
    return False
