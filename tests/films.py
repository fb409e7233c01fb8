"""Small films for tests: any container, codecs, start offsets, streams. Made by ffmpeg itself, once a session.

film(folder, "mkv", seconds=3, audios=(Sound(language="eng", tone=440),)) gives a path; the same wish, the same file.
"""

from __future__ import annotations

import hashlib
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

from dubber import ffmpeg

PICTURE = {"webm": "libvpx", "ogv": "libtheora", "flv": "flv1", "mpg": "mpeg1video", "avi": "mpeg4"}
SOUND = {"webm": "libopus", "ogv": "libvorbis", "flv": "libmp3lame", "mpg": "mp2", "avi": "libmp3lame",
         "wav": "pcm_s16le", "mp3": "libmp3lame", "flac": "flac", "ogg": "libvorbis"}  # fmt: skip


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
    """What a test film shall be. offset: seconds by which the picture comes late; before and after: ffmpeg options."""

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


def film(folder: Path, container: str = "mp4", **wishes: object) -> Path:
    """The path of such a film in folder (named by what it is; made when it is not there)."""
    wish = Wish(container=container, **wishes)  # type: ignore[arg-type]
    path = folder / f"{hashlib.sha1(repr(wish).encode()).hexdigest()[:12]}.{container}"
    if not path.exists():
        made = path.with_name("making-" + path.name)
        subprocess.run(_arguments(wish, folder, made), check=True, stdin=subprocess.DEVNULL)
        made.rename(path)
    return path


def maker() -> str:
    """The ffmpeg that makes films: any will do."""
    return str(ffmpeg.tools().ffmpeg)


def _arguments(wish: Wish, folder: Path, path: Path) -> list[str]:
    inputs: list[str] = []
    outputs: list[str] = []
    count = 0

    def add(*arguments: str) -> int:
        nonlocal count
        inputs.extend(arguments)
        count += 1
        return count - 1

    if wish.picture is not None:
        delay = ["-itsoffset", f"{wish.offset}"] if wish.offset else []
        source = f"testsrc2=s={wish.size}:r={wish.frames}:d={wish.seconds}"
        number = add(*delay, "-f", "lavfi", "-i", source)
        codec = wish.picture or PICTURE.get(wish.container, "libx264")
        outputs += ["-map", f"{number}:v", "-c:v:0", codec]
        if codec == "libx264":
            outputs += ["-preset:v:0", "ultrafast", "-bf", "2"]
        if codec == "libvpx":
            outputs += ["-deadline", "realtime", "-cpu-used", "8", "-b:v", "100k"]
    for place, sound in enumerate(wish.audios):
        outputs += _sound(wish, sound, place, add)
    for place, (language, text) in enumerate(wish.subtitles):
        file = folder / f"subs-{hashlib.sha1(text.encode()).hexdigest()[:12]}.srt"
        file.write_text(text)
        number = add("-i", str(file))
        outputs += ["-map", f"{number}:s", f"-metadata:s:s:{place}", f"language={language}"]
    if wish.subtitles:
        kinds = {"mp4": "mov_text", "mov": "mov_text", "webm": "webvtt"}
        outputs += ["-c:s", wish.subtitle_codec or kinds.get(wish.container, "srt")]
    if wish.chapters:
        file = folder / f"chapters-{hashlib.sha1(repr(wish.chapters).encode()).hexdigest()[:12]}.txt"
        file.write_text(";FFMETADATA1\n" + "".join(_chapter(*chapter) for chapter in wish.chapters))
        number = add("-f", "ffmetadata", "-i", str(file))
        outputs += ["-map_chapters", str(number)]
    attached = []
    if wish.cover:
        picture = folder / "cover.png"
        picture.write_bytes(png())
        if wish.container == "mkv":
            attached.append((picture, "image/png"))
        else:
            number = add("-i", str(picture))
            outputs += ["-map", f"{number}:v", "-c:v:1", "copy", "-disposition:v:1", "attached_pic"]
    if wish.attachment:
        font = folder / "font.ttf"
        font.write_bytes(b"not really a font" * 50)
        attached.append((font, "font/ttf"))
    for place, (file, mimetype) in enumerate(attached):
        outputs += ["-attach", str(file), f"-metadata:s:t:{place}", f"mimetype={mimetype}"]
    if wish.title:
        outputs += ["-metadata", f"title={wish.title}"]
    return [maker(), "-v", "error", "-y", *inputs, *outputs, *wish.after, str(path)]


def _sound(wish: Wish, sound: Sound, place: int, add: object) -> list[str]:
    seconds = sound.seconds if sound.seconds is not None else wish.seconds - sound.begin
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[sound.layout]
    wave = f"0.25*sin({sound.tone}*2*PI*t)" if sound.tone else "0"
    expression = "|".join([wave] * channels)
    source = f"aevalsrc={expression}:c={sound.layout}:s={sound.rate}:d={seconds}"
    delay = ["-itsoffset", f"{sound.begin}"] if sound.begin else []
    number = add(*delay, "-f", "lavfi", "-i", source)  # type: ignore[operator]
    made = ["-map", f"{number}:a", f"-c:a:{place}", sound.codec or SOUND.get(wish.container, "aac")]
    if sound.language:
        made += [f"-metadata:s:a:{place}", f"language={sound.language}"]
    if sound.title:
        made += [f"-metadata:s:a:{place}", f"title={sound.title}"]
    return [*made, f"-disposition:a:{place}", sound.disposition or ("default" if place == 0 else "0")]


def _chapter(start: float, end: float, title: str) -> str:
    return f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={round(1000 * start)}\nEND={round(1000 * end)}\ntitle={title}\n"


def png() -> bytes:
    """A red square of 32 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    rows = (b"\0" + b"\xff\0\0" * 32) * 32
    header = (32).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
