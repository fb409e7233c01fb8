"""What a command begins before it has imported what it needs: half a second in which other things can go on already."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dubber.languages import Detect
    from dubber.media.film import Film

SWITCH = 0.0005  # seconds; the model is unpacked in 560 pieces, each of which would wait Python's usual 5 ms


def look(film: Path) -> Callable[[], Film]:
    """Begin to look at a film; what comes back gives it, or raises what is wrong with it."""
    from dubber.background import background
    from dubber.media.probe import probe

    return background(partial(probe, film)).result


def detector() -> Detect:
    """Begin to load the model that tells languages; what comes back tells them. Threads take turns more often then."""
    from dubber.models.language_detector import Detector

    sys.setswitchinterval(SWITCH)
    return Detector(ahead=True)
