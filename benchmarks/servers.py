"""Many servers of one second a line; what the whole synthesis adds to a server's own time, with two lines in flight.

    python -m benchmarks servers [--kinds openai,indextts] [--lines 24] [--own 1.0]

A server's model speaks one line at a time and takes --own seconds for it, so N of them need lines x own / N at the
least. What is promised stands beside each figure: 4 servers are at least 3.6 times as fast as one, and dub adds at
most 10 ms to a line of a REST server, 70 ms to one of a web UI. Run it on a machine that does nothing else.

What a line takes beyond its model's own second is told in three figures:
    the server's own work   what the least client that can be (httpx, the protocol's requests and nothing else, two in
                            flight at the same server) sees: the queue's turns, files copied and hashed; gradio 6 also
                            starts ffprobe for every sound, while it holds the model's place (components/audio.py)
    dub adds                all that dub takes beyond that client: the library, decoding, checks, loudness, the take
                            kept (synced twice), the pool
    in all                  the sum of both
Not in it is the first line of each seat, in which libraries are loaded and pages looked at.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import mean
from typing import Any

import httpx

from benchmarks.overhead_gradio import Bare, share
from dubber.files.store import Store
from dubber.model import Line, Phrase, Take, Voice, Window
from dubber.synthesis.synthesize import synthesize
from tests.servers.launch import Running, pythons
from tests.servers.openai import OpenAiServer
from tests.servers.recordings import recording

TIMES = 3.6  # at least, of four servers
ADDED = {"openai": 10.0, "indextts": 70.0}  # ms a line, at most
IN_FLIGHT = 2


def run(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="servers")
    parser.add_argument("--kinds", default="openai,indextts")
    parser.add_argument("--lines", type=int, default=24)
    parser.add_argument("--own", type=float, default=1.0)
    parser.add_argument("--gradio", default="gradio", choices=pythons(), help="which gradio the web UIs run on")
    chosen = parser.parse_args(arguments)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in chosen.kinds.split(","):
            found[kind] = _figures(kind, chosen, Path(folder))
    return found


def _figures(kind: str, chosen: argparse.Namespace, folder: Path) -> dict[str, float]:
    one, four = Trial(kind, 1, chosen, folder), Trial(kind, 4, chosen, folder)
    times, added, own = one.wall / four.wall, one.dub - one.bare, 1000 * chosen.own
    print(f"{kind}: {chosen.lines} lines of {chosen.own:g} s: 1 server {one.wall:.2f} s, 4 servers {four.wall:.2f} s: "
          f"{times:.2f} times as fast ({TIMES}: {_verdict(times >= TIMES)})")  # fmt: skip
    print(f"  a line beyond its own {own:.0f} ms: the server's own work {one.bare - own:.1f} ms, dub adds {added:.1f} "
          f"({ADDED[kind]:g}: {_verdict(added <= ADDED[kind])}), in all {one.dub - own:.1f}; {one.cpu:.1f} ms of CPU "
          f"in dub; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    return {
        "one": one.wall, "four": four.wall, "times": times, "server_ms": one.bare - own, "added_ms": added,
        "total_ms": one.dub - own, "cpu_ms": one.cpu, "load": os.getloadavg()[0],
    }  # fmt: skip


def _verdict(good: bool) -> str:
    return "reached" if good else "missed"


class Trial:
    """Some servers and the lines that they speak. wall: seconds for all lines. bare, dub: ms a line of the least client
    and of dub, at one server; the least client speaks before and after. cpu: ms a line of this process."""

    def __init__(self, kind: str, number: int, chosen: argparse.Namespace, folder: Path) -> None:
        texts = [f"This is line number {index} of it." for index in range(chosen.lines)]
        reference = recording(folder / "anna.wav", "anna")
        with ExitStack() as stack:
            if kind == "openai":
                rest = [stack.enter_context(OpenAiServer(seconds=chosen.own, at_once=1)) for _ in range(number)]
                addresses = [f"{server.url}/v1" for server in rest]
                voice = Voice(kind, "emma", (("voice", "bf_emma"),))
                bare: list[Callable[[str], Any]] = [BareRest(addresses[0]).speak for _ in range(IN_FLIGHT)]
            else:
                how = ("--delay", str(chosen.own), "--brisk")
                python = pythons()[chosen.gradio]
                web = [stack.enter_context(Running(kind, *how, python=python)) for _ in range(number)]
                addresses = [server.ready().url for server in web]
                voice = Voice(kind, "anna", (("reference", reference),))
                bare = [Bare(addresses[0], reference).speak for _ in range(IN_FLIGHT)]
            before = share(texts[::2], bare) if number == 1 else 0.0
            self.wall, self.cpu = timed(voice, texts, addresses, Store(folder / f"{kind}{number}"))
            self.bare = mean([before, share(texts[1::2], bare)]) if number == 1 else 0.0
        self.dub = 1000 * self.wall / len(texts)


def timed(voice: Voice, texts: Sequence[str], addresses: Sequence[str], store: Store) -> tuple[float, float]:
    """Wall seconds for the texts, after other lines that open each seat; CPU ms a line."""
    first = IN_FLIGHT * len(addresses)
    every = [f"Number {place} opens a seat." for place in range(first)] + list(texts)
    made = [line(voice, index, text) for index, text in enumerate(every)]
    options = {voice.backend: {"servers": tuple(addresses), "in_flight": IN_FLIGHT}}
    takes = synthesize(made, options, store)
    for _ in range(first):
        assert isinstance(next(takes), Take)
    begin, spent = time.perf_counter(), time.process_time()
    assert all(isinstance(take, Take) for take in takes)
    return time.perf_counter() - begin, 1000 * (time.process_time() - spent) / len(texts)


def line(voice: Voice, index: int, text: str) -> Line:
    return Line(index, "Emma", voice, (Phrase(index, Window(0, 2500), text),), "en")


class BareRest:
    """The least that a client of this interface can do."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, trust_env=False, timeout=60)

    def speak(self, text: str) -> bytes:
        words = {"model": "kokoro", "voice": "bf_emma", "input": text, "response_format": "wav"}
        return self._http.post("/audio/speech", json=words).raise_for_status().content
