"""Clips as files for people: WAV as it is, the rest through pydub with our own ffmpeg."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from dubber.errors import InputError, ToolError
from dubber.media import ffmpeg
from dubber.media.wav import encode_wav
from dubber.model import Audio

# How pydub calls each kind, and with which encoder. MP3 alone has tags in each ffmpeg's own writing.
KINDS: Mapping[str, tuple[str, str | None]] = {
    ".mp3": ("mp3", "libmp3lame"),
    ".m4a": ("ipod", "aac"),
    ".flac": ("flac", "flac"),
    ".ogg": ("ogg", "libopus"),
    ".opus": ("opus", "libopus"),
}
PLAIN = ("", ".wav")


def check(path: Path) -> None:
    """Raise InputError for a name that promises a kind of file that is not written."""
    if path.suffix.lower() not in (*PLAIN, *KINDS):
        known = ", ".join(("wav", *(kind[1:] for kind in KINDS)))
        advice = f"name it {path.with_suffix('.wav')}; there are {known}"
        raise InputError(f"sound is not written as {path.suffix}", where=str(path), advice=advice)


def encoded(audio: Audio, suffix: str, tags: Mapping[str, str] | None = None) -> bytes:
    """A clip as the content of a file with this suffix. tags: title and the like, where the kind of file has them.

    Raises InputError for an unknown suffix, ToolError when ffmpeg cannot write it.
    """
    check(Path(f"clip{suffix}"))
    wav = encode_wav(audio)
    if suffix.lower() in PLAIN:
        return wav
    with warnings.catch_warnings():  # it looks for programs on the PATH, which we do not need
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
        from pydub.exceptions import CouldntEncodeError
    AudioSegment.converter = str(ffmpeg.tools().ffmpeg)
    kind, codec = KINDS[suffix.lower()]
    file = BytesIO()
    try:
        AudioSegment.from_wav(BytesIO(wav)).export(file, format=kind, codec=codec, tags=dict(tags or {}))
    except (CouldntEncodeError, OSError) as error:
        raise ToolError(f"the clip cannot be written as {suffix}: {str(error).splitlines()[0]}") from error
    return file.getvalue()
