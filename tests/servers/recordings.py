"""Reference recordings in which a voice of `coding` speaks."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from tests.servers import coding


def recording(path: Path, voice: str, seconds: float = 4.0, rate: int = 24_000) -> Path:
    """A recording of a voice; WAV, or what the file's name says."""
    wav = path.with_suffix(".wav")
    with wave.open(str(wav), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes((coding.encode(voice, "a recording", seconds, rate) * 32767).astype(np.dtype("<i2")).tobytes())
    if path != wav:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", str(wav), str(path)]
        subprocess.run(command, check=True)
        wav.unlink()
    return path
