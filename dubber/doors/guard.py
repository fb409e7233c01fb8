"""What stands between a foreign HTTP client library and the network.

gradio_client hands its keyword arguments for httpx to every request that it makes, `auth` among them, and httpx shows
an Auth each request before it leaves and each answer before it is read (https://www.python-httpx.org/advanced/
authentication/). So one object sees all of the library's traffic, without a look into its private parts:

- a request goes to the server that the user named, and to no other address; it carries no token
- a redirect is refused, with the sentence that the user needs
- an answer ends: it is limited in size, and in time unless it is a stream of events
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

import httpx

SECRETS = ("authorization", "x-hf-authorization", "proxy-authorization", "x-ip-token")

EVENTS = "/queue/data"  # where gradio sends its events
SILENT = "it has been silent for too long"


class Refused(httpx.RemoteProtocolError):
    """The guard let something not pass. A kind of error that gradio_client takes as the end of a stream, in silence."""


class Guard(httpx.Auth):
    """Watches the traffic with one server. largest: bytes of one answer; patience: seconds for one answer."""

    def __init__(self, url: str, *, largest: int, patience: float) -> None:
        self._home = _place(httpx.URL(url))
        self._largest, self._patience = largest, patience
        self.refusal: Refused | None = None
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
        events = response.headers.get("content-type", "").startswith("text/event-stream")
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Watched(response, response.stream, self, None if events else self._patience)

    def refuse(self, reason: str) -> Refused:
        self.refusal = Refused(reason)
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

    def begun(self, stream: _Watched) -> int:
        with self._lock:
            self._open.add(stream)
        return self._largest

    def ended(self, stream: _Watched) -> None:
        with self._lock:
            self._open.discard(stream)


class _Watched(httpx.SyncByteStream):
    """The bytes of an answer, counted."""

    def __init__(
        self, response: httpx.Response, stream: httpx.SyncByteStream, guard: Guard, patience: float | None
    ) -> None:
        self._stream, self._guard, self._patience = stream, guard, patience
        self._network = response.extensions.get("network_stream")
        self._left = guard.begun(self)

    def __iter__(self) -> Iterator[bytes]:
        end = None if self._patience is None else time.monotonic() + self._patience
        try:
            for chunk in self._stream:
                self._left -= len(chunk)
                if self._left < 0:
                    raise self._guard.refuse("its answer is larger than any answer should be")
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
