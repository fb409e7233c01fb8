"""Small films for tests: any container, codecs, start offsets, streams. Made by ffmpeg itself, once a session.

film(folder, "mkv", seconds=3, audios=(Sound(language="eng", tone=440),)) gives a path; the same wish, the same file.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dubber.media import ffmpeg

PICTURE = {"webm": "libvpx", "ogv": "libtheora", "flv": "flv1", "mpg": "mpeg1video", "avi": "mpeg4",
           "vob": "mpeg2video", "wmv": "wmv2", "mxf": "mpeg2video", "divx": "mpeg4"}  # fmt: skip
SOUND = {"webm": "libopus", "ogv": "libvorbis", "flv": "libmp3lame", "mpg": "mp2", "avi": "libmp3lame",
         "wav": "pcm_s16le", "mp3": "libmp3lame", "flac": "flac", "ogg": "libvorbis",
         "vob": "ac3", "wmv": "wmav2", "mxf": "pcm_s16le", "divx": "libmp3lame", "wma": "wmav2"}  # fmt: skip
MUXERS = {"mkv": "matroska", "ts": "mpegts", "trp": "mpegts", "divx": "avi"}

MADE = tempfile.TemporaryDirectory(prefix="dub-films-")  # films that all tests of a process copy


@dataclass(frozen=True)
class Sound:
    """An audio stream: a tone in Hz (0: silence) from `begin` seconds on, of `seconds` (None: the film's)."""

    tone: int = 330
    language: str = ""
    title: str = ""
    layout: str = "stereo"
    rate: int = 48_000
    begin: float = 0.0
    seconds: float | None = None
    codec: str = ""
    disposition: str = ""


@dataclass(frozen=True)
class Wish:
    """What a test film shall be. offset: seconds by which the picture comes late; after: ffmpeg options; live: it goes
    through a pipe, so that nothing can be put into its header at the end."""

    container: str = "mp4"
    seconds: float = 2.0
    audios: tuple[Sound, ...] = (Sound(),)
    picture: str | None = ""
    subtitles: tuple[tuple[str, str], ...] = ()  # (language, SRT text)
    subtitle_codec: str = ""
    chapters: tuple[tuple[float, float, str], ...] = ()
    cover: bool = False
    attachment: bool = False
    title: str = ""
    offset: float = 0.0
    frames: int = 25
    size: str = "96x54"
    after: tuple[str, ...] = ()
    live: bool = False


def film(folder: Path, container: str = "mp4", **wishes: object) -> Path:
    """The path of such a film in folder (named by what it is; a copy of the one that was made before)."""
    wish = Wish(container=container, **wishes)  # type: ignore[arg-type]
    path = folder / f"{hashlib.sha1(repr(wish).encode()).hexdigest()[:12]}.{container}"
    if not path.exists():
        shutil.copyfile(_made(wish, maker()), path)
    return path


@cache
def _made(wish: Wish, program: str) -> Path:
    """The film as this ffmpeg makes it, once in a process."""
    folder = Path(MADE.name)
    path = folder / f"{len(list(folder.iterdir()))}.{wish.container}"
    muxer = ["-f", MUXERS.get(wish.container, wish.container)] if wish.live or wish.container in MUXERS else []
    target = [*muxer, "pipe:1" if wish.live else str(path)]
    with path.open("wb") as out:
        command = [program, *_arguments(wish, folder), *target]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=out)
    return path


def maker() -> str:
    """The ffmpeg that makes films: any will do."""
    return str(ffmpeg.tools().ffmpeg)


