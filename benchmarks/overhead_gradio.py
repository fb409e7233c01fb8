"""What dub adds to a Gradio web UI's own time for a line, with 1, 2 and 4 lines in flight.

    python -m benchmarks overhead_gradio [--lines 40] [--own 0.25]

The server (tests/servers, on loopback) takes --own seconds for each line and speaks one at a time. Its own time for a
line is what a bare client needs: nothing but the three requests of Gradio's protocol over one open connection, the
sound thrown away. dub goes through gradio_client (which opens a connection for each request, and looks for the answer
every 50 ms: hidden where another line is in flight), checks and decodes the sound. Both send the reference once. The
first line of each worker is left out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from dubber.backends.indextts import IndexTTS
from dubber.model import Line, Phrase, Voice, Window
from tests.servers.launch import Running, pythons
from tests.servers.recordings import recording

SHORT = True


def run(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="overhead_gradio")
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--own", type=float, default=0.25)
    chosen = parser.parse_args(arguments)
    texts = [f"Line number {number} of this film, spoken." for number in range(chosen.lines)]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        reference = recording(Path(folder) / "anna.wav", "anna", seconds=5.0)
        for python in pythons().values():
            with Running("indextts", "--delay", str(chosen.own), "--brisk", python=python) as server:
                version = httpx.get(f"{server.ready().url}/config").json()["version"]
                for flying in (1, 2, 4):
                    bare = share(texts, [Bare(server.url, reference).speak for _ in range(flying)])
                    workers = [IndexTTS(servers=(server.url,)) for _ in range(flying)]
                    ours = share(texts, [speaker(worker, reference) for worker in workers])
                    found[f"gradio {version}, {flying} in flight"] = {"bare": bare, "dub": ours, "added": ours - bare}
                    print(f"gradio {version}, {flying} in flight: {ours:6.1f} ms a line, bare {bare:6.1f}, "
                          f"dub adds {ours - bare:6.1f}; the model's own {1000 * chosen.own:.0f}")  # fmt: skip
                    for worker in workers:
                        worker.close()
    return found


def share(texts: Sequence[str], workers: Sequence[Callable[[str], Any]]) -> float:
    """ms for each text, the workers taking them side by side; their first lines, which open what is to be opened, are
    not counted: the time runs from the last of those to the last of all."""
    todo, ends, lock = iter(["The first line."] * len(workers) + list(texts)), list[float](), threading.Lock()

    def work(speak: Callable[[str], Any]) -> None:
        while True:
            with lock:
                text = next(todo, None)
            if text is None:
                return
            speak(text)
            ends.append(time.perf_counter())

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ends.sort()
    return 1000 * (ends[-1] - ends[len(workers) - 1]) / len(texts)


def speaker(backend: IndexTTS, reference: Path) -> Callable[[str], Any]:
    voice = Voice("indextts", "anna", (("reference", reference),))
    return lambda text: backend.synthesize(Line(1, "anna", voice, (Phrase(1, Window(0, 2000), text),), "en"))


class Bare:
    """The least that a client of this web UI can do."""

    def __init__(self, url: str, reference: Path) -> None:
        self._http = httpx.Client(trust_env=False, timeout=60)
        config = self._http.get(f"{url}/config").json()
        self._base = url + config.get("api_prefix", "")
        self._call = next(one["id"] for one in config["dependencies"] if one["api_name"] == "gen_single_with_status")
        files = {"files": ("anna.wav", reference.read_bytes())}
        path = self._http.post(f"{self._base}/upload", files=files).json()[0]
        self._prompt = {"path": path, "orig_name": "anna.wav", "meta": {"_type": "gradio.FileData"}}

    def speak(self, text: str) -> bytes:
        session = uuid.uuid4().hex
        values = [self._prompt, text, "普通推理", 120, 4, True, 0.8, 30, 1, 0, 3, 10, 600]
        body = {"data": values, "fn_index": self._call, "session_hash": session}
        self._http.post(f"{self._base}/queue/join", json=body).raise_for_status()
        with self._http.stream("GET", f"{self._base}/queue/data", params={"session_hash": session}) as events:
            for event in events.iter_lines():
                if event.startswith("data:") and "process_completed" in event:
                    path = json.loads(event[5:])["output"]["data"][0]["value"]["path"]
                    break
        return self._http.get(f"{self._base}/file={path}").content
