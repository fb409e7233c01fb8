"""The n-th call of the system fails, n = 1, 2, 3, ..., until a whole job passes; what is true after each.

As SQLite injects its I/O errors. In processes of the job and in ffmpeg alike, because it is done below libc's names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LONG
from tests.faults.injection import started
from tests.faults.jobs import PROFILE, Place
from tests.servers.openai import OpenAiServer

# every n in `make long`; else every so many, so that each part of a job is met
STEPS = {"write": 6, "fsync": 5, "rename": 3, "start": 3, "receive": 3}


@pytest.mark.parametrize("kind", ["write", "fsync", "rename", "start"])
def test_whatever_fails_first_the_job_says_so_and_the_next_one_completes(kind: str, tmp_path: Path) -> None:
    place = Place.made(tmp_path / "job")
    rows = started(place, kind, step=1 if LONG else STEPS[kind])
    assert len(rows) > 3 and not rows[-1]["hit"]
    for row in rows:
        all_is_well(row)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["write", "fsync", "rename", "start"])
def test_a_disk_that_fails_from_then_on(kind: str, tmp_path: Path) -> None:
    for row in started(Place.made(tmp_path / "job"), kind, lasting=True):
        all_is_well(row)


def test_whatever_connection_breaks_the_lines_are_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    with OpenAiServer() as server:
        served = 'backend = "openai"\nvoice = "bf_emma"\n'
        profile = PROFILE.replace('backend = "tone"\nmilliseconds_per_character = 30\n', served)
        place = Place.made(tmp_path / "job", profile=f'{profile}[backends.openai]\nservers = ["{server.url}/v1"]\n')
        rows = started(place, "receive", step=1 if LONG else STEPS["receive"])
    assert len(rows) > 2 and not rows[-1]["hit"]
    for row in rows:
        all_is_well(row)
    assert not any(row["said"] for row in rows if row["n"] > 2)  # after the first question a line is asked again


def all_is_well(row: dict[str, Any]) -> None:
    assert row["sources"], row
    assert not row["left"] and not row["half"] and all(row["takes"]), row
    if row["said"]:
        assert (
            row["said"].startswith(("ToolError: ", "InputError: ", "BackendUnavailable: ")) and "\n" not in row["said"]
        ), row
        assert not row["there"], row
        assert row["said"].endswith(")"), row  # the advice
    else:
        assert row["same"], row
    assert row["again"] == "" and row["whole"], row
