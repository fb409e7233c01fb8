"""The film's own subtitles, taken out as a subtitle file."""

from __future__ import annotations

from collections.abc import Callable

from dubber.errors import InputError
from dubber.languages import same
from dubber.media.ffmpeg import command, run, source
from dubber.media.film import BITMAP, Film, Stream


def subtitle_track(film: Film, choice: str = "", language: str = "") -> tuple[bytes, str]:
    """The film's own subtitles as a file's bytes and its suffix (".srt", ".ass", ".vtt").

    choice: "" (by language, else the first; never a forced one alone), a number (the n-th subtitle track, from 1) or a
    language. Raises InputError when there is none, or only pictures of text.
    """
    stream = _chosen(film, choice, language)
    if stream.codec in BITMAP or not stream.text:
        what = "pictures of text" if stream.codec in BITMAP else f"of a kind ({stream.codec}) that cannot be read"
        advice = "give a subtitle file, or choose another track with --subs-track"
        raise InputError(f"subtitle track {_number(film, stream)} is {what}", where=str(film.path), advice=advice)
    kinds = {"ass": ("copy", "ass"), "ssa": ("copy", "ass"), "webvtt": ("copy", "webvtt"), "subrip": ("copy", "srt")}
    coder, form = kinds.get(stream.codec, ("srt", "srt"))
    arguments = command(*source(film.path), "-map", f"0:{stream.index}", "-c:s", coder, "-f", form, "pipe:1")
    data = run(arguments, where=str(film.path), limit=50_000_000)
    return data, {"webvtt": ".vtt"}.get(form, f".{form}")


def track_language(film: Film, choice: str = "", language: str = "") -> str:
    """The language that the film gives for the track that subtitle_track takes; "" when it gives none."""
    return _chosen(film, choice, language).language


def _number(film: Film, stream: Stream) -> int:
    return film.subtitles.index(stream) + 1


def _chosen(film: Film, choice: str, language: str) -> Stream:
    tracks = film.subtitles
    if not tracks:
        raise InputError("has no subtitle track", where=str(film.path), advice="give a subtitle file", code="wordless")
    if choice.isdigit():
        if not 1 <= int(choice) <= len(tracks):
            advice = f"it has {len(tracks)}: {_listed(film)}"
            raise InputError(f"has no subtitle track {choice}", where=str(film.path), advice=advice)
        return tracks[int(choice) - 1]
    order: list[Callable[[Stream], bool]] = [
        lambda track: track.text and not track.forced,
        lambda track: track.text,
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
        raise InputError(f"has no subtitles in {choice}", where=str(film.path), advice=f"it has {_listed(film)}")
    pool = spoken or whole
    return next(track for test in order for track in pool if test(track))


def _listed(film: Film) -> str:
    return ", ".join(f"{_number(film, track)} {track.language or '?'} {track.codec}" for track in film.subtitles)
