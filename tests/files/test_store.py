"""Nothing finished is lost, nothing broken is believed, and what decides the sound decides the key."""

from __future__ import annotations

import multiprocessing
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest

from dubber.backends.base import Backend
from dubber.backends.espeak import Espeak
from dubber.backends.tone import Tone
from dubber.errors import InputError, ToolError
from dubber.files import atomic
from dubber.files.store import Store
from dubber.model import Audio, Line, Phrase, Voice, Window
from dubber.paths import default_root
from dubber.schema import Setting
from dubber.synthesis import take_key


@dataclass(frozen=True)
class Likeness:
    """A voice like a recording's."""

    reference: Annotated[Path | None, Setting("a recording")] = None
    extra: Annotated[tuple[Path, ...], Setting("more recordings")] = ()
    warmth: Annotated[float, Setting("warmth")] = 0.5


class Parrot(Backend):
    """Speaks like a recording, in these tests."""

    name = "parrot"
    voice = Likeness

    def synthesize(self, line: Line) -> Audio:
        raise NotImplementedError


def line(*texts: str, speed: float = 1.0, redo: int = 0, index: int = 1, **settings: object) -> Line:
    voice = Voice("parrot", "anna", tuple(sorted(settings.items())))  # type: ignore[arg-type]
    return Line(index, "Anna", voice, tuple(Phrase(7, Window(0, 9), text) for text in texts), "en", speed, redo)


def sine(seconds: float = 0.5, rate: int = 22_050, *, sixteen: bool = False) -> Audio:
    samples = 0.4 * np.sin(np.arange(int(seconds * rate)) / 20)
    return Audio((np.rint(samples * 32768) / 32768 if sixteen else samples).astype(np.float32), rate)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def only_file(store: Store) -> Path:
    (path,) = (path for path in store.root.glob("takes/*/*") if path.is_file())
    return path


# what comes back


@pytest.mark.parametrize(("sixteen", "size"), [(True, 2), (False, 4)])
def test_a_take_comes_back_to_the_bit(store: Store, sixteen: bool, size: int) -> None:
    audio = sine(sixteen=sixteen)
    store.save("ab12", audio, {"spans": [[0, 500]]})
    back = store.load("ab12")
    assert back is not None and back.rate == audio.rate and back.samples.dtype == np.float32
    assert np.array_equal(back.samples, audio.samples)
    assert only_file(store).stat().st_size == pytest.approx(size * len(audio.samples), abs=400)


@pytest.mark.parametrize("value", [1.0, -1.0, 0.99996948, 1.5])
def test_full_scale_survives(store: Store, value: float) -> None:
    store.save("ab", Audio(np.array([0, value], np.float32), 8000), {})
    back = store.load("ab")
    assert back is not None and back.samples[1] == np.float32(value)


def test_stereo_and_empty_sounds_survive(store: Store) -> None:
    store.save("ab", Audio(np.full((10, 2), 0.25, np.float32), 8000), {})
    store.save("cd", Audio(np.zeros(0, np.float32), 8000), {})
    two, none = store.load("ab"), store.load("cd")
    assert two is not None and two.samples.shape == (10, 2) and none is not None and not len(none.samples)


def test_facts_come_back_without_the_sound(store: Store) -> None:
    store.save("ab12", sine(), {"spans": [[1.5, 2.5]], "made": "2030-01-01"})
    facts = store.facts("ab12")
    assert facts is not None and facts["spans"] == [[1.5, 2.5]] and facts["rate"] == 22_050
    assert store.facts("ffff") is None and store.load("ffff") is None


@pytest.mark.parametrize("place", [0, 9, 14, 40, 200, -1])
def test_a_flipped_bit_anywhere_is_a_miss(store: Store, place: int) -> None:
    store.save("ab12", sine(), {"spans": [[0, 500]]})
    data = bytearray(only_file(store).read_bytes())
    data[place] ^= 4
    only_file(store).write_bytes(data)
    assert store.load("ab12") is None and store.facts("ab12") is None


