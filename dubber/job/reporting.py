"""A job's report, made from its takes, failures and plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dubber import __version__
from dubber.fitting import Fitting
from dubber.fitting.metrics import RATES, Bucket, Figures, figures, histogram
from dubber.job.report import (
    DoubtfulLine,
    EditReport,
    FailedLine,
    Fastest,
    LineReport,
    OverCaps,
    Report,
    Verified,
    VersionReport,
)  # fmt: skip
from dubber.model import Edit, LeftOut, Line, Plan, Take
from dubber.timecode import cue_at

if TYPE_CHECKING:
    from dubber.job.job import Job
    from dubber.job.versions import Version
    from dubber.synthesis.synthesize import Failure

WORDS = {
    "unfit": "is {0:.0f} ms too long for its place",
    "late": "starts {0:.0f} ms late",
    "overrun": "ends {0:.0f} ms after its cue",
}
TIMED = 3  # cues that a sentence names with their times; the list below it, or the report, has those of all
MOVED_ON = 1000.0  # ms after a cue, from which an overrun is named: the picture has moved on
LONGEST = 5000  # characters of a text that is left out; a line of a megabyte is no subtitle


def version(
    chosen: Version, takes: Sequence[Take], failures: Sequence[Failure], plan: Plan, rules: Fitting, cost: str
) -> VersionReport:
    """One language version: its counts, its cast, and every line's figures. cost: what it costs, in a sentence."""
    measured = figures(plan, takes, rules)
    origins = [take.origin for take in takes]
    texts = {(take.line.index, place): phrase.text for take in takes for place, phrase in enumerate(take.line.phrases)}
    edits = {take.line.index: _edit(take.line) for take in takes if take.line.edit}
    script = chosen.script
    fastest = max(measured, key=lambda one: one.rate, default=None)
    return VersionReport(
        subtitles=str(chosen.path) if chosen.path else "track",
        language=chosen.language,
        encoding=script.encoding,
        notes=script.notes,
        warnings=chosen.warnings,
        cast=_cast(chosen.lines),
        casting=chosen.casting,
        cues=len({phrase.cue for line in chosen.lines for phrase in line.phrases}),
        spoken=len({one.cue for one in measured}),
        fresh=sum(origin in ("fresh", "retried", "estimated") for origin in origins),
        stored=origins.count("stored"),
        retried=origins.count("retried"),
        left_out=tuple(_left_out(one) for one in script.left_out),
        spoken_by=dict(Counter(take.by for take in takes if take.by)),
        unknown=_unknown(takes),
        verified=_verified(takes),
        doubtful=tuple(_doubtful(take) for take in takes if _doubted(take)),
        failed=tuple(_failure(one) for one in failures),
        over_caps=tuple(row for one in measured if (row := _over_caps(one, texts[one.line, one.phrase], rules))),
        fastest=Fastest(fastest.cue, fastest.window.start, round(fastest.rate, 3), texts[fastest.line, fastest.phrase])
        if fastest
        else None,
        histogram=tuple(
            (_label(bucket), bucket.count)
            for bucket in histogram([one.rate for one in measured], RATES)
            if bucket.count
        ),
        lines=tuple(_line(one, texts[one.line, one.phrase], edits.get(one.line)) for one in measured),
        cost=cost,
    )


def of_unknown_origin(takes: Iterable[Take]) -> tuple[str, ...]:
    """In a sentence, which takes do not say what spoke them; () when all do."""
    lines = [take.line for take in takes if _of_unknown_origin(take)]
    cues = [(line.place["cue"], line.place["at"]) for line in lines]
    return (f"{count_unknown(cues)}: kept; --redo unknown makes them anew ({_cues(cues)})",) if cues else ()


def count_unknown(cues: Sequence[object]) -> str:
    """How many takes do not say what spoke them; "" for none."""
    verb = "takes are" if len(cues) > 1 else "take is"
    return f"{len(cues)} {verb} of an older dub, which did not note what spoke them" if cues else ""


def _unknown(takes: Iterable[Take]) -> tuple[int, ...]:
    """The cues whose takes do not say what spoke them."""
    return tuple(take.line.phrases[0].cue for take in takes if _of_unknown_origin(take))


def _of_unknown_origin(take: Take) -> bool:
    return take.origin == "stored" and not take.by


def build(job: Job, versions: Sequence[VersionReport], output: Path | None, seconds: float = 0.0) -> Report:
    """The whole report, as far as its lines decide it. seconds: how long the job took; 0 for what is only foreseen."""
    told = Report(
        dub=__version__,
        film=str(job.film),
        output=str(output) if output else None,
        profile=job.profile.name,
        verify=job.profile.synthesis.verify,
        versions=tuple(versions),
        failed=tuple(row for one in versions for row in one.failed),
        seconds=seconds,
    )
    return replace(told, incomplete=_incomplete(told), broken=_broken(told), doubtful=_doubts(told), unfit=_unfit(told))


def _incomplete(told: Report) -> str:
    ending = "no film was written; the other takes are kept; --allow-missing writes it without them"
    cues = [(row.cue, row.at) for row in told.failed]
    return f"{_lines(cues)} could not be spoken ({_cues(cues)}){'' if told.output else f': {ending}'}" if cues else ""


