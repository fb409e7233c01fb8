"""Lines become takes whatever the servers do, and nothing is asked for twice."""

from __future__ import annotations

import itertools
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from dubber.errors import BackendError, BackendUnavailable, InputError, ToolError
from dubber.files.store import Store
from dubber.job.estimate import foreseen
from dubber.job.redo import cue_numbers, redone
from dubber.model import Audio, Event, Line, Span, Take
from dubber.synthesis.pool import Pool
from dubber.synthesis.settings import Synthesis
from dubber.synthesis.synthesize import Failure, synthesize
from dubber.timecode import cue_at
from tests.houses import OPENED, House, build_street, hum, line

Street = dict[str, House]
QUICK = Synthesis(backoff=0.02, rest=0.05, patience=10.0, timeout=60.0)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    yield from build_street(tmp_path, monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def speak(
    lines: list[Line], store: Store, *servers: str, settings: Synthesis = QUICK, in_flight: int = 1
) -> dict[int, Take | Failure]:
    options = {"hum": {"servers": servers or ("one",), "in_flight": in_flight}}
    found = {outcome.line.index: outcome for outcome in synthesize(lines, options, store, settings)}
    assert len(found) == len(lines)
    return found


def takes(outcomes: dict[int, Take | Failure]) -> list[Take]:
    return [outcome for outcome in outcomes.values() if isinstance(outcome, Take)]


def many(count: int) -> list[Line]:
    return [line(index, f"This is line number {index}.") for index in range(1, count + 1)]


# nothing twice


def test_a_second_run_opens_no_backend(street: Street, store: Store) -> None:
    first = speak(many(5), store)
    OPENED.clear()
    second = speak(many(5), store)
    assert {take.origin for take in takes(first)} == {"fresh"}
    assert {take.origin for take in takes(second)} == {"stored"}
    assert not OPENED and len(street["one"].asked) == 5
    assert [replace(take, origin="fresh") for take in takes(second)] == sorted(takes(first), key=lambda t: t.line.index)


def test_one_edited_cue_is_one_line_asked_for(street: Street, store: Store) -> None:
    speak(many(5), store)
    speak([*many(4), line(5, "This is something else.")], store)
    assert [asked.text for asked in street["one"].asked[5:]] == ["This is something else."]


def test_the_same_words_in_the_same_voice_are_spoken_once(street: Street, store: Store) -> None:
    outcomes = speak([line(index, "Yes, of course.") for index in range(1, 6)], store)
    assert len(street["one"].asked) == 1 and len(takes(outcomes)) == 5


def test_a_take_is_stored_the_moment_it_is_there(street: Street, store: Store) -> None:
    """A job that is stopped after three lines has three lines."""
    running = synthesize(many(20), {}, store, QUICK)
    for _ in range(3):
        next(running)
    cast(Generator[object], running).close()
    assert 3 <= store.usage().takes <= 4


# failing lines


def test_a_line_that_fails_twice_is_tried_with_other_seeds_and_kept_under_its_own_key(
    street: Street, store: Store
) -> None:
    street["one"].rule = lambda line, number: BackendError("out of luck") if number < 3 else None
    (take,) = takes(speak([line(1, "Third time lucky.")], store))
    seeds = [asked.voice.get("seed", 7) for asked in street["one"].asked]
    assert take.origin == "retried" and len(set(seeds)) == 3 and all(0 <= int(str(seed)) <= 1000 for seed in seeds)
    assert takes(speak([line(1, "Third time lucky.")], store))[0].origin == "stored"


def test_a_line_that_fails_three_times_is_listed_and_the_others_go_on(street: Street, store: Store) -> None:
    street["one"].rule = lambda line, number: BackendError("cannot say that") if "number 3" in line.text else None
    outcomes = speak(many(8), store)
    assert len(takes(outcomes)) == 7
    failed = outcomes[3]
    assert isinstance(failed, Failure) and failed.reason == "cannot say that"
    assert sum("number 3" in asked.text for asked in street["one"].asked) == 3


def test_a_line_that_fails_at_every_server_is_listed_too(street: Street, store: Store) -> None:
    fails = House(lambda line, number: BackendError("cannot say that") if "number 3" in line.text else None)
    street |= {"a": fails, "b": fails}
    outcomes = speak(many(6), store, "a", "b")
    assert len(takes(outcomes)) == 5 and isinstance(outcomes[3], Failure)
    assert sum("number 3" in asked.text for asked in fails.asked) == 3


def test_a_faster_reading_that_fails_is_not_called_a_line_that_is_not_spoken(street: Street, store: Store) -> None:
    street["one"].rule = lambda line, number: BackendError("cannot hurry") if line.speed > 1 else None
    events: list[Event] = []
    every = [*many(1), *(replace(one, speed=1.3) for one in many(2))]
    list(synthesize(every, {}, store, replace(QUICK, tries=1), on_event=events.append))
    said = [event.message for event in events if event.kind == "warning"]
    assert said == [
        f"{cue_at(cue, one.window.start)}: not read 1.30 times as fast, its usual reading is played faster instead: "
        "cannot hurry"
        for cue, one in enumerate(many(2), 1)
    ]


def test_a_fault_of_the_profile_is_not_tried_again(street: Street, store: Store) -> None:
    street["one"].rule = lambda line, number: InputError("no such preset") if "number 2" in line.text else None
    outcomes = speak(many(3), store)
    assert isinstance(outcomes[2], Failure) and len(street["one"].asked) == 3


def test_a_foreign_exception_is_one_failed_line(street: Street, store: Store) -> None:
    street["one"].rule = lambda line, number: KeyError("b") if "number 2" in line.text else None
    failed = speak(many(3), store)[2]
    assert isinstance(failed, Failure) and "KeyError" in failed.reason


def test_retry_after_is_obeyed(street: Street, store: Store) -> None:
    street["one"].rule = lambda line, number: BackendError("busy", retry_after=0.4) if number == 1 else None
    speak([line(1, "Wait for me, please.")], store)
    first, second = street["one"].times
    assert 0.4 <= second - first < 4.0


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (Audio(np.zeros(0, np.float32), 16000), "no sound"),
        (Audio(np.zeros(16000, np.float32), 16000), "exactly one second of silence"),
        (Audio(np.zeros(20000, np.float32), 16000), "only silence"),
        (Audio(np.full(20000, np.nan, np.float32), 16000), "no numbers"),
        (hum("x" * 1000), "too long"),
        (hum("x"), "too short"),
        (Audio(np.sign(np.sin(np.arange(20000) / 9)).astype(np.float32), 16000), "clipped"),
    ],
)
def test_what_is_no_speech_never_enters_the_store(street: Street, store: Store, bad: Audio, said: str) -> None:
    street["one"].rule = lambda line, number: bad if "number 2" in line.text else None
    outcomes = speak(many(3), store)
    failed = outcomes[2]
    assert isinstance(failed, Failure) and said in failed.reason
    assert store.usage().takes == 2