@pytest.mark.parametrize("sixteen", [True, False])
def test_a_glance_tells_what_was_saved_and_is_no_use(store: Store, sixteen: bool) -> None:
    store.save("ab12", sine(sixteen=sixteen), {"spans": [[1.5, 2.5]]})
    os.utime(only_file(store), (1e9, 1e9))
    assert (store.glance("ab12") or {})["spans"] == [[1.5, 2.5]]
    assert only_file(store).stat().st_mtime == 1e9
    assert store.glance("ab12") == store.facts("ab12")
    assert store.glance("ffff") is None


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-1], lambda data: data[:30],
                                    lambda data: bytes(len(data)), lambda data: data + b"x",
                                    lambda data: data[:40] + b"!" + data[41:]])  # fmt: skip
def test_a_glance_sees_what_is_cut_emptied_zeroed_or_grown(store: Store, damage: Callable[[bytes], bytes]) -> None:
    store.save("ab12", sine(), {})
    only_file(store).write_bytes(damage(only_file(store).read_bytes()))
    assert store.glance("ab12") is None


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-1], lambda data: data[:30],
                                    lambda data: bytes(len(data)), lambda data: data + b"x"])  # fmt: skip
def test_a_cut_emptied_zeroed_or_grown_entry_is_a_miss_and_is_mended(store: Store, damage: object) -> None:
    store.save("ab12", sine(), {})
    only_file(store).write_bytes(damage(only_file(store).read_bytes()))  # type: ignore[operator]
    assert store.load("ab12") is None
    store.save("ab12", sine(), {})
    assert store.load("ab12") is not None


# keys


def test_the_key_is_made_of_what_decides_the_sound(store: Store) -> None:
    base = take_key.asked(line("Hello."), Parrot)
    others = [
        line("Hello!"), line("Hello.", warmth=0.6), line("Hello.", speed=1.2), line("Hello.", redo=1),
        line("Hel", "lo."), replace(line("Hello."), language="fr"),
    ]  # fmt: skip
    assert len({base, *(take_key.asked(other, Parrot) for other in others)}) == 7
    assert take_key.asked(line("Hello."), Tone) != base


def test_the_key_is_not_made_of_what_does_not(store: Store) -> None:
    same = replace(line("Hello.", index=99), speaker="Bob", voice=replace(line("x").voice, name="bert"))
    moved = replace(same, phrases=(Phrase(300, Window(5000, 9000), "Hello."),))
    assert take_key.asked(same, Parrot) == take_key.asked(moved, Parrot) == take_key.asked(line("Hello."), Parrot)
    assert take_key.asked(line("Hello.", warmth=0.5), Parrot) == take_key.asked(
        line("Hello."), Parrot
    )  # 0.5 is the default


def test_a_new_version_of_a_backend_speaks_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = take_key.asked(line("Hello."), Parrot)
    monkeypatch.setattr(Parrot, "version", "2")
    assert take_key.asked(line("Hello."), Parrot) != before


def test_a_recording_counts_by_its_content(store: Store, tmp_path: Path) -> None:
    one, two, other = (tmp_path / name for name in ("a.wav", "b.wav", "c.wav"))
    one.write_bytes(b"same")
    two.write_bytes(b"same")
    other.write_bytes(b"else")
    keys = [take_key.asked(line("Hi.", reference=path, extra=(path,)), Parrot) for path in (one, two, other)]
    assert keys[0] == keys[1] != keys[2]
    one.write_bytes(b"new!!")
    assert take_key.asked(line("Hi.", reference=one, extra=(one,)), Parrot) != keys[0]


def test_a_recording_that_is_missing_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gone.wav"):
        take_key.asked(line("Hi.", reference=tmp_path / "gone.wav"), Parrot)


def test_the_voice_key_is_the_voice_alone(store: Store) -> None:
    assert take_key.voice_of(line("One."), Parrot) == take_key.voice_of(line("Two.", speed=2, redo=3), Parrot)
    assert take_key.voice_of(line("One."), Parrot) != take_key.voice_of(line("One.", warmth=1.0), Parrot)


# redone


