"""A trained voice for the user's profiles: its reference recording, chosen from the slices, and the profile itself."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dubber.errors import InputError
from dubber.files import input_files, written
from dubber.training.labels import Label

SHORTEST, LONGEST, BEST = 3.0, 10.0, 6.0  # seconds of a reference: what the server takes, and what serves it well
ADVICE = "--overwrite replaces it; or take another name"
LOOKED_AT = 200  # slices whose sound is looked at


@dataclass(frozen=True, slots=True)
class Trained:
    """What makes a voice: weights by file name, a reference on this computer with its words, where it is spoken."""

    name: str
    language: str
    sovits: str
    gpt: str
    reference: Path
    transcript: str
    reference_language: str
    server: str


def best_slice(labels: Sequence[Label], folder: Path, ours: Callable[[Path], bool]) -> Label | None:
    """The label of the slice that serves best as a reference: 3 to 10 s, near 6 s, full of speech, not overdriven.

    ours: whether a file may be looked at (the server names them, and could name a link to one of the user's).
    """
    there = [(label, _seconds(folder / label.file)) for label in labels if label.text and ours(folder / label.file)]
    fitting = [(label, seconds) for label, seconds in there if SHORTEST <= seconds <= LONGEST]
    fitting.sort(key=lambda pair: abs(pair[1] - BEST))
    scored = [(_quality(folder / label.file, seconds), label) for label, seconds in fitting[:LOOKED_AT]]
    return max(scored, key=lambda pair: pair[0])[1] if scored else None


def _seconds(path: Path) -> float:
    try:
        with input_files.opened(path) as data, wave.open(data) as file:
            return float(file.getnframes() / file.getframerate())
    except (InputError, OSError, EOFError, wave.Error):
        return 0.0


def _quality(path: Path, seconds: float) -> float:
    """Higher is better: share of the time that is speech, less for clipping, less for another length than the best."""
    import numpy as np

    from dubber.media import audio

    try:
        sound = audio.decode(path.read_bytes())
    except (OSError, ValueError):
        return -10.0
    blocks = sound.samples[: len(sound.samples) // 512 * 512].reshape(-1, 512)
    levels = np.sqrt(np.mean(np.square(blocks), axis=1, dtype=np.float64))
    if not levels.size or levels.max() < 1e-3:
        return -10.0
    speech = float(np.mean(levels > levels.max() / 20))
    clipped = float(np.mean(np.abs(sound.samples) > 0.999))
    return speech - 50 * clipped - abs(seconds - BEST) / 10


def seconds_of(path: Path) -> float:
    """The length of a recording that the user names; raises InputError when it is none or the server refuses it."""
    from dubber.media import audio

    try:
        seconds = audio.decode(path.read_bytes()).milliseconds / 1000
    except (OSError, ValueError) as error:
        raise InputError(f"is no recording that can be read: {error}", where=str(path)) from None
    if not SHORTEST <= seconds <= LONGEST:
        raise InputError(f"lasts {seconds:.1f} s; a reference lasts {SHORTEST:g} to {LONGEST:g} s", where=str(path))
    return seconds


def files(folder: Path, name: str, reference: Path) -> tuple[Path, Path]:
    """Where a voice's profile lies and, beside it, its reference."""
    return folder / f"{name}.toml", folder / f"{name}{reference.suffix.lower() or '.wav'}"


def may_write(folder: Path, name: str, reference: Path, overwrite: bool) -> None:
    """Raise InputError when one of a voice's files is there and is not as we left it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in files(folder, name, reference):
        if not _same(path, reference):
            written.check(path, (), overwrite or written.ours(path), advice=ADVICE)


def write(folder: Path, voice: Trained, weights: Iterable[str], overwrite: bool) -> Path:
    """The profile of a voice and beside it its reference: each whole or not at all. Gives the profile's path."""
    may_write(folder, voice.name, voice.reference, overwrite)
    path, reference = files(folder, voice.name, voice.reference)
    if not _same(reference, voice.reference):
        written.write(reference, voice.reference.read_bytes(), overwrite=overwrite, advice=ADVICE)
    written.write(path, _toml(voice, reference.name, weights).encode(), overwrite=overwrite, advice=ADVICE)
    return path


def _same(path: Path, other: Path) -> bool:
    """Whether it is one file under both names: the user's own reference, kept beside the profile already."""
    return path.resolve() == other.resolve()


def _toml(voice: Trained, reference: str, weights: Iterable[str]) -> str:
    settings = {
        "backend": "gptsovits", "language": voice.language, "sovits": _file(voice.sovits), "gpt": _file(voice.gpt),
        "reference": reference, "transcript": voice.transcript, "reference_language": voice.reference_language,
    }  # fmt: skip
    lines = [
        f"# Written by `dub train {voice.name}`. Other weights of this training:",
        *(f"#   {' '.join(_file(name).split())}" for name in weights),
        f"about = {_text('The trained voice ' + voice.name)}",
        f"language = {_text(voice.language)}",
        "",
        "[backends.gptsovits]",
        f"servers = [{_text(voice.server)}]",
        "",
        f"[voices.{_text(voice.name)}]",
        *(f"{key} = {_text(value)}" for key, value in settings.items()),
        "",
        "[casting]",
        f"narrator = {_text(voice.name)}",
        f"pool = [{_text(voice.name)}]",
    ]
    return "\n".join(lines) + "\n"


def _file(weights: str) -> str:
    return PurePosixPath(weights.replace("\\", "/")).name


def _text(value: str) -> str:
    """A TOML string: JSON's, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
