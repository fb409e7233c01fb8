"""The profile's tables [synthesis], [mixing] and [output]: what a user may ask of these stages.

They stand apart from the stages, so that who only reads a profile imports nothing that speaks, mixes or writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from dubber.media.containers import CODECS
from dubber.settings import Setting


@dataclass(frozen=True, slots=True)
class Synthesis:
    """How hard to try for a line, and how long to wait for a server."""

    tries: Annotated[int, Setting("times a line is asked for before it is given up", low=1, high=20)] = 3
    backoff: Annotated[float, Setting("wait before the second try; doubles", unit="s", low=0, high=600)] = 0.5
    timeout: Annotated[float, Setting("longest that one line may take", unit="s", low=1, high=86_400)] = 300.0
    failures: Annotated[int, Setting("failures in a row after which a server rests", low=1, high=1000)] = 5
    rest: Annotated[float, Setting("first rest of a server; doubles up to a minute", unit="s", low=0.01, high=3600)] = (
        5.0
    )
    patience: Annotated[float, Setting("wait for servers when all are down", unit="s", low=0, high=86_400)] = 60.0
    workers: Annotated[int, Setting("processes for voices that compute here; 0: one a core", low=0, high=1024)] = 0
    verify: Annotated[
        Literal["off", "suspects", "all"],
        Setting("which takes a recogniser hears: none, those of an odd length, all; lengths are judged in any case"),
    ] = "off"
    recogniser: Annotated[
        str,
        Setting(
            "a Whisper model (base, small, a folder, OWNER/NAME of the hub) or a server's address up to /v1; "
            "empty: a model that is here"
        ),
    ] = ""
    recogniser_model: Annotated[str, Setting("the model that a server is asked for")] = "whisper-1"
    recogniser_threads: Annotated[int, Setting("threads of a model; 0: four at most", low=0, high=256)] = 0
    farm: Annotated[str, Setting("address of a Dask scheduler for voices that compute; empty: this machine")] = ""


@dataclass(frozen=True, slots=True)
class Mixing:
    """How voices and bed become a track: the profile's [mixing]."""

    bed: Annotated[
        Literal["none", "duck", "keep"],
        Setting("the original sound: left out, lowered under speech, or kept as it is"),
    ] = "duck"
    depth: Annotated[float, Setting("how far the bed goes down under speech", unit="dB", low=0, high=80)] = 18.0
    attack: Annotated[float, Setting("how long the bed takes to go down", unit="ms", low=1, high=5000)] = 150.0
    release: Annotated[float, Setting("how long the bed takes to come up", unit="ms", low=1, high=10000)] = 450.0
    ahead: Annotated[float, Setting("how long before speech the bed is down", unit="ms", low=0, high=2000)] = 60.0
    bridge: Annotated[float, Setting("gaps in speech up to this stay ducked", unit="ms", low=0, high=20000)] = 900.0
    bed_level: Annotated[float, Setting("the bed's level against its own", unit="dB", low=-60, high=20)] = 0.0
    voice_level: Annotated[float, Setting("the voices' level against the original's", unit="dB", low=-30, high=30)] = (
        0.0
    )
    loudness: Annotated[
        float | None, Setting("integrated loudness of the track; off: as it comes", unit="LUFS", low=-50, high=-5)
    ] = -16.0
    peak: Annotated[float, Setting("no true peak above this", unit="dBTP", low=-20, high=0)] = -1.0
    channels: Annotated[
        Literal["auto", "mono", "stereo", "5.1", "7.1"],
        Setting("of the track; auto: the original's"),
    ] = "auto"
    stretcher: Annotated[
        Literal["pedalboard", "rubberband", "ffmpeg"],
        Setting("what stretches speech in time"),
    ] = "pedalboard"


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
