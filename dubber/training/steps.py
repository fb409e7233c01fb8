"""One step that the server works at, perhaps for hours: followed, stopped with us, free for the next try."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from time import monotonic
from typing import Any

from dubber.errors import BackendError, InputError
from dubber.model import Event, Happening
from dubber.net.gradio import Answer, GradioServer
from dubber.training.gptsovits import Training

Progress = Callable[[], tuple[int, int]]  # how much is done, of how much (0: nobody knows)


class Step:
    """Sends a training page to work and tells of it. poll: seconds between looks at how far it is."""

    def __init__(self, page: Training, on_event: Callable[[Event], None], poll: float = 5.0) -> None:
        self.page, self._on_event, self._poll = page, on_event, poll

    def run(self, step: str, call: str, wanted: Mapping[str, Any], progress: Progress | None = None) -> Answer:
        """Have the server do it. Ctrl-C ends it there too; a failure leaves the server free for the next try."""
        close = call.replace("/open", "/close")
        try:
            answer = self.page.work(call, wanted, self._heard(step, progress))
        except KeyboardInterrupt:
            self.tell(step, f"the server was told to stop: {self.page.end(close)}")
            self.page.server.stop()
            raise
        except BackendError as error:
            if error.message.startswith("failed"):  # it may believe for ever that the step still runs
                self.page.end(close)
            if "broke off" in error.message:
                error.advice = f"it may still be at it: run this again later, or dub server webui {close.lstrip('/')}"
            error.where = f"{step}: {error.where}"
            raise
        for warning in answer.warnings:
            self.warn(step, warning)
        return answer

    def _heard(self, step: str, progress: Progress | None) -> Callable[[str], None]:
        """Turns what the server says on its way into events, and looks from time to time how far it is."""
        words, done, looked = "", (0, 0), monotonic()

        def hear(said: str) -> None:
            nonlocal words, done, looked
            now = done
            if progress is None:
                now = (said.count("-Done"), 3) if "-Done" in said else done
            elif monotonic() - looked >= self._poll:
                looked = monotonic()
                with suppress(BackendError, InputError):
                    now = progress()
            if (said, now) != (words, done):
                words, done = said, now
                self.event("step", step, words, done)

        return hear

    @cached_property
    def side(self) -> GradioServer:
        """A second session, to ask in while the first waits for a step's end."""
        return GradioServer(self.page.server.url)

    def close(self) -> None:
        """End the sessions; never raises."""
        if "side" in self.__dict__:
            self.side.close()
        self.page.close()

    def tell(self, step: str, message: str) -> None:
        """A sentence for the user."""
        self.event("note", step, f"{step}: {message}")

    def warn(self, step: str, message: str) -> None:
        """What the user should know and may not like."""
        self.event("warning", step, f"{step}: {message}")

    def event(self, kind: Happening, step: str, message: str = "", done: tuple[int, int] = (0, 0)) -> None:
        """Progress; see model.Event."""
        self._on_event(Event(kind, step, message, *done))
