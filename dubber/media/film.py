"""What a film is made of, and how to read that from what ffprobe or ffmpeg say. Values and text only; no I/O.

ffprobe speaks JSON. Where only ffmpeg is there (the wheel imageio-ffmpeg has no ffprobe), the same facts are read from
the description that `ffmpeg -i` prints; it rounds the duration to 10 ms, which the film's last packets then mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dubber.media.roles import Role, role

BITMAP = frozenset({"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub"})
TEXT = frozenset({"subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text", "microdvd", "subviewer", "eia_608"})
SAMPLES = {"wvtt": "webvtt", "stpp": "ttml", "ttml": "ttml"}  # text in an MP4's samples that ffmpeg gives as it is

_WRITERS = re.compile(r"handler|core media|iso media|mainconcept|gpac|^\W*$", re.IGNORECASE)
_CONTAINERS = {
    "matroska": "mkv", "mov": "mp4", "mpegts": "ts", "mpeg": "mpg", "asf": "wmv", "avi": "avi", "flv": "flv",
    "ogg": "ogg", "wav": "wav", "mp3": "mp3", "flac": "flac", "aac": "aac",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a film.

    kind: "video", "audio", "subtitle", "data" or "attachment". start: seconds after the film's time zero.
    picture: a still (cover art), not the film. role: what a sound is for, where it is not the film's own
    (media.roles). native: it is marked as the language in which the film was made. frames: pictures a second. tag: how
    its container names the codec, of several names ("hvc1").
    """

    index: int
    kind: str
    codec: str
    language: str = ""
    title: str = ""
    default: bool = False
    forced: bool = False
    picture: bool = False
    channels: int = 0
    layout: str = ""
    rate: int = 0
    start: float = 0.0
    filename: str = ""
    role: Role = ""
    native: bool = False
    frames: float = 0.0
    tag: str = ""

    @property
    def text(self) -> bool:
        """Whether a subtitle stream holds words (not pictures of words)."""
        return self.kind == "subtitle" and self.codec in TEXT


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: seconds in the container's own time, and its title."""

    start: float
    end: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Film:
    """A file with moving pictures, sound, or both.

    container: "mp4", "mov", "mkv", "webm", "avi", "ts", ... milliseconds: the whole file's length.
    start: the first moment on the container's own clock, in seconds (MPEG-TS: 1.4 or so), which ffmpeg calls zero.
    It is negative where a codec's priming lies before the film (WebM: -0.007); then the film's time zero is 0.
    chosen: the index of the sound stream that the user called the original. tags: the names of what else is told of the
    film as a whole ("artist", "com.apple.quicktime.make"), in small letters. index_first: its index lies before its
    pictures, so that it plays while it is still being loaded (MP4, MOV). pieces: of how many pieces of its file an edit
    list joins it.
    """

    path: Path
    container: str
    milliseconds: int
    start: float = 0.0
    streams: tuple[Stream, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    title: str = ""
    chosen: int | None = None
    tags: tuple[str, ...] = ()
    index_first: bool = False
    pieces: int = 1

    @property
    def zero(self) -> float:
        """The film's time zero on the container's own clock, in seconds."""
        return max(0.0, self.start)

    @property
    def early(self) -> float:
        """Seconds of priming before time zero: by how much ffmpeg's zero is too early."""
        return max(0.0, -self.start)

    def of(self, kind: str) -> tuple[Stream, ...]:
        return tuple(stream for stream in self.streams if stream.kind == kind)

    @property
    def video(self) -> Stream | None:
        """The first moving picture; cover art is none."""
        return next((stream for stream in self.of("video") if not stream.picture), None)

    @property
    def audio(self) -> tuple[Stream, ...]:
        return self.of("audio")

    @property
    def subtitles(self) -> tuple[Stream, ...]:
        return self.of("subtitle")

    @property
    def texts(self) -> tuple[Stream, ...]:
        """The tracks of subtitles, and those that ffmpeg calls data."""
        return tuple(stream for stream in self.streams if stream.kind == "subtitle" or stream.codec in SAMPLES)

    @property
    def original(self) -> Stream | None:
        """The film's own sound: the stream that the user chose, else the one marked as original, else the default, else
        the first; never by itself a commentary, an audio description or a dub."""
        if self.chosen is not None:
            return next(stream for stream in self.audio if stream.index == self.chosen)
        own = [stream for stream in self.audio if not stream.role]
        return max(own, key=lambda stream: (stream.native, stream.default), default=None)

    @property
    def frames(self) -> float:
        """Pictures a second; 0.0 where there are none."""
        return self.video.frames if self.video else 0.0


def from_ffprobe(path: Path, facts: Mapping[str, Any]) -> Film:
    """facts: the JSON of `ffprobe -show_format -show_streams -show_chapters`."""
    about = facts.get("format", {})
    start = _float(about.get("start_time")) or 0.0
    seconds = (_float(about.get("duration")) or 0.0) + min(0.0, start)
    return Film(
        path=path,
        container=container_of(path, str(about.get("format_name", ""))),
        milliseconds=max(0, round(1000 * seconds)),
        start=start,
        streams=tuple(_stream(item, max(0.0, start)) for item in facts.get("streams", ())),
        chapters=tuple(_chapter(item) for item in facts.get("chapters", ())),
        title=_tag(about, "title"),
        tags=tuple(str(name).lower() for name in about.get("tags") or ()),
    )


def container_of(path: Path, names: str) -> str:
    """Our name of a container from ffmpeg's list of demuxer names and the file's own suffix."""
    suffix = path.suffix.lower().removeprefix(".")
    name = _CONTAINERS.get(names.split(",")[0], names.split(",")[0])
    family = {"mp4": ("mov", "m4v", "m4a", "3gp", "mp4"), "mkv": ("webm", "mka", "mkv"), "ogg": ("ogv", "oga", "opus")}
    return suffix if suffix in family.get(name, ()) else name


def _tag(item: Mapping[str, Any], name: str) -> str:
    tags = {str(key).lower(): str(value) for key, value in (item.get("tags") or {}).items()}
    return tags.get(name, "")


def _float(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _stream(item: Mapping[str, Any], film_start: float) -> Stream:
    marks = item.get("disposition") or {}
    own = _float(item.get("start_time"))
    found = Stream(
        index=int(item["index"]),
        kind=str(item.get("codec_type", "data")),
        codec=_codec(str(item.get("codec_name", "none")), str(item.get("codec_tag_string", ""))),
        language=_language(_tag(item, "language")),
        title=_title(_tag(item, "title"), _tag(item, "name"), _tag(item, "handler_name")),
        default=bool(marks.get("default")),
        forced=bool(marks.get("forced")),
        picture=bool(marks.get("attached_pic")),
        channels=int(item.get("channels") or 0),
        layout=str(item.get("channel_layout") or ""),
        rate=int(item.get("sample_rate") or 0),
        start=round(own - film_start, 6) if own is not None else 0.0,
        filename=_tag(item, "filename"),
        native=bool(marks.get("original")),
        frames=_ratio(str(item.get("avg_frame_rate", ""))),
        tag=_letters(str(item.get("codec_tag_string", ""))),
    )
    return replace(found, role=role(found.title, frozenset(mark for mark, on in marks.items() if on)))


def _codec(name: str, tag: str) -> str:
    return tag if name in ("none", "unknown") and tag in SAMPLES else name


def _letters(tag: str) -> str:
    """A tag that is a name, not a number such as "[27][0][0][0]"."""
    return tag if re.fullmatch(r"\w{4}", tag) else ""


def _ratio(text: str) -> float:
    """Pictures a second of "24000/1001"; 0.0 for "0/0"."""
    above, _, below = text.partition("/")
    return (_float(above) or 0.0) / (_float(below or "1") or 1.0)


def _title(*tags: str) -> str:
    """The first that a person wrote: handler_name, where MP4 keeps a track's title, most often names a program."""
    return next((tag for tag in tags if tag and not _WRITERS.search(tag)), "")


def _language(tag: str) -> str:
    return "" if tag in ("und", "unk") else tag


def _chapter(item: Mapping[str, Any]) -> Chapter:
    return Chapter(_float(item.get("start_time")) or 0.0, _float(item.get("end_time")) or 0.0, _tag(item, "title"))


def clock(text: str) -> float | None:
    """Seconds of "01:02:03.45"; None for "N/A" and the like."""
    found = re.fullmatch(r"\s*(-?)(\d+):(\d\d):(\d\d(?:\.\d+)?)\s*", text)
    if not found:
        return None
    sign, hours, minutes, seconds = found.groups()
    return (-1 if sign else 1) * (3600 * int(hours) + 60 * int(minutes) + float(seconds))


# What `ffmpeg -i` prints, by lines:
#   Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/a.mp4':
#     Duration: 00:00:03.03, start: 0.000000, bitrate: 197 kb/s
#       Chapter #0:0: start 0.000000, end 1.000000
#     Stream #0:1[0x2](eng): Audio: aac (LC) (mp4a / 0x6134706D), 48000 Hz, 5.1, fltp, 7 kb/s (default) (comment)
#       Metadata:
#         title           : Main
_INPUT = re.compile(r"Input #0, (\S+?), from ")
_DURATION = re.compile(r"\s+Duration: (\S+?),(?: start: (-?[\d.]+))?")
_CHAPTER = re.compile(r"\s+Chapter #0:\d+: start (-?[\d.]+), end (-?[\d.]+)")
_STREAM = re.compile(r"\s+Stream #0:(\d+)(?:\[0x\w+\])?(?:\(([^)]*)\))?: (\w+): (\S+)(.*)")
_ENTRY = re.compile(r"\s+(\S[^:]*?)\s*: (.*)")
# How the description calls the marks that ffprobe calls otherwise, and those that it calls the same.
_MARKS = {"comment": "comment", "visual impaired": "visual_impaired", "descriptions": "descriptions", "dub": "dub"}
_DISPOSITIONS = re.compile(r"((?: \([a-z ]+\))*)\s*$")


def from_banner(path: Path, text: str) -> Film | None:
    """The film as `ffmpeg -i` describes it on stderr; None when there is no description."""
    film: Film | None = None
    for where, match, tags in _entries(text):
        if where == "input":
            film = Film(path, container_of(path, match[1]), 0, title=tags.get("title", ""), tags=tuple(tags))
        elif film is None:
            continue
        elif where == "duration":
            start = float(match[2] or 0)
            length = (clock(match[1]) or 0.0) + min(0.0, start)
            film = replace(film, milliseconds=max(0, round(1000 * length)), start=start)
        elif where == "chapter":
            chapter = Chapter(float(match[1]), float(match[2]), tags.get("title", ""))
            film = replace(film, chapters=(*film.chapters, chapter))
        else:
            film = replace(film, streams=(*film.streams, _banner_stream(match, tags, film.zero)))
    return film


def _entries(text: str) -> Iterator[tuple[str, re.Match[str], dict[str, str]]]:
    """Each heading of the description with the metadata that stand under it."""
    kinds = {"input": _INPUT, "duration": _DURATION, "chapter": _CHAPTER, "stream": _STREAM}
    current: tuple[str, re.Match[str], dict[str, str]] | None = None
    for line in text.splitlines():
        heading = next(((kind, found) for kind, rule in kinds.items() if (found := rule.match(line))), None)
        entry = _ENTRY.match(line)
        if heading:
            if current:
                yield current
            current = (*heading, {})
        elif current and entry and entry[1] != "Metadata":
            current[2].setdefault(entry[1].lower(), entry[2].rstrip())
    if current:
        yield current


def _banner_stream(match: re.Match[str], tags: dict[str, str], film_start: float) -> Stream:
    index, language, kind, codec, rest = match.groups()
    marks = (_DISPOSITIONS.search(rest) or [""])[0]
    sound = re.search(r"(\d+) Hz, ([^,]+)", rest)
    own = re.search(r", start (-?[\d.]+)", rest)
    layout = sound[2].strip() if sound else ""
    frames = re.search(r", ([\d.]+)(k?) fps", rest)
    title = _title(*(tags.get(name, "") for name in ("title", "name", "handler_name")))
    named = re.search(r"\((\w{4}) / 0x", rest)
    tag = named[1] if named else ""
    return Stream(
        index=int(index),
        kind=kind.lower(),
        codec=_codec(codec.rstrip(","), tag),
        language=_language(language or ""),
        title=title,
        default="(default)" in marks,
        forced="(forced)" in marks,
        picture="(attached pic)" in marks,
        channels=_channels(layout),
        layout="" if "channels" in layout else layout,
        rate=int(sound[1]) if sound else 0,
        start=round(float(own[1]) - film_start, 6) if own else 0.0,
        filename=tags.get("filename", ""),
        role=role(title, frozenset(_MARKS[word] for word in re.findall(r"\(([a-z ]+)\)", marks) if word in _MARKS)),
        native="(original)" in marks,
        frames=float(frames[1]) * (1000 if frames[2] else 1) if frames else 0.0,
        tag=tag,
    )


def _channels(layout: str) -> int:
    """5.1(side) → 6, stereo → 2, "3 channels" → 3."""
    named = {"mono": 1, "stereo": 2, "downmix": 2, "quad": 4, "hexagonal": 6, "octagonal": 8, "cube": 8}
    word = layout.split(" ")[0].split("(")[0]
    if word in named:
        return named[word]
    return sum(int(part) for part in word.split(".") if part.isdigit())
