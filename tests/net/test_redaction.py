"""A key that a server repeats is taken out of its words before they are cut, however it is written there."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubber.errors import DubError
from dubber.net.redaction import BEGINNING, Key
from dubber.net.responses import sentence
from dubber.net.rest import Door
from tests.servers.rest import Asked, Handler, RestServer

KEY = 'sk-9/Zq+e"w&x=%41\\y_7d0f'
PRINTABLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "quoted": lambda key: quote(key, safe=""),
    "quoted twice": lambda key: quote(quote(key, safe=""), safe=""),
    "each character quoted": lambda key: "".join(f"%{ord(char):02x}" for char in key),
    "as JSON": lambda key: json.dumps(key)[1:-1],
    "as JSON in JSON": lambda key: json.dumps(json.dumps(key))[1:-1],
    "as JSON with \\/": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "as \\u": lambda key: "".join(f"\\u{ord(char):04X}" for char in key),
    "as Python": lambda key: repr(key)[1:-1],
    "as HTML": lambda key: html.escape(key, quote=True),
    "as HTML numbers": lambda key: "".join(f"&#{ord(char)};" for char in key),
    "basic": lambda key: b64encode(f"me:{key}".encode()).decode(),
    "basic, no name": lambda key: b64encode(f":{key}".encode()).decode(),
    "base64": lambda key: b64encode(key.encode()).decode(),
    "base64 for URLs": lambda key: urlsafe_b64encode(f"{key}:".encode()).decode(),
    "base64, quoted": lambda key: quote(b64encode(f"user:{key}".encode()).decode(), safe=""),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_found_however_it_is_written(form: str) -> None:
    written = FORMS[form](KEY)
    said = Key(KEY).scrub(f"bad key {written}, I said {written}")
    assert said.count("<key>") == 2 and said.startswith("bad key ")
    for start in range(len(written) - 12):
        assert written[start : start + 12] not in said, said


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_a_key_is_left_where_the_answer_is_cut(form: str) -> None:
    """The error's words are cut at 300 characters, and its body at 64,000 bytes; the key stands on the edge."""
    written = FORMS[form](KEY)
    for before in (*range(280, 301, 3), 63_990):
        body = "x" * 270 + " " * (before - 270) + written + " and more"
        said = sentence(body.encode(), "text/plain", Key(KEY).scrub)
        tail = said.removeprefix("x" * 270).strip()
        assert written[: BEGINNING + 4] not in said and len(said) <= 300 and len(tail) < 31


@given(st.text(PRINTABLE, min_size=8, max_size=80), st.sampled_from([*FORMS]))
def test_any_key_is_found_in_any_form(key: str, form: str) -> None:
    if set(key) & set("&%\\"):  # a key that looks escaped itself: what is left of it is not told apart
        return
    assert "<key>" in Key(key).scrub(f"({FORMS[form](key)})")


def test_an_answer_of_json_is_scrubbed_too_and_its_other_words_stay() -> None:
    told = Key(KEY).cleaned({"error": [f"no {KEY}"], KEY: {"a": 1, "b": None, "c": "well"}})
    assert told == {"error": ["no <key>"], "<key>": {"a": 1, "b": None, "c": "well"}}
    assert Key("kokoro").cleaned({"voices": ["kokoro"]}) == {"voices": ["kokoro"]}, "a word that any server takes"


def test_a_long_text_of_beginnings_takes_no_time() -> None:
    from time import process_time

    begun = process_time()
    Key("a" * 200).scrub("a" * 199 + "b" + "ab" * 32_000)
    assert process_time() - begun < 1.0


class Echo(RestServer):
    """Repeats the key in its answers, where told."""

    def answer(self, handler: Handler, asked: Asked) -> None:
        key = asked.headers["Authorization"].removeprefix("Bearer ")
        match asked.path.rpartition("/")[2]:
            case "long":
                handler.say({"error": {"message": "x " * 140 + key}}, 400)
            case "good":
                handler.say({"error": f"this is no key: {quote(key, safe='')}"})
            case "kind":
                handler.reply(b"<html></html>", f"text/html;{key}")
            case "kind-first":
                handler.reply(b"words", f"text/{key}")


@pytest.mark.parametrize("path", ["long", "good", "kind", "kind-first"])
def test_a_server_that_repeats_the_key_gets_it_into_no_message(path: str) -> None:
    with Echo() as server:
        door = Door(server.url, key=KEY)
        try:
            said = str(door.get(path))
        except DubError as error:
            said = str(error)
        finally:
            door.close()
    assert KEY[:12] not in said and quote(KEY, safe="")[:12] not in said