def test_half_the_words_are_noticed_once_the_voice_is_known(street: Street, store: Store) -> None:
    speak([line(index, f"This is the line with the number {index}, and more.") for index in range(1, 20)], store)
    text = "This is another one of about that same length, is it not?"
    street["one"].rule = lambda line, number: hum(line.text[: len(line.text) // 2]) if number == 20 else None
    (take,) = takes(speak([line(30, text)], store))
    assert take.origin == "retried" and take.spans[0].length > 3000


def test_dots_alone_are_silence_and_no_failure(street: Street, store: Store) -> None:
    street["one"].rule = lambda line, number: Audio(np.zeros(1600, np.float32), 16000)
    assert len(takes(speak([line(1, "...")], store))) == 1


# failing servers


def test_a_broken_server_among_three_rests_and_loses_no_line(street: Street, store: Store) -> None:
    street |= {"bad": House(lambda line, number: BackendError("HTTP 500")), "two": House(seconds=0.01)}
    street["one"].seconds = 0.01
    outcomes = speak(many(60), store, "one", "bad", "two", settings=replace(QUICK, rest=0.3))
    assert len(takes(outcomes)) == 60
    assert 5 <= len(street["bad"].asked) <= 12
    assert min(len(street["one"].asked), len(street["two"].asked)) > 15


def test_a_server_that_dies_and_comes_back_finishes_the_job(street: Street, store: Store) -> None:
    down = BackendUnavailable("nobody answers there")
    street["one"].rule = lambda line, number: down if 5 <= number < 9 else None
    assert len(takes(speak(many(12), store))) == 12


def test_a_resting_server_is_tried_with_one_line(street: Street, store: Store) -> None:
    street["one"] = House(lambda line, number: BackendUnavailable("down") if number < 8 else None, seconds=0.02)
    speak(many(12), store, in_flight=4)
    gaps = np.diff(sorted(street["one"].times)[4:8])
    assert (gaps > 0.04).all()


def test_servers_rest_by_the_clock_that_the_pool_is_given(street: Street, store: Store) -> None:
    """Rests of half an hour are over in moments when its hours are."""
    street["one"].rule = lambda line, number: BackendUnavailable("nobody answers") if number == 1 else None
    hours = itertools.count(step=600.0)
    settings = replace(QUICK, rest=1800.0, patience=36_000.0, timeout=36_000.0)
    pool = partial(Pool, clock=lambda: next(hours))
    began = time.monotonic()
    outcomes = list(synthesize(many(1), {"hum": {"servers": ("one",)}}, store, settings, pool=pool))
    assert [type(one) for one in outcomes] == [Take] and len(street["one"].asked) == 2
    assert time.monotonic() - began < 60


def test_when_no_server_comes_back_in_time_each_line_says_so(street: Street, store: Store) -> None:
    street["one"].rule = lambda line, number: BackendUnavailable("nobody answers") if number > 2 else None
    began = time.monotonic()
    outcomes = speak(many(6), store, settings=replace(QUICK, patience=0.4))
    assert 0.3 < time.monotonic() - began < QUICK.patience / 2
    assert len(takes(outcomes)) == 2
    assert {failed.reason for failed in outcomes.values() if isinstance(failed, Failure)} == {
        "no server came back within 0.4 s: nobody answers"
    }


def test_a_wrong_key_ends_the_job_at_once(street: Street, store: Store) -> None:
    street["one"].rule = lambda line, number: BackendUnavailable("wrong key", advice="set DUB_KEY", lasting=True)
    with pytest.raises(BackendUnavailable, match="set DUB_KEY"):
        speak(many(6), store)
    assert len(street["one"].asked) == 1


def test_a_wrong_key_at_one_server_leaves_the_lines_to_the_other(street: Street, store: Store) -> None:
    street["bad"] = House(lambda line, number: BackendUnavailable("wrong key", lasting=True))
    assert len(takes(speak(many(6), store, "bad", "one"))) == 6
    assert len(street["bad"].asked) == 1


def test_a_server_that_hangs_loses_the_line_to_another(street: Street, store: Store) -> None:
    speak([line(99, "Once to warm up.")], store)
    street["slow"] = House(seconds=60)
    began = time.monotonic()
    outcomes = speak(many(4), store, "slow", "one", settings=replace(QUICK, timeout=1.0))
    assert len(takes(outcomes)) == 4 and time.monotonic() - began < 30


def test_warnings_name_the_server_that_rests(street: Street, store: Store) -> None:
    street["one"].rule = lambda line, number: BackendUnavailable("nobody answers") if number == 1 else None
    events: list[Event] = []
    list(synthesize(many(2), {}, store, QUICK, on_event=events.append))
    assert any(event.kind == "warning" and "one rests" in event.message for event in events)
    steps = [event for event in events if event.kind == "step"]
    assert [event.done for event in steps] == [1, 2] and steps[0].total == 2


# many servers


def test_four_servers_speak_four_lines_at_once(street: Street, store: Store) -> None:
    """Each waits until all four have a line: `python -m benchmarks servers` measures what that saves."""
    together = threading.Barrier(4, timeout=60)

    def rule(line: Line, number: int) -> None:
        together.wait()

    street |= {name: House(rule) for name in ("a", "b", "c", "d")}
    assert len(takes(speak(many(16), store, "a", "b", "c", "d"))) == 16
    assert [len(street[name].asked) for name in ("a", "b", "c", "d")] == [4, 4, 4, 4]


def test_a_server_is_asked_for_no_more_lines_at_once_than_it_may(street: Street, store: Store) -> None:
    street["one"].seconds = 0.02
    speak(many(20), store, in_flight=3)
    assert street["one"].busiest == 3


def test_voices_are_switched_least(street: Street, store: Store) -> None:
    street |= {name: House(seconds=0.002) for name in ("a", "b")}
    lines = [line(index, f"Line number {index}.", pitch=100.0 + index % 4) for index in range(1, 81)]
    speak(lines, store, "a", "b")
    assert street["a"].switches + street["b"].switches <= 4


def test_two_slots_of_one_server_speak_one_voice(street: Street, store: Store) -> None:
    street["one"].seconds = 0.002
    lines = [line(index, f"Line number {index}.", pitch=100.0 + index % 4) for index in range(1, 41)]
    speak(lines, store, in_flight=2)
    assert street["one"].switches == 3 and street["one"].busiest == 2


# what computes here


def test_a_line_that_ends_its_process_three_times_is_listed_and_the_others_are_spoken(
    street: Street, store: Store
) -> None:
    lines = [line(index, f"Line {index} of ten.", backend="bomb") for index in range(1, 10)]
    lines.insert(4, line(10, "BOOM goes this line.", backend="bomb"))
    outcomes = {found.line.index: found for found in synthesize(lines, {}, store, replace(QUICK, workers=2))}
    assert isinstance(outcomes[10], Failure) and "ends the whole process" in outcomes[10].reason
    assert len(takes(outcomes)) == 9


def test_ctrl_c_ends_processes_and_hanging_servers_within_a_second_and_keeps_the_takes(tmp_path: Path) -> None:
    script = f"""
import sys, pathlib
sys.path.insert(0, {str(ROOT / "tests")!r})
from tests.houses import line
from dubber.files.store import Store
from dubber.synthesis.synthesize import synthesize
if __name__ == "__main__":
    lines = [line(i, "This is line number %d of a long film." % i, backend="espeak") for i in range(5000)]
    for number, take in enumerate(synthesize(lines, {{}}, Store(pathlib.Path({str(tmp_path)!r})))):
        if number == 20: print("running", flush=True)
"""
    path = tmp_path / "job.py"
    path.write_text(script)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    job = subprocess.Popen(
        [sys.executable, str(path)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert job.stdout and job.stdout.readline() == b"running\n"
    began = time.monotonic()
    os.killpg(job.pid, signal.SIGINT)
    _, errors = job.communicate(timeout=20)
    others = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # a second, on a machine that does nothing else
    assert time.monotonic() - began < 1.0 * others
    assert errors.count(b"Traceback") == 1 and b"KeyboardInterrupt" in errors
    assert not still_alive(job.pid)
    assert Store(tmp_path).usage().takes >= 20


def still_alive(group: int) -> list[str]:
    """Processes of a group that still run half a second later; a dead one that nobody collects does not."""
    time.sleep(0.5)
    states = [
        path.read_text().rpartition(")")[2].split() for path in Path("/proc").glob("[0-9]*/stat") if path.exists()
    ]
    return [state[0] for state in states if int(state[2]) == group and state[0] not in "ZX"]


# what a take says of itself


def test_a_disk_that_is_full_names_the_folder_and_asks_no_more(street: Street, store: Store) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(ToolError, match="store cannot be written") as caught:
            speak([line(1, "A line so long that it does not fit the disk any more.")], store)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(store.root) in str(caught.value) and len(street["one"].asked) == 1
    assert not list(store.root.glob("*/*/*"))


def test_outer_silence_is_not_part_of_the_span(street: Street, store: Store) -> None:
    voiced, quiet = hum("A line with silence around it."), np.zeros(8000, np.float32)
    street["one"].rule = lambda line, number: Audio(np.concatenate([quiet, voiced.samples, quiet]), 16000)
    (take,) = takes(speak([line(1, "A line with silence around it.")], store))
    assert take.spans[0].start == pytest.approx(500, abs=15)
    assert take.spans[0].end == pytest.approx(500 + voiced.milliseconds, abs=30)
    assert len((store.facts(take.key) or {})["energies"]) == pytest.approx((1000 + voiced.milliseconds) / 100, abs=1)


def test_phrases_are_cut_at_the_pause_nearest_to_their_share(street: Street, store: Store) -> None:
    first, second, pause = hum("I have told you."), hum("Never come back here again."), np.zeros(6400, np.float32)
    joined = Audio(np.concatenate([first.samples, pause, second.samples]), 16000)
    street["one"].rule = lambda line, number: joined
    (take,) = takes(speak([line(1, "I have told you.", "Never come back here again.")], store))
    one, two = take.spans
    assert one.end == pytest.approx(first.milliseconds, abs=30)
    assert two.start == pytest.approx(first.milliseconds + 400, abs=30)
    assert take.pauses and take.natural == pytest.approx((one.length, two.length))


def test_phrases_without_a_pause_follow_one_another(street: Street, store: Store) -> None:
    (take,) = takes(speak([line(1, "one two three four", "five six seven eight")], store))
    one, two = take.spans
    assert one.end == two.start and one.length == pytest.approx(two.length, rel=0.15)


def test_a_faster_reading_knows_its_natural_length(tmp_path: Path, store: Store) -> None:
    slow = line(1, "This line is spoken twice, once fast.", backend="espeak")
    (usual,) = synthesize([slow], {}, store, replace(QUICK, workers=1))
    (fast,) = synthesize([replace(slow, speed=1.5)], {}, store, replace(QUICK, workers=1))
    assert isinstance(usual, Take) and isinstance(fast, Take)
    assert fast.spans[0].length < 0.8 * usual.spans[0].length
    assert fast.natural == pytest.approx(usual.natural)


# seen before


def test_takes_are_foreseen_from_the_store_or_estimated(street: Street, store: Store) -> None:
    (known,) = takes(speak([line(1, "This one is known already.")], store))
    stored, guessed = foreseen([line(1, "This one is known already."), line(2, "Not yet.", "Neither this.")], store)
    assert stored == replace(known, origin="stored")
    assert guessed.origin == "estimated" and len(guessed.spans) == 2
    assert isinstance(guessed.spans[0], Span) and 200 < guessed.spans[0].length < 2000
    assert len(street["one"].asked) == 1


# redone


def test_a_redone_cue_gets_a_new_take_that_later_runs_use(street: Street, store: Store) -> None:
    speak(many(3), store)
    again = list(redone(many(3), cue_numbers("2"), store))
    assert [line.redo for line in again] == [0, 1, 0]
    outcomes = speak(again, store)
    assert [outcome.origin for outcome in takes(outcomes)].count("fresh") == 1
    assert street["one"].asked[-1].voice.get("seed") not in (None, 7)
    later = list(redone(many(3), frozenset(), store))
    assert [line.redo for line in later] == [0, 1, 0]
    assert {take.origin for take in takes(speak(later, store))} == {"stored"}


def test_a_redo_that_fails_leaves_the_old_take_current(street: Street, store: Store) -> None:
    speak(many(1), store)
    street["one"].rule = lambda line, number: BackendError("no")
    speak(list(redone(many(1), frozenset({1}), store)), store)
    assert [line.redo for line in redone(many(1), frozenset(), store)] == [0]


def test_cue_numbers_are_numbers_and_ranges(street: Street, store: Store) -> None:
    assert cue_numbers("12,40-44") == {12, 40, 41, 42, 43, 44}
    for bad in ("x", "4-2", "-3", "1-999999999", "1.5"):
        with pytest.raises(InputError):
            cue_numbers(bad)
    with pytest.raises(InputError, match="no line speaks cue 9"):
        list(redone(many(3), frozenset({2, 9}), store))
