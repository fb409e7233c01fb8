"""ffmpeg and ffprobe: found here, started here, their words turned into ours here, and nowhere else.

Rules that hold for each start: argument lists, never a shell; `-nostdin`; a user's file is always `file:` + absolute
path (names like `co:lon.mp4`, `-y.mp4`, `concat:a|b` are protocols or options to ffmpeg otherwise), opened through the
file protocol alone and by demuxers that never open a second file; each child leads a process group of its own that
ends with us.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dubber import memory
from dubber.errors import DubError, InputError, ToolError
from dubber.meanwhile import Meanwhile
from dubber.media.complaints import explain
from dubber.media.film import Film, Stream, from_banner, from_ffprobe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Demuxers that read one file and follow no reference in it. Seven playlists dressed as films were refused by it.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,avi,flv,ogg,asf,mpeg,mp3,flac,wav,w64,aac,ac3,eac3,aiff,caf,mxf,dv"
)
DRIFTING = ("ts", "mpg")  # containers whose time zero ffmpeg moves to the earliest stream that is in use
UNTOLD = ("aac", "ac3", "eac3")  # bare packets: their length is a guess until the last one is read
PIPE = 1 << 18  # bytes: a megabyte cost a tenth more CPU time than this
END = 10  # s at a film's end in which its last packets are looked for
PREROLL = 0.25  # seconds decoded before the piece asked for: MDCT codecs need the packets before it


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
        raise ToolError(f"does not run: {error.message}", where=str(ffmpeg), advice="see `dub doctor`") from error
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
    """An ffmpeg command line: quiet but for warnings, no questions, no terminal."""
    return [str(tools().ffmpeg), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", *arguments]


# --- starting ---------------------------------------------------------------------------------------------------


class Process:
    """A running program: pipes where asked for, its last words kept, its whole group ended when we leave.

    with Process(arguments, stdout=True) as process: process.stdout.read(...)
    Leaving without an exception waits for its end and raises ToolError or InputError for a bad one.
    """

    def __init__(
        self, arguments: Sequence[str], *, stdin: bool = False, stdout: bool = False, where: str = "", lines: int = 60
    ) -> None:
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
                env=memory.environ(),
            )
        except OSError as error:
            raise ToolError(
                f"cannot start: {error.strerror}", where=str(arguments[0]), advice="see `dub doctor`"
            ) from error
        _running.add(self)
        for wide in filter(None, (self.child.stdin, self.child.stdout)):
            _widen(wide)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

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
        for line in self.child.stderr:
            self.tail.append(line[:2000].decode(errors="replace").rstrip())

    def write(self, data: bytes | memoryview) -> None:
        """Feed the child; when it has died, say why it did."""
        try:
            self.stdin.write(data)
        except BrokenPipeError:
            self.finish()
            raise ToolError("stopped reading its input", where=self.where, tail=self.words()) from None

    def finish(self, timeout: float | None = None) -> None:
        """Close the pipe to it, wait for the end, and raise for a bad one."""
        try:
            if self.child.stdin:
                self.child.stdin.close()
        except BrokenPipeError:
            pass
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(timeout)
        if self.child.returncode is None:
            self.expire()
        self._listener.join()
        if self._late:
            raise ToolError("did not end in time", where=self.where, advice="run again", tail=self.words())
        status = self.child.returncode
        if status:
            raise explain(self.words(), status, self.where)

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
        _running.discard(self)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        self._listener.join(5)
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


_running: set[Process] = set()


@atexit.register
def _end_all() -> None:
    """What other threads have started ends with us."""
    for process in list(_running):
        process.kill()


def _widen(pipe: IO[bytes]) -> None:
    """Fewer turns between two processes, and still within the processor's cache (Linux; elsewhere as it is)."""
    with suppress(OSError, ImportError, AttributeError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def run(
    arguments: Sequence[str], *, data: bytes | None = None, where: str = "", timeout: float | None = None,
    limit: int = 200_000_000,
) -> bytes:  # fmt: skip
    """Start a program, feed it, give what it prints (at most limit bytes). Raises ToolError or InputError."""
    with Process(arguments, stdin=data is not None, stdout=True, where=where) as process:
        alarm = threading.Timer(timeout, process.expire) if timeout else None
        if alarm:
            alarm.daemon = True
            alarm.start()
        try:
            feeder = threading.Thread(target=_feed, args=(process, data or b""), daemon=True)
            feeder.start()
            output = bytearray()
            while data := process.stdout.read(1 << 16):  # a read of limit bytes would ask for that much memory
                output += data
                if len(output) > limit:
                    raise ToolError(f"answered more than {limit} bytes", where=where)
            feeder.join()
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


# --- probing ----------------------------------------------------------------------------------------------------


def probe(path: Path, *, whole: bool = True) -> Film:
    """What is in a film. whole: look also at its last packets, and refuse it when it ends before its time.

    Raises InputError: no such file, not a film, incomplete.
    """
    path = Path(path)
    if not path.exists():
        raise InputError("no such file", where=str(path))
    if not path.is_file():
        raise InputError("is not a file", where=str(path))
    if path.stat().st_size == 0:
        raise InputError("is empty", where=str(path))
    describe = Meanwhile(partial(_ffprobe if tools().ffprobe else _banner, path))  # two programs side by side
    end = Meanwhile(partial(_last, path, "-sseof", f"-{END}")) if whole else None
    try:
        film = describe()
        if film.video is None and not film.audio:
            raise InputError("holds neither a picture nor sound", where=str(path))
        return _checked(film, end) if end else film
    except DubError:
        version()  # says so when it is not the film but a program that does not run
        raise


def _ffprobe(path: Path) -> Film:
    arguments = [str(tools().ffprobe), "-hide_banner", "-loglevel", "error", "-print_format", "json"]
    arguments += ["-show_format", "-show_streams", "-show_chapters", *source(path)]
    return from_ffprobe(path, json.loads(run(arguments, where=str(path), timeout=120)))


def _banner(path: Path) -> Film:
    """ffmpeg without an output describes its input and ends with status 1."""
    arguments = [str(tools().ffmpeg), "-hide_banner", "-nostdin", *source(path)]
    with Process(arguments, where=str(path), lines=5000) as process:
        try:
            process.finish(120)
        except DubError:
            film = from_banner(path, process.words())
            if film is None:
                raise
            process.dismiss()  # "At least one output file must be specified" is what we expect
            return film
    raise ToolError("ffmpeg did not describe it", where=str(path))


def _checked(film: Film, end: Callable[[], float | None]) -> Film:
    """The film with its length from its own last packets where the header is vague; InputError when it is cut off.

    end: when the last packet ends, of those that the header's length leads to, in seconds of the file's own time.
    """
    promised = 0.0 if film.container in UNTOLD else film.milliseconds / 1000
    if _shorter_than_its_header(film.path):
        raise InputError(
            "is cut off: its header promises more", where=str(film.path), advice="copy or download it again"
        )
    last = end() if promised else None
    if last is None and (not promised or promised > END):
        last = _last(film.path)  # a seek that fails finds nothing: look at all of it
    if last is None:
        raise InputError("holds no pictures and no sound that can be read", where=str(film.path))
    last -= film.zero
    if promised and promised - last > max(2.0, 0.01 * promised):
        text = f"is cut off: it promises {_minutes(promised)} and ends at {_minutes(last)}"
        raise InputError(text, where=str(film.path), advice="copy or download it again")
    if not promised or abs(promised - last) <= 0.010:
        return replace(film, milliseconds=round(1000 * last))
    return film


def _shorter_than_its_header(path: Path) -> bool:
    """AVI and WAV say their size in the first eight bytes; ffmpeg believes the file's end instead."""
    with path.open("rb") as file:
        kind, size = file.read(4), int.from_bytes(file.read(4), "little")
    return kind == b"RIFF" and size < 0x7FFF_0000 and size > path.stat().st_size  # 0x7fffffff, 0xffffffff: a stream


def _minutes(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def _last(path: Path, *seek: str) -> float | None:
    """When the last picture or sound ends, in seconds of the file's own time; only packets after `seek` are read."""
    arguments = command("-copyts", *source(path, *seek), "-map", "0:V?", "-map", "0:a?", "-c", "copy")
    latest: float | None = None
    bases: dict[str, float] = {}
    told = ["-f", "framecrc", "-flush_packets", "0", "pipe:1"]  # in blocks: each read interrupts who works meanwhile
    with Process([*arguments, *told], stdout=True, where=str(path)) as process:
        for raw in process.stdout:
            line = raw.decode(errors="replace")
            if found := re.match(r"#tb (\d+): (\d+)/(\d+)", line):
                bases[found[1]] = int(found[2]) / int(found[3])
            fields = [field.strip() for field in line.split(",")]
            if len(fields) < 5 or fields[0] not in bases or "NOPTS" in fields[2]:
                continue
            end = (int(fields[2]) + int(fields[3])) * bases[fields[0]]
            latest = end if latest is None else max(latest, end)
        process.dismiss()  # what it could read counts; a broken end is judged by the caller
    return latest


# --- reading ----------------------------------------------------------------------------------------------------


@contextmanager
def read_pcm(
    film: Film, stream: Stream, start: float, seconds: float | None, rate: int, channels: int, *, block: int = 16_000
) -> Iterator[Iterator[NDArray[np.float32]]]:
    """A piece of a film's sound as blocks of float32 (frames, channels), in bounded memory.

    start and seconds are in the film's time (zero = where its picture or sound begins); a stream that begins late or
    has holes is filled with silence, so that each frame stands where it is heard. What lies past the end is not
    given: the caller pads. seconds None: to the end.

    with read_pcm(film, film.audio[0], 60.0, 30.0, 48_000, 2) as blocks:
        for samples in blocks: ...
    """
    import ffmpeg

    lead = min(start, PREROLL)
    span = {} if seconds is None else {"t": f"{seconds + lead + 0.1:.6f}"}
    seek = {"ss": f"{start - lead + film.early:.6f}"} if start - lead > 0 else {"itsoffset": f"{-film.early}"}
    opened = ffmpeg.input(url(film.path), protocol_whitelist="file", format_whitelist=FORMATS, **seek, **span)
    heard = opened[str(stream.index)].filter("aresample", **{"async": 1, "first_pts": 0})
    asked = heard.output("pipe:1", format="f32le", acodec="pcm_f32le", ac=channels, ar=rate, flush_packets=0).get_args()
    # MPEG-TS and -PS: ffmpeg takes the earliest stream in use for time zero, so all of them are in use.
    anchor = ["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-f", "null", "-"] if film.container in DRIFTING else []
    with Process(command(*asked, *anchor), stdout=True, where=str(film.path)) as process:
        frames = None if seconds is None else round(seconds * rate)
        yield _blocks(process, round(lead * rate), frames, channels, block)
        process.dismiss()


def _blocks(
    process: Process, skip: int, frames: int | None, channels: int, block: int
) -> Iterator[NDArray[np.float32]]:
    """Frames from the pipe: the first `skip` left out, at most `frames` given; raises when the child failed."""
    import numpy as np

    width = 4 * channels
    left = skip
    while left > 0:
        dropped = process.stdout.read(min(left, block) * width)
        if not dropped:
            break
        left -= len(dropped) // width
    given = 0
    while frames is None or given < frames:
        wanted = block if frames is None else min(block, frames - given)
        data = process.stdout.read(wanted * width)
        samples = np.frombuffer(data[: len(data) // width * width], dtype="<f4").reshape(-1, channels)
        if not len(samples):
            process.finish()
            return
        given += len(samples)
        yield samples
