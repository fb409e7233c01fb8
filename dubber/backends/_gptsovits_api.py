"""api_v2.py of GPT-SoVITS: the REST door of the same models, for who runs it without the web UI (port 9880).

It takes no upload: references and weights are named by their paths on the server. When a synthesis fails inside, it
answers one second of silence, as a success. Its weights are global too; it tells neither which are loaded nor when it
was started. /control (restart, exit) is never called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any

from dubber import addresses
from dubber.addresses import is_local
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.files.input_files import digest
from dubber.model import Audio
from dubber.net.rest import Door, Limits, RequestRefused
from dubber.schema import Setting

# In the order of the backend's LANGUAGES and CUTS.
CODES = ("all_zh", "en", "all_ja", "all_yue", "all_ko", "zh", "ja", "yue", "ko", "auto", "auto_yue")
CUTS = ("cut0", "cut1", "cut2", "cut3", "cut4", "cut5")

Code = Annotated[str, Setting("a language", choices=CODES)]


def tts(  # noqa: PLR0913 - as the server has it
    *,
    text: Annotated[str, Setting("what is to be said")],
    text_lang: Code,
    ref_audio_path: Annotated[str, Setting("the reference recording's path on the server, 3 to 10 s")],
    prompt_lang: Code,
    prompt_text: Annotated[str, Setting("what the reference says")] = "",
    aux_ref_audio_paths: Annotated[tuple[str, ...], Setting("more recordings of the voice, on the server")] = (),
    top_k: Annotated[int, Setting("number of the likeliest tokens", low=1, high=100)] = 15,
    top_p: Annotated[float, Setting("share of the likeliest tokens", low=0, high=1)] = 1.0,
    temperature: Annotated[float, Setting("how freely it reads", low=0, high=1)] = 1.0,
    text_split_method: Annotated[str, Setting("where a text is split; cut0: nowhere", choices=CUTS)] = "cut5",
    batch_size: Annotated[int, Setting("pieces at once", low=1, high=200)] = 1,
    speed_factor: Annotated[float, Setting("1 is natural", low=0.6, high=1.65)] = 1.0,
    fragment_interval: Annotated[float, Setting("silence after each piece", unit="s", low=0.01, high=1)] = 0.3,
    seed: Annotated[int, Setting("-1: by chance", low=-1, high=2**32 - 1)] = -1,
    parallel_infer: Annotated[bool, Setting("compute pieces side by side")] = True,
    repetition_penalty: Annotated[float, Setting("against repeated sounds", low=0, high=2)] = 1.35,
    sample_steps: Annotated[int, Setting("version 3 and 4", low=4, high=128)] = 32,
    super_sampling: Annotated[bool, Setting("version 3: raise 24 to 48 kHz")] = False,
) -> None:
    """Speak a text with the weights that are loaded (POST)."""


def set_gpt_weights(*, weights_path: Annotated[str, Setting("a path on the server")]) -> None:
    """Load text weights, for everybody (GET)."""


def set_sovits_weights(*, weights_path: Annotated[str, Setting("a path on the server")]) -> None:
    """Load acoustic weights, for everybody (GET)."""


CALLS = (tts, set_gpt_weights, set_sovits_weights)


def contents(url: str, paths: Iterable[str]) -> str:
    """What stands for the contents of files that a server on this computer reads; "" where none can be seen from here:
    another computer's, and paths from a folder that only the server knows."""
    seen = [_digest(path, *stamp) for path in paths if is_local(addresses.read(url).host) and (stamp := _stamp(path))]
    return blake2b("".join(seen).encode(), digest_size=8).hexdigest() if seen else ""


def _stamp(path: str) -> tuple[int, int] | None:
    with suppress(OSError, ValueError):
        status = Path(path).stat()
        return (status.st_size, status.st_mtime_ns) if Path(path).is_absolute() else None
    return None


@lru_cache(maxsize=256)
def _digest(path: str, size: int, modified: int) -> str:
    """Read again when size or time say that it may be another file."""
    return digest(Path(path))


class ApiV2:
    """One server's REST door, opened when it is first used, and anew after it was closed."""

    def __init__(self, url: str, timeout: float, connect: float) -> None:
        self._url, self._limits = url, Limits(connect=connect, read=timeout, total=timeout)

    @cached_property
    def _door(self) -> Door:
        return Door(self._url, limits=self._limits)

    @property
    def server(self) -> str:
        return self._door.server

    def kind(self) -> str:
        """What answers at this address: "api_v2"; "webui", or whatever else has no such call; "auto": nobody does."""
        try:
            self._ask_nothing()
        except BackendUnavailable as error:
            return "webui" if error.lasting else "auto"
        except BackendError:
            return "auto"
        return "api_v2"

    def check(self) -> str | None:
        try:
            self._ask_nothing()
        except BackendError as error:
            return str(error)
        return None

    def _ask_nothing(self) -> None:
        """A request without a text is refused by the right kind of server, with a message of its own."""
        try:
            self._door.post("tts", {})
        except RequestRefused as error:
            if error.status not in (400, 422):  # 405: a page that takes no POST
                raise BackendUnavailable("is not api_v2.py of GPT-SoVITS", where=self.server, lasting=True) from None

    def load(self, pair: dict[str, str], wanted: Mapping[str, str]) -> None:
        """Load what is wanted and not loaded yet. pair: what is, by now."""
        for kind, path in wanted.items():
            if pair.get(kind) != path:
                self._switch(kind, path)
                pair[kind] = path

    def _switch(self, kind: str, path: str) -> None:
        try:
            self._door.get(f"set_{kind}_weights", {"weights_path": path})
        except RequestRefused as error:
            raise InputError(f"the server does not load {path!r}: {error.message}", where=self.server) from None

    def speak(self, values: Mapping[str, Any]) -> Audio:
        """The sound of a request, checked for the silence that means failure."""
        from dubber.media import audio

        try:
            body = self._door.sound("tts", {"media_type": "wav", "streaming_mode": False, **values})
            sound = audio.decode(body.data)
        except RequestRefused as error:
            raise InputError(f"the server refuses: {error.message}", where=self.server) from None
        except ValueError as error:
            raise BackendError(f"sent no sound: {error}", where=self.server) from None
        if not sound.samples.any():
            raise BackendError("sent silence: the synthesis failed", where=self.server, advice="its console tells why")
        return sound

    def call(self, endpoint: str, values: Mapping[str, Any]) -> Any:
        """One of CALLS, as `dub server` makes it. What is not given is left to the server."""
        if endpoint == "tts":
            return self.speak(
                {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
            )
        if endpoint in {call.__name__ for call in CALLS}:
            self._switch(endpoint.removeprefix("set_").removesuffix("_weights"), values["weights_path"])
            return "success"
        raise InputError(f"api_v2 has no call {endpoint!r}", advice="it has " + ", ".join(c.__name__ for c in CALLS))

    def stop(self) -> None:
        if door := self.__dict__.get("_door"):
            door.stop()

    def close(self) -> None:
        if door := self.__dict__.pop("_door", None):
            door.close()
