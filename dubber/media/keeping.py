"""What a written film lacks of the one that it was made from, by comparing both: what is said is what is so. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dubber.media.film import Film, Stream

# Tags that tell of the file and not of the film: a new file has its own.
_OF_THE_FILE = re.compile(
    r"(major|compatible)_brands?|minor_version|encoder|duration|(has|can|total|last)[a-z]+|[a-z]*(size|rate)|"
    r"software|metadata(creator|date)|.+-[a-z]{3}"  # the last: "title-eng", which repeats "title"
)
NAMED = 6  # tags named; of more, the rest is counted


def lacks(film: Film, found: Film, kept: Sequence[Stream], dubs: int) -> Iterator[str]:
    """What is not in `found`, in words. kept: the film's streams that were to be in it, behind so many dubs."""
    yield from _data(found, kept)
    if film.chapters and not found.chapters:
        yield "chapters"
    audio = [stream for stream in kept if stream.kind == "audio"]
    texts = [stream for stream in kept if stream.kind == "subtitle"]
    pairs = [*zip(audio, found.audio[dubs:], strict=False), *zip(texts, found.subtitles, strict=False)]
    if any(one.language and not other.language for one, other in pairs):
        yield "languages of tracks"
    if any(one.title and not other.title for one, other in pairs):
        yield "titles of tracks"
    lost = [tag for tag in film.tags if tag not in found.tags and not _OF_THE_FILE.fullmatch(tag)]
    if lost:
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        yield f"{'tags' if len(lost) > 1 else 'tag'} {', '.join(map(_short, lost[:NAMED]))}{more}"


def _short(tag: str) -> str:
    """A stranger's words, in a sentence of ours."""
    return "".join(char for char in tag[:60] if char.isprintable())


def _data(found: Film, kept: Sequence[Stream]) -> Iterator[str]:
    """Timed metadata. A muxer may write a time code anew which it would not copy."""
    there = [stream.tag or stream.codec for stream in found.of("data") if not chapter_titles(stream, found)]
    for stream in kept:
        if stream.kind == "data":
            if (name := stream.tag or stream.codec) in there:
                there.remove(name)
            else:
                yield called(stream)


def chapter_titles(stream: Stream, film: Film) -> bool:
    """MP4 writes chapters as a data track; it is written anew from the chapters."""
    titles = stream.kind == "data" and stream.codec == "bin_data" and stream.tag in ("", "text")
    return titles and bool(film.chapters)


_DATA = {"tmcd": "time code", "mebx": "timed metadata", "gpmd": "telemetry of a camera", "rtmd": "timed metadata"}


def called(stream: Stream) -> str:
    """A stream, in words."""
    if stream.picture:
        return "cover art"
    if stream.kind == "attachment":
        return f"attachment {stream.filename or stream.index}"
    if stream.kind == "data":
        codec = stream.tag or stream.codec
        return f"{_DATA.get(codec, 'data')} (stream {stream.index}, {codec})"
    return f"{stream.kind} stream {stream.index} ({stream.codec}{', ' if stream.language else ''}{stream.language})"
