"""The n-th call of the system fails, n = 1, 2, 3, ..., until a whole job passes; what is true after each.

As SQLite injects its I/O errors. In processes of the job and in ffmpeg alike, because it is done below libc's names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dubber.errors import ToolError
from dubber.media.decode import read_pcm
from dubber.media.probe import probe
from tests.conftest import LONG
from tests.faults.injection import ERRORS, FIELDS, KINDS, library, started
from tests.faults.jobs import PROFILE, Place
from tests.films import Sound, film
from tests.servers.openai import OpenAiServer

# every n in `make long`; else every so many, so that each part of a job is met
STEPS = {"write": 6, "fsync": 5, "rename": 3, "start": 3, "receive": 3, "damaged": 8, "unreadable": 30, "readonly": 30}


@pytest.mark.parametrize("kind", ["write", "fsync", "rename", "start"])
def test_whatever_fails_first_the_job_says_so_and_the_next_one_completes(kind: str, tmp_path: Path) -> None:
    place = Place.made(tmp_path / "job")
    rows = started(place, kind, step=1 if LONG else STEPS[kind])
    assert len(rows) > 3 and not rows[-1]["hit"]
    for row in rows:
        all_is_well(row)


@pytest.mark.parametrize("kind", ["damaged", "unreadable"])
def test_a_disk_that_is_damaged_somewhere_gives_no_broken_film(kind: str, tmp_path: Path) -> None:
    """EIO for one write, and for one read of whatever lies there: film, subtitles, takes, the film that was written."""
    rows = started(Place.made(tmp_path / "job"), kind, step=1 if LONG else STEPS[kind])
    assert len(rows) > 3 and not rows[-1]["hit"]
    for row in rows:
        all_is_well({**row, "said": row["said"] and f"{row['said']} (see above)"})  # what can be advised to a disk?


def test_a_disk_that_becomes_read_only_gives_no_broken_film(tmp_path: Path) -> None:
    """What lies there then stays until the next run that may write again."""
    rows = started(Place.made(tmp_path / "job"), "readonly", lasting=True, step=3 if LONG else STEPS["readonly"])
    assert len(rows) > 3 and not rows[-1]["hit"]
    for row in rows:
        assert row["same"] or (row["said"].startswith(("ToolError: ", "InputError: ")) and not row["there"]), row
        assert "\n" not in row["said"] and ("Read-only file system" in row["said"] or row["same"]), row
        assert all(row["takes"]) and row["sources"], row
        assert row["again"] == "" and row["whole"] and row["left_after"] == [], row


@pytest.mark.long
@pytest.mark.parametrize("kind", ["write", "fsync", "rename", "start", "damaged"])
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


def test_a_disk_that_fails_is_not_the_end_of_a_films_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ffmpeg takes a read that fails for the end, with status 0: a bed would be silent from there on, and kept so."""
    found = probe(film(tmp_path, "mkv", seconds=30, audios=(Sound(codec="pcm_s16le"),)))
    shared = tmp_path / "faults"
    shared.write_bytes(bytes(FIELDS.size))
    monkeypatch.setenv("LD_PRELOAD", str(library(tmp_path)))
    monkeypatch.setenv("FAULTS_FILE", str(shared))
    monkeypatch.setenv("FAULTS_ROOT", str(found.path))
    for number in (20, 60, 120):
        shared.write_bytes(FIELDS.pack(KINDS["unreadable"], number, 0, 0, ERRORS["unreadable"], 0))
        with (
            pytest.raises(ToolError, match="Input/output error"),
            read_pcm(found, found.audio[0], 0, None, 48_000, 2) as blocks,
        ):
            assert sum(map(len, blocks)) > 30 * 47_000
    for number in range(1, 12):
        shared.write_bytes(FIELDS.pack(KINDS["unreadable"], number, 0, 0, ERRORS["unreadable"], 0))
        try:
            assert probe(found.path).milliseconds == found.milliseconds
        except ToolError as error:
            assert "Input/output error" in str(error)
