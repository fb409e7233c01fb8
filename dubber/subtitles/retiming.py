"""Where a subtitle file's cues lie in the film: moved, scaled from another frame rate, taken off an editor's time line.

Editors begin a programme at 01:00:00 and broadcasters at 10:00:00, often after a leader of up to two minutes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction

from dubber.errors import InputError
from dubber.model import Cue, LeftOut, Script, Window

HOUR = 3_600_000
LEADER = 120_000  # ms before the hour at which a programme's leader may begin (EBU R 122: 09:58:00)
WHOLE = 0.9  # share of the cues that lie in the film, if the subtitles are its own
UNTOLD = 600_000  # ms without a cue at a film's end from which the subtitles may be those of its first part
PART = 0.75  # share of the film before which the last cue of a first part ends
NTSC = {"23.976": 24, "23.98": 24, "29.97": 30, "59.94": 60, "47.952": 48, "119.88": 120}  # n * 1000/1001


@dataclass(frozen=True, slots=True)
class Retiming:
    """A file's time t becomes factor * t + offset (ms)."""

    factor: Fraction = Fraction(1)
    offset: int = 0

    def __call__(self, window: Window) -> Window:
        return Window(self._moved(window.start), self._moved(window.end))

    def _moved(self, time: int) -> int:
        return round(time * self.factor) + self.offset if self.factor != 1 else time + self.offset


def frame_rates(text: str) -> tuple[Fraction, Fraction]:
    """The two rates of "25:23.976", in frames a second; "25" is both. 23.976 is 24000/1001. Raises InputError."""
    words = text.split(":")
    try:
        rates = [_rate(word.strip()) for word in words]
    except (ValueError, ZeroDivisionError):
        rates = []
    if len(rates) not in (1, 2) or not all(1 <= rate <= 1000 for rate in rates):
        advice = "FROM:TO in frames a second, as in 25:23.976"
        raise InputError(f"{text!r} is no pair of frame rates", where="--fps", advice=advice)
    return rates[0], rates[-1]


def _rate(word: str) -> Fraction:
    return Fraction(NTSC[word] * 1000, 1001) if word in NTSC else Fraction(word)


def retimed(script: Script, told: Retiming) -> Script:
    """The script on the film's time line as the user told it; windows may begin before zero."""
    if told == Retiming():
        return script
    return replace(script, cues=tuple(replace(cue, window=told(cue.window)) for cue in script.cues))


def from_zero(script: Script, length: int) -> Script:
    """The script without an editor's or a broadcaster's whole hours, with a note, where it fits the film of `length` ms
    only without them."""
    hours = _hours([cue.window.start for cue in script.cues], length)
    if not hours:
        return script
    many = "1 hour" if hours == 1 else f"{hours} hours"
    note = f"the subtitles begin at {clock(script.cues[0].window.start)}: moved back by {many}"
    moved = retimed(script, Retiming(offset=-hours * HOUR))
    return replace(moved, notes=(*script.notes, note))


def _hours(starts: list[int], length: int) -> int:
    """How many whole hours before the film the file's own zero lies."""
    here = _inside(starts, 0, length)
    if here == len(starts):
        return 0
    common = Counter((start + LEADER) // HOUR for start in starts).most_common(24)
    hours = max(sorted(hour for hour, _ in common), key=lambda hour: _inside(starts, hour * HOUR, length), default=0)
    fits = _inside(starts, hours * HOUR, length)
    return hours if hours > 0 and fits > here and fits >= WHOLE * len(starts) else 0


def _inside(starts: list[int], zero: int, length: int) -> int:
    """How many cues begin in the film or in its leader, when the film begins at zero."""
    return sum(zero - LEADER <= start < zero + length for start in starts)


def on_screen(script: Script, length: int, *, beyond: bool = False) -> Script:
    """The script without cues that are not on screen while a film of `length` ms runs: they are left out, with the
    reason. beyond: the sound may run on beyond the picture, and those after its end stay."""
    cues: list[Cue] = []
    lost: list[LeftOut] = []
    for cue in script.cues:
        window = cue.window
        if window.end <= 0 or (window.start >= length and not beyond):
            when = "before the film begins" if window.end <= 0 else "after the film's end"
            lost.append(LeftOut(cue.number, cue.text, when))
        else:
            cues.append(cue if window.start >= 0 else replace(cue, window=Window(0, window.end)))
    notes = (f"{len(lost)} cues lie outside the film and are not spoken",) if lost else ()
    return replace(script, cues=tuple(cues), left_out=(*script.left_out, *lost), notes=(*script.notes, *notes))


def misfit(script: Script, length: int) -> str:
    """Why the subtitles seem to be another film's, by their last cue alone, in a sentence; "" when they do not."""
    last = max((cue.window.end for cue in script.cues), default=0)
    first_after = next((cue.window.start for cue in script.cues if cue.window.start >= length), None)
    ends = f"the last cue ends at {clock(last)} and the film at {clock(length)}"
    if first_after is not None:
        return f"{ends}: they may be timed for another cut or frame rate; --sync auto, --offset or --fps moves them"
    if script.cues and last < PART * length and length - last > UNTOLD:
        return f"{ends}: they may be those of its first part"
    return ""


def clock(time: int) -> str:
    """Milliseconds as people read them off a player: 1:02:03; whole seconds, rounded down."""
    seconds = abs(time) // 1000
    return f"{'-' if time < 0 else ''}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
