"""Clips are stretched before they are asked for, and nobody hears a difference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dubber.errors import ToolError
from dubber.files.store import Store
from dubber.mixing import clips
from dubber.model import Audio, Placement, Span

RATE = 24_000
PLACES = [
    Placement(line, 0, 1000.0 * line, 900 / rate, Span(50, 950), rate) for line, rate in enumerate((1.0, 1.2, 0.9))
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store")
    for line in range(len(PLACES)):
        tone = 0.3 * np.sin(2 * np.pi * (200 + 50 * line) * np.arange(RATE) / RATE)
        made.save(f"take{line}", Audio(tone.astype(np.float32), RATE), {})
    return made


def prepared(store: Store) -> list[np.ndarray]:
    return [clips.prepare(store, f"take{place.line}", place, "pedalboard", 48_000) for place in PLACES]


def stretch_ahead(store: Store, over: bool = False) -> None:
    pieces = [(f"take{place.line}", place) for place in PLACES]
    clips.ahead(pieces, "pedalboard", store.root, lambda: over, ("dubber.synthesis.synthesize",))


def test_what_was_stretched_ahead_is_what_would_be_stretched_now(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = prepared(store)
    assert [len(clip) for clip in now] == [round(48 * place.length) for place in PLACES]
    stretch_ahead(store)
    assert store.usage().blobs == 2  # one was as long as its place
    monkeypatch.setattr(clips, "stretch", lambda *_: pytest.fail("it is stretched already"))
    for before, after in zip(now, prepared(store), strict=True):
        assert np.array_equal(before, after)


def test_what_is_damaged_is_stretched_again(store: Store) -> None:
    now = prepared(store)
    stretch_ahead(store)
    for blob in store.root.rglob("*.bin"):
        blob.write_bytes(blob.read_bytes()[:-9] + b"damaged!!")
    for before, after in zip(now, prepared(store), strict=True):
        assert np.array_equal(before, after)


def test_nothing_is_stretched_once_it_is_over(store: Store) -> None:
    stretch_ahead(store, over=True)
    assert store.usage().blobs == 0


def test_a_take_that_is_gone_is_named_by_who_needs_it(store: Store) -> None:
    for take in store.root.rglob("*.take"):
        take.unlink()
    stretch_ahead(store)
    with pytest.raises(ToolError, match="line 0"):
        prepared(store)
