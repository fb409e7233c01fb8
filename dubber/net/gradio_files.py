"""Files to and from a web UI, by the two requests that its own pages make for them (POST /upload, GET /file=PATH).

gradio_client opens a connection for each request, and sends a file again with each call. Here one connection is kept,
and a file that was sent is named again instead: a film's worth of lines sends its reference recordings once. What a
server does with files in the meantime is its own affair (delete_cache), so forget() after a call that failed.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from dubber.errors import BackendError, InputError
from dubber.net.gradio_api import Remote, Upload

IDLE = 4.0  # seconds that an idle connection is kept: uvicorn hangs up after 5, and may do so just as we ask


class Files:
    """The files of one session. base: the server's address with its prefix; largest: bytes that it takes, if it says.
    options: httpx's. Raises httpx's errors, and InputError for a file that cannot be sent. Used by one thread."""

    def __init__(self, base: str, largest: float | None, **options: Any) -> None:
        self._base, self._largest = base, largest
        limits = httpx.Limits(keepalive_expiry=IDLE)
        self._http = httpx.Client(follow_redirects=False, limits=limits, **options)
        self._end = weakref.finalize(self, self._http.close)  # a session that nobody closes keeps no connection
        self._there: dict[tuple[Path, int, int], dict[str, Any]] = {}

    def send(self, upload: Upload) -> dict[str, Any]:
        """How a call names this file of ours, once it is there."""
        try:
            facts = upload.path.stat()
            key = (upload.path, facts.st_mtime_ns, facts.st_size)
            if key not in self._there:
                self._there[key] = self._sent(upload.path, facts.st_size)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(upload.path)) from None
        return self._there[key]

    def fetch(self, file: Remote) -> bytes:
        """The bytes of a file that the server made: from this server, whatever address it names."""
        return self.get(f"file={quote(file.path, safe='/')}").raise_for_status().content

    def get(self, page: str) -> httpx.Response:
        """What it answers at an address of its own, whatever that is."""
        return self._http.get(f"{self._base}{page}")

    def forget(self) -> None:
        """Send every file anew: the server may have lost them."""
        self._there.clear()

    def close(self) -> None:
        self._end()

    def _sent(self, path: Path, size: int) -> dict[str, Any]:
        if self._largest is not None and size > self._largest:
            raise InputError(f"the server takes no file above {self._largest:g} bytes", where=str(path))
        with path.open("rb") as file:
            answer = self._http.post(f"{self._base}upload", files=[("files", (path.name, file))]).raise_for_status()
        match answer.json():
            case [str(place)]:
                return {"path": place, "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}
        raise BackendError("does not say where it put a file that it was sent", where=self._base)
