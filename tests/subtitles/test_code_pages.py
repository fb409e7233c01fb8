"""Bytes to text: in the order that gave no wrong text on real files."""

from __future__ import annotations

import codecs
import unicodedata

import pytest

from dubber.errors import InputError
from dubber.subtitles import Reading, parse
from dubber.subtitles.encoding import decode
from tests import sentences


def srt(*texts: str) -> str:
    return "".join(f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{text}\n\n" for n, text in enumerate(texts, 1))


PORTUGUESE = srt("Não, não é isso.", "Você já está aí?", "Amanhã de manhã, então.")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-8"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_unicode_in_all_its_forms_is_read_and_is_no_guess(mark: bytes, encoding: str) -> None:
    decoded = decode(mark + PORTUGUESE.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.guessed) == (PORTUGUESE, encoding, False)


@pytest.mark.parametrize(
    ("language", "page", "text"),
    [
        ("pt", "cp1252", "Não, você não é o João."),
        ("pt-BR", "cp1252", "Não, você não é o João."),
        ("pl", "cp1250", "Zażółć gęślą jaźń."),
        ("cs_CZ", "cp1250", "Příliš žluťoučký kůň."),
        ("ru", "cp1251", "Привет, как дела?"),
        ("el", "cp1253", "Καλημέρα κόσμε."),
        ("tr", "cp1254", "Işık söndü, şimdi ne olacak?"),
        ("he", "cp1255", "שלום עולם"),
        ("ar", "cp1256", "مرحبا بالعالم"),
        ("et", "cp1257", "Tere õhtust, sõber."),
        ("vi", "cp1258", "Không, tôi"),
        ("th", "cp874", "สวัสดีครับ"),
        ("ja", "cp932", "こんにちは、世界。カタカナも。"),
        ("ja", "euc_jp", "こんにちは、世界。カタカナも。"),
        ("ko", "cp949", "안녕하세요, 여러분."),
        ("zh", "gb2312", "你好，世界。我们走吧。"),
        ("zh", "cp950", "你好，世界。我們走吧，這裡沒有人。"),
        ("zh-TW", "cp950", "你好，世界。我們走吧，這裡沒有人。"),
        ("zh", "gb18030", "你好，世界。镕㐂"),
        ("de", "cp1252", "Schöne Grüße aus Köln – „ja“."),
    ],
)
def test_the_languages_own_code_page_goes_before_any_statistics(language: str, page: str, text: str) -> None:
    data = srt(text).encode(page, "ignore")
    decoded = decode(data, language=language)
    assert decoded.text == data.decode(page)
    assert decoded.guessed and text[:2] in decoded.notes[0]


def test_without_a_language_portuguese_is_still_portuguese() -> None:
    decoded = decode((PORTUGUESE * 5).encode("cp1252"))
    assert decoded.text == PORTUGUESE * 5


def test_russian_is_guessed_from_its_letters() -> None:
    text = srt("Привет, как дела?", "Что ты здесь делаешь?", "Я давно тебя жду.") * 5
    assert decode(text.encode("cp1251")).text == text


def test_a_guess_is_told_with_a_sample_line() -> None:
    script = parse(PORTUGUESE.encode("cp1252"), ".srt", Reading(), language="pt")
    assert script.guessed and script.encoding == "cp1252"
    assert 'for example "Não, não é isso."' in script.notes[0] and "--encoding" in script.notes[0]


def test_the_user_may_say_what_it_is() -> None:
    data = srt("Žluťoučký kůň").encode("cp1250")
    assert "Žluťoučký" in decode(data, encoding="windows-1250").text
    assert decode(codecs.BOM_UTF8 + b"x", encoding="utf-8").text == "x"


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "base64", "undefined", "idna", "utf-7", "a\0b"])
def test_what_is_no_encoding_of_text_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        decode(b"abc", encoding=name)


def test_an_encoding_that_does_not_fit_names_the_line() -> None:
    with pytest.raises(InputError, match="line 2 is not ascii"):
        decode("a\né".encode(), encoding="ascii")


def test_one_broken_byte_does_not_turn_a_utf8_file_into_gibberish() -> None:
    good = srt(*[f"Não número {n}" for n in range(1, 40)])
    decoded = decode(good.encode() + b"40\n00:00:50,000 --> 00:00:51,000\nJo\xe3o\n", language="pt")
    assert decoded.text.startswith(good) and "João" in decoded.text
    assert "cp1252: line" in decoded.notes[0]


def test_seven_bit_japanese_is_not_taken_for_ascii() -> None:
    text = srt("こんにちは、世界。")
    assert decode(text.encode("iso2022_jp")).text == text


