"""A film's sound as samples, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dubber.media.ffmpeg import FORMATS, Process, command, url
from dubber.media.film import Film, Stream

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRIFTING = ("ts", "mpg")  # containers whose time zero ffmpeg moves to the earliest stream that is in use
FILM = "the film"  # stands for its name in ffmpeg-python, which takes no name that is not UTF-8
PREROLL = 0.25  # seconds decoded before the piece asked for: MDCT codecs need the packets before it


@contextmanager
def read_pcm(
    film: Film, stream: Stream, start: float, seconds: float | None, rate: int, channels: int, *, block: int = 16_000
) -> Iterator[Iterator[NDArray[np.float32]]]:
    """A piece of a film's sound as blocks of float32 (frames, channels), in bounded memory.

    All blocks but the last have `block` frames.

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
    opened = ffmpeg.input(FILM, protocol_whitelist="file", format_whitelist=FORMATS, **seek, **span)
    heard = opened[str(stream.index)].filter("aresample", **{"async": 1, "first_pts": 0})
    asked = heard.output("pipe:1", format="f32le", acodec="pcm_f32le", ac=channels, ar=rate, flush_packets=0).get_args()
    asked = [url(film.path) if word == FILM else word for word in asked]
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
