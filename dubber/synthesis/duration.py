"""How long a line will take, before anybody speaks it: from the voice's own takes, else from its language's rate.

Length is linear in what is said: letters, vowels, words, numerals, signs, pauses at punctuation. A voice's own
weights are a ridge regression around its language's (Bayesian linear regression with a Gaussian prior), on relative
errors, updated with each take. The sums are kept in the store's folder: a few hundred bytes for each voice.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from math import sqrt
from operator import mul
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dubber.files.atomic import make_folder, write_whole
from dubber.files.store import Store
from dubber.languages import base
from dubber.model import Line, Voice
from dubber.synthesis import take_key

TRUSTED = 8  # takes from which a voice's own pace is good enough to judge other takes by
# How long a language takes for what USUAL counts, against English: its letters say more or less of its sounds (Arabic
# writes few vowels). Measured on espeak-ng 1.52 at 175 words/minute, 4 to 60 sentences each, in Japanese on Kokoro's
# voices too; hibari, Kokoro, Piper and espeak-ng agree on English within 20 %. Syllable rates of people differ as
# little: Pellegrino, Coupe, Marsico, "A cross-language perspective on speech information rate", Language 87 (2011): 5.2
# (Mandarin) to 7.8 /s (Japanese).
TEMPO = {
    "ar": 2.0, "de": 0.97, "el": 0.95, "en": 1.0, "es": 1.0, "fi": 1.05, "fr": 0.82, "hi": 2.6, "it": 1.0, "ja": 0.8,
    "ko": 0.9, "nl": 1.05, "pl": 1.12, "pt": 0.97, "ru": 0.92, "sv": 1.1, "tr": 1.15, "vi": 1.1, "zh": 1.15,
}  # fmt: skip
VOWELS = "aeiouyаеёиоуыэюяіїєαεηιουω"
SOUNDED = re.compile(f"[{VOWELS}]+")
LETTERS = re.compile(r"[^\W\d_]+")


class Counts(NamedTuple):
    """What a text asks to be said. letters: of alphabets; signs: of scripts where one is a syllable (han, kana,
    hangul); vowels: groups of vowels; digits; words; commas and stops: pauses inside the text;
    short: words of up to three letters (said lightly); silent: words that end in a consonant and e.
    In the order of USUAL and SPREAD."""

    letters: int
    vowels: int
    words: int
    digits: int
    han: int
    kana: int
    hangul: int
    commas: int
    stops: int
    short: int = 0
    silent: int = 0

    @property
    def spoken(self) -> bool:
        return bool(self.weight)

    @property
    def weight(self) -> int:
        """Letters that it is worth at least; a syllable sign is two."""
        return self.letters + self.digits + 2 * (self.han + self.kana + self.hangul)

    @property
    def longest(self) -> int:
        """Letters that it is worth at most: a numeral can be a long word, a sign three letters."""
        return (
            self.letters + 10 * self.digits + 3 * (self.han + self.kana + self.hangul) + 2 * (self.commas + self.stops)
        )


def count(text: str) -> Counts:
    """Look at each character once."""
    inner = unicodedata.normalize("NFC", text).translate(_KINDS).rstrip("., ")
    plain = text.lower()
    if not plain.isascii():
        plain = "".join(char for char in unicodedata.normalize("NFD", plain) if not unicodedata.combining(char))
    words = LETTERS.findall(plain.replace("'", ""))
    return Counts(
        letters=inner.count("l"), vowels=len(SOUNDED.findall(plain)),
        words=len(inner.replace(".", " ").replace(",", " ").split()),
        digits=inner.count("d"), han=inner.count("h"), kana=inner.count("k"), hangul=inner.count("g"),
        commas=inner.count(","), stops=inner.count("."),
        short=len([word for word in words if len(word) <= 3]),
        silent=len([word for word in words if word[-1] == "e" and len(word) > 2 and word[-2] not in VOWELS]),
    )  # fmt: skip


class _Kinds(dict[int, str | None]):
    """Each character's kind, for str.translate: a film has few characters, again and again."""

    def __missing__(self, code: int) -> str | None:
        self[code] = _kind(chr(code)) or None
        return self[code]