def test_the_newest_redo_is_remembered_for_a_line_at_any_speed(store: Store) -> None:
    assert store.current(take_key.utterance(line("Hi."), Parrot)) == 0
    assert not store.renewed()
    store.renew(take_key.utterance(line("Hi.", redo=2), Parrot), 2)
    store.renew(take_key.utterance(line("Hi.", redo=1), Parrot), 1)
    assert store.renewed()
    assert (
        store.current(take_key.utterance(line("Hi.", speed=1.3), Parrot)) == 2
        and store.current(take_key.utterance(line("Ho."), Parrot)) == 0
    )


# the disk


def test_entries_are_private_and_nothing_else_lies_about(store: Store) -> None:
    store.save("ab12", sine(), {})
    assert stat.S_IMODE(only_file(store).stat().st_mode) == 0o600
    assert [path.name for path in store.root.rglob("*") if path.is_file()] == [only_file(store).name]


@pytest.mark.parametrize("fails", ["write", "fsync", "replace", "mkdir"])
def test_a_disk_that_fails_at_any_step_is_told_with_its_folder_and_leaves_no_rest(
    store: Store, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SQLite's I/O-error injection: fail the step, look at what is left."""
    full = OSError(28, "No space left on device")

    def fail(*_: object, **__: object) -> None:
        raise full

    if fails == "write":
        monkeypatch.setattr(atomic, "blocks", fail)
    elif fails == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, fails, fail)
    with pytest.raises(ToolError, match="No space left") as caught:
        store.save("ab12", sine(), {})
    assert str(store.root) in str(caught.value) and "DUB_STORE" in str(caught.value)
    assert store.load("ab12") is None and not [path for path in store.root.rglob("*") if path.is_file()]


