"""Tracks and a film → the dubbed film. The picture is copied packet for packet; what else is in the film stays in it.

Order of the output: picture, dubs (the first is the default sound), the original and other sound, subtitles, data,
attachments, cover art. What the wanted container cannot carry is an error, or a sentence in the report when the
profile says to leave it out; nothing goes in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from dubber.background import background
from dubber.errors import DubError, InputError, ToolError
from dubber.files import scratch
from dubber.files.outputs import Claim
from dubber.media import ffmpeg
from dubber.media.containers import PLAYED_IN_MP4, Container, by_suffix
from dubber.media.ffmpeg_errors import explain
from dubber.media.film import Film, Stream
from dubber.media.keeping import called, chapter_titles, lacks
from dubber.media.probe import probe
from dubber.model import Track
from dubber.muxing.arguments import KINDS, MIMETYPES, Captions, Layout, Parts, arguments, attached_names
from dubber.muxing.settings import Output

__all__ = ["Captions", "Layout", "layout", "mux", "place", "preflight"]


def place(film: Film, output: Output, language: str, *, dubs: int = 1, captions: int = 0) -> Path:
    """Where the output of a film goes when the user does not say."""
    suffix = f".{output.container}" if output.container else _suffix(film, output, dubs, captions)
    name = output.name.replace("{film}", film.path.stem).replace("{language}", language or "und")
    folder = Path(output.folder).expanduser() if output.folder else film.path.parent
    return folder / Path(name + suffix).name


def _suffix(film: Film, output: Output, dubs: int, captions: int) -> str:
    """The film's own where all can be written so; else what carries its codecs: .mp4 where each player knows them
    there, .mkv for all others, .m4a for sound alone."""
    if not refusal(film, output, film.path, dubs=dubs, captions=captions):
        return film.path.suffix
    if film.video is None:
        return ".m4a"
    common = all(
        stream.codec in PLAYED_IN_MP4[stream.kind] for stream in film.streams if stream.kind in ("video", "audio")
    )
    other = film.path.with_suffix(".mp4")
    return ".mp4" if common and not refusal(film, output, other, dubs=dubs, captions=captions) else ".mkv"


def refusal(film: Film, output: Output, path: Path, *, dubs: int = 1, captions: int = 0) -> str:
    """Why the dubbed film cannot have such a name; "" when it can."""
    try:
        layout(film, output, path, dubs=dubs, captions=captions)
    except InputError as error:
        return error.message
    return ""


# --- what goes where --------------------------------------------------------------------------------------------


def layout(film: Film, output: Output, path: Path, *, dubs: int = 1, captions: int = 0) -> Layout:
    """What of a film goes into the output `path`. Raises InputError for what does not fit (ask before the work)."""
    container = by_suffix(path)
    if container.tracks and dubs > container.tracks:
        _refuse(path, f"{container.name} has one audio track, and there are {dubs} dubs", "choose mkv or mp4")
    if captions and not container.text:
        _refuse(path, f"{container.name} cannot carry subtitles", "choose mkv or mp4, or do not embed them")
    if not container.video:
        return Layout(container, tuple(stream for stream in film.streams if stream.picture and container.covers))
    streams = [stream for stream in film.streams if not chapter_titles(stream, film)]
    if output.original == "replace":
        streams = [stream for stream in streams if stream != film.original]
    sounds = sum(stream.kind == "audio" for stream in streams)
    if container.tracks and dubs + sounds > container.tracks:
        advice = "--replace-audio drops the original, or choose mkv or mp4"
        _refuse(path, f"{container.name} has one audio track: no room for the original beside the dub", advice)
    same = by_suffix_or_none(film.path) == container
    lost = [] if same else [stream for stream in streams if not _fits(stream, container)]
    names = [called(stream) for stream in lost]
    if film.chapters and not container.chapters:
        names.append("chapters")
    if names and not output.leave_out:
        advice = "choose mkv, or leave_out = true in [output]"
        _refuse(path, f"{container.name} cannot carry the film's {', '.join(names)}", advice)
    unread = [stream for stream in streams if stream not in lost and _unreadable(stream, container)]
    notes = _left_out(container, [*names, *map(called, unread)])
    kept = [stream for stream in streams if stream not in (*lost, *unread)]
    return Layout(container, tuple(sorted(kept, key=_order)), notes)


def _left_out(container: Container, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{container.name} cannot carry the film's {name}: left out" for name in names)


def by_suffix_or_none(path: Path) -> Container | None:
    with suppress(InputError):
        return by_suffix(path)
    return None


def _refuse(path: Path, message: str, advice: str) -> None:
    raise InputError(message, where=str(path), advice=advice)


def _fits(stream: Stream, container: Container) -> bool:
    """Whether a stream can go into a container, changed to another text codec if need be. Codecs of picture and sound
    are tried by ffmpeg itself."""
    if stream.kind == "subtitle":
        return stream.codec in container.subtitles or (stream.text and bool(container.text))
    if stream.picture:
        return container.covers
    return {"attachment": container.attachments, "data": container.data}.get(stream.kind, True)


def _unreadable(stream: Stream, container: Container) -> bool:
    return stream.kind == "data" and bool(container.timed) and stream.tag not in container.timed


def _order(stream: Stream) -> int:
    return 9 if stream.picture else KINDS.index(stream.kind) if stream.kind in KINDS else 8


# --- the run ----------------------------------------------------------------------------------------------------


def preflight(film: Film, output: Output, claim: Claim, *, dubs: int = 1, captions: int = 0) -> tuple[str, ...]:
    """Find out before the work whether the container can carry what the film holds: its first moments are copied into
    it. Gives notes; raises InputError."""
    plan = layout(film, output, claim.path, dubs=dubs, captions=captions)
    same = by_suffix_or_none(film.path) == plan.container
    if plan.container.video and film.pieces > 1:
        advice = "export it anew from the editor, for example: ffmpeg -i FILM -crf 16 NEW.mp4"
        text = f"its edit list joins {film.pieces} pieces of what lies in the file, and a copy cannot"
        raise InputError(text, where=str(film.path), advice=advice)
    if plan.container.video and plan.kept and not (same and plan.container.name in WELL_WRITTEN):
        used, found = _attempt(Parts(film), plan, claim.part, seconds=0.5), None
        with suppress(InputError):  # a recording may hold too little before its first key frame
            found = probe(claim.part, whole=False)
        if found:
            _check_codecs(found, used, ("video",))
    return plan.notes


# What lies in a file of these, ffmpeg writes into another one. It reads more than it writes in MPEG-PS, -TS, AVI, FLV.
WELL_WRITTEN = ("mp4", "mov", "mkv", "webm")

Flow = Callable[[Callable[[bytes], object]], None]


@dataclass(frozen=True, slots=True)
class Muxed:
    """The written film, as it was read back, and sentences for the user."""

    film: Film
    notes: tuple[str, ...] = ()


def mux(
    film: Film, tracks: Sequence[Track], output: Output, claim: Claim, *, captions: Sequence[Captions] = (),
    flow: Flow | None = None,
) -> Muxed:  # fmt: skip
    """Write the dubbed film to claim.part and look at it; the caller publishes.

    flow: makes the track that is no file (its path is None) and hands its bytes to what it is called with, in order;
    it is called a second time when the film has to be begun again.
    Raises InputError: the container cannot carry it. ToolError: ffmpeg failed, the disk is full, the result is not
    what it should be.
    """
    plan = layout(film, output, claim.path, dubs=len(tracks), captions=len(captions))
    with scratch.folder() as folder:
        written = tuple(_written(caption, folder, number) for number, caption in enumerate(captions))
        covers = _pictures(film, plan, folder) if plan.container.muxer == "matroska" else ()
        used = _attempt(Parts(film, tuple(tracks), written, covers), plan, claim.part, flow=flow)
    settled = background(claim.settle)
    found = _inspected(film, used, tracks, len(captions), claim)
    settled.result()
    copied = plan.container.video or film.video is None  # of a film, a track alone is no copy
    lost = lacks(film, found, plan.kept, len(tracks)) if copied else ()
    return Muxed(found, plan.notes + _left_out(plan.container, lost))


def _written(caption: Captions, folder: Path, number: int) -> tuple[Path, Captions]:
    path = folder / f"{number}{caption.suffix}"
    path.write_text(caption.text, encoding="utf-8")
    return path, caption


def _pictures(film: Film, plan: Layout, folder: Path) -> tuple[tuple[Path, str], ...]:
    """Cover art as files; several may have one name, so each has a folder of its own."""
    found = []
    names = attached_names(plan)
    for stream in plan.of("video"):
        if stream.picture:
            mimetype = MIMETYPES.get(stream.codec, "image/png")
            path = folder / f"{stream.index}" / names[stream.index]
            path.parent.mkdir()
            command = ffmpeg.command(*ffmpeg.source(film.path), "-map", f"0:{stream.index}", "-c", "copy")
            path.write_bytes(ffmpeg.run([*command, "-f", "rawvideo", "pipe:1"], where=str(film.path)))
            found.append((path, mimetype))
    return tuple(found)


_CANNOT = re.compile(
    r"Could not find tag for codec (\S+)|codec (\S+) is not supported|Unsupported (?:audio |video )?codec|"
    r"not currently supported in container|Only VP8|only supports|incorrect codec parameters|No packet (?:type )?for"
)
_BAD = re.compile(
    r"No space left|Disk quota|Input/output error|Error writing trailer|av_interleaved_write_frame|"
    r"Error submitting a packet to the muxer|Error muxing a packet"
)


def _attempt(
    parts: Parts, plan: Layout, path: Path, *, seconds: float | None = None, flow: Flow | None = None
) -> Layout:
    """Run ffmpeg; where the container refuses a data stream of the film, once more without. Gives what went into it."""
    try:
        command = arguments(parts, plan, path, seconds=seconds)
        with ffmpeg.Process(command, stdin=flow is not None, where=str(path.parent)) as process:
            if flow:
                flow(process.write)
            process.finish()
            if found := _BAD.search(process.words()):
                raise explain(found.string, 0, str(path.parent))
    except ToolError as error:
        if error.killed or not _CANNOT.search(error.tail):
            raise
        if not plan.of("data"):
            raise _cannot_carry(plan, error) from error
        refused = _refused_data(parts, plan, error.tail)
        without = replace(plan, kept=tuple(stream for stream in plan.kept if stream not in refused))
        return _attempt(parts, without, path, seconds=seconds, flow=flow)
    return plan


def _refused_data(parts: Parts, plan: Layout, tail: str) -> tuple[Stream, ...]:
    """The data stream that ffmpeg names by its place in the output; all of them where it names none."""
    data = plan.of("data")
    moving = [stream for stream in plan.of("video") if not stream.picture]
    before = len((*moving, *parts.tracks, *plan.of("audio"), *plan.of("subtitle"), *parts.captions))
    named = re.search(r"in stream #(\d+)", tail)
    place = int(named[1]) - before if named else -1
    return data[place : place + 1] if 0 <= place < len(data) else data


def _cannot_carry(plan: Layout, error: ToolError) -> DubError:
    line = next(line for line in error.tail.splitlines() if _CANNOT.search(line))
    said = re.sub(r"^\[[^\]]*\]\s*", "", line)
    return InputError(f"{plan.container.name} cannot carry this film: {said}", advice="choose another, for example mkv")


def _inspected(film: Film, plan: Layout, tracks: Sequence[Track], captions: int, claim: Claim) -> Film:
    """The result, read back: all streams there, and as long as it should be. ffmpeg has been seen to report success
    for a file that the disk had no room for."""
    found = probe(claim.part)
    _check_codecs(found, plan, ("video", "audio"), len(tracks))
    wanted = {"video": len(plan.of("video")), "audio": len(tracks) + len(plan.of("audio"))}
    for kind, count in wanted.items():
        if len(found.of(kind)) != count:
            raise _spoilt(claim, f"has {len(found.of(kind))} {kind} streams of {count}")
    if len(found.subtitles) < len(plan.of("subtitle")) + captions:
        raise _spoilt(claim, "lacks subtitles")
    longest = max((film.milliseconds if plan.of("video") else 0, *(track.milliseconds for track in tracks)))
    if found.milliseconds < longest - max(1000, longest // 100):
        raise _spoilt(claim, f"is {found.milliseconds} ms long and should be {longest}")
    return found


_ALIKE = {"mp1": "mp3", "mp2": "mp3", "aac_latm": "aac"}  # what a few packets do not tell apart


def _check_codecs(found: Film, plan: Layout, kinds: Sequence[str], dubs: int = 0) -> None:
    """Raises InputError for what is read back as another codec: some muxers take what they have no name for."""
    for kind in kinds:
        streams = found.of(kind)[dubs:] if kind == "audio" else found.of(kind)
        for stream, other in zip(plan.of(kind), streams, strict=False):
            if _ALIKE.get(stream.codec, stream.codec) != _ALIKE.get(other.codec, other.codec):
                text = f"{plan.container.name} cannot carry {stream.codec}: it is read back as {other.codec}"
                raise InputError(text, where=str(found.path.parent), advice="choose another container, for example mkv")


def _spoilt(claim: Claim, message: str) -> ToolError:
    return ToolError(f"the written film {message}", where=str(claim.path), advice="run again; takes are kept")
