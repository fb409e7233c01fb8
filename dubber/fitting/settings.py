"""What the plan may do, and what each thing that a listener could notice costs.

The unit of cost is one just noticeable difference, squared, heard for one second. A listener judges one whole: whether
the film feels dubbed. Only a common unit lets a late start be weighed against a faster reading, so each deviation is
divided by the difference that a listener just notices, and squared, because two faults at the threshold disturb less
than one at twice the threshold:

    rate      seconds of the line · ((1 - pace - rate_free) / rate_step)²     pace = played length / natural length
              weighed by its seconds, or a run would make its long lines hurry for its short ones
    hurry     hurry · seconds of the line · ((1 / hurried - pace) / rate_step)²      on top, beyond a rate of hurried
    jump      jump · heard · ((pace - pace of the speaker's line before) / rate_step)²      one moment, as a second
    leap      leap · heard · ((change of pace - leap_from) / rate_step)²      on top, and again one moment
    late      late · ((start - cue's start - late_free) / late_step)²      and early without anything free
    overrun   overrun · ((end - cue's end - overrun_free) / overrun_step)²
    stretch   stretch · seconds that a line is shortened: any stretch touches the sound, so none without a need

heard = 1 - silence between the two cues / jump_within: rates are compared with what was just heard, and a line with
seconds to spare is not read fast because the speaker's last one was, some time ago.

Nothing within a *_free is counted. Hurry and leap are second, steeper pieces: one line at 1.4 between lines at 1 is
what a listener remembers of a film, so its neighbours help it, and none of them by more than it can without hurrying.
That hurry is heard from about 1.15 (hurried lies a little before it, so that lines stay below), a leap from 0.12, and
nothing of it after some seconds, is taste; docs/timing-defaults.md has what the defaults do to real films. Sources:
tempo, the difference just noticed in speech is about 5 % (Quené, Journal of Phonetics 35, 2007); late sound is noticed
from 125 ms and disturbs from 185 ms, early sound from 45 ms (ITU-R BT.1359).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from dubber.schema import Setting

Ms = float
SHORTEST = 1.0  # ms; what is shorter counts as this long where something is divided by it


@dataclass(frozen=True)
class Fitting:
    """The profile's table [fitting]: bounds first, then what is free, then the weights of the cost."""

    fastest: Annotated[float, Setting("the cap on a line's rate, native reading included", low=1, high=4)] = 1.5
    slowest: Annotated[float, Setting("never slower than this", low=0.5, high=1)] = 0.95
    fill: Annotated[bool, Setting("read slower, down to slowest, rather than leave a silence in a cue")] = False
    early: Annotated[Ms, Setting("how far a line may start before its cue", unit="ms", low=0, high=80)] = 45.0
    late_max: Annotated[
        Ms, Setting("how late a line may start; what makes one later is named unfit", "ms", 0, 5000)
    ] = 500.0
    gap: Annotated[Ms, Setting("silence between lines that may not overlap", unit="ms", low=0, high=2000)] = 20.0
    pause_kept: Annotated[Ms, Setting("what a cut leaves of a pause inside a line", "ms", 0, 5000)] = 60.0
    native_from: Annotated[float, Setting("rate from which a backend is asked to read faster", low=1, high=4)] = 1.08
    rate_free: Annotated[float, Setting("dead zone of the rate", low=0, high=0.5)] = 0.05
    rate_step: Annotated[float, Setting("a change of rate just noticed", low=0.001, high=1)] = 0.05
    late_free: Annotated[Ms, Setting("dead zone of a late start", unit="ms", low=0, high=5000)] = 125.0
    late_step: Annotated[Ms, Setting("a delay just noticed, beyond the dead zone", unit="ms", low=1, high=5000)] = 60.0
    overrun_free: Annotated[Ms, Setting("silence after a cue that is free to use", "ms", 0, 60000)] = 800.0
    overrun_step: Annotated[Ms, Setting("an overrun just noticed, beyond that", unit="ms", low=1, high=60000)] = 250.0
    jump: Annotated[float, Setting("weight of changes of rate between a speaker's lines", low=0, high=1000)] = 2.0
    late: Annotated[float, Setting("weight of late and of early starts", low=0, high=1000)] = 6.0
    overrun: Annotated[float, Setting("weight of overruns", low=0, high=1000)] = 1.0
    hurried: Annotated[float, Setting("rate from which a reading sounds hurried", low=1, high=4)] = 1.14
    hurry: Annotated[float, Setting("weight of rates beyond that, on top", low=0, high=1000)] = 60.0
    jump_within: Annotated[Ms, Setting("silence after which a change of rate is no longer heard", "ms", 1, 60000)] = (
        5000.0
    )
    leap_from: Annotated[float, Setting("change of rate that sounds like a leap", low=0, high=1)] = 0.12
    leap: Annotated[float, Setting("weight of changes beyond that, on top", low=0, high=1000)] = 25.0
    stretch: Annotated[float, Setting("cost of a second by which lines are shortened", low=0.001, high=1000)] = 20.0
