"""What each container can carry, and how each codec of a dub is made to begin at time zero. A table; PURE.

Codecs per container are those that were encoded, read back and decoded cleanly; the first one is what we choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dubber.errors import InputError


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of file.

    text: the subtitle codec that words are turned into (empty: none fits). subtitles: codecs kept as they are.
    tracks: how many audio streams fit (0: any number). edits: it can say that sound begins before time zero, so that
    an encoder's priming is hidden by the container. attachments, chapters, covers, data: whether these fit. timed: the
    only tags of data that fit (empty: any); ffmpeg writes other ones without a description, and nobody can read them.
    """

    name: str
    muxer: str
    codecs: tuple[str, ...]
    suffixes: tuple[str, ...]
    text: str = ""
    subtitles: frozenset[str] = frozenset()
    tracks: int = 0
    video: bool = True
    edits: bool = False
    attachments: bool = False
    chapters: bool = True
    covers: bool = False
    data: bool = False
    timed: frozenset[str] = frozenset()

    def codec(self, channels: int, wanted: str = "") -> str:
        """The codec of a dub with so many channels. Raises InputError when the wanted one does not fit."""
        fits = [codec for codec in self.codecs if channels <= CODECS[codec].channels]
        if wanted and wanted not in self.codecs:
            raise InputError(f"{self.name} cannot carry {wanted}", advice=f"it can: {', '.join(self.codecs)}")
        if wanted and wanted not in fits:
            raise InputError(f"{wanted} has no {channels} channels", advice=f"choose {', '.join(fits)}")
        if not fits:
            raise InputError(
                f"{self.name} cannot carry sound of {channels} channels", advice="choose another container"
            )
        return wanted or fits[0]


@dataclass(frozen=True, slots=True)
class Codec:
    """How a codec is made.

    frame: samples in a packet; delay: samples by which its decoder's output comes late when nobody corrects it; both 0
    where packets are not cut (one encoder run into a container that corrects the delay itself).
    form, suffix: the file that an encoded track lies in. rates: kb/s for 1, 2 and more channels. steps: the only rates
    that there are.
    """

    encoder: tuple[str, ...]
    form: str
    suffix: str
    frame: int = 0
    delay: int = 0
    channels: int = 8
    rates: tuple[int, int, int] = (0, 0, 0)
    steps: tuple[int, ...] = ()


