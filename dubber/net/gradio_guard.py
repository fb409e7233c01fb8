"""What stands between a foreign HTTP client library and the network.

gradio_client hands its keyword arguments for httpx to every request that it makes, `auth` among them, and httpx shows
an Auth each request before it leaves and each answer before it is read (https://www.python-httpx.org/advanced/
authentication/). So one object sees all of the library's traffic, without a look into its private parts:

- a request goes to the server that the user named, and to no other address; it carries no token
- a redirect is refused, with the sentence that the user needs
- an answer ends: it is limited in size by its kind, and in time unless it is a stream of events, each of which is
  limited in size
- what still flows can be cut off at once, from another thread
- a stream of events that breaks off, however it does (never begun, reset, by the other side or by us), ends in the one
  way that gradio_client takes in silence: of any other it would print a traceback into the user's terminal
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass

import httpx

SECRETS = ("authorization", "x-hf-authorization", "proxy-authorization", "x-ip-token")

EVENTS = "/queue/data"  # where gradio sends its events
FILE = "/file="  # where it gives a file that it made
SILENT = "it has been silent for too long"


class RequestBlocked(httpx.RemoteProtocolError):
    """The guard let something not pass. A kind of error that gradio_client takes as the end of a stream, in silence."""


class TooLarge(RequestBlocked):
    """The answer to one call is too large. The next one may be answered well."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of one answer at most, by its kind. page: what the server says of itself and of a call. sound: a file that
    it made: five minutes at 48 kHz, and a line lasts seconds. event: one message of how a call goes on; events: all of
    them, of training too, which takes hours."""

    page: int = 16_000_000
    sound: int = 32_000_000
    event: int = 4_000_000
    events: int = 64_000_000


SIZES = Sizes()


class Guard(httpx.Auth):
    """Watches the traffic with one server. sizes: of its answers; patience: seconds for one answer."""

    def __init__(self, url: str, *, sizes: Sizes, patience: float) -> None:
        self._home = _place(httpx.URL(url))
        self._sizes, self._patience = sizes, patience
        self.refusal: RequestBlocked | None = None
        self._open: set[_Watched] = set()
        self._lock = threading.Lock()

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        try:
            yield from self.auth_flow(request)
        except GeneratorExit as end:  # no answer came: httpx closes this flow while the error passes by
            error = end.__context__
            if request.url.path.endswith(EVENTS) and isinstance(error, httpx.TransportError):
                raise self.broken(error) from error
            raise

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if _place(request.url) != self._home:
            raise self.refuse(f"it sends us to another address, {_shown(request.url)}")
        for name in SECRETS:
            request.headers.pop(name, None)
        request.headers["accept-encoding"] = "identity"  # a small answer must not swell to a large one here
        response = yield request
        if response.has_redirect_location:
            place = _shown(response.url.join(response.headers["location"]))
            raise self.refuse(f"it redirects us to {place}; if that is the server, name that address")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise self.refuse("it answers in an encoding that we did not ask for")
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Watched(response, response.stream, self, self._bound(response))

    def _bound(self, response: httpx.Response) -> _Bound:
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return _Bound("events", self._sizes.events, of_call=True, line=self._sizes.event)
        if FILE in response.url.path:
            return _Bound("a sound", self._sizes.sound, self._patience, of_call=True)
        return _Bound("a page", self._sizes.page, self._patience)

    def refuse(self, reason: str, kind: type[RequestBlocked] = RequestBlocked) -> RequestBlocked:
        self.refusal = kind(reason)
        return self.refusal

    def broken(self, error: httpx.TransportError) -> httpx.RemoteProtocolError:
        """What a broken stream is to end with: the kind of error that gradio_client takes in silence."""
        silent = isinstance(error, httpx.TimeoutException)
        return self.refuse(SILENT) if silent else httpx.RemoteProtocolError(str(error))

    def hang_up(self) -> None:
        """End every answer that is still coming: a thread that waits for one is woken."""
        with self._lock:
            flowing = list(self._open)
        for stream in flowing:
            stream.cut()

    def begun(self, stream: _Watched) -> None:
        with self._lock:
            self._open.add(stream)

    def ended(self, stream: _Watched) -> None:
        with self._lock:
            self._open.discard(stream)


@dataclass(frozen=True, slots=True)
class _Bound:
    """What an answer may be. size: bytes of all of it; line: of each of its lines, 0 for any. patience: seconds for it;
    None: any time. of_call: what is larger is this call's failure, not the server's."""

    what: str
    size: int
    patience: float | None = None
    of_call: bool = False
    line: int = 0


class _Watched(httpx.SyncByteStream):
    """The bytes of an answer, counted."""

    def __init__(self, response: httpx.Response, stream: httpx.SyncByteStream, guard: Guard, bound: _Bound) -> None:
        self._stream, self._guard, self._bound = stream, guard, bound
        self._network = response.extensions.get("network_stream")
        guard.begun(self)

    def __iter__(self) -> Iterator[bytes]:
        bound, size, line = self._bound, 0, 0
        end = None if bound.patience is None else time.monotonic() + bound.patience
        try:
            for chunk in self._stream:
                broken = chunk.rfind(b"\n")
                size, line = size + len(chunk), line + len(chunk) if broken < 0 else len(chunk) - broken - 1
                if size > bound.size or line > bound.line > 0:
                    most = bound.size if size > bound.size else bound.line
                    kind = TooLarge if bound.of_call else RequestBlocked
                    raise self._guard.refuse(f"it answers with {bound.what} of more than {most:,} bytes", kind)
                if end is not None and time.monotonic() > end:
                    raise self._guard.refuse("its answer comes too slowly")
                yield chunk
        except (httpx.TimeoutException, httpx.NetworkError) as error:
            raise self._guard.broken(error) from error

    def close(self) -> None:
        self._guard.ended(self)
        self._stream.close()

    def cut(self) -> None:
        handle = self._network.get_extra_info("socket") if self._network else None
        if handle is not None:
            with suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)


def _place(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _shown(url: httpx.URL) -> str:
    """An address for a message: without what a server could hide in its path."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
