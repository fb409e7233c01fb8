"""Languages: which the detector sees in ten and in three lines of subtitles, of files that are sorted by language.

python -m benchmarks languages FOLDER       FOLDER/de/*.srt, FOLDER/pt-BR/*.vtt, ...
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from dubber.errors import InputError
from dubber.job import corpus
from dubber.job.subtitle_files import read
from dubber.languages import Detect, close, standard
from dubber.models.language_detector import Detector
from dubber.subtitles import Reading

MOST = 400  # samples of a language


def run(arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks languages")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    detect = Detector()
    detect(["The model is loaded before the first measurement."])
    found = {}
    for place in sorted(one for one in folder.iterdir() if one.is_dir() and standard(one.name)):
        samples = _samples(place)
        for lines in (10, 3):
            row = _row(place.name, [sample[:lines] for sample in samples], detect)
            found[f"{place.name} {lines}"] = row
            print(f"{place.name:8}{lines:3} lines {row}")
    return found


def _samples(folder: Path) -> list[list[str]]:
    """Ten consecutive cues each, of all the files of a language."""
    samples = []
    for path in corpus.files(folder):
        try:
            cues = read(path, Reading(), language=folder.name).cues
        except InputError:
            continue
        samples += [[cue.text for cue in cues[at : at + 10]] for at in range(0, len(cues) - 9, 10)]
    random.Random(folder.name).shuffle(samples)
    return samples[:MOST]


def _row(language: str, samples: list[list[str]], detect: Detect) -> dict[str, Any]:
    """How many samples; which were surely another language, or one that is hardly another; how many were not sure."""
    began = time.process_time()
    seen = [detect(sample) for sample in samples]
    wrong = Counter(one.language for one in seen if one.sure and not close(one.language, language))
    alike = Counter(one.language for one in seen if one.sure and close(one.language, language))
    del alike[standard(language).split("-")[0]]
    spent = 1000 * (time.process_time() - began) / max(1, len(samples))
    unsure = sum(not one.sure for one in seen)
    return {
        "samples": len(samples),
        "wrong": dict(wrong),
        "alike": dict(alike),
        "unsure": unsure,
        "ms": round(spent, 2),
    }
