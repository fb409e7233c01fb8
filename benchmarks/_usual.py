"""The same job as other programs do it, for comparison with `dub`. Needs pydub (a dependency of dub) and ffmpeg.

    python -m benchmarks._usual FILM SUBTITLES OUT       the usual way, as most scripts for this job go
    python -m benchmarks._usual piper PROGRAM [WORD...]  PROGRAM beside a voice server that it can speak to

The usual way: each cue is spoken, one after the other; too long a clip goes through a program that stretches it; pydub
lays it over the film's whole sound; that is written as WAV; ffmpeg encodes and muxes it. The voice is espeak-ng as dub
has it, in both. The server answers as gopipertts does (GET /api/tts?text=&speed=: WAV), which srt2speech 1.7 asks by
itself when SRT2SPEECH_PIPER_URL is set; no cloud is needed for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dubber.backends import find
from dubber.job.subtitle_files import read
from dubber.media import ffmpeg
from dubber.media.wav import encode_wav
from dubber.model import Line, Phrase, Voice, Window
from dubber.subtitles import Reading

FASTEST = 2.0  # atempo's limit; where a script stops at all
DUCK = -12.0  # dB


def spoken(text: str, speed: float = 1.0) -> bytes:
    """A WAV file of the text."""
    line = Line(1, "", Voice("espeak", "e"), (Phrase(1, Window(0, 1000), text),), "en", speed)
    return encode_wav(find("espeak")().synthesize(line))


def usual(film: Path, subtitles: Path, out: Path) -> None:
    from pydub import AudioSegment

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run("-i", str(film), "-vn", "-ac", "2", "-ar", "48000", str(folder / "film.wav"))
        track = AudioSegment.from_wav(folder / "film.wav") + DUCK
        for cue in read(subtitles, Reading()).cues:
            (folder / "line.wav").write_bytes(spoken(cue.text))
            clip = AudioSegment.from_wav(folder / "line.wav")
            rate = min(FASTEST, len(clip) / cue.window.length)
            if rate > 1.0:
                run("-i", str(folder / "line.wav"), "-af", f"atempo={rate:.4f}", str(folder / "fast.wav"))
                clip = AudioSegment.from_wav(folder / "fast.wav")
            track = track.overlay(clip, position=cue.window.start)
        track.export(folder / "dub.wav", format="wav")
        maps = ["-map", "0:v", "-map", "1:a", "-map", "0:a"]
        codec = ["-c", "copy", "-c:a:0", "aac", "-b:a:0", "192k"]
        run("-i", str(film), "-i", str(folder / "dub.wav"), *maps, *codec, str(out))


def run(*arguments: str) -> None:
    command = [str(ffmpeg.tools().ffmpeg), "-nostdin", "-y", "-loglevel", "error", *arguments]
    subprocess.run(command, check=True)


class Piper(BaseHTTPRequestHandler):
    """GET /api/tts, and nothing else."""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        body = spoken(asked["text"][0], float(asked["speed"][0]))
        self.send_response(200)
        self.send_header("Content-Type", "audio/wav")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def beside_piper(command: list[str]) -> int:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Piper)
    Thread(target=server.serve_forever, daemon=True).start()
    environ = {**os.environ, "SRT2SPEECH_PIPER_URL": f"http://127.0.0.1:{server.server_port}"}
    return subprocess.run(command, env=environ, check=False).returncode


if __name__ == "__main__":
    if sys.argv[1] == "piper":
        sys.exit(beside_piper(sys.argv[2:]))
    usual(*map(Path, sys.argv[1:4]))
