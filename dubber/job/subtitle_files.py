"""Subtitle files of the user's, read with care and parsed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dubber.files import input_files
from dubber.model import Script
from dubber.subtitles import parse
from dubber.subtitles.bilingual import Bilingual
from dubber.subtitles.settings import Reading


def read(
    path: Path,
    reading: Reading,
    *,
    language: str = "",
    encoding: str = "",
    strict: bool = False,
    two: Bilingual | None = None,
) -> Script:
    """Read a subtitle file. language: the dialogue's, for old code pages. two: what to do with a file in two languages
    (None: all is spoken). Raises InputError."""
    data = input_files.read_bytes(path, reading.max_bytes)
    how: dict[str, Any] = {"language": language, "encoding": encoding, "strict": strict, "two": two}
    return parse(data, path.suffix, reading, name=path.name, **how)
