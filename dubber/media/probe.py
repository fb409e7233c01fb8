"""What is in a film, and how long it is by its own last packets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from dubber.background import background
from dubber.errors import DubError, InputError, ToolError
from dubber.media import boxes
from dubber.media.ffmpeg import Process, command, run, source, tools, version
from dubber.media.film import Film, from_banner, from_ffprobe

UNTOLD = ("aac", "ac3", "eac3")  # bare packets: their length is a guess until the last one is read
END = 10  # s at a film's end in which its last packets are looked for


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
    describe = background(partial(_ffprobe if tools().ffprobe else _banner, path))  # two programs side by side
    end = background(partial(_last, path, "-sseof", f"-{END}")) if whole else None
    try:
        film = describe.result()
        if film.video is None and not film.audio:
            raise InputError("holds neither a picture nor sound", where=str(path))
        film = replace(film, index_first=boxes.index_first(path), pieces=boxes.pieces(path))
        return _checked(film, end.result) if end else film
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
        process.wait(120)
        film = from_banner(path, process.words())
        if film:
            process.dismiss()  # "At least one output file must be specified" is what we expect
            return film
        process.finish()
    raise ToolError("ffmpeg did not describe it", where=str(path))


def _checked(film: Film, end: Callable[[], float | None]) -> Film:
    """The film with its length from its own last packets where the header is vague; InputError when it is cut off.

    end: when the last packet ends, of those that the header's length leads to, in seconds of the file's own time.
    """
    told = 0.0 if film.container in UNTOLD else film.milliseconds / 1000
    if _shorter_than_its_header(film.path):
        raise InputError(
            "is cut off: its header promises more", where=str(film.path), advice="copy or download it again"
        )
    last = end() if told else None
    if last is None and (not told or told > END):
        last = _last(film.path)  # a seek that fails finds nothing: look at all of it
    if last is None:
        raise InputError("holds no pictures and no sound that can be read", where=str(film.path))
    last -= film.zero
    promised = _promised(film, told, last)
    if promised - last > max(2.0, 0.01 * promised):
        text = f"is cut off: it promises {_minutes(promised)} and ends at {_minutes(last)}"
        raise InputError(text, where=str(film.path), advice="copy or download it again")
    if not promised or abs(promised - last) <= 0.010:
        return replace(film, milliseconds=round(1000 * last))
    return replace(film, milliseconds=round(1000 * promised))


def _promised(film: Film, told: float, last: float) -> float:
    """The header's length in seconds from the film's time zero on; 0.0 when it tells none.

    Where a clock does not start at 0, some headers count from its start (MPEG-TS, Ogg, WebM by mkvmerge), others from 0
    (MP4, and what ffmpeg writes as MKV, AVI, FLV, WMV); ffprobe hands on what they say. The one that the last packet
    agrees with is meant.
    """
    return min((told, told - film.start), key=lambda length: abs(length - last)) if told else 0.0


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
            if len(fields) < 5 or fields[0] not in bases:
                continue
            shown = max(int(fields[1]), int(fields[2]))  # AVI says only when its H.264 is decoded: NOPTS is lowest
            end = (shown + int(fields[3])) * bases[fields[0]]
            latest = end if latest is None else max(latest, end)
        process.wait()
        process.dismiss()  # what it could read counts; a broken end is judged by the caller
    return latest