_AC3 = (96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
CODECS: Mapping[str, Codec] = {
    "aac": Codec(("aac", "-aac_coder", "fast"), "adts", ".aac", 1024, 1024, 8, (96, 192, 448)),
    "mp3": Codec(
        ("libmp3lame", "-reservoir", "0", "-write_xing", "0", "-id3v2_version", "0"), "mp3", ".mp3", 1152, 1105, 2,
        (128, 192, 0), (64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    ),
    "mp2": Codec(("mp2",), "mp2", ".mp2", 1152, 481, 2, (128, 256, 0), (96, 112, 128, 160, 192)),
    "ac3": Codec(("ac3",), "ac3", ".ac3", 1536, 256, 6, (128, 224, 448), _AC3),
    "eac3": Codec(("eac3",), "eac3", ".eac3", 1536, 256, 6, (128, 224, 448), _AC3),
    "opus": Codec(("libopus", "-frame_duration", "20"), "ogg", ".opus", 960, 312, 8, (64, 128, 320)),
    "vorbis": Codec(("libvorbis",), "ogg", ".ogg", rates=(96, 160, 384)),
    "flac": Codec(("flac", "-sample_fmt", "s16"), "flac", ".flac"),
    "alac": Codec(("alac", "-sample_fmt", "s16p"), "ipod", ".m4a"),
    "pcm": Codec(("pcm_s16le", "-rf64", "auto"), "wav", ".wav"),
}  # fmt: skip

_ALL = ("aac", "opus", "flac", "mp3", "ac3", "eac3", "vorbis", "alac", "mp2", "pcm")
_MKV = frozenset({"subrip", "ass", "ssa", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "text",
                  "hdmv_text_subtitle"})  # fmt: skip
_MP4 = frozenset({"mov_text", "dvd_subtitle"})
_TIMED = frozenset({"tmcd", "gpmd"})
_TS = frozenset({"dvb_subtitle", "dvb_teletext", "hdmv_pgs_subtitle"})

CONTAINERS = (
    Container("mp4", "mp4", ("aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"), ("mp4", "m4v"), "mov_text", _MP4,
              edits=True, covers=True, data=True, timed=_TIMED),
    Container("mov", "mov", ("aac", "ac3", "eac3", "alac", "pcm"), ("mov", "qt"), "mov_text", _MP4, edits=True,
              covers=True, data=True, timed=_TIMED),
    Container("mkv", "matroska", _ALL, ("mkv",), "subrip", _MKV, attachments=True, covers=True),
    Container("webm", "webm", ("opus", "vorbis"), ("webm",), "webvtt", frozenset({"webvtt"})),
    Container("avi", "avi", ("mp3", "ac3", "pcm"), ("avi",), subtitles=frozenset({"xsub"}),
              chapters=False),
    Container("ts", "mpegts", ("aac", "mp3", "ac3", "eac3", "opus", "mp2"), ("ts", "mts"), subtitles=_TS,
              chapters=False, data=True),
    Container("m2ts", "mpegts", ("ac3", "eac3", "aac", "mp3", "opus", "mp2"), ("m2ts",), subtitles=_TS,
              chapters=False, data=True),
    Container("flv", "flv", ("aac", "mp3"), ("flv",), tracks=1, chapters=False),
    Container("ogv", "ogg", ("vorbis", "opus", "flac"), ("ogv",)),
    Container("mpg", "mpeg", ("mp2", "ac3", "mp3"), ("mpg", "mpeg"), chapters=False),
    Container("wav", "wav", ("pcm",), ("wav",), tracks=1, video=False, chapters=False),
    Container("mp3", "mp3", ("mp3",), ("mp3",), tracks=1, video=False, covers=True),
    Container("m4a", "ipod", ("aac", "alac", "ac3"), ("m4a", "m4b"), tracks=1, video=False, edits=True, covers=True),
    Container("flac", "flac", ("flac",), ("flac",), tracks=1, video=False, chapters=False, covers=True),
    Container("ogg", "ogg", ("vorbis", "opus", "flac"), ("ogg", "oga"), tracks=1, video=False),
    Container("opus", "opus", ("opus",), ("opus",), tracks=1, video=False),
    Container("aac", "adts", ("aac",), ("aac",), tracks=1, video=False, chapters=False),
    Container("ac3", "ac3", ("ac3",), ("ac3",), tracks=1, video=False, chapters=False),
    Container("mka", "matroska", _ALL, ("mka",), video=False, attachments=True, covers=True),
)  # fmt: skip
# What a Blu-ray's transport stream has types for (ffmpeg's mpegtsenc.c, get_m2ts_stream_type); others have none there.
BLU_RAY = frozenset({"mpeg2video", "vc1", "h264", "hevc", "ac3", "eac3", "dts", "truehd", "pcm_bluray",
                     "hdmv_pgs_subtitle", "hdmv_text_subtitle"})  # fmt: skip
PLAYED_IN_MP4: Mapping[str, frozenset[str]] = {
    "video": frozenset({"h264", "hevc", "mpeg4", "av1", "vp9", "mjpeg", "png"}),
    "audio": frozenset({"aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"}),
}
_BY_SUFFIX = {suffix: container for container in CONTAINERS for suffix in container.suffixes}


def by_suffix(path: Path) -> Container:
    """The container that a file's name asks for; InputError when we cannot write it."""
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in _BY_SUFFIX:
        what = f"cannot write .{suffix} files" if suffix else "has no suffix that names a container"
        raise InputError(what, where=str(path), advice=f"choose one of: {', '.join(sorted(_BY_SUFFIX))}")
    return _BY_SUFFIX[suffix]


def bitrate(codec: str, channels: int, wanted: int = 0) -> int:
    """kb/s, of the rates that the codec has; 0: it has none to choose."""
    made = CODECS[codec]
    if not any(made.rates):
        return 0
    usual = made.rates[min(channels, 3) - 1] if channels <= 2 else made.rates[2] * channels // 6
    asked = wanted or usual
    return next((step for step in made.steps if step >= asked), made.steps[-1]) if made.steps else asked


@dataclass(frozen=True, slots=True)
class Coding:
    """A codec and how it is used. kbps 0: it has no rate to choose. lead: its priming packets are kept."""

    codec: str
    kbps: int = 0
    lead: bool = False

    @property
    def how(self) -> Codec:
        return CODECS[self.codec]


def coding(path: Path, channels: int, codec: str = "", kbps: int = 0) -> Coding:
    """How a dub for the output `path` is encoded. Raises InputError where it cannot carry that."""
    container = by_suffix(path)
    name = container.codec(channels, codec)
    return Coding(name, bitrate(name, channels, kbps), container.edits and name == "aac")
