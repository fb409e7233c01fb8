"""Which stream of which file goes where in the output, as ffmpeg's arguments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from dubber.languages import three_letters
from dubber.media import ffmpeg
from dubber.media.containers import BLU_RAY, CODECS, Container
from dubber.media.decode import DRIFTING
from dubber.media.film import Film, Stream
from dubber.model import Track

KINDS = ("video", "audio", "subtitle", "data", "attachment")
MATROSKA = ("mkv", "webm", "mka")


@dataclass(frozen=True, slots=True)
class Captions:
    """Subtitles to be put into the film: a subtitle file's text (UTF-8), its suffix (".srt", ".ass", ".vtt")."""

    text: str
    suffix: str
    language: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The streams of an output: which of the film's, and sentences for the user."""

    container: Container
    kept: tuple[Stream, ...]
    notes: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[Stream, ...]:
        return tuple(stream for stream in self.kept if stream.kind == kind)


@dataclass(frozen=True, slots=True)
class Parts:
    """The files that an output is made of: the film, its dubs, subtitles and pictures (path, MIME type) to be added."""

    film: Film
    tracks: tuple[Track, ...] = ()
    captions: tuple[tuple[Path, Captions], ...] = ()
    covers: tuple[tuple[Path, str], ...] = ()


def arguments(parts: Parts, plan: Layout, path: Path, *, seconds: float | None = None) -> list[str]:
    """The command that writes path. seconds: only so much of it."""
    film = parts.film
    options = [] if seconds is None else ["-t", f"{seconds}"]
    options += ["-c", "copy", "-map_metadata", "0", "-map_chapters", "0" if plan.container.chapters else "-1"]
    options += (
        _picture_options(plan, parts)
        + _sound_options(plan, parts)
        + _subtitle_options(plan, parts.captions)
        + _covers(plan, parts)
    )
    options += ["-fflags", "+bitexact", "-max_muxing_queue_size", "4096", "-strict", "experimental"]
    options += [*(["-write_xing", "0"] if plan.container.muxer == "mp3" else []), *_write_queue()]
    options += [*_index_options(plan, film), "-f", plan.container.muxer]
    anchor = list[str]()
    if film.container not in DRIFTING:
        options.insert(0, "-xerror")  # damaged packets of a recording off the air are no reason to stop
    elif len(plan.of("audio")) < len(film.audio):
        anchor = ["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-f", "null", "-"]
    maps = _maps(plan, len(parts.tracks), len(parts.captions), bool(parts.covers))
    return ffmpeg.command("-y", *_inputs(parts), *maps, *options, ffmpeg.url(path), *anchor)


def _inputs(parts: Parts) -> list[str]:
    """The film, then the tracks, then the captions. A track's priming lies before time zero; one that is no file yet
    comes on stdin."""
    film = parts.film
    early = ("-itsoffset", f"{-film.early:.6f}")
    inputs = ffmpeg.source(film.path, *_read_queue(64), *early, *_GENERATE.get(film.container, ()))
    for track in parts.tracks:
        form = CODECS[track.codec].form
        lead = ["-itsoffset", f"{-track.lead / track.rate:.9f}"] if track.lead else []
        inputs += ffmpeg.source(track.path, *_read_queue(256), "-f", _DEMUXERS.get(form, form), *lead)
    for file, _ in parts.captions:
        inputs += ffmpeg.source(file, "-sub_charenc", "UTF-8", formats="srt,ass,webvtt")
    return inputs


def _read_queue(packets: int) -> list[str]:
    """How many packets of an input may wait between ffmpeg's threads.

    It reads each of several inputs in a thread, and from 6.0 on writes in one, with eight packets between: a film of
    two hours is a million packets, and waking one another for them is more than half of the work of copying it. 5 can
    do without these threads; the others have longer queues. Two hours took 5 s instead of 13 (5.1) and 7 instead of
    13 (7.0 and 9.0).
    """
    return ["-thread_queue_size", "0" if ffmpeg.major() == 5 else str(packets)]


