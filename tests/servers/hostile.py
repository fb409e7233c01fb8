"""A server that speaks Gradio's protocol by hand, so that it can break every rule of it.

    with Hostile("redirect /gradio_api/info") as server: server.url ... server.asked

A twist is a word and what it applies to: "redirect PATH", "endless PATH", "chatty PATH", "drip PATH", "packed PATH",
"reset PATH", "torn PATH", "mute PATH", "status 401", "page", "old", "prefix", "default", "nested", "stream".
"""

from __future__ import annotations

import gzip
import io
import json
import socket
import struct
import threading
import time
import wave
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers import coding

TARGET = "http://127.0.0.2:9/stolen"  # nobody is there, and nobody must be asked
PREFIX = "/gradio_api"


def sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes((coding.encode("mallory", "hello", 1.0) * 32767).astype("<i2").tobytes())
    return out.getvalue()


class Hostile:
    """Listens on a free port; asked holds (method, path, headers, body) of each request."""

    def __init__(self, twist: str = "", secret: str = "") -> None:
        self.twist, _, self.place = twist.partition(" ")
        self.secret = secret
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.sent = 0
        self.uploaded = b'["/x/stolen"]'
        self.most: int | None = None  # bytes of a file that it takes
        owner = self

        class Handler(_Handler):
            server_of_ours = owner

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Hostile:
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def config(self) -> dict[str, Any]:
        old = self.twist == "old"
        components = [
            {"id": 1, "type": "textbox", "props": {"label": "text"}, "api_info": {"type": "string"}},
            {"id": 2, "type": "textbox", "props": {"label": "more"}, "api_info": {"type": "string"}},
            {"id": 3, "type": "audio", "props": {"label": "sound"}, "api_info": {"type": "filepath"}},
        ]
        call = {"id": 0, "inputs": [1, 2], "outputs": [3], "api_name": "say", "queue": True, "cancels": []}
        return {
            "version": "3.50.2" if old else "5.49.1", "protocol": "ws" if old else "sse_v3", "mode": "blocks",
            "api_prefix": TARGET if self.twist == "prefix" else PREFIX, "components": components, "app_id": 7,
            "dependencies": [call], "connect_heartbeat": False, "max_file_size": self.most,
        }  # fmt: skip

    def info(self) -> dict[str, Any]:
        default: Any = "x"
        if self.twist == "default":
            default = {"path": self.secret, "orig_name": "x", "meta": {"_type": "gradio.FileData"}}
        if self.twist == "nested":
            default = [{"deep": {"path": self.secret, "meta": {"_type": "gradio.FileData"}}}]
        text = {"parameter_name": "text", "label": "text", "parameter_has_default": False, "type": {"type": "string"},
                "python_type": {"type": "str"}, "component": "Textbox"}  # fmt: skip
        more = text | {"parameter_name": "more", "parameter_has_default": True, "parameter_default": default}
        returns = [{"label": "sound", "type": {}, "python_type": {"type": "filepath"}, "component": "Audio"}]
        return {"named_endpoints": {"/say": {"parameters": [text, more], "returns": returns}}, "unnamed_endpoints": {}}

    def events(self) -> bytes:
        file: dict[str, object] = {
            "path": "/x/a.wav",
            "url": TARGET,
            "orig_name": "a.wav",
            "meta": {"_type": "gradio.FileData"},
        }
        if self.twist == "stream":
            file |= {"is_stream": True, "path": "/x/playlist.m3u8"}
        done = {"msg": "process_completed", "event_id": "e", "success": True, "output": {"data": [file]}}
        return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in (done, {"msg": "close_stream"}))


class _Handler(BaseHTTPRequestHandler):
    server_of_ours: Hostile

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

    def _answer(self, body: bytes) -> None:
        ours = self.server_of_ours
        ours.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        path = self.path.partition("?")[0]
        here = path.startswith(ours.place) if ours.place else True
        with suppress(ConnectionError):
            if ours.twist == "status":
                return self._send(b"no", "text/plain", int(ours.place))
            if here and ours.twist in ("redirect", "endless", "chatty", "drip", "packed", "reset", "torn", "mute"):
                getattr(self, f"_{ours.twist}")(path)
            else:
                self._ordinary(path)

    def _ordinary(self, path: str) -> None:
        ours = self.server_of_ours
        if ours.twist == "page":
            return self._send(b"<html>It works!</html>", "text/html")
        if path == "/config":
            return self._send(json.dumps(ours.config()).encode())
        if path == f"{PREFIX}/info":
            return self._send(json.dumps(ours.info()).encode())
        if path == f"{PREFIX}/queue/join":
            return self._send(b'{"event_id": "e"}')
        if path == f"{PREFIX}/queue/data":
            time.sleep(0.1)
            return self._send(ours.events(), "text/event-stream")
        if path == f"{PREFIX}/file=/x/a.wav":
            return self._send(sound(), "audio/wav")
        if path == f"{PREFIX}/upload":
            return self._send(ours.uploaded)
        self._send(b"no", "text/plain", 404)

    def _send(self, body: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, path: str) -> None:
        self._send(b"", "text/plain", 302, location=TARGET)

    def _packed(self, path: str) -> None:
        body = gzip.compress(b" " * 10_000_000)
        self._send(body, "application/json", 200, **{"content-encoding": "gzip"})

    def _reset(self, path: str) -> None:
        """Gone, before the first byte of an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.shutdown(socket.SHUT_RD)
        self.connection.close()
        self.close_connection = True

    def _torn(self, path: str) -> None:
        """Gone, after the first bytes of an answer."""
        self._begin(path)
        self.wfile.write(b"data: ")
        time.sleep(0.3)
        self._reset(path)

    def _mute(self, path: str) -> None:
        time.sleep(1.5)

    def _endless(self, path: str) -> None:
        self._begin(path)
        chunk = b"data: " + b"x" * 65_536
        while True:
            self.wfile.write(chunk)
            self.server_of_ours.sent += len(chunk)

    def _chatty(self, path: str) -> None:
        """A call that goes on and on, in small events."""
        self._begin(path)
        event = b'data: {"msg": "progress", "event_id": "e", "progress_data": []}\n\n' * 100
        while True:
            self.wfile.write(event)
            self.server_of_ours.sent += len(event)

    def _drip(self, path: str) -> None:
        self._begin(path)
        while True:
            self.wfile.write(b" ")
            time.sleep(0.05)

    def _begin(self, path: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if path.endswith("/data") else "application/json")
        self.end_headers()
