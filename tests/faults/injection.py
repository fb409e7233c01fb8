"""The n-th write, fsync, rename, start of a program or read from the network fails, wherever in a job it comes.

As a program: does a job with the n-th call failing, n = 1, 2, 3, ..., until one passes untouched; after each, with
nothing failing, the same job again. Prints a line of JSON for each n. It has to be started with failing.c preloaded
(`started`), so that ffmpeg and the worker processes fail as well.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.faults.jobs import ROOT, Place, digest, skip

KINDS = {"write": 1, "fsync": 2, "rename": 3, "start": 4, "receive": 5, "damaged": 1, "unreadable": 6, "readonly": 7}
ERRORS = {"write": errno.ENOSPC, "fsync": errno.EIO, "rename": errno.EIO, "start": errno.ENOMEM,
          "receive": errno.ECONNRESET, "damaged": errno.EIO, "unreadable": errno.EIO,
          "readonly": errno.EROFS}  # fmt: skip
FIELDS = struct.Struct("6i")  # kind, at, seen, lasting, error, hit: as in failing.c
MOST = 400  # a job that makes more calls of a kind than this is not the small one that is meant


def library(folder: Path) -> Path:
    """failing.c, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        skip("making calls of the system fail needs Linux and a C compiler")
    made = folder / "failing.so"
    source = str(Path(__file__).with_name("failing.c"))
    subprocess.run([str(compiler), "-O1", "-Wall", "-shared", "-fPIC", "-o", str(made), source, "-ldl"], check=True)
    return made


def started(place: Place, kind: str, *more: str, lasting: bool = False, step: int = 1) -> list[dict[str, Any]]:
    """What became of the jobs, n = 1, 1 + step, ...; the last one is the one that nothing befell."""
    shared = place.folder / "faults"
    shared.write_bytes(bytes(FIELDS.size))
    environ = {**place.environ(), "LD_PRELOAD": str(library(place.folder)), "FAULTS_FILE": str(shared)}
    environ |= {"FAULTS_ROOT": str(place.folder), "TMPDIR": str(place.folder / "tmp")}
    (place.folder / "tmp").mkdir()
    words = [sys.executable, "-m", "tests.faults.injection", str(place.folder), kind, str(int(lasting)), str(step)]
    done = subprocess.run([*words, *more], env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


class Switch:
    """The shared integers, seen from here."""

    def __init__(self) -> None:
        self._file = Path(os.environ["FAULTS_FILE"]).open("r+b")  # noqa: SIM115
        self._shared = mmap.mmap(self._file.fileno(), FIELDS.size)

    def arm(self, kind: str, at: int, lasting: bool) -> None:
        self._shared[:] = FIELDS.pack(KINDS[kind], at, 0, int(lasting), ERRORS[kind], 0)

    def disarm(self) -> int:
        """How many calls failed."""
        hit = FIELDS.unpack(self._shared[:])[5]
        self._shared[:] = bytes(FIELDS.size)
        return int(hit)


def _ordeal(folder: Path, kind: str, lasting: bool, step: int) -> None:
    place, switch = Place(folder), Switch()
    before = place.sources()
    place.run()
    undisturbed = digest(place.out)
    for number in range(1, MOST, step):
        _clean(place)
        switch.arm(kind, number, lasting)
        said = _said(place)
        hit = switch.disarm()
        row: dict[str, Any] = {"n": number, "hit": hit, "said": said, "there": place.out.exists()}
        row |= {"left": place.left(), "half": place.half(), "takes": list(place.takes().values())}
        row["same"] = place.out.exists() and digest(place.out) == undisturbed
        row["again"] = _said(place)
        row["left_after"] = place.left()
        row["whole"] = place.out.exists() and digest(place.out) == undisturbed
        row["sources"] = place.sources() == before
        print(json.dumps(row), flush=True)  # noqa: T201
        if not hit:
            return


def _said(place: Place) -> str:
    """ "" for a film; the error's class and words."""
    try:
        outcome = place.run()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if outcome.complete else f"incomplete: {outcome.report.incomplete}"


def _clean(place: Place) -> None:
    shutil.rmtree(place.store, ignore_errors=True)
    shutil.rmtree(place.out.parent)
    place.out.parent.mkdir()


if __name__ == "__main__":
    _ordeal(Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "1", int(sys.argv[4]))