def test_what_a_killed_process_left_is_swept_when_it_is_old(store: Store) -> None:
    store.save("ab12", sine(), {})
    old, new = (only_file(store).parent / f".{name}.tmp" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    assert store.sweep() == 1 and new.exists() and not old.exists() and store.load("ab12") is not None


def _save_all(root: Path, value: float) -> None:
    for number in range(30):
        Store(root).save(f"{number:04x}", Audio(np.full(20_000, value, np.float32), 8000), {"value": value})


def test_what_a_process_that_we_ended_left_of_its_take_goes_at_once(store: Store) -> None:
    folder = store.root / "takes" / "ab"
    folder.mkdir(parents=True)
    ours, others = folder / ".abcd.take.12.0f0f.tmp", folder / ".abcd.take.13.0f0f.tmp"
    elsewhere = folder / ".abce.take.12.0f0f.tmp"  # another machine's process of that number, at another take
    for half in (ours, others, elsewhere):
        half.touch()
    store.abandon(["abcd", "0123"], [12])
    assert not ours.exists() and others.exists() and elsewhere.exists()


def test_two_processes_may_write_the_same_keys(store: Store) -> None:
    context = multiprocessing.get_context("spawn")
    jobs = [context.Process(target=_save_all, args=(store.root, value)) for value in (0.25, 0.5)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert [job.exitcode for job in jobs] == [0, 0]
    for number in range(30):
        audio, facts = store.load(f"{number:04x}"), store.facts(f"{number:04x}")
        assert audio is not None and facts is not None
        assert (audio.samples == facts["value"]).all()


# keeping house


def test_usage_counts_takes_and_blobs(store: Store) -> None:
    store.save("ab12", sine(), {})
    store.keep("cd34", b"x" * 400, b"y" * 600)
    usage = store.usage()
    assert (usage.takes, usage.blobs, usage.blob_bytes) == (1, 1, 1000) and usage.take_bytes > 10_000


def test_prune_forgets_what_was_not_used_for_long_and_a_hit_is_a_use(store: Store) -> None:
    for key in ("aa11", "bb22"):
        store.save(key, sine(), {})
    for path in store.root.glob("takes/*/*"):
        os.utime(path, (time.time() - 10 * 86_400,) * 2)
    assert store.facts("aa11") is not None
    assert store.prune(days=5).takes == 1
    assert store.load("aa11") is not None and store.load("bb22") is None


def test_prune_to_a_size_forgets_the_least_recently_used_first(store: Store) -> None:
    for age, key in enumerate(("aa11", "bb22", "cc33")):
        store.save(key, sine(), {})
        os.utime(store.root / "takes" / key[:2] / f"{key}.take", (time.time() - age * 1000,) * 2)
    size = store.usage().take_bytes // 3
    store.prune(size=2 * size + 10)
    assert [store.load(key) is not None for key in ("aa11", "bb22", "cc33")] == [True, True, False]


def test_blobs_have_a_limit_of_their_own_and_the_newest_stays(tmp_path: Path) -> None:
    store = Store(tmp_path / "store", blob_bytes=2500)
    store.save("ab12", sine(), {})
    for age, key in enumerate(("aa", "bb", "cc")):
        kept = store.keep(key, b"x" * 1000)
        os.utime(kept, (time.time() - 100 + age,) * 2)
    assert store.blob("aa") is None and store.blob("bb") and store.blob("cc")
    assert store.load("ab12") is not None


def test_clear_forgets_takes_blobs_and_redo_numbers(store: Store) -> None:
    store.save("ab12", sine(), {})
    store.keep("cd34", b"x" * 1000)
    store.renew(take_key.utterance(line("Hi.", redo=2), Parrot), 2)
    gone = store.clear()
    assert (gone.takes, gone.blobs) == (1, 1)
    assert store.usage().takes == 0 and store.current(take_key.utterance(line("Hi."), Parrot)) == 0


def test_the_store_is_where_the_user_says_or_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "mine"))
    assert default_root() == tmp_path / "mine" == Store().root
    monkeypatch.delenv("DUB_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert default_root() == tmp_path / "cache" / "dub" or not (tmp_path / "cache").exists()


def test_espeak_and_tone_have_different_keys_for_the_same_words(store: Store) -> None:
    assert take_key.asked(line("Hello."), Espeak) != take_key.asked(line("Hello."), Tone)


# many machines, one folder


def _live(root: Path, number: int, seconds: float, found: multiprocessing.Queue[tuple[int, int]]) -> None:
    """A machine of a farm: writes, reads, keeps and blobs what others write, read and remove."""
    store, end, hits, wrong = Store(root, blob_bytes=60_000), time.monotonic() + seconds, 0, 0
    turn = 0
    while time.monotonic() < end or turn < 40:
        turn += 1
        name = (turn * 7 + number * 3) % 24
        value = name / 64
        if turn % 3 == 0:
            store.save(f"{name:04x}", Audio(np.full(4_000, value, np.float32), 8000), {"value": value})
            store.keep(f"{name:04x}", bytes([name]) * 5_000)
        audio, blob = store.load(f"{name:04x}"), store.blob(f"{name:04x}")
        if audio is not None:
            hits += 1
            wrong += not (len(audio.samples) == 4_000 and bool((audio.samples == np.float32(value)).all()))
        if blob is not None:
            with suppress(FileNotFoundError):  # pruned between the look and the reading: a miss
                wrong += blob.read_bytes() != bytes([name]) * 5_000
        if turn % 17 == number:
            store.prune(size=150_000)
    found.put((hits, wrong))


@pytest.mark.parametrize("processes", [6, pytest.param(24, marks=pytest.mark.long)])
def test_many_machines_write_read_and_prune_one_store_and_none_reads_a_wrong_byte(store: Store, processes: int) -> None:
    context = multiprocessing.get_context("forkserver")
    found: multiprocessing.Queue[tuple[int, int]] = context.Queue()
    seconds = 1.0 if processes < 10 else 30.0
    jobs = [context.Process(target=_live, args=(store.root, number, seconds, found)) for number in range(processes)]
    for job in jobs:
        job.start()
    told = [found.get(timeout=200) for _ in jobs]
    for job in jobs:
        job.join()
    assert [job.exitcode for job in jobs] == [0] * processes
    assert sum(hits for hits, _ in told) > processes and sum(wrong for _, wrong in told) == 0
    assert not list(store.root.rglob("*.tmp"))
    assert store.prune(size=0).takes <= 24 and store.usage().takes == 0
