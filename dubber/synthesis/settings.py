"""The profile's [synthesis]: how hard to try for a line, and how long to wait for a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from dubber.schema import Setting


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
