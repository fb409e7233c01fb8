"""Times as people write them."""

from __future__ import annotations


def clock(time: int) -> str:
    """A time (ms) as HH:MM:SS.mmm."""
    return "%02d:%02d:%02d.%03d" % (time // 3_600_000, time // 60_000 % 60, time // 1000 % 60, time % 1000)  # noqa: UP031 - twice as fast


def cue_at(cue: int, time: int) -> str:
    """How a message names a cue, so that it is found by number and by time (ms): "cue 12 at 00:01:23.400"."""
    return f"cue {cue} at {clock(time)}"
