"""The film's own subtitles, taken out as a subtitle file: tracks, and captions that are hidden in the picture."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from dubber.errors import InputError, ToolError
from dubber.files import scratch
from dubber.languages import same
from dubber.media import samples
from dubber.media.ffmpeg import Process, command, run, source
from dubber.media.film import BITMAP, SAMPLES, Film, Stream

LIMIT = 50_000_000  # bytes
KINDS = {"ass": ("copy", "ass"), "ssa": ("copy", "ass"), "webvtt": ("copy", "webvtt"), "subrip": ("copy", "srt")}
OCR = "an OCR program such as Subtitle Edit turns them into SubRip: give that file, or choose another with --subs-track"
NATIVE = "CCExtractor reads them: `ccextractor FILM -o FILM.srt`, then give that file"
GLANCE = 5  # s of pictures that are looked at for closed captions
HIDDEN = "cc"  # --subs-track cc: the captions in the picture
DEMUXERS = {
    "mkv": "matroska",
    "webm": "matroska",
    "ts": "mpegts",
    "mpg": "mpeg",
    "wmv": "asf",
    "mp4": "mov",
    "mov": "mov",
}


def subtitle_track(film: Film, choice: str = "", language: str = "") -> tuple[bytes, str]:
    """The film's own subtitles as a file's bytes and its suffix (".srt", ".ass", ".vtt", ".ttml").

    choice: "" (by language, else the first; never a forced one alone; closed captions where there is no track), a
    number (the n-th subtitle track, from 1), a language, or "cc" for closed captions. Raises InputError when there is
    none, or only pictures of text.
    """
    if _hidden(film, choice):
        return _closed_captions(film), ".srt"
    stream = _chosen(film, choice, language)
    if stream.codec in SAMPLES:
        return _timed_text(film, stream)
    if stream.codec in BITMAP:
        what = f"subtitle track {_number(film, stream)} is pictures of text"
        raise InputError(what, where=str(film.path), advice=OCR, code="wordless")
    if not stream.text:
        what = f"subtitle track {_number(film, stream)} is of a kind ({stream.codec}) that cannot be read"
        advice = "give a subtitle file, or choose another track with --subs-track"
        raise InputError(what, where=str(film.path), advice=advice, code="wordless")
    coder, form = KINDS.get(stream.codec, ("srt", "srt"))
    arguments = command(*source(film.path), "-map", f"0:{stream.index}", "-c:s", coder, "-f", form, "pipe:1")
    data = run(arguments, where=str(film.path), limit=LIMIT)
    return data, {"webvtt": ".vtt"}.get(form, f".{form}")


def _timed_text(film: Film, stream: Stream) -> tuple[bytes, str]:
    """WebVTT or TTML in an MP4 file: ffmpeg gives the samples as they are, and a list of their times and lengths."""
    copied = [*source(film.path), "-map", f"0:{stream.index}", "-c", "copy"]
    data = run(command(*copied, "-f", "data", "pipe:1"), where=str(film.path), limit=LIMIT)
    if SAMPLES[stream.codec] == "ttml":
        return data, ".ttml"
    told = run(command(*copied, "-f", "framecrc", "pipe:1"), where=str(film.path), limit=LIMIT)
    return samples.webvtt(list(_cut(data, told.decode("ascii", "replace")))), ".vtt"


def _cut(data: bytes, told: str) -> Iterator[tuple[int, int, bytes]]:
    """The samples in data: start and end in ms, and bytes. told: ffmpeg's list: stream, dts, pts, duration, size."""
    unit, at = 1.0, 0
    for line in told.splitlines():
        if line.startswith("#tb 0:"):
            above, _, below = line.removeprefix("#tb 0:").strip().partition("/")
            unit = 1000 * int(above) / int(below)
        fields = [field.strip() for field in line.split(",")]
        if len(fields) >= 5 and fields[2].lstrip("-").isdigit():
            start, length, size = (int(field) for field in fields[2:5])
            yield round(start * unit), round((start + length) * unit), data[at : at + size]
            at += size


