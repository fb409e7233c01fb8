"""The takes that a person chose, noted in the store: they cannot be made again, so nothing prunes them.

A note is one film's and language's, by its edits file, and holds for as long as that file is there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from dubber.files.atomic import make_folder, remove, write_whole


def note(root: Path, edits: Path, keys: Iterable[str]) -> None:
    """Note in the store at root which takes are chosen for a film, instead of those before. A store that cannot be
    written is said by whoever keeps a take in it."""
    takes, path = sorted(set(keys)), _note_of(root, edits)
    with suppress(OSError):
        if not takes:
            remove(path)
        elif takes != _takes(path):
            make_folder(path.parent)
            write_whole(path, json.dumps({"edits": str(edits.absolute()), "takes": takes}).encode())


def of(root: Path, edits: Path) -> frozenset[str]:
    """The takes that are noted for a film."""
    return frozenset(_takes(_note_of(root, edits)))


def everywhere(root: Path) -> frozenset[str]:
    """The keys of all chosen takes whose films still have their edits."""
    notes = (root / "chosen").glob("*.json") if (root / "chosen").is_dir() else ()
    return frozenset(key for path in notes for key in _takes(path))


def _note_of(root: Path, edits: Path) -> Path:
    name = blake2b(os.fsencode(edits.absolute()), digest_size=16).hexdigest()
    return root / "chosen" / f"{name}.json"


def _takes(path: Path) -> list[str]:
    """What a note holds; nothing once the edits file has gone."""
    try:
        kept = json.loads(path.read_bytes())
        return [str(key) for key in kept["takes"]] if Path(kept["edits"]).exists() else []
    except (OSError, ValueError, KeyError, TypeError):
        return []
