"""A person's recording is played as it is, whatever the line's words are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dubber.backends.recorded import Recorded
from dubber.errors import InputError
from dubber.media.wav import encode_wav
from dubber.model import Line, Phrase, Voice, Window
from tests.houses import hum


def line(path: Path, text: str = "Anything at all.") -> Line:
    voice = Voice("recorded", "recorded", (("file", path),))
    return Line(1, "Anna", voice, (Phrase(1, Window(0, 2000), text),), "en")


def test_the_recording_is_played_sample_for_sample(tmp_path: Path) -> None:
    sound = hum("The lamp is lit.")
    path = tmp_path / "anna.wav"
    path.write_bytes(encode_wav(sound))
    for text in ("The lamp is lit.", "No.", "A much longer line than anybody could say in that time, and more of it."):
        played = Recorded().synthesize(line(path, text))
        assert played.rate == sound.rate
        np.testing.assert_allclose(played.samples, sound.samples, atol=1 / 32768)


@pytest.mark.parametrize("content", [b"", b"RIFF\x00", b"no sound at all", None])
def test_what_is_no_recording_is_said_before_the_job_begins(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "anna.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"anna\.wav"):
        Recorded().preflight(line(path))
