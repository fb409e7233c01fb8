"""Cue-by-cue fitting by the rules of four others, as read from their code: durations and windows in, no audio.

Cues, natural lengths (ms), end of the film -> Placed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from dubber.model import Window

Placed = list[tuple[float, float, float] | None]  # start, played length (ms), rate; None: not in the film


def pyvideotrans(cues: list[Window], natural: list[float], end: int) -> Placed:
    """4.05, videotrans/task/_rate.py, sound only: each cue lasts to the next one's start; no cap (100); the pieces are
    put one after the other, whole milliseconds of silence between; a cue that has no time left is skipped."""
    placed: Placed = []
    at = float(cues[0].start)
    for i, cue in enumerate(cues):
        until = cues[i + 1].start if i + 1 < len(cues) else max(end, cue.end)
        room = until - cue.start
        if room <= 0:
            placed.append(None)
            continue
        length = min(natural[i], float(room))
        placed.append((at, length, natural[i] / length))
        at += length + max(0, room - round(length))
    return placed


def subtitle_edit(cues: list[Window], natural: list[float], end: int) -> Placed:
    """FixParagraphAudioSpeed: the cue and at most 1 s of the gap behind it; the factor has no cap."""
    placed: Placed = []
    for i, cue in enumerate(cues):
        gap = cues[i + 1].start - cue.end if i + 1 < len(cues) else 0
        room = cue.length + min(1000, max(0, gap))
        rate = max(1.0, natural[i] / room) if room > 0 else 1.0
        placed.append((cue.start, natural[i] / rate, rate))
    return placed


def open_dubbing(cues: list[Window], natural: list[float], end: int) -> Placed:
    """text_to_speech.py: to the start of the next later utterance; rounded up to 0.1; at most 1.3; then it overlaps."""
    placed: Placed = []
    for i, cue in enumerate(cues):
        until = next((later.start for later in cues[i + 1 :] if later.start > cue.start), max(end, cue.end))
        ratio = math.ceil(natural[i] / (until - cue.start) * 10) / 10
        rate = min(max(1.0, ratio), 1.3)
        placed.append((cue.start, natural[i] / rate, rate))
    return placed


def srt2speech(cues: list[Window], natural: list[float], end: int) -> Placed:
    """1.7, fit.py, strategy hybrid: the cue and the gap behind it; at most 1.15; then it overlaps."""
    placed: Placed = []
    for i, cue in enumerate(cues):
        gap = cues[i + 1].start - cue.end if i + 1 < len(cues) else 0
        rate = min(max(1.0, natural[i] / max(1, cue.length + max(0, gap))), 1.15)
        placed.append((cue.start, natural[i] / rate, rate))
    return placed


OTHERS: dict[str, Callable[[list[Window], list[float], int], Placed]] = {
    "pyvideotrans": pyvideotrans,
    "SubtitleEdit": subtitle_edit,
    "open-dubbing": open_dubbing,
    "srt2speech": srt2speech,
}
