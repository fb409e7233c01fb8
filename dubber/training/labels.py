"""What is said in each recording: the server's list, `wav|speaker|LANG|text` in each line, and a table for a person.

PURE: texts in, texts out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from dubber.errors import InputError, InputErrors

HEADS = ("audio", "speaker", "language", "text")
LANGUAGES = {"zh": "ZH", "en": "EN", "ja": "JA", "jp": "JA", "ko": "KO", "yue": "YUE"}  # as written → as listed


@dataclass(frozen=True, slots=True)
class Label:
    """What one recording says. audio: its path as the list has it."""

    audio: str
    speaker: str
    language: str
    text: str

    @property
    def file(self) -> str:
        """The recording's name without its folder, on whatever system."""
        return self.audio.replace("\\", "/").rpartition("/")[2]


def listed(text: str) -> tuple[Label, ...]:
    """The labels of a list; lines that are none are passed over, as the server does."""
    rows = (line.split("|", 3) for line in text.lstrip("\ufeff").splitlines())
    return tuple(Label(*map(str.strip, row)) for row in rows if len(row) == 4)


def as_list(labels: Sequence[Label]) -> str:
    """The list as the server reads it."""
    return "".join(f"{one.audio}|{one.speaker}|{one.language}|{one.text}\n" for one in labels)


def as_table(labels: Sequence[Label], *, comma: bool = False) -> str:
    """The table for a person: a head, then a row for each recording; tabs or commas between the columns."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="," if comma else "\t", lineterminator="\n")
    writer.writerow(HEADS)
    writer.writerows((one.audio, one.speaker, one.language, one.text) for one in labels)
    return out.getvalue()


def corrected(table: str, labels: Sequence[Label], where: str) -> tuple[Label, ...]:
    """The labels as a person has corrected them. A row that was taken out, or has no text, is left out.

    Raises InputErrors with every row that cannot be.
    """
    known = {one.file: one for one in labels}
    lines = table.lstrip("\ufeff").splitlines()
    head = lines[0] if lines else ""
    delimiter = max("\t,;", key=head.count)
    faults: list[InputError] = []
    found: dict[str, Label] = {}
    for number, row in enumerate(csv.reader(lines, delimiter=delimiter), 1):
        if number == 1 and tuple(cell.strip().lower() for cell in row[:4]) == HEADS or not any(map(str.strip, row)):
            continue
        try:
            label = _row(row, known)
            if label.file in found:
                raise InputError(f"{label.file} stands there twice")
        except InputError as error:
            faults.append(InputError(error.message, where=f"{where}: line {number}", advice=error.advice))
            continue
        found[label.file] = label
    if faults:
        raise InputErrors(faults)
    kept = tuple(label for label in found.values() if label.text)
    if not kept:
        raise InputError("no row is left that has a text", where=where)
    return kept


def _row(row: list[str], known: dict[str, Label]) -> Label:
    if len(row) != len(HEADS):
        raise InputError(f"has {len(row)} columns", advice="four: " + ", ".join(HEADS))
    audio, speaker, language, text = (" ".join(cell.split()) for cell in row)
    file = Label(audio, "", "", "").file
    if file not in known:
        raise InputError(f"{file!r} is none of the recordings")
    if language.lower() not in LANGUAGES:
        raise InputError(f"{language!r} is no language of the server", advice="ZH, EN, JA, KO or YUE")
    if "|" in speaker + text:
        raise InputError("| divides the columns of the server's list; write it in another way")
    return Label(known[file].audio, speaker or known[file].speaker, LANGUAGES[language.lower()], text)
