"""The profile's [output]: what is written, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from dubber.media.containers import CODECS
from dubber.schema import Setting


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
    extend: Annotated[bool, Setting("speak cues after the film's end too: the sound runs on beyond the picture")] = (
        False
    )
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
