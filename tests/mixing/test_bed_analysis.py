"""The bed is listened to beside the work, and never longer than it."""

from __future__ import annotations

import os
import shutil
import threading
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace

import numpy as np
import pytest

from dubber.errors import InputError
from dubber.files import input_files
from dubber.files.digests import Contents
from dubber.files.store import Store
from dubber.media.probe import probe
from dubber.media.wav import encode_wav
from dubber.mixing import bed as beds
from dubber.mixing.bed import Bed, load
from dubber.mixing.bed_analysis import Listener
from dubber.model import Audio


def bed_of(path: Path, seconds: int) -> Bed:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        for _ in range(seconds):
            file.writeframes(b"\1\2" * 48_000)
    film = probe(path)
    assert film.original
    return Bed(film, film.original, "", 1)


def running() -> set[str]:
    """The programs that this process started and has not waited for, and its listening threads."""
    children = " ".join(file.read_text() for file in Path(f"/proc/{os.getpid()}/task").glob("*/children"))
    listening = {str(thread.ident) for thread in threading.enumerate() if thread.name == "dub-bed"}
    return {child for child in children.split() if "ffmpeg" in Path(f"/proc/{child}/comm").read_text()} | listening


def ended(before: set[str]) -> bool:
    """Whether all that was begun since has ended: a thread does a moment after what it gives is there."""
    end = monotonic() + 5
    while not running() <= before and monotonic() < end:
        sleep(0.01)
    return running() <= before


def test_what_was_heard_is_there_when_it_is_asked_for(tmp_path: Path) -> None:
    bed, store, before = bed_of(tmp_path / "bed.wav", 3), Store(tmp_path / "store"), running()
    with Listener(lambda: bed, Contents(store), store) as listener:
        found = listener.bed()
        assert found == replace(bed, digest=input_files.digest(bed.film.path), unpacked=listener.scratch)
    known = load(found, store)
    assert known is not None and len(known) == 30
    assert ended(before)


@pytest.mark.parametrize("rate", [11_025, 22_050, 44_100])
def test_a_second_has_ten_energies_at_any_rate(tmp_path: Path, rate: int) -> None:
    (tmp_path / "bed.wav").write_bytes(encode_wav(Audio(np.zeros((7 * rate, 1), np.float32), rate), bits=32))
    film = probe(tmp_path / "bed.wav")
    assert film.original
    assert len(beds.study(Bed(film, film.original, "still", 1), Store(tmp_path / "store"))) == 70


def test_a_film_that_has_another_name_now_is_known_by_what_it_holds(tmp_path: Path) -> None:
    bed, store = bed_of(tmp_path / "bed.wav", 1200), Store(tmp_path / "store")
    with Listener(lambda: bed, Contents(store), store) as listener:
        before = listener.bed()
    moved = tmp_path / "moved.wav"
    bed.film.path.rename(moved)
    bed = replace(bed, film=replace(bed.film, path=moved))
    with Listener(lambda: bed, Contents(store), store) as listener:
        after = listener.bed()
    assert before and after and after.digest == before.digest
    assert before.unpacked and after.unpacked is None  # not decoded to its end


@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_the_unpacked_bed_is_what_decoding_gives_and_goes_with_the_job(tmp_path: Path, rate: int) -> None:
    sound = np.random.default_rng(1).normal(0, 0.5, (5 * rate, 2)).astype(np.float32)
    (tmp_path / "bed.wav").write_bytes(encode_wav(Audio(sound, rate), bits=32))
    film = probe(tmp_path / "bed.wav")
    assert film.original
    store = Store(tmp_path / "store")
    packed = Bed(film, film.original, input_files.digest(film.path), 2)
    with Listener(lambda: packed, Contents(store), store) as listener:
        unpacked = listener.bed()
        assert unpacked and unpacked.unpacked and unpacked.unpacked.exists()
        for start, end in ((0, 48_000), (100_000, 130_001), (230_000, 250_000)):
            heard = beds.read(unpacked, store.root, start, end, 48_000)
            assert np.array_equal(heard, beds.read(packed, store.root, start, end, 48_000))
        if rate == 48_000:
            assert np.abs(beds.read(unpacked, store.root, 0, 5 * rate, rate) - sound.clip(-2, 2)).max() <= 1 / 2**14
    assert not unpacked.unpacked.exists()
    gone = beds.read(unpacked, store.root, 0, 48_000, 48_000)  # swept away: it is decoded
    assert np.array_equal(gone, beds.read(packed, store.root, 0, 48_000, 48_000))
    beds.close()


def test_a_disk_without_room_for_the_samples_decodes_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bed, store = bed_of(tmp_path / "bed.wav", 3), Store(tmp_path / "store")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=3 * 96_000))
    with Listener(lambda: bed, Contents(store), store) as listener:
        found = listener.bed()
    assert found and found.unpacked is None and load(found, store) is not None


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_job_that_ends_early_ends_the_listening_and_its_decoder(tmp_path: Path, error: type[BaseException]) -> None:
    bed, store = bed_of(tmp_path / "bed.wav", 1200), Store(tmp_path / "store")
    started, before = threading.Event(), running()

    def find() -> Bed:
        started.set()
        return bed

    with pytest.raises(error), Listener(find, Contents(store), store):
        started.wait()
        raise error
    named = replace(bed, digest=input_files.digest(bed.film.path))
    assert ended(before) and load(named, store) is None


def test_what_went_wrong_is_told_when_the_bed_is_asked_for(tmp_path: Path) -> None:
    def missing() -> Bed:
        raise InputError("has no sound")

    find: Callable[[], Bed] = missing
    store = Store(tmp_path / "store")
    with pytest.raises(InputError, match="no sound"), Listener(find, Contents(store), store) as listener:
        listener.bed()
