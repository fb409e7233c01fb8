"""In which language a text is: by its letters where one language alone is written in them, else by py3langid's model.

py3langid 0.4 knows 114 languages with two-letter codes. Among the detectors that install without a download of their
own it made the fewest errors on ten lines of real subtitles (docs/subtitles.md has the table). Its model takes half a
second to unpack and 80 MB, so that loading begins while other things go on, and it is kept unpacked in the user's cache
folder.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from dubber import writing_systems
from dubber.background import background
from dubber.errors import ToolError
from dubber.files import blobs
from dubber.languages import CLOSE, Detected, close
from dubber.models import south_slavic

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LEAST = 8  # letters of a script that many languages are written in; fewer prove nothing
TELLING = 4  # letters of a script that one language alone is written in, such as Thai
PRIOR = 4  # how much likelier the most spoken language of a script is than another; to the model all are equally likely
SAMPLE_LINES, SAMPLE_CHARACTERS = 60, 6000  # what is looked at, from all over the text
ALIKE = frozenset().union(*CLOSE)  # languages whose certainty counts what is hardly another with it
LAYOUT = 1  # of the archive in which the model is kept
UNKNOWN = Detected("", 0.0)


class _Columns:
    """Some columns of a table, which are taken where rows are read: a copy of them all takes 30 ms and 14 MB."""

    def __init__(self, table: Any, columns: Any = None) -> None:
        self._table, self._columns = table, columns

    def __getitem__(self, key: Any) -> Any:
        """All rows, some columns for (slice, columns); else these rows."""
        if isinstance(key, tuple):
            return _Columns(self._table, key[1])
        rows = self._table[key]
        return rows if self._columns is None else rows[:, self._columns]


class Detector:
    """Tells languages; made once for each command. The model is loaded in a thread, from the start or when needed."""

    def __init__(self, *, ahead: bool = False) -> None:
        self._model = background(_load) if ahead else None
        self._narrowed: dict[str, LanguageIdentifier] = {}  # by script

    def __call__(self, texts: Sequence[str]) -> Detected:
        """The language of most of the texts, which are lines of one file."""
        sample = sampled(texts)
        script, count = writing_systems.main(sample)
        candidates = writing_systems.languages_in(script)
        if len(candidates) == 1 and count >= TELLING:
            return Detected(candidates[0], 1.0)
        found = self._by_words("\n".join(sample), script) if count >= LEAST else UNKNOWN
        return self._guess("\n".join(sample), script, found) if candidates and not found.sure else found

    def _by_words(self, text: str, script: str) -> Detected:
        """The likeliest language that is written so; certain is that it is that one or one that is hardly another."""
        model = self._narrowed.get(script) or self._narrow(script)
        best, certainty = model.classify(text)
        if best in ALIKE:
            certainty = sum(share for tag, share in model.rank(text) if close(tag, best))
        if best in south_slavic.TAGS and script == "Latin":
            best = south_slavic.told(text) or best
        return Detected(best, certainty)

    def _guess(self, text: str, script: str, found: Detected) -> Detected:
        """The likeliest of the languages that subtitles in a script are in, no more certain than what was found."""
        first, *others = writing_systems.frequent(script)
        if not others:
            return Detected(first, found.certainty)
        shares = dict((self._narrowed.get(script) or self._narrow(script)).rank(text))
        likeliest = max((first, *others), key=lambda tag: shares.get(tag, 0) * (PRIOR if tag == first else 1))
        return Detected(likeliest, found.certainty)

    def _narrow(self, script: str) -> LanguageIdentifier:
        """The model, for the languages that are written so and have a two-letter code: the others are dialects to a
        voice (arz, vec, wuu)."""
        if self._model is None:
            self._model = background(_load)
        model = copy.copy(self._model.result())
        model.set_languages([tag for tag in model.labels if len(tag) == 2 and writing_systems.may_be(tag, script)])
        self._narrowed[script] = model
        return model


def sampled(texts: Sequence[str]) -> list[str]:
    """Lines from all over a file. An odd step: in files of two languages every other line is the other one's."""
    chosen, size = list[str](), 0
    for text in texts[:: len(texts) // SAMPLE_LINES | 1]:
        size += len(text)
        if size > SAMPLE_CHARACTERS and chosen:
            break
        chosen.append(text)
    return chosen


def _load() -> LanguageIdentifier:
    """The model as it is kept unpacked, which takes an eighth of the time; else from its package."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    from dubber.files.store import Store
    from dubber.files.written import mark
    from dubber.paths import cache_folder

    packed = MODEL_DIR / MODEL_FILE
    store, key = Store(cache_folder()), blobs.key(f"{LAYOUT} {mark(packed)}", "language")
    path = store.blob(key)
    with suppress(OSError, ValueError, KeyError, BadZipFile):  # it is not there whole
        if path:
            return _assembled(path)
    model = _unpacked(packed)
    with suppress(ToolError):  # a store that is full, or another user's: it is unpacked each time then
        store.keep(key, _archived(model))
    return model


def _unpacked(packed: Path) -> LanguageIdentifier:
    """Raises ToolError where there is no room for it."""
    from py3langid.langid import LanguageIdentifier

    try:
        return LanguageIdentifier.from_model_file(packed, norm_probs=True)
    except OSError as error:  # it is unpacked through a temporary file
        told = f"the language model cannot be unpacked: {error.strerror or error}"
        raise ToolError(told, where=gettempdir(), advice="make room there, or set TMPDIR") from error


def _archived(model: LanguageIdentifier) -> bytes:
    """The model's tables as an archive of numpy's, which has a checksum of each."""
    import numpy as np

    file = BytesIO()
    np.savez(
        file,
        weights=model.nb_ptc,
        priors=model.nb_pc,
        languages=model.nb_classes,
        moves=model.tk_nextmove,
        rows=model.tk_row,
        features=model.tk_output,
    )
    return file.getvalue()


def _assembled(path: Path) -> LanguageIdentifier:
    """Raises OSError, ValueError, KeyError or BadZipFile for an archive that is damaged."""
    import numpy as np
    from py3langid.langid import LanguageIdentifier

    with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
        return LanguageIdentifier(
            _Columns(kept["weights"]),
            kept["priors"],
            kept["languages"].tolist(),
            memoryview(kept["moves"]),
            kept["features"].tolist(),
            norm_probs=True,
            tk_row=memoryview(kept["rows"]),
        )
