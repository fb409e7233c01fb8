"""What is sung: ♪ la la ♪, ¶ la la ¶, ~ la la ~, # la la #.

A line that begins or ends with a note is sung. Notes open and close a song over several lines; one that is not closed
runs to the end of the text or to the next speaker's dash.
"""

from __future__ import annotations

import re

NOTES = "♩♪♫♬♭♮♯🎵🎶¶"
# UTF-8 that was read as Windows-1252 or Latin-1 once too often, its control characters gone.
MOJIBAKE = re.compile("â™[ª«¬©]|â[ª«¬©](?!\\w)|Â¶|ðŸŽ[µ¶]")
MUSIC = re.compile(rf"[{NOTES}]+")
FRAMED = re.compile(r"[-‐–—\s]*+([~#])(?!\1)[^\w~#]*+[^\W\d_][^~#]*+\1")
DASHED = re.compile(r"\s*(?:[-‐‑–—−―－]\s*(?=[^\W\d])|>>)")
ENDS = re.compile(r"[.?!…。？！:][\"”’»)\]]*\s*$")
WORD = re.compile(r"[^\W_]")


def mended(text: str) -> str:
    """Text with its notes as notes."""
    return MOJIBAKE.sub("♪", text) if "â" in text or "Â" in text or "ð" in text else text


def unmarked(text: str) -> str:
    """Text without the marks of a song, when songs are spoken."""
    return "\n".join(line.strip("~# ") if FRAMED.fullmatch(line) else line for line in MUSIC.sub(" ", text).split("\n"))


def without_lyrics(text: str) -> tuple[str, list[str]]:
    """What is said of a cue's text (lines kept), and the lines that are sung."""
    if MUSIC.search(text):
        pieces = _pieces(text.split("\n"))
    elif "~" in text or "#" in text:
        framed = bool(FRAMED.fullmatch(text.strip()))
        pieces = [(line, framed or _marked(line)) for line in text.split("\n")]
    else:
        return text, []
    said = "\n".join(piece.strip() for piece, sung in pieces if not sung and piece.strip())
    return said, [" ".join(piece.split()) for piece, sung in pieces if sung and WORD.search(piece)]


def _pieces(lines: list[str]) -> list[tuple[str, bool]]:
    """(text, whether it is sung), line by line."""
    pieces: list[tuple[str, bool]] = []
    singing = False
    for line in lines:
        if singing and DASHED.match(line) and not MUSIC.search(line):
            singing = False
        parts = MUSIC.split(line)
        opens = len(parts) > 1 and not WORD.search(parts[0])
        if len(parts) == 2 and not opens and (singing or not WORD.search(parts[1])):  # "la la ♪"
            _sing_back(pieces)
            pieces.append((line, True))
            singing = False
            continue
        if opens and WORD.search(line):
            singing = False
        for part in parts[:-1]:
            pieces.append((part, singing))
            singing = not singing
        pieces.append((parts[-1], singing))
    return pieces


def _sing_back(pieces: list[tuple[str, bool]]) -> None:
    """Mark the lines before a closing note as sung, up to the end of a sentence: that one was spoken."""
    for place in range(len(pieces) - 1, -1, -1):
        text, sung = pieces[place]
        if sung or ENDS.search(text) or DASHED.match(text):
            break
        pieces[place] = (text, True)


def _marked(line: str) -> bool:
    """Whether "#" or "~" is a music note: at both ends, or before a blank, as British subtitles have it."""
    if FRAMED.fullmatch(line.strip()):
        return True
    bare = line.lstrip("-‐–—> \t")
    return bare.startswith(("# ", "~ ")) and bare[1:].lstrip()[:1].isalpha() and line.count(bare[0]) <= 2
