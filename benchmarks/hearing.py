"""What `verify = "all"` costs beside the recogniser's own time on the same takes; nothing stored, one processor.

    python -m benchmarks hearing [--minutes 30] [--recogniser NAME]

The same film without verification, with it, and then the recogniser alone in one process, which hears the takes that
the second run stored. CPU seconds count what each of them and all that they start have used, whoever else is at work.
Linux.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks._films import FOLDER, synthetic
from benchmarks._measure import Cost, dub, load, measured
from dubber.files.store import Store
from dubber.models.recogniser import choose, opened

ESPEAK = '[voices.e]\nbackend = "espeak"\n[casting]\npool = ["e"]\nnarrator = "e"\n'


def run(arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks hearing")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--recogniser", default="", help="as synthesis.recogniser; empty: one that is here")
    asked = parser.parse_args(arguments)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    folder = FOLDER / "hearing"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "espeak.toml").write_text(ESPEAK)
    made = synthetic(asked.minutes * 60, light=True)
    began = load()
    without, heard = (_dubbed(made.film, made.subtitles, folder, verify, asked.recogniser) for verify in ("off", "all"))
    takes = sum(1 for _ in _heard(Store(folder / "all")))
    alone = measured([sys.executable, "-m", "benchmarks.hearing", str(folder / "all"), asked.recogniser])
    over = (heard.cpu - without.cpu) / alone.cpu - 1
    print(f"{asked.minutes:g} min, {made.lines} lines, {takes} takes heard; CPU s (wall s):")
    print(f"without {_shown(without)}, with {_shown(heard)}, the recogniser alone {_shown(alone)}")
    print(f"verify costs {100 * over:+.1f} % of the recogniser's own time more than that; {began}")
    return {"lines": made.lines, "takes": takes, "without": without.cpu, "with": heard.cpu, "alone": alone.cpu}


def _dubbed(film: Path, subtitles: Path, folder: Path, verify: str, recogniser: str) -> Cost:
    settings = ["--set", f"synthesis.verify={verify}", "--set", f"synthesis.recogniser={recogniser}"]
    asked = dub(str(film), str(subtitles), "-p", str(folder / "espeak.toml"), "-q", *settings)
    out = folder / f"{verify}.mp4"
    cost = measured([*asked, "-o", str(out)], environ={"DUB_STORE": str(folder / verify)}, fails=True)
    if not out.exists():  # lines that are doubted, or do not fit, are a status too
        raise SystemExit(f"{out} was not written")
    return cost


def _shown(cost: Cost) -> str:
    return f"{cost.cpu:.1f} ({cost.wall:.0f})"


def _heard(store: Store) -> Iterator[str]:
    """The takes whose words were heard."""
    for path in sorted(store.root.glob("takes/*/*.take")):
        if "heard" in (store.glance(path.stem) or {}):
            yield path.stem


def alone(root: str, recogniser: str) -> None:
    """The recogniser, and nothing else but reading the sound."""
    store, choice = Store(Path(root)), choose(recogniser, "", "en", 1)
    assert choice is not None
    for key in _heard(store):
        sound = store.load(key)
        assert sound is not None
        opened(choice).transcribe(sound, "en")


if __name__ == "__main__":
    alone(*sys.argv[1:])
