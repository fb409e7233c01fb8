"""The words of a table: every cell with a letter in it, and all of the column of texts."""

from __future__ import annotations

import csv
import re
from collections.abc import Set

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.markup import bare

TEXT = re.compile(
    r"texts?|transcript|subtitles?|captions?|content|sentence|utterance|dialogue|words|line|texte|texto|testo",
    re.IGNORECASE,
)
LETTER = re.compile(r"[^\W\d_]")


def scan(text: str, headings: Set[int]) -> list[Place]:
    first = next((line for line in text.split("\n") if line.strip()), "")
    rows = csv.reader((f"{line}\n" for line in text.split("\n")), delimiter=max("\t;,", key=first.count))
    found, said, before = [Place(1, "")], -1, 0
    for row in rows:
        if row and said < 0:
            said = next((at for at, name in enumerate(row) if TEXT.fullmatch(name.strip("\ufeff \"'"))), 0)
        elif row:
            cells = (cell for at, cell in enumerate(row) if at == said or LETTER.search(cell))
            found.append(Place(before + 1, bare("\n".join(cells))))
        before = rows.line_num
    return found
