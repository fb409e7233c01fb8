"""A real HTTP server on loopback for the REST backends, with every fault by name.

    with OpenAiServer() as server: server.url ... server.asked
    OpenAiServer(fault="500")                each synthesis fails so
    server.faults.append("hang")             the next one does
    Door(f"{server.url}/fault/silence/v1")   whatever is asked below this address does

Faults: SENDING (how the answer travels), STATUS (what it says), sounds.ODD and sounds.BROKEN (what is in the file).
"""

from __future__ import annotations

import email
import email.policy
import json
import socket
import struct
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from numpy.typing import NDArray

from tests.servers import sounds
from tests.servers.coding import RATE, encode, seconds_of

STATUS: dict[str, tuple[int, dict[str, str]]] = {
    **{str(status): (status, {}) for status in (400, 401, 402, 403, 404, 408, 413, 422, 500, 502, 503, 504)},
    "429": (429, {"Retry-After": "1"}),
    "429-date": (429, {"Retry-After": "Wed, 21 Oct 2125 07:28:00 GMT"}),
    "429-tomorrow": (429, {"Retry-After": "86400"}),
    "429-quota": (429, {}),
    "503-later": (503, {"Retry-After": "2"}),
    "redirect-private": (302, {"Location": "http://127.0.0.2:9/secret.wav"}),
    "redirect-metadata": (307, {"Location": "http://169.254.169.254/latest/meta-data"}),
    "redirect-other": (307, {"Location": "http://example.com/"}),
    "redirect-file": (302, {"Location": "file:///etc/hostname"}),
    "redirect-loop": (307, {"Location": ""}),
}


@dataclass
class Asked:
    """One request as it came in. body: the JSON; fields and files: a form's."""

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    body: Any = None
    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    at: float = 0.0


