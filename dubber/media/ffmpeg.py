"""ffmpeg and ffprobe: found here, started here, their words turned into ours here, and nowhere else.

Rules that hold for each start: argument lists, never a shell; `-nostdin`; a user's file is always `file:` + absolute
path (names like `co:lon.mp4`, `-y.mp4`, `concat:a|b` are protocols or options to ffmpeg otherwise), opened through the
file protocol alone and by demuxers that never open a second file; each child leads a process group of its own that
ends with us.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import IO

from dubber.background import background, wait
from dubber.errors import CURES, DubError, InputError, ToolError
from dubber.media.ffmpeg_errors import broke_off, complaints, explain, killed_by
from dubber.workers import malloc

# Demuxers that read one file and follow no reference in it. Seven playlists dressed as films were refused by it.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,flv,ogg,asf,mpeg,mp3,flac,wav,w64,aac,ac3,eac3,aiff,caf,mxf,dv"
)
PIPE = 1 << 18  # bytes: a megabyte cost a tenth more CPU time than this


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs in use."""

    ffmpeg: Path
    ffprobe: Path | None
    rubberband: Path | None


def tools() -> Tools:
    """DUB_FFMPEG, else the system's ffmpeg, else the wheel's. Raises ToolError when there is none."""
    return _tools(os.environ.get("DUB_FFMPEG", ""), os.environ.get("PATH", ""))


@lru_cache(maxsize=8)
def _tools(chosen: str, _path: str) -> Tools:
    ffmpeg = _find_ffmpeg(chosen)
    beside = shutil.which("ffprobe", path=str(ffmpeg.parent))
    rubberband = shutil.which("rubberband")
    return Tools(ffmpeg, Path(beside) if beside else None, Path(rubberband) if rubberband else None)


def version() -> str:
    """ffmpeg's own word for its version. Raises ToolError when it does not run."""
    return _version(tools().ffmpeg)


@lru_cache(maxsize=8)
def _version(ffmpeg: Path) -> str:
    try:
        first = run([str(ffmpeg), "-version"], timeout=30).decode(errors="replace").split("\n")[0]
    except DubError as error:
        advice = error.advice or "see `dub doctor`"
        raise ToolError(f"does not run: {error.message}", where=str(ffmpeg), advice=advice) from error
    return re.sub(r"^ffmpeg version (\S+).*", r"\1", first)


def major() -> int:
    """ffmpeg's main version: 5 of "5.1.9", 9 of "n9.0.2"; what is built from its newest source counts as 99."""
    found = re.match(r"n?(\d+)\.", version())
    return int(found[1]) if found else 99


def _find_ffmpeg(chosen: str) -> Path:
    if chosen:
        found = shutil.which(chosen)
        if not found:
            raise InputError("is not a program", where=f"DUB_FFMPEG={chosen}", advice="give the path of an ffmpeg")
        return Path(found).absolute()
    found = shutil.which("ffmpeg")
    if found:
        return Path(found).absolute()
    try:
        import imageio_ffmpeg

        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise ToolError("no ffmpeg found", advice="pip install imageio-ffmpeg, or set DUB_FFMPEG") from error


def url(path: Path) -> str:
    """A path as ffmpeg must be told it."""
    return f"file:{Path(path).absolute()}"


def source(path: Path | None, *options: str, formats: str = FORMATS) -> list[str]:
    """The arguments that open a file for reading, safely, or what comes on stdin (None); options stand before -i (for
    example -ss)."""
    protocol, name = ("file", url(path)) if path else ("pipe", "pipe:0")
    return ["-protocol_whitelist", protocol, "-format_whitelist", formats, *options, "-i", name]


