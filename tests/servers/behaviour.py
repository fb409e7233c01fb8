"""What the Gradio test servers have in common: how they speak, how they fail, how they are started.

A voice is heard in the sound (see coding): a preset by its name, a recording by the voice that speaks in it. Words in
the text make a server fail the way the real ones were seen to: "FAULT silence", "FAULT raise once", ...
"once" ends after the first time that the server sees this text.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import tempfile
import threading
import time
import wave
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from tests.servers import coding

FOLDER = Path(tempfile.mkdtemp(prefix="dub-test-server-"))
MODERN = int(gr.__version__.split(".")[0]) >= 5


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each line takes")
    parser.add_argument("--die-after", type=int, default=0, help="the process ends while it speaks this line")
    parser.add_argument("--fault", default="", help="what each line fails with")
    parser.add_argument("--flavour", default="")
    parser.add_argument("--language", default="zh", choices=["zh", "en"])
    parser.add_argument("--root", default="", help="the folder that the server works in")
    parser.add_argument("--queue", type=int, default=0, help="how many calls may wait (0: any number)")
    parser.add_argument("--brisk", action="store_true", help="look for work as often as gradio itself does")
    return parser.parse_args()


@dataclass
class Speaker:
    """One model: it speaks one line after another, remembers what it said, and fails when told to."""

    delay: float
    die_after: int
    rate: int
    always: str = ""  # what each line fails with
    spoken: int = 0
    busy: int = 0
    busiest: int = 0
    seen: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault_in(self, text: str) -> str:
        if self.always:
            return self.always
        found = re.search(r"FAULT (\w+)( once)?", text)
        if found is None or (found[2] and text in self.seen):
            return ""
        self.seen.add(text)
        return found[1]

    def say(self, voice: str | int, text: str, speed: float = 1.0) -> NDArray[np.float32]:
        with self.lock:
            self.spoken += 1
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)
        tell(f"speaks {text}")
        if self.die_after and self.spoken >= self.die_after:
            os._exit(9)
        done = time.monotonic() + self.delay
        sound = coding.encode(voice, text, coding.seconds_of(text, speed) * self._luck(), self.rate)
        time.sleep(max(0.0, done - time.monotonic()))
        with self.lock:
            self.busy -= 1
        return sound

    def _luck(self) -> float:
        """How many times as long as it should be a take is: an unruly model says half of one line in eight, and one in
        twelve twice."""
        luck = random.Random(self.spoken).random() if self.always == "unruly" else 1.0
        return 0.5 if luck < 1 / 8 else 2.0 if luck < 1 / 8 + 1 / 12 else 1.0


def tell(words: str) -> None:
    """Into the log, where a test sees it: Running.log."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def broken(fault: str, rate: int) -> NDArray[np.float32]:
    """The sounds of a server that reports success and has none."""
    sounds = {
        "silence": np.zeros(rate * 3, np.float32),
        "second": np.zeros(16_000, np.float32),
        "empty": np.zeros(0, np.float32),
    }
    return sounds[fault]


def write(samples: NDArray[np.float32], rate: int, name: str = "spk") -> str:
    """A WAV file as these programs write it: 16-bit, mono, a new name for each."""
    path = Path(tempfile.mkdtemp(dir=FOLDER)) / f"{name}_{time.time_ns()}.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return str(path)


def hear(path: str) -> tuple[int, float]:
    """The voice of a recording (its number) and the recording's length in seconds, as a cloning model would: one that
    it knows, it does not read again."""
    facts = Path(path).stat()
    return _heard(path, facts.st_mtime_ns, facts.st_size)


@cache
def _heard(path: str, changed: int, size: int) -> tuple[int, float]:
    with wave.open(path) as recording:
        rate, channels = recording.getframerate(), recording.getnchannels()
        data = np.frombuffer(recording.readframes(recording.getnframes()), "<i2")
    samples = (data.reshape(-1, channels) / 32768).astype(np.float32)
    code = coding.decode(samples, rate)
    if code is None:
        raise ValueError("no voice in this recording")
    return code[0], len(samples) / rate


def serve(demo: gr.Blocks, chosen: argparse.Namespace) -> None:
    queue: dict[str, Any] = {"max_size": chosen.queue} if chosen.queue else {}
    more: dict[str, Any] = {"quiet": True} | ({} if int(gr.__version__.split(".")[0]) < 6 else {"footer_links": []})
    demo.queue(**queue)
    # From gradio 6 on an idle server looks for work 1,000 times a second (5: 20 times): a dozen of them fill a core.
    if not chosen.brisk:
        demo._queue.sleep_when_free = max(demo._queue.sleep_when_free, 0.05)
    demo.launch(
        server_name="127.0.0.1", server_port=chosen.port, share=False, inbrowser=False, show_error=False,
        allowed_paths=[str(FOLDER)], **{k: v for k, v in more.items() if k != "footer_links"},
    )  # fmt: skip
