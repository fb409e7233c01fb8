"""WebVTT as an MP4 file holds it (ISO/IEC 14496-30): boxes in timed samples, which ffmpeg gives as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dubber.timecode import clock


@dataclass(slots=True)
class _Cue:
    start: int
    end: int
    body: str


def webvtt(samples: Sequence[tuple[int, int, bytes]]) -> bytes:
    """The samples, start and end in ms and bytes, as a WebVTT file. A cue that goes on in the next sample is one."""
    cues = list[_Cue]()
    for start, end, data in samples:
        before = [cue for cue in cues[-8:] if cue.end == start]
        for body in _cues(data):
            goes_on = next((cue for cue in before if cue.body == body), None)
            if goes_on:
                goes_on.end = end
            else:
                cues.append(_Cue(start, end, body))
    texts = (f"{clock(cue.start)} --> {clock(cue.end)}\n{cue.body}\n" for cue in cues)
    return "\n".join(["WEBVTT\n", *texts]).encode()


def _cues(data: bytes) -> Iterator[str]:
    """The words of each cue box (vttc) of a sample; an empty sample (vtte) has none."""
    for kind, content in _boxes(data):
        if kind == b"vttc":
            payload = b"\n".join(body for name, body in _boxes(content) if name == b"payl")
            yield "\n".join(line for line in payload.decode("utf-8", "replace").split("\n") if line.strip())


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size
