"""A few seconds of coverage-guided fuzzing in each run of the tests; hours of it are one command (see guided.py)."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SECONDS = int(os.environ.get("DUB_TESTS_FUZZ_SECONDS", "8"))


@pytest.mark.skipif(find_spec("atheris") is None, reason="no atheris for this Python; hypothesis does its part")
@pytest.mark.timeout(SECONDS + 120)
@pytest.mark.parametrize("kind", ["subtitles", "profile"])
def test_no_branch_of_a_reader_ends_in_anything_but_words(kind: str, tmp_path: Path) -> None:
    bounds = [f"-max_total_time={SECONDS}", "-timeout=10", "-rss_limit_mb=1500", "-max_len=4000", "-seed=1"]
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.guided", kind, *bounds, f"-artifact_prefix={tmp_path}/"],
        cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-3000:]
    assert not list(tmp_path.glob("crash-*"))
