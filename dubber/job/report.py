"""What became of a job, cue by cue, as a value that JSON can say; it lies beside the film as OUT.dub.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dubber import __version__
from dubber.fitting import Fitting
from dubber.fitting.metrics import RATES, Bucket, Figures, figures, histogram
from dubber.model import Edit, LeftOut, Line, Plan, Take

if TYPE_CHECKING:
    from dubber.job.job import Job
    from dubber.job.versions import Version
    from dubber.synthesis.synthesize import Failure

WORDS = {
    "unfit": "is {0:.0f} ms too long for its place",
    "late": "starts {0:.0f} ms late",
    "overrun": "ends {0:.0f} ms after its cue",
}
MOVED_ON = 1000.0  # ms after a cue, from which an overrun is named: the picture has moved on
LONGEST = 5000  # characters of a text that is left out; a line of a megabyte is no subtitle


def version(
    chosen: Version, takes: Sequence[Take], failures: Sequence[Failure], plan: Plan, rules: Fitting
) -> dict[str, Any]:
    """One language version: its counts, its cast, and every line's figures."""
    measured = figures(plan, takes, rules)
    origins = [take.origin for take in takes]
    texts = {(take.line.index, place): phrase.text for take in takes for place, phrase in enumerate(take.line.phrases)}
    edits = {take.line.index: {"edit": _edit(take.line)} for take in takes if take.line.edit}
    script = chosen.script
    fastest = max(measured, key=lambda one: one.rate, default=None)
    return {
        "subtitles": str(chosen.path) if chosen.path else "track",
        "language": chosen.language,
        "encoding": script.encoding,
        "notes": list(script.notes),
        "warnings": list(chosen.warnings),
        "cast": _cast(chosen.lines),
        "casting": list(chosen.casting),
        "cues": len({phrase.cue for line in chosen.lines for phrase in line.phrases}),
        "spoken": len({one.cue for one in measured}),
        "fresh": sum(origin in ("fresh", "retried", "estimated") for origin in origins),
        "stored": origins.count("stored"),
        "retried": origins.count("retried"),
        "left_out": [_left_out(one) for one in script.left_out],
        "spoken_by": dict(Counter(take.by for take in takes if take.by)),
        "unknown": _unknown(takes),
        "verified": _verified(takes),
        "doubtful": [_doubtful(take) for take in takes if _doubted(take)],
        "failed": [_failure(one) for one in failures],
        "over_caps": [row for one in measured if (row := _named(one, texts[one.line, one.phrase], rules))],
        "fastest": {"cue": fastest.cue, "rate": round(fastest.rate, 3), "text": texts[fastest.line, fastest.phrase]}
        if fastest
        else None,
        "histogram": [
            (_label(bucket), bucket.count)
            for bucket in histogram([one.rate for one in measured], RATES)
            if bucket.count
        ],
        "lines": [_line(one, texts[one.line, one.phrase]) | edits.get(one.line, {}) for one in measured],
    }


def of_unknown_origin(takes: Iterable[Take]) -> tuple[str, ...]:
    """In a sentence, which takes do not say what spoke them; () when all do."""
    cues = _unknown(takes)
    return (f"{count_unknown(cues)}: kept; --redo unknown makes them anew ({_cues(cues)})",) if cues else ()


def count_unknown(cues: Sequence[int]) -> str:
    """How many takes do not say what spoke them; "" for none."""
    verb = "takes are" if len(cues) > 1 else "take is"
    return f"{len(cues)} {verb} of an older dub, which did not note what spoke them" if cues else ""


def _unknown(takes: Iterable[Take]) -> list[int]:
    """The cues whose takes do not say what spoke them."""
    return [take.line.phrases[0].cue for take in takes if take.origin == "stored" and not take.by]


def build(job: Job, versions: Sequence[Mapping[str, Any]], output: Path | None, **facts: Any) -> dict[str, Any]:
    """The whole report. facts: what the job as a whole knows (seconds, loudness, tracks)."""
    failed = [row for one in versions for row in one["failed"]]
    report = {
        "dub": __version__,
        "film": str(job.film),
        "output": str(output) if output else None,
        "profile": job.profile.name,
        "verify": job.profile.synthesis.verify,
        "versions": list(versions),
        "failed": failed,
        **facts,
    }
    broken = [(one["subtitles"], row) for one in versions for row in one["left_out"] if row.get("kind") == "broken"]
    unfit = [row["cue"] for one in versions for row in one["lines"] if "unfit" in row["concessions"]]
    if failed:
        ending = (
            "" if output else ": no film was written; the other takes are kept; --allow-missing writes it without them"
        )
        report["incomplete"] = f"{_lines(failed)} could not be spoken ({_cues([row['cue'] for row in failed])}){ending}"
    if broken:
        report["broken"] = _broken(broken)
    doubtful = [row["cue"] for one in versions for row in one["doubtful"]]
    if doubtful:
        ending = "listen to them; --redo speaks them anew, dub takes chooses"
        report["doubtful"] = f"{_lines(doubtful)} may not say their words ({_cues(doubtful)}): {ending}"
    if unfit:
        ending = "others start late for them, every word is in the film; shorten them, or raise fitting.fastest"
        report["unfit"] = f"{_lines(unfit)} did not fit ({_cues(unfit)}): {ending} or fitting.late_max"
    return report


