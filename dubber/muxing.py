"""Tracks and a film → the dubbed film. The picture is copied packet for packet; what else is in the film stays in it.

Order of the output: picture, dubs (the first is the default sound), the original and other sound, subtitles, data,
attachments, cover art. What the wanted container cannot carry is an error, or a sentence in the report when the
profile says to leave it out; nothing goes in silence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from dubber import ffmpeg
from dubber.containers import CODECS, Container, by_suffix
from dubber.errors import DubError, InputError, ToolError
from dubber.film import Film, Stream
from dubber.languages import three_letters
from dubber.model import Track
from dubber.outputs import Claim
from dubber.settings import Setting


@dataclass(frozen=True, slots=True)
class Output:
    """[output]: what is written, and where."""

    container: Annotated[str, Setting("kind of file; empty: the film's own", choices=(
        "", "mp4", "mov", "mkv", "webm", "avi", "ts", "m4v", "flv", "ogv", "mpg", "wav", "mp3", "m4a", "flac", "ogg",
        "opus", "mka"))] = ""  # fmt: skip
    codec: Annotated[str, Setting("codec of the dub; empty: the container's usual one", choices=(
        "", *CODECS))] = ""  # fmt: skip
    bitrate: Annotated[int, Setting("of the dub; 0: the codec's usual one", unit="kb/s", low=0, high=1536)] = 0
    original: Annotated[str, Setting("the film's own sound beside the dub", choices=("keep", "replace"))] = "keep"
    embed_subs: Annotated[bool, Setting("put the subtitles into the film as a track")] = False
    leave_out: Annotated[
        bool, Setting("leave out what the container cannot carry, and say so, instead of refusing")
    ] = False
    title: Annotated[str, Setting("the dub's track title; {language} is its tag")] = "Dub ({language})"
    name: Annotated[str, Setting("the output's name; {film} is the film's without suffix, {language} the tag")] = (
        "{film}.{language}.dub"
    )
    folder: Annotated[str, Setting("where outputs go; empty: beside the film")] = ""
    overwrite: Annotated[bool, Setting("replace an existing output")] = False


@dataclass(frozen=True, slots=True)
class Captions:
    """Subtitles to be put into the film: a subtitle file's text (UTF-8), its suffix (".srt", ".ass", ".vtt")."""

    text: str
    suffix: str
    language: str
    title: str = ""


_KINDS = ("video", "audio", "subtitle", "data", "attachment")


def place(film: Film, output: Output, language: str) -> Path:
    """Where the output of a film goes when the user does not say."""
    suffix = f".{output.container}" if output.container else film.path.suffix
    name = output.name.replace("{film}", film.path.stem).replace("{language}", language or "und")
    folder = Path(output.folder).expanduser() if output.folder else film.path.parent
    return folder / Path(name + suffix).name


# --- what goes where --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Layout:
    """The streams of an output: the film's (index, extra options), and sentences for the user."""

    container: Container
    kept: tuple[Stream, ...]
    notes: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[Stream, ...]:
        return tuple(stream for stream in self.kept if stream.kind == kind)