class Handler(BaseHTTPRequestHandler):
    """One connection. What to answer is the server's `answer(handler, asked)`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    owner: RestServer

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def setup(self) -> None:
        super().setup()
        self.owner.connections.add(self.connection)

    def finish(self) -> None:
        self.owner.connections.discard(self.connection)
        super().finish()

    def log_message(self, *_: object) -> None:
        """Silent."""

    def _serve(self) -> None:
        try:
            asked = self._read()
            self.owner.asked.append(asked)
            if self.owner.dies(asked):
                return self._drop_dead()
            self.fault = self._fault(asked)
            if self.fault in STATUS or self.fault in SENDING:
                return self.fail(self.fault)
            self.owner.answer(self, asked)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionError, ValueError):
            self.close_connection = True
        except Exception:
            self.owner.errors.append(traceback.format_exc())
            self.close_connection = True

    def _drop_dead(self) -> None:
        self.close_connection = True
        threading.Thread(target=self.owner.drop_dead, daemon=True).start()
        self.owner.returned.wait(30)

    def _fault(self, asked: Asked) -> str:
        if asked.path.startswith("/fault/"):
            _, _, name, rest = asked.path.split("/", 3)
            asked.path = "/" + rest
            return name
        if not self.owner.is_synthesis(asked):
            return ""
        return self.owner.faults.popleft() if self.owner.faults else self.owner.fault

    def _read(self) -> Asked:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        asked = Asked(self.command, parts.path, dict(self.headers.items()), query, at=time.monotonic())
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            asked.body = json.loads(data)
        elif kind.startswith("multipart/"):
            message = email.message_from_bytes(f"Content-Type: {kind}\n\n".encode() + data, policy=email.policy.HTTP)
            for part in message.iter_parts():
                name = str(part.get_param("name", header="Content-Disposition"))
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                if file_name := part.get_filename():
                    asked.files[name], asked.names[name] = content, file_name
                else:
                    asked.fields[name] = content.decode()
        elif data:
            asked.fields = {name: values[-1] for name, values in parse_qs(data.decode()).items()}
        return asked

    def fail(self, fault: str) -> None:
        if fault in SENDING:
            return SENDING[fault](self)
        status, headers = STATUS[fault]
        if "Location" in headers and not headers["Location"]:
            headers = {"Location": self.path}
        kind = "insufficient_quota" if fault == "429-quota" else "fault"
        message = f"told to fail with {status}; your key was {self.headers.get('Authorization', 'nowhere')}"
        self.reply(
            json.dumps({"error": {"message": message, "type": kind}}).encode(), "application/json", status, headers
        )

    def say(self, value: Any, status: int = 200) -> None:
        self.reply(json.dumps(value).encode(), "application/json", status)

    def reply(self, data: bytes, kind: str, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response_only(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def speak(self, voice: str | int, text: str, *, speed: float = 1.0, form: str = "wav", rate: int = RATE) -> None:
        """Answer with a text in a voice, or with what the fault makes of it."""
        data, kind = self.owner.spoken(voice, text, speed=speed, form=form, rate=rate, fault=self.fault)
        self.reply(data, kind)


class RestServer:
    """Runs in threads of this process. seconds: what each synthesis takes; at_once: how many run beside each other."""

    def __init__(self, *, fault: str = "", seconds: float = 0.0, at_once: int = 8, key: str = "") -> None:
        self.fault, self.seconds, self.key = fault, seconds, key
        self.faults: deque[str] = deque()
        self.asked: list[Asked] = []
        self.errors: list[str] = []
        self.connections: set[socket.socket] = set()
        self.ended = threading.Event()
        self.dies_at = 0  # the synthesis during which it drops dead; it comes back
        self.returned = threading.Event()
        self._turns = threading.Semaphore(at_once)
        self._port = 0
        self._listen()

    def answer(self, handler: Handler, asked: Asked) -> None:
        raise NotImplementedError

    def is_synthesis(self, asked: Asked) -> bool:
        """Is this a request that faults are meant for?"""
        return True

    def dies(self, asked: Asked) -> bool:
        """Does it drop dead with this request?"""
        return bool(self.dies_at) and self.is_synthesis(asked) and len(self.syntheses) >= self.dies_at

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def syntheses(self) -> list[Asked]:
        return [asked for asked in self.asked if self.is_synthesis(asked)]

    def spoken(
        self, voice: str | int, text: str, *, speed: float, form: str, rate: int = RATE, fault: str = ""
    ) -> tuple[bytes, str]:
        """The file and its type, after the time that a synthesis takes."""
        with self._turns:
            done = time.monotonic() + self.seconds
            sound: NDArray[np.float32] = encode(voice, text, seconds_of(text, speed), rate)
            if self.seconds:
                self.ended.wait(done - time.monotonic())
        kinds = {"mp3": "audio/mpeg", "opus": "audio/ogg", "pcm": "audio/pcm"}
        made = sounds.ODD.get(fault) or sounds.BROKEN.get(fault)
        if made:
            named = {"html": "text/html", "json": "application/json", "text": "text/plain"}
            return made(sound, rate), named.get(fault, "audio/wav")
        return sounds.encoded(sound, rate, form), kinds.get(form, f"audio/{form}")

    def die(self) -> None:
        """Drop dead: nobody listens, open connections are reset."""
        self._http.shutdown()
        self._http.server_close()
        for connection in list(self.connections):
            reset(connection)

    def drop_dead(self) -> None:
        """In the middle of what it does; back after a while."""
        self.dies_at = 0
        self.die()
        self.ended.wait(0.5)
        self.revive()
        self.returned.set()

    def revive(self) -> None:
        """Come back at the same address."""
        self._listen()

    def _listen(self) -> None:
        handler = type("Bound", (Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        self._http.daemon_threads = True
        self._port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.die()
        assert not self.errors, "\n".join(self.errors)


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN. shutdown first: other threads may be reading from it."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _hang(handler: Handler) -> None:
    handler.owner.ended.wait(60)
    handler.close_connection = True


def _reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def _drip(handler: Handler) -> None:
    """One byte at a time, each in time, without end."""
    handler.send_response_only(200)
    handler.send_header("Content-Type", "audio/wav")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.owner.ended.wait(0.05):
        handler.wfile.write(b"R")
        handler.wfile.flush()


def _drip_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while not handler.owner.ended.wait(0.05):
        number += 1
        handler.wfile.write(f"X-{number}: y\r\n".encode())
        handler.wfile.flush()


def _endless(handler: Handler) -> None:
    handler.send_response_only(200)
    handler.send_header("Content-Type", "audio/wav")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    block = b"\0" * 65_536
    while not handler.owner.ended.is_set():
        handler.wfile.write(b"10000\r\n" + block + b"\r\n")


def _huge(handler: Handler) -> None:
    handler.reply(b"RIFF", "audio/wav", headers={"Content-Length": str(10**12)})
    handler.close_connection = True


def _short(handler: Handler) -> None:
    handler.reply(b"RIFF", "audio/wav", headers={"Content-Length": "5000"})
    handler.close_connection = True


def _no_http(handler: Handler) -> None:
    handler.wfile.write(b"220 mail.example.org ESMTP\r\n")
    handler.close_connection = True


def _bomb(handler: Handler) -> None:
    import gzip

    data = gzip.compress(b"\0" * 50_000_000)
    handler.reply(data, "audio/wav", headers={"Content-Encoding": "gzip"})


SENDING: dict[str, Callable[[Handler], None]] = {
    "hang": _hang, "reset": _reset, "drip": _drip, "drip-headers": _drip_headers, "endless": _endless, "huge": _huge,
    "short": _short, "no-http": _no_http, "gzip-bomb": _bomb,
}  # fmt: skip