def command(*arguments: str) -> list[str]:
    """An ffmpeg command line: no questions, no terminal; only its complaints are listened to."""
    return [str(tools().ffmpeg), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info", *arguments]


# --- starting ---------------------------------------------------------------------------------------------------


class Process:
    """A running program: pipes where asked for, its last words kept, its whole group ended when we leave.

    with Process(arguments, stdout=True) as process: process.stdout.read(...)
    Leaving without an exception waits for its end and raises ToolError or InputError for a bad one.
    """

    def __init__(
        self, arguments: Sequence[str], *, stdin: bool = False, stdout: bool = False, where: str = "", lines: int = 60,
        folder: Path | None = None,
    ) -> None:  # fmt: skip
        self.where, self.tail = where, deque[str](maxlen=lines)
        self._dismissed = self._late = False
        pipe = {True: subprocess.PIPE, False: subprocess.DEVNULL}
        try:
            self.child = subprocess.Popen(
                list(arguments),
                stdin=pipe[stdin],
                stdout=pipe[stdout],
                stderr=subprocess.PIPE,
                start_new_session=True,
                cwd=folder,
                env=malloc.environ(),
            )
        except OSError as error:
            raise ToolError(
                f"cannot start: {error.strerror}",
                where=str(arguments[0]),
                advice=CURES.get(error.errno or 0, "see `dub doctor`"),
            ) from error
        running.add(self)
        for wide in filter(None, (self.child.stdin, self.child.stdout)):
            _widen(wide)
        try:
            self._heard = background(self._listen)
        except RuntimeError:  # too little memory for one more thread
            self.kill()
            raise

    @property
    def stdin(self) -> IO[bytes]:
        assert self.child.stdin
        return self.child.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self.child.stdout
        return self.child.stdout

    def _listen(self) -> None:
        assert self.child.stderr
        lines = (line[:2000].decode(errors="replace").rstrip() for line in self.child.stderr)
        self.tail.extend(complaints(lines))

    def write(self, data: bytes | memoryview) -> None:
        """Feed the child; when it has died, say why it did."""
        try:
            self.stdin.write(data)
        except BrokenPipeError:
            self.finish()
            raise ToolError("stopped reading its input", where=self.where, tail=self.words()) from None

    def finish(self, timeout: float | None = None) -> None:
        """Close the pipe to it, wait for the end, and raise for a bad one."""
        self.wait(timeout)
        status = self.child.returncode
        if status:
            raise explain(self.words(), status, self.where)

    def wait(self, timeout: float | None = None) -> None:
        """The same for who judges a bad end by himself: raises when its time was over, a signal ended it, or a disk
        failed under it."""
        try:
            if self.child.stdin:
                self.child.stdin.close()
        except BrokenPipeError:
            pass
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(timeout)
        if self.child.returncode is None:
            self.expire()
        wait([self._heard])
        if self._late:
            raise ToolError("did not end in time", where=self.where, advice="run again", tail=self.words())
        if killed_by(self.words(), self.child.returncode) or broke_off(self.words()):
            raise explain(self.words(), self.child.returncode, self.where)

    def dismiss(self) -> None:
        """We have what we want: end it now, its status tells nothing."""
        self._dismissed = True
        self.kill()

    def expire(self) -> None:
        """Its time is over."""
        self._late = True
        self.kill()

    def words(self) -> str:
        """Its last lines on stderr, complete once it has ended."""
        return "\n".join(self.tail)

    def kill(self) -> None:
        """End the whole group at once; never raises."""
        running.discard(self)
        end(self.child)
        self.child.wait()
        wait([self._heard], 5)
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            try:
                if pipe:
                    pipe.close()
            except OSError:
                pass

    def __enter__(self) -> Process:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and not self._dismissed:
                self.finish()
        finally:
            self.kill()


running: set[Process] = set()


def end(child: subprocess.Popen[bytes]) -> None:
    """End a program at once with all that it started; on Windows, which has no such groups, itself alone."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()


@atexit.register
def _end_all() -> None:
    """What other threads have started ends with us."""
    for process in list(running):
        process.kill()


def _widen(pipe: IO[bytes]) -> None:
    """Fewer turns between two processes, and still within the processor's cache (Linux; elsewhere as it is)."""
    with suppress(OSError, ImportError, AttributeError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def run(
    arguments: Sequence[str], *, data: bytes | None = None, where: str = "", timeout: float | None = None,
    limit: int = 200_000_000, folder: Path | None = None,
) -> bytes:  # fmt: skip
    """Start a program (in a folder of its own), feed it, give what it prints (at most limit bytes).

    Raises ToolError or InputError.
    """
    with Process(arguments, stdin=data is not None, stdout=True, where=where, folder=folder) as process:
        alarm = threading.Timer(timeout, process.expire) if timeout else None
        if alarm:
            alarm.daemon = True
            alarm.start()
        try:
            fed = background(partial(_feed, process, data or b""))
            output = bytearray()
            while data := process.stdout.read(1 << 16):  # a read of limit bytes would ask for that much memory
                output += data
                if len(output) > limit:
                    raise ToolError(f"answered more than {limit} bytes", where=where)
            wait([fed])
            process.finish()
        finally:
            if alarm:
                alarm.cancel()
        return bytes(output)


def _feed(process: Process, data: bytes) -> None:
    if process.child.stdin:
        try:
            process.child.stdin.write(data)
            process.child.stdin.close()
        except OSError:
            pass  # it has ended; its status says why