def _write_queue() -> list[str]:
    """The same for the output; before 6.0 there is no such thread, nor such an option."""
    return ["-thread_queue_size", "128"] if ffmpeg.major() >= 6 else []


def _covers(plan: Layout, parts: Parts) -> list[str]:
    """Matroska keeps cover art as attachments; a picture that is mapped becomes a second film there. What is attached
    to the film already keeps its name where that is a plain one of its own."""
    options, names = [], attached_names(plan)
    for place, stream in enumerate(plan.of("attachment")):
        name = names[stream.index]
        options += [f"-metadata:s:t:{place}", f"filename={name}"] if name != stream.filename else []
    for place, (path, mimetype) in enumerate(parts.covers, len(plan.of("attachment"))):
        spec = f"-metadata:s:t:{place}"
        options += ["-attach", ffmpeg.url(path), spec, f"mimetype={mimetype}", spec, f"filename={path.name}"]
    return options


MIMETYPES = {"png": "image/png", "mjpeg": "image/jpeg", "gif": "image/gif", "bmp": "image/bmp", "webp": "image/webp"}


def attached_names(plan: Layout) -> dict[int, str]:
    """The name of each cover and attachment, by its stream: a plain file name that no other one has on any system."""
    names: dict[int, str] = {}
    for stream in plan.kept:
        if stream.picture or stream.kind == "attachment":
            kind = MIMETYPES.get(stream.codec, "image/png").removeprefix("image/")
            usual = f"cover.{kind}" if stream.picture else "file"
            names[stream.index] = _unlike(_plain_name(stream.filename) or usual, set(map(_alike, names.values())))
    return names


# Names that Windows keeps for devices, with any suffix.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def _plain_name(name: str) -> str:
    """A name that every file system takes: its last part, printable, at most 130 bytes; "" when nothing is left."""
    last = "".join(char for char in re.split(r"[/\\]", name)[-1] if char.isprintable() and char not in '<>:"|?*')
    stem, dot, suffix = last.strip(" .").rpartition(".")
    short = (stem or suffix).encode()[:90].decode(errors="ignore")
    plain = f"{short}.{suffix[:9].rstrip()}" if dot and stem else short
    return f"_{plain}" if _DEVICES.fullmatch(plain) else plain


def _alike(name: str) -> str:
    """The same for names that some file system takes for one: Font.ttf and font.ttf; é of one sign or of two."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _unlike(name: str, others: set[str]) -> str:
    """The name, numbered when it is like one of the others (as _alike has them)."""
    stem, dot, suffix = name.rpartition(".")
    numbered = (f"{stem}-{number}.{suffix}" if dot else f"{name}-{number}" for number in count(2))
    return next(one for one in chain([name], numbered) if _alike(one) not in others)


_GENERATE = {"avi": ("-fflags", "+genpts"), "mpg": ("-fflags", "+genpts")}
_DEMUXERS = {"adts": "aac", "ipod": "mov", "mp2": "mp3"}


def _maps(plan: Layout, dubs: int, captions: int, attached: bool) -> list[str]:
    """Which stream of which input, in the order of the output."""
    film = {kind: [f"0:{stream.index}" for stream in plan.of(kind) if not stream.picture] for kind in KINDS}
    pictures = [f"0:{stream.index}" for stream in plan.kept if stream.picture and not attached]
    mine = [f"{number}:a" for number in range(1, dubs + 1)]
    texts = [f"{number}:s" for number in range(dubs + 1, dubs + captions + 1)]
    order = [*film["video"], *mine, *film["audio"], *film["subtitle"], *texts, *film["data"], *film["attachment"]]
    return [argument for stream in (*order, *pictures) for argument in ("-map", stream)]


def _picture_options(plan: Layout, parts: Parts) -> list[str]:
    """HEVC is hvc1 in MP4 and MOV: Apple's players show none that is called hev1. Dolby Vision has names of its own. A
    Blu-ray's transport stream gives a type to what belongs there alone; with others, it is written as a plain one."""
    options, container = list[str](), plan.container
    if container.name in ("mp4", "mov"):
        moving = [stream for stream in plan.of("video") if not stream.picture]
        for place, stream in enumerate(moving):
            if stream.codec == "hevc" and not stream.tag.startswith(("dvh", "dav")):
                options += [f"-tag:v:{place}", "hvc1"]
    codecs = {stream.codec for stream in plan.kept if stream.kind != "data"} | {track.codec for track in parts.tracks}
    if container.name in ("avi", "mpg"):
        for place, stream in enumerate(plan.of("video")):
            if stream.codec in ("h264", "hevc"):  # as MPEG-TS has them; only there does ffmpeg see to it
                options += [f"-bsf:v:{place}", f"{stream.codec}_mp4toannexb"]
    if container.name == "m2ts" and not codecs <= BLU_RAY:
        options += ["-mpegts_m2ts_mode", "0"]
    return options


