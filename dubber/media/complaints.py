"""What a failed ffmpeg said, as one of our errors: one clear line, and who has to act. PURE."""

from __future__ import annotations

import re

from dubber.errors import DubError, InputError, ToolError

_CAUSES: tuple[tuple[str, type[DubError], str, str], ...] = (
    (r"No space left on device", ToolError, "the disk is full", "free some space; finished takes are kept"),
    (r"Disk quota exceeded", ToolError, "the disk quota is used up", "free some space and run again"),
    (r"No such file or directory", InputError, "no such file", ""),
    (r"Permission denied", InputError, "may not be opened", "check its permissions"),
    (r"Is a directory", InputError, "is a folder, not a film", ""),
    (r"not in (?:the )?whitelist|not allowed|Format not on whitelist", InputError, "is not a film or sound file",
     "playlists and stream addresses are not opened"),
    (r"moov atom not found", InputError, "is not a film, or an incomplete one: it has no index", "copy it again"),
    (r"Invalid data found when processing input|could not find codec parameters|EBML header parsing failed",
     InputError, "is not a film or sound file that ffmpeg can read", ""),
)  # fmt: skip


def explain(tail: str, status: int, where: str) -> DubError:
    """What a failed program said, as one of our errors."""
    for pattern, kind, message, advice in _CAUSES:
        if re.search(pattern, tail, re.IGNORECASE):
            if kind is ToolError:
                return ToolError(message, where=where, advice=advice, status=status, tail=tail)
            return kind(message, where=where, advice=advice)
    last = next((line for line in reversed(tail.splitlines()) if line.strip()), f"status {status}")
    return ToolError(f"ffmpeg failed: {last.strip()[:300]}", where=where, status=status, tail=tail)
