"""api_v2.py of GPT-SoVITS: the REST door of the same models, for who runs it without the web UI (port 9880).

It takes no upload: references and weights are named by their paths on the server. When a synthesis fails inside, it
answers one second of silence, as a success. Its weights are global too; it tells neither which are loaded nor when it
was started, so they are loaded again after a pause. /control (restart, exit) is never called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dubber.errors import BackendError, InputError
from dubber.model import Audio
from dubber.rest import Door, Limits, Refused

# In the order of the backend's LANGUAGES and CUTS.
CODES = ("all_zh", "en", "all_ja", "all_yue", "all_ko", "zh", "ja", "yue", "ko", "auto", "auto_yue")
CUTS = ("cut0", "cut1", "cut2", "cut3", "cut4", "cut5")
IDLE = 3.0  # seconds without an answer after which the server may be another one


class ApiV2:
    """One server's REST door."""

    def __init__(self, url: str, timeout: float, connect: float) -> None:
        self._door = Door(url, limits=Limits(connect=connect, read=timeout, total=timeout))

    @property
    def server(self) -> str:
        return self._door.server

    def check(self) -> str | None:
        """A request without a text is refused by the right kind of server, with a message of its own."""
        try:
            self._door.post("tts", {})
        except Refused:
            return None
        except BackendError as error:
            return str(error)
        return None

    def load(self, pair: dict[str, str], wanted: Mapping[str, str], idle: float) -> None:
        """Load what is wanted and not loaded yet. pair: what is, by now."""
        if idle > IDLE:
            pair.clear()
        for kind, path in wanted.items():
            if path and pair.get(kind) != path:
                pair.pop(kind, None)
                self._switch(kind, path)
                pair[kind] = path

    def _switch(self, kind: str, path: str) -> None:
        try:
            self._door.get(f"set_{kind}_weights", {"weights_path": path})
        except Refused as error:
            raise InputError(f"the server does not load {path!r}: {error.message}", where=self.server) from None

    def speak(self, values: Mapping[str, Any]) -> Audio:
        """The sound of a request, checked for the silence that means failure."""
        from dubber import audio

        try:
            body = self._door.sound("tts", {"media_type": "wav", "streaming_mode": False, **values})
            sound = audio.decode(body.data)
        except Refused as error:
            raise InputError(f"the server refuses: {error.message}", where=self.server) from None
        except ValueError as error:
            raise BackendError(f"sent no sound: {error}", where=self.server) from None
        if not sound.samples.any():
            raise BackendError("sent silence: the synthesis failed", where=self.server, advice="its console tells why")
        return sound

    def stop(self) -> None:
        self._door.stop()

    def close(self) -> None:
        self._door.close()
