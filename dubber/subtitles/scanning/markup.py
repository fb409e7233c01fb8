"""Text without the markup that SRT, WebVTT and files like them have; what looks like markup and is none stays."""

from __future__ import annotations

import html
import re
import unicodedata

STYLES = "i|b|u|s|em|strong|strike|del|font|c|span|p|div|a|tt|small|big|sub|sup|ruby|rb|lang"
RUBY = re.compile(r"<\s*r[tp](?![^<>\s./=])[^<>]*>(.*?)(?:<\s*/\s*(?:r[tp]|ruby)\s*>|$)", re.IGNORECASE | re.DOTALL)
REST = r"(?:[\s/]*(?:\.[^\s=<>]*\s*)?|[^<>]*=[^<>]*)"  # classes or attributes; "<I am here>" is no tag
NAMED = r"(?![^<>\s./=])"  # the name of a tag ends here
# What stands on both sides of the first kind is one word, of the second kind two.
GLUED = re.compile(
    rf"<(?=[^<>]*+>)\s*(?:/\s*(?:{STYLES}){NAMED}[^<>]*|lang{NAMED}[^<>]*|(?:{STYLES}){NAMED}{REST})>", re.IGNORECASE
)
APART = re.compile(rf"<(?=[^<>]*+>)\s*/?\s*(?:v|br){NAMED}[^<>]*>", re.IGNORECASE)
MOMENT = re.compile(r"<\s*[\d.,\s]*:[\d:.,\s]*>|<(?:\d{1,3}:)?\d\d?:\d\d[.,]\d{1,3}(?!\d|[^<>\n]*>)")
CUT = re.compile(r"<(?=[^<>\n]{0,8}$)[ /]*+(?:i|b|u|s|font)?[ ]*+$", re.IGNORECASE | re.MULTILINE)
CODES = re.compile(r"\{\s*\\[^{}]*\}|\{[A-Za-z]:[^{}\s]*\}")
PATH = re.compile(r"\S*(?<![A-Za-z])[A-Za-z]:\\\S*|\\\\\w\S*")
TOKEN = re.compile(r"\S+")
BREAK = re.compile(r"\\[nNh]")
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
WRAPPED = re.compile(
    r"^([^\w<>\n]{0,9})<\s?(i|b|u|font)(?:\s[^<>\n]*)?>([^<>]*)<\s?/\s?\2\s?>(?=[^\w<>\n]{0,9}$)",
    re.IGNORECASE | re.MULTILINE,
)
NEWLINE = re.compile(r"(?<!\r)\r++\n|\r")
BREAKS = "\x0b\x0c\x85\u2028\u2029"  # end a line for Unicode, not in a subtitle file
# Letters to Unicode and invisible on every screen: fillers of Hangul, vowels of Khmer that have no shape.
SHAPELESS = "\u115f\u1160\u3164\uffa0\u17b4\u17b5\ufffd\ufffe\uffff"


def plain(text: str) -> str:
    """Text with one kind of newline and without what nobody sees: control and format characters."""
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        text = NEWLINE.sub("\n", text)
    for char in sorted(set(text)):
        if char in BREAKS:
            text = text.replace(char, " ")
        elif char not in "\t\n" and (unicodedata.category(char) in ("Cc", "Cf", "Cs") or char in SHAPELESS):
            text = text.replace(char, "")
    return text


def bare(text: str) -> str:
    """The text that a viewer reads."""
    if "\\" in text or "{" in text:
        text = _unbroken(CODES.sub("", text))
    if "<" in text:
        text = _without_readings(text)
        text = CUT.sub("", GLUED.sub("", APART.sub("\n", MOMENT.sub("", text))))
    for _ in range(2):  # files are escaped twice
        if "&" not in text:
            break
        text = CODES.sub("", plain(ENTITY.sub(lambda match: html.unescape(match.group()), text)))
        for _ in range(2 if "<" in text else 0):  # a converter escaped the markup of a whole line
            text = WRAPPED.sub(r"\1\3", text)
    return text


def _without_readings(text: str) -> str:
    """The text with the small letters over its words (ruby) behind it: they stand inside of words."""
    readings = [match[1] for match in RUBY.finditer(text)]
    return "\n".join([RUBY.sub("", text), *readings]) if readings else text


def _unbroken(text: str) -> str:
    """Text with new lines for literal ones; a path of Windows keeps its backslashes."""
    if "\\" not in text:
        return text
    if ":\\" in text or "\\\\" in text:
        return TOKEN.sub(lambda token: token[0] if PATH.fullmatch(token[0]) else BREAK.sub("\n", token[0]), text)
    return BREAK.sub("\n", text)
