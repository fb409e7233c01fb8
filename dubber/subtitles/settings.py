"""What a user may set about reading subtitles: the profile's table [reading]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from dubber.schema import Setting

Choice = Literal["skip", "speak"]

# Case and accents do not count in these.
SONG_STYLES = (
    "op", "op[-_ 0-9]*", "ed", "ed[-_ 0-9]*", "op[cj][nphs]*", "ed[cj][nphs]*", "op[st]c", "ed[st]c", "oped*",
    "*[-_ ]op",
    "*[-_ ]ed", "*[-_ ]op[cj][np]*", "*[-_ ]ed[cj][np]*", "*[-_ ]op[-_ 0-9]*", "*[-_ ]ed[-_ 0-9]*", "*song*", "*lyric*",
    "*karaok*", "kara", "kara[-_ 0-9]*", "*roma?ji*", "*romaji*", "*roomanji*", "rom", "rom[-_ 0-9]*", "*kanji*",
    "*opening*",
    "*ending", "*ending[-_ 0-9]*", "*insert*", "inser[-_ 0-9]*", "abertura*", "apertura*", "encerramento*", "cierre*",
    "generique*", "sigla*", "vorspann*", "abspann*", "chanson*", "paroles*", "cancion*", "cancao*", "canzone*",
    "lied", "lieder*",
    "lied[-_ 0-9]*", "musica*", "musik*", "musique*", "letra*", "bv", "bv[-_ 0-9]*", "back*vocal*", "furi*",
    "in[cj][np]*",
    "in[-_ 0-9]*",
)  # fmt: skip

SIGN_STYLES = (
    *SONG_STYLES, "sign*", "*sign", "*signs", "typeset*", "ts", "ts[-_ 0-9]*", "title", "title[-_ 0-9]*", "titles*",
    "*titulo*", "titre*", "titel*", "titolo*", "*credit*", "eyecatch*", "comercial*", "next ep*", "preview title*",
    "staff*",
    "watermark*", "logo*", "apresenta*", "screen*", "scr", "scr[-_ 0-9]*", "placa*", "cartel*", "cartaz*", "letrero*",
    "letreiro*", "rotulo*", "sinal*", "panneau*", "pancarte*", "schild*", "cartello*", "insegna*", "ruby*",
    "cmt*", "comment*", "coment*", "kommentar*", "note", "notes*", "note[-_ 0-9]*", "nota", "notas*", "nota[-_ 0-9]*",
    "n!",
    "n.t*", "obs", "remarque*", "anmerkung*", "notiz*", "hinweis*", "tn", "tl note*", "t/n*", "*注*", "*註*",
)  # fmt: skip

PLAIN_STYLES = (
    "*default*", "main*", "*dial*", "*ital*", "top*", "*[-_ ]top", "bottom*", "*alt", "alt*", "*flashback*",
    "*thought*", "sub*", "*subtitle*", "text*", "normal*", "standard*", "regular*", "caption*", "*overlap*",
    "*internal*", "*whisper*", "style*", "mid*", "upper*", "lower*", "left*", "right*", "white*", "yellow*", "none",
    "null", "basic*", "base*", "cursiva*", "untitled*", "next*", "phone*", "name*", "up", "down", "second*",
    "eng*", "jap*", "chi*", "chs*", "cht*", "kor*", "*[-_ ]jp*", "*[-_ ]cn*", "*[-_ ]ch*", "*[-_ ]en*", "radio*", "tv*",
    "legenda*", "principal*", "fala*", "*[-_ ]fala*", "conversa*", "pensamento*", "pensamiento*", "pensee*", "pensier*",
    "gedanke*", "poder*", "*golpe*", "*tecnica*", "*anterior*", "doutrina*", "passado*", "pasado*", "outros*",
    "otros*", "preview*", "previa*", "part*",
    "tipo*", "type*",
    "primary*", "secundari*", "padrao*", "normale*", "sottotitol*", "untertitel*", "sous*titre*", "corsivo*", "kursiv*",
    "haut*", "oben*", "unten*", "arriba*", "abajo*", "cima*", "baixo*", "superior*", "inferior*", "tradu*", "trad",
    "transl*", "portug*",
    "espan*", "franc*", "deutsch*", "engl*", "texto*", "testo*", "telefon*", "recuerdo*", "lembranca*", "ricord*",
    "erinner*",
    "souvenir*", "nome*", "efeito*", "efecto*", "fx*", "karaoke*", "digitado*", "alternativ*", "*kintoun*", "tl",
)  # fmt: skip

NOBODY = (
    "ntp", "none", "n/a", "-", "[?]", "default", "rom", "roma?ji*", "romaji*", "roomanji*", "kara*", "bv", "bg", "tl",
    "tl *",
    "traducao*", "traduccion*", "translation*", "fx", "sub", "op", "op?", "openg", "opening*", "ending*", "title*",
    "titulo*",
    "sign", "signs*", "sign[-_ 0-9]*", "ts",
    "legenda*", "lyrics*", "fading*", "jp", "eng", "pos", "top", "italics", "trailer*", "preview*",
    "*text-type*",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How subtitle text becomes speech, and what a subtitle file may cost."""

    sounds: Annotated[Choice, Setting("sound descriptions: [door slams], (sighs)")] = "skip"
    lyrics: Annotated[Choice, Setting("sung text between music notes")] = "skip"
    credits: Annotated[Choice, Setting("credits, adverts and watermarks of translators and uploaders; their notes")] = (
        "skip"
    )
    credit_patterns: Annotated[
        tuple[str, ...], Setting("regular expressions of further credits, looked for in each cue (case ignored)")
    ] = ()
    sticky: Annotated[
        Literal["auto", "true", "false"],
        Setting("a speaker stays until another is named; auto: in files whose labels show that they are written so"),
    ] = "auto"
    colours: Annotated[bool, Setting("font colours name the speakers of a file that uses them for that")] = True
    positioned: Annotated[
        Literal["auto", "skip", "speak"],
        Setting("ASS text at a place of its own (a sign in the picture); auto: skip, unless most of a file is placed"),
    ] = "auto"
    sign_styles: Annotated[tuple[str, ...], Setting("ASS styles that are not spoken (names or wildcards)")] = (
        SIGN_STYLES
    )
    only_styles: Annotated[
        tuple[str, ...], Setting("the only ASS styles that are spoken, for files in two languages (empty: all)")
    ] = ()
    style_speakers: Annotated[bool, Setting("an ASS style names the speaker where Name is empty")] = True
    plain_styles: Annotated[tuple[str, ...], Setting("ASS styles that never name a speaker (names or wildcards)")] = (
        PLAIN_STYLES
    )
    nobody: Annotated[tuple[str, ...], Setting("ASS names that mean nobody")] = NOBODY
    prefixes: Annotated[bool, Setting("learn speakers from NAME:, [NAME] and (NAME) before the text")] = True
    names: Annotated[tuple[str, ...], Setting("speakers known beforehand, besides those learned")] = ()
    rolling: Annotated[
        bool,
        Setting("say once what is shown several times: cues that come twice, captions that grow or scroll"),
    ] = True
    join_words: Annotated[bool, Setting("join single words, one a cue, to sentences")] = True
    sync: Annotated[
        Literal["check", "auto", "off"],
        Setting("times compared with the film's speech; check: warn, auto: correct, off: do not listen"),
    ] = "check"
    fps: Annotated[
        float,
        Setting("frames a second of files that count frames and do not say it; 0: the film's", low=0, high=1000),
    ] = 0.0
    max_bytes: Annotated[int, Setting("largest subtitle file", unit="bytes", low=1)] = 50_000_000
    max_lines: Annotated[int, Setting("most lines of a file that are not empty", low=1)] = 1_000_000
    max_line: Annotated[int, Setting("longest line", unit="characters", low=100)] = 100_000
    max_cue: Annotated[int, Setting("longest text of one cue", unit="characters", low=10)] = 5_000
    max_cues: Annotated[int, Setting("most cues of a file", low=1)] = 100_000