def test_a_mark_of_two_bytes_and_an_odd_length_is_still_read() -> None:
    assert decode(codecs.BOM_UTF16_LE + "hé".encode("utf-16-le") + b"x").text == "hé"


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02\x03", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"\x81\x8d\x8f", b"\n"]
)
def test_no_subtitles_at_all_is_an_input_error(data: bytes) -> None:
    with pytest.raises(InputError):
        parse(data, ".srt", Reading())


PAIRS = """
    en cp1252, de cp1252, fr cp1252, es cp1252, pt cp1252, it cp1252, nl cp1252, sv cp1252, da cp1252, fi cp1252,
    de cp850, fr mac_roman, pl cp1250, pl iso8859_2, pl cp852, cs cp1250, hu cp1250, ro cp1250, tr cp1254, vi cp1258,
    ru cp1251, ru koi8_r, ru cp866, ru iso8859_5, uk cp1251, uk koi8_u, bg cp1251, el cp1253, el iso8859_7, he cp1255,
    ar cp1256, ar iso8859_6, th cp874, ja cp932, ja euc_jp, ko cp949, zh gb18030, zh-TW cp950
"""


def typed(text: str, page: str) -> str:
    """A text with what a page has: Vietnamese tones stand by themselves in CP1258."""
    if page == "cp1258":
        tones = "\u0300\u0301\u0303\u0309\u0323"
        parts = [unicodedata.normalize("NFD", char) for char in text]
        apart = ["".join(c for c in part if c not in tones) for part in parts]
        marks = ["".join(c for c in part if c in tones) for part in parts]
        text = "".join(unicodedata.normalize("NFC", a) + b for a, b in zip(apart, marks, strict=True))
    return text.encode(page, "ignore").decode(page)


@pytest.mark.parametrize("pair", [pair.strip() for pair in PAIRS.split(",")])
def test_no_page_is_taken_for_another_whatever_is_known_of_the_language(pair: str) -> None:
    language, page = pair.split()
    for count in (40, 160):
        text = typed(sentences.srt(sentences.lines(language, count)), page)
        for known in (language, "ru"):
            assert decode(text.encode(page), language=known).text == text, (count, known)


@pytest.mark.parametrize("page", ["koi8_r", "cp866", "cp1251", "iso8859_5"])
def test_a_russian_file_may_have_any_russian_page(page: str) -> None:
    text = srt("Привет, как дела?", "Что ты здесь делаешь?")
    assert decode(text.encode(page), language="ru").text == text


def test_a_guess_shows_letters_that_decided_not_signs() -> None:
    text = srt("“Well…” – 5 £", *["Nothing here."] * 3, "Où est le château ?", "Là-bas.")
    (note,) = decode(text.encode("cp1252"), language="fr").notes
    assert '"Où est le château ?"' in note


def shown(data: bytes, page: str) -> str:
    """Bytes as a page of Windows shows them; what it has no sign for stays a control character."""
    return "".join(bytes([byte]).decode(page, "ignore") or chr(byte) for byte in data)


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("cp1252", ["Où étiez-vous ?", "Ça alors, à Noël…", "“Hélas”, dit-il.", "Yes."]),
        ("cp1252", ["Привет, как дела?", "Я не знаю, где он.", "Иди!"]),
        ("cp1251", ["Привет, как дела?", "Это я не знаю, Иди!", "Всё…"]),
    ],
)
def test_letters_that_were_encoded_twice_are_read_as_they_were_meant(page: str, texts: list[str]) -> None:
    decoded = decode(shown(srt(*texts).encode(), page).encode())
    assert decoded.text == srt(*texts) and "encoded twice" in decoded.notes[0] and not decoded.guessed


@pytest.mark.parametrize(
    "texts", [["Â is a letter.", "♪ Ã ♪"], ["Ñandú, ¿sí?", "Ça va", "à Noël"], ["РСФСР и СССР…", "♪"]]
)
def test_letters_that_were_encoded_once_stay(texts: list[str]) -> None:
    assert decode(srt(*texts).encode()).text == srt(*texts)


def test_quotation_marks_that_are_control_characters_are_those_of_windows() -> None:
    assert decode(srt("It\x92s late\x85", "\x93Go!\x94").encode()).text == srt("It’s late…", "“Go!”")


def test_a_few_lines_of_french_are_not_taken_for_a_page_of_dos() -> None:
    text = srt("Où étiez-vous hier, très chère ?", "Ça alors, c'était à Noël.", "L'œuvre d'un garçon naïf.")
    assert decode(text.encode("cp1252"), language="fr").text == text
    assert decode(text.encode("cp1252")).text == text
