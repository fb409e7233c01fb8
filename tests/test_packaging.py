"""What the package says of itself is what is tested, and a release can be made of it as docs/releasing.md has it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import dubber

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def targets(text: str) -> set[str]:
    """What is made where a file says `make ...`."""
    return set(re.findall(r"\bmake ([a-z][a-z-]*)", text))


def test_the_pythons_that_are_promised_are_those_that_ci_runs() -> None:
    promised = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", line)]
    listed = re.search(r"python: \[(.*)\]", WORKFLOW)
    assert listed and [version.strip(' "') for version in listed[1].split(",")] == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_each_step_of_ci_is_a_make_target_that_there_is() -> None:
    steps = re.findall(r"- run: (.*)", WORKFLOW)
    assert steps and all(step.startswith("make ") for step in steps)
    assert {"ubuntu-latest", "macos-latest", "windows-latest"} <= set(re.split(r"[\[\], ]+", WORKFLOW))
    missing = [name for name in targets("\n".join(steps)) if not re.search(rf"^{name}:", MAKEFILE, re.MULTILINE)]
    assert not missing


def test_the_make_targets_that_the_papers_name_are_there() -> None:
    papers = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "docs/releasing.md"]
    named = targets("\n".join(path.read_text(encoding="utf-8") for path in papers))
    assert {"demo", "test", "check", "docs", "release-check"} <= named
    real = {name for name in named if re.search(rf"^{name}:", MAKEFILE, re.MULTILINE)}
    assert named - real <= {"of", "that", "them"}, "a target that the Makefile lacks"


def test_the_change_log_has_its_sections_once_and_in_order() -> None:
    newest = CHANGES.split("\n## ", 2)[1]
    kinds = re.findall(r"^### (.*)$", newest, re.MULTILINE)
    assert kinds == [kind for kind in ("Added", "Changed", "Fixed") if kind in kinds]
    assert re.match(r"\[(Unreleased|\d+\.\d+\.\d+)\]", newest)
    assert not [line for line in newest.splitlines() if line.startswith(("* ", "+ "))], "one sign for all entries"


def test_a_release_is_not_tried_under_another_number() -> None:
    tried = subprocess.run([ROOT / ".ci/release-check", "99.0.0"], capture_output=True, text=True, check=False)
    assert tried.returncode == 1
    assert f"dubber/__init__.py says {dubber.__version__}, not 99.0.0" in tried.stdout