def _broken(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """How much of the subtitles is not spoken because it is broken, where, and what to do, in a sentence."""
    places = ", ".join(f"line {row['number']} of {Path(name).name}" for name, row in rows[:5])
    more = " ..." if len(rows) > 5 else ""
    advice = "mend the file; --strict stops before anything is spoken"
    return f"{count_broken([row for _, row in rows])} not spoken ({places}{more}): {advice}"


def count_broken(left_out: Iterable[Mapping[str, Any]]) -> str:
    """How many pieces of text among what is left out are broken, in words; "" when there are none."""
    count = sum(row.get("kind") == "broken" for row in left_out)
    return f"{count} broken piece{'s' if count > 1 else ''} of text" if count else ""


def _left_out(one: LeftOut) -> dict[str, Any]:
    return {**asdict(one), "text": one.text if len(one.text) <= LONGEST else one.text[:LONGEST] + "..."}


def _lines(rows: Sequence[object]) -> str:
    return f"{len(rows)} line{'s' if len(rows) > 1 else ''}"


def _cues(cues: Sequence[int]) -> str:
    return f"cue {', '.join(map(str, cues[:20]))}{' ...' if len(cues) > 20 else ''}"


_compact = json.JSONEncoder(ensure_ascii=False, default=str).encode
DEEP = 4  # levels that are laid out: report, versions, version, and each of its lists, in which a cue is a line


def laid_out(value: Any, depth: int = 0) -> str:
    """JSON for people and for `grep`: one line for each cue, each note, each stream."""
    if depth == DEEP or not value or not isinstance(value, Mapping | list | tuple):
        return _compact(value)
    inner, outer = "\n" + " " * (depth + 1), "\n" + " " * depth
    if isinstance(value, Mapping):
        rows = [f"{_compact(str(key))}: {laid_out(item, depth + 1)}" for key, item in value.items()]
        return "{" + inner + ("," + inner).join(rows) + outer + "}"
    return "[" + inner + ("," + inner).join(laid_out(item, depth + 1) for item in value) + outer + "]"


def _cast(lines: Iterable[Line]) -> list[tuple[str, str, int]]:
    """(speaker, voice, lines), the most talkative first."""
    counts: dict[tuple[str, str], int] = {}
    for line in lines:
        who = (line.speaker, line.voice.name)
        counts[who] = counts.get(who, 0) + 1
    return [(*who, count) for who, count in sorted(counts.items(), key=lambda item: -item[1])]


def _failure(failure: Failure) -> dict[str, Any]:
    line = failure.line
    return {"line": line.index, "cue": line.phrases[0].cue, "text": line.text, "reason": failure.reason}


def _verified(takes: Sequence[Take]) -> dict[str, int]:
    """How many lines were found to say their words, by what."""
    kinds = Counter("doubtful" if _doubted(take) else take.proof.by or "not verified" for take in takes)
    return {kind: kinds[kind] for kind in ("words", "length", "not verified", "doubtful")}


def _doubted(take: Take) -> bool:
    """What a person has heard and chosen is not doubted any more."""
    edit = take.line.edit
    return bool(take.proof.doubt) and not (edit and (edit.approved or edit.take))


def _doubtful(take: Take) -> dict[str, Any]:
    line, heard = take.line, {} if take.heard is None else {"heard": take.heard}
    return {"line": line.index, "cue": line.phrases[0].cue, "text": line.text, "why": take.proof.doubt, **heard}


def _named(one: Figures, text: str, rules: Fitting) -> dict[str, Any] | None:
    """A line that conceded more than a listener lets pass, with why in words."""
    granted = {each.kind: each.amount for each in one.concessions}
    least = {"unfit": 0.0, "late": rules.late_max + 1.0, "overrun": MOVED_ON}
    why = [words.format(granted[kind]) for kind, words in WORDS.items() if granted.get(kind, 0.0) > least[kind]]
    if one.rate > rules.fastest + 1e-6:
        why.insert(0, f"read ×{one.rate:.2f}")
    if not why:
        return None
    room = f"; {one.characters} of its {one.said} characters fit" if one.characters < one.said else ""
    return {"line": one.line, "cue": one.cue, "text": text, "why": ", ".join(why) + room, "rate": round(one.rate, 3)}


def _edit(line: Line) -> dict[str, Any]:
    """What a person decided about a line, as far as it differs from what would be without."""
    edit, usual = line.edit or Edit(), Edit()
    told = {name: getattr(edit, name) for name in ("shown", "speed", "gain", "take", "note", "approved")}
    said = {name: value for name, value in told.items() if value != getattr(usual, name)}
    return said | ({"voice": edit.voice.name} if edit.voice else {})


def _label(bucket: Bucket) -> str:
    return f"≥{bucket.low:g}" if bucket.high == float("inf") else f"<{bucket.high:g}"


def _line(one: Figures, text: str) -> dict[str, Any]:
    row = {name: round(value, 3) if isinstance(value, float) else value for name, value in one._asdict().items()}
    row["window"] = [one.window.start, one.window.end]
    row["concessions"] = {each.kind: round(each.amount, 3) for each in one.concessions}
    return {**row, "text": text}
