"""Which of a film's sounds is the original: what the user says, else what the tracks themselves say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from dubber.errors import InputError
from dubber.job import provenance
from dubber.job.job import Job
from dubber.languages import same
from dubber.media.film import Film, Stream

CALLED = {"commentary": "a commentary", "description": "an audio description", "dub": "a dub"}


def heeding(job: Job, look: Callable[[], Film]) -> Callable[[], Film]:
    """What gives the job's film, given what looks at the file."""
    return cache(lambda: with_original(look(), job))


def with_original(film: Film, job: Job) -> Film:
    """The film with our own dubs known as such, and the original that the job asks for. Raises InputError when there is
    no such track."""
    film = _with_dubs(film)
    return replace(film, chosen=_chosen(film, job.audio_track).index) if job.audio_track else film


def _with_dubs(film: Film) -> Film:
    """MPEG-TS and MOV keep no mark that says what a track is: there the report beside the film tells."""
    told = provenance.report(film.path)
    dubs = {stream.index for stream in film.audio[: len(told.tracks)]} if told else set()
    streams = tuple(replace(one, role="dub") if one.index in dubs else one for one in film.streams)
    return replace(film, streams=streams)


def _chosen(film: Film, choice: str) -> Stream:
    """A track by its number (from 1), its language or a part of its title; of several the one that is no commentary."""
    tracks = film.audio
    if choice.isdecimal():
        found = tracks[int(choice) - 1 : int(choice)] if int(choice) else ()
    else:
        by_title = tuple(track for track in tracks if choice.casefold() in track.title.casefold())
        found = tuple(track for track in tracks if same(track.language, choice)) or by_title
    if not found:
        advice = f"it has {listed(film)}" if tracks else ""
        raise InputError(f"has no audio track {choice}", where=str(film.path), advice=advice)
    return next((track for track in found if not track.role), found[0])


def listed(film: Film) -> str:
    """The film's audio tracks for a message: 1 eng aac, 2 eng aac (a commentary)."""
    return ", ".join(_described(number, track) for number, track in enumerate(film.audio, 1))


def _described(number: int, track: Stream) -> str:
    facts = [str(number), track.language or "?", track.codec, f'"{track.title}"' if track.title else ""]
    return " ".join(filter(None, facts)) + (f" ({CALLED[track.role]})" if track.role else "")


def passed_over(film: Film) -> str:
    """That the film's default sound is not taken for the original, and why, in a sentence; "" when it is."""
    default = next((track for track in film.audio if track.default), None) or next(iter(film.audio), None)
    original = film.original
    if default is None or default == original or film.chosen is not None or not default.role:
        return ""
    if original is None:
        return f"every sound of the film is {_kinds(film)}, none of them is used: --audio-track 1 takes the first"
    number = film.audio.index(original) + 1
    return f"the default sound is {CALLED[default.role]}: audio track {number} is taken for the original"


def _kinds(film: Film) -> str:
    return " or ".join(dict.fromkeys(CALLED[track.role] for track in film.audio if track.role))
