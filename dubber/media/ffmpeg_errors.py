"""What a failed ffmpeg said, as one of our errors: one clear line, and who has to act. PURE."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterable, Iterator

from dubber.errors import DubError, InputError, ToolError

_CAUSES: tuple[tuple[str, type[DubError], str, str], ...] = (
    (r"No space left on device", ToolError, "the disk is full", "free some space; finished takes are kept"),
    (r"Disk quota exceeded", ToolError, "the disk quota is used up", "free some space and run again"),
    (r"Input/output error", ToolError, "cannot be read or written: Input/output error",
     "the disk or the network share fails; finished takes are kept: run again when it is well"),
    (r"No such file or directory", InputError, "no such file", ""),
    (r"Permission denied", InputError, "may not be opened", "check its permissions"),
    (r"Is a directory", InputError, "is a folder, not a film", ""),
    (r"not in (?:the )?whitelist|not allowed|Format not on whitelist", InputError, "is not a film or sound file",
     "playlists and stream addresses are not opened"),
    (r"moov atom not found", InputError, "is not a film, or an incomplete one: it has no index", "copy it again"),
    (r"Invalid data found when processing input|could not find codec parameters|EBML header parsing failed",
     InputError, "is not a film or sound file that ffmpeg can read", ""),
)  # fmt: skip


# What a program's own faults raise; every other signal came from outside.
_CRASHES = frozenset({"SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGSYS"})
_POLITELY = 255  # ffmpeg's status after it has heeded SIGTERM, SIGINT or SIGQUIT
_SHELL = range(129, 160)  # a shell's status for a program that a signal has ended: 128 and its number


_HEEDED = re.compile(r"^Exiting normally, received signal (\d+)", re.MULTILINE)
# "[matroska,webm @ 0x55d0c7a1b2c0] [warning] ", as -loglevel level+info writes it.
_LEVEL = re.compile(r"((?:\[[^\]]*@[^\]]*\] ?)*)\[(panic|fatal|error|warning|info|verbose|debug|trace)\] ?")


def complaints(lines: Iterable[str]) -> Iterator[str]:
    """Of what ffmpeg tells at -loglevel level+info: its warnings and errors without their level, and which signal it
    heeded, which it takes for information. Whatever else is in a film's description is no complaint."""
    told = True
    for line in lines:
        if level := _LEVEL.match(line):
            line = level[1] + line[level.end() :]
            told = level[2] in ("panic", "fatal", "error", "warning") or bool(_HEEDED.match(line))
        if told:
            yield line


def killed_by(tail: str, status: int) -> str:
    """The signal that ended a program: "SIGKILL", "a signal" where the program hides which one; "" when none did."""
    if status and (heeded := _HEEDED.search(tail)):
        return _name(int(heeded[1]))
    if status >= 128 and os.strerror(256 - status) in tail:  # from 7.0 on ffmpeg ends with the error's own number
        return ""
    number = -status if status < 0 else status - 128 if status in _SHELL else 0
    if number:
        return _name(number)
    return "a signal" if status == _POLITELY else ""


def broke_off(tail: str) -> bool:
    """Whether a disk failed under a program: ffmpeg takes that for the film's end, and ends with status 0."""
    return bool(re.search(r": Input/output error$|: Read error$", tail, re.MULTILINE))


def _name(number: int) -> str:
    return next((one.name for one in signal.Signals if one == number), f"signal {number}")


def _killed(signalled: str, status: int, tail: str, where: str) -> ToolError:
    if signalled == "SIGXFSZ":
        advice = "raise the limit on the size of files (ulimit -f); finished takes are kept"
        return ToolError("the file would be larger than allowed", where=where, advice=advice, status=status, tail=tail)
    if signalled in _CRASHES:
        advice = "another version of ffmpeg may do; see DUB_FFMPEG"
        return ToolError(f"ffmpeg crashed ({signalled})", where=where, advice=advice, status=status, tail=tail)
    advice = "the system does so when memory is short, or a person did; run again: finished takes are kept"
    text = f"ffmpeg was killed from outside ({signalled})"
    return ToolError(text, where=where, advice=advice, status=status, tail=tail, killed=True)


def explain(tail: str, status: int, where: str) -> DubError:
    """What a failed program said, as one of our errors. A program that a signal ended has said nothing of the film."""
    if signalled := killed_by(tail, status):
        return _killed(signalled, status, tail, where)
    for pattern, kind, message, advice in _CAUSES:
        if re.search(pattern, tail, re.IGNORECASE):
            if kind is ToolError:
                return ToolError(message, where=where, advice=advice, status=status, tail=tail)
            return kind(message, where=where, advice=advice)
    last = next((line for line in reversed(tail.splitlines()) if line.strip()), f"status {status}")
    return ToolError(f"ffmpeg failed: {last.strip()[:300]}", where=where, status=status, tail=tail)
