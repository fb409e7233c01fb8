"""What is kept on the disk is shown by kind, is pruned in an order, and what a person chose or brought is never pruned;
a job that does not fit on the disk says so before it starts."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from dubber import cache
from dubber.files import chosen
from dubber.files.store import Store
from dubber.job import disk_space
from dubber.media.probe import probe
from dubber.media.wav import encode_wav
from dubber.model import Audio
from dubber.muxing.settings import Output
from dubber.paths import cache_folder
from tests.films import Sound, film
from tests.test_takes import PROFILE, RUN, SUBTITLES, TAKES
from tests.typed import Dub


@pytest.fixture
def inbox(tmp_path: Path, dub: Dub) -> Path:
    """A dubbed film whose second cue was spoken twice, and of which the first take was chosen. Nothing is left in the
    user's cache folder of what other tests have kept there; but for the model of languages, which takes a while."""
    for path, _, _ in Store(cache_folder()).files("blobs"):
        if cache.kind_of(path) != "language":
            path.unlink()
    film(tmp_path, seconds=7.0, audios=(Sound(tone=200),)).rename(tmp_path / "film.mp4")
    (tmp_path / "film.en.srt").write_text(SUBTITLES)
    (tmp_path / "p.toml").write_text(PROFILE)
    assert dub(*RUN, "--set", "mixing.bed=duck").status == 0
    assert dub(*RUN, "--redo", "2").status == 0
    assert dub(*TAKES, "--take", "2=1").status == 0
    return tmp_path


def rows(dub: Dub) -> dict[str, tuple[int, float, str]]:
    """`dub cache`: kind → entries, megabytes, and the rest of its row."""
    said = dub("cache")
    assert said.status == 0
    found = re.findall(r"^(\w+) +([\d,]+) +([\d,.]+) +(.+)$", said.out, re.M)
    return {
        name: (int(count.replace(",", "")), float(size.replace(",", "")), rest) for name, count, size, rest in found
    }


def test_each_kind_has_its_size_its_limit_and_when_it_goes(inbox: Path, dub: Dub) -> None:
    found = rows(dub)
    assert found["takes"][0] == 3 and "none" in found["takes"][2]
    assert found["chosen"][0] == 1 and "never" in found["chosen"][2]
    for name in ("encoded", "bed", "digest"):
        assert found[name][0] >= 1 and "2,000.0 in all" in found[name][2], name
    assert {"models", "records", "stretched", "speech", "language"} <= found.keys()
    assert found["records"][0] >= 3 and "never" in found["records"][2]
    assert "other" not in found, "a blob whose kind nobody knows"


def test_every_file_of_the_store_is_of_a_kind(inbox: Path) -> None:
    store = Store()
    counted = sum(one.entries for one in cache.kinds(store) if one.name != "models")
    there = [path for path in store.root.rglob("*") if path.is_file() and "scratch" not in path.parts]
    cached = Store(cache_folder()).files("blobs") if cache_folder() != store.root else []
    assert counted == len(there) + len(cached)


@pytest.mark.parametrize("how", [("prune", "--days", "0"), ("prune", "--size", "0"), ("clear", "--yes")])
def test_a_chosen_take_is_never_pruned(inbox: Path, dub: Dub, how: tuple[str, ...]) -> None:
    assert dub("cache", *how).status == 0
    found = rows(dub)
    assert found["takes"][0] == 0 and found["chosen"][0] == 1 and found["encoded"][0] == 0
    listed = json.loads(dub(*TAKES, "2", "--json").out)["cues"][0]["takes"]
    assert [(one["number"], one["chosen"]) for one in listed] == [(1, True)]
    said = dub(*RUN)
    assert said.status == 0 and "2 new, 1 stored" in said.err


def test_a_choice_that_a_person_wrote_into_the_edits_counts_from_the_next_run_on(inbox: Path, dub: Dub) -> None:
    edits = inbox / "film.en.dub-edits.toml"
    edits.write_text(edits.read_text().replace("take = 1", "take = 2"))
    assert dub(*RUN).status == 0
    (key,) = Store().chosen()
    listed = json.loads(dub(*TAKES, "2", "--json").out)["cues"][0]["takes"]
    assert key == next(one["key"] for one in listed if one["number"] == 2)


def test_what_is_chosen_no_more_goes_like_any_other(inbox: Path, dub: Dub) -> None:
    assert dub(*TAKES, "--take", "2=newest").status == 0 and dub(*RUN).status == 0
    assert Store().chosen() == frozenset()
    assert dub(*TAKES, "--take", "2=1").status == 0 and len(Store().chosen()) == 1
    (inbox / "film.en.dub-edits.toml").unlink()
    assert Store().chosen() == frozenset()


