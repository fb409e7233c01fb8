"""Several at once: results as they come, memory flat, and an end when the user says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import cast

import pytest

from dubber.errors import BackendError
from dubber.workers.executors import Kind, abandon, each, in_order, open_executor

ROOT = Path(__file__).parents[2]


def square(number: int) -> int:
    if number == 13:
        raise BackendError("thirteen", retry_after=1.5)
    return number * number


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def die(_: int) -> None:
    os._exit(7)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_every_item_comes_back_with_its_result_or_its_error(kind: Kind) -> None:
    with open_executor(kind, 2) as executor:
        found = dict(each(executor, square, range(20), ahead=4))
    assert {item: result for item, result in found.items() if item != 13} == {n: n * n for n in range(20) if n != 13}
    assert isinstance(found[13], BackendError) and found[13].retry_after == 1.5


def test_results_come_as_they_are_done() -> None:
    with open_executor("threads", 2) as executor:
        assert [item for item, _ in each(executor, nap, [0.4, 0.01, 0.02], ahead=2)] == [0.01, 0.02, 0.4]


def test_no_more_items_are_taken_than_are_under_way() -> None:
    """A film of a million lines is never a list."""
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken + 100

    with open_executor("threads", 2) as executor:
        running = each(executor, square, items(), ahead=3)
        for done, _ in enumerate(running, 1):
            assert taken <= done + 3
            if done == 50:
                break
        cast(Generator[object], running).close()


def test_in_order_nothing_overtakes_and_no_more_is_held_than_asked_for() -> None:
    taken, given = list[int](), list[int]()

    def items() -> Iterator[int]:
        for number in range(12):
            taken.append(number)
            assert len(taken) - len(given) <= 4  # three, and the one that is just taken
            yield number

    def slow_at_first(number: int) -> int:
        time.sleep(0.05 if number % 3 == 0 else 0)
        return number

    with open_executor("threads", 3) as executor:
        for result in in_order(executor, slow_at_first, items(), ahead=3):
            given.append(result)
        assert given == list(range(12))
        with pytest.raises(ZeroDivisionError):
            list(in_order(executor, lambda number: 1 // number, [1, 0, 1], ahead=2))


def test_threads_are_as_many_as_asked_for() -> None:
    names: set[str] = set()

    def look(_: int) -> None:
        names.add(threading.current_thread().name)
        time.sleep(0.01)

    with open_executor("threads", 3) as executor:
        list(each(executor, look, range(30), ahead=10))
    assert len(names) == 3


def test_two_tasks_submitted_at_once_run_at_once() -> None:
    """An idle thread that has not woken yet is not counted twice."""
    meeting = threading.Barrier(2, timeout=5)
    with open_executor("threads", 2) as executor:
        list(each(executor, square, [1], ahead=1))
        for _ in range(50):
            futures = [executor.submit(meeting.wait) for _ in range(2)]
            assert sorted(future.result(5) for future in futures) == [0, 1]


def test_leaving_does_not_wait_for_a_thread_that_hangs() -> None:
    with open_executor("threads", 1) as executor:
        executor.submit(nap, 30)
        time.sleep(0.05)
        began = time.monotonic()
    assert time.monotonic() - began < 1


def test_a_process_that_dies_is_an_error_of_its_items() -> None:
    with open_executor("processes", 1) as executor:
        ((_, error),) = each(executor, die, [1], ahead=1)
    assert isinstance(error, Exception)


def test_abandoning_ends_processes_at_once() -> None:
    with open_executor("processes", 2) as executor:
        executor.submit(nap, 60)
        list(each(executor, square, [1], ahead=1))
        began = time.monotonic()
        abandon(executor)
    assert time.monotonic() - began < 2


FAR = """
from dubber.workers.executors import each, open_executor, warm
if __name__ == "__main__":
    warm(())
    with open_executor("processes", 2) as executor:
        print(*(result for _, result in each(executor, abs, [-1, -2, -3], ahead=1)))
"""


def test_a_temporary_folder_may_lie_deep(tmp_path: Path) -> None:
    """A socket's path ends after some hundred bytes, and Python's fork server has one there."""
    deep = tmp_path.joinpath(*["folder"] * 16)
    deep.mkdir(parents=True)
    (tmp_path / "job.py").write_text(FAR)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(deep)}
    done = subprocess.run([sys.executable, tmp_path / "job.py"], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["1", "2", "3"], done.stderr


ORPHAN = """
import os, sys, time
from dubber.workers.executors import open_executor
from tests_of_orphans import report
if __name__ == "__main__":
    with open_executor("processes", 2) as executor:
        print(*[future.result() for future in [executor.submit(report, 1), executor.submit(report, 1)]], flush=True)
        executor.submit(report, 60)
        time.sleep(60)
"""


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "tests_of_orphans.py").write_text(
        "import os, time\ndef report(seconds):\n    time.sleep(seconds)\n    return os.getpid()\n"
    )
    (tmp_path / "job.py").write_text(ORPHAN)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    job = subprocess.Popen([sys.executable, tmp_path / "job.py"], env=environment, stdout=subprocess.PIPE, text=True)
    assert job.stdout
    workers = [int(pid) for pid in job.stdout.readline().split()]
    job.send_signal(signal.SIGKILL)
    job.wait()
    job.stdout.close()
    assert len(set(workers)) == 2
    end = time.monotonic() + 5
    while any(map(runs, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(runs, workers))


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
