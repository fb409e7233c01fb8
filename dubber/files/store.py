"""Takes by what they are made of: resume is a hit, a second run asks nobody.

One file for each entry in 256 folders, written beside its final name, synced, renamed, the folder synced. Each entry
carries checksums, and a mismatch is a miss: a cut, zeroed or flipped file is spoken anew. Two processes may use one
store; the last writer of a key wins, and both wrote the same thing.

    takes/ab/abcd....take   sound and facts of a take       blobs/ab/abcd....bin    encoded segments and the like
    redo/ab/abcd....n       which take of a line is current pace/*.json             how long each voice takes
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from math import prod
from pathlib import Path
from secrets import token_hex
from time import time
from typing import TYPE_CHECKING, Any, BinaryIO

from dubber.errors import ToolError
from dubber.files import chosen
from dubber.files.atomic import make_folder, remove, write_whole
from dubber.model import Audio
from dubber.paths import default_root

if TYPE_CHECKING:
    pass

MAGIC = b"dubtake1"
HEADERS = 16_000_000  # bytes of a take's facts; what says that it has more is damaged
BLOBS = 2_000_000_000  # bytes of blobs kept; the least recently used go first
STALE = 3600.0  # s after which a temporary file is nobody's any more
READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)
DAMAGED = (OSError, ValueError, KeyError, struct.error)  # what an entry that is not there whole raises
_HEAD = struct.Struct("<8sI16s")  # magic, header's length, header's checksum


@dataclass(frozen=True, slots=True)
class Usage:
    """How much lies in a store: entries and bytes of takes and of blobs."""

    takes: int
    take_bytes: int
    blobs: int
    blob_bytes: int


class Store:
    """The takes of all jobs of a user. root is made when the first entry is saved."""

    def __init__(self, root: Path | None = None, *, blob_bytes: int = BLOBS) -> None:
        self.root = root or default_root()
        self.blob_bytes = blob_bytes
        self._blobs: int | None = None  # bytes of blobs as far as this process knows; None: not looked yet

    # takes

    def takes_of(self, asked: Collection[str]) -> dict[str, list[str]]:
        """The takes that there are of these keys, whoever spoke them, oldest first; no entry where there is none."""
        found: dict[str, list[tuple[float, str]]] = {}
        for part in sorted({key[:2] for key in asked}):
            for file in _listed(f"{self.root}/takes/{part}"):
                name, key = file.name.removesuffix(".take"), file.name.partition(".")[0]
                if key in asked and name != file.name:
                    found.setdefault(key, []).append((_mtime(Path(file.path)), name))
        return {key: [name for _, name in sorted(takes)] for key, takes in found.items()}

    def has(self, key: str) -> bool:
        """Whether there is an entry, whole or not: costs no look into it."""
        return self._path("takes", key, ".take").is_file()

    def load(self, key: str) -> Audio | None:
        """The sound, or None when it is not there whole."""
        import numpy as np

        entry = self._entry(key)
        if entry is None:
            return None
        facts, data = entry
        samples = np.frombuffer(data, np.dtype(facts["dtype"]))
        if facts["dtype"] == "<i2":
            samples = samples.astype(np.float32) / np.float32(32768.0)
        return Audio(samples.reshape(facts["shape"]).astype(np.float32, copy=False), facts["rate"])

    def facts(self, key: str) -> dict[str, Any] | None:
        """What was saved with the sound, or None when the entry is not there whole; the sound is checked too."""
        entry = self._entry(key)
        return entry[0] if entry else None

    def glance(self, key: str) -> dict[str, Any] | None:
        """facts() for who only plans: that the sound is as long as it was is checked, but it is not read.

        A look is no use: prune() does not hear of it.
        """
        try:
            with os.fdopen(os.open(self._name("takes", key, ".take"), READING), "rb") as file:
                facts, begins = _head(file), file.tell()
                whole = begins + prod(facts["shape"]) * int(facts["dtype"][2:])
                return facts if file.seek(0, os.SEEK_END) == whole else None
        except DAMAGED:
            return None

    def save(self, key: str, audio: Audio, facts: Mapping[str, Any]) -> None:
        """Keep a take; sound that is exactly 16-bit as 16-bit. Raises ToolError when the folder cannot take it."""
        import numpy as np

        whole = np.asarray(audio.samples, np.float32)
        scaled = np.rint(whole * np.float32(32768.0))
        exact = bool(np.all(scaled == whole * np.float32(32768.0)) and np.all(np.abs(scaled + 0.5) <= 32767.5))
        data = scaled.astype("<i2").tobytes() if exact else whole.astype("<f4").tobytes()
        mine = {"dtype": "<i2" if exact else "<f4", "shape": whole.shape, "rate": audio.rate, "sum": _sum(data)}
        self._keep(key, {**facts, **mine}, data)

    def copy(self, key: str, to: str, more: Mapping[str, Any]) -> bool:
        """Keep a take under another key too, or with further facts under its own (None: without that one). False: it is
        not there whole."""
        entry = self._entry(key)
        if entry is not None:
            facts = {name: value for name, value in {**entry[0], **more}.items() if value is not None}
            self._keep(to, facts, entry[1])
        return entry is not None

    def _keep(self, key: str, facts: Mapping[str, Any], data: bytes) -> None:
        header = json.dumps(facts, separators=(",", ":"), default=str).encode()
        head = _HEAD.pack(MAGIC, len(header), blake2b(header, digest_size=16).digest())
        self._write(self._path("takes", key, ".take"), head, header, data)

    def _entry(self, key: str) -> tuple[dict[str, Any], bytes] | None:
        path = self._path("takes", key, ".take")
        try:
            with path.open("rb") as file:
                facts, sound = _head(file), file.read()
            if _sum(sound) != facts["sum"]:
                return None
        except DAMAGED:
            return None
        _used(path)
        return facts, sound

    # redone lines

    def renewed(self) -> bool:
        """Whether any line ever was redone: who asks for thousands asks this first."""
        return (self.root / "redo").is_dir()

    def current(self, utterance: str) -> int:
        """The redo number of the newest take of an utterance (take_key); 0 when it never was redone."""
        try:
            return int(self._path("redo", utterance, ".n").read_text())
        except (OSError, ValueError):
            return 0

    def renew(self, utterance: str, number: int) -> None:
        """Later runs use the take of this redo number."""
        if number > self.current(utterance):
            self._write(self._path("redo", utterance, ".n"), str(number).encode())

    # blobs

    def blob(self, key: str) -> Path | None:
        """The file kept under key, or None."""
        path = self._path("blobs", key, ".bin")
        if not path.is_file():
            return None
        _used(path)
        return path

    def keep(self, key: str, *content: bytes) -> Path:
        """Keep bytes; gives the place of the file that holds them. The least recently used make room.

        Not synced: who reads a blob checks it and can make it anew, and a film of them would wait minutes for the disk.
        """
        target = self._path("blobs", key, ".bin")
        self._write(target, *content, durable=False)
        if self._blobs is not None:
            self._blobs += _size(target)
        if self._blobs is None or self._blobs > self.blob_bytes:
            self._blobs = self._shrink("blobs", self.blob_bytes, spared=target)
        return target

    def drop(self, key: str) -> None:
        """Forget what is kept under key."""
        remove(self._path("blobs", key, ".bin"))

    # the whole

    def beacon(self) -> Path:
        """A new file by which another machine sees that it has this very store; the caller removes it."""
        path = self.root / "beacons" / token_hex(8)
        self._write(path, b"")
        return path

    def usage(self) -> Usage:
        takes, blobs = self._sizes("takes"), self._sizes("blobs")
        return Usage(*takes, *blobs)

    def prune(
        self, *, days: float | None = None, size: int | None = None, only: Callable[[Path], bool] | None = None
    ) -> Usage:
        """Forget what was not used for days, then the least recently used beyond size bytes: blobs first, which are
        made anew, then takes; never one that a person chose. only: which files are meant. Gives what went."""
        before = self.usage()
        self.sweep()
        spared = self.chosen()
        found = [one for kind in ("blobs", "takes") for one in self.files(kind) if only is None or only(one[0])]
        left = sum(size for _, size, _ in found)
        for path, bytes_, used in found:
            old = days is not None and used < time() - days * 86_400
            if (old or (size is not None and left > size)) and path.stem not in spared:
                remove(path)
                left -= bytes_
        after = self.usage()
        return Usage(*(old - new for old, new in zip(asdict(before).values(), asdict(after).values(), strict=True)))

    def clear(self) -> Usage:
        """Forget everything that was made: takes, blobs, redo numbers. What voices taught of their pace stays, and so
        do takes that a person chose, with the numbers by which they are known."""
        gone = self.prune(days=-1.0)
        if not self.chosen():
            for path, _, _ in self.files("redo"):
                remove(path)
        return gone

    def chosen(self) -> frozenset[str]:
        """The takes that a person chose for a film whose edits are still there."""
        return chosen.everywhere(self.root)

    def abandon(self, keys: Iterable[str], writers: Collection[int]) -> None:
        """Remove what these processes, which are ended, left half-written of the takes that were asked for."""
        for path in (self._path("takes", key, "") for key in keys):
            for writer in writers:
                for temporary in path.parent.glob(f".{path.name}*.{writer}.*.tmp"):
                    remove(temporary)

    def sweep(self) -> int:
        """Remove what killed processes left half-written. Gives how many files."""
        stale = [path for path in self.root.glob("*/*/.*.tmp") if _mtime(path) < time() - STALE]
        for path in stale:
            remove(path)
        return len(stale)

    def scratch(self) -> Path:
        """A name for a large file that no longer lives than its job. Who is killed leaves it to sweep()."""
        return self.root / f"scratch/films/.{os.getpid()}.{token_hex(8)}.tmp"

    def files(self, kind: str) -> list[tuple[Path, int, float]]:
        """(path, bytes, last used) of each entry, least recently used first."""
        found = [(Path(file.path), status.st_size, status.st_mtime) for file, status in self._each(kind)]
        return sorted(found, key=lambda file: file[2])

    def _sizes(self, kind: str) -> tuple[int, int]:
        """How many entries, and their bytes."""
        sizes = [status.st_size for _, status in self._each(kind)]
        return len(sizes), sum(sizes)

    def _each(self, kind: str) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
        """One by one: a store has many, and who only counts them keeps none."""
        for folder in _listed(f"{self.root}/{kind}"):
            for file in _listed(folder.path):
                if not file.name.startswith("."):
                    with suppress(OSError):
                        yield file, file.stat()

    def _shrink(self, kind: str, limit: int, spared: Path | None = None) -> int:
        """Remove the least recently used beyond limit bytes; gives how many bytes are left."""
        _, total = self._sizes(kind)
        for path, size, _ in self.files(kind) if total > limit else ():
            if total <= limit:
                break
            if path != spared:
                remove(path)
                total -= size
        return total

    def _path(self, kind: str, key: str, suffix: str) -> Path:
        return Path(self._name(kind, key, suffix))

    def _name(self, kind: str, key: str, suffix: str) -> str:
        return f"{self.root}/{kind}/{key[:2]}/{key}{suffix}"  # as text: a film asks thousands of times

    def _write(self, path: Path, *parts: bytes, durable: bool = True) -> None:
        try:
            make_folder(path.parent)
            write_whole(path, *parts, durable=durable)
        except OSError as error:
            raise ToolError(
                f"the store cannot be written: {error.strerror or error}",
                where=str(path.parent),
                advice=f"make room there, or set DUB_STORE to another folder than {self.root}; finished takes are kept",
            ) from error


def gone(line: int) -> ToolError:
    """Whoever asks for a take that was there, and is not any more, raises this."""
    advice = "run again: it is spoken anew"
    return ToolError("a take has gone from the store", where=f"line {line}", advice=advice)


def _head(file: BinaryIO) -> dict[str, Any]:
    """The facts at the beginning of a take's file, which is then read up to the sound. Raises one of DAMAGED."""
    magic, length, checksum = _HEAD.unpack(file.read(_HEAD.size))
    header = file.read(min(length, HEADERS))
    if magic != MAGIC or blake2b(header, digest_size=16).digest() != checksum:
        raise ValueError("no take")
    facts: dict[str, Any] = json.loads(header)
    return facts


def _used(path: Path) -> None:
    """The time of the last use is the file's mtime: what prune goes by. A read-only store just does not learn it."""
    with suppress(OSError):
        os.utime(path)


def _listed(folder: str) -> Iterator[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        yield from entries


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _sum(data: bytes | memoryview) -> str:
    return blake2b(data, digest_size=16).hexdigest()