def test_recordings_by_people_and_edits_are_nobody_s_to_prune(inbox: Path, dub: Dub) -> None:
    spoken = Audio((np.sin(np.arange(24_000) / 10) / 3).astype(np.float32), 24_000)
    (inbox / "anna.wav").write_bytes(encode_wav(spoken))
    assert dub(*TAKES, "--take", "3=anna.wav").status == 0 and dub(*RUN).status == 0
    before = {path: path.read_bytes() for path in inbox.glob("film.en.*/*")} | {
        path: path.read_bytes() for path in inbox.glob("film.en.dub-edits.toml")
    }
    assert len(before) == 2
    assert dub("cache", "clear", "--yes").status == 0
    assert {path: path.read_bytes() for path in before} == before
    assert dub(*RUN).status == 0


def test_what_is_made_anew_goes_before_what_was_spoken(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.save("aa11", Audio(np.zeros(1000, np.float32), 24_000), {})
    old = time.time() - 1000
    os.utime(next(store.root.glob("takes/*/*")), (old, old))
    store.keep("bb22.encoded", b"x" * 5000)
    store.prune(size=4000)
    assert store.blob("bb22.encoded") is None and store.has("aa11")


def test_one_kind_alone_is_pruned(inbox: Path, dub: Dub) -> None:
    before = rows(dub)
    assert dub("cache", "prune", "--days", "0", "--kind", "encoded").status == 0
    after = rows(dub)
    assert after["encoded"][0] == 0
    assert {name: row for name, row in after.items() if name != "encoded"} == {
        name: row for name, row in before.items() if name != "encoded"
    }


def test_a_store_of_a_broken_note_has_no_chosen_takes(tmp_path: Path) -> None:
    (tmp_path / "chosen").mkdir()
    for number, text in enumerate(("", "[]", '{"takes": 3}', '{"edits": "/nowhere", "takes": ["a"]}', "\0")):
        (tmp_path / "chosen" / f"{number}.json").write_text(text)
    assert chosen.everywhere(tmp_path) == frozenset()


# room


class Free(NamedTuple):
    total: int
    used: int
    free: int


def leave(inbox: Path, films: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room on the disk for so many films of this size."""
    free = round(films * (inbox / "film.mp4").stat().st_size)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Free(10**9, 10**9 - free, free))


def test_a_disk_that_is_too_small_is_named_before_anything_is_spoken(
    inbox: Path, dub: Dub, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(inbox, 1.0, monkeypatch)
    dub("cache", "clear", "--yes")
    said = dub(*RUN)
    (line,) = [line for line in said.err.splitlines() if "too small" in line]
    assert re.search(r"up to \d+ MB for .*, \d+ MB are free", line) and str(inbox) in line
    assert str(inbox / "store") in line, "both folders lie on one disk"
    assert said.err.index("too small") < said.err.index("3 of 3 cues spoken")
    told = dub(*RUN, "--dry-run")
    assert "too small" in told.err
    assert json.loads(dub(*RUN, "--dry-run", "--json").out)["space"]


def test_a_job_that_cannot_fit_is_refused_before_anything_is_spoken(
    inbox: Path, dub: Dub, monkeypatch: pytest.MonkeyPatch
) -> None:
    dub("cache", "clear", "--yes")
    kept = [path for path, _, _ in Store().files("takes")]
    leave(inbox, 0.5, monkeypatch)
    said = dub(*RUN)
    assert said.status == 2 and said.err.splitlines()[-1].startswith(f"dub: {inbox}: the disk is too small: ")
    assert [path for path, _, _ in Store().files("takes")] == kept
    assert dub(*RUN, "--dry-run").status == 0, "a dry run never refuses"
    report = inbox / "batch.json"
    assert dub("batch", str(inbox / "film.mp4"), "-p", "p.toml", "--report", str(report)).status == 1
    (film,) = json.loads(report.read_text())["results"]
    assert (film["status"], film["code"], film["passing"]) == ("failed", "room", True), "room may come by itself"
    leave(inbox, 1.0, monkeypatch)
    assert dub(*RUN).status == 0


def test_a_disk_with_room_is_not_mentioned(inbox: Path, dub: Dub) -> None:
    assert "too small" not in dub(*RUN).err


def test_what_is_needed_is_never_less_than_what_is_written_nor_the_least_more(inbox: Path, dub: Dub) -> None:
    """The estimate against the bytes of a real job."""
    from dubber.config.profile import load
    from dubber.job import versions
    from dubber.job.job import Job

    for codec, container in (("", "mkv"), ("flac", "mkv"), ("", "wav")):
        shutil.rmtree(inbox / "store")
        made = dub(*RUN[:-3], "-o", f"o.{container}", "--overwrite", "--set", f"output.codec={codec}")
        assert made.status == 0, made.err
        job = Job(inbox / "film.mp4", load("p.toml", environ={}), (inbox / "film.en.srt",))
        lines = [line for one in versions.read(job, partial(probe, job.film)) for line in one.lines]
        target = inbox / f"o.{container}"
        out, stored = disk_space.needs(probe(job.film), target, lines, 1, Output(codec=codec), inbox / "store")
        assert target.stat().st_size <= out.size <= 3 * target.stat().st_size + 3_000_000, container
        assert out.least <= target.stat().st_size, container
        written = sum(path.stat().st_size for kind in ("takes", "blobs") for path, _, _ in Store().files(kind))
        assert stored.least <= written <= stored.size + 500_000, container
