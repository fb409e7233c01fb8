"""The one door to httpx: plain HTTP servers, asked with limits, and with nothing said that should not be.

    door = Door("http://127.0.0.1:8880/v1", key=secrets.key_of("openai", url, homes), limits=Limits(total=120))
    door.get("models")                       JSON, GET
    door.post("task", {"text": "..."})       JSON, POST
    door.upload("file", {"file": wav})       JSON, a multipart form
    door.sound("audio/speech", {...})        the bytes of an audio answer
    door.download("https://files.../a.wav")  an audio file that an answer names, maybe on another host: without the key

The rules. The key goes to the door's own origin and nowhere else, over plain http only to this computer. Redirects stay
on their origin. Another host must have a public address. Answers are limited in size and time, dripping ones too.
Every foreign exception becomes ours: InputError (a wrong address), BackendUnavailable (401, 402, 403, 404, a bad
certificate), Refused (another 4xx), Unanswered (it may or may not have done the work), BackendError (try again).
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from dubber import addresses
from dubber.addresses import is_local
from dubber.errors import BackendError, BackendUnavailable, Cancelled, DubError, InputError, alone
from dubber.model import Audio
from dubber.net.deadlines import Alarms
from dubber.net.redaction import Key
from dubber.net.responses import is_private, looks_like_text, named, retry_after, sentence

_alarms = Alarms()
HOPS = 3  # redirects that are followed
# a call's path: what needs no escape, and %XX where a name was quoted; no part of it is . or ..
PATH = re.compile(r"(?!(.*/)?(\.|%2e){1,2}(/|$))([\w~!$&'()*+,;=:@./-]|%[0-9a-f]{2})*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take. Times in seconds, sizes in bytes. audio: five minutes at 48 kHz; a line lasts
    seconds."""

    connect: float = 10.0
    read: float = 60.0
    total: float = 300.0
    text: int = 4_000_000
    audio: int = 32_000_000


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes of an answer and its content type ("audio/wav")."""

    data: bytes
    kind: str


class RequestRefused(InputError):
    """The server understood and said no to this request: asking again does not help. status is its HTTP status."""

    status = 0


class Unanswered(BackendError):
    """The request went out and no answer came back that makes sense: the work may have been done, or not."""


class Door:
    """One server. Keeps its connection open between requests; used by one thread at a time (stop: by any)."""

    def __init__(self, base_url: str, *, key: str | None = None, limits: Limits = Limits(), advice: str = "") -> None:
        """advice: what the user can set when the server wants a key. Raises InputError for an unusable address."""
        self._base = _base(base_url)
        self.limits, self._advice, self._key = limits, advice, Key(key)
        if key and self._base.scheme == "http" and not is_local(self._base.host):
            raise InputError("a key goes over plain http to this computer only", where=self.server, advice="use https")
        self._inside = self._client(_tls() if self._base.scheme == "https" else False)
        self._outside: httpx.Client | None = None
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._lock, self._ended = threading.Lock(), ""

    def __repr__(self) -> str:
        return f"Door({self.server!r})"

    @property
    def server(self) -> str:
        """The address as people may see it."""
        return str(self._base).rstrip("/")

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The JSON answer to a GET."""
        return self._json(self._ask("GET", self._url(path), self.limits.text, params=query))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON answer to a POST of JSON."""
        return self._json(self._ask("POST", self._url(path), self.limits.text, json=body))

    def upload(self, path: str, files: Mapping[str, bytes], fields: Mapping[str, str] | None = None) -> Any:
        """The JSON answer to a form with files. No name of a local file is told: FIELD.wav stands for it."""
        return self._json(self._ask("POST", self._url(path), self.limits.text, files=_parts(files), data=fields))

    def sound(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Body:
        """The audio that answers a POST of JSON (body) or of a form, else a GET; a page of text instead raises."""
        url = self._url(path)
        if form is not None or files is not None:
            return self._audio(self._ask("POST", url, self.limits.audio, data=form, files=_parts(files or {}) or None))
        if body is None:
            return self._audio(self._ask("GET", url, self.limits.audio, params=query))
        return self._audio(self._ask("POST", url, self.limits.audio, json=body, params=query))

    def download(self, url: str) -> Body:
        """An audio file that the server named: from its own origin, or without any key from a public one."""
        return self._audio(self._ask("GET", self._address_given(url), self.limits.audio))

    def stop(self) -> None:
        """End what is under way, from another thread: it raises Cancelled there."""
        self._end("stopped")

    def close(self) -> None:
        for client in (self._inside, self._outside):
            if client:
                client.close()

    def _url(self, path: str) -> httpx.URL:
        """Where a call is: the server's address, and a path of ours below it."""
        if not is_path(path):
            raise InputError(f"{path[:80]!r} is no path of a call", where=self.server)
        return httpx.URL(f"{self.server}/{path.lstrip('/')}" if path else self.server)

    def _address_given(self, url: str) -> httpx.URL:
        """An address that the server named, with whatever query it wants."""
        try:
            address = httpx.URL(url.strip())
        except (httpx.InvalidURL, ValueError, TypeError):
            address = httpx.URL("")
        if address.scheme not in ("http", "https") or not address.host or (address.port or 1) > 65_535:
            raise BackendError(f"names an address that is none: {self._key.scrub(url)[:80]}", where=self.server)
        if address.userinfo:
            raise BackendError(f"names an address with a password in it, at {address.host}", where=self.server)
        return address

    def _client(self, verify: ssl.SSLContext | bool) -> httpx.Client:
        times = httpx.Timeout(self.limits.read, connect=self.limits.connect)
        own = is_local(self._base.host) or is_private(self._base.host)
        jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        headers = {"User-Agent": "dub", "Accept": "*/*", "Accept-Encoding": "identity"}
        return httpx.Client(verify=verify, timeout=times, trust_env=not own, cookies=jar, headers=headers)

    def _ask(self, method: str, url: httpx.URL, limit: int, **content: Any) -> tuple[httpx.Response, bytes]:
        """One request, redirects followed, its answer read whole."""
        try:
            with self._watched(url):
                for _ in range(HOPS + 1):
                    with self._sent(method, url, **content) as response:
                        if not response.has_redirect_location:
                            body = _read(response, limit if response.is_success else 64_000)
                            self._judge(response, body)
                            return response, body
                        url = self._next(method, url, response)
                raise BackendUnavailable("sends on and on (too many redirects)", where=self.server, lasting=True)
        except DubError as error:
            raise alone(error) from None  # else httpx's error goes along, with the request and its key

    @contextmanager
    def _sent(self, method: str, url: httpx.URL, **content: Any) -> Iterator[httpx.Response]:
        ours = _origin(url) == _origin(self._base)
        if not ours:
            self._outside = self._outside or self._client(_tls())
        client = self._inside if ours or self._outside is None else self._outside
        request = client.build_request(method, url, extensions=self._extensions(url), **content)
        if ours and self._key.value:
            request.headers["Authorization"] = f"Bearer {self._key.value}"
        response = client.send(request, stream=True, follow_redirects=False)
        try:
            yield response
        finally:
            response.close()

    def _extensions(self, url: httpx.URL) -> dict[str, Any]:
        """httpcore's trace tells of each new connection: its socket is kept for stop(), its peer is looked at."""
        stranger = url.host != self._base.host
        if stranger and (is_local(url.host) or is_private(url.host)):
            raise self._private(url)
        dialled = [""]

        def trace(name: str, info: Mapping[str, Any]) -> None:
            if name.endswith(".connect_tcp.started"):
                dialled[0] = info["host"]
            elif name.endswith((".connect_tcp.complete", ".start_tls.complete")):
                stream = info["return_value"]
                with self._lock:
                    self._sockets.add(stream.get_extra_info("socket"))
                direct = dialled[0] == url.host  # else a proxy was dialled, which resolves names itself
                if stranger and direct and is_private(str(stream.get_extra_info("server_addr")[0])):
                    stream.close()
                    raise self._private(url)

        times = {"connect": self.limits.connect, "read": self.limits.read, "write": self.limits.read, "pool": 10.0}
        return {"trace": trace, "timeout": times}

    def _private(self, url: httpx.URL) -> BackendError:
        return BackendUnavailable(f"points to the private address {url.host}: not followed", where=self.server)

    def _next(self, method: str, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        """Where a redirect leads, if it may."""
        target = self._address_given(str(url.join(response.headers["location"])))
        if _origin(target) != _origin(url) or (method != "GET" and response.status_code not in (307, 308)):
            message = self._key.scrub(f"sends on to another address, {target.scheme}://{target.host}: not followed")
            advice = "put the server's final address in the profile"
            raise BackendUnavailable(message, where=self.server, advice=advice, lasting=True)
        return target

    @contextmanager
    def _watched(self, url: httpx.URL) -> Iterator[None]:
        """The total time limit, and the translation of all that httpx raises."""
        self._ended = ""
        _alarms.set(self, self.limits.total)
        try:
            yield
        except DubError:
            raise
        except Exception as error:
            if not (isinstance(error, FOREIGN) or self._ended):
                raise
            raise self._transport_error(error, url) from None
        finally:
            _alarms.drop(self)

    def overdue(self) -> None:
        """The total time of what is under way is over."""
        self._end("overdue")

    def _end(self, why: str) -> None:
        self._ended = why
        with self._lock:
            sockets = list(self._sockets)
        for each in sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def _transport_error(self, error: Exception, url: httpx.URL) -> DubError:
        if self._ended == "stopped":
            return Cancelled("stopped")
        if self._ended == "overdue":
            return Unanswered(
                f"took more than {self.limits.total:g} s in all", where=f"{url.scheme}://{url.netloc.decode()}"
            )
        return translate(error, f"{url.scheme}://{url.netloc.decode()}", self._key)

    def _judge(self, response: httpx.Response, body: bytes) -> None:
        """Raise what an answer's status means."""
        status = response.status_code
        if response.is_success:
            return
        said = sentence(body, response.headers.get("content-type", ""), self._key.scrub)
        message = f"answered {status}" + (f": {said}" if said else "")
        wait = retry_after(response.headers)
        if status in (401, 402, 403, 404, 407) or (status == 429 and "insufficient_quota" in body.decode("latin-1")):
            cure = self._cure(status, response.url)
            raise BackendUnavailable(message, where=self.server, advice=cure, lasting=True)
        if status in (502, 504):  # a gateway gave up; what stands behind it may have done the work
            raise Unanswered(message, where=self.server, retry_after=wait)
        if status in (408, 425, 429) or status >= 500:
            raise BackendError(message, where=self.server, retry_after=wait)
        refused = RequestRefused(message, where=self.server)
        refused.status = status
        raise refused

    def _cure(self, status: int, url: httpx.URL) -> str:
        if status == 404:
            return f"it has no {url.path}: look at the server's address in the profile"
        if status in (402, 429):
            return "the account has no credit left"
        return self._advice or "the server wants a key, or another one"

    def _json(self, answer: tuple[httpx.Response, bytes]) -> Any:
        response, body = answer
        try:
            return self._key.cleaned(json.loads(body))
        except (ValueError, RecursionError):
            what = named(self._key.scrub(response.headers.get("content-type", "")), body)
            message = f"answered {what} where JSON was expected"
            raise Unanswered(message, where=self.server, advice="is this the address of its API?") from None

    def _audio(self, answer: tuple[httpx.Response, bytes]) -> Body:
        response, body = answer
        kind = self._key.scrub(response.headers.get("content-type", "")).partition(";")[0].strip().lower()
        if not body:
            raise BackendError("answered nothing where audio was expected", where=self.server)
        if looks_like_text(kind, body):
            said = sentence(body, kind, self._key.scrub)
            message = f"answered {named(kind, body)} where audio was expected" + (f": {said}" if said else "")
            raise BackendError(message, where=self.server)
        return Body(body, kind)


def is_path(path: str) -> bool:
    """Whether a call may have this path: it ends where it seems to, below the server's address."""
    return PATH.fullmatch(path) is not None


FOREIGN = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, OSError)