def _hidden(film: Film, choice: str) -> bool:
    """Whether closed captions in the picture are to be read."""
    return choice == HIDDEN or (not choice and not film.texts and _captioned(film))


@lru_cache(maxsize=8)
def _captioned(film: Film) -> bool:
    """Whether the first pictures carry closed captions. No program tells that of a file without decoding some."""
    if film.video is None:
        return False
    opened = [*source(film.path, "-t", str(GLANCE)), "-map", f"0:{film.video.index}", "-vf", "showinfo"]
    told = command("-loglevel", "-level+info", *opened, "-f", "null", "-")  # without its level a line is kept
    with Process(told, where=str(film.path), lines=50_000) as process:
        process.wait()
        process.dismiss()  # what it could decode counts
        return "Closed Captions" in process.words()


def _closed_captions(film: Film) -> bytes:
    """EIA-608 captions, decoded with the picture that holds them. The filter is told a name of ours, never a user's."""
    if not _captioned(film):
        advice = f"it has {_listed(film)}" if film.texts else "give a subtitle file"
        raise InputError("has no closed captions in its picture", where=str(film.path), advice=advice)
    with _under_another_name(film.path) as folder:
        graph = f"movie=film:f={DEMUXERS.get(film.container, film.container)}[out0+subcc]"
        opened = ["-f", "lavfi", "-i", graph, "-map", "0:s", "-c:s", "srt", "-f", "srt", "pipe:1"]
        data = run(command(*opened), where=str(film.path), limit=LIMIT, folder=folder)
    if not data.strip():
        what = "its closed captions are none of EIA-608: those of CEA-708 alone cannot be decoded here"
        raise InputError(what, where=str(film.path), advice=NATIVE, code="wordless")
    return data


@contextmanager
def _under_another_name(path: Path) -> Iterator[Path]:
    """A private folder in which the file is called film."""
    with scratch.folder() as folder:
        for way in (os.symlink, os.link, shutil.copyfile):  # links need a right on Windows; a copy always works
            try:
                way(path.absolute(), folder / "film")
                break
            except OSError as error:
                trouble = error
        else:
            raise ToolError(f"cannot be linked to: {trouble.strerror}", where=str(path))
        yield folder


def track_language(film: Film, choice: str = "", language: str = "") -> str:
    """The language that the film gives for the track that subtitle_track takes; "" when it gives none."""
    return "" if _hidden(film, choice) else _chosen(film, choice, language).language


def _number(film: Film, stream: Stream) -> int:
    return film.texts.index(stream) + 1


def _chosen(film: Film, choice: str, language: str) -> Stream:
    tracks = film.texts
    if not tracks:
        raise InputError("has no subtitle track", where=str(film.path), advice="give a subtitle file", code="wordless")
    if choice.isdigit():
        if not 1 <= int(choice) <= len(tracks):
            advice = f"it has {len(tracks)}: {_listed(film)}"
            raise InputError(f"has no subtitle track {choice}", where=str(film.path), advice=advice)
        return tracks[int(choice) - 1]
    order: list[Callable[[Stream], bool]] = [
        lambda track: _readable(track) and not track.forced,
        _readable,
        lambda track: True,
    ]
    whole = [track for track in tracks if choice or not track.forced]
    if not whole:
        advice = "give a subtitle file, or take one of them with --subs-track"
        problem = "has only forced subtitles: not the whole dialogue"
        raise InputError(problem, where=str(film.path), advice=advice, code="wordless")
    wanted = choice or language
    spoken = [track for track in whole if same(track.language, wanted)] if wanted else []
    if choice and not spoken:
        advice = f"it has {_listed(film)}"
        raise InputError(f"has no subtitles in {choice}", where=str(film.path), advice=advice, code="wordless")
    pool = spoken or whole
    return next(track for test in order for track in pool if test(track))


def _readable(track: Stream) -> bool:
    return track.text or track.codec in SAMPLES


def _listed(film: Film) -> str:
    return ", ".join(f"{_number(film, track)} {track.language or '?'} {track.codec}" for track in film.texts)