def layout(film: Film, output: Output, path: Path, *, dubs: int = 1, captions: int = 0) -> Layout:
    """What of a film goes into the output `path`. Raises InputError for what does not fit (ask before the work)."""
    container = by_suffix(path)
    if container.tracks and dubs > container.tracks:
        _refuse(path, f"{container.name} has one audio track, and there are {dubs} dubs", "choose mkv or mp4")
    if captions and not container.text:
        _refuse(path, f"{container.name} cannot carry subtitles", "choose mkv or mp4, or do not embed them")
    if not container.video:
        return Layout(container, tuple(stream for stream in film.streams if stream.picture and container.covers))
    streams = [stream for stream in film.streams if not _chapter_titles(stream, film)]
    if output.original == "replace":
        streams = [stream for stream in streams if stream != film.original]
    sounds = sum(stream.kind == "audio" for stream in streams)
    if container.tracks and dubs + sounds > container.tracks:
        advice = "--replace-audio drops the original, or choose mkv or mp4"
        _refuse(path, f"{container.name} has one audio track: no room for the original beside the dub", advice)
    same = by_suffix_or_none(film.path) == container
    lost = [] if same else [stream for stream in streams if not _fits(stream, container)]
    names = [_called(film, stream) for stream in lost]
    if film.chapters and not container.chapters:
        names.append("chapters")
    if names and not output.leave_out:
        advice = "choose mkv, or leave_out = true in [output]"
        _refuse(path, f"{container.name} cannot carry the film's {', '.join(names)}", advice)
    notes = tuple(f"{container.name} cannot carry the film's {name}: left out" for name in names)
    return Layout(container, tuple(sorted((s for s in streams if s not in lost), key=_order)), notes)


def by_suffix_or_none(path: Path) -> Container | None:
    with suppress(InputError):
        return by_suffix(path)
    return None


def _refuse(path: Path, message: str, advice: str) -> None:
    raise InputError(message, where=str(path), advice=advice)


def _chapter_titles(stream: Stream, film: Film) -> bool:
    """MP4 writes chapters as a data track; it is written anew from the chapters."""
    return stream.kind == "data" and stream.codec == "bin_data" and bool(film.chapters)


def _fits(stream: Stream, container: Container) -> bool:
    """Whether a stream can go into a container, changed to another text codec if need be. Codecs of picture and sound
    are tried by ffmpeg itself."""
    if stream.kind == "subtitle":
        return stream.codec in container.subtitles or (stream.text and bool(container.text))
    if stream.picture:
        return container.covers
    return {"attachment": container.attachments, "data": container.data}.get(stream.kind, True)


def _called(film: Film, stream: Stream) -> str:
    if stream.picture:
        return "cover art"
    if stream.kind == "attachment":
        return f"attachment {stream.filename or stream.index}"
    return f"{stream.kind} stream {stream.index} ({stream.codec}{', ' if stream.language else ''}{stream.language})"


def _order(stream: Stream) -> int:
    return 9 if stream.picture else _KINDS.index(stream.kind) if stream.kind in _KINDS else 8


# --- ffmpeg's arguments -----------------------------------------------------------------------------------------


Written = tuple[Path, Captions]


def _arguments(film: Film, plan: Layout, tracks: Sequence[Track], captions: Sequence[Written], part: Path) -> list[str]:
    options = ["-c", "copy", "-map_metadata", "0", "-map_chapters", "0" if plan.container.chapters else "-1"]
    options += _sound_options(plan, tracks) + _subtitle_options(plan, captions)
    options += ["-fflags", "+bitexact", "-max_muxing_queue_size", "4096", "-strict", "experimental"]
    options += [*(["-write_xing", "0"] if plan.container.muxer == "mp3" else []), "-f", plan.container.muxer]
    drifting, anchor = film.container in ffmpeg.DRIFTING, list[str]()
    if not drifting:
        options.insert(0, "-xerror")  # damaged packets of a recording off the air are no reason to stop
    if drifting and len(plan.of("audio")) < len(film.audio):
        anchor = ["-map", "0:v?", "-map", "0:a?", "-c", "copy", "-f", "null", "-"]
    inputs = _inputs(film, tracks, captions)
    return ffmpeg.command("-y", *inputs, *_maps(plan, len(tracks), len(captions)), *options, ffmpeg.url(part), *anchor)


def _inputs(film: Film, tracks: Sequence[Track], captions: Sequence[Written]) -> list[str]:
    """The film, then the tracks, then the captions. A track's priming lies before time zero."""
    inputs = ffmpeg.source(film.path, "-itsoffset", f"{-film.early:.6f}", *_GENERATE.get(film.container, ()))
    for track in tracks:
        lead = ["-itsoffset", f"{-track.lead / track.rate:.9f}"] if track.lead else []
        inputs += ffmpeg.source(
            track.path, "-f", _DEMUXERS.get(CODECS[track.codec].form, CODECS[track.codec].form), *lead
        )
    for file, _ in captions:
        inputs += ffmpeg.source(file, "-sub_charenc", "UTF-8", formats="srt,ass,webvtt")
    return inputs