def translate(error: Exception, server: str, key: Key | None = None) -> DubError:
    """What an exception of httpx (or of the sockets below it) means for the caller."""
    cause = (key or Key(None)).scrub(str(error)).strip() or type(error).__name__
    match error:
        case httpx.UnsupportedProtocol() | httpx.InvalidURL() | httpx.LocalProtocolError():
            return InputError(f"cannot be asked: {cause}", where=server, advice="look at its address in the profile")
        case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in cause:
            return BackendUnavailable(f"its certificate is not good: {cause}", where=server, lasting=True)
        case httpx.ConnectTimeout() | httpx.ConnectError() | httpx.PoolTimeout() | httpx.ProxyError():
            return BackendError(f"cannot be reached: {cause}", where=server, advice="is it running?")
        case httpx.TimeoutException():
            return Unanswered("did not answer in time", where=server)
        case _:
            return Unanswered(f"broke off: {cause}", where=server)


def _base(url: str) -> httpx.URL:
    try:
        addresses.read(url)
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        shown = "" if "@" in url else url[:80]
        raise InputError(f"the server's address {error}", where=shown, advice="correct it in the profile") from None


def _parts(files: Mapping[str, bytes]) -> dict[str, tuple[str, bytes, str]]:
    return {field: (f"{field}.wav", data, "audio/wav") for field, data in files.items()}


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


@cache
def _tls() -> ssl.SSLContext:
    """One for all doors: it costs 20 ms and more to make."""
    return httpx.create_ssl_context()


def _read(response: httpx.Response, limit: int) -> bytes:
    """The answer's body, at most limit bytes; as sent, so that a small body cannot unpack into a huge one."""
    where = response.url.host
    length = response.headers.get("content-length", "0")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise BackendError("answered compressed, which it was asked not to do", where=where)
    if response.is_success and length.isdigit() and int(length) > limit:
        raise BackendError(f"answers with {int(length):,} bytes, more than the limit of {limit:,}", where=where)
    body, size = list[bytes](), 0  # pieces: an array that grows would be copied, and lie there twice
    for chunk in response.iter_raw():
        body.append(chunk)
        size += len(chunk)
        if size > limit:
            if response.is_success:
                raise BackendError(f"answers with more than the limit of {limit:,} bytes", where=where)
            break
    return b"".join(body)


def decoded(body: Body, where: str) -> Audio:
    """The sound of an answer; raises BackendError when it is none."""
    from dubber.media.audio import decode

    try:
        return decode(body.data)
    except ValueError as error:
        raise BackendError(f"answered {body.kind or 'something'}, and {error}", where=where) from None
