"""Which letters a language is written in, and which a text is written in. PURE.

No package among the dependencies knows that, so it stands here for the languages of ISO 639-1, generously: Azerbaijani
may come in three scripts, Panjabi in two. A language that has no two-letter code is not judged.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache

from dubber.languages import base

WRITTEN = {
    "Arabic": "ar az fa ha kk ks ku ky ms pa ps sd tg tk tt ug ur uz",
    "Armenian": "hy",
    "Bengali": "as bn",
    "Bopomofo": "zh",
    "Canadian": "cr iu oj",
    "Cyrillic": "ab av az ba be bg bs ce cu cv kk ku kv ky mk mn os ru sr tg tk tt ug uk uz",
    "Devanagari": "bh hi ks mr ne pi sa sd",
    "Ethiopic": "am ti",
    "Georgian": "ab ka os",
    "Greek": "el",
    "Gujarati": "gu",
    "Gurmukhi": "pa",
    "Han": "ja zh",
    "Hangul": "ko",
    "Hebrew": "he yi",
    "Kana": "ja",
    "Kannada": "kn",
    "Khmer": "km",
    "Lao": "lo",
    "Malayalam": "ml",
    "Mongolian": "mn",
    "Myanmar": "my pi",
    "Oriya": "or",
    "Sinhala": "pi si",
    "Tamil": "ta",
    "Telugu": "te",
    "Thaana": "dv",
    "Thai": "pi th",
    "Tibetan": "bo dz",
    "Yi": "ii",
}
# Of those, the one that subtitles in a script are in.
USUAL = {
    "Han": "zh",
    "Hebrew": "he",
    "Georgian": "ka",
    "Thai": "th",
    "Sinhala": "si",
    "Myanmar": "my",
    "Bopomofo": "zh",
}
# Of a script that many languages are written in, those of most subtitles; first the one with by far the most speakers.
FREQUENT = {
    "Arabic": "ar fa ur",
    "Bengali": "bn as",
    "Cyrillic": "ru uk bg sr mk",
    "Devanagari": "hi mr ne",
}
# Latin letters are anybody's: Serbian, Uzbek and Kazakh are written in them too, Hindi and Yiddish often are in
# subtitles, and most languages are by somebody. They are strange only where a nation's subtitles do not come so, and
# its voices would read them letter by letter or as English.
NEVER_LATIN = "am ar be bg el fa he hy ja ka km ko ky lo mk my ps ru tg th uk zh"
NAMES = {name.upper(): name for name in ("Latin", *WRITTEN)} | {"CJK": "Han", "HIRAGANA": "Kana", "KATAKANA": "Kana"}
NAMED = re.compile(r"[-_][a-z]{4}\b", re.IGNORECASE)  # a tag that says the script itself: sr-Latn, ru-Latn

SAMPLE = 200  # texts that are looked at, from all over the film
LEAST = 10  # letters; fewer prove nothing: a name, "OK"


def strange(texts: Sequence[str], language: str) -> str:
    """The scripts of most letters ("Cyrillic", "Han and Kana") when the language is not written in them, else ""."""
    if len(base(language)) != 2 or NAMED.search(language):
        return ""
    found = scripts(texts)
    odd = Counter({script: count for script, count in found.items() if not may_be(language, script)})
    if found.total() < LEAST or 2 * odd.total() <= found.total():
        return ""
    return " and ".join(script for script, count in odd.most_common() if 4 * count >= found.total())


def scripts(texts: Sequence[str]) -> Counter[str]:
    """Letters by script, in a sample. An odd step: in files of two languages every other cue is the other one's."""
    sample = "".join(texts[:: len(texts) // SAMPLE | 1])
    if sample.isascii():
        return +Counter({"Latin": sum(map(str.isalpha, sample))})
    found: Counter[str] = Counter()
    for char, count in Counter(unicodedata.normalize("NFKC", sample)).items():
        found[_script(char)] += count
    del found[""]
    return found


def main(texts: Sequence[str]) -> tuple[str, int]:
    """The script of most letters, and how many these are; "Kana" where kana stand among Chinese characters."""
    found = scripts(texts)
    if 8 * found["Kana"] > found["Han"]:  # Japanese prose has more kana than characters; a name in Chinese has one
        found["Kana"] += found.pop("Han", 0)
    (script, count), *_ = found.most_common(1) or [("", 0)]
    return (script, count) if 2 * count > found.total() else ("", 0)


def languages_in(script: str) -> tuple[str, ...]:
    """The languages that subtitles in a script are in; none: any language that is written in Latin letters."""
    return tuple((USUAL.get(script) or WRITTEN.get(script, "")).split())


def frequent(script: str) -> tuple[str, ...]:
    """The languages that most subtitles in a script are in, the most spoken first; none for Latin letters."""
    return tuple(FREQUENT.get(script, "").split()) or languages_in(script)


@cache
def may_be(language: str, script: str) -> bool:
    """Whether a language is written in a script, at least by some."""
    tag = base(language)
    return tag not in NEVER_LATIN.split() if script == "Latin" else tag in WRITTEN.get(script, tag).split()


@cache
def _script(char: str) -> str:
    return NAMES.get(unicodedata.name(char, "").split(" ")[0], "") if char.isalpha() else ""
