"""The text format of Higgs Audio V2, whoever serves it: normalised words, speakers, scenes.

Source: boson-ai/higgs-audio, examples/generation.py and its scene prompts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

FRAMES = 25  # audio tokens for each second of sound (boson-ai/higgs-audio, README: 25 frames per second)
_PUNCTUATION = str.maketrans(
    {
        "，": ", ", "。": ". ", "：": ": ", "；": "; ", "？": "? ", "！": "! ", "、": ", ",
        "…": "...", "—": "-", "·": ".", "（": " ", "）": " ", "(": " ", ")": " ", "【": "[", "】": "]",
        "《": "<", "》": ">",
        "“": '"', "”": '"', "「": '"', "」": '"', "『": '"', "』": '"', "‘": "'", "’": "'",
    }
)  # fmt: skip
_ENDS = (".", "!", "?", ",", ";", '"', "'", "]", ">")
_SEVERAL = (
    "You are an AI assistant designed to convert text into speech.\n"
    "If the user's message includes a [SPEAKER*] tag, do not read out the tag and generate speech for the following "
    "text, using the specified voice.\nIf no speaker tag is present, select a suitable voice on your own."
)


def normalised(text: str) -> str:
    """What the model was trained to read: ASCII punctuation, no brackets, degrees in words, an end.

    Sound tags such as [laugh] and speakers' tags such as [SPEAKER0] stay. Each line of several stays a line.
    """
    return "\n".join(filter(None, (_line(line) for line in text.splitlines())))


def _line(line: str) -> str:
    line = line.translate(_PUNCTUATION)
    line = re.sub(r"\s*°\s*C\b", " degrees Celsius", line)
    line = re.sub(r"\s*°\s*F\b", " degrees Fahrenheit", line)
    line = " ".join(line.split())
    return line if not line or line.endswith(_ENDS) else line + "."


def instruction(scene: str, speakers: Sequence[str], *, multi: bool = False) -> str:
    """The system prompt for a scene ("Audio is recorded from a quiet room.") and descriptions of its speakers
    ("feminine; british accent"), in the order of their tags; "" for neither."""
    described = [f"SPEAKER{number}: {about}" for number, about in enumerate(speakers) if about]
    inside = "\n\n".join(filter(None, (scene, "\n".join(described))))
    if not inside:
        return _SEVERAL if multi else ""
    begin = _SEVERAL if multi else "Generate audio following instruction."
    return f"{begin}\n\n<|scene_desc_start|>\n{inside}\n<|scene_desc_end|>"


def tokens(text: str) -> int:
    """About how many tokens a text and its speech are: one for 4 letters or for an ideograph, and 25 for each second
    of speech, reckoned at 15 letters or 4 ideographs a second."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    narrow = len(text) - wide
    return round(narrow / 4 + wide + FRAMES * (narrow / 15 + wide / 4))
