"""The bed is listened to while the lines are spoken, and no longer than the job lasts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import Event, Thread

from dubber.errors import DubError
from dubber.media.bed import Bed, study
from dubber.store import Store


class Listener:
    """Learns what is to be known of a bed in a thread of its own.

    find: opens the bed (None: there is none). Leaving the block ends the thread and its decoder, whatever happened, and
    takes away the bed's samples, which lie unpacked until then.

    with Listener(find, store) as listener: ...; listener.bed()
    """

    def __init__(self, find: Callable[[], Bed | None], store: Store) -> None:
        self._find, self._store, self.scratch = find, store, store.scratch()
        self._bed: Bed | None = None
        self._over = Event()
        self._thread = Thread(target=self._listen, name="dub-bed", daemon=True)

    def bed(self) -> Bed | None:
        """The bed, listened to. Raises what went wrong while it was."""
        self._thread.join()
        return self._bed or self._find()

    def _listen(self) -> None:
        with suppress(DubError):
            bed = self._find()
            if bed is not None:
                study(bed, self._store, self._over.is_set, unpack=self.scratch)
                bed = replace(bed, unpacked=self.scratch) if self.scratch.exists() else bed
            self._bed = bed

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.scratch.unlink(missing_ok=True)
