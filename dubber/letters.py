"""Which letters a language is written in: a file of Cyrillic that is about to be read as English is worth a word. PURE.

No language is guessed: only what a language is never written in is strange. No package among the dependencies knows
that, so it stands here for the languages of ISO 639-1, generously: Azerbaijani may come in three scripts, Panjabi in
two. A language that has no two-letter code is not judged.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from dubber.languages import base, known

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
    if not known(language) or NAMED.search(language):
        return ""
    found, tag = scripts(texts), base(language)
    odd = Counter({script: count for script, count in found.items() if not _writes(tag, script)})
    if found.total() < LEAST or 2 * odd.total() <= found.total():
        return ""
    return " and ".join(script for script, count in odd.most_common() if 4 * count >= found.total())


def scripts(texts: Sequence[str]) -> Counter[str]:
    """Letters by script, in a sample. An odd step: in files of two languages every other cue is the other one's."""
    sample = "".join(texts[:: len(texts) // SAMPLE | 1])
    found: Counter[str] = Counter()
    for char, count in Counter(unicodedata.normalize("NFKC", sample)).items():
        script = NAMES.get(unicodedata.name(char, "").split(" ")[0], "") if char.isalpha() else ""
        if script:
            found[script] += count
    return found


def _writes(tag: str, script: str) -> bool:
    return tag not in NEVER_LATIN.split() if script == "Latin" else tag in WRITTEN[script].split()
