"""The one door to gradio_client: a web UI's functions, called by name, with limits, saying nothing that it should not.

    server = Server("http://127.0.0.1:7860")
    server.endpoints["/infer"].parameters         what it takes, as the server declares it
    answer = server.call("/infer", {"name": "anna.pt", "voice": None, "text": "Good evening.", "speed": 1.0})
    server.fetch(answer[0])                        the bytes of a file that it made
    answer.warnings                                what the UI would have shown in a corner

The rules (each has a test with a hostile server): a local file leaves only as an Upload that the caller made, and
gradio_client itself sends none; every parameter is passed, so that no default of the server decides what leaves; no
Hugging Face token and no header of ours goes out; nothing follows a redirect; every answer is limited in size and time
(see guard.py). Files go and come over one kept connection, each once (gradio_files.py).
Every foreign exception becomes ours: InputError (Refused: a value that the server does not take), BackendUnavailable
(not there, not Gradio, too old, wants a login), BackendError (try again), Cancelled (after stop()).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from functools import cache
from typing import Any

import httpx

from dubber import addresses
from dubber.addresses import is_local
from dubber.background import background, wait
from dubber.errors import BackendError, BackendUnavailable, Cancelled, DubError, InputError
from dubber.net import gradio_guard
from dubber.net.gradio_api import (
    Answer,
    CallRefused,
    GradioEndpoint,
    GradioOutput,
    Parameter,
    Remote,
    Upload,
    arguments,
    cleaned,
    read_endpoint,
    read_output,
)
from dubber.net.gradio_files import Files
from dubber.net.gradio_guard import SIZES, Sizes
from dubber.net.responses import is_private, retry_after

__all__ = [
    "Answer",
    "CallRefused",
    "GradioEndpoint",
    "GradioOutput",
    "GradioServer",
    "Parameter",
    "Remote",
    "TimedOut",
    "Upload",
]

SILENCE = 45.0  # seconds; a living server sends a heartbeat every 15 s


class TimedOut(BackendError):
    """The answer took too long; the server may still be at it."""


class GradioServer:
    """One session with a web UI: connects when it is first used, and anew after it broke. Used by one thread at a
    time; stop() by any. session counts the connections: what a server remembers of us (choices) is gone with one."""

    def __init__(self, url: str, *, connect: float = 10.0, silence: float = SILENCE, sizes: Sizes = SIZES) -> None:
        """connect, silence: seconds to wait for a connection, and for the next byte. Raises InputError (address)."""
        self.url = _address(url)
        self._connect, self._silence, self._sizes = connect, silence, sizes
        self._client: Any = None
        self._files: Files | None = None
        self._guard = self._watch()
        self._endpoints: dict[str, GradioEndpoint] = {}
        self._job: Any = None
        self._calls = ""  # where a function is called without a session, once we know
        self._stopped = threading.Event()
        self.session = 0
        self.version = ""
        self.process = ""  # which process of the server this session was opened with

    @property
    def endpoints(self) -> Mapping[str, GradioEndpoint]:
        """What the server offers, by api_name ("/infer"). Connects."""
        self._connected()
        return self._endpoints

    def call(
        self,
        api_name: str,
        values: Mapping[str, Any],
        *,
        timeout: float = 600.0,
        on_status: Callable[[str], None] | None = None,
    ) -> Answer:
        """Call a function with values by parameter name; what is not given takes the server's default, a file None.

        timeout: seconds for the whole call, waiting in the server's queue included. on_status hears progress.
        """
        self._stopped.clear()
        client = self._connected()
        endpoint = self._endpoints.get(api_name)
        if endpoint is None:
            raise BackendUnavailable(
                f"has no {api_name}", where=self.url, advice="it offers " + ", ".join(sorted(self._endpoints))
            )
        self._guard.refusal = None
        with self._translated():
            inputs = arguments(endpoint, values, self.url, self._open_files.send)
            if self._stopped.is_set():
                raise CancelledError
            self._job = job = client.submit(*inputs, api_name=api_name)
            try:
                result = self._result(job, timeout, on_status)
            except Exception as error:
                error.add_note("; ".join(_logged(job)))
                raise
            finally:
                self._job = None
        results = (result,) if len(endpoint.gives) == 1 else result
        return Answer(tuple(map(read_output, results if isinstance(results, tuple) else (results,))), _logged(job))

    def fetch(self, file: Remote) -> bytes:
        """The bytes of a file that the server made: from this server, whatever address it names."""
        if file.stream:
            raise BackendError("gave a stream of pieces instead of a sound file", where=self.url)
        self._connected()
        with self._translated():
            return self._open_files.fetch(file)

    def same(self) -> bool:
        """Is it still the server process that this session was opened with? False after a restart."""
        client = self._connected()
        with self._translated():
            answer = self._open_files.get("app_id")
            return answer.is_success and answer.json().get("app_id") == client.config.get("app_id")

    def fire(self, api_name: str) -> None:
        """Call a function that takes nothing and wait for no answer: one request, beside a call that runs, from any
        thread (https://www.gradio.app/guides/querying-gradio-apps-with-curl). Nothing is sent before we connected."""
        if self._calls:
            options = self._options() | {"timeout": httpx.Timeout(5.0, connect=2.0)}
            with contextlib.suppress(httpx.HTTPError), httpx.Client(verify=self._verify(), **options) as http:
                http.post(f"{self._calls}{api_name}", json={"data": []})

    def stop(self) -> None:
        """Drop what runs: the call that waits raises Cancelled. From another thread."""
        self._stopped.set()
        if self._job is not None:
            self._abandon(self._job)
        self._guard.hang_up()

    def close(self) -> None:
        """End the session; never raises."""
        client, self._client = self._client, None
        files, self._files = self._files, None
        self._guard.hang_up()
        if files is not None:
            with contextlib.suppress(Exception):  # another thread may be in the middle of one
                files.close()
        if client is not None:
            with contextlib.suppress(Exception):
                client.close()
            for name in ("executor", "helper_executor", "stream_executor"):
                pool = getattr(client, name, None)
                if pool is not None:
                    pool.shutdown(wait=False, cancel_futures=True)

    def _result(self, job: Any, timeout: float, on_status: Callable[[str], None] | None) -> Any:
        end = time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            try:
                return job.result(timeout=max(0.0, min(left, 0.5) if on_status else left))
            except TimeoutError:
                if time.monotonic() >= end:
                    self._abandon(job)
                    self.close()
                    raise TimedOut(f"gave no answer within {timeout:g} s", where=self.url) from None
            if on_status and (words := _progress(job)):
                on_status(words)

    def _abandon(self, job: Any) -> None:
        """Tell the server, without waiting long: it may be the server that hangs."""

        def cancel() -> None:
            with contextlib.suppress(Exception), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                job.cancel()

        wait([background(cancel)], 2.0)

    def _connected(self) -> Any:
        if self._client is None:
            self._guard = self._watch()
            with self._translated(connecting=True):
                self._client = self._open()
            self.session += 1
        return self._client

    def _open(self) -> Any:
        client = _client_class()(
            self.url, False, 2, False, httpx_kwargs=self._options(), download_files=False,
            ssl_verify=self._verify(), analytics_enabled=False,
        )  # fmt: skip
        self.version = str(client.config.get("version", ""))
        self.process = str(client.config.get("app_id", ""))
        self._calls = f"{client.src_prefixed}call"
        if client.protocol == "ws" or self.version.startswith(("2.", "3.")):
            raise BackendUnavailable(
                f"runs gradio {cleaned(self.version)}, which is too old to be called", where=self.url,
                advice="it needs gradio 4 or newer",
            )  # fmt: skip
        # What view_api() gives, but it stumbles over defaults that are files. It must be the client's own copy:
        # a server may answer a second asking differently, and the client fills what only it knows.
        offered = client._info["named_endpoints"]
        self._endpoints = {name: read_endpoint(name, info) for name, info in offered.items()}
        for endpoint in client.endpoints.values():
            endpoint.process_input_files = _as_they_are
        most = client.config.get("max_file_size")
        self._files = Files(client.src_prefixed, most, verify=self._verify(), **self._options())
        return client

    @property
    def _open_files(self) -> Files:
        if self._files is None:  # closed, from another thread
            raise CancelledError
        return self._files

    def _watch(self) -> gradio_guard.Guard:
        return gradio_guard.Guard(self.url, sizes=self._sizes, patience=4 * self._silence)

    def _options(self) -> dict[str, Any]:
        return {
            "timeout": httpx.Timeout(self._silence, connect=self._connect),
            "trust_env": not _is_near(self.url),
            "auth": self._guard,
        }

    def _verify(self) -> Any:
        return _tls() if self.url.startswith("https") else False

    @contextlib.contextmanager
    def _translated(self, *, connecting: bool = False) -> Iterator[None]:
        """Foreign exceptions become ours. After one that may have broken the session, the next call connects anew."""
        try:
            yield
        except DubError:
            raise
        except (Exception, CancelledError) as error:
            ours = self._ours(error, connecting)
            if type(error).__name__ == "AppError":
                self._open_files.forget()
            elif not isinstance(ours, CallRefused):
                self.close()
            raise ours from None

    def _ours(self, error: BaseException, connecting: bool) -> DubError:
        if self._stopped.is_set():
            return Cancelled("stopped", where=self.url)
        if self._guard.refusal is not None:
            reason = cleaned(str(self._guard.refusal))
            of_call = isinstance(self._guard.refusal, gradio_guard.TooLarge)
            return BackendError(reason, where=self.url) if of_call else BackendUnavailable(reason, where=self.url)
        words = cleaned("; ".join([str(error), *filter(None, getattr(error, "__notes__", ()))]))
        kind = type(error).__name__
        if kind in ("AppError", "ValidationError"):
            return _server_error(words, self.url)
        if kind in ("QueueError", "TooManyRequestsError"):
            return BackendError("its queue is full", where=self.url, retry_after=2.0)
        if kind == "AuthenticationError":
            return BackendUnavailable("wants a login", where=self.url, advice="start it without one")
        if isinstance(error, httpx.HTTPStatusError):
            return _status(error.response, self.url)
        if isinstance(error, CancelledError):
            return BackendError("broke off in the middle of the call", where=self.url)
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return BackendUnavailable("nobody answers there", where=self.url, advice="is the server running?")
        if isinstance(error, httpx.TimeoutException):
            return BackendError(gradio_guard.SILENT, where=self.url)
        if connecting and not isinstance(error, httpx.TransportError):
            return BackendUnavailable("what answers there is no Gradio web UI", where=self.url)
        return BackendError(f"the call failed: {kind}: {words}"[:300], where=self.url)


def _client_class() -> Any:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    from gradio_client import Client

    return Client


def _as_they_are(*values: Any) -> tuple[Any, ...]:
    """In the place of gradio_client's own uploads: what we pass is on the server already, and nothing else is sent."""
    return values


@cache
def _tls() -> ssl.SSLContext:
    """One for all: the library would build one for each request, 100 ms each."""
    return ssl.create_default_context()


def _address(url: str) -> str:
    try:
        addresses.read(url)
    except ValueError as error:
        shown = "" if "@" in url else url[:80]
        raise InputError(f"the server's address {error}", where=shown, advice="like http://127.0.0.1:7860") from None
    return url.rstrip("/") + "/"


def _is_near(url: str) -> bool:
    """On this computer or in this house: not to be reached through a proxy."""
    host = httpx.URL(url).host
    return is_local(host) or is_private(host) or "." not in host or host.endswith((".local", ".lan"))


def _logged(job: Any) -> tuple[str, ...]:
    """The warnings of a call: the only place where some servers say why there is no sound."""
    found = []
    with contextlib.suppress(asyncio.QueueEmpty, AttributeError):
        while True:
            log = job.communicator.updates.get_nowait().log
            if log and log[1] in ("warning", "error"):
                found.append(cleaned(str(log[0])))
    return tuple(found)


def _progress(job: Any) -> str:
    """What it says of how far it is: its progress bar, else what a generator gave last, else where the call stands."""
    status = job.status()
    units = status.progress_data or []
    words = [str(unit.desc) for unit in units if getattr(unit, "desc", None)]
    given = job.outputs()[-1:] if not words else []
    words += [text for value in given if isinstance(text := value[0] if isinstance(value, tuple) else value, str)]
    return cleaned(words[-1] if words else str(status.code.value).lower().replace("_", " "))


def _server_error(words: str, url: str) -> DubError:
    """An error that the server itself raised, from what it says."""
    if "not in the list of choices" in words or "minimum value" in words or "maximum value" in words:
        return CallRefused(words, where=url)
    if "has not enabled verbose error reporting" in words:
        extra = words.partition("launch().")[2].lstrip("; ")
        return BackendError(f"failed and keeps the reason to itself{': ' + extra if extra else ''}", where=url,
                            advice="its console tells why")  # fmt: skip
    return BackendError(f"failed: {words.strip(chr(39))}", where=url)


def _status(response: httpx.Response, url: str) -> BackendError:
    code = response.status_code
    if code in (401, 403, 404):
        return BackendUnavailable(f"answers with HTTP status {code}", where=url)
    return BackendError(f"answers with HTTP status {code}", where=url, retry_after=retry_after(response.headers))
