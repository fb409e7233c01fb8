"""What is spoken, as text tracks of the film: the user's own files, or SubRip of our making.

Ours are for words that came in a form that no container carries, or with times that are not the film's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dubber.files import input_files
from dubber.job.job import Job
from dubber.job.versions import Version
from dubber.model import Line
from dubber.muxing.mux import Captions
from dubber.timecode import clock

CARRIED = frozenset({".srt", ".vtt", ".ass", ".ssa"})  # files that can be put into a film as they are


def captions(job: Job, chosen: Sequence[Version]) -> list[Captions]:
    """The text tracks of the language versions, when the profile wants them in the film."""
    if not job.profile.output.embed_subs:
        return []
    found = []
    for version in chosen:
        if version.path is not None and (version.moved or version.path.suffix.lower() not in CARRIED):
            found.append(Captions(subrip(version.lines), ".srt", version.language))
        elif version.path is not None:
            data = input_files.read_bytes(version.path, job.profile.reading.max_bytes)
            text = data.decode(version.script.encoding).lstrip("\ufeff")
            found.append(Captions(text, version.path.suffix.lower(), version.language))
    return found


def subrip(lines: Iterable[Line]) -> str:
    """The lines as SubRip, a cue for each phrase."""
    phrases = sorted((phrase for line in lines for phrase in line.phrases), key=lambda phrase: phrase.window)
    cues = (
        f"{number}\n{_time(phrase.window.start)} --> {_time(phrase.window.end)}\n{phrase.text.replace('-->', '→')}\n"
        for number, phrase in enumerate(phrases, 1)
    )
    return "\n".join(cues)


def _time(time: int) -> str:
    return clock(time).replace(".", ",")