class _Recipe:
    """The arguments of ffmpeg, growing input by input."""

    def __init__(self, wish: Wish, folder: Path) -> None:
        self.wish, self.folder, self.count = wish, folder, 0
        self.inputs: list[str] = []
        self.outputs: list[str] = []

    def add(self, kind: str, *arguments: str) -> None:
        """One more input, one of its streams mapped."""
        self.inputs += arguments
        self.outputs += ["-map", f"{self.count}:{kind}"] if kind else []
        self.count += 1

    def picture(self) -> None:
        wish = self.wish
        if wish.picture is None:
            return
        delay = ["-itsoffset", f"{wish.offset}"] if wish.offset else []
        source = f"testsrc2=s={wish.size}:r={wish.frames}:d={wish.seconds}"
        self.add("v", *delay, "-f", "lavfi", "-i", source)
        codec = wish.picture or PICTURE.get(wish.container, "libx264")
        quick = {"libx264": ["-preset:v:0", "ultrafast", "-bf", "2"],
                 "libvpx": ["-deadline", "realtime", "-cpu-used", "8", "-b:v", "100k"]}  # fmt: skip
        self.outputs += ["-c:v:0", codec, *quick.get(codec, [])]

    def sound(self, place: int, sound: Sound) -> None:
        seconds = sound.seconds if sound.seconds is not None else self.wish.seconds - sound.begin
        channels = {"mono": 1, "stereo": 2, "5.1": 6}[sound.layout]
        wave = f"0.25*sin({sound.tone}*2*PI*t)" if sound.tone else "0"
        source = f"aevalsrc={'|'.join([wave] * channels)}:c={sound.layout}:s={sound.rate}:d={seconds}"
        delay = ["-itsoffset", f"{sound.begin}"] if sound.begin else []
        self.add("a", *delay, "-f", "lavfi", "-i", source)
        self.outputs += [f"-c:a:{place}", sound.codec or SOUND.get(self.wish.container, "aac")]
        for key in ("language", "title"):
            if getattr(sound, key):
                self.outputs += [f"-metadata:s:a:{place}", f"{key}={getattr(sound, key)}"]
        default = "default" if place == 0 else "0"
        self.outputs += [f"-disposition:a:{place}", sound.disposition or default]

    def subtitles(self) -> None:
        for place, (language, text) in enumerate(self.wish.subtitles):
            self.add("s", "-i", str(self.file(text, ".srt")))
            self.outputs += [f"-metadata:s:s:{place}", f"language={language}"]
        if self.wish.subtitles:
            kinds = {"mp4": "mov_text", "mov": "mov_text", "webm": "webvtt"}
            self.outputs += ["-c:s", self.wish.subtitle_codec or kinds.get(self.wish.container, "srt")]

    def chapters(self) -> None:
        if self.wish.chapters:
            text = ";FFMETADATA1\n" + "".join(_chapter(*chapter) for chapter in self.wish.chapters)
            self.outputs += ["-map_chapters", str(self.count)]
            self.add("", "-f", "ffmetadata", "-i", str(self.file(text, ".txt")))

    def extras(self) -> None:
        attached = []
        if self.wish.cover and self.wish.container == "mkv":
            attached.append((self.file(png(), ".png"), "image/png"))
        elif self.wish.cover:
            self.add("v", "-i", str(self.file(png(), ".png")))
            place = 0 if self.wish.picture is None else 1
            self.outputs += [f"-c:v:{place}", "copy", f"-disposition:v:{place}", "attached_pic"]
        if self.wish.attachment:
            attached.append((self.file(b"not really a font" * 50, ".ttf"), "font/ttf"))
        for place, (file, mimetype) in enumerate(attached):
            self.outputs += ["-attach", str(file), f"-metadata:s:t:{place}", f"mimetype={mimetype}"]
        if self.wish.title:
            self.outputs += ["-metadata", f"title={self.wish.title}"]

    def file(self, content: str | bytes, suffix: str) -> Path:
        data = content.encode() if isinstance(content, str) else content
        path = self.folder / f"part-{hashlib.sha1(data).hexdigest()[:12]}{suffix}"
        path.write_bytes(data)
        return path


def _arguments(wish: Wish, folder: Path) -> list[str]:
    recipe = _Recipe(wish, folder)
    recipe.picture()
    for place, sound in enumerate(wish.audios):
        recipe.sound(place, sound)
    recipe.subtitles()
    recipe.chapters()
    recipe.extras()
    return ["-v", "error", "-y", *recipe.inputs, *recipe.outputs, *wish.after]


def _chapter(start: float, end: float, title: str) -> str:
    return f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={round(1000 * start)}\nEND={round(1000 * end)}\ntitle={title}\n"


def png() -> bytes:
    """A red square of 32 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    rows = (b"\0" + b"\xff\0\0" * 32) * 32
    header = (32).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