def _doubts(told: Report) -> str:
    cues = [(row.cue, row.at) for one in told.versions for row in one.doubtful]
    ending = "listen to them; --redo speaks them anew, dub takes chooses"
    return f"{_lines(cues)} may not say their words ({_cues(cues)}): {ending}" if cues else ""


def _unfit(told: Report) -> str:
    cues = [(row.cue, row.window[0]) for one in told.versions for row in one.lines if "unfit" in row.concessions]
    ending = "others start late for them, every word is in the film; shorten them, or raise fitting.fastest"
    return f"{_lines(cues)} did not fit ({_cues(cues)}): {ending} or fitting.late_max" if cues else ""


def _broken(told: Report) -> str:
    """How much of the subtitles is not spoken because it is broken, where, and what to do, in a sentence."""
    rows = [(one.subtitles, row) for one in told.versions for row in one.left_out if row.kind == "broken"]
    if not rows:
        return ""
    places = ", ".join(f"line {row.number} of {Path(name).name}" for name, row in rows[:5])
    more = " ..." if len(rows) > 5 else ""
    advice = "mend the file; --strict stops before anything is spoken"
    return f"{count_broken([row for _, row in rows])} not spoken ({places}{more}): {advice}"


def count_broken(left_out: Iterable[LeftOut]) -> str:
    """How many pieces of text among what is left out are broken, in words; "" when there are none."""
    count = sum(row.kind == "broken" for row in left_out)
    return f"{count} broken piece{'s' if count > 1 else ''} of text" if count else ""


def _left_out(one: LeftOut) -> LeftOut:
    return one if len(one.text) <= LONGEST else replace(one, text=one.text[:LONGEST] + "...")


def _lines(rows: Sequence[object]) -> str:
    return f"{len(rows)} line{'s' if len(rows) > 1 else ''}"


def _cues(cues: Sequence[tuple[int, int]]) -> str:
    """Cues with the times at which they begin (ms); many of them by their numbers alone."""
    if len(cues) <= TIMED:
        return ", ".join(cue_at(*one) for one in cues)
    return f"cue {', '.join(str(cue) for cue, _ in cues[:20])}{' ...' if len(cues) > 20 else ''}"


def _cast(lines: Iterable[Line]) -> tuple[tuple[str, str, int], ...]:
    """(speaker, voice, lines), the most talkative first."""
    counts: dict[tuple[str, str], int] = {}
    for line in lines:
        who = (line.speaker, line.voice.name)
        counts[who] = counts.get(who, 0) + 1
    return tuple((*who, count) for who, count in sorted(counts.items(), key=lambda item: -item[1]))


def _failure(failure: Failure) -> FailedLine:
    line = failure.line
    return FailedLine(**line.place, text=line.text, reason=failure.reason)


def _verified(takes: Sequence[Take]) -> Verified:
    """How many lines were found to say their words, by what."""
    kinds = Counter("doubtful" if _doubted(take) else take.proof.by or "not verified" for take in takes)
    return Verified(kinds["words"], kinds["length"], kinds["not verified"], kinds["doubtful"])


def _doubted(take: Take) -> bool:
    """What a person has heard and chosen is not doubted any more."""
    edit = take.line.edit
    return bool(take.proof.doubt) and not (edit and (edit.approved or edit.take))


def _doubtful(take: Take) -> DoubtfulLine:
    line = take.line
    return DoubtfulLine(**line.place, text=line.text, why=take.proof.doubt, heard=take.heard)


def _over_caps(one: Figures, text: str, rules: Fitting) -> OverCaps | None:
    """A line that conceded more than a listener lets pass, with why in words."""
    granted = {each.kind: each.amount for each in one.concessions}
    least = {"unfit": 0.0, "late": rules.late_max + 1.0, "overrun": MOVED_ON}
    why = [words.format(granted[kind]) for kind, words in WORDS.items() if granted.get(kind, 0.0) > least[kind]]
    if one.rate > rules.fastest + 1e-6:
        why.insert(0, f"read ×{one.rate:.2f}")
    if not why:
        return None
    room = f"; {one.characters} of its {one.said} characters fit" if one.characters < one.said else ""
    return OverCaps(one.line, one.cue, one.window.start, text, ", ".join(why) + room, round(one.rate, 3))


def _edit(line: Line) -> EditReport:
    """What a person decided about a line."""
    edit = line.edit or Edit()
    voice = edit.voice.name if edit.voice else ""
    return EditReport(edit.shown, edit.speed, edit.gain, edit.take, edit.note, edit.approved, voice)


def _label(bucket: Bucket) -> str:
    return f"≥{bucket.low:g}" if bucket.high == float("inf") else f"<{bucket.high:g}"


def _line(one: Figures, text: str, edit: EditReport | None) -> LineReport:
    row: dict[str, Any] = {
        name: round(value, 3) if isinstance(value, float) else value for name, value in one._asdict().items()
    }
    row["window"] = (one.window.start, one.window.end)
    row["concessions"] = {each.kind: round(each.amount, 3) for each in one.concessions}
    return LineReport(**row, text=text, edit=edit)
