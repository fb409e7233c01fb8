"""Files with a line for each cue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dubber.subtitles.scanning import Place
from dubber.subtitles.scanning.markup import bare


def places(text: str, times: re.Pattern[str]) -> Iterator[Place]:
    """The words of each line, without what `times` matches at its beginning; "|" and "[br]" are blanks."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield Place(number, bare(re.sub(r"\||\[br\]", " ", times.sub("", line), flags=re.IGNORECASE)))
