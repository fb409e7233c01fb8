"""The profile's [mixing]: how voices and bed become a track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from dubber.schema import Setting


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
