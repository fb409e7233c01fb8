"""A program of somebody else's that uses every public name: mypy --strict reads it (tests/test_api.py)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import assert_type

import dubber


def told(event: dubber.Event) -> None:
    assert_type(event.message, str)
    if event.stage == "encode" and event.done > 3:
        raise dubber.Cancelled("that is enough")


def lateness(report: dubber.Report) -> float:
    """ms by which the latest line of any version starts late."""
    return max((line.start_error for version in report.versions for line in version.lines), default=0.0)


def dubbed(film: Path, words: Sequence[str], *, serious: bool) -> Path | None:
    """The dubbed film; None where lines could not be spoken."""
    profile = dubber.Profile.load("cast", settings={"mixing.depth": 12, "output.container": "mkv"})
    if lateness(dubber.check(film, words, profile=profile, languages=["en"], strict=serious)) > 500:
        return None
    try:
        outcome = dubber.dub(film, words, profile=profile, output=film.with_suffix(".mkv"), on_event=told)
    except dubber.InputErrors as errors:
        raise SystemExit("; ".join(fault.message for fault in errors.faults)) from errors
    except dubber.InputError as error:
        raise SystemExit(f"{error.where}: {error.message} ({error.advice})") from error
    except dubber.BackendUnavailable as error:
        raise SystemExit("no voice" if error.lasting else "try again") from error
    except (dubber.BackendError, dubber.ToolError) as error:
        raise SystemExit(error.exit_code) from error
    except dubber.Cancelled:
        return None
    except dubber.DubError as error:
        raise SystemExit(str(error)) from error
    assert_type(outcome, dubber.Outcome)
    assert_type(outcome.report.versions[0].lines[0].window, tuple[int, int])
    return outcome.output


def again(profile: dubber.Profile, film: Path) -> bool:
    """A job says all that the keywords say, and more."""
    job = dubber.Job(film, profile, redo=frozenset({3}), overwrite=True)
    return dubber.dub(job).complete and not dubber.check(job).troubles


def systems() -> str:
    return f"{dubber.Backend.speed_range} {dubber.__version__}"