def _index_options(plan: Layout, film: Film) -> list[str]:
    """The index stays in front where it was. QuickTime's and Android's tags (com.apple.quicktime.make) are named by
    keys, which ffmpeg writes when it is told to, and then all others so too."""
    if plan.container.muxer not in ("mp4", "mov", "ipod"):
        return []
    flags = "+faststart" if film.index_first else ""
    flags += "+use_metadata_tags" if any(tag.startswith("com.") for tag in film.tags) else ""
    return ["-movflags", flags] if flags else []


def _sound_options(plan: Layout, parts: Parts) -> list[str]:
    """The first dub is what players choose, and each is marked as one where the container can say so; the film's own
    sound keeps its tags and is no longer the default."""
    options = []
    for place, track in enumerate(parts.tracks):
        options += _tags("a", place, track.language, track.title)
        options += [f"-disposition:a:{place}", "default+dub" if place == 0 else "dub"]
        if track.codec == "vorbis" and plan.container.name in MATROSKA:
            options += [f"-copypriorss:a:{place}", "0"]
    for place, stream in enumerate(plan.of("audio"), len(parts.tracks)):
        options += _own_title("a", place, stream, plan.container)
        if stream.default:
            options += [f"-disposition:a:{place}", "-default"]
        if _moves_all(stream, parts.film, plan.container):
            options += [f"-copypriorss:a:{place}", "0"]
    return options


def _moves_all(stream: Stream, film: Film, container: Container) -> bool:
    """Priming before time zero would move all that is in the film by its length, so that it is dropped where the
    container has no edit list. Matroska has a place for it, which ffmpeg 5.1 does not yet use right."""
    kept = film.container in MATROSKA and container.name in MATROSKA and ffmpeg.major() >= 7
    return not container.edits and not kept


def _subtitle_options(plan: Layout, captions: Sequence[tuple[Path, Captions]]) -> list[str]:
    container, options = plan.container, []
    for place, stream in enumerate(plan.of("subtitle")):
        options += _own_title("s", place, stream, container)
        if stream.codec not in container.subtitles:
            options += [f"-c:s:{place}", container.text]
    for place, (_, caption) in enumerate(captions, len(plan.of("subtitle"))):
        kept = _CODEC_OF.get(caption.suffix) in container.subtitles
        options += [f"-c:s:{place}", "copy" if kept else container.text]
        options += _tags("s", place, caption.language, caption.title)
    return options


_CODEC_OF = {".srt": "subrip", ".ass": "ass", ".ssa": "ass", ".vtt": "webvtt"}


def _own_title(kind: str, place: int, stream: Stream, container: Container) -> list[str]:
    """The title of a track of the film, which ffmpeg 9 reads in MP4 and does not write there."""
    written = stream.title and container.name in ("mp4", "mov")
    return [f"-metadata:s:{kind}:{place}", f"handler_name={stream.title}"] if written else []


def _tags(kind: str, place: int, language: str, title: str) -> list[str]:
    """handler_name is where MP4 players look for a track's title."""
    spec = f"-metadata:s:{kind}:{place}"
    return [spec, f"language={three_letters(language)}", spec, f"title={title}", spec, f"handler_name={title}"]
