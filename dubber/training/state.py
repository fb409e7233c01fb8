"""What was done for a voice, with which options: a run goes on at the first step that is not done so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from dubber.errors import InputError
from dubber.files import written

FORM = 1


class TrainingState:
    """One voice's steps, on the disk after each change. given: what the user asked for the last time."""

    def __init__(self, path: Path) -> None:
        """Raises InputError when the file is there and is no record."""
        self.path = path
        self._kept = _read(path)

    @property
    def given(self) -> dict[str, Any]:
        return dict(self._kept["given"])

    def keep(self, **values: Any) -> None:
        """Set what is kept beside the steps."""
        self._kept.update(values)
        self._write()

    def get(self, key: str) -> Any:
        return self._kept.get(key)

    def result(self, step: str) -> dict[str, Any] | None:
        """What a step gave, however it was asked; None when it is not done."""
        kept = self._kept["steps"].get(step, {})
        return dict(kept["result"]) if kept.get("done") else None

    def done(self, step: str, options: Mapping[str, Any]) -> dict[str, Any] | None:
        """What a step gave; None when it is not done with these very options."""
        same = self._kept["steps"].get(step, {}).get("options") == _as_json(options)
        return self.result(step) if same else None

    def begun(self, step: str, options: Mapping[str, Any]) -> bool:
        """Was it begun with these options before, and did it not end?"""
        kept = self._kept["steps"].get(step, {})
        return bool(kept) and not kept["done"] and kept["options"] == _as_json(options)

    def begin(self, step: str, options: Mapping[str, Any]) -> None:
        self._kept["steps"][step] = {"options": _as_json(options), "done": False}
        self._write()

    def finish(self, step: str, result: Mapping[str, Any]) -> None:
        self._kept["steps"][step] |= {"done": True, "result": _as_json(result)}
        self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = json.dumps(self._kept, ensure_ascii=False, indent=1).encode()
        written.write(self.path, text, overwrite=True, mode=0o600)  # read before: it is a record of ours


def short(value: Any) -> str:
    """A few letters that stand for a value."""
    return blake2b(json.dumps(_as_json(value), sort_keys=True).encode(), digest_size=4).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["form"] != FORM or not (isinstance(kept["steps"], dict) and isinstance(kept["given"], dict)):
            raise ValueError("of another version")
    except FileNotFoundError:
        return {"form": FORM, "given": {}, "steps": {}}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"is no record of a training: {error}", where=str(path), advice="remove it to begin anew"
        ) from None
    assert isinstance(kept, dict)
    return kept


def _as_json(value: Any) -> Any:
    """As JSON gives it back."""
    return json.loads(json.dumps(value, default=str))
