"""What an audio track is for, by its marks and by its title in many languages. Text only; PURE.

Titles are free text; these words are what discs, broadcasters and streaming services write there.
"""

from __future__ import annotations

import re
from typing import Literal

Role = Literal["", "commentary", "description", "dub"]

COMMENTARY = r"""
commentar kommentar comment[aá]ri comentari comentário comentario commentaire commento\b commenti\b koment[aá]
kommentti selostusraita коммент?ари режисс[её]рск σχολι[αο] \byorum 评论 評論 コメンタリー 코멘터리
تعليق פרשנות bình\sluận
"""
DESCRIPTION = r"""
audio[\s-]?des[ck]r descriptive described\s(?:video|audio) video\sdescription \bdvs\b \bad\b(?!-) hörfilm
visual(?:ly)?[\s-]impaired bildbeschreibung blinde[nr]?\b audiovision\b audio[\s-]?beschrijving
syntolk synstolk kuvailutulk audio[\s-]?popis zvukov[yý]\spopis тифлокоммент аудиодескрип аудіодескрип
音声ガイド 音声解説 解説音声 解説放送 화면\s?해설 음성\s?해설 口述影像 口述影片
sesli\sbetimleme narraci[oó]n\spara\sciegos
"""

OURS = re.compile(r"dub \([a-z]{2,3}(?:-[a-z0-9]{2,8})*\)", re.IGNORECASE)  # output.title as it is shipped


_COMMENTARY, _DESCRIPTION = (re.compile("|".join(words.split()), re.IGNORECASE) for words in (COMMENTARY, DESCRIPTION))
MARKS: tuple[tuple[str, Role], ...] = (
    ("comment", "commentary"), ("visual_impaired", "description"), ("descriptions", "description"), ("dub", "dub"),
)  # fmt: skip


def role(title: str, marks: frozenset[str] = frozenset()) -> Role:
    """What a track is for beside being the film's sound; "" when it is that. marks: ffmpeg's dispositions."""
    marked = next((meaning for mark, meaning in MARKS if mark in marks), None)
    if marked:
        return marked
    if OURS.fullmatch(title.strip()):
        return "dub"
    if _DESCRIPTION.search(title):
        return "description"
    return "commentary" if _COMMENTARY.search(title) else ""
