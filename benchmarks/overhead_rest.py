"""What dub adds to a REST server's own time, for each line: python -m benchmarks.overhead_rest

A server on loopback answers at once; the same requests by a bare httpx client, two at a time, are what cannot be
avoided. Printed: milliseconds a line of the backend alone, and of the whole synthesis (checked, measured, stored).
"""

from __future__ import annotations

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from dubber.backends.openai import OpenAi
from dubber.files.store import Store
from dubber.model import Line, Phrase, Voice, Window
from dubber.synthesis.synthesize import Take, synthesize
from tests.servers.coding import encode, seconds_of
from tests.servers.openai import OpenAiServer
from tests.servers.sounds import wav

COUNT, FLIGHT = 200, 2


class Instant(OpenAiServer):
    """Speaks from memory: what is measured is dub."""

    kept: dict[str, bytes] = {}

    def spoken(self, voice: str | int, text: str, **how: object) -> tuple[bytes, str]:
        return self.kept[text], "audio/wav"


def main() -> None:
    voice = Voice("openai", "emma", (("voice", "bf_emma"),))
    texts = [f"This is line number {index} of a film." for index in range(COUNT)]
    lines = [Line(i, "Emma", voice, (Phrase(i, Window(0, 2500), text),), "en") for i, text in enumerate(texts, 1)]
    Instant.kept = {text: wav(encode("bf_emma", text, seconds_of(text)), 24_000) for text in texts}
    with Instant() as server:
        address = f"{server.url}/v1"
        bare = _timed(lambda: _bare(address, texts))
        backend = _timed(lambda: _backend(address, lines))
        whole = _timed(lambda: _whole(address, lines))
    print(f"{COUNT} lines, {FLIGHT} at a time: bare httpx {bare:.1f} ms a line")
    print(f"backend openai {backend:.1f} ms (adds {backend - bare:.1f})")
    print(f"synthesis, checked and stored {whole:.1f} ms (adds {whole - bare:.1f})")


def _timed(call: object) -> float:
    begin = time.perf_counter()
    call()  # type: ignore[operator]
    return (time.perf_counter() - begin) / COUNT * 1000


def _bare(address: str, texts: list[str]) -> None:
    def speak(share: list[str]) -> None:
        with httpx.Client(trust_env=False, verify=False) as client:
            for text in share:
                client.post(f"{address}/audio/speech", json={"model": "m", "voice": "bf_emma", "input": text}).read()

    with ThreadPoolExecutor(FLIGHT) as pool:
        list(pool.map(speak, [texts[start::FLIGHT] for start in range(FLIGHT)]))


def _backend(address: str, lines: list[Line]) -> None:
    def speak(share: list[Line]) -> None:
        backend = OpenAi(servers=(address,))
        for line in share:
            backend.synthesize(line)
        backend.close()

    with ThreadPoolExecutor(FLIGHT) as pool:
        list(pool.map(speak, [lines[start::FLIGHT] for start in range(FLIGHT)]))


def _whole(address: str, lines: list[Line]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        takes = list(synthesize(lines, {"openai": {"servers": (address,)}}, Store(Path(folder))))
        assert all(isinstance(take, Take) for take in takes)


if __name__ == "__main__":
    main()