_KINDS = _Kinds()


def _kind(char: str) -> str:
    """l letter, d digit, h han, k kana, g hangul, "," "." pauses, "" what is not heard, else a space."""
    category = unicodedata.category(char)
    if category.startswith("L"):
        for first, last, kind in _SCRIPTS:
            if first <= char <= last:
                return kind
        return "l"
    if category.startswith("N") or char in "%&@#$€£+=":
        return "d"
    if category.startswith("M") or char in "'’":
        return ""
    return _PAUSES.get(char, " ")


_SCRIPTS = (("\u3040", "\u30ff", "k"), ("\u3400", "\u9fff", "h"), ("\uf900", "\ufaff", "h"), ("\uac00", "\ud7a3", "g"),
            ("\U00020000", "\U0003ffff", "h"))  # fmt: skip
_PAUSES = {**dict.fromkeys(",;:，、；：—–", ","), **dict.fromkeys(".!?。！？…", ".")}

# ms at an ordinary reading speed, and how far a voice may be from it before a take says so: once, letter, vowel group,
# word, digit, han, kana, hangul, comma, stop, short word, word with a silent e
USUAL = (110.0, 39.0, 40.0, 60.0, 330.0, 300.0, 150.0, 190.0, 300.0, 300.0, -30.0, -30.0)
SPREAD = (90.0, 14.0, 30.0, 50.0, 130.0, 130.0, 60.0, 80.0, 200.0, 200.0, 40.0, 40.0)
LEAST = tuple(0.3 * weight for weight in USUAL)
NOISE = 0.12  # relative error of one length
STRANGE = 2.0  # noises off, from where a take counts for less (Huber): names, foreign words, abbreviations


def features(text: str) -> tuple[int, ...]:
    """What a length is linear in, in the order of USUAL."""
    return (1, *count(text))


class Expected(NamedTuple):
    """How long a line should be in ms of speech; known: from enough takes of its own voice, else from its language."""

    milliseconds: float
    known: bool


class Pace:
    """What the voices have taught of their pace, in the store's folder. save() keeps what was learned since."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, _Model] = {}
        self._names: dict[tuple[Voice, str], str] = {}
        self._changed: set[str] = set()

    def estimate(self, line: Line) -> float:
        """ms of speech at the line's speed, without outer silence."""
        return self._voice(line).predict(line.text) / line.speed

    def takes(self, line: Line) -> int:
        """From how many takes of the line's voice the estimate comes."""
        return self._voice(line).takes

    def expected(self, line: Line) -> Expected | None:
        """What another take can be judged by; None where nothing is known: no speech, or a language not in TEMPO."""
        from dubber.backends import find

        backend, known = find(line.voice.backend), self.takes(line) >= TRUSTED
        if not (backend.speech and backend.judged and (known or self.rated(line))):
            return None
        return Expected(self.estimate(line) if known else self.usual(line), known)

    def rated(self, line: Line) -> bool:
        """Whether it is known how fast the line's language is spoken."""
        return _tag(line) in TEMPO

    def usual(self, line: Line) -> float:
        """ms that the language usually needs for the line at its speed: from the text alone, whoever was heard."""
        return _Model(_prior(line)).predict(line.text) / _briskness(line) / line.speed

    def learn(self, line: Line, milliseconds: float) -> None:
        """Speech of this length came for the line (at its speed)."""
        if milliseconds > 0:
            natural = milliseconds * line.speed
            self._voice(line).learn(line.text, natural)
            self._tongue(line).learn(line.text, natural * _briskness(line))
            self._changed |= {self._name(line), self._language(line)}

    def save(self) -> None:
        """Keep what was learned; two processes that learn at once keep the later one's. A disk that is full costs no
        film: it is learned again."""
        folder = self._store.root / "pace"
        with suppress(OSError):
            make_folder(folder)
            for name in sorted(self._changed):
                write_whole(folder / f"{name}.json", self._known[name].dump().encode())
            self._changed.clear()

    def _voice(self, line: Line) -> _Model:
        model = self._model(self._name(line), lambda: _prior(line))
        if not model.takes:  # it speaks as its language does, until it is heard itself
            tongue = self._tongue(line)
            if model.after != tongue.takes:
                model.believe(np.array(tongue.weights()) / _briskness(line))
                model.after = tongue.takes
        return model

    def _tongue(self, line: Line) -> _Model:
        return self._model(self._language(line), lambda: _prior(line))

    def _name(self, line: Line) -> str:
        from dubber.backends import find

        who = line.voice, line.language
        if who not in self._names:
            self._names[who] = take_key.voice_of(line, find(line.voice.backend))
        return self._names[who]

    def _language(self, line: Line) -> str:
        tag = _tag(line)
        return f"{line.voice.backend}-{tag if tag.isalnum() else 'any'}"

    def _model(self, name: str, prior: Callable[[], NDArray[np.float64]]) -> _Model:
        if name not in self._known:
            self._known[name] = _load(self._store.root / "pace" / f"{name}.json", prior)
        return self._known[name]


