"""A program run and measured: wall time, CPU seconds and peak memory of it and all that it starts. Linux."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

SUBREAPER = 36  # linux/prctl.h: orphans of what we start become ours, so that their CPU time is counted


@dataclass(frozen=True)
class Cost:
    """wall, cpu: seconds. peak: MB of all processes together (PSS: what several share is counted once); 0: not asked.
    processes: how many there were at the peak."""

    wall: float
    cpu: float
    peak: float = 0.0
    processes: int = 0


def measured(
    arguments: Sequence[str], *, memory: float = 0.0, environ: Mapping[str, str] | None = None, fails: bool = False
) -> Cost:
    """Run it to its end. memory: seconds between two looks at its memory; 0: none. fails: it may."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    os.sync()  # what others wrote is not this one's to wait for
    before, began = _cpu(), time.monotonic()
    with tempfile.TemporaryFile() as words:
        child = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=words, stderr=words, env={**_installed(), **(environ or {})}
        )
        watch = _Watch(child.pid, memory)
        status = child.wait()
        wall = time.monotonic() - began
        watch.stop()
        with suppress(ChildProcessError):
            while os.waitpid(-1, 0):
                pass
        if status and not fails:
            words.seek(0)
            raise SystemExit(f"{' '.join(arguments)[:300]}\n{words.read().decode(errors='replace')[-3000:]}")
    return Cost(wall, _cpu() - before, watch.peak, watch.processes)


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure; the highest peak."""
    return Cost(
        median(cost.wall for cost in costs), median(cost.cpu for cost in costs), max(cost.peak for cost in costs),
        max(cost.processes for cost in costs),
    )  # fmt: skip


def load() -> str:
    """What else the machine was doing, to stand beside every figure."""
    one, five, _ = os.getloadavg()
    return f"load {one:.1f} (5 min: {five:.1f}) on {len(os.sched_getaffinity(0))} processors"


def dub(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dubber", *arguments]


def _installed() -> dict[str, str]:
    """The environment of an installed program: its modules are compiled once, not at each start."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "dub-benchmarks" / "compiled"), **kept}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watch:
    """Looks at the memory of a process and all its descendants, again and again."""

    def __init__(self, root: int, every: float) -> None:
        self.root, self.every, self.peak, self.processes = root, every, 0.0, 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        if every:
            self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self.every:
            self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(self.every):
            sizes = [_pss(pid) for pid in _family(self.root)]
            if sum(sizes) > self.peak:
                self.peak, self.processes = sum(sizes), len([size for size in sizes if size])


def _family(root: int) -> set[int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    family, found = {root}, {root}
    while found := {pid for pid, parent in parents.items() if parent in found and pid not in family}:
        family |= found
    return family


def _pss(pid: int) -> float:
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    return 0.0
