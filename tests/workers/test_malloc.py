"""A process that has worked on large blocks of sound is small again, though it holds on to little things among them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is freed")

WORK = """
import sys
from pathlib import Path
from dubber.workers import malloc as memory
if sys.argv[1] == "frugal":
    memory.limit_malloc_retention()
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
before = resident()
del (whole := [bytearray(b"x" * 30_000_000)])[:]  # what makes glibc keep blocks of up to that size
blocks, notes = [], []
for _ in range(60):
    blocks.append(bytearray(b"x" * 1_500_000))
    notes.append(bytes(100_000))
blocks.clear()
print(resident() - before)
"""


def grown(how: str) -> float:
    """MB by which a process has grown."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}  # Dask sets them
    done = subprocess.run([sys.executable, "-c", WORK, how], capture_output=True, text=True, check=True, env=environ)
    return float(done.stdout)


def test_freed_blocks_go_back_to_the_system() -> None:
    assert grown("as it comes") > 50
    assert grown("frugal") < 15