def _tag(line: Line) -> str:
    return base(line.tongue)


def _prior(line: Line) -> NDArray[np.float64]:
    return np.array(USUAL) * TEMPO.get(_tag(line), 1.0)


def _briskness(line: Line) -> float:
    """How much faster the voice reads than its backend usually does, by what both can be asked for (espeak: rate)."""
    from dubber.backends import find

    backend = find(line.voice.backend)
    (low, high), (slow, fast) = backend.speed_range, backend.speeds(line.voice)
    if low == high:  # only some of its voices can be asked for a speed: the middle of theirs is as they are
        return 1.0 / sqrt(slow * fast)
    return high / fast if fast != high else low / slow  # one end may be held by what the backend takes at most


class _Model:
    """A Gaussian belief about the weights: precision matrix and its product with the mean.

    takes: from how many it comes. after: the takes of its language from which its first belief comes (-1: none)."""

    def __init__(self, mean: NDArray[np.float64]) -> None:
        self.takes, self.after = 0, -1
        self.believe(mean)

    def believe(self, mean: NDArray[np.float64]) -> None:
        """Before the first take."""
        self.precision = np.diag(1.0 / np.square(SPREAD))
        self.product = self.precision @ mean
        self._weights: list[float] | None = [float(one) for one in mean]

    def weights(self) -> list[float]:
        if self._weights is None:
            self._weights = [float(one) for one in np.linalg.solve(self.precision, self.product)]
        return self._weights

    def predict(self, text: str) -> float:
        x = features(text)  # for a dozen numbers numpy is slower
        return float(max(sum(map(mul, x, self.weights())), sum(map(mul, x, LEAST))))

    def learn(self, text: str, milliseconds: float) -> None:
        error = abs(self.predict(text) / milliseconds - 1.0) / NOISE
        trust = 1.0 if error <= STRANGE or self.takes < TRUSTED else STRANGE / error
        x = np.array(features(text)) / (NOISE * milliseconds)
        self.precision += trust * np.outer(x, x)
        self.product += trust * x / NOISE
        self.takes += 1
        self._weights = None

    def dump(self) -> str:
        return json.dumps({"takes": self.takes, "precision": self.precision.tolist(), "product": self.product.tolist()})


def _load(path: Path, prior: Callable[[], NDArray[np.float64]]) -> _Model:
    model = _Model(prior())
    try:
        kept = json.loads(path.read_text())
        precision, product = np.array(kept["precision"], float), np.array(kept["product"], float)
        if precision.shape == model.precision.shape and product.shape == model.product.shape:
            model.precision, model.product, model.takes = precision, product, int(kept["takes"])
            model._weights = None
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nothing learned yet, or damaged: learned anew
    return model
