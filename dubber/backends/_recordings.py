"""A user's recording of a voice, as what a server takes: looked at, converted, with no name of a local file."""

from __future__ import annotations

from pathlib import Path

from dubber.errors import InputError
from dubber.files.input_files import read_bytes
from dubber.media.audio import decode
from dubber.media.wav import encode_wav

HEAVIEST = 50_000_000  # bytes


def as_wav(path: Path, *, shortest: float = 1.0, longest: float = 60.0) -> bytes:
    """A recording as a mono WAV of 16 bits, which every system's own loader reads; raises InputError for what is none,
    or lasts not between shortest and longest (s)."""
    try:
        audio = decode(read_bytes(path, HEAVIEST))
    except ValueError as error:
        raise InputError(f"is no recording: {error}", where=str(path)) from None
    seconds = audio.milliseconds / 1000
    if not shortest <= seconds <= longest:
        raise InputError(f"lasts {seconds:.1f} s; {shortest:g} to {longest:g} s are taken", where=str(path),
                         advice="cut a piece with one speaker and nothing else")  # fmt: skip
    return encode_wav(audio)
