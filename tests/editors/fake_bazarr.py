"""A fake of Bazarr's post-processing: fills its variables into the command and starts it.

Written after bazarr/utilities/post_processing.py (the values, escaped for double quotes) and
bazarr/subtitles/post_processing.py of 1.6 (split as a shell would, started without one).
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

ESCAPED = {"\b": r"\\b", "\a": r"\\a", "\f": r"\\f", "\n": r"\\n", "\r": r"\\r", "\t": r"\\t", "\v": r"\\v", '"': r"\""}


def post_process(command: str, episode: Path, subtitles: Path) -> None:
    """What Bazarr does when subtitles have arrived."""
    for name, value in {"episode": episode, "subtitles": subtitles}.items():
        command = re.sub(r"['\"]?{{" + name + r"}}['\"]?", _escape(str(value)), command)
    subprocess.run(shlex.split(command), check=True)


def _escape(value: str) -> str:
    inner = "".join(ESCAPED.get(char, r"\\" if char == "\\" else char) for char in value)
    return f'"{inner}"'
