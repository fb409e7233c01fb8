"""Takes to takes that are proven: each says its line, or it is told why that is doubted.

A length says whether words are missing or said twice, compared with all takes of the voice in the film, the first ones
too; with few of them, compared with the usual rate of the language. Where a recogniser heard the words, they decide. A
line whose take is doubted is spoken again, and the best of its takes is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import median

from dubber.backends import find
from dubber.files.store import Store
from dubber.languages import called
from dubber.model import UNPROVEN, Line, Proof, Take, Voice
from dubber.synthesis import take_key, validate, words
from dubber.synthesis.duration import TRUSTED, Expected, Pace
from dubber.synthesis.worker import varies

FEW = 3.0  # letters that a voice's takes are taken to differ by from what is heard, until enough of them were
HARDLY = 0.4  # of a line's letters that cannot be missing, or too many, ...
AS_LONG = log(1.3)  # ... where its length is no farther off than this
SLACK = 1.08  # how much farther off a stored take may be: a plan that was good once is not changed by a better estimate
ODD = log(1.2)  # how far a length is off for which a recogniser is asked, if only odd takes are to be heard
Speak = Callable[[Sequence[Line], Sequence[str]], Sequence[Take]]
Hear = Callable[[Sequence[Take]], list[Take]]
Key = tuple[Voice, str]

# How many times as long as its language usually takes a whole voice may take. Beyond it, its takes are judged by the
# language alone: a server that cuts every line in half makes a voice that is twice as fast as anybody. Eight voices of
# four systems lie between 0.8 and 1.25 (docs/verification.md).
TEMPI = (0.66, 1.55)


@dataclass(frozen=True, slots=True)
class Means:
    """What proves takes. speak: is given lines, and why their takes are doubted, and gives the new takes that it could
    make. hear: gives takes with what a recogniser heard in them. everything: each take is heard, not only the odd ones.
    tries: how many takes a line may have."""

    store: Store
    speak: Speak = lambda lines, why: ()
    hear: Hear = list
    everything: bool = False
    tries: int = 1


def prove(takes: Sequence[Take], means: Means) -> tuple[Take, ...]:
    """The takes, each with its proof; of those that are doubted new ones are made, and the best is kept.

    A take that was doubted in an earlier run, and is doubted still, is not made again.
    """
    judge = Judge(Pace(means.store))
    told = {take.key for take in takes if take.proof.doubt}
    best = {take.line.index: take for take in _examined(takes, judge, means)}
    for _ in range(means.tries - 1):
        doubted = [take for take in best.values() if take.proof.doubt and take.key not in told]
        doubted = [take for take in doubted if may_be_made_again(take.line)]
        if not doubted:
            break
        lines, why = [_anew(take.line, means.store) for take in doubted], [take.proof.doubt for take in doubted]
        for take in _examined(means.speak(lines, why), judge, means):
            best[take.line.index] = min(best[take.line.index], take, key=lambda one: one.proof.off)
    return tuple(take if take.key in told else _with_findings_kept(take, means.store) for take in best.values())


def _examined(takes: Sequence[Take], judge: Judge, means: Means) -> list[Take]:
    """Takes that were heard, as far as they are to be, and judged."""
    found = judge.judged(means.hear(takes) if means.everything else takes)
    odd = [] if means.everything else [take for take in found if _odd(take)]
    heard = {id(before): take for before, take in zip(odd, judge.judged(means.hear(odd)), strict=True)}
    return [heard.get(id(take), take) for take in found]


def _odd(take: Take) -> bool:
    return take.heard is None and (bool(take.proof.doubt) or take.cut_off or take.proof.off > ODD)


def may_be_made_again(line: Line) -> bool:
    """Not where a person chose the take, nor where the voice says everything the same way twice."""
    return not (line.edit and line.edit.take) and varies(find(line.voice.backend))


def _anew(line: Line, store: Store) -> Line:
    return replace(line, redo=store.current(take_key.utterance(line, find(line.voice.backend))) + 1)


def _with_findings_kept(take: Take, store: Store) -> Take:
    """What was found stands with the take, if it is a doubt. An earlier take that is better than later ones is kept
    once more, as the newest: that one is used from now on."""
    backend, line = find(take.line.voice.backend), take.line
    newest = store.current(take_key.utterance(line, backend)) == line.redo or not may_be_made_again(line)
    if newest and not take.proof.doubt:
        return take
    line = line if newest else _anew(line, store)
    key, proof = take.key, take.proof
    if not newest:
        key = take_key.of(take_key.asked(line, backend), take.by) if take.by else take_key.asked(line, backend)
    if not store.copy(take.key, key, {"verified": proof.by, "doubt": proof.doubt, "off": proof.off}):
        return take
    store.renew(take_key.utterance(line, backend), line.redo)
    return replace(take, line=line, key=key)


class Judge:
    """Says of takes whether they say their lines, by all that it has seen of their voices."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._shares: dict[Key, list[float]] = {}  # of what the language usually takes
        self._heard: dict[Key, list[words.Difference]] = {}  # how far what was heard differs

    def judged(self, takes: Sequence[Take]) -> list[Take]:
        """Each take with its proof; one that was doubted before stays so."""
        for take in takes:
            self._compare(take)
        return [take if take.proof.doubt else replace(take, proof=self._proof(take)) for take in takes]

    def _compare(self, take: Take) -> None:
        """Note how long the take is against what its language usually takes."""
        backend = find(take.line.voice.backend)
        if (
            backend.speech
            and backend.judged
            and take.line.speed == take.line.usual
            and validate.judgeable(take.line.text)
        ):
            self._shares.setdefault(_who(take), []).append(take.speech / self._pace.usual(take.line))
        if take.heard is not None:
            self._heard.setdefault(_who(take), []).append(words.difference(take.line.text, take.heard))

    def _proof(self, take: Take) -> Proof:
        return self._by_length(take) if take.heard is None else self._by_words(take, take.heard)

    def _by_words(self, take: Take, heard: str) -> Proof:
        """What was heard decides, where it was understood; else an odd length does. A sound that breaks off is odd."""
        every, one = self._heard[_who(take)], words.difference(take.line.text, heard)
        known, understood = len(every) >= TRUSTED, one.share <= words.UNDERSTOOD
        usual = words.usual(every) if known else FEW
        if take.sounds and not understood:
            told = f"it sounds like {called(take.sounds)}, not {called(take.line.tongue)}"
            return Proof("words", told, round(one.share, 3))
        length = self._by_length(take)
        lost = max(one.added, one.missing) > HARDLY * one.said and length.by and not length.doubt
        if lost and length.off < AS_LONG:
            return length  # nobody says so much more, or less, in the same time: the recogniser lost its way
        doubt = words.doubt(one, usual, understood=known and words.understood(every))
        if not (doubt or understood) and words.noticed(usual) > one.said:
            return length  # of this voice nobody would notice if none of the words were there
        odd = length.doubt if take.cut_off or not understood else ""
        off = max(one.share, length.off) if odd else one.share
        return Proof("words", doubt or odd, round(off, 3))

    def _by_length(self, take: Take) -> Proof:
        expected = self._expected(take)
        if expected is None or not (validate.judgeable(take.line.text) or take.cut_off):
            return UNPROVEN
        slack = SLACK if take.origin == "stored" else 1.0
        doubt = validate.doubt(take.line, take.speech, expected, cut_off=take.cut_off, slack=slack)
        return Proof("length", doubt or "", round(abs(log(max(1.0, take.speech) / expected.milliseconds)), 3))

    def _expected(self, take: Take) -> Expected | None:
        """How long the take should be: as its language, at the tempo of the middle one of its voice's takes, so that
        half of them may be wrong. Of a voice with few lines here, what it was heard to need in other films."""
        line, shares = take.line, self._shares.get(_who(take), ())
        if line.speed != line.usual:
            return Expected(sum(take.unhurried) * line.usual / line.speed, True)
        if len(shares) < TRUSTED:
            return self._pace.expected(line)
        tempo, usual = median(shares), self._pace.usual(line)
        if self._pace.rated(line) and not TEMPI[0] <= tempo <= TEMPI[1]:
            return Expected(usual, False)
        return Expected(usual * tempo, True)


def _who(take: Take) -> Key:
    return take.line.voice, take.line.language
