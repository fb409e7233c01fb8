"""What a user may set about reading subtitles: the profile's table [reading]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from dubber.settings import Setting

Choice = Literal["skip", "speak"]

SIGN_STYLES = (
    "sign*", "*sign", "*signs", "typeset*", "ts", "ts[-_ 0-9]*", "title", "title[-_ 0-9]*", "titles*", "*credit*",
    "op", "op[-_ 0-9]*", "ed", "ed[-_ 0-9]*", "*song*", "*lyric*", "*karaoke*", "kara", "kara[-_ 0-9]*",
    "*romaji*", "*kanji*", "opening*", "ending*", "eyecatch*", "next ep*", "preview title*", "staff*", "watermark*",
)  # fmt: skip

PLAIN_STYLES = (
    "*default*", "main*", "*dialog*", "*ital*", "top*", "bottom*", "*alt", "alt*", "*flashback*", "*thought*", "sub*",
    "*subtitle*", "text*", "normal*", "standard*", "regular*", "caption*", "*overlap*", "*internal*", "*whisper*",
    "style*", "d", "b", "i", "mid*", "upper*", "lower*", "left*", "right*", "white*", "yellow*", "*default", "none",
    "basic*", "base*", "note*", "tn", "tl*", "cursiva*", "*_*top*", "[0-9]*", "untitled*", "gen_*", "r0*", "s0*",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How subtitle text becomes speech, and what a subtitle file may cost."""

    sounds: Annotated[Choice, Setting("sound descriptions: [door slams], (sighs)")] = "skip"
    lyrics: Annotated[Choice, Setting("sung text between music notes")] = "skip"
    positioned: Annotated[
        Literal["auto", "skip", "speak"],
        Setting("ASS text at a place of its own (a sign in the picture); auto: skip, unless most of a file is placed"),
    ] = "auto"
    sign_styles: Annotated[tuple[str, ...], Setting("ASS styles that are not spoken (names or wildcards)")] = (
        SIGN_STYLES
    )
    style_speakers: Annotated[bool, Setting("an ASS style names the speaker where Name is empty")] = True
    plain_styles: Annotated[tuple[str, ...], Setting("ASS styles that never name a speaker (names or wildcards)")] = (
        PLAIN_STYLES
    )
    nobody: Annotated[tuple[str, ...], Setting("ASS names that mean nobody")] = ("ntp", "none", "n/a", "-", "?")
    prefixes: Annotated[bool, Setting("learn speakers from NAME:, [NAME] and (NAME) before the text")] = True
    names: Annotated[tuple[str, ...], Setting("speakers known beforehand, besides those learned")] = ()
    rolling: Annotated[bool, Setting("speak a line that scrolls through several cues once")] = True
    max_bytes: Annotated[int, Setting("largest subtitle file", unit="bytes", low=1)] = 50_000_000
    max_lines: Annotated[int, Setting("most lines of a file that are not empty", low=1)] = 1_000_000
    max_line: Annotated[int, Setting("longest line", unit="characters", low=100)] = 100_000
    max_cue: Annotated[int, Setting("longest text of one cue", unit="characters", low=10)] = 5_000
    max_cues: Annotated[int, Setting("most cues of a file", low=1)] = 100_000
