"""What large files hold, by name. A film of a gigabyte takes a second or two to read through, so what is known of one
that nobody seems to have touched is used at once, and proven while other things are done.
"""

from __future__ import annotations

from pathlib import Path

from dubber.errors import InputError
from dubber.files import blobs, input_files
from dubber.files.store import Store


class Contents:
    """The digests of one job's files. Those that were remembered stand only when prove() is through."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._remembered: dict[Path, tuple[str, str]] = {}

    def digest(self, path: Path) -> str:
        """The content's name (sources.digest). Raises InputError when the file cannot be read."""
        before = input_files.fingerprint(path)
        key = _key(path, before)
        known = self._recalled(key)
        if known:
            self._remembered[path] = key, known
            return known
        found = input_files.digest(path)
        input_files.check_unchanged(path, before)
        blobs.save(self._store, key, found.encode())
        return found

    def remembers(self, path: Path) -> bool:
        """Whether digest() would answer without reading the file."""
        return bool(self._recalled(_key(path, input_files.fingerprint(path))))

    def prove(self) -> None:
        """Read what was only remembered. Raises InputError when a file holds something else; it is then forgotten."""
        for path, (key, known) in self._remembered.items():
            if input_files.digest(path) != known:
                self._store.drop(key)
                advice = "run again: it is read anew"
                raise InputError("was changed, though its size and times stayed", where=str(path), advice=advice)

    def _recalled(self, key: str) -> str:
        return (blobs.load(self._store, key) or b"").decode()


def _key(path: Path, seen: input_files.Fingerprint) -> str:
    return blobs.key(f"digest {path.absolute()} {seen}", "digest")
