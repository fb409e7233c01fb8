"""A home for a real editor, with a profile of tones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from dubber.media.audio import decode
from dubber.media.ffmpeg import tools

ROOT = Path(__file__).parent.parent.parent
TONES = """
[voices.tones]
backend = "tone"
milliseconds_per_character = 20
[casting]
narrator = "tones"
[mixing]
bed = "none"
loudness = "off"
"""


class Home:
    """A user's home in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "run").mkdir(parents=True)
        (folder / "run").chmod(0o700)
        (folder / "tones.toml").write_text(TONES)
        clean = ("XDG_", "DUB_", "DISPLAY", "WAYLAND_DISPLAY", "DBUS_", "PYTHON", "BLENDER_")
        here = {name: value for name, value in os.environ.items() if not name.startswith(clean)}
        self.environment = {**here, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder / "run"), "DUB_SETTLE": "1"}

    def dub(self, *arguments: str) -> str:
        """What dub prints."""
        environment = {**self.environment, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "dubber", *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=120).stdout

    @property
    def log(self) -> str:
        """What hooks did."""
        path = self.folder / ".local" / "state" / "dub" / "log" / "hooks.log"
        return path.read_text() if path.exists() else ""

    def ended(self, times: int = 1, seconds: float = 150.0) -> str:
        """The log, once so many hooks have come to their end; or as it is then."""
        end = time.monotonic() + seconds
        while len(re.findall(": (?:dubbed|done|failed|left): ", self.log)) < times and time.monotonic() < end:
            time.sleep(0.1)
        return self.log


def speech(film: Path) -> list[float]:
    """When the voice begins to speak in a film, in seconds."""
    command = [str(tools().ffmpeg), "-v", "error", "-nostdin", "-i", f"file:{film}", "-map", "0:a:0", "-f", "wav", "-"]
    audio = decode(subprocess.run(command, check=True, capture_output=True).stdout)
    samples = audio.samples if audio.samples.ndim == 1 else audio.samples[:, 0]
    loud = np.flatnonzero(np.abs(samples) > 0.01) / audio.rate
    return [float(loud[0]), *(float(at) for at in loud[1:][np.diff(loud) > 0.1])] if len(loud) else []


def picture(film: Path) -> str:
    """A digest of the packets of the picture."""
    command = [str(tools().ffmpeg), "-v", "error", "-nostdin", "-i", f"file:{film}", "-map", "0:v:0", "-c", "copy"]
    return subprocess.run([*command, "-f", "hash", "-"], check=True, capture_output=True, text=True).stdout
