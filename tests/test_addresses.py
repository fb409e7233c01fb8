"""A server's address is a scheme, a host, a port and a path; each host has a name of its own among the variables."""

from __future__ import annotations

import httpx
import pytest

from dubber import addresses

GOOD = {
    "http://127.0.0.1:8880/v1": ("http", "127.0.0.1", 8880, "/v1"),
    "https://API.openai.com/v1/": ("https", "api.openai.com", 443, "/v1/"),
    "http://[::1]:7860": ("http", "::1", 7860, ""),
    "http://gpu_box": ("http", "gpu_box", 80, ""),
    "https://bücher.example/sprich": ("https", "bücher.example", 443, "/sprich"),
}
BAD = {
    "https://h/v1?key=": "? or #",
    "https://h/v1#": "? or #",
    "https://h?": "? or #",
    "https://h/v1%3Fa": "% or",
    "https://h/v1%23": "% or",
    "https://h/v1%2e%2e/x": "% or",
    "https://h\\evil.example/": "% or",
    "https://user:secret@h/": "password",
    "https://secret@h": "password",
    "https://h/v1 ": "space or a control",
    " https://h": "space or a control",
    "https://h/\r\nX-Evil: 1": "space or a control",
    "https://h/\x00": "space or a control",
    "https://h\u200b.example/": "space or a control",
    "https://h/\u202e": "space or a control",
    "https://h/v1/../admin": "as a part of its path",
    "https://h/.": "as a part of its path",
    "ftp://h": "no address",
    "h:8880": "no address",
    "": "no address",
    "http://": "no address",
    "http://:80": "no address",
    "http://h:0": "no address",
    "http://h:65536": "no address",
    "http://h:8a": "no address",
    "http://[::1": "no address",
    "http://[1.2.3]": "no address",
    "http://a,b": "no address",
}


@pytest.mark.parametrize("text", GOOD)
def test_an_address_is_read_as_httpx_reads_it(text: str) -> None:
    address = addresses.read(text)
    assert (address.scheme, address.host, address.port, address.path) == GOOD[text]
    asked = httpx.URL(text)
    assert asked.host == address.host and (asked.port or address.port) == address.port
    assert asked.path.rstrip("/") == address.path.rstrip("/") and not asked.query and not asked.fragment


@pytest.mark.parametrize("text", BAD)
def test_what_could_end_or_bend_a_request_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=BAD[text].replace("?", r"\?")) as caught:
        addresses.read(text)
    assert "secret" not in str(caught.value) and "\n" not in str(caught.value)


def test_no_two_places_are_spelled_alike() -> None:
    """Else the owner of tts-example.org would get the key of tts.example.org."""
    places = [
        "tts.example.org", "tts-example.org", "tts.example-org", "tts--example.org", "tts.example.org:8880",
        "127.0.0.1", "127.0.0.1:8880", "127.0.0.2", "localhost:8880", "localhost", "a.b-c.d", "a-b.c.d", "a.b.c-d",
    ]  # fmt: skip
    names = [addresses.spelled(place) for place in places]
    assert all(names) and len(set(names)) == len(places)
    assert addresses.spelled("127.0.0.1:8880") == "127_0_0_1_8880"
    assert addresses.spelled("my-tts.example.org") == "MY__TTS_EXAMPLE_ORG"


@pytest.mark.parametrize("place", ["a_b.org", "-a.org", "a-.org", "a..org", "127.1", "1.2.3:4", "[::1]:8880", "bücher"])
def test_names_that_could_be_spelled_alike_have_no_variable(place: str) -> None:
    assert addresses.spelled(place) == ""
