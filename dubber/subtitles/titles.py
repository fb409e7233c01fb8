"""Speakers who are called by a title: "Le roi", "La vieille dame", "Der alte Wirt", "Il re di Roma", "De koning"."""

from __future__ import annotations

import re

from dubber.subtitles.vocabulary import ARTICLES, CLAUSES, NOT_NAMES, PRONOUNS, QUALITIES, QUIETLY

OWNER = re.compile(
    r"(?:(?:of|du|de|des|del|di|da|do|dos|das|della|dei|von|vom|van|der|au|aux|à|al|la|le|el)\s|d['’])+\S+"
)
NOUN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
MOST = 4  # words behind the article
NOBODY = (NOT_NAMES - {"re"}) | QUIETLY | PRONOUNS | CLAUSES  # "Il re" is the king


def titled(name: str) -> bool:
    """Whether a name is a definite article and whom it means; not "la porte claque", which goes on with a verb."""
    article, *said = name.split()
    plain = [word.casefold() for word in said]
    if article.casefold() not in ARTICLES or not 1 <= len(said) <= MOST or NOBODY.intersection(plain):
        return False
    while len(plain) > 1 and plain[0] in QUALITIES:
        del plain[0]
    if not all(NOUN.fullmatch(word) for word in plain):
        return False
    owned = OWNER.fullmatch(" ".join(plain[1:]))
    return len(plain) == 1 or bool(owned) or said[-1][0].isupper()  # only German ends with a capital: its nouns