_GENERATE = {"avi": ("-fflags", "+genpts"), "mpg": ("-fflags", "+genpts")}
_DEMUXERS = {"adts": "aac", "ipod": "mov", "mp2": "mp3"}


def _maps(plan: Layout, dubs: int, captions: int) -> list[str]:
    """Which stream of which input, in the order of the output."""
    film = {kind: [f"0:{stream.index}" for stream in plan.of(kind) if not stream.picture] for kind in _KINDS}
    pictures = [f"0:{stream.index}" for stream in plan.kept if stream.picture]
    mine = [f"{number}:a" for number in range(1, dubs + 1)]
    texts = [f"{number}:s" for number in range(dubs + 1, dubs + captions + 1)]
    order = [*film["video"], *mine, *film["audio"], *film["subtitle"], *texts, *film["data"], *film["attachment"]]
    return [argument for stream in (*order, *pictures) for argument in ("-map", stream)]


def _sound_options(plan: Layout, tracks: Sequence[Track]) -> list[str]:
    """The first dub is what players choose; the film's own sound keeps its tags and is no longer the default."""
    options = []
    for place, track in enumerate(tracks):
        options += _tags("a", place, track.language, track.title)
        options += [f"-disposition:a:{place}", "default" if place == 0 else "0"]
        if track.codec == "vorbis" and plan.container.muxer in ("matroska", "webm"):
            options += [f"-copypriorss:a:{place}", "0"]
    for place, stream in enumerate(plan.of("audio"), len(tracks)):
        if stream.default:
            options += [f"-disposition:a:{place}", "-default"]
        if not plan.container.edits:
            options += [f"-copypriorss:a:{place}", "0"]  # priming before time zero would move all that is in the film
    return options


def _subtitle_options(plan: Layout, captions: Sequence[Written]) -> list[str]:
    container, options = plan.container, []
    for place, stream in enumerate(plan.of("subtitle")):
        if stream.codec not in container.subtitles:
            options += [f"-c:s:{place}", container.text]
    for place, (_, caption) in enumerate(captions, len(plan.of("subtitle"))):
        kept = _CODEC_OF.get(caption.suffix) in container.subtitles
        options += [f"-c:s:{place}", "copy" if kept else container.text]
        options += _tags("s", place, caption.language, caption.title)
    return options


_CODEC_OF = {".srt": "subrip", ".ass": "ass", ".ssa": "ass", ".vtt": "webvtt"}


def _tags(kind: str, place: int, language: str, title: str) -> list[str]:
    """handler_name is where MP4 players look for a track's title."""
    spec = f"-metadata:s:{kind}:{place}"
    return [spec, f"language={three_letters(language)}", spec, f"title={title}", spec, f"handler_name={title}"]


# --- the run ----------------------------------------------------------------------------------------------------


def preflight(film: Film, output: Output, claim: Claim, *, dubs: int = 1, captions: int = 0) -> tuple[str, ...]:
    """Find out before the work whether the container can carry what the film holds: its first moments are copied into
    it. Gives notes; raises InputError."""
    plan = layout(film, output, claim.path, dubs=dubs, captions=captions)
    if plan.container.video and by_suffix_or_none(film.path) != plan.container and plan.kept:
        _, dropped = _attempt(film, plan, (), (), claim.part, trial=True)
        return plan.notes + dropped
    return plan.notes


