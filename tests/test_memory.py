"""A process that has worked on large blocks of sound is small again, though it holds on to little things among them."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is freed")

WORK = """
import sys
from pathlib import Path
from dubber import memory
if sys.argv[1] == "frugal":
    memory.frugal()
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
before = resident()
del (whole := [bytearray(b"x" * 30_000_000)])[:]  # what makes glibc keep blocks of up to that size
blocks, notes = [], []
for _ in range(60):
    blocks.append(bytearray(b"x" * 1_500_000))
    notes.append(bytes(1000))
blocks.clear()
print(resident() - before)
"""


def grown(how: str) -> float:
    """MB by which a process has grown."""
    done = subprocess.run([sys.executable, "-c", WORK, how], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_freed_blocks_go_back_to_the_system() -> None:
    assert grown("as it comes") > 20
    assert grown("frugal") < 5
