"""What can go wrong, named by what the caller does next.

InputError           the user changes something: a file, a profile key, an option (exit 2)
BackendError         this line failed at the voice system: try it again
BackendUnavailable   this server cannot be used now: stop asking it, use the others
ToolError            a program we started (ffmpeg, rubberband) failed
Cancelled            the user stopped the job (exit 130); what is finished is kept
"""

from __future__ import annotations

import errno
from typing import Any, Literal, TypeVar

CURES = {
    errno.ENOSPC: "make room there",
    errno.EDQUOT: "make room: your quota is full",
    errno.EFBIG: "the file would be larger than files may be (ulimit -f, or the disk's format)",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "the system has too many files open",
    errno.ENOMEM: "there is too little memory",
    errno.ENAMETOOLONG: "give it a shorter name",
}

Error = TypeVar("Error", bound=BaseException)
Code = Literal["", "busy", "changed", "exists", "room", "wordless"]


class DubError(Exception):
    """Every error that dub raises on purpose: one line for a person.

    message says what is wrong; where names the file, the cue or the profile key; advice says what to do.
    All three survive pickling, so that an error raised in a worker process reads the same here.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", advice: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.advice = message, where, advice

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.advice})" if self.advice else ""
        return f"{place}{self.message}{advice}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, dict(self.__dict__))


def _rebuild(kind: type[DubError], message: str, fields: dict[str, Any]) -> DubError:
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.__dict__.update(fields)
    return error


class InputError(DubError):
    """The user has to change something; nothing was started.

    code: for who waits instead, or passes over it, when nobody is there to change it. busy: another run is writing the
    output. changed: an input was written while it was used. exists: the output does. room: a disk has too little of it.
    wordless: no subtitles with words yet.
    """

    exit_code = 2

    def __init__(self, message: str, *, where: str = "", advice: str = "", code: Code = "") -> None:
        super().__init__(message, where=where, advice=advice)
        self.code: Code = code


class InputErrors(InputError):
    """Several faults of one input, told at once (a profile's keys)."""

    def __init__(self, faults: list[InputError]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class BackendError(DubError):
    """A line could not be spoken this time; another try may succeed.

    retry_after: seconds that the server asked us to wait, or None. line_only: the server is well and does not rest for
    this; the next try belongs there too.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        advice: str = "",
        retry_after: float | None = None,
        line_only: bool = False,
    ) -> None:
        super().__init__(message, where=where, advice=advice)
        self.retry_after, self.line_only = retry_after, line_only


class BackendUnavailable(BackendError):
    """The server (or the library) cannot be used at all: wrong key, not there, not what it should be.

    lasting: waiting does not help (a wrong key, another program at that address); without it the server is asked
    again after a rest.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        advice: str = "",
        retry_after: float | None = None,
        lasting: bool = False,
    ) -> None:
        super().__init__(message, where=where, advice=advice, retry_after=retry_after)
        self.lasting = lasting


class ToolError(DubError):
    """A program failed. status is its exit status, tail its last lines of output. killed: somebody ended it from
    outside, so that what it worked on is not to blame and another try may succeed."""

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        advice: str = "",
        status: int = -1,
        tail: str = "",
        killed: bool = False,
    ) -> None:
        super().__init__(message, where=where, advice=advice)
        self.status, self.tail, self.killed = status, tail, killed


class Cancelled(DubError):
    """The user stopped the job. Finished takes are kept."""

    exit_code = 130


def of_the_machine(error: BaseException) -> ToolError | None:
    """What an error is that comes of the machine that we run on, and not of us: a full disk, a missing right, too
    little memory. None for any other."""
    if isinstance(error, OSError) and error.errno:
        where = error.filename if isinstance(error.filename, str) else ""
        cure = CURES.get(error.errno, "")
        return ToolError(f"cannot be used: {error.strerror or error}", where=where, advice=cure)
    if isinstance(error, MemoryError):
        return ToolError("there is too little memory", advice="end other programs, or raise the limit (ulimit -v)")
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return ToolError("no thread can be started", advice="raise the limit of processes (ulimit -u) or of memory")
    if type(error).__module__ == "sqlite3":
        return ToolError(f"the store's database cannot be used: {error}", advice="make room, or see DUB_STORE")
    return None


def alone(error: Error) -> Error:
    """The error without those that it came from. They may hold a request with its key, and some pickle them too."""
    error.__cause__ = error.__context__ = None
    return error
