"""What dub keeps on the disk: each kind with its size, its limit, and when it goes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dubber.files.store import Store
from dubber.models.weights import home
from dubber.paths import cache_folder

ANEW = "first, the least recently used; made anew when needed"
BLOBS = {
    "encoded": "encoded stretches of tracks",
    "stretched": "stretched lines",
    "bed": "where a film's sound is loud",
    "speech": "where a film speaks",
    "digest": "digests of large files",
    "language": "the unpacked model of languages",
    "": "of an earlier dub",
}
RECORDS = ("redo", "pace", "servers", "receipts", "made", "watch", "chosen", "beacons")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of what is kept. name: as `dub cache prune --kind` has it; limit: in bytes, None where there is none."""

    name: str
    about: str
    entries: int
    size: int
    limit: int | None
    goes: str


def kinds(store: Store) -> list[Kind]:
    """All kinds, in the order in which they are pruned: what costs nothing to make again first."""
    found = [*_blobs(store)]
    chosen, sizes = store.chosen(), {path.stem: size for path, size, _ in store.files("takes")}
    free = [size for key, size in sizes.items() if key not in chosen]
    kept = [size for key, size in sizes.items() if key in chosen]
    found.append(Kind("takes", "spoken lines", len(free), sum(free), None, "then, the least recently used"))
    found.append(Kind("chosen", "takes that a person chose", len(kept), sum(kept), None, "never"))
    records = _sizes(store.root / name for name in RECORDS)
    found.append(Kind("records", "what is ours, paid for, redone", *records, None, "never"))
    models = _sizes([home()])
    return [*found, Kind("models", f"fetched models: {home()}", *models, None, "never; remove their folders")]


def _blobs(store: Store) -> Iterator[Kind]:
    counts = {name: [0, 0] for name in BLOBS}
    for place in {store.root, cache_folder()}:
        for path, size, _ in Store(place).files("blobs"):
            name = kind_of(path)
            counts[name][0] += 1
            counts[name][1] += size
    for name, (entries, size) in counts.items():
        if name or entries:
            yield Kind(name or "other", BLOBS[name], entries, size, store.blob_bytes, ANEW)


def kind_of(path: Path) -> str:
    """The kind of a blob, which is a part of its name (sealed.key)."""
    name = path.name.removesuffix(".bin").partition(".")[2]
    return name if name in BLOBS else ""


def _sizes(folders: Iterable[Path]) -> tuple[int, int]:
    """How many files lie in these folders, and their bytes."""
    sizes = [
        os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 (as text: a store has thousands)
        for folder in folders
        for place, _, names in os.walk(folder)
        for name in names
    ]
    return len(sizes), sum(sizes)
