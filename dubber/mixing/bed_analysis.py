"""The bed is listened to while the lines are spoken, and no longer than the job lasts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Event

from dubber.background import Future, background, wait
from dubber.errors import Cancelled, DubError
from dubber.files.digests import Contents
from dubber.files.store import Store
from dubber.mixing.bed import Bed, hear, keep, study


class Listener:
    """Learns what is to be known of a bed in a thread of its own.

    find: opens the bed, which has no digest yet (None: there is none). contents: knows it. Leaving the block ends the
    thread and its decoder, whatever happened, and takes away the bed's samples, which lie unpacked until then.

    with Listener(find, contents, store) as listener: ...; listener.bed()
    """

    def __init__(self, find: Callable[[], Bed | None], contents: Contents, store: Store) -> None:
        self._find, self._contents, self._store, self.scratch = find, contents, store, store.scratch()
        self._over = Event()
        self._heard: Future[Bed | None] = Future()

    def bed(self) -> Bed | None:
        """The bed, listened to. Raises what went wrong while it was."""
        return self._heard.result() or ((found := self._find()) and self._with_digest(found))

    def done(self) -> bool:
        """Whether bed() would answer at once."""
        return self._heard.done()

    def _listen(self) -> Bed | None:
        with suppress(DubError):
            bed = self._find()
            if bed is not None:
                new = not self._contents.remembers(bed.film.path)
                bed = self._first_heard(bed) if new else self._with_digest(bed)
                study(bed, self._store, self._over.is_set, unpack=self.scratch)
                bed = replace(bed, unpacked=self.scratch) if self.scratch.exists() else bed
            return bed
        return None

    def _first_heard(self, bed: Bed) -> Bed:
        """A film that was not here before is decoded while it is read through for its digest, unless that tells that it
        was here under another name."""
        naming = background(partial(self._with_digest, bed))

        def over() -> bool:
            return self._over.is_set() or (naming.done() and self._store.blob(naming.result().key) is not None)

        with suppress(Cancelled):
            known = hear(bed, over, unpack=self.scratch)
            keep(naming.result(), known, self._store)
        return naming.result()

    def _with_digest(self, bed: Bed) -> Bed:
        return replace(bed, digest=self._contents.digest(bed.film.path))

    def __enter__(self) -> Listener:
        self._heard = background(self._listen, "dub-bed")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        wait([self._heard])
        with suppress(OSError):  # a disk that takes no more changes: what became of the job is said all the same
            self.scratch.unlink(missing_ok=True)
