"""The library: `dubber.dub` and `dubber.check`. The command line does the same through what stands here.

Nothing is printed, and no error is anything but one of dubber's own: InputError when the caller has to change
something, ToolError for what this computer refuses, BackendUnavailable when no voice system answers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

from dubber.config import destinations
from dubber.config.profile import Profile
from dubber.errors import DubError, of_the_machine
from dubber.job.job import Job, Outcome
from dubber.model import Event
from dubber.paths import USUAL_PROFILE
from dubber.unattended import library

if TYPE_CHECKING:
    from dubber.job.report import Report

Source = str | os.PathLike[str]
Sources = Source | Iterable[Source] | None


class CheckOptions(TypedDict, total=False):
    """What decides how a film would be dubbed.

    profile: a name (`dub profiles` lists them), a file, or a Profile; "narrator" where none is given. cast: a file that
    says who speaks with which voice. settings: any profile keys, {"mixing.depth": 12}. languages: BCP 47 tags, one for
    each subtitle file. strict: a broken cue or an unknown speaker is an error. store: the folder of finished takes.
    """

    profile: Source | Profile
    cast: Source | None
    settings: Mapping[str, object]
    languages: Iterable[str]
    strict: bool
    store: Source | None


class DubOptions(CheckOptions, total=False):
    """What decides how a film is dubbed, and where it goes.

    output: the film to be written; beside the film where none is given. overwrite: what lies there may be replaced
    though dub did not write it. allow_missing: the film is written even if some lines could not be spoken.
    """

    output: Source | None
    overwrite: bool
    allow_missing: bool


def _unheard(event: Event) -> None:
    """Nobody wants to know."""


@overload
def dub(film: Job, /, *, on_event: Callable[[Event], None] = ...) -> Outcome: ...
@overload
def dub(
    film: Source, subtitles: Sources = None, *, on_event: Callable[[Event], None] = ..., **options: Unpack[DubOptions]
) -> Outcome: ...
def dub(film: Any, subtitles: Any = None, *, on_event: Callable[[Event], None] = _unheard, **options: Any) -> Outcome:
    """Dub a film, with its subtitle files (one for each language) or, without any, with the one that lies beside it,
    else with its own text track. A Job says all of that itself.

    The outcome has the film's path, or None when lines could not be spoken, and the report. on_event hears what is
    going on, perhaps in another thread; what it raises ends the work and is raised here: Cancelled is meant for that.
    Finished takes are kept, whatever happens, and are not spoken again.

    Raises InputError when something has to be changed, BackendUnavailable when no voice system answers, ToolError when
    a program or the disk fails.
    """
    from dubber.job import pipeline

    with _ours():
        asked = _job(film, subtitles, on_event, **options)
        if on_event is not _unheard:
            for sentence in destinations.sentences(asked.profile):
                on_event(Event("note", message=sentence))
        return pipeline.run(asked, on_event)


@overload
def check(film: Job, /) -> Report: ...
@overload
def check(film: Source, subtitles: Sources = None, **options: Unpack[CheckOptions]) -> Report: ...
def check(film: Any, subtitles: Any = None, **options: Any) -> Report:
    """How every line will fit, as a report whose takes are estimated where none are stored. Nothing is spoken or
    written, and no voice system is asked.

    Raises InputError when something has to be changed, ToolError when the film cannot be looked at.
    """
    from dubber.job import estimate

    with _ours():
        return estimate.check(_job(film, subtitles, _unheard, **options))[0]


def _job(film: Any, subtitles: Any, on_event: Callable[[Event], None], **options: Any) -> Job:
    """The job that is asked for."""
    if isinstance(film, Job):
        if subtitles is not None or options:
            raise TypeError("a Job says all of this itself")
        return film
    languages = options.pop("languages", ())
    tags = (languages,) if isinstance(languages, str) else tuple(languages)
    given = _paths(subtitles) or subtitles_beside(Path(film), tags, _noting(on_event))
    profile = _profile(options.pop("profile", USUAL_PROFILE), options.pop("cast", None), options.pop("settings", {}))
    for key in ("output", "store"):
        options[key] = Path(options[key]) if options.get(key) is not None else None
    return Job(Path(film), profile, given, languages=tags, **options)


def _noting(on_event: Callable[[Event], None]) -> Callable[[str], None]:
    return lambda text: on_event(Event("note", "reading", text))


def _profile(profile: Any, cast: Source | None, settings: Mapping[str, object]) -> Profile:
    if not isinstance(profile, Profile):
        return Profile.load(os.fspath(profile), cast=cast, settings=settings)
    if cast is not None or settings:
        raise TypeError("a Profile holds its cast and its settings: give them to Profile.load")
    return profile


def _paths(sources: Sources) -> tuple[Path, ...]:
    if sources is None:
        return ()
    return (Path(sources),) if isinstance(sources, str | os.PathLike) else tuple(map(Path, sources))


def subtitles_beside(film: Path, languages: tuple[str, ...], note: Callable[[str], None]) -> tuple[Path, ...]:
    """The subtitle files that lie beside a film, one for each language asked for: which, is noted. () where none lies
    there. Raises InputError when several do and nobody has said which."""
    if not film.is_file():
        return ()
    if doubt := library.lacking(film, languages):
        note(doubt)
    beside_it = library.chosen_beside(film, languages)
    for path in beside_it:
        note(f"subtitles: {path}, which lies beside the film")
    return beside_it


@contextmanager
def _ours() -> Iterator[None]:
    """What the system refuses becomes one of our errors."""
    try:
        yield
    except DubError:
        raise
    except Exception as error:
        if trouble := of_the_machine(error):
            raise trouble from error
        raise