def mux(
    film: Film, tracks: Sequence[Track], output: Output, claim: Claim, *, captions: Sequence[Captions] = ()
) -> tuple[str, ...]:
    """Write the dubbed film to claim.path, whole or not at all. Gives sentences for the user.

    Raises InputError: the container cannot carry it. ToolError: ffmpeg failed, the disk is full, the result is not
    what it should be.
    """
    plan = layout(film, output, claim.path, dubs=len(tracks), captions=len(captions))
    files = [(_written(caption, claim, number), caption) for number, caption in enumerate(captions)]
    try:
        used, dropped = _attempt(film, plan, tracks, files, claim.part)
        _inspect(film, used, tracks, len(files), claim)
    finally:
        for file, _ in files:
            file.unlink(missing_ok=True)
    claim.publish()
    return plan.notes + dropped


def _written(caption: Captions, claim: Claim, number: int) -> Path:
    path = claim.part.with_name(f"{claim.part.stem}-{number}{caption.suffix}")
    path.write_text(caption.text, encoding="utf-8")
    return path


_CANNOT = re.compile(
    r"Could not find tag for codec (\S+)|codec (\S+) is not supported|Unsupported codec|"
    r"not currently supported in container|Only VP8|only supports|incorrect codec parameters|No packet (?:type )?for"
)
_BAD = re.compile(
    r"No space left|Disk quota|Input/output error|Error writing trailer|av_interleaved_write_frame|"
    r"Error submitting a packet to the muxer|Error muxing a packet"
)


def _attempt(
    film: Film, plan: Layout, tracks: Sequence[Track], captions: Sequence[Written], part: Path,
    trial: bool = False,
) -> tuple[Layout, tuple[str, ...]]:  # fmt: skip
    """Run ffmpeg; where the container refuses a data stream of the film, once more without, and say so."""
    arguments = _arguments(film, plan, tracks, captions, part)
    if trial:
        arguments[arguments.index("-c") : arguments.index("-c")] = ["-t", "0.5"]
    try:
        with ffmpeg.Process(arguments, where=str(part.parent)) as process:
            process.finish()
            if found := _BAD.search(process.words()):
                raise ffmpeg.explain(found.string, 0, str(part.parent))
    except ToolError as error:
        if not _CANNOT.search(error.tail):
            raise
        if not plan.of("data"):
            raise _cannot_carry(plan, error) from error
        without = replace(plan, kept=tuple(stream for stream in plan.kept if stream.kind != "data"))
        used, notes = _attempt(film, without, tracks, captions, part, trial)
        return used, (*notes, f"{plan.container.name} cannot carry the film's data streams: left out")
    return plan, ()


def _cannot_carry(plan: Layout, error: ToolError) -> DubError:
    line = next(line for line in error.tail.splitlines() if _CANNOT.search(line))
    said = re.sub(r"^\[[^\]]*\]\s*", "", line)
    return InputError(f"{plan.container.name} cannot carry this film: {said}", advice="choose another, for example mkv")


def _inspect(film: Film, plan: Layout, tracks: Sequence[Track], captions: int, claim: Claim) -> None:
    """The result, read back: all streams there, and as long as it should be. ffmpeg has been seen to report success
    for a file that the disk had no room for."""
    found = ffmpeg.probe(claim.part)
    wanted = {"video": len(plan.of("video")), "audio": len(tracks) + len(plan.of("audio"))}
    for kind, count in wanted.items():
        if len(found.of(kind)) != count:
            raise _spoilt(claim, f"has {len(found.of(kind))} {kind} streams of {count}")
    if len(found.subtitles) < len(plan.of("subtitle")) + captions:
        raise _spoilt(claim, "lacks subtitles")
    longest = max((film.milliseconds if plan.of("video") else 0, *(track.milliseconds for track in tracks)))
    if found.milliseconds < longest - max(1000, longest // 100):
        raise _spoilt(claim, f"is {found.milliseconds} ms long and should be {longest}")


def _spoilt(claim: Claim, message: str) -> ToolError:
    return ToolError(f"the written film {message}", where=str(claim.path), advice="run again; takes are kept")
