"""A spoken line as a file for people: whatever kind its name says, it opens and sounds the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dubber.errors import InputError
from dubber.media import audio, clip_files, ffmpeg, speech
from dubber.model import Audio
from tests.typed import Dub

TONE = Audio((0.4 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000)).astype(np.float32)[None].T, 24_000)


@pytest.mark.parametrize("suffix", ["", ".wav", ".mp3", ".m4a", ".flac", ".ogg", ".opus", ".MP3"])
def test_a_clip_sounds_the_same_in_every_kind_of_file(suffix: str) -> None:
    heard = audio.mono(audio.decode(clip_files.encoded(TONE, suffix, {"title": "Hello"})))
    samples = heard.samples.ravel()
    assert heard.milliseconds == pytest.approx(1000, abs=80)  # encoders pad
    middle = samples[len(samples) // 4 : len(samples) * 3 // 4]
    peak = np.argmax(np.abs(np.fft.rfft(middle * np.hanning(len(middle))))) * heard.rate / len(middle)
    assert peak == pytest.approx(440, abs=3)
    assert np.abs(middle).max() == pytest.approx(0.4, abs=0.03)


def test_a_title_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "line.mp3"
    path.write_bytes(clip_files.encoded(TONE, ".mp3", {"title": "Who left the lamp?"}))
    told = subprocess.run([ffmpeg.tools().ffmpeg, "-hide_banner", "-i", path], capture_output=True, text=True)
    assert "Who left the lamp?" in told.stderr


def test_a_kind_that_nobody_writes_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"\.aiff.*line\.wav.*mp3, m4a, flac"):
        clip_files.check(Path("line.aiff"))


def test_no_program_on_the_path_is_needed() -> None:
    """The wheel's ffmpeg is handed to pydub, and pydub's complaint about the PATH is not."""
    code = (
        "import numpy as np; from dubber.model import Audio; from dubber.media import clip_files;"
        "print(len(clip_files.encoded(Audio(np.zeros((4800, 1), np.float32), 48000), '.mp3')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PATH": "/nothing", "PYTHONPATH": "."}
    )
    assert done.returncode == 0 and int(done.stdout) > 100 and not done.stderr


def test_a_voice_can_be_tried_into_a_file_for_a_telephone(dub: Dub, tmp_path: Path) -> None:
    said = dub("voices", "say", "narrator", "Who left the lamp on the stairs?", "-o", "try.mp3")
    assert said.status == 0, said.err
    assert speech.speech_span(audio.mono(audio.decode((tmp_path / "try.mp3").read_bytes()))) is not None
