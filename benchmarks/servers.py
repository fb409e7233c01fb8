"""Many servers of one second a line; what the whole synthesis adds to a server's own time, with two lines in flight.

    python -m benchmarks servers [--kinds openai,indextts] [--lines 24] [--own 1.0]

Each server speaks one line at a time and takes --own seconds for it, so N of them need lines x own / N at the least.
What is promised stands beside each figure: 4 servers are at least 3.6 times as fast as one, and dub adds at most
10 ms to a line of a REST server, 70 ms to one of a web UI. Run it on a machine that does nothing else.
Everything that dub does is in the figure: the request, decoding, checks, loudness, the take kept (synced twice), the
pool; not the first line of each seat, in which libraries are loaded and pages looked at.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from dubber.model import Line, Phrase, Take, Voice, Window
from dubber.store import Store
from dubber.synthesis import synthesize
from tests.servers.launch import Running
from tests.servers.openai import OpenAiServer
from tests.servers.recordings import recording

TIMES = 3.6  # at least, of four servers
ADDED = {"openai": 10.0, "indextts": 70.0}  # ms a line, at most


def run(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="servers")
    parser.add_argument("--kinds", default="openai,indextts")
    parser.add_argument("--lines", type=int, default=24)
    parser.add_argument("--own", type=float, default=1.0)
    chosen = parser.parse_args(arguments)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in chosen.kinds.split(","):
            taken = {number: timed(kind, number, chosen.lines, chosen.own, Path(folder)) for number in (1, 4)}
            added = 1000 * (taken[1][0] / chosen.lines - chosen.own)
            found[kind] = {
                "one": taken[1][0], "four": taken[4][0], "times": taken[1][0] / taken[4][0],
                "added_ms": added, "cpu_ms": taken[1][1] / chosen.lines * 1000, "load": os.getloadavg()[0],
            }  # fmt: skip
            times, most = found[kind]["times"], ADDED.get(kind, 70.0)
            print(f"{kind}: {chosen.lines} lines of {chosen.own:g} s: 1 server {taken[1][0]:.2f} s, 4 servers "
                  f"{taken[4][0]:.2f} s: {times:.2f} times as fast ({TIMES}: {_verdict(times >= TIMES)}); "
                  f"adds {added:.1f} ms a line ({most:g}: {_verdict(added <= most)}), {found[kind]['cpu_ms']:.1f} ms "
                  f"of CPU; load {os.getloadavg()[0]:.1f}")  # fmt: skip
    return found


def _verdict(good: bool) -> str:
    return "reached" if good else "missed"


def timed(kind: str, number: int, count: int, own: float, folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds for the lines after the first ones, which open each seat."""
    with ExitStack() as stack:
        if kind == "openai":
            rest = [stack.enter_context(OpenAiServer(seconds=own, at_once=1)) for _ in range(number)]
            addresses = [f"{server.url}/v1" for server in rest]
            voice = Voice(kind, "emma", (("voice", "bf_emma"),))
        else:
            web = [stack.enter_context(Running(kind, "--delay", str(own))) for _ in range(number)]
            addresses = [server.ready().url for server in web]
            voice = Voice(kind, "anna", (("reference", recording(folder / "anna.wav", "anna")),))
        first = 2 * number
        made = [line(voice, index) for index in range(first + count)]
        takes = synthesize(made, {kind: {"servers": tuple(addresses)}}, Store(folder / f"{kind}{number}"))
        for _ in range(first):
            assert isinstance(next(takes), Take)
        begin, spent = time.perf_counter(), time.process_time()
        assert all(isinstance(take, Take) for take in takes)
        return time.perf_counter() - begin, time.process_time() - spent


def line(voice: Voice, index: int) -> Line:
    return Line(index, "Emma", voice, (Phrase(index, Window(0, 2500), f"This is line number {index} of it."),), "en")
